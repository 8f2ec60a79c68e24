"""Change what is known about a credential, keep it from programs, or take it out of the vault."""

from __future__ import annotations

from ..care.usage import programs
from ..credential.credential import Credential
from ..errors import InvalidCredential, StillUsed
from ..exchanges import profiles
from . import journal
from .saving import Change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..core.vault import Vault

RECENT = 30 * 86400  # seconds; a program that was handed a key since then depends on it, docs/cli.md


def edit(name: str, facts: Mapping[str, Any], now: int) -> Change:
    """Record other facts, as fields of a Credential."""
    return Change(name, "edit", lambda credential: credential.changed(**facts, updated=now))


def disable(name: str, now: int) -> Change:
    """Keep a credential from being handed to programs."""
    return Change(name, "disable", lambda credential: credential.changed(state="disabled", updated=now))


def enable(name: str, now: int) -> Change:
    """Let a disabled credential be handed to programs; it raises InvalidCredential without an API key."""

    def state(credential: Credential) -> Credential:
        if credential.state == "pending":
            raise InvalidCredential(f"{name} has no API key yet", hint=f"complete it: vault keygen {name}")
        return credential.changed(state="active", updated=now)

    return Change(name, "enable", state)


def check_unused(opened: Vault, name: str, now: int) -> None:
    """Raise StillUsed if a program was handed any key of that name in the last 30 days."""
    if recent := programs(journal.read(opened), name, now - RECENT):
        raise StillUsed(
            f"{name} was given to a program in the last 30 days: {', '.join(p.shown for p in recent)}",
            hint="stop or change it first; or keep the key unused: vault disable; if you mean it: --force",
        )


def remove(opened: Vault, name: str, now: int, *, force: bool = False) -> Change:
    """Delete a credential for good; raises CredentialNotFound.

    Args:
        force: delete it even if programs use it; see :func:`check_unused`.
    """
    opened.get(name)
    if not force:
        check_unused(opened, name, now)
    return Change(name, "remove", steps=_delete_there)


def _delete_there(_opened: Vault, removed: Credential) -> list[str]:
    page = profiles.known(removed.exchange).manage
    pending = removed.state == "pending"
    why = "if its public half was uploaded" if pending else "the key itself still works"
    return [f"{why}: delete it at the exchange{f', {page}' if page else ''}"]
