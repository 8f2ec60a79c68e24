"""The distinct values of a text, and the exchanges that they could be of."""

from __future__ import annotations

import random

import pytest
from dialogs import A64, B64, MAKERS, revealed

from vault.capture.dialog import looks_like, read_dialog
from vault.exchanges import profiles


def test_a_value_twice_is_one() -> None:
    """A page that was copied twice."""
    page = f"API Key\n{A64}\nSecret Key\n{B64}\n"
    assert revealed(read_dialog(page + page, profiles.load("binance"))) == {"api_key": A64, "secret_key": B64}


@pytest.mark.parametrize("exchange", [name for name in MAKERS if name not in ("gate", "bitget")])
def test_the_exchange_is_told_by_its_set(exchange: str) -> None:
    """Of those whose shapes are published; but for the one that is left out."""
    rnd = random.Random(exchange)
    text = "\n".join(value for name, value in MAKERS[exchange](rnd).items() if name != "passphrase")
    assert exchange in looks_like(text)
    assert exchange not in looks_like(text, but=exchange)


def test_nothing_looks_like_nothing() -> None:
    """Words are no set."""
    assert [] == looks_like("API key and secret key, to be kept safe\n123456")
