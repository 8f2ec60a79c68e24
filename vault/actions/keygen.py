"""Make a key pair in the vault: its private half stays, what the exchange answers completes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    """The credential that is given a key pair.

    Attributes:
        credential: None if it is still to be added.
        unanswered: the same, if its newest pair awaits what the exchange answers.
    """

    name: str
    profile: Profile
    credential: Credential | None
    unanswered: Credential | None


class Pair(Record):
    """What may be shown of a pair.

    Attributes:
        public: its public key in PEM, or a wallet's address.
        lacking: fields that the exchange's answer is to fill.
        place: where the public half is uploaded.
    """

    public: str
    lacking: list[str]
    place: str


def find(opened: Vault, name: str, exchange: str = "") -> Target:
    """Look at the credential of that name, which may be new; its own exchange is the default."""
    found = next((credential for credential in opened.credentials if credential.name == name), None)
    profile = profiles.load(exchange or (found.exchange if found else "generic"))
    return Target(name, profile, found, found if found and keypair.is_unanswered(found, profile) else None)


def make(target: Target, kind: str, facts: Mapping[str, Any], now: int) -> Change:
    """Make a pair: of a new credential, or the successor of one.

    Args:
        kind: of private key; empty: the exchange's usual one.
        facts: about a new credential, of :func:`vault.actions.facts.read`.
    """
    before = target.credential.fields if target.credential else {}
    made = keypair.make(target.profile, kind, now, before)
    if target.credential is None:
        return add(target.name, target.profile, made.fields, facts, now, did="keygen", state="pending")
    return rotate.stage(target.name, made).changed(did="keygen")


def pair_of(credential: Credential, profile: Profile) -> Pair:
    """Return what may be shown of its newest pair."""
    values = keypair.newest(credential)
    return Pair(keypair.public_half(profile, values), keypair.lacking(profile, values), profile.page)


def answer(name: str, fields: Mapping[str, Secret], now: int) -> Change:
    """Complete a pair with what the exchange answered."""

    def steps(opened: Vault, credential: Credential) -> Iterable[str]:
        return rotate.trying(opened, credential) if credential.staged else ()

    return Change(name, "keygen", lambda credential: keypair.answered(credential, fields, now), steps=steps)
