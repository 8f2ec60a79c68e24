"""The vault: created, opened, unlocked, changed and saved; keys as in docs/format.md, "Keys".

Callers pass the time and the secrets; nothing here asks, prints, or reads a clock.
"""

from __future__ import annotations

import os

from .. import errors
from ..base.digest import hmac_sha256, sha256
from ..base.secret import Secret
from ..credential.credential import SlotRecord
from ..store import notes
from ..store.file import Store
from ..system import available_memory
from ..system.memory import Workspace
from ..unlock.cost import DEFAULT_KDF, Kdf, check_writing
from ..unlock.passwords import password_bytes
from ..unlock.recovery import RecoveryKey
from . import crypto, format
from .format import Header, PasswordSlot, RecipientSlot, VaultFile
from .model import Payload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from ..credential.credential import Credential

    Path = str | os.PathLike[str]
    Seen = tuple[int, str]


def open(path: Path, *, allow_expensive: bool = False, accept_older: bool = False) -> LockedVault:
    """Read a vault's file and check all that can be checked without a key.

    Args:
        allow_expensive: accept a key derivation up to the outer bounds, which may take minutes.
        accept_older: accept a file older than one seen on this machine, and forget the newer one.

    Raises:
        StoreError: If it cannot be read, or others could have written it.
        FormatError: If it is no vault, a newer one, or damaged.
    """
    place = Store(os.fspath(path))
    file = format.parse(place.read(), expensive=allow_expensive)
    known = notes.recall(file.header.vault_id)
    if known is not None and known[0] > file.header.generation:  # perhaps saved between these two lines
        file = format.parse(place.read(), expensive=allow_expensive)
    return LockedVault(place, file, known, accept_older)


def create(
    path: Path,
    password: Secret,
    *,
    now: int,
    kdf: Kdf = DEFAULT_KDF,
    recovery: RecoveryKey | None = None,
    make_folder: bool = False,
) -> Vault:
    """Make a vault without credentials, and return it unlocked.

    Args:
        password: the master password; how strong it is, is the caller's to judge.
        now: seconds since the Unix epoch.
        recovery: a second way in, made with :func:`new_recovery_key`.
        make_folder: create the folder of *path* if it is missing, for its owner alone.

    Raises:
        VaultExists: If anything stands at *path*.
        CostRefused, PasswordRefused, NotEnoughMemory, StoreError: Nothing is written then.
    """
    records = {crypto.random(8): SlotRecord("password", "master password", now)}
    if recovery is not None:
        public = crypto.public_key(recovery.private)
        records[crypto.random(8)] = SlotRecord("recovery", "recovery key", now, public)
    payload = Payload(now, slots=records, journal={1: crypto.random(crypto.KEY_SIZE)})
    vault_id, data_key = crypto.random(16), crypto.random(crypto.KEY_SIZE)
    slots = _wrap(vault_id, data_key, payload.slots, password, kdf)
    header = Header(vault_id, 1, 1, bytes(32), slots)
    data = _seal(header, data_key, payload)
    place = Store(os.fspath(path), make=make_folder)
    place.create(data)
    file = format.parse(place.read())
    notes.remember(vault_id, 1, file.checksum)
    return Vault(place, file, data_key, _unseal(file, data_key))


def probe_new(path: Path, *, make_folder: bool = False) -> None:
    """Try whether :func:`create` could make a vault at *path*; raises as it would."""
    Store(os.fspath(path), make=make_folder).probe_new(format.MIN_BUCKET)


def new_recovery_key() -> RecoveryKey:
    """A fresh one; it opens nothing until a vault is given it."""
    return RecoveryKey(crypto.random(32))


def measure(clock: Callable[[], float]) -> float:
    """Seconds that one key derivation at the default cost takes on this machine, by *clock*."""
    begin = clock()
    crypto.argon2id(b"measure", bytes(32), DEFAULT_KDF.memory, DEFAULT_KDF.passes, DEFAULT_KDF.lanes)
    return clock() - begin


class LockedVault:
    """A vault whose header is known and whose credentials are not.

    Attributes:
        header: readable by anyone with the file; not to be believed before the vault is unlocked.
        path: the file, its links resolved.
    """

    def __init__(self, place: Store, file: VaultFile, known: Seen | None, accept_older: bool) -> None:
        self.header, self.path = file.header, place.path
        self._store, self._file, self._known, self._accept_older = place, file, known, accept_older
        self._workspace: Workspace | None = None

    def prepare(self) -> None:
        """Do now, while a person types, what :meth:`unlock` would do first. It may be left out."""
        slot = self.header.password_slot
        if slot is not None:
            try:
                self._workspace = Workspace(slot.kdf.memory)
                self._workspace.touch()
            except (MemoryError, OSError):
                self._workspace = None  # unlock says it better

    def probe(self) -> None:
        """Try whether a change could be saved now; raises as a save would, StoreError or VaultBusy."""
        self._store.probe(len(self._file.raw))

    def copies(self) -> list[str]:
        """Paths of older versions and leftovers beside the vault."""
        return self._store.copies()

    def unlock(self, secret: Secret) -> Vault:
        """Open it with the master password or with a recovery key, whichever *secret* is.

        Raises:
            WrongPassword, WrongKey: If it opens no slot.
            PasswordRefused, NotEnoughMemory: If it could not be tried.
            Tampered, Malformed: If it opens a slot, and the rest is not what was sealed.
            OlderThanSeen: If a newer version of this vault was seen on this machine.
        """
        self._check_known()
        key = RecoveryKey.read(secret.reveal())
        data_key = self._from_password(secret) if key is None else self._from_recovery(key)
        opened = Vault(self._store, self._file, data_key, _unseal(self._file, data_key))
        notes.remember(self.header.vault_id, self.header.generation, self._file.checksum, self._accept_older)
        return opened

    def _check_known(self) -> None:
        ours, known = self.header.generation, self._known
        if known is None or known[0] < ours or known == (ours, self._file.checksum.hex()):
            return
        if not self._accept_older:
            what = "another" if known[0] == ours else "an older"
            where = f"of save {ours}; this machine has seen save {known[0]}"
            raise errors.OlderThanSeen(f"this is {what} version of the vault, {where}")

    def _from_password(self, secret: Secret) -> bytes:
        password = password_bytes(secret.reveal())
        slot = self.header.password_slot
        if slot is None:
            raise errors.WrongPassword("this vault has no password", hint="open it with its recovery key")
        info = _info(self.header.vault_id, slot)
        workspace, self._workspace = self._workspace, None
        kek, commitment = _password_keys(password, slot, info, workspace)
        if not crypto.equal(commitment, slot.commitment):
            raise errors.WrongPassword("wrong password")
        try:
            return crypto.unseal(kek, slot.wrapped_key, info)
        except crypto.OpenError:
            raise errors.Tampered("the password is right, but the vault was modified") from None

    def _from_recovery(self, key: RecoveryKey) -> bytes:
        for slot in self.header.recipients:
            try:
                return crypto.unwrap_with(key.private, slot.sealed, _info(self.header.vault_id, slot))
            except crypto.OpenError:
                continue
        raise errors.WrongKey("no slot of this vault opens with this recovery key")


class Vault:
    """An unlocked vault: its credentials, and the key that saves them.

    As a context manager it takes the lock against other writers and reads what they saved before, so
    that a change is made to the newest state: add, then save, within one ``with``.
    """

    def __init__(self, place: Store, file: VaultFile, data_key: bytes, payload: Payload) -> None:
        self.payload, self.path = payload, place.path
        self._store, self._file, self._data_key = place, file, data_key

    @property
    def header(self) -> Header:
        return self._file.header

    @property
    def credentials(self) -> list[Credential]:
        """All credentials, by name."""
        return self.payload.credentials

    def get(self, name: str) -> Credential:
        """One credential; raises CredentialNotFound, naming the nearest."""
        return self.payload.get(name)

    def add(self, credential: Credential) -> None:
        """Put in a new credential; it is kept once :meth:`save` returns."""
        self.payload.add(credential)

    def replace(self, credential: Credential) -> None:
        """Put in another state of a credential."""
        self.payload.replace(credential)

    def remove(self, name: str) -> Credential:
        """Take a credential out."""
        return self.payload.remove(name)

    def __enter__(self) -> Self:
        self._store.__enter__()
        try:
            data = self._store.read()
            if data != self._file.raw:
                file = format.parse(data, expensive=True)  # nothing is derived for it
                if file.header.epoch != self.header.epoch or file.header.generation <= self.header.generation:
                    raise errors.VaultChanged("the password was changed, or another version put there")
                self.payload = _unseal(file, self._data_key)
                self._file = file
        except BaseException:
            self._store.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._store.__exit__(*error)

    def save(self) -> None:
        """Write the vault; when this returns, the disk has confirmed it and it was read back and opened.

        Raises:
            VaultChanged: If somebody else saved since this vault was read; nothing is written.
            StoreError: If the disk refused; the old vault stands, whole.
            NotDurable: If the new vault stands and the disk did not confirm it.
        """
        self._write(self.header, self._data_key, self.payload, backup=self._file.raw)

    def sealed(self) -> bytes:
        """The bytes of one more save, to be kept elsewhere; this vault stays as it is."""
        return _seal(self.header.changed(generation=self.header.generation + 1), self._data_key, self.payload)

    def change_password(self, password: Secret, *, now: int, kdf: Kdf = DEFAULT_KDF) -> Vault:
        """Renew the data key under a new password, save, and open the saved file with that password.

        Recovery and machine keys go on working. The old password opens nothing that is written from
        now on, the automatic ``.bak`` included; copies made before stay readable with it.

        Raises:
            CostRefused, PasswordRefused, NotEnoughMemory: Nothing is written then.
            StoreError: As :meth:`save` does.
        """
        records = {key: record for key, record in self.payload.slots.items() if record.kind != "password"}
        records = {crypto.random(8): SlotRecord("password", "master password", now), **records}
        data_key, journal_key = crypto.random(crypto.KEY_SIZE), crypto.random(crypto.KEY_SIZE)
        keys = {**self.payload.journal, self.header.epoch + 1: journal_key}
        payload = Payload(self.payload.created, self.credentials, records, keys)
        slots = _wrap(self.header.vault_id, data_key, records, password, kdf)
        # The previous version goes, the backup included: the old password would open it.
        self._write(self.header.changed(epoch=self.header.epoch + 1, slots=slots), data_key, payload)
        return open(self.path).unlock(password)

    def _write(self, header: Header, data_key: bytes, payload: Payload, backup: bytes | None = None) -> None:
        header = header.changed(generation=header.generation + 1)
        data = _seal(header, data_key, payload)

        def check(read: bytes) -> None:
            if _unseal(format.parse(read, expensive=True), data_key) != payload:
                raise errors.Tampered("the saved vault does not open to what was saved; the old one stands")

        unconfirmed: errors.NotDurable | None = None
        try:
            self._store.replace(data, was=self._file.raw, backup=backup or data, check=check)
        except errors.NotDurable as error:
            unconfirmed = error  # and yet it is the file that stands there now
        self._file, self._data_key, self.payload = format.parse(data, expensive=True), data_key, payload
        notes.remember(header.vault_id, header.generation, self._file.checksum)
        if unconfirmed is not None:
            raise unconfirmed


def _info(vault_id: bytes, slot: PasswordSlot | RecipientSlot) -> bytes:
    """What binds a slot's keys to its vault and to its own beginning."""
    return b"coldvault/1/slot\0" + vault_id + slot.prefix()


def _password_keys(
    password: bytes, slot: PasswordSlot, info: bytes, workspace: Workspace | None = None
) -> tuple[bytes, bytes]:
    kdf, available = slot.kdf, available_memory()
    if available is not None and workspace is None and kdf.memory * 1024 > available:
        need = f"the key derivation needs {kdf.memory // 1024} MiB; {available >> 20} MiB are free"
        raise errors.NotEnoughMemory(need)
    try:
        key = crypto.argon2id(password, slot.salt, kdf.memory, kdf.passes, kdf.lanes, workspace)
    except crypto.DeriveError as error:
        raise errors.NotEnoughMemory(f"the key derivation failed: {str(error).lower()}") from None
    both = crypto.expand(len(key).to_bytes(4, "big") + key, salt=slot.salt, info=info, size=64)
    return both[:32], both[32:]


def _wrap(
    vault_id: bytes, data_key: bytes, records: dict[bytes, SlotRecord], password: Secret, kdf: Kdf
) -> tuple[PasswordSlot | RecipientSlot, ...]:
    """The data key, wrapped anew for each way in."""
    check_writing(kdf)
    slots: list[PasswordSlot | RecipientSlot] = []
    for slot_id, record in records.items():
        if record.kind == "password":
            blank = PasswordSlot(slot_id, kdf, crypto.random(32))
            info = _info(vault_id, blank)
            kek, commitment = _password_keys(password_bytes(password.reveal()), blank, info)
            wrapped = crypto.seal(kek, data_key, info)
            slots.append(blank.changed(commitment=commitment, wrapped_key=wrapped))
        else:
            slot = RecipientSlot(slot_id)
            sealed = crypto.wrap_to(record.public_key, data_key, _info(vault_id, slot))
            slots.append(slot.changed(sealed=sealed))
    return tuple(slots)


def _seal(header: Header, data_key: bytes, payload: Payload) -> bytes:
    """The file of these contents, under a payload key of its own."""
    padded = format.pad(payload.to_json())
    salt_key = crypto.expand(data_key, salt=header.vault_id, info=b"coldvault/1/salt")
    # Hedged: a machine whose random source repeats still takes another key for other contents.
    salt = hmac_sha256(salt_key, crypto.random(32) + sha256(padded))
    head = header.changed(payload_salt=salt).encode(len(padded) + format.TAG_SIZE)
    header_mac = _header_mac(head, header.vault_id, data_key)
    key = crypto.expand(data_key, salt=salt, info=b"coldvault/1/payload")
    return format.assemble(head, header_mac, crypto.seal(key, padded, head + header_mac))


def _unseal(file: VaultFile, data_key: bytes) -> Payload:
    """The payload of a file, after everything around it was authenticated."""
    header = file.header
    if not crypto.equal(_header_mac(file.head, header.vault_id, data_key), file.header_mac):
        raise errors.Tampered("the vault was modified: its header is not the one that was saved")
    key = crypto.expand(data_key, salt=header.payload_salt, info=b"coldvault/1/payload")
    try:
        padded = crypto.unseal(key, file.sealed, file.head + file.header_mac)
    except crypto.OpenError:
        raise errors.Tampered("the vault was modified: its contents are not what was saved") from None
    payload = Payload.from_json(format.unpad(padded), whole=False)
    if payload.slots.keys() != {slot.slot_id for slot in header.slots}:
        raise errors.Malformed("the vault's slots and its list of them differ")
    return payload


def _header_mac(head: bytes, vault_id: bytes, data_key: bytes) -> bytes:
    return hmac_sha256(crypto.expand(data_key, salt=vault_id, info=b"coldvault/1/header-mac"), head)
