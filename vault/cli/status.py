"""``vault status``."""

from __future__ import annotations

from ..actions import vaults
from ..unlock.cost import DEFAULT_KDF, Kdf
from .group import command
from .opening import locked
from .options import Settings
from .output import emit, remark, say


@command
def status(settings: Settings) -> None:
    """Show what can be known about the vault without its password."""
    facts = vaults.status(locked(settings))
    if settings.json:
        emit(facts)
        return
    for key, fact in facts.items():
        if key not in ("kdf", "copies", "below_default"):
            say(f"{key.replace('_', ' '):16} {fact}")
    if facts["kdf"]:
        say(f"{'cost of a guess':16} {Kdf(*facts['kdf'].values())}")
    for path in facts["copies"]:
        say(f"{'beside it':16} {path}")
    if facts["below_default"]:
        remark(f"a guess costs less than the default, {DEFAULT_KDF}; vault passwd lifts it")
