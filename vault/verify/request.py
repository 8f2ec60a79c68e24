"""Requests, and the parts that the exchanges' ways of signing have in common.

No network, no clock, no choice of host: the call, the credential's values and the time come from the caller.
tests/clients/test_signing.py compares each exchange's ``sign`` with what ccxt 4.5.90 makes of the same call,
and where ccxt does not know a kind of key, with what the exchange publishes.

Parameters are percent-encoded in what is sent. What is signed is the encoded text at OKX, Binance, Kraken and
Deribit, and the text before encoding at Bybit, KuCoin, Bitget and Gate, as their clients do it (pybit 5.17,
kucoin-universal-sdk 1.3.2, ccxt 4.5.90, gate-api 7.2.161).
"""

from __future__ import annotations

import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from urllib.parse import quote, urlencode

from ..base.record import Record
from ..base.rules import shortened
from ..base.secret import Secret
from ..credential import private_keys
from ..errors import InvalidCredential

Fields = Mapping[str, Secret]

METHODS = ("GET", "POST")
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Call(Record):
    """A call of an exchange's API, before it is signed.

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
        if not self.path.startswith("/") or quote(self.path) != self.path:
            raise InvalidCredential(f"not the path of a request: {shortened(self.path)}")

    @property
    def target(self) -> str:
        """The path with its query, encoded."""
        return joined(self.path, form(self.query))

    @property
    def plain_target(self) -> str:
        """The path with its query, not encoded, as some exchanges sign it."""
        return joined(self.path, unencoded(self.query))

    @property
    def json(self) -> str:
        """The body as JSON; empty if it has no parameters."""
        return compact_json(self.body) if self.body else ""

    @property
    def posted(self) -> str:
        """The body as JSON, an empty object included; empty if the call does not post."""
        return compact_json(self.body) if self.method == "POST" else ""


class Request(Record):
    """A request as it is sent; its repr shows no parameter, header or body: each may hold a secret.

    Attributes:
        target: the path with its query, encoded.
    """

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.target.partition('?')[0]})"


# --- parameters -----------------------------------------------------------------------------------------


def form(pairs: Mapping[str, object]) -> str:
    """Return *pairs* as ``name=value&…``, percent-encoded but for RFC 3986's unreserved characters."""
    return urlencode({name: _plain(value) for name, value in pairs.items()}, safe="", quote_via=quote)


def unencoded(pairs: Mapping[str, object]) -> str:
    """Return *pairs* as ``name=value&…``, not encoded."""
    return "&".join(f"{name}={_plain(value)}" for name, value in pairs.items())


def _plain(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def joined(path: str, query: str) -> str:
    """Return *path* with *query* behind a question mark, if there is one."""
    return f"{path}?{query}" if query else path


def compact_json(value: Mapping[str, object]) -> str:
    """Return *value* as JSON without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


# --- the credential's values ----------------------------------------------------------------------------


def given(fields: Fields, name: str) -> Secret:
    """Return a field; raises InvalidCredential if it is missing."""
    if name not in fields:
        raise InvalidCredential(f"the credential has no {name}")
    return fields[name]


def header(fields: Fields, name: str) -> str:
    """Return the value of a field that goes into a header; raises InvalidCredential if it cannot."""
    value = given(fields, name).reveal()
    if not value.isascii() or not value.isprintable():  # a line break would begin another header
        raise InvalidCredential(f"the {name} has characters that no header of a request can carry")
    return value


def hmac_of(fields: Fields, message: str, digest: str = "sha256") -> bytes:
    """Return the HMAC of *message* under the secret's text."""
    return hmac.digest(given(fields, "secret_key").reveal().encode(), message.encode(), digest)


def private_key(fields: Fields) -> Secret | None:
    """Return the secret if it is a private key; None if it is a text that both sides know."""
    secret = given(fields, "secret_key")
    return secret if private_keys.is_pem(secret) else None


def by_private_key(fields: Fields, message: str, kinds: Collection[str]) -> str:
    """Return the private key's signature in base64; empty if the secret is not a private key.

    Raises:
        InvalidCredential: If it is one of another kind than *kinds*.
    """
    key = private_key(fields)
    return base64(private_keys.sign(key, message.encode(), kinds)) if key else ""


def base64(data: bytes) -> str:
    """Return *data* in base64."""
    return b64encode(data).decode()


def base64url(data: bytes) -> str:
    """Return *data* in base64 for addresses, without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()
