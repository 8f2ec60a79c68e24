"""What clients make of values that they misread: each case with the client's own rule or way."""

from __future__ import annotations

import base64
import random
import re
from urllib.parse import unquote

import ccxt
import pytest

from vault import keys, profiles
from vault.launch.garble import garbled

FREQTRADE = [
    # As `_get_var_typed` of freqtrade/configuration/environment_vars.py (2026.9) reads them.
    ("12345678901234567890123456789012", "a whole number"),
    ("00123", "a whole number"),
    ("1_000", "a whole number"),
    (" 7 ", "a whole number"),
    ("1234E678901234567890123456789012", "a number"),
    ("1e5", "a number"),
    ("nan", "a number"),
    ("infinity", "a number"),
    ("1.5", "a number"),
    ("true", "true or false"),
    ("T", "true or false"),
    ("False", "true or false"),
    ('["a", "b"]', "a list"),
    ("[]", "a list"),
    ("22582BD0CFF14C41EDBF1AB98506286D", ""),
    ("[not json", ""),
    ('{"a": 1}', ""),
    ("yes", ""),
    ("1234E678X", ""),
    ("0x10", ""),
    ("", ""),
]


def remarks(client: str, field: str, value: str, exchange: str = "okx") -> list[str]:
    preset = profiles.load(exchange).presets[client]
    return garbled(preset, client, field, field, value, exchange=exchange)


@pytest.mark.parametrize(("value", "kind"), FREQTRADE, ids=ascii)
def test_what_freqtrade_retypes_is_told(value: str, kind: str) -> None:
    """A secret that reads as a number, a truth value or a list does not arrive."""
    told = remarks("freqtrade", "secret_key", value)
    assert bool(kind) == bool(told)
    assert not kind or f"as {kind}," in told[0]


def test_a_passphrase_is_not_retyped() -> None:
    """freqtrade leaves PASSWORD alone."""
    assert [] == remarks("freqtrade", "passphrase", "12345678")


def test_other_clients_retype_nothing() -> None:
    """They take a variable as the text it is."""
    clients = [client for client in profiles.load("okx").presets if client != "freqtrade"]
    assert [] == [client for client in clients if remarks(client, "secret_key", "12345678")]


def test_the_rule_is_python_s_own_reading() -> None:
    """On many texts of digits, letters and signs: told exactly if int, float, four words or JSON take it."""
    import json

    def taken(text: str) -> bool:
        for read in (int, float):
            try:
                read(text)
            except ValueError:
                continue
            return True
        if text.lower() in ("t", "true", "f", "false"):
            return True
        try:
            return isinstance(json.loads(text), list)
        except ValueError:
            return False

    draw = random.Random(7)
    texts = ["".join(draw.choices('0123456789eE+-._ []"tfnai,', k=draw.randint(1, 8))) for _ in range(20_000)]
    assert [] == [t for t in texts if taken(t) != bool(remarks("freqtrade", "secret_key", t))]


# --- private keys, as ccxt itself takes them ------------------------------------------------------------

ED25519 = keys.generate("ed25519").reveal()
RSA = keys.generate("rsa").reveal()
FORMS = {
    "Ed25519": ED25519,
    "Ed25519, CRLF": ED25519.replace("\n", "\r\n"),
    "Ed25519, \\n written": ED25519.replace("\n", "\\n"),
    "RSA": RSA,
    "RSA, CRLF": RSA.replace("\n", "\r\n"),
    "RSA, \\n written": RSA.replace("\n", "\\n"),
}


def ccxt_signs(secret: str) -> bool:
    """Whether ccxt makes a signed request to Binance with that private key, of its own kind."""
    client = ccxt.binance({"apiKey": "k" * 64, "secret": secret})
    try:
        signed = client.sign("account/apiRestrictions", ["sapi"], "GET", {})
    except Exception:
        return False
    found = re.search("signature=([^&]+)", f"{signed['url']}&{signed['body']}")
    length = len(base64.b64decode(unquote(found[1]))) if found else 0
    return length == (256 if len(secret) > 1000 else 64)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_told_of_binance_is_what_ccxt_does(form: str) -> None:
    """A form that ccxt cannot sign with is told, and no other."""
    told = remarks("ccxt", "secret_key", FORMS[form], "binance")
    assert ccxt_signs(FORMS[form]) == (not told)


@pytest.mark.parametrize("exchange", ["bitget", "deribit"])
def test_a_private_key_where_ccxt_knows_only_passwords(exchange: str) -> None:
    """The key's text would be used as a secret, and every request refused."""
    assert remarks("ccxt", "secret_key", RSA, exchange)


def test_coinbase_s_ed25519_key_in_pem() -> None:
    """ccxt takes its base64 form; that is said."""
    assert "base64" in remarks("ccxt", "secret_key", ED25519, "coinbase")[0]
    assert [] == remarks("ccxt", "secret_key", keys.generate("p256").reveal(), "coinbase")


# --- passphrases ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "exchange", "text", "told"),
    [
        ("python-okx", "okx", "Pässword-1", True),
        ("python-okx", "okx", "Password-1", False),
        ("ccxt", "okx", "Pässword-1", False),
        ("ccxt", "okx", "Pa\u0161sword-1", True),
        ("ccxt", "kucoin", "Pa\u0161sword-1", False),
        ("freqtrade", "okx", "密码密码-Aa1", True),
    ],
)
def test_a_passphrase_beyond_what_a_header_takes(client: str, exchange: str, text: str, told: bool) -> None:
    """python-okx sends ASCII, ccxt Latin-1; KuCoin's passphrase is signed, and may be anything."""
    assert told == bool(remarks(client, "passphrase", text, exchange))


def test_no_sentence_holds_a_value() -> None:
    """Whatever is told."""
    values = [*(value for value, kind in FREQTRADE if len(value) > 5), *FORMS.values(), "Pa\u0161sword-1"]
    told = [
        text
        for value in values
        for exchange, client in (
            ("okx", "freqtrade"),
            ("okx", "ccxt"),
            ("binance", "ccxt"),
            ("coinbase", "ccxt"),
        )
        for field in ("secret_key", "passphrase")
        for text in remarks(client, field, value, exchange)
    ]
    assert told
    assert [] == [value for value in values if any(value in text for text in told)]
