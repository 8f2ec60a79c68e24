"""Notes of the latest save and journal record seen on this machine: a guard against older files."""

from __future__ import annotations

import os

from ..errors import OlderThanSeen, VaultError
from ..system import Folder, state_home
from . import descent

CHECKSUM = 32  # bytes at the end of a vault's file (docs/format.md, "Layout")

TYPE_CHECKING = False
if TYPE_CHECKING:
    Seen = tuple[int, str]  # a save, and its file's checksum in hex


def home() -> str:
    """Return the path of the folder of all notes; raises StoreError for a user without a home."""
    return os.path.join(state_home(), "seen")


def check(known: Seen | None, generation: int, checksum: bytes, ancestors: bytes | None = None) -> None:
    """Raise OlderThanSeen unless a save is the known one or, by its *ancestors*, descends from it.

    Without *ancestors*, as before the vault is unlocked, only the numbers are compared.
    """
    if known is None or known == (generation, checksum.hex()):
        return
    where = f"of save {generation}; this machine has seen save {known[0]}"
    if known[0] > generation:
        raise OlderThanSeen(f"this is an older version of the vault, {where}")
    seen = known[0], bytes.fromhex(known[1])
    if known[0] == generation or not (ancestors is None or descent.follows(generation, ancestors, *seen)):
        raise OlderThanSeen(f"this is another version of the vault, {where}, from which it does not descend")


def recall(vault_id: bytes) -> Seen | None:
    """Return the highest save seen here of that vault; best effort."""
    try:
        generation, _, checksum = _read(vault_id.hex()).partition(" ")
        bytes.fromhex(checksum)
        return int(generation), checksum
    except (VaultError, ValueError):
        return None


def remember(vault_id: bytes, generation: int, file: bytes, lower: bool = False) -> None:
    """Note the save that was seen, and keep its bytes: a sync tool may put a fork in their place.

    With *lower*, note it over a later save too, and leave the version that is kept, since a look at an old
    copy must not cost the newest one. It is best effort, as a mere guard.
    """
    known, seen = recall(vault_id), (generation, file[-CHECKSUM:].hex())
    if known == seen or (known is not None and known[0] > generation and not lower):
        return
    try:
        with Folder(home(), make=True) as folder:
            if known is None or not lower:
                folder.put(_kept(vault_id), file)
            folder.put(vault_id.hex(), "{} {}\n".format(*seen).encode())
    except VaultError:
        pass


def kept(vault_id: bytes) -> str:
    """Return the path of the version that was seen last on this machine; empty if it keeps none."""
    try:
        path = os.path.join(home(), _kept(vault_id))
    except VaultError:  # a user without a home
        return ""
    return path if os.path.exists(path) else ""


def recall_journal(vault_id: bytes) -> tuple[int, bytes] | None:
    """Return number and link of the last record that this machine wrote; None if unknown."""
    try:
        seq, _, link = _read(_journal(vault_id)).partition(" ")
        return int(seq), bytes.fromhex(link)
    except (VaultError, ValueError):
        return None


def remember_journal(vault_id: bytes, seq: int, link: bytes) -> None:
    """Note the last record; best effort, since a journal is written without it, less well guarded.

    It is written in place and has one length, so that it needs no new file and a kill tears nothing.
    """
    try:
        with Folder(home(), make=True) as folder:
            note = f"{seq:020d} {link.hex()}\n".encode()
            folder.write_at(_journal(vault_id), 0, note, make=True, last=True)
    except VaultError:
        pass


def forget_journal(vault_id: bytes) -> None:
    """Forget the journal's end, until the next record."""
    try:
        with Folder(home()) as folder:
            folder.remove(_journal(vault_id))
    except VaultError:
        pass  # nothing was noted then


def _kept(vault_id: bytes) -> str:
    return f"{vault_id.hex()}.vault"


def _journal(vault_id: bytes) -> str:
    return f"{vault_id.hex()}.journal"


def _read(name: str) -> str:
    with Folder(home()) as folder:
        return folder.read(name, 128).decode("ascii").strip()
