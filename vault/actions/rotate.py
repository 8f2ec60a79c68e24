"""Replace a credential's values without a gap: stage a successor, then commit or abort it."""

from __future__ import annotations

from collections.abc import Mapping

from ..base.record import Record
from ..base.secret import Secret
from ..care import checklist, usage
from ..core.vault import Vault
from ..credential.credential import Credential, Values, same_key
from ..errors import InvalidCredential, JournalError
from ..exchanges import profiles
from ..exchanges.profile import Profile
from ..journal.journal import SUCCESSOR
from . import journal
from .change import holders, passed
from .facts import check_made
from .saving import Change


class Rotation(Record):
    """A rotation that may begin."""

    profile: Profile
    wanted: list[str]  # the fields to ask for
    steps: list[str]  # to be done first, at the exchange


def begin(opened: Vault, name: str) -> Rotation:
    """Return the needs of a rotation; raises CredentialExists if a successor is staged already."""
    credential = opened.get(name)
    credential.stage(Values(credential.fields, credential.created))
    profile = profiles.load(credential.exchange)
    wanted = [field.name for field in profile.fields] or list(credential.fields)
    return Rotation(profile, wanted, checklist.making(credential, profile))


def stage(name: str, values: Values) -> Change:
    """Stage *values* as the successor; saving raises InvalidCredential if they are of the present key."""

    def state(credential: Credential) -> Credential:
        check_other(name, credential.fields, values.fields)
        check_made(values.issued, values.created)
        return credential.stage(values)

    warnings = passed({"expires": values.expires}, values.created)
    return Change(name, "rotate", state, warnings=warnings, steps=trying)


def check_other(name: str, present: Mapping[str, Secret], successor: Mapping[str, Secret]) -> None:
    """Raise InvalidCredential if a successor is the present key: to end one would be to end both."""
    if same_key(present, successor):
        hint = f"if one of its values was mistyped: vault correct {name}"
        raise InvalidCredential(f"that is the key that {name} holds already, not another one", hint=hint)


def trying(_opened: Vault, credential: Credential) -> list[str]:
    """Return the steps that try a staged successor."""
    return checklist.trying(credential, profiles.known(credential.exchange))


def doubt(opened: Vault, name: str) -> str:
    """Return why a successor should not be promoted yet; empty if a request has proved that it works."""
    staged = opened.get(name).staged
    if staged is None:
        return ""  # the commit itself says so
    try:
        entries = journal.read(opened).entries
    except JournalError:
        entries = ()
    for entry in entries:
        proved = entry.did == "verify" and entry.outcome == SUCCESSOR and name in entry.names
        if proved and entry.at >= staged.created:
            return ""
    return f"no request has proved that the successor of {name} works"


def commit(opened: Vault, name: str, now: int) -> Change:
    """Replace the values by the successor, and keep them as the previous ones."""

    def state(credential: Credential) -> Credential:
        if credential.staged:  # a key pair may still be without its API key
            profiles.load(credential.exchange).check_fields(credential.staged.fields)
        return credential.commit(now)

    def retiring(opened: Vault, credential: Credential) -> list[str]:
        programs = [program.shown for program in usage.programs(journal.read(opened, now), name)]
        held = holders(opened, name, credential.previous.fields) if credential.previous else []
        return checklist.retiring(credential, profiles.known(credential.exchange), programs, held)

    dropped = "the values before those were still kept, and are dropped now"
    return Change(name, "rotate", state, None, (dropped,) if opened.get(name).previous else (), retiring)


def abort(opened: Vault, name: str, now: int) -> Change:
    """Drop the successor."""
    staged = opened.get(name).staged

    def ending(opened: Vault, credential: Credential) -> list[str]:
        kept = (
            staged is None
            or same_key(staged.fields, credential.fields)
            or holders(opened, name, staged.fields)
        )
        return [] if kept else [f"delete its key at {profiles.known(credential.exchange).page}"]

    return Change(name, "rotate", lambda credential: credential.abort(now), steps=ending)


def forget(_opened: Vault, name: str, now: int) -> Change:
    """Drop the previous values."""
    return Change(name, "rotate", lambda credential: credential.forget(now))
