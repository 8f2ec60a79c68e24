"""Credential and SlotRecord: what they refuse, and their plain form."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import NOW, OKX, okx_credential

import vault
from vault.base.clock import MAX_TIME
from vault.credential.credential import Credential, ProgramBinding, SlotRecord, Values
from vault.errors import CredentialExists, CredentialNotFound, InvalidCredential, Unsupported

COMPLETE: dict[str, Any] = {
    "state": "disabled",
    "permissions": ("read", "withdraw"),
    "ips": ("203.0.113.7", "198.51.100.0/24"),
    "account": "main",
    "region": "eea",
    "demo": True,
    "issued": NOW - 86400,
    "expires": NOW + 86400,
    "uid": "4483",
    "label": "grid bot",
    "tags": ("a", "b"),
    "note": "Zürich",
    "guarded": True,
    "preset": "ccxt",
    "variables": {"api_key": "MY_KEY"},
    "only_for": (ProgramBinding("/usr/bin/python3", "0" * 64, "/srv/bot.py", "f" * 64),),
    "staged": Values({"api_key": vault.Secret("next")}, NOW + 1, expires=NOW + 86400),
    "previous": Values({"api_key": vault.Secret("before")}, NOW - 2, replaced=NOW),
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
        {"testnet": 1},
        {"demo": True, "testnet": True},
        {"issued": -1},
        {"uid": "a\nb"},
        {"label": "\x1b"},
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


@pytest.mark.promise(4)
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
    least = okx_credential(ips=()).to_plain()
    assert {"created", "exchange", "fields", "name", "state", "updated"} == set(least)


def test_the_plain_form_holds_everything() -> None:
    """Every attribute that differs from its default is a key; two of them exclude each other."""
    assert set(Credential.__annotations__) - {"testnet"} == set(okx_credential(**COMPLETE).to_plain())
    assert "testnet" in okx_credential(testnet=True).to_plain()


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


# --- its successor ------------------------------------------------------------------------------------

NEXT = Values(
    {**{name: vault.Secret(f"next-{name}") for name in OKX}}, NOW + 10, expires=NOW + 99, issued=NOW + 9
)


def test_a_successor_changes_nothing_yet() -> None:
    """The values that programs are given stay."""
    staged = okx_credential().stage(NEXT)
    assert okx_credential().fields == staged.fields
    assert NEXT == staged.staged


def test_a_second_successor_is_refused() -> None:
    """The first would be lost, and the exchange does not show it again."""
    with pytest.raises(CredentialExists):
        okx_credential().stage(NEXT).stage(NEXT)


def test_a_successor_can_be_tried() -> None:
    """What --next hands over: its values and dates, and everything else as it is."""
    tried = okx_credential(**COMPLETE).changed(staged=NEXT).successor()
    assert (NEXT.fields, NEXT.created, NEXT.expires) == (tried.fields, tried.created, tried.expires)
    assert COMPLETE["permissions"] == tried.permissions


def test_a_commit_keeps_the_old_values() -> None:
    """As the previous ones, with their own dates; settings are carried over."""
    before = okx_credential(**COMPLETE).changed(staged=NEXT)
    after = before.commit(NOW + 20)
    assert (None, NEXT.fields, NEXT.issued) == (after.staged, after.fields, after.issued)
    assert NOW + 20 == after.created, "uses before were those of the old key"
    assert Values(before.fields, NOW, before.expires, before.issued, NOW + 20) == after.previous
    kept = ("permissions", "ips", "account", "region", "demo", "uid", "tags", "guarded", "variables", "state")
    assert [getattr(before, key) for key in kept] == [getattr(after, key) for key in kept]


def test_a_successor_was_made_before_it_was_committed() -> None:
    """Its age counts from when it was stored, if no better is known: what ends a key does not wait."""
    after = okx_credential().stage(NEXT.changed(issued=None)).commit(NOW + 20)
    assert NEXT.created == after.born(NEXT.created)


def test_a_new_key_has_no_name_at_the_exchange_yet() -> None:
    """The old key's label is not taken for the new one's."""
    assert "" == okx_credential(label="old").stage(NEXT).commit(NOW).label


def test_an_abort_drops_the_successor() -> None:
    """And nothing else."""
    dropped = okx_credential().stage(NEXT).abort(NOW)
    assert okx_credential() == dropped


@pytest.mark.parametrize("step", ["commit", "abort", "forget"])
def test_without_a_successor_there_is_nothing_to_do(step: str) -> None:
    """Nor without previous values."""
    with pytest.raises(CredentialNotFound):
        getattr(okx_credential(), step)(NOW)


def test_previous_values_can_be_forgotten() -> None:
    """Once their key is deleted at the exchange."""
    assert okx_credential().stage(NEXT).commit(NOW).forget(NOW).previous is None


@pytest.mark.parametrize(
    "changes",
    [{"fields": {}}, {"created": -1}, {"expires": -1}, {"issued": True}, {"replaced": MAX_TIME + 1}],
)
def test_impossible_values_are_not_made(changes: dict[str, Any]) -> None:
    """The rules are those of a credential."""
    with pytest.raises(InvalidCredential):
        NEXT.changed(**changes)


@pytest.mark.parametrize(("changes", "born"), [({}, NOW), ({"issued": NOW - 5}, NOW - 5), ({"issued": 0}, 0)])
def test_a_key_is_as_old_as_is_known(changes: dict[str, Any], born: int) -> None:
    """From when the exchange made it, else from when it was stored."""
    assert born == okx_credential(**changes).born(NOW)
