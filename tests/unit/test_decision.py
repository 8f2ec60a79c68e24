"""Which value is which field, and what stays in doubt."""

# ruff: noqa: RUF001  labels of many scripts

from __future__ import annotations

import random

import pytest
from dialogs import (
    A64,
    B64,
    K24,
    KEY,
    SECRET,
    WORD,
    asked,
    revealed,
    said,
)

from vault.base.secret import Secret
from vault.capture.dialog import read_dialog
from vault.credential import private_keys
from vault.exchanges import profiles


def test_a_missing_passphrase_is_missing_and_no_more() -> None:
    """OKX's page does not show it: its owner typed it."""
    found = read_dialog(
        f"API key\n{KEY}\nSecret key\n{SECRET}\nPassphrase\nThe one you set", profiles.load("okx")
    )
    assert ((), ("passphrase",), ()) == (found.unsure, found.missing, found.remarks)


def test_a_passphrase_without_a_label_is_a_question() -> None:
    """It fits, and so would other words."""
    found = read_dialog(f"{KEY}\n{SECRET}\n{WORD}", profiles.load("okx"))
    assert ["passphrase"] == asked(found)
    assert WORD == found.unsure[0].values[0].reveal()


@pytest.mark.parametrize(
    "text",
    [
        "Passphrase: Ab1-defg,", "Passphrase: Ab1-defg and more", "Passphrase: tradingbot",
        "Passphrase:\ntradingbot",
        'Passphrase: "Ab1-\\tdefg"', "Passphrase: Ab1-defg\nPassphrase: Ab1-defh", "Pass-Phrase:25ZXYZAa",
        "Passphrase\nPass-Phrase:25ZXYZAa", f"Passphrase: {K24}",
    ],
)  # fmt: skip
def test_a_doubtful_passphrase_is_a_question(text: str) -> None:
    """A comma that may be its own, a word that may be about it, an escape, two of them."""
    found = read_dialog(f"{K24}\n{KEY}\n{text}", profiles.load("kucoin"))
    assert "passphrase" in asked(found)


def test_values_alike_without_labels_are_a_question() -> None:
    """In their order, each with the other as what it could be, too."""
    found = read_dialog(f"{A64}\n{B64}", profiles.load("binance"))
    assert {} == found.fields
    assert "number 2 of 2" in found.unsure[1].why
    assert [("api_key", A64, [B64]), ("secret_key", B64, [A64])] == [
        (doubt.field, doubt.values[0].reveal(), [other.reveal() for other in doubt.values[1:]])
        for doubt in found.unsure
    ]


def test_one_label_does_not_name_the_other_value() -> None:
    """What remains of two values alike is still a question."""
    found = read_dialog(f"API Key: {A64}\n{B64}", profiles.load("binance"))
    assert ({"api_key": A64}, ["secret_key"]) == (revealed(found), asked(found))


@pytest.mark.parametrize(
    "text",
    [
        f"API Key: {A64}\nSecret Key: {A64}",
        f"API Key: {A64}\nAPI Key: {B64}",
        f"API Key: {A64}\nSecret Key: {B64}\n{A64[::-1]}",
        f"{A64}\nKlucz: {B64}",
        f"UID: {A64}\nSecret Key: {B64}",
    ],
    ids=["one value twice", "two values", "a third", "unknown label", "label of something else"],
)
def test_an_api_key_in_doubt_is_not_accepted(text: str) -> None:
    """Two values for one field, one value for two, or a label that nobody knows."""
    assert "api_key" not in read_dialog(text, profiles.load("binance")).fields


def test_a_value_without_a_known_shape_may_go_on() -> None:
    """Gate's shapes are not published: a piece on the next line is asked about."""
    found = read_dialog(f"Secret: {B64[:40]}\nKey: {A64[:40]}\nx81jd9Qp", profiles.load("gate"))
    assert ["api_key"] == asked(found)


@pytest.mark.parametrize("hidden", ["********", "2258••••••••286D", "22582BD0…286D", "22582BD0...286D"])
@pytest.mark.parametrize("label", ["Secret key: ", ""], ids=["labelled", "bare"])
def test_a_masked_value_is_pointed_out(hidden: str, label: str) -> None:
    """It is none, and the page can still show it."""
    found = read_dialog(f"API key: {KEY}\n{label}{hidden}", profiles.load("okx"))
    assert "masked" in said(found)
    assert "secret_key" in found.missing


def test_a_masked_value_beside_the_whole_one_is_nothing() -> None:
    """As where a page shows both."""
    found = read_dialog(f"API key 37c5…8418\nAPI key: {KEY}\nSecret: {SECRET}", profiles.load("okx"))
    assert ((), ()) == (found.unsure, found.remarks)


def test_a_value_that_contradicts_the_masked_one_is_a_question() -> None:
    """The page's own key is another."""
    found = read_dialog(f"API key: 99c5…8418\n{KEY}\nSecret: {SECRET}", profiles.load("okx"))
    assert "api_key" not in found.fields


def test_a_swapped_pair_is_pointed_out() -> None:
    """The label says one, the shape the other; by the shape is what is proposed."""
    found = read_dialog(f"API key: {SECRET}\nSecret key: {KEY}", profiles.load("okx"))
    assert {"api_key": KEY, "secret_key": SECRET} == {
        doubt.field: doubt.values[0].reveal() for doubt in found.unsure
    }
    assert "swapped" in said(found)


@pytest.mark.parametrize(("value", "place"), [(SECRET[:6] + "О" + SECRET[7:], 7), ("O" + SECRET[1:], 1)])
def test_a_mistyped_character_is_named_by_its_place(value: str, place: int) -> None:
    """A Cyrillic letter, or an O among hexadecimal digits: never mended, never shown."""
    found = read_dialog(f"API key: {KEY}\nSecret key: {value}", profiles.load("okx"))
    assert ["secret_key"] == asked(found)
    assert f"character {place} " in said(found)


@pytest.mark.parametrize("label", ["Secret key: ", ""], ids=["labelled", "bare"])
def test_a_value_one_character_short_is_pointed_out(label: str) -> None:
    """With its length."""
    found = read_dialog(f"API key: {KEY}\n{label}{SECRET[:-1]}", profiles.load("okx"))
    assert ["secret_key"] == asked(found)
    assert "31 characters" in said(found)


def test_an_example_is_pointed_out() -> None:
    """One character many times in a row was not drawn at random."""
    found = read_dialog(f"API key: {KEY}\nSecret key: {'A' * 32}", profiles.load("okx"))
    assert ["secret_key"] == asked(found)


def test_kucoins_secret_is_not_okxs_key() -> None:
    """One field's shape proves nothing: the set does."""
    found = read_dialog(f"{K24}\n{KEY}\n{WORD}", profiles.load("okx"))
    assert {} == found.fields
    assert "KuCoin" in said(found)
    assert revealed(read_dialog(f"{K24}\n{KEY}", profiles.load("kucoin"))) == {
        "api_key": K24,
        "secret_key": KEY,
    }


def test_a_passphrase_where_there_is_none_is_pointed_out() -> None:
    """Gate has no such field; Bitget does."""
    found = read_dialog(f"Key: {A64[:32]}\nSecret: {B64}x\nPassphrase: {WORD}", profiles.load("gate"))
    assert "passphrase" in said(found)


def test_an_agents_own_address_is_not_the_accounts() -> None:
    """Queries with it come back empty: it is asked about, and passed over where another one is there."""
    key = f"0x{random.Random(1).getrandbits(255):064x}"
    own, other = private_keys.address(Secret(key)), private_keys.address(Secret(f"0x{9:064x}"))
    alone = read_dialog(f"wallet: {own}\nprivate key: {key}", profiles.load("hyperliquid"))
    both = read_dialog(f"{own}\n{other}\nprivate key: {key}", profiles.load("hyperliquid"))
    assert ["wallet_address"] == asked(alone)
    assert other == revealed(both)["wallet_address"]


def test_an_address_with_a_changed_character_is_pointed_out() -> None:
    """Its upper and lower case are a checksum."""
    address = private_keys.address(Secret(f"0x{9:064x}"))
    place = next(n for n in range(2, 42) if address[n].isdigit())
    changed = address[:place] + str((int(address[place]) + 1) % 10) + address[place + 1 :]
    found = read_dialog(f"{changed}\n0x{'3c' * 32}", profiles.load("hyperliquid"))
    assert "wallet_address" in asked(found)


def test_fields_that_no_profile_names() -> None:
    """Of the generic profile, what the labels say."""
    found = read_dialog(f"API key: {A64}\nSecret: {B64}\nPassphrase: {WORD}", profiles.load("generic"))
    assert revealed(found) == {"api_key": A64, "secret_key": B64, "passphrase": WORD}


def test_what_belongs_nowhere_is_counted() -> None:
    """And said where a field lacks a value."""
    found = read_dialog(f"{KEY}\n{A64}\n{B64}", profiles.load("okx"))
    assert 2 == found.leftover
    assert "2 values" in said(found)
