"""What this machine has seen of each vault: against an older file in the place of a newer one."""

from __future__ import annotations

import os

from ..errors import StoreError, VaultError
from ..system import Folder, state_home


def recall(vault_id: bytes) -> tuple[int, str] | None:
    """The highest generation seen here of that vault and its checksum in hex; best effort."""
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
