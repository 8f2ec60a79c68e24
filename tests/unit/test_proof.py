"""What can be known of values offline."""

from __future__ import annotations

import random

import pytest
from dialogs import (
    A64,
    B64,
    EACH,
    KEY,
    MAKERS,
    PEM,
    SECRET,
    Values,
    coinbase,
)

from vault.base.secret import Secret
from vault.capture.dialog import prove, verdict
from vault.credential import private_keys
from vault.exchanges import profiles


@pytest.mark.parametrize(
    ("exchange", "field", "value", "line"),
    [
        ("okx", "secret_key", SECRET, "secret key: 32 characters, as OKX's are"),
        ("kraken", "api_key", "abc", "API key: 3 characters, not like Kraken's: 56 characters of base64"),
        ("binance", "secret_key", PEM, "secret key: a complete private key (ed25519)"),
        ("gate", "api_key", "x", "API key: 1 character"),
        ("generic", "token", "abc", "token: 3 characters"),
    ],
)
def test_a_verdict_is_one_line(exchange: str, field: str, value: str, line: str) -> None:
    """Length and shape, or what is wrong; never the value."""
    assert line == verdict(profiles.load(exchange), field, Secret(value))


def proved(exchange: str, values: Values) -> str:
    return "\n".join(prove(profiles.load(exchange), {name: Secret(value) for name, value in values.items()}))


@EACH
def test_values_as_they_are_shown_are_whole(exchange: str) -> None:
    """Nothing is remarked about a set."""
    rnd = random.Random(exchange)
    assert [""] * 8 == [proved(exchange, MAKERS[exchange](rnd)) for _ in range(8)]


def test_what_is_wrong_with_a_set() -> None:
    """Equal values, swapped ones, a secret or a key that is cut off, an agent's own address."""
    key = f"0x{random.Random(1).getrandbits(255):064x}"
    assert "same value" in proved("binance", {"api_key": A64, "secret_key": A64})
    assert "swapped" in proved("okx", {"api_key": SECRET, "secret_key": KEY})
    assert "84 characters" in proved("kraken", {"api_key": A64[:56], "secret_key": f"{A64}{B64}"[:84]})
    assert "private key" in proved("binance", {"api_key": A64, "secret_key": PEM[:-30]})
    assert "address of this" in proved(
        "hyperliquid", {"wallet_address": private_keys.address(Secret(key)), "private_key": key}
    )


def test_an_ed25519_key_in_base64_is_proved() -> None:
    """Its second half is the public one: a changed character shows."""
    values = next(v for n in range(20) if "==" in (v := coinbase(random.Random(n)))["secret_key"])
    secret = values["secret_key"]
    changed = secret[:50] + ("A" if secret[50] != "A" else "B") + secret[51:]
    assert "" == proved("coinbase", values)
    assert "damaged" in proved("coinbase", {**values, "secret_key": changed})
