"""Replace a credential's values without a gap: stage a successor, then commit or abort it."""

from __future__ import annotations

from ..base.record import Record
from ..care import checklist, usage
from ..core.vault import Vault
from ..credential.credential import Credential, Values
from ..exchanges import profiles
from ..exchanges.profile import Profile
from . import journal
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
    """Stage *values* as the successor."""
    return Change(name, "rotate", lambda credential: credential.stage(values), steps=trying)


def trying(_opened: Vault, credential: Credential) -> list[str]:
    """Return the steps that try a staged successor."""
    return checklist.trying(credential, profiles.known(credential.exchange))


def commit(opened: Vault, name: str, now: int) -> Change:
    """Replace the values by the successor, and keep them as the previous ones."""

    def state(credential: Credential) -> Credential:
        if credential.staged:  # a key pair may still be without its API key
            profiles.load(credential.exchange).check_fields(credential.staged.fields)
        return credential.commit(now)

    def retiring(opened: Vault, credential: Credential) -> list[str]:
        programs = [program.shown for program in usage.programs(journal.read(opened), name)]
        return checklist.retiring(credential, profiles.known(credential.exchange), programs)

    dropped = "the values before those were still kept, and are dropped now"
    return Change(name, "rotate", state, None, (dropped,) if opened.get(name).previous else (), retiring)


def abort(_opened: Vault, name: str, now: int) -> Change:
    """Drop the successor."""
    return Change(name, "rotate", lambda credential: credential.abort(now))


def forget(_opened: Vault, name: str, now: int) -> Change:
    """Drop the previous values."""
    return Change(name, "rotate", lambda credential: credential.forget(now))
