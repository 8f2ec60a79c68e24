"""The vault as a whole: the cost of a guess, a new password, its status without a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..base.secret import Secret
from ..core import crypto
from ..core.format import MIN_BUCKET
from ..core.vault import LockedVault, Vault, create
from ..errors import StoreError, VaultNotFound
from ..exchanges import profiles
from ..store.file import Store, way_back
from ..system import available_memory
from ..unlock import passwords
from ..unlock.cost import DEFAULT_KDF, Kdf, calibrated
from ..unlock.recovery import new_recovery_key
from . import journal
from .saving import Done

__all__ = [
    "change_password",
    "cost",
    "create",
    "judge",
    "left_behind",
    "missing",
    "new_recovery_key",
    "probe_new",
    "status",
    "way_back",
]


def probe_new(path: str, *, make_folder: bool = False) -> None:
    """Try whether :func:`create` could make a vault at *path*; raises as it would."""
    Store(path, make=make_folder).probe_new(MIN_BUCKET)


def left_behind(path: str) -> str:
    """Return the path of a copy of a vault that is missing at *path*; empty if there seems to be none."""
    try:
        return Store(path).left_behind()
    except StoreError:  # there is no folder, or it cannot be read
        return ""


def missing(path: str) -> VaultNotFound:
    """Return the error about a vault that is missing; its hint is the way back, if there is one."""
    copy = left_behind(path)
    return VaultNotFound(f"no vault at {path}", hint=way_back(copy) if copy else None)


def cost(clock: Callable[[], float], **by_hand: int | None) -> Kdf:
    """Return the cost *by_hand* (``memory`` in MiB, ``passes``, ``lanes``), with defaults for the rest.

    Without any, measure this machine by *clock*, which returns seconds, and return a cost that suits it.
    """
    given = {name: number for name, number in by_hand.items() if number is not None}
    if not given:
        begin, kdf = clock(), DEFAULT_KDF
        crypto.argon2id(b"measure", bytes(32), kdf.memory, kdf.passes, kdf.lanes)
        return calibrated(clock() - begin, available_memory())
    if "memory" in given:
        given["memory"] *= 1024
    return DEFAULT_KDF.changed(**given)


def judge(password: Secret) -> tuple[str, tuple[str, ...]]:
    """Return what guessing a new master password takes, and warnings; raises PasswordRefused."""
    strength, warnings = passwords.estimate(password), []
    if strength.weak:
        warnings.append(f"guessing this password takes {strength}; a few unrelated words take far more")
    if not password.reveal().isascii():
        warnings.append("the password has characters beyond ASCII, which another keyboard may not have")
    remark = f"; {strength.remark}" if strength.remark else ""
    return f"guessing it takes {strength}{remark}", tuple(warnings)


def change_password(opened: Vault, password: Secret, kdf: Kdf, now: int) -> Done:
    """Change the master password of the newest state, and open the saved file with it."""
    with opened:
        fresh = opened.change_password(password, now=now, kdf=kdf)
    left = ["copies of the file made before still open with the old password, wherever they are"]
    if fresh.credentials:
        left.append("if the old password may be known to somebody, replace these at the exchange:")
    left += [f"  {c.name}: {profiles.known(c.exchange).page}" for c in fresh.credentials]
    header = fresh.header
    facts = {"path": fresh.path, "generation": header.generation, "epoch": header.epoch}
    said = "the master password was changed; the file was opened again with the new one"
    return Done(facts, said, tuple(left), journal.note(fresh, "passwd"))


def status(closed: LockedVault) -> dict[str, Any]:
    """Return the facts that need no key; their names are documented in docs/cli.md and stable."""
    header, slot = closed.header, closed.header.password_slot
    kdf = slot and {"memory_kib": slot.kdf.memory, "passes": slot.kdf.passes, "lanes": slot.kdf.lanes}
    return {
        "path": closed.path,
        "format": 1,
        "vault_id": header.vault_id.hex(),
        "generation": header.generation,
        "epoch": header.epoch,
        "password_slots": int(slot is not None),
        "recipient_slots": len(header.recipients),
        "kdf": kdf,
        "below_default": slot is not None and slot.kdf.work < DEFAULT_KDF.work,
        "copies": Store(closed.path).copies(),
    }
