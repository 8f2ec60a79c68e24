"""Add, edit, disable, enable or remove a credential."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..base.rules import shortened
from ..base.secret import Secret
from ..base.times import day
from ..care.usage import programs
from ..core.vault import Vault
from ..credential.credential import Credential, Values, same_key
from ..errors import InvalidCredential, StillUsed
from ..exchanges import profiles
from ..exchanges.profile import Profile
from . import journal
from .saving import Change

RECENT = 30 * 86400  # seconds; a program that was handed a key since then depends on it, docs/cli.md


def add(
    name: str,
    profile: Profile,
    fields: Mapping[str, Secret],
    facts: Mapping[str, Any],
    now: int,
    *,
    did: str = "add",
    state: str = "active",
) -> Change:
    """Add a credential; *facts* are further fields of it, from :func:`vault.actions.facts.read`."""
    added = Credential(name, profile.name, fields, created=now, updated=now, state=state, **facts)
    return Change(name, did, added=added, warnings=passed(facts, now))


def edit(name: str, facts: Mapping[str, Any], now: int) -> Change:
    """Change fields of a credential; a new time of issue also puts right what a wrong clock noted."""

    def state(credential: Credential) -> Credential:
        if facts.get("issued") is not None:
            credential = _put_right(credential, now)
        return credential.changed(**facts, updated=now)

    return Change(name, "edit", state, warnings=passed(facts, now))


def _put_right(credential: Credential, now: int) -> Credential:
    """Return *credential* without times after *now*: its values were stored by then, the rest is unknown."""

    def credible(values: Values | None) -> Values | None:
        if values is None:
            return None
        late = {key: None for key in ("issued", "replaced") if (getattr(values, key) or 0) > now}
        return values.changed(created=min(values.created, now), **late)

    return credential.changed(
        created=min(credential.created, now),
        staged=credible(credential.staged),
        previous=credible(credential.previous),
    )


def passed(facts: Mapping[str, Any], now: int) -> tuple[str, ...]:
    """Return a warning if the day on which a key ends has passed."""
    expires = facts.get("expires")
    return (f"it has ended by its own date, {day(expires)}",) if expires and expires <= now else ()


def disable(name: str, now: int) -> Change:
    """Keep a credential from being handed to programs."""
    return Change(name, "disable", lambda credential: credential.changed(state="disabled", updated=now))


def enable(name: str, now: int) -> Change:
    """Let programs have a disabled credential again; saving raises InvalidCredential without an API key."""

    def state(credential: Credential) -> Credential:
        if credential.state == "pending":
            raise InvalidCredential(f"{name} has no API key yet", hint=f"complete it: vault keygen {name}")
        return credential.changed(state="active", updated=now)

    return Change(name, "enable", state)


def correct(name: str, fields: Mapping[str, Secret], now: int) -> Change:
    """Put other values of the same key in their place; saving raises InvalidCredential if none is another."""
    return Change(name, "correct", lambda credential: credential.correct(fields, now))


def correctable(opened: Vault, name: str, fields: Sequence[str]) -> list[str]:
    """Return the fields to correct, by default all; raises InvalidCredential if it has no such field."""
    credential = opened.get(name)
    shown = [field.name for field in profiles.known(credential.exchange).fields]
    held = sorted(credential.fields, key=lambda name: shown.index(name) if name in shown else len(shown))
    if unknown := [field for field in fields if field not in held]:
        hint = f"it has: {', '.join(held)}"
        raise InvalidCredential(f"{name} has no field {shortened(unknown[0])}", hint=hint)
    return [*dict.fromkeys(fields)] or held


def loss(opened: Vault, name: str) -> str:
    """Return what a correction of a credential would cost, as a sentence; empty if nothing."""
    retired = opened.get(name).retired
    return f"the key that {name} had before is still kept here, and would be dropped" if retired else ""


def twins(opened: Vault, name: str, fields: Mapping[str, Secret]) -> list[str]:
    """Return a warning if other credentials than *name* hold the key of these values, too."""
    others = holders(opened, name, fields)
    return [f"{', '.join(others)} has the same key: give programs one name for it"] if others else []


def holders(opened: Vault, name: str, fields: Mapping[str, Secret]) -> list[str]:
    """Return the names of the credentials, other than *name*, that hold the key of these values."""
    return [
        other.name
        for other in opened.credentials
        for values in (other, other.staged, other.previous)
        if other.name != name and values is not None and same_key(values.fields, fields)
    ]


def check_unused(opened: Vault, name: str, now: int) -> None:
    """Raise StillUsed if a program was handed any key of that name in the last 30 days."""
    if recent := programs(journal.read(opened, now), name, now - RECENT):
        raise StillUsed(
            f"{name} was given to a program in the last 30 days: {', '.join(p.shown for p in recent)}",
            hint="stop or change it first; or keep the key unused: vault disable; if you mean it: --force",
        )


def remove(opened: Vault, name: str, now: int, *, force: bool = False) -> Change:
    """Delete a credential for good, without *force* after :func:`check_unused`; raises CredentialNotFound."""
    opened.get(name)
    if not force:
        check_unused(opened, name, now)
    return Change(name, "remove", steps=_delete_there)


def _delete_there(opened: Vault, removed: Credential) -> list[str]:
    if others := holders(opened, removed.name, removed.fields):
        return [f"leave the key at the exchange: {', '.join(others)} has the same one"]
    pending = removed.state == "pending"
    why = "if its public half was uploaded" if pending else "the key itself still works"
    return [f"{why}: delete it at {profiles.known(removed.exchange).page}"]
