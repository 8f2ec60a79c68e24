"""Requests signed as each exchange wants them: one pure function an exchange.

No network, no clock, no choice of host: what is asked, the credential's values and the time come from the
caller. (The nonce of Coinbase's token alone is random.) tests/clients/test_signing.py holds every function to
what ccxt 4.5.90 makes of the same call, and where ccxt does not know a kind of key, to what the exchange
publishes.

Parameters are percent-encoded in what is sent. What is signed is the encoded text at OKX, Binance, Kraken and
Deribit, and the text before encoding at Bybit, KuCoin, Bitget and Gate, as their clients do it (pybit 5.17,
kucoin-universal-sdk 1.3.2, ccxt 4.5.90, gate-api 7.2.161).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from base64 import b64decode, b64encode, urlsafe_b64encode

from ..base.record import Record
from ..base.rules import shortened
from ..credential import private_keys
from ..errors import InvalidCredential

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ..base.secret import Secret

METHODS = ("GET", "POST")
_WINDOW = "5000"  # milliseconds that a request stays valid at Bybit; its default (v5/guide.mdx)
_JWT_SECONDS = 120  # how long a token of Coinbase's is valid, at most (coinbase-advanced-py 1.8.4)
_DERIBIT_LOGIN = "/api/v2/public/auth"

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986
_IN_PATH = {chr(code) for code in _UNRESERVED} | {"/"}
_JSON = {"Content-Type": "application/json"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Call(Record):
    """What is asked of an exchange.

    Attributes:
        method: ``GET`` or ``POST``.
        path: from the root of the host on, as in ``/api/v5/account/config``.
        query: parameters behind the path, not encoded.
        body: parameters in the body, as values of JSON; a form's are texts, whole numbers or truth values.
    """

    method: str
    path: str
    query: Mapping[str, str] = {}
    body: Mapping[str, object] = {}

    def check(self) -> None:
        if self.method not in METHODS:
            raise InvalidCredential(f"a request is {' or '.join(METHODS)}, not {shortened(self.method)}")
        if not self.path.startswith("/") or not set(self.path) <= _IN_PATH:
            raise InvalidCredential(f"not the path of a request: {shortened(self.path)}")


class Signed(Record):
    """What is sent; its repr shows no parameter, header or body, of which each may hold a secret.

    Attributes:
        target: the path with its query, encoded.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Signed({self.method} {self.target.partition('?')[0]})"


def sign(exchange: str, call: Call, fields: Mapping[str, Secret], *, now: int, host: str) -> Signed:
    """The request for *call*, signed with a credential's *fields*.

    Args:
        now: milliseconds since the Unix epoch; also Kraken's nonce, which must rise with every request of
            a key, and Deribit's.
        host: where it will be sent, without a scheme; a part of what Coinbase signs.

    Raises:
        InvalidCredential: If a field is missing or cannot be used, or the exchange is none of the ten.
    """
    signer = _SIGNERS.get(exchange)
    if signer is None:
        raise InvalidCredential(f"how a request is signed for {shortened(exchange)} is not known")
    return signer(call, fields, now, host)


# --- parts of a request -----------------------------------------------------------------------------


def _encoded(text: str, keep: str = "") -> str:
    """*text* percent-encoded, but for the unreserved characters and those in *keep*."""
    kept = _UNRESERVED | set(keep.encode())
    return "".join(chr(byte) if byte in kept else f"%{byte:02X}" for byte in text.encode())


def _form(pairs: Mapping[str, object], keep: str = "") -> str:
    both = ((_encoded(name, keep), _encoded(_plain(value), keep)) for name, value in pairs.items())
    return "&".join(f"{name}={value}" for name, value in both)


def _unencoded(pairs: Mapping[str, object]) -> str:
    return "&".join(f"{name}={_plain(value)}" for name, value in pairs.items())


def _plain(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _behind(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _given(fields: Mapping[str, Secret], name: str) -> Secret:
    if name not in fields:
        raise InvalidCredential(f"the credential has no {name}")
    return fields[name]


def _field(fields: Mapping[str, Secret], name: str) -> str:
    return _given(fields, name).reveal()


def _header(fields: Mapping[str, Secret], name: str) -> str:
    """A field that goes into a header: a line break there would begin another header."""
    value = _field(fields, name)
    if not value.isascii() or not value.isprintable():
        raise InvalidCredential(f"the {name} has characters that no header of a request can carry")
    return value


def _hmac(fields: Mapping[str, Secret], message: str, digest: str = "sha256") -> bytes:
    return hmac.digest(_field(fields, "secret_key").encode(), message.encode(), digest)


def _private_key(fields: Mapping[str, Secret]) -> Secret | None:
    """The secret, if it is a private key in place of a text that both sides know."""
    secret = _given(fields, "secret_key")
    return secret if private_keys.is_pem(secret) else None


def _by_key_or_hex(fields: Mapping[str, Secret], message: str, kinds: Collection[str]) -> str:
    """The signature of Binance and Bybit: base64 by a private key, or a hexadecimal HMAC."""
    if key := _private_key(fields):
        return b64encode(private_keys.sign(key, message.encode(), kinds)).decode()
    return _hmac(fields, message).hex()


def _by_key_or_base64(fields: Mapping[str, Secret], message: str, kinds: Collection[str]) -> str:
    """The signature of Bitget: base64 either way."""
    key = _private_key(fields)
    raw = private_keys.sign(key, message.encode(), kinds) if key else _hmac(fields, message)
    return b64encode(raw).decode()


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


# --- the exchanges ----------------------------------------------------------------------------------


def _okx(call: Call, fields: Mapping[str, Secret], now: int, host: str) -> Signed:
    # OKX API v5, "Authentication": time + method + path with query + body.
    stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now // 1000))}.{now % 1000:03d}Z"
    target = _behind(call.path, _form(call.query))
    body = _json(call.body) if call.body else ""
    signature = b64encode(_hmac(fields, f"{stamp}{call.method}{target}{body}")).decode()
    headers = {
        "OK-ACCESS-KEY": _header(fields, "api_key"),
        "OK-ACCESS-SIGN": signature,
        "OK-ACCESS-TIMESTAMP": stamp,
        "OK-ACCESS-PASSPHRASE": _header(fields, "passphrase"),
    }
    return Signed(call.method, target, headers | (_JSON if call.method == "POST" else {}), body.encode())


def _binance(call: Call, fields: Mapping[str, Secret], now: int, host: str) -> Signed:
    # binance-spot-api-docs, rest-api.md, "SIGNED": over all parameters as they are sent, encoded before;
    # HMAC in hexadecimal, a private key's signature in base64, encoded again. No window is asked for: Binance
    # takes 5 seconds then.
    text = _form({"timestamp": now, **call.query, **call.body})
    signature = _by_key_or_hex(fields, text, ("ed25519", "rsa"))
    text += f"&signature={_encoded(signature)}"
    headers = {"X-MBX-APIKEY": _header(fields, "api_key")}
    if call.method == "GET":
        return Signed(call.method, _behind(call.path, text), headers)
    return Signed(call.method, call.path, headers | _FORM, text.encode())


def _bybit(call: Call, fields: Mapping[str, Secret], now: int, host: str) -> Signed:
    # bybit-exchange/docs, v5/guide.mdx: time + key + window + query or body.
    key = _header(fields, "api_key")
    body = _json(call.body) if call.method == "POST" else ""
    asked = body or _unencoded(call.query)
    headers = {
        "X-BAPI-API-KEY": key,
        "X-BAPI-TIMESTAMP": str(now),
        "X-BAPI-RECV-WINDOW": _WINDOW,
        "X-BAPI-SIGN": _by_key_or_hex(fields, f"{now}{key}{_WINDOW}{asked}", ("rsa",)),
    }
    return Signed(call.method, _behind(call.path, _form(call.query)), headers | _JSON, body.encode())


def _coinbase(call: Call, fields: Mapping[str, Secret], now: int, host: str) -> Signed:
    # docs.cdp.coinbase.com, "API key authentication": a token for one request, by the key pair. The claims
    # are those that ccxt 4.5.90 sends for either kind of key. Coinbase's own library (coinbase-advanced-py
    # 1.8.4) sends fewer: no audience, issuer "cdp", and uri for both kinds.
    name, secret = _field(fields, "api_key"), _given(fields, "secret_key")
    kind = private_keys.kind(secret)
    if kind not in ("ed25519", "p256"):
        raise InvalidCredential("Coinbase takes private keys of Ed25519 or P-256 only")
    begun, uri = now // 1000, f"{call.method} {host}{call.path}"
    claims: dict[str, object] = {"sub": name, "nbf": begun, "iat": begun, "exp": begun + _JWT_SECONDS}
    if kind == "ed25519":
        claims |= {"iss": "cdp", "aud": ["cdp_service"], "uris": [uri]}
    else:
        claims |= {"iss": "coinbase-cloud", "aud": ["retail_rest_api_proxy"], "uri": uri}
    algorithm = "EdDSA" if kind == "ed25519" else "ES256"
    head = {"alg": algorithm, "typ": "JWT", "kid": name, "nonce": os.urandom(16).hex()}
    token = ".".join(_base64url(_json(part).encode()) for part in (head, claims))
    token += "." + _base64url(private_keys.sign(secret, token.encode()))
    body = _json(call.body) if call.body else ""
    headers = {"Authorization": f"Bearer {token}", **_JSON}
    return Signed(call.method, _behind(call.path, _form(call.query)), headers, body.encode())


def _kraken(call: Call, fields: Mapping[str, Secret], now: int, host: str) -> Signed:
    # docs.kraken.com, "Spot REST authentication": HMAC-SHA512 over path + SHA-256(nonce + body), by the
    # secret's bytes. Milliseconds, as most clients count: a nonce of a finer unit would lock them out.
    otp = {"otp": _field(fields, "otp")} if "otp" in fields else {}
    body = _form({"nonce": now, **otp, **call.body}).encode()
    message = call.path.encode() + hashlib.sha256(str(now).encode() + body).digest()
    try:
        secret = b64decode(_field(fields, "secret_key"), validate=True)
    except ValueError:
        raise InvalidCredential("the secret_key is not base64: a character is missing or changed") from None
    headers = {
        "API-Key": _header(fields, "api_key"),
        "API-Sign": b64encode(hmac.digest(secret, message, "sha512")).decode(),
    }
    return Signed(call.method, _behind(call.path, _form(call.query)), headers | _FORM, body)


def _kucoin(call: Call, fields: Mapping[str, Secret], now: int, host: str) -> Signed:
    # KuCoin API, "Authentication", key version 2: time + method + path with query + body, and the
    # passphrase is signed too, so that it is never sent.
    body = _json(call.body) if call.body else ""
    asked = _behind(call.path, _unencoded(call.query))
    headers = {
        "KC-API-KEY-VERSION": "2",
        "KC-API-KEY": _header(fields, "api_key"),
        "KC-API-TIMESTAMP": str(now),
        "KC-API-PASSPHRASE": b64encode(_hmac(fields, _field(fields, "passphrase"))).decode(),
        "KC-API-SIGN": b64encode(_hmac(fields, f"{now}{call.method}{asked}{body}")).decode(),
    }
    target = _behind(call.path, _form(call.query))
    return Signed(call.method, target, headers | (_JSON if body else {}), body.encode())


def _bitget(call: Call, fields: Mapping[str, Secret], now: int, host: str) -> Signed:
    # Bitget API, "Signature": time + method + path, parameters sorted by name, + body; HMAC or RSA, both in
    # base64. A dollar sign stays as it is in the query (ccxt, issue 21169).
    query = dict(sorted(call.query.items()))
    body = _json(call.body) if call.method == "POST" else ""
    message = f"{now}{call.method}{_behind(call.path, _unencoded(query))}{body}"
    headers = {
        "ACCESS-KEY": _header(fields, "api_key"),
        "ACCESS-SIGN": _by_key_or_base64(fields, message, ("rsa",)),
        "ACCESS-TIMESTAMP": str(now),
        "ACCESS-PASSPHRASE": _header(fields, "passphrase"),
    }
    target = _behind(call.path, _form(query, keep="$"))
    return Signed(call.method, target, headers | (_JSON if call.method == "POST" else {}), body.encode())


def _gate(call: Call, fields: Mapping[str, Secret], now: int, host: str) -> Signed:
    # Gate API v4, "Authentication": method, path, query, SHA-512 of the body and seconds, a line each.
    body = _json(call.body) if call.method == "POST" else ""
    digest, seconds = hashlib.sha512(body.encode()).hexdigest(), str(now // 1000)
    message = "\n".join((call.method, call.path, _unencoded(call.query), digest, seconds))
    headers = {
        "KEY": _header(fields, "api_key"),
        "Timestamp": seconds,
        "SIGN": _hmac(fields, message, "sha512").hex(),
    }
    return Signed(call.method, _behind(call.path, _form(call.query)), headers | _JSON, body.encode())


def _deribit(call: Call, fields: Mapping[str, Secret], now: int, host: str) -> Signed:
    """A private call by HMAC, or the login by HMAC or by a private key.

    A private key signs nothing but the login, ``/api/v2/public/auth`` with ``client_signature``
    (docs.deribit.com, "Asymmetric API keys"). Its answer tells the key's scope, for both kinds of key and
    without any permission, so that no second request is needed; it holds tokens too, which nobody may see.
    """
    if call.path == _DERIBIT_LOGIN:
        return _deribit_login(call, fields, now)
    if _private_key(fields):
        raise InvalidCredential(
            "a private key signs nothing at Deribit but the login", hint=f"ask for {_DERIBIT_LOGIN}"
        )
    # docs.deribit.com, "Deribit signature credentials": time, nonce, method, target and body, a line each.
    target = _behind(call.path, _form(call.query))
    body = _json(call.body) if call.body else ""
    signature = _hmac(fields, f"{now}\n{now}\n{call.method}\n{target}\n{body}\n").hex()
    key = _header(fields, "api_key")
    headers = {"Authorization": f"deri-hmac-sha256 id={key},ts={now},sig={signature},nonce={now}"}
    return Signed(call.method, target, headers | (_JSON if body else {}), body.encode())


def _deribit_login(call: Call, fields: Mapping[str, Secret], now: int) -> Signed:
    # Time, nonce and data, a line each, the data empty. HMAC in hexadecimal; a private key's signature in
    # base64 for addresses, without padding (the scripts of that article).
    message = f"{now}\n{now}\n"
    if key := _private_key(fields):
        signature = _base64url(private_keys.sign(key, message.encode(), ("ed25519", "rsa")))
    else:
        signature = _hmac(fields, message).hex()
    login = {
        "grant_type": "client_signature",
        "client_id": _field(fields, "api_key"),
        "timestamp": str(now),
        "signature": signature,
        "nonce": str(now),
        "data": "",
    }
    return Signed("GET", _behind(call.path, _form({**login, **call.query})), {})


def _hyperliquid(call: Call, fields: Mapping[str, Secret], now: int, host: str) -> Signed:
    # /info answers about public addresses, to anybody: nothing of the private key is used.
    body = _json(call.body) if call.method == "POST" else ""
    return Signed(call.method, _behind(call.path, _form(call.query)), dict(_JSON), body.encode())


_SIGNERS: dict[str, Callable[[Call, Mapping[str, Secret], int, str], Signed]] = {
    "binance": _binance,
    "bitget": _bitget,
    "bybit": _bybit,
    "coinbase": _coinbase,
    "deribit": _deribit,
    "gate": _gate,
    "hyperliquid": _hyperliquid,
    "kraken": _kraken,
    "kucoin": _kucoin,
    "okx": _okx,
}
