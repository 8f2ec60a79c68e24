"""The vault: created, opened, unlocked, changed and saved; keys as in docs/format.md, "Keys".

Callers pass the time and the secrets; nothing here asks, prints, or reads a clock.
"""

from __future__ import annotations

import os

from .. import errors
from ..base.digest import hmac_sha256, sha256
from ..base.secret import Secret
from ..credential.credential import Credential, SlotRecord
from ..store import descent, notes
from ..store.file import Store
from ..unlock.cost import DEFAULT_KDF, Kdf
from . import crypto, format, slots
from .format import Header, VaultFile
from .model import Payload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from ..system.memory import Workspace
    from ..unlock.recovery import RecoveryKey

    Path = str | os.PathLike[str]


def open(path: Path, *, allow_expensive: bool = False, accept_older: bool = False) -> LockedVault:
    """Read a vault's file and check everything that needs no key.

    Args:
        allow_expensive: accept a key derivation up to the outer bounds, which may take minutes.
        accept_older: accept a file older than one seen on this machine, and forget the newer one.

    Raises:
        StoreError: If it cannot be read, or others could have written it.
        FormatError: If it is not a vault, a newer one, or damaged.
    """
    store = Store(os.fspath(path))
    file = format.parse(store.read(), expensive=allow_expensive)
    known = notes.recall(file.header.vault_id)
    if known is not None and known[0] > file.header.generation:  # perhaps saved between these two lines
        file = format.parse(store.read(), expensive=allow_expensive)
    return LockedVault(store, file, known, accept_older)


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
        password: the master password; the caller judges how strong it is.
        now: seconds since the Unix epoch.
        recovery: a second way in, made with :func:`vault.new_recovery_key`.
        make_folder: create the folder of *path* if it is missing, for its owner alone.

    Raises:
        VaultExists: If anything stands at *path*.
        CostRefused, PasswordRefused, NotEnoughMemory, StoreError: Nothing is written then.
    """
    records = slots.with_password({}, now)
    if recovery is not None:
        records |= slots.new_recovery(recovery.private, now)
    blank = Header(crypto.random(16), 1, 0, bytes(32), ())
    header, data_key, payload = _renewed(blank, Payload(now), records, password, kdf)
    store = Store(os.fspath(path), make=make_folder)
    store.create(_seal(header, data_key, payload))
    return LockedVault(store, format.parse(store.read()), None, False)._opened(data_key)


class LockedVault:
    """A vault whose header is known and whose credentials are not.

    Attributes:
        header: readable by anyone with the file; not to be believed before the vault is unlocked.
        path: the file, its links resolved.
    """

    def __init__(self, store: Store, file: VaultFile, known: notes.Seen | None, accept_older: bool) -> None:
        self.header, self.path = file.header, store.path
        self._store, self._file, self._accept_older = store, file, accept_older
        self._known = None if accept_older else known
        self._workspace: Workspace | None = None

    def prepare(self) -> None:
        """Do now, while a person types, what :meth:`unlock` would do first. It may be left out."""
        self._workspace = slots.prepare(self.header)

    def probe(self) -> None:
        """Try whether a change could be saved now; raises as a save would, StoreError or VaultBusy."""
        self._store.probe(len(self._file.raw))

    def unlock(self, secret: Secret) -> Vault:
        """Open it with the master password or with a recovery key, whichever *secret* is.

        Raises:
            WrongPassword, WrongKey: If it opens no slot.
            PasswordRefused, NotEnoughMemory: If it could not be tried.
            Tampered, Malformed: If it opens a slot, and the rest is not what was sealed.
            OlderThanSeen: If it does not descend from the version seen last on this machine.
        """
        notes.check(self._known, self.header.generation, self._file.checksum)
        workspace, self._workspace = self._workspace, None
        return self._opened(slots.unwrap(self.header, secret, workspace))

    def unlock_with(self, data_key: bytes) -> Vault:
        """Open it with the data key that :attr:`Vault.data_key` gave before.

        Raises WrongKey if the file was not saved with it, as after a change of the password; else as unlock.
        """
        if not _fits(self._file, data_key):
            raise errors.WrongKey("this data key does not open the vault", hint="use the master password")
        return self._opened(data_key)

    def _opened(self, data_key: bytes) -> Vault:
        """Unseal the payload; once it is authentic, this machine has seen this save."""
        opened = Vault(self._store, self._file, data_key)
        notes.check(self._known, self.header.generation, self._file.checksum, opened.payload.ancestors)
        notes.remember(self.header.vault_id, self.header.generation, self._file.raw, self._accept_older)
        return opened


class Vault:
    """An unlocked vault: its credentials, and the key that saves them.

    As a context manager it takes the lock against other writers and reads what they saved before, so
    that a change is made to the newest state: add, then save, within one ``with``.
    """

    def __init__(self, store: Store, file: VaultFile, data_key: bytes) -> None:
        """Unseal the payload; raises Tampered, Malformed."""
        self.payload, self.path = _unseal(file, data_key), store.path
        self._store, self._file, self._data_key = store, file, data_key

    @property
    def header(self) -> Header:
        return self._file.header

    @property
    def data_key(self) -> bytes:
        """The 32 bytes that open this vault until its password is changed: a secret, for memory only."""
        return self._data_key

    @property
    def credentials(self) -> list[Credential]:
        """All credentials, by name."""
        return self.payload.credentials

    def get(self, name: str) -> Credential:
        """Return one credential; raises CredentialNotFound, naming the nearest."""
        return self.payload.get(name)

    def add(self, credential: Credential) -> None:
        """Add a new credential; it is kept once :meth:`save` returns."""
        self.payload.add(credential)

    def replace(self, credential: Credential) -> None:
        """Replace a credential by another state of it."""
        self.payload.replace(credential)

    def remove(self, name: str) -> Credential:
        """Remove a credential, and return it."""
        return self.payload.remove(name)

    def __enter__(self) -> Self:
        with self._store:
            data = self._store.read()
            if data != self._file.raw:
                file = format.parse(data, expensive=True)  # nothing is derived for it
                payload = _unseal(file, self._data_key) if file.header.epoch == self.header.epoch else None
                known = self.header.generation, self._file.checksum
                if payload is None or not descent.follows(file.header.generation, payload.ancestors, *known):
                    raise errors.VaultChanged("the password was changed, or another version was put there")
                self.payload, self._file = payload, file
            self._store.__enter__()  # nested: it holds the lock until our own end
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
        self._write(self.header, self._data_key, self.payload, self._file.raw)

    def sealed(self) -> bytes:
        """Return the bytes of one more save, to be kept elsewhere; this vault stays as it is."""
        header, payload = self._next(self.header, self.payload)
        return _seal(header, self._data_key, payload)

    def merge(self, other: Vault) -> None:
        """Save this vault, which is locked, as one that descends from *other*, a version of it, too.

        The caller has taken over the other's credentials. Password and slots are those of the later epoch.
        Raises OlderThanSeen if this machine has seen a version from which neither descends; else as save.
        """
        later = other if other.header.epoch > self.header.epoch else self
        header = later.header.changed(generation=max(self.header.generation, other.header.generation))
        journal = {**other.payload.journal, **self.payload.journal}
        payload = self.payload.changed(slots=later.payload.slots, journal=journal)
        self._write(header, later._data_key, payload, self._file.raw if later is self else None, other)

    def change_password(self, password: Secret, *, now: int, kdf: Kdf = DEFAULT_KDF) -> Vault:
        """Renew the data key under a new password, save, and open the saved file with that password.

        Recovery and machine keys go on working. The old password opens nothing that is written from
        now on, the automatic ``.bak`` included; copies made before stay readable with it.

        Raises:
            CostRefused, PasswordRefused, NotEnoughMemory: Nothing is written then.
            StoreError: As :meth:`save` does.
        """
        records = slots.with_password(self.payload.slots, now)
        self._write(*_renewed(self.header, self.payload, records, password, kdf))
        return open(self.path).unlock(password)

    def _next(self, header: Header, payload: Payload, *others: Vault) -> tuple[Header, Payload]:
        """Return them as those of the save that follows on this one, and on *others*."""
        parents = [(parent._file.checksum, parent.payload.ancestors) for parent in (self, *others)]
        payload = payload.changed(ancestors=descent.child(*parents))
        return header.changed(generation=header.generation + 1), payload

    def _write(
        self, header: Header, data_key: bytes, payload: Payload, backup: bytes | None = None, *others: Vault
    ) -> None:
        """Save these; without a *backup*, as an earlier password would open it, no earlier version stays."""
        header, payload = self._next(header, payload, *others)
        if others:  # without, the file that this machine has seen is not replaced but by its child
            notes.check(notes.recall(header.vault_id), header.generation, b"", payload.ancestors)
        data = _seal(header, data_key, payload)

        def check(read: bytes) -> None:
            if _unseal(format.parse(read, expensive=True), data_key) != payload:
                raise errors.Tampered("the saved vault does not open to what was saved; the old one stands")

        unconfirmed: errors.NotDurable | None = None
        try:
            self._store.replace(data, was=self._file.raw, backup=backup or data, check=check)
        except errors.NotDurable as error:
            unconfirmed = error  # the new file stands there all the same
        self._file, self._data_key, self.payload = format.parse(data, expensive=True), data_key, payload
        notes.remember(header.vault_id, header.generation, data)
        if unconfirmed is not None:
            raise unconfirmed


def _renewed(
    header: Header, payload: Payload, records: dict[bytes, SlotRecord], password: Secret, kdf: Kdf
) -> tuple[Header, bytes, Payload]:
    """Return header, data key and payload of the next epoch, the new data key wrapped for each record."""
    epoch, data_key = header.epoch + 1, crypto.random(crypto.KEY_SIZE)
    journal = {**payload.journal, epoch: crypto.random(crypto.KEY_SIZE)}
    wrapped = slots.wrap(data_key, header.vault_id, records, password, kdf)
    renewed = payload.changed(slots=records, journal=journal)
    return header.changed(epoch=epoch, slots=wrapped), data_key, renewed


def _seal(header: Header, data_key: bytes, payload: Payload) -> bytes:
    """Return the file of these contents, under a payload key of its own."""
    padded = format.pad(payload.to_json())
    salt_key = crypto.hkdf(data_key, salt=header.vault_id, info=b"coldvault/1/salt")
    # Hedged: a machine whose random source repeats still takes another key for other contents.
    salt = hmac_sha256(salt_key, crypto.random(32) + sha256(padded))
    head = header.changed(payload_salt=salt).encode(len(padded) + format.TAG_SIZE)
    header_mac = _header_mac(head, header.vault_id, data_key)
    key = crypto.hkdf(data_key, salt=salt, info=b"coldvault/1/payload")
    return format.assemble(head, header_mac, crypto.seal(key, padded, head + header_mac))


def _unseal(file: VaultFile, data_key: bytes) -> Payload:
    """Return the payload of a file, after everything around it was authenticated."""
    if not _fits(file, data_key):
        raise errors.Tampered("the vault was modified: its header is not the one that was saved")
    key = crypto.hkdf(data_key, salt=file.header.payload_salt, info=b"coldvault/1/payload")
    try:
        padded = crypto.unseal(key, file.sealed, file.head + file.header_mac)
    except crypto.OpenError:
        raise errors.Tampered("the vault was modified: its contents are not what was saved") from None
    payload = Payload.from_json(format.unpad(padded), whole=False)
    if payload.slots.keys() != {slot.slot_id for slot in file.header.slots}:
        raise errors.Malformed("the vault's slots are not those that its payload lists")
    return payload


def _fits(file: VaultFile, data_key: bytes) -> bool:
    """Return whether the header was saved with this data key."""
    return crypto.equal(_header_mac(file.head, file.header.vault_id, data_key), file.header_mac)


def _header_mac(head: bytes, vault_id: bytes, data_key: bytes) -> bytes:
    return hmac_sha256(crypto.hkdf(data_key, salt=vault_id, info=b"coldvault/1/header-mac"), head)
