"""What a client would make of a value that it is handed in a variable: warnings, before it starts.

Pure, and free of heavy imports: it runs before every bot. Nothing here refuses; no sentence holds a value.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..exchanges.profiles import Preset

_WRITTEN_BREAK = "\\n"  # backslash and n, as an .env file or a JSON text writes a line break
_ED25519 = b"\x06\x03\x2b\x65\x70"  # 1.3.101.112 in DER, RFC 8410 section 3
_MAX_ED25519 = 120  # characters; ccxt 4.5.90, binance.py: a longer private key is taken for RSA
_BY_CCXT = ("ccxt", "freqtrade")  # freqtrade 2026.9 connects through ccxt

# Classes of ccxt 4.5.90 whose sign() has no way but HMAC: the text of a private key becomes a password.
_HMAC_ONLY = ("bitget", "deribit")
# Those that send the passphrase itself in a header; KuCoin's is signed, and no character hurts it.
_IN_A_HEADER = ("okx", "bitget")


def garbled(
    preset: Preset, client: str, field: str, label: str, value: str, *, exchange: str = ""
) -> list[str]:
    """What *client* would do to this value of a field, each as a sentence; empty: it comes through.

    Args:
        preset: the names that the client reads for this exchange.
        label: what the exchange calls the field.
        exchange: the profile's name; without it, what the variable's own name tells.
    """
    exchange = exchange or preset.variables.get(field, "").partition("_")[0].lower()
    remarks = []
    if field in preset.retypes and (kind := _retyped(value)):
        remarks.append(f"{client} reads its variable as {kind}, not as text: give it another key")
    if "PRIVATE KEY" in value:
        remarks += _private_key(client, exchange, value)
    if field == "passphrase" and not value.isascii():
        remarks += _passphrase(client, exchange, value)
    return [f"{label}: {remark}" for remark in remarks]


def _retyped(text: str) -> str:
    """What freqtrade reads a variable as, if not as text.

    Its rule is ``_get_var_typed`` of freqtrade/configuration/environment_vars.py (2026.9): Python's own
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
    """Whether *text* is a JSON list; only what begins like one pays for the import.

    Of the numbers and escapes that Python's reader takes and freqtrade's, rapidjson, does not, it says too
    much: a list with a number beyond a double, or with half a surrogate pair.
    """
    if not text.lstrip(" \t\r\n").startswith("["):
        return False
    import json

    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _private_key(client: str, exchange: str, pem: str) -> list[str]:
    """Of a private key in PEM; measured with ccxt 4.5.90, every class that has such keys."""
    if client not in _BY_CCXT:
        return []
    if exchange in _HMAC_ONLY:
        return [f"{client} cannot sign with a private key here: it takes the text of the key for a secret"]
    if _WRITTEN_BREAK in pem:
        return [f"it has \\n written out where its lines end, and {client} cannot read it so"]
    if not _is_ed25519(pem):
        return []
    if exchange == "coinbase":
        return [f"{client} cannot read an Ed25519 key in PEM; its base64 form works"]
    if exchange == "binance" and len(pem) > _MAX_ED25519:
        why = "its lines end in CRLF, and so" if "\r\n" in pem else "longer than usual:"
        return [f"{why} {client} takes this Ed25519 key for an RSA key"]
    return []


def _is_ed25519(pem: str) -> bool:
    """Whether the key's algorithm, near the beginning of its DER form, is Ed25519."""
    import binascii

    try:
        return _ED25519 in binascii.a2b_base64(pem.split("-----")[2])[:24]
    except (ValueError, IndexError):
        return False


def _passphrase(client: str, exchange: str, text: str) -> list[str]:
    if client == "python-okx":  # 0.4.4: httpx encodes a header as ASCII
        return ["python-okx cannot send characters beyond ASCII"]
    if client in _BY_CCXT and exchange in _IN_A_HEADER and any(character > "\xff" for character in text):
        return [f"{client} cannot send characters beyond Latin-1"]
    return []
