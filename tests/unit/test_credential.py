"""Credential and SlotRecord: what they refuse, and their plain form."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import NOW, OKX, okx_credential

import vault
from vault.credential import MAX_TIME, Credential, SlotRecord
from vault.errors import InvalidCredential, Unsupported

COMPLETE: dict[str, Any] = {
    "state": "disabled",
    "permissions": ("read", "withdraw"),
    "ips": ("203.0.113.7", "198.51.100.0/24"),
    "account": "main",
    "region": "eea",
    "demo": True,
    "expires": NOW + 86400,
    "tags": ("a", "b"),
    "note": "Zürich",
    "guarded": True,
    "preset": "ccxt",
    "variables": {"api_key": "MY_KEY"},
}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "OKX"},
        {"exchange": "O K X"},
        {"fields": {}},
        {"fields": {f"f{i}": vault.Secret("x") for i in range(33)}},
        {"fields": {"API": vault.Secret("x")}},
        {"fields": {"api_key": vault.Secret("")}},
        {"fields": {"api_key": vault.Secret("a\0")}},
        {"state": "asleep"},
        {"permissions": ("everything",)},
        {"created": -1},
        {"created": MAX_TIME + 1},
        {"updated": -1},
        {"expires": MAX_TIME + 1},
        {"account": "a\nb"},
        {"region": "\x1b"},
        {"note": "x" * 1025},
        {"preset": "\0"},
        {"tags": ("ok", "a\nb")},
        {"ips": ("a\nb",)},
        {"tags": ("",)},
        {"note": "\ud800"},
        {"demo": 1},
        {"guarded": "no"},
        {"variables": {"other": "X"}},
        {"variables": {"api_key": "A B"}},
    ],
    ids=lambda changes: ascii(changes)[:40],
)
def test_an_impossible_credential_is_not_made(changes: dict[str, Any]) -> None:
    """Each rule is checked whenever a credential is made or changed."""
    with pytest.raises(InvalidCredential):
        okx_credential(**changes)


@pytest.mark.parametrize("field", ["created", "updated", "expires"])
def test_a_time_is_no_truth_value(field: str) -> None:
    """Python takes True for 1; the payload's schema does not."""
    with pytest.raises(InvalidCredential):
        okx_credential().changed(**{field: True})


def test_thirty_two_fields_are_possible() -> None:
    """The bound itself is inside."""
    assert len(okx_credential(fields={f"f{i}": vault.Secret("x") for i in range(32)}).fields) == 32


def test_the_values_are_not_in_the_repr() -> None:
    """A credential that is printed shows none of its values."""
    shown = repr(okx_credential())
    assert [] == [value for value in OKX.values() if value in shown]


@pytest.mark.parametrize(
    ("changes", "guarded"),
    [
        ({}, False),
        ({"permissions": ("read", "trade")}, False),
        ({"permissions": ("withdraw",)}, True),
        ({"guarded": True}, True),
    ],
    ids=ascii,
)
def test_withdrawal_guards(changes: dict[str, Any], guarded: bool) -> None:
    """A credential is guarded when marked so, or when it can move funds away."""
    assert guarded == okx_credential(**changes).is_guarded


def test_the_plain_form_leaves_out_defaults() -> None:
    """A credential of which nothing more is known has six keys."""
    assert {"created", "exchange", "fields", "name", "state", "updated"} == set(okx_credential().to_plain())


def test_the_plain_form_holds_everything() -> None:
    """Every attribute that differs from its default is a key."""
    assert set(Credential.__annotations__) == set(okx_credential(**COMPLETE).to_plain())


@pytest.mark.parametrize("changes", [{}, COMPLETE], ids=["least", "complete"])
def test_the_plain_form_is_taken_back(changes: dict[str, Any]) -> None:
    """from_plain undoes to_plain."""
    credential = okx_credential(**changes)
    assert credential == Credential.from_plain(credential.to_plain())


@pytest.mark.parametrize("key", ["permissions", "tags"])
def test_sets_are_sorted_in_the_plain_form(key: str) -> None:
    """Their order and repetition mean nothing, so the file does not keep them."""
    plain = okx_credential().changed(**{key: ("trade", "read", "trade")}).to_plain()
    assert ["read", "trade"] == plain[key]


def test_addresses_keep_their_order() -> None:
    """Their owner's order stays."""
    assert ["203.0.113.7", "198.51.100.1"] == okx_credential(ips=("203.0.113.7", "198.51.100.1")).to_plain()[
        "ips"
    ]


def test_an_unknown_key_is_of_a_newer_version() -> None:
    """A key that this version does not know is not thrown away."""
    with pytest.raises(Unsupported):
        Credential.from_plain({**okx_credential().to_plain(), "rotation": {}})


@pytest.mark.parametrize("kind", ["password", "recovery", "machine"])
def test_each_kind_of_slot_is_taken_back(kind: str) -> None:
    """from_plain undoes to_plain."""
    record = SlotRecord(kind, "label", NOW, b"" if kind == "password" else bytes(range(32)))
    assert record == SlotRecord.from_plain(record.to_plain())


@pytest.mark.parametrize(
    ("kind", "label", "public"),
    [
        ("fido", "label", b""),
        ("password", "label", bytes(32)),
        ("recovery", "label", b""),
        ("recovery", "label", bytes(31)),
        ("machine", "label", bytes(33)),
        ("password", "a\nb", b""),
    ],
)
def test_an_impossible_slot_record_is_not_made(kind: str, label: str, public: bytes) -> None:
    """Kinds are three; recipients have a key of 32 bytes, passwords none."""
    with pytest.raises(InvalidCredential):
        SlotRecord(kind, label, NOW, public)


@pytest.mark.parametrize("created", [-1, MAX_TIME + 1, True])
def test_a_slot_record_has_a_time(created: Any) -> None:
    """When a slot was made is checked as a credential's times are."""
    with pytest.raises(InvalidCredential):
        SlotRecord("password", "master password", created)


def test_an_unknown_key_of_a_slot_is_of_a_newer_version() -> None:
    """A key that this version does not know is not thrown away."""
    with pytest.raises(Unsupported):
        SlotRecord.from_plain({"kind": "password", "label": "x", "created": NOW, "used": 1})
