"""Coinbase, Advanced Trade API, with a key of the Developer Platform (CDP)."""

from __future__ import annotations

import os

from ..credential import private_keys
from ..errors import InvalidCredential
from .answer import Refusal, as_object, clock_at, coded, flag, object_at, text, unexpected, words
from .facts import KeyFacts
from .request import JSON, Call, Fields, Request, base64url, compact_json, given

_TOKEN_SECONDS = 120  # how long a token is valid, at most (coinbase-advanced-py 1.8.4)

clock = clock_at("epochMillis")  # GET /api/v3/brokerage/time


def sign(call: Call, fields: Fields, now: int, host: str) -> Request:
    """Send a token for one request, signed by the key pair (docs.cdp.coinbase.com, "API key authentication").

    The claims are those that ccxt 4.5.90 sends for either kind of key. Coinbase's own library
    (coinbase-advanced-py 1.8.4) sends fewer: no audience, issuer "cdp", and uri for both kinds.
    """
    name, secret = given(fields, "api_key").reveal(), given(fields, "secret_key")
    kind = private_keys.kind(secret)
    if kind not in ("ed25519", "p256"):
        raise InvalidCredential("Coinbase takes private keys of Ed25519 or P-256 only")
    begun, uri = now // 1000, f"{call.method} {host}{call.path}"
    claims: dict[str, object] = {"sub": name, "nbf": begun, "iat": begun, "exp": begun + _TOKEN_SECONDS}
    if kind == "ed25519":
        claims |= {"iss": "cdp", "aud": ["cdp_service"], "uris": [uri]}
    else:
        claims |= {"iss": "coinbase-cloud", "aud": ["retail_rest_api_proxy"], "uri": uri}
    algorithm = "EdDSA" if kind == "ed25519" else "ES256"
    head = {"alg": algorithm, "typ": "JWT", "kid": name, "nonce": os.urandom(16).hex()}
    token = ".".join(base64url(compact_json(part).encode()) for part in (head, claims))
    token += "." + base64url(private_keys.sign(secret, token.encode()))
    return Request(call.method, call.target, {"Authorization": f"Bearer {token}", **JSON}, call.json.encode())


def facts(answer: object, key: str) -> KeyFacts:
    """Read GET /api/v3/brokerage/key_permissions (2026-05)."""
    said = as_object(answer)
    if "can_view" not in said:
        raise unexpected("can_view is missing")
    names = [name for name in said if name.startswith("can_") and flag(said, name)]
    return KeyFacts(rights=words(names, "the rights"), uid=text(said, "portfolio_uuid"))


def refusal(answer: object) -> Refusal:
    """Read ``{"error": …, "message": …}`` or ``{"errors": [{"id": …, "message": …}]}``."""
    said = as_object(answer)
    if "errors" in said:
        return coded(object_at(said, "errors", 0), "id", "message")
    return coded(said, "error", "message") if "error" in said else None
