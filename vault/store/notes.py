"""Notes of the latest save and journal record seen on this machine: a guard against older files."""

from __future__ import annotations

import os

from ..errors import OlderThanSeen, VaultError
from ..system import Folder, state_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    Seen = tuple[int, str]  # a save, and its file's checksum in hex


def home() -> str:
    """Return the path of the folder of all notes; raises StoreError for a user without a home."""
    return os.path.join(state_home(), "seen")


def check(known: Seen | None, generation: int, checksum: bytes) -> None:
    """Raise OlderThanSeen if the known save is later than this file, or another file of that number."""
    if known is not None and known[0] >= generation and known != (generation, checksum.hex()):
        which = "another" if known[0] == generation else "an older"
        where = f"of save {generation}; this machine has seen save {known[0]}"
        raise OlderThanSeen(f"this is {which} version of the vault, {where}")


def recall(vault_id: bytes) -> Seen | None:
    """Return the highest save seen here of that vault; best effort."""
    try:
        generation, _, checksum = _read(vault_id.hex()).partition(" ")
        return int(generation), checksum
    except (VaultError, ValueError):
        return None


def remember(vault_id: bytes, generation: int, checksum: bytes, lower: bool = False) -> None:
    """Note a save that was seen, with *lower* also over a higher one; best effort, as a mere guard."""
    known, seen = recall(vault_id), (generation, checksum.hex())
    if known == seen or (known is not None and known[0] > generation and not lower):
        return
    try:
        with Folder(home(), make=True) as folder:
            folder.put(vault_id.hex(), "{} {}\n".format(*seen).encode())
    except VaultError:
        pass


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


def _journal(vault_id: bytes) -> str:
    return f"{vault_id.hex()}.journal"


def _read(name: str) -> str:
    with Folder(home()) as folder:
        return folder.read(name, 128).decode("ascii").strip()
