"""What this machine has seen of each vault: against an older file in the place of a newer one."""

from __future__ import annotations

import os

from ..errors import OlderThanSeen, StoreError, VaultError
from ..system import Folder, state_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    Seen = tuple[int, str]  # a save, and its file's checksum in hex


def check(known: Seen | None, generation: int, checksum: bytes) -> None:
    """Raise OlderThanSeen if the known save is later than this file, or another file of that number."""
    if known is not None and known[0] >= generation and known != (generation, checksum.hex()):
        which = "another" if known[0] == generation else "an older"
        where = f"of save {generation}; this machine has seen save {known[0]}"
        raise OlderThanSeen(f"this is {which} version of the vault, {where}")


def recall(vault_id: bytes) -> Seen | None:
    """Return the highest save seen here of that vault; best effort."""
    try:
        with Folder(os.path.join(state_home(), "seen")) as folder:
            generation, _, checksum = folder.read(vault_id.hex(), 128).decode("ascii").strip().partition(" ")
        return int(generation), checksum
    except (VaultError, ValueError):
        return None


def remember(vault_id: bytes, generation: int, checksum: bytes, lower: bool = False) -> bool:
    """Note what was seen; whether it stands there now. A vault opens without it, less well guarded.

    Args:
        lower: forget a higher generation.
    """
    known = recall(vault_id)
    if known == (generation, checksum.hex()):
        return True
    if known is not None and known[0] > generation and not lower:
        return False
    try:
        with Folder(os.path.join(state_home(), "seen"), make=True) as folder:
            folder.put(vault_id.hex(), f"{generation} {checksum.hex()}\n".encode())
        return True
    except StoreError:
        return False
