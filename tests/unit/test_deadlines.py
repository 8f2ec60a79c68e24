"""Deadlines: which rules apply to a key, from when they count, and how they are told."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from conftest import NOW, okx_credential
from hypothesis import given
from hypothesis import strategies as st

import vault
from vault.base.clock import MAX_TIME
from vault.care.deadlines import DAY, SOON, Deadline, deadlines, due, unbound, warning
from vault.credential.credential import Credential
from vault.exchanges import profiles
from vault.exchanges.profile import Profile

SOURCE = "an example, 2026-11"


def rule(days: int = 14, since: str = "use", then: str = "expires", **more: Any) -> dict[str, Any]:
    return {"days": days, "since": since, "then": then, "source": SOURCE, **more}


def profile(*rules: dict[str, Any]) -> Profile:
    return profiles.make("example", {"title": "Example", "expiry": list(rules)})


def key(**changes: Any) -> Credential:
    """A key that no address is recorded of, made and stored now."""
    return okx_credential(**{"ips": (), **changes})


def one(credential: Credential, *rules: dict[str, Any], last_used: int | None = None) -> Deadline:
    """The only deadline there is."""
    (found,) = deadlines(credential, profile(*rules), last_used, NOW)
    return found


# --- from when it counts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "last_used", "issued", "expected"),
    [
        ("use", None, None, NOW),
        ("use", NOW + 5, None, NOW),
        ("use", None, NOW - 9 * DAY, NOW - 9 * DAY),
        ("use", NOW - DAY, NOW - 9 * DAY, NOW - DAY),
        ("use", NOW - DAY, None, NOW),
        ("creation", None, None, NOW),
        ("creation", NOW, NOW - 9 * DAY, NOW - 9 * DAY),
    ],
    ids=["stored", "used after now", "issued", "used", "used before it was stored", "made", "made and used"],
)
def test_from_when_a_rule_counts(
    since: str, last_used: int | None, issued: int | None, expected: int
) -> None:
    """From the last use, never before the key was made, never after now; or from when it was made."""
    found = one(key(issued=issued), rule(14, since), last_used=last_used)
    assert expected + 14 * DAY == found.at


def test_a_date_that_was_set_is_a_deadline() -> None:
    """As it is, with no doubt about it."""
    found = one(key(expires=NOW + 5))
    assert Deadline(NOW + 5, "expires", "the date on record", "", False, "set") == found


def test_a_day_has_86_400_seconds() -> None:
    """And a week is how long before a deadline it is spoken of."""
    assert one(key(), rule(1)).at == NOW + 86_400
    assert SOON == 604_800


def test_the_soonest_is_first() -> None:
    """Whatever the order of the rules; those that have passed are among them."""
    credential = key(expires=NOW - DAY)
    found = deadlines(credential, profile(rule(90, "creation"), rule(14), rule(30)), None, NOW)
    assert [NOW - DAY, NOW + 14 * DAY, NOW + 30 * DAY, NOW + 90 * DAY] == [deadline.at for deadline in found]
    assert found[0] == due(credential, profile(rule(90, "creation"), rule(14), rule(30)), None, NOW)


def test_without_rules_nothing_is_due() -> None:
    """An exchange of which no rule is known is given none."""
    assert due(key(), profile(), NOW, NOW) is None


def test_no_deadline_is_beyond_all_dates() -> None:
    """It can be written as a date, however far away a clock puts a key's beginning."""
    (found,) = deadlines(key(issued=MAX_TIME), profile(rule(14, "creation")), None, MAX_TIME)
    assert found.at == MAX_TIME


@pytest.mark.parametrize(("since", "used"), [("creation", None), ("use", None), ("use", NOW - 13 * DAY)])
def test_a_key_that_is_made_after_now_is_counted_from_when_it_was_stored(
    since: str, used: int | None
) -> None:
    """A wrong clock gives it no longer life; audit names the time."""
    wrong = key(created=NOW - 13 * DAY, issued=NOW + 400 * DAY)
    assert NOW + DAY == one(wrong, rule(14, since), last_used=used).at


@pytest.mark.parametrize("since", ["creation", "use"])
@pytest.mark.parametrize(("used", "begins"), [(None, NOW), (NOW - 13 * DAY, NOW - 13 * DAY)])
def test_a_key_that_is_stored_after_now_is_counted_from_its_last_use(
    since: str, used: int | None, begins: int
) -> None:
    """It was made by then; without one, from now."""
    wrong = key(created=NOW + 400 * DAY, issued=NOW + 400 * DAY)
    assert begins + 14 * DAY == one(wrong, rule(14, since), last_used=used).at


# --- to which keys a rule applies ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ips", "applies"),
    [
        ((), True),
        (("203.0.113.7",), False),
        (("203.0.113.7", "2001:db8::/48"), False),
        (("0.0.0.0/0",), True),
        (("203.0.113.7", "::/0"), True),
        (("10.0.0.0/10",), False),
    ],
    ids=ascii,
)
def test_a_rule_for_unbound_keys(ips: tuple[str, ...], applies: bool) -> None:
    """It applies while no address is recorded; a network of all addresses binds nothing."""
    credential = key(ips=ips)
    assert applies == unbound(credential)
    assert applies == bool(deadlines(credential, profile(rule(unbound=True)), None, NOW))
    assert deadlines(credential, profile(rule()), None, NOW)


@pytest.mark.parametrize(
    ("permissions", "applies"),
    [(("read",), False), (("trade",), True), (("read", "withdraw"), True), ((), True)],
    ids=ascii,
)
def test_a_rule_for_some_permissions(permissions: tuple[str, ...], applies: bool) -> None:
    """It applies to keys that have one of them, and to those of which nothing is recorded."""
    some = rule(permissions=["trade", "withdraw"])
    credential = key(permissions=permissions)
    assert applies == bool(deadlines(credential, profile(some), None, NOW))
    assert deadlines(credential, profile(rule()), None, NOW)


@pytest.mark.parametrize("environment", ["demo", "testnet"])
def test_a_rule_for_live_keys(environment: str) -> None:
    """It does not apply in the demo environment or on a test network."""
    changes: dict[str, Any] = {environment: True}
    credential = key(**changes)
    assert [] == deadlines(credential, profile(rule(live=True)), None, NOW)
    assert deadlines(key(), profile(rule(live=True)), None, NOW)
    assert deadlines(credential, profile(rule()), None, NOW)


def test_a_pending_pair_has_no_rule() -> None:
    """The exchange has no such key yet; a date that its owner set still stands."""
    credential = key(state="pending", expires=NOW)
    assert ["set"] == [found.kind for found in deadlines(credential, profile(rule()), None, NOW)]


# --- what is said of it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credential", "given_rule", "last_used", "why"),
    [
        ({}, rule(), NOW, "14 days without a request; use elsewhere is not known"),
        ({}, rule(1), None, "1 day without a request; no use is recorded"),
        (
            {"permissions": ("trade",)},
            rule(unbound=True, permissions=["trade"]),
            NOW,
            "14 days without a request, no address recorded; use elsewhere is not known",
        ),
        (
            {"ips": ("::/0",)},
            rule(90, "creation", unbound=True),
            None,
            "90 days after it was made, bound to any address; counted from when it was stored here",
        ),
        ({"issued": NOW}, rule(90, "creation"), None, "90 days after it was made"),
        (
            {"issued": NOW},
            rule(90, "creation", permissions=["trade"]),
            None,
            "90 days after it was made; permissions are not recorded",
        ),
    ],
)
def test_the_rule_in_words(
    credential: dict[str, Any], given_rule: dict[str, Any], last_used: int | None, why: str
) -> None:
    """With everything that the date rests on and that may be otherwise; then it is an estimate."""
    found = one(key(**credential), given_rule, last_used=last_used)
    assert why == found.why
    assert (";" in why) == found.estimate
    assert SOURCE == found.source
    assert given_rule["since"] == found.kind
    assert given_rule.get("unbound", False) == found.bindable


@pytest.mark.parametrize(
    ("left", "then", "estimate", "line"),
    [
        (3 * DAY, "expires", False, "k expires in 3 days (why)"),
        (4 * DAY - 1, "expires", False, "k expires in 3 days (why)"),
        (DAY, "loses trading", True, "k loses trading in 1 day (estimate: why)"),
        (1, "expires", False, "k expires in less than a day (why)"),
        (0, "expires", False, "k expired less than a day ago (why)"),
        (-6 * DAY, "expires", True, "k may have expired 6 days ago (estimate: why)"),
        (-DAY, "loses trading", False, "k lost trading 1 day ago (why)"),
        (-DAY, "loses trading", True, "k may have lost trading 1 day ago (estimate: why)"),
        (-2 * DAY, "is deleted, or loses trading", False, "k was deleted, or lost trading 2 days ago (why)"),
        (-2 * DAY, "is deleted", True, "k may have been deleted 2 days ago (estimate: why)"),
        (-2 * DAY, "loses trading or withdrawals", False, "k lost trading or withdrawals 2 days ago (why)"),
        (-2 * DAY, "is told it expires", False, "k was told it expires 2 days ago (why)"),
        (-2 * DAY, "lapses", True, "k may have lapsed 2 days ago (estimate: why)"),
        (-2 * DAY, "fades away", False, "k is 2 days past the day on which it fades away (why)"),
        (-2 * DAY, "fades", True, "k may be 2 days past the day on which it fades (estimate: why)"),
    ],
)
def test_a_line_of_warning(left: int, then: str, estimate: bool, line: str) -> None:
    """In days that are left or have passed, never more than there are; doubt is said."""
    assert line == warning("k", Deadline(NOW + left, then, "why", SOURCE, estimate, "use"), NOW)


def test_a_run_pays_nothing_for_it() -> None:
    """What is said before a program starts imports nothing that the start does not have."""
    code = (
        "import json, sys, vault.credential.credential; before = set(sys.modules); "
        "import vault.care.deadlines; print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert ["vault.care", "vault.care.deadlines"] == json.loads(done.stdout)


# --- whatever is recorded -----------------------------------------------------------------------------

MOMENTS = st.integers(0, 2 * NOW)
RULES = st.builds(
    rule,
    days=st.integers(1, 400),
    since=st.sampled_from(["use", "creation"]),
    then=st.sampled_from(["expires", "loses trading", "is deleted"]),
    unbound=st.booleans(),
    permissions=st.lists(st.sampled_from(["read", "trade", "withdraw"]), unique=True),
    live=st.booleans(),
)
CREDENTIALS = st.builds(
    key,
    created=MOMENTS,
    issued=st.none() | MOMENTS,
    expires=st.none() | MOMENTS,
    ips=st.sampled_from([(), ("203.0.113.7",), ("0.0.0.0/0",)]),
    permissions=st.sampled_from([(), ("read",), ("read", "trade"), ("withdraw",)]),
    demo=st.booleans(),
)
PROFILES = st.lists(RULES, max_size=4).map(lambda rules: profile(*rules))


@given(CREDENTIALS, PROFILES, st.none() | MOMENTS, MOMENTS)
def test_no_rule_ends_a_key_before_it_is_made(
    credential: vault.Credential, known: Profile, last_used: int | None, now: int
) -> None:
    """A deadline by a rule is later than the key's beginning, or now; in order, at most one a rule."""
    found = deadlines(credential, known, last_used, now)
    born = credential.born(now)
    begins = -1 if born is None else min(born, now)
    assert all(deadline.at > begins for deadline in found if deadline.kind != "set")
    assert sorted(deadline.at for deadline in found) == [deadline.at for deadline in found]
    assert len(found) <= len(known.expiry) + 1


@given(CREDENTIALS, PROFILES, MOMENTS, MOMENTS, MOMENTS)
def test_more_use_never_brings_a_deadline_nearer(
    credential: vault.Credential, known: Profile, earlier: int, later: int, now: int
) -> None:
    """Neither a first use nor a later one; and a use never takes a deadline away.

    A key that a wrong clock dated counts from now, until a use says more.
    """
    earlier, later = sorted((earlier, later))
    before, between, after = (
        [deadline.at for deadline in deadlines(credential, known, used, now)]
        for used in (earlier if credential.born(now) is None else None, earlier, later)
    )
    assert len(before) == len(between) == len(after)
    assert all(a <= b <= c for a, b, c in zip(before, between, after, strict=True))


@given(CREDENTIALS, PROFILES, st.none() | MOMENTS, MOMENTS)
def test_what_is_certain_is_on_record(
    credential: vault.Credential, known: Profile, last_used: int | None, now: int
) -> None:
    """A deadline without doubt is a date that was set, or counts from when the exchange made the key."""
    for deadline in deadlines(credential, known, last_used, now):
        certain = deadline.kind == "set" or (deadline.kind == "creation" and credential.issued is not None)
        assert deadline.estimate or certain
        assert ("may have" in warning("k", deadline, deadline.at)) == deadline.estimate


# --- the exchanges themselves -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exchange", "days", "bindable"),
    [("bybit", 90, True), ("gate", 90, True), ("hyperliquid", 180, False), ("kucoin", 30, True),
     ("okx", 14, True)],
)  # fmt: skip
def test_what_ends_a_trading_key(exchange: str, days: int, bindable: bool) -> None:
    """Days after it was made, when it is not used, and whether an address keeps it alive."""
    known = profiles.load(exchange)
    made = key(exchange=exchange, permissions=("trade",), issued=NOW)
    first = due(made, known, None, NOW)
    assert first is not None
    assert NOW + days * DAY == first.at
    assert bindable == first.bindable
    assert bindable == (due(made.changed(ips=("203.0.113.7",)), known, None, NOW) is None)


@pytest.mark.parametrize("exchange", profiles.names())
def test_each_rule_can_be_told_in_the_past(exchange: str) -> None:
    """The verbs of the profiles are among those that have a past here."""
    for entry in profiles.load(exchange).expiry:
        told = warning("k", Deadline(NOW, entry.then, "why", entry.source, False, entry.since), NOW)
        assert "past the day" not in told
        assert entry.then not in told
