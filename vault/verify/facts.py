"""What an exchange says about a key, and where that differs from what is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..base.record import Record
from ..base.times import day
from ..credential.credential import Credential
from ..exchanges.profile import Profile
from .answer import as_object, text, words

# Seconds. A person records the day on which a key ends, an exchange the second; and the day may be read off a
# page that shows it in UTC, of which a place may be 14 hours ahead.
_NEAR = 38 * 3600


class KeyFacts(Record):
    """What an exchange says about a key; what it does not say has its default.

    Attributes:
        rights: what the key may do, in the exchange's own words.
        permissions: the same as ``read``, ``trade`` and ``withdraw``, as far as the profile knows the words.
        ips: the addresses and networks it is bound to; empty: to none; None: not said.
        expires, created, last_used: seconds since the Unix epoch, UTC.
        uid: the exchange's number of the account.
        label: the key's name there.
        account: ``main``, or ``sub`` with the sub-account's name if it has one.
        state: in the exchange's own word.
        bound: whether it is bound to some address; Binance and KuCoin say so even where *ips* is None.
    """

    rights: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    ips: tuple[str, ...] | None = None
    expires: int | None = None
    created: int | None = None
    last_used: int | None = None
    uid: str = ""
    label: str = ""
    account: str = ""
    state: str = ""
    bound: bool | None = None


# --- parts of an answer that several exchanges have ----------------------------------------------------


def permissions(rights: Iterable[str], meaning: Mapping[str, str], writing_reads: bool) -> tuple[str, ...]:
    """Return *rights* as ``read``, ``trade`` and ``withdraw``; an unknown word with "withdraw" means it.

    Args:
        meaning: one of the three by the exchange's word.
        writing_reads: a right to write takes in the right to read.
    """
    found = {meaning.get(right, "withdraw" if "withdraw" in right.lower() else "") for right in rights}
    found -= {""}
    return tuple(sorted({"read", *found} if found and writing_reads else found))


def binding(answer: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return ``ips`` and ``bound`` of a list of addresses; a masked address leaves them unknown."""
    if answer.get(key) is None:
        return {}
    addresses = [address for address in words(answer[key], key) if address != "*"]  # Bybit's word for any
    if any(isinstance(network, str) for network in _networks(addresses)):  # as KuCoin's 203.**.154
        return {"bound": True}
    return {"ips": tuple(addresses), "bound": bool(addresses)}


def main_or_sub(is_main: bool | None, name: str = "") -> str:
    """Return ``main``, ``sub`` with the sub-account's *name*, or an empty text if it is not known."""
    return "" if is_main is None else "main" if is_main else f"sub {name}".strip()


def own_entry(entries: Iterable[object], field: str, key: str) -> Mapping[str, Any] | None:
    """Return the one entry of a list of keys that is about *key*; None unless exactly one is."""
    every = [as_object(entry, "an entry of the list of keys") for entry in entries]
    own = [entry for entry in every if _shows(text(entry, field), key)]
    return own[0] if len(own) == 1 else None


def _shows(shown: str, key: str) -> bool:
    """Return whether *shown* is *key*, or its two ends around asterisks (Gate shows 12 characters)."""
    if "*" not in shown:
        return shown == key
    head, tail = shown.split("*", 1)[0], shown.rsplit("*", 1)[1]
    return len(head) >= 6 and len(head) + len(tail) < len(key) and key.startswith(head) and key.endswith(tail)


# --- against what is recorded ---------------------------------------------------------------------------


class Mismatch(Record):
    """One thing about a key that its exchange says otherwise than it is recorded.

    Attributes:
        what: ``permissions``, ``ips``, ``expires``, ``issued``, ``uid`` or ``label``, as of a credential.
        recorded, actual: as a person reads them.
        loud: the key can do more, or be used from more addresses, than its owner recorded.
    """

    what: str
    recorded: str
    actual: str
    loud: bool = False


def compare(credential: Credential, facts: KeyFacts, profile: Profile) -> list[Mismatch]:
    """Return where *facts* differ from the record; what the exchange does not say differs from nothing."""
    found = [_compare_permissions(credential, facts), _compare_ips(credential, facts, profile)]
    for what, recorded, actual in (
        ("expires", credential.expires, facts.expires),
        ("issued", credential.issued, facts.created),
    ):
        if actual is not None and (recorded is None or abs(actual - recorded) > _NEAR):
            found.append(Mismatch(what, day(recorded) or "not recorded", day(actual)))
    for what, known, said in (("uid", credential.uid, facts.uid), ("label", credential.label, facts.label)):
        if said and known != said:
            found.append(Mismatch(what, known or "not recorded", said))
    return [mismatch for mismatch in found if mismatch]


def _compare_permissions(credential: Credential, facts: KeyFacts) -> Mismatch | None:
    recorded, actual = set(credential.permissions), set(facts.permissions)
    if recorded == actual or not facts.rights:
        return None
    return Mismatch(
        "permissions",
        ", ".join(sorted(recorded)) or "not recorded",
        ", ".join(sorted(actual)) or f"unknown rights: {', '.join(facts.rights)}",
        loud="withdraw" in actual - recorded,
    )


def _compare_ips(credential: Credential, facts: KeyFacts, profile: Profile) -> Mismatch | None:
    recorded = ", ".join(credential.ips) or "none recorded"
    if facts.ips is None:
        if not facts.bound or credential.ips:
            return None
        return Mismatch("ips", recorded, f"bound, to addresses that {profile.title} does not show")
    known, actual = _networks(credential.ips), _networks(facts.ips)
    if known == actual:
        return None
    wider = bool(known) and (not actual or not actual <= known)
    return Mismatch("ips", recorded, ", ".join(facts.ips) or "any address", loud=wider)


def _networks(addresses: Iterable[str]) -> set[object]:
    """Return *addresses* as networks; one that cannot be read stays a text."""
    from ipaddress import ip_network

    found: set[object] = set()
    for address in addresses:
        try:
            found.add(ip_network(address, strict=False))
        except ValueError:
            found.add(address)
    return found


def learned(facts: KeyFacts) -> dict[str, Any]:
    """Return what a credential can record of *facts*, as changes to it."""
    said = {
        "permissions": facts.permissions,
        "expires": facts.expires,
        "issued": facts.created,
        "uid": facts.uid,
        "label": facts.label,
    }
    changes = {key: value for key, value in said.items() if value}
    return changes if facts.ips is None else {**changes, "ips": facts.ips}
