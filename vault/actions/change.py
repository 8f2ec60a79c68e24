"""Change one credential, or take it out: the vault is saved, and what was done is noted in the journal."""

from __future__ import annotations

from ..base.record import Record
from ..care.usage import programs
from ..credential.credential import Credential
from ..errors import InvalidCredential, StillUsed
from ..exchanges import profiles
from . import journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..core.vault import Vault

RECENT = 30 * 86400  # seconds; a program that was handed a key since then depends on it, docs/cli.md


class Changed(Record):
    """A change that was saved.

    Attributes:
        credential: as it is now, or was when it was removed.
        warnings: of what failed besides.
        left: what is left to do at the exchange; empty for nothing.
    """

    credential: Credential
    warnings: tuple[str, ...] = ()
    left: str = ""


def edit(opened: Vault, name: str, now: int, facts: dict[str, Any]) -> Changed:
    """Set *facts*, fields of a Credential; its values stay."""
    return _change(opened, "edit", name, **facts, updated=now)


def disable(opened: Vault, name: str, now: int) -> Changed:
    """Keep a credential from being handed to programs."""
    return _change(opened, "disable", name, state="disabled", updated=now)


def enable(opened: Vault, name: str, now: int) -> Changed:
    """Let a disabled credential be handed to programs; raises InvalidCredential if it has no API key."""
    return _change(opened, "enable", name, state="active", updated=now)


def _change(opened: Vault, did: str, name: str, **fields: Any) -> Changed:
    with opened:
        credential = opened.get(name)
        if credential.state == "pending" and fields.get("state") == "active":
            raise InvalidCredential(f"{name} has no API key yet", hint=f"complete it: vault keygen {name}")
        changed = credential.changed(**fields)
        opened.replace(changed)
        opened.save()
    return Changed(changed, journal.note(opened, did, name))


def check_unused(opened: Vault, name: str, now: int) -> None:
    """Raise StillUsed if a program was handed any key of that name in the last 30 days."""
    if recent := programs(journal.read(opened), name, now - RECENT):
        raise StillUsed(
            f"{name} was given to a program in the last 30 days: {', '.join(p.shown for p in recent)}",
            hint="stop or change it first; or keep the key unused: vault disable; if you mean it: --force",
        )


def remove(opened: Vault, name: str, now: int, *, force: bool = False) -> Changed:
    """Delete a credential for good.

    Args:
        force: delete it even if programs use it; see :func:`check_unused`.
    """
    if not force:
        check_unused(opened, name, now)
    with opened:
        removed = opened.remove(name)
        opened.save()
    page = profiles.known(removed.exchange).manage
    pending = removed.state == "pending"
    left = "if its public half was uploaded" if pending else "the key itself still works"
    left += f": delete it at the exchange{f', {page}' if page else ''}"
    return Changed(removed, journal.note(opened, "remove", name), left)
