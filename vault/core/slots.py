"""The slots: the data key, wrapped for each way into a vault; keys as in docs/format.md, "Keys".

The only module that knows the kinds of slot: how a data key is wrapped for each, and which secret unwraps it.
"""

from __future__ import annotations

from .. import errors
from ..base.secret import Secret
from ..credential.credential import SlotRecord
from ..system import available_memory
from ..system.memory import Workspace
from ..unlock.cost import Kdf, check_writing
from ..unlock.passwords import password_bytes
from . import crypto
from .format import Header, PasswordSlot, RecipientSlot, Slot

_KEY_LENGTH = 60  # letters of a recovery key in writing, blanks and dashes aside


def with_password(records: dict[bytes, SlotRecord], now: int) -> dict[bytes, SlotRecord]:
    """Return records by slot id, with a new password slot's in the place of the old one's."""
    others = {slot_id: record for slot_id, record in records.items() if record.kind != "password"}
    return {crypto.random(8): SlotRecord("password", "master password", now), **others}


def new_recovery(private: bytes, now: int) -> dict[bytes, SlotRecord]:
    """Return the record of a recovery key's slot, under a new slot id."""
    return {crypto.random(8): SlotRecord("recovery", "recovery key", now, crypto.public_key(private))}


def wrap(
    data_key: bytes, vault_id: bytes, records: dict[bytes, SlotRecord], password: Secret, kdf: Kdf
) -> tuple[Slot, ...]:
    """Wrap the data key for each way in that *records* name by slot id: to a public key, or under *password*.

    Raises:
        CostRefused, PasswordRefused, NotEnoughMemory: If the password slot cannot be made.
    """
    check_writing(kdf)
    slots: list[Slot] = []
    for slot_id, record in records.items():
        if record.kind == "password":
            blank = PasswordSlot(slot_id, kdf, crypto.random(32))
            info = _info(vault_id, blank)
            kek, commitment = _password_keys(password_bytes(password.reveal()), blank, info)
            wrapped = crypto.seal(kek, data_key, info)
            slots.append(blank.changed(commitment=commitment, wrapped_key=wrapped))
        else:
            info = _info(vault_id, RecipientSlot(slot_id))
            slots.append(RecipientSlot(slot_id, crypto.wrap_to(record.public_key, data_key, info)))
    return tuple(slots)


def unwrap(header: Header, secret: Secret, workspace: Workspace | None = None) -> bytes:
    """Return the data key, unwrapped with a master password or with a recovery key in writing.

    A password uses up the *workspace* of :func:`prepare`. Raises as
    :meth:`vault.core.vault.LockedVault.unlock`.
    """
    if len(secret) >= _KEY_LENGTH:
        from ..unlock.recovery import RecoveryKey  # here, since most passwords are shorter

        if (key := RecoveryKey.read(secret.reveal())) is not None:
            return _unwrap_with_key(header, key.private)
    password, slot = password_bytes(secret.reveal()), header.password_slot
    if slot is None:
        raise errors.WrongPassword("this vault has no password", hint="open it with its recovery key")
    info = _info(header.vault_id, slot)
    kek, commitment = _password_keys(password, slot, info, workspace)
    if not crypto.equal(commitment, slot.commitment):
        raise errors.WrongPassword("wrong password")
    try:
        return crypto.unseal(kek, slot.wrapped_key, info)
    except crypto.OpenError:
        raise errors.Tampered("the password is right, but the vault was modified") from None


def _unwrap_with_key(header: Header, private: bytes) -> bytes:
    for slot in header.recipients:
        try:
            return crypto.unwrap_with(private, slot.sealed, _info(header.vault_id, slot))
        except crypto.OpenError:
            continue
    raise errors.WrongKey("no slot of this vault opens with this recovery key")


def prepare(header: Header) -> Workspace | None:
    """Touch the memory in which :func:`unwrap` will derive a password's key; None if either is missing."""
    slot, available = header.password_slot, available_memory()
    try:
        if slot is not None and (available is None or slot.kdf.memory * 1024 <= available):
            workspace = Workspace(slot.kdf.memory)
            workspace.touch()
            return workspace
    except (MemoryError, OSError):
        pass
    return None


def _info(vault_id: bytes, slot: Slot) -> bytes:
    """Return what binds a slot's keys to its vault and to the slot's own beginning."""
    return b"coldvault/1/slot\0" + vault_id + slot.prefix()


def _password_keys(
    password: bytes, slot: PasswordSlot, info: bytes, workspace: Workspace | None = None
) -> tuple[bytes, bytes]:
    """Derive the key that wraps the data key, and the commitment to it."""
    kdf, available = slot.kdf, available_memory()
    if available is not None and workspace is None and kdf.memory * 1024 > available:
        need = f"the key derivation needs {kdf.memory // 1024} MiB; {available >> 20} MiB are free"
        raise errors.NotEnoughMemory(need)
    try:
        key = crypto.argon2id(password, slot.salt, kdf.memory, kdf.passes, kdf.lanes, workspace)
    except crypto.DeriveError as error:
        raise errors.NotEnoughMemory(f"the key derivation failed: {str(error).lower()}") from None
    both = crypto.hkdf(len(key).to_bytes(4, "big") + key, salt=slot.salt, info=info, size=64)
    return both[:32], both[32:]
