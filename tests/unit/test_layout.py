"""Where values stand in a text: passphrases of whatever characters, values broken over lines."""

from __future__ import annotations

import random

import pytest
from conftest import OKX
from dialogs import KEY, SECRET, WORD, kraken, okx_fields, revealed, said

from vault.capture.dialog import read_dialog
from vault.exchanges import profiles


@pytest.mark.parametrize(
    "line",
    [
        "API name: My-Bot-1", "API name\nMy-Bot-1", "2026-11-23T10:15:00Z", "IPv4/IPv6", "Read/Trade",
        "203.0.113.7",
        "me@Example2.com", "https://www.okx.com/Account?Id=1", "UTC+8", "Sub-account: Alpha-2!",
    ],
)  # fmt: skip
def test_what_is_no_passphrase(line: str) -> None:
    """Names under their own labels, dates, addresses and buttons are not taken for one."""
    found = read_dialog(f"{KEY}\n{SECRET}\n{line}", profiles.load("okx"))
    assert ("passphrase",) == found.missing


@pytest.mark.parametrize(
    "word", ["a=b:C1xx", "Ab1,;|&cd", "#Ab1(c)[d]", "'Ab1-x", "Ab1..--C", "Ab1*x***y", "<Ab1>-{c}"]
)
def test_a_passphrase_has_whatever_characters(word: str) -> None:
    """Separators, brackets and quotes may be part of it."""
    found = read_dialog(f"API key: {KEY}\nSecret: {SECRET}\nPassphrase: {word}", profiles.load("okx"))
    doubts = [doubt.values[0].reveal() for doubt in found.unsure if doubt.field == "passphrase"]
    assert word in (revealed(found).get("passphrase"), *doubts) or "masked" in said(found)


def test_a_comma_behind_every_value_is_no_part_of_one() -> None:
    """As in a snippet of code: nothing to ask."""
    assert okx_fields(f"key={KEY},\nsecret={SECRET},\npassword={WORD},") == OKX


@pytest.mark.parametrize("places", [(20,), (8, 24), (1,)], ids=str)
def test_a_value_broken_by_a_narrow_page_is_whole(places: tuple[int, ...]) -> None:
    """Its parts fit together in one way only; that they were joined is said."""
    parts = [KEY[start:end] for start, end in zip((0, *places), (*places, None), strict=True)]
    found = read_dialog("API key\n" + "\n".join(parts) + f"\nSecret\n{SECRET}", profiles.load("okx"))
    if places == (1,):  # a part of one character is none
        assert "api_key" not in found.fields
    else:
        assert KEY == revealed(found)["api_key"]
        assert "several lines" in said(found)


def test_a_broken_value_whose_part_is_a_value() -> None:
    """Kraken's API key has the length of its secret's first 56 characters: the label tells them apart."""
    values = kraken(random.Random(1))
    secret = values["secret_key"]
    text = f"API key: {values['api_key']}\nPrivate key: {secret[:56]}\n{secret[56:]}"
    assert values == revealed(read_dialog(text, profiles.load("kraken")))
