"""The quirks of clients: values that one would misread. Warnings, before it starts.

Pure, and free of heavy imports: a bot's start may need it. Nothing here refuses; no sentence holds a value.
"""

from __future__ import annotations

from ..exchanges.profile import Profile

_ED25519 = b"\x06\x03\x2b\x65\x70"  # 1.3.101.112 in DER, RFC 8410 section 3
_MAX_ED25519 = 120  # characters; ccxt 4.5.90, binance.py: a longer private key is taken for RSA
_BY_CCXT = ("ccxt", "freqtrade")  # freqtrade 2026.9 connects through ccxt

# Classes of ccxt 4.5.90 whose sign() knows HMAC alone: it would use the text of a private key as the secret.
_HMAC_ONLY = ("bitget", "deribit")
# Those that send the passphrase itself in a header; for KuCoin ccxt sends its HMAC, whatever the characters.
_IN_A_HEADER = ("okx", "bitget")


def warnings(profile: Profile, client: str, field: str, value: str) -> list[str]:
    """Return a sentence for each way in which *client* would misread the *value* of that field."""
    retyped = _retyped(value) if field in profile.presets[client].retypes else ""
    found = (
        f"{client} reads its variable as {retyped}, not as text: give it another key" if retyped else "",
        _private_key(client, profile.name, value) if "PRIVATE KEY" in value else "",
        _passphrase(client, profile.name, value) if field == "passphrase" else "",
    )
    return [text for text in found if text]


def _retyped(text: str) -> str:
    """Return the type that freqtrade reads *text* as; empty if it stays text.

    The rule is ``_get_var_typed`` of freqtrade/configuration/environment_vars.py (2026.9): Python's own
    ``int``, then ``float``, then four words, then a JSON list.
    """
    for read, kind in ((int, "a whole number"), (float, "a number")):
        try:
            read(text)
        except ValueError:
            continue
        return kind
    if text.lower() in ("t", "true", "f", "false"):
        return "true or false"
    return "a list" if _is_list(text) else ""


def _is_list(text: str) -> bool:
    """Return True if *text* is a JSON list; only a text that begins like one costs the import.

    It is also True of some lists that Python's parser accepts and freqtrade's, rapidjson, does not: with a
    number beyond a double, or with half a surrogate pair.
    """
    if not text.lstrip(" \t\r\n").startswith("["):
        return False
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _private_key(client: str, exchange: str, pem: str) -> str:
    """Return the warning for a private key in PEM, measured with each class of ccxt 4.5.90 that takes one."""
    if client not in _BY_CCXT:
        return ""
    if exchange in _HMAC_ONLY:
        return f"{client} cannot sign with a private key here: it uses the text of the key as an HMAC secret"
    if "\\n" in pem:  # as an .env file or a JSON text writes a line break
        return f"its line breaks are written as \\n, which {client} cannot read"
    if exchange == "coinbase" and _is_ed25519(pem):
        return f"{client} cannot read an Ed25519 key in PEM; its base64 form works"
    if exchange == "binance" and len(pem) > _MAX_ED25519 and _is_ed25519(pem):
        why = "its lines end in CRLF" if "\r\n" in pem else "it is longer than usual"
        return f"{why}, so {client} takes this Ed25519 key for an RSA key"
    return ""


def _is_ed25519(pem: str) -> bool:
    """Return True if the key's algorithm, near the beginning of its DER form, is Ed25519."""
    import binascii

    try:
        return _ED25519 in binascii.a2b_base64(pem.split("-----")[2])[:24]
    except (ValueError, IndexError):
        return False


def _passphrase(client: str, exchange: str, text: str) -> str:
    if client == "python-okx" and not text.isascii():  # 0.4.4: httpx encodes a header as ASCII
        return "python-okx cannot send characters beyond ASCII"
    if client in _BY_CCXT and exchange in _IN_A_HEADER and any(character > "\xff" for character in text):
        return f"{client} cannot send characters beyond Latin-1"
    return ""
