"""Make a key pair in the vault, and complete it with the exchange's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.record import Record
from ..base.secret import Secret
from ..core.vault import Vault
from ..credential.credential import Credential
from ..exchanges import keypair, profiles
from ..exchanges.profile import Profile
from . import rotate
from .change import add
from .saving import Change


class Target(Record):
    """The credential that gets a key pair.

    Attributes:
        credential: None if it is a new one.
        unanswered: the same credential, if its newest pair lacks the exchange's answer.
    """

    name: str
    profile: Profile
    credential: Credential | None
    unanswered: Credential | None


class Pair(Record):
    """The public side of a key pair."""

    public: str  # the public key in PEM, or a wallet's address
    lacking: list[str]  # fields that the exchange's answer fills
    place: str  # the page that takes the public key


def find(opened: Vault, name: str, exchange: str = "") -> Target:
    """Return the target of that name, which may be new; the exchange defaults to its own."""
    found = next((credential for credential in opened.credentials if credential.name == name), None)
    profile = profiles.load(exchange or (found.exchange if found else "generic"))
    return Target(name, profile, found, found if found and keypair.is_unanswered(found, profile) else None)


def make(target: Target, kind: str, facts: Mapping[str, Any], now: int) -> Change:
    """Make a pair, as a new credential with these *facts*, or as the successor of one.

    An empty *kind* of private key stands for the exchange's usual one.
    """
    before = target.credential.fields if target.credential else {}
    made = keypair.make(target.profile, kind, now, before)
    if target.credential is None:
        return add(target.name, target.profile, made.fields, facts, now, did="keygen", state="pending")
    return rotate.stage(target.name, made).changed(did="keygen")


def pair_of(credential: Credential, profile: Profile) -> Pair:
    """Return the public side of the credential's newest pair."""
    values = keypair.newest(credential)
    return Pair(keypair.public_half(profile, values), keypair.lacking(profile, values), profile.page)


def answer(name: str, fields: Mapping[str, Secret], now: int) -> Change:
    """Complete a pair with the exchange's answer."""

    def state(credential: Credential) -> Credential:
        answered = keypair.answered(credential, fields, now)
        if answered.staged is not None:
            rotate.check_other(name, answered.fields, answered.staged.fields)
        return answered

    return Change(name, "keygen", state, steps=lambda opened, c: rotate.trying(opened, c) if c.staged else ())
