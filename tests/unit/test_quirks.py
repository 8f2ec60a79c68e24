"""Values that a client would misread: warned of, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from vault.exchanges import profiles
from vault.launch import quirks

# What freqtrade 2026.9 makes of a variable's text, as its own loader said: the function _get_var_typed
# of freqtrade/configuration/environment_vars.py, run on each of these (CPython 3.11, python-rapidjson 1.25).
RETYPED = {
    "123": "a whole number",
    "00123": "a whole number",
    "-7": "a whole number",
    "+1": "a whole number",
    "1_000": "a whole number",
    " 12 ": "a whole number",
    "12\n": "a whole number",
    "١٢": "a whole number",
    "9" * 4300: "a whole number",
    "9" * 4301: "a number",
    "1234E678": "a number",
    "12e5": "a number",
    "1_0.5": "a number",
    "1.": "a number",
    ".5": "a number",
    "nan": "a number",
    "-Infinity": "a number",
    "1e1_0": "a number",
    "t": "true or false",
    "F": "true or false",
    "TRUE": "true or false",
    "false": "true or false",
    "[]": "a list",
    "[1, 2]": "a list",
    ' ["a"]': "a list",
    "[NaN]": "a list",
    "[[[]]]": "a list",
}
KEPT = [
    "",
    "1__0",
    "_1",
    "0x12",
    "1e",
    "12a",
    "yes",
    "null",
    "none",
    "{}",
    '{"a": 1}',
    "[1,]",
    "[01]",
    "[1] x",
    "[",
    "\ufeff[1]",
    "true ",
    "37c541a1-0b1c-4d2e-9f3a-10fe7a038418",
    "22582BD0CFF14C41EDBF1AB98506286D",
]


def said(client: str, exchange: str, field: str, value: str) -> list[str]:
    return quirks.warnings(profiles.load(exchange), client, field, value)


@pytest.mark.parametrize(("text", "kind"), RETYPED.items(), ids=lambda text: ascii(text)[:20])
def test_what_freqtrade_reads_as_something_else(text: str, kind: str) -> None:
    """A number, a truth value or a list would not be the key any more."""
    assert [f"freqtrade reads its variable as {kind}, not as text: give it another key"] == said(
        "freqtrade", "okx", "api_key", text
    )


@pytest.mark.parametrize("text", KEPT, ids=ascii)
def test_what_freqtrade_keeps(text: str) -> None:
    """Nothing is said of a text that stays one."""
    assert [] == said("freqtrade", "okx", "api_key", text)


def test_a_deep_list_is_read_as_none_that_ends() -> None:
    """Deeper than a parser goes: no error here."""
    assert [] == said("freqtrade", "okx", "api_key", "[" * 50_000)


@pytest.mark.parametrize(
    ("client", "field"), [("freqtrade", "passphrase"), ("ccxt", "api_key"), ("okx-cli", "secret_key")]
)
def test_other_values_are_not_retyped(client: str, field: str) -> None:
    """freqtrade leaves a password alone, and no other client does such a thing."""
    assert [] == said(client, "okx", field, "00123")


@pytest.mark.parametrize(
    "exchange", [name for name in profiles.names() if "freqtrade" in profiles.load(name).presets]
)
def test_every_profile_says_what_freqtrade_retypes(exchange: str) -> None:
    """All fields but a passphrase; it alone is handed over as FREQTRADE__EXCHANGE__PASSWORD."""
    preset = profiles.load(exchange).presets["freqtrade"]
    assert {*preset.variables} - {"passphrase"} == {*preset.retypes}


# --- private keys; each line was tried with ccxt 4.5.90 ------------------------------------------------


def pem(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


ED25519 = pem(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
RSA = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
P256 = pem(ec.derive_private_key(7, ec.SECP256R1()))


@pytest.mark.parametrize(
    ("client", "exchange", "value", "words"),
    [
        ("ccxt", "binance", ED25519, ""),
        ("ccxt", "binance", RSA, ""),
        ("ccxt", "binance", RSA.replace("\n", "\r\n"), ""),
        ("ccxt", "binance", ED25519.strip().replace("\n", "\r\n"), ""),  # 120 characters: just short enough
        ("ccxt", "binance", ED25519.replace("\n", "\r\n"), "CRLF"),
        ("ccxt", "binance", f"{ED25519}\n\n", "longer than usual"),
        ("ccxt", "binance", ED25519.replace("\n", "\\n"), "line breaks"),
        ("ccxt", "binance", RSA.replace("\n", "\\n"), "line breaks"),
        ("ccxt", "bybit", RSA, ""),
        ("ccxt", "bybit", RSA.replace("\n", "\\n"), "line breaks"),
        ("ccxt", "coinbase", P256, ""),
        ("ccxt", "coinbase", P256.replace("\n", "\r\n"), ""),
        ("ccxt", "coinbase", P256.replace("\n", "\\n"), "line breaks"),
        ("ccxt", "coinbase", ED25519, "base64"),
        ("ccxt", "bitget", RSA, "cannot sign"),
        ("ccxt", "deribit", ED25519, "cannot sign"),
        ("freqtrade", "binance", RSA.replace("\n", "\\n"), "line breaks"),
        ("freqtrade", "bitget", RSA, "cannot sign"),
        ("ccxt", "binance", "-----BEGIN PRIVATE KEY-----\nä\n-----END PRIVATE KEY-----", ""),
        ("ccxt", "binance", "-----BEGIN PRIVATE KEY", ""),
    ],
)
def test_what_ccxt_makes_of_a_private_key(client: str, exchange: str, value: str, words: str) -> None:
    """Where it cannot read a key, or reads it as something else, that is said."""
    found = said(client, exchange, "secret_key", value)
    assert [bool(words), words in "".join(found)] == [bool(found), True]


def test_another_clients_private_key_is_its_own_affair() -> None:
    """What is not established is not warned of."""
    assert [] == said("nautilus", "binance", "secret_key", ED25519.replace("\n", "\\n"))


# --- passphrases --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "exchange", "text", "words"),
    [
        ("python-okx", "okx", "Zürich-1", "ASCII"),
        ("python-okx", "okx", "Zuerich-1", ""),
        ("ccxt", "okx", "Zürich-1", ""),
        ("ccxt", "okx", "Łódź-1", "Latin-1"),
        ("ccxt", "bitget", "密码-1", "Latin-1"),
        ("freqtrade", "okx", "密码-1", "Latin-1"),
        ("ccxt", "kucoin", "密码-1", ""),  # it sends an HMAC of it
        ("nautilus", "okx", "密码-1", ""),
    ],
)
def test_what_a_client_cannot_send(client: str, exchange: str, text: str, words: str) -> None:
    """Headers of HTTP are ASCII for httpx, Latin-1 for http.client."""
    found = said(client, exchange, "passphrase", text)
    assert [bool(words), words in "".join(found)] == [bool(found), True]


# --- all of them --------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["12345678901234567890", ED25519.replace("\n", "\\n"), "Łódź-geheim-1"])
def test_no_sentence_holds_the_value(value: str) -> None:
    """It is printed where everybody looks."""
    for field in ("secret_key", "passphrase"):
        assert not any(
            part in "".join(said("freqtrade", "okx", field, value)) for part in (value, value[4:16])
        )


def test_a_value_as_it_should_be_costs_no_import() -> None:
    """It runs before every bot."""
    code = (
        "import sys; from vault.exchanges import profiles; profile = profiles.load('okx');"
        "before = {*sys.modules}; from vault.launch import quirks;"
        "quirks.warnings(profile, 'freqtrade', 'api_key', '37c541a1');"
        "sys.exit({*sys.modules} - before != {'vault.launch', 'vault.launch.quirks'})"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
