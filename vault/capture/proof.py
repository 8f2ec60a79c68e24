"""Checks of values offline: their shapes, whether they are complete, and belong together."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..base.secret import Secret
from ..credential import private_keys
from ..errors import InvalidCredential
from ..exchanges.profile import Field, Profile
from .words import BEGIN, MAX_TOKEN, fits

# Account queries need the account's address; with the agent's own they come back empty (Hyperliquid,
# "Nonces and API wallets", page of 2026).
AGENT = "it is the address of this private key itself; an agent has one, and its account another"
_MOST_TRIED = 128  # characters of a value in which a misfit is looked for
_SAME = re.compile(r"(.)\1{7}")  # no value that was drawn at random has eight equal characters in a row


def remarks(profile: Profile, field: Field, value: Secret) -> list[str]:
    """Return remarks on one value, without the field's label, and never the value."""
    found = [text.removeprefix(f"{field.label}: ") for text in profile.remarks(field.name, value)]
    text = value.reveal()
    if found or not field.shape or not fits(field, text):
        return found
    if field.public and not _is_checked(text):
        found.append("its upper and lower case do not belong to this address: a character is changed")
    if "ed25519" in field.keys and len(text) in (44, 88) and text.endswith("="):  # base64 of such a key
        try:
            private_keys.kind(value)
        except InvalidCredential as error:
            found.append(str(error))
    return found


def flaw(profile: Profile, field: Field, value: Secret) -> str:
    """Return the remarks on a value from a page, with hints at its fault; empty if it looks right."""
    found, text = remarks(profile, field, value), value.reveal()
    if field.shape and not text.startswith(BEGIN) and (place := _misfit(field, text)):
        found.append(f"character {place} does not belong in it")
    if not field.public and not text.startswith(BEGIN) and _SAME.search(text):
        found.append("it has one character many times in a row, as an example or a masked value has")
    return "; ".join(found)


def _misfit(field: Field, text: str) -> int:
    """Return the place, from 1, of the one character that spoils the shape of *text*; else 0."""
    if len(text) > _MOST_TRIED or fits(field, text):
        return 0
    for place in range(len(text)):
        if any(fits(field, f"{text[:place]}{other}{text[place + 1 :]}") for other in "0Aa-"):
            return place + 1
    return 0


def _is_checked(address: str) -> bool:
    digits = address[2:]
    if digits in (digits.lower(), digits.upper()):
        return True  # EIP-55: only an address in both cases has a checksum
    try:
        return private_keys.checksummed(address) == address
    except InvalidCredential:
        return True


def address(key: Secret) -> str:
    """Return the address of a wallet's private key, in lower case; empty if the key is invalid."""
    try:
        return private_keys.address(key).lower()
    except InvalidCredential:
        return ""


def verdict(profile: Profile, field: str, value: Secret) -> str:
    """Return one line about a value: its length, and whether it looks right; never the value."""
    known, text = profile.field(field), value.reveal()
    if found := remarks(profile, known, value):
        return f"{known.label}: {'; '.join(found)}"
    if known.keys and text.startswith(BEGIN):
        return f"{known.label}: a complete private key ({private_keys.kind(value)})"
    size = f"{known.label}: {len(text)} character{'s' * (len(text) != 1)}"
    return f"{size}, as {profile.title}'s are" if known.shape else size


def prove(profile: Profile, fields: Mapping[str, Secret]) -> list[str]:
    """Return the faults of values as a set, and of those that can be checked offline."""
    known = [field for field in profile.fields if field.name in fields]
    found = [
        f"{field.label}: {why}"
        for field in known
        if field.keys or field.decodes or field.public
        for why in remarks(profile, field, fields[field.name])
    ]
    for place, one in enumerate(known):
        for two in known[place + 1 :]:
            first, second = fields[one.name], fields[two.name]
            if first == second:
                found.append(f"{one.label} and {two.label} are the same value")
            elif _are_crossed(one, two, first, second):
                found.append(f"{one.label} and {two.label} look swapped: each has the other's shape")
    if {"wallet_address", "private_key"} <= fields.keys():
        own = address(fields["private_key"])
        if own and fields["wallet_address"].reveal().lower() == own:
            found.append(f"{profile.field('wallet_address').label}: {AGENT}")
    return found


def _are_crossed(one: Field, two: Field, first: Secret, second: Secret) -> bool:
    if not (one.shape and two.shape) or max(len(first), len(second)) > MAX_TOKEN:
        return False
    own = fits(one, first.reveal()) or fits(two, second.reveal())
    return not own and fits(one, second.reveal()) and fits(two, first.reveal())
