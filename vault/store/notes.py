"""What this machine has seen of each vault: against an older file in the place of a newer one."""

from __future__ import annotations

import os

from ..errors import StoreError, VaultError
from ..system import Folder, state_home


def recall(vault_id: bytes) -> tuple[int, str] | None:
    """The highest generation seen here of that vault and its checksum in hex; best effort."""
    try:
        folder = Folder(os.path.join(state_home(), "seen"))
        try:
            generation, _, checksum = folder.read(vault_id.hex(), 128).decode("ascii").strip().partition(" ")
        finally:
            folder.close()
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
        folder = Folder(os.path.join(state_home(), "seen"), make=True)
        try:
            mark = f".{vault_id.hex()}."
            folder.sweep(mark)
            name = f"{mark}{os.urandom(8).hex()}.tmp"
            folder.write(name, f"{generation} {checksum.hex()}\n".encode())
            folder.rename(name, vault_id.hex())
        finally:
            folder.close()
        return True
    except StoreError:
        return False
