"""What is said of a key against what is recorded, and what is learned of it."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import NOW, okx_credential

from vault.exchanges import profiles
from vault.verify.facts import KeyFacts, Mismatch, compare, learned

MADE, ENDS = NOW - 86400, NOW + 86400 * 30
TOLD = KeyFacts(
    rights=("read_only", "trade"),
    permissions=("read", "trade"),
    ips=("203.0.113.7",),
    expires=ENDS,
    created=MADE,
    uid="7",
    label="bots",
    bound=True,
)
RECORDED: dict[str, Any] = {
    "permissions": ("read", "trade"),
    "ips": ("203.0.113.7/32",),
    "expires": NOW + 86400 * 30 + 3600,
    "issued": NOW - 86400,
    "uid": "7",
    "label": "bots",
}


def compared(told: KeyFacts = TOLD, **recorded: Any) -> list[Mismatch]:
    """The differences of *told* from a credential with these attributes."""
    return compare(okx_credential(**{**RECORDED, **recorded}), told, profiles.load("okx"))


def test_what_is_recorded_rightly_differs_in_nothing() -> None:
    """An address may be written as a network, and a date may be off by hours."""
    assert [] == compared()
    assert [] == compared(expires=ENDS + 38 * 3600, issued=MADE - 38 * 3600)


def test_what_is_not_told_differs_in_nothing() -> None:
    """An exchange that says nothing contradicts nothing."""
    assert [] == compared(KeyFacts())


@pytest.mark.parametrize(
    ("recorded", "told", "expected"),
    [
        ({"permissions": ()}, {}, Mismatch("permissions", "not recorded", "read, trade")),
        ({"permissions": ("read",)}, {}, Mismatch("permissions", "read", "read, trade")),
        (
            {},
            {"permissions": ("read", "trade", "withdraw")},
            Mismatch("permissions", "read, trade", "read, trade, withdraw", loud=True),
        ),
        (
            {"permissions": ()},
            {"permissions": ("withdraw",)},
            Mismatch("permissions", "not recorded", "withdraw", loud=True),
        ),
        (
            {"permissions": ("read", "withdraw")},
            {},
            Mismatch("permissions", "read, withdraw", "read, trade"),
        ),
        (
            {},
            {"permissions": (), "rights": ("sing",)},
            Mismatch("permissions", "read, trade", "unknown rights: sing"),
        ),
        ({"ips": ()}, {}, Mismatch("ips", "none recorded", "203.0.113.7")),
        ({}, {"ips": (), "bound": False}, Mismatch("ips", "203.0.113.7/32", "any address", loud=True)),
        (
            {},
            {"ips": ("203.0.113.7", "198.51.100.1")},
            Mismatch("ips", "203.0.113.7/32", "203.0.113.7, 198.51.100.1", loud=True),
        ),
        (
            {"ips": ("203.0.113.7", "198.51.100.1")},
            {},
            Mismatch("ips", "203.0.113.7, 198.51.100.1", "203.0.113.7"),
        ),
        (
            {"ips": ()},
            {"ips": None},
            Mismatch("ips", "none recorded", "bound, to addresses that OKX does not show"),
        ),
        ({"expires": None}, {}, Mismatch("expires", "not recorded", "2026-10-21")),
        ({"expires": NOW}, {}, Mismatch("expires", "2026-09-21", "2026-10-21")),
        (
            {"expires": ENDS + 38 * 3600 + 1},
            {},
            Mismatch("expires", "2026-10-23", "2026-10-21"),
        ),
        ({"issued": None}, {}, Mismatch("issued", "not recorded", "2026-09-20")),
        ({"uid": "8"}, {}, Mismatch("uid", "8", "7")),
        ({"label": ""}, {}, Mismatch("label", "not recorded", "bots")),
    ],
)
def test_a_mismatch(recorded: dict[str, Any], told: dict[str, Any], expected: Mismatch) -> None:
    """In a person's words; loud when the key can do or admits more than its owner recorded."""
    assert [expected] == compared(TOLD.changed(**told), **recorded)


def test_recorded_addresses_that_cannot_be_compared() -> None:
    """Binance and KuCoin do not tell which addresses: what is recorded stays."""
    assert [] == compared(TOLD.changed(ips=None, bound=True))


def test_what_can_be_learned() -> None:
    """Everything that is told, as changes to a credential, which then differs in nothing."""
    changes = learned(TOLD)
    assert {"permissions", "ips", "expires", "issued", "uid", "label"} == set(changes)
    assert [] == compare(okx_credential(**changes), TOLD, profiles.load("okx"))


def test_unbound_is_learned_too() -> None:
    """No address is a fact; none told is not."""
    assert {"ips": ()} == learned(KeyFacts(ips=()))
    assert {} == learned(KeyFacts())
