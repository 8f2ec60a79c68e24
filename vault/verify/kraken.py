"""Kraken, spot REST API."""

from __future__ import annotations

import hmac
from base64 import b64decode
from hashlib import sha256

from ..errors import InvalidCredential
from .answer import Refusal, as_list, at, clock_at, code_of, object_at, seconds, text, words
from .facts import KeyFacts, binding
from .request import FORM, Call, Fields, Request, base64, form, given, header

clock = clock_at("result", "unixtime", unit=1000)  # GET /0/public/Time, in whole seconds


def sign(call: Call, fields: Fields, now: int, host: str) -> Request:
    """Sign path and SHA-256(nonce + body) by the secret's bytes ("Spot REST authentication").

    The nonce is in milliseconds, as most clients count: one in a finer unit would lock them out.
    """
    otp = {"otp": given(fields, "otp").reveal()} if "otp" in fields else {}
    body = form({"nonce": now, **otp, **call.body}).encode()
    message = call.path.encode() + sha256(str(now).encode() + body).digest()
    try:
        secret = b64decode(given(fields, "secret_key").reveal(), validate=True)
    except ValueError:
        raise InvalidCredential("the secret_key is not base64: a character is missing or changed") from None
    headers = {
        "API-Key": header(fields, "api_key"),
        "API-Sign": base64(hmac.digest(secret, message, "sha512")),
    }
    return Request(call.method, call.target, headers | FORM, body)


def facts(answer: object, key: str) -> KeyFacts:
    """Read POST /0/private/GetApiKeyInfo (2026-03); 0 stands for never."""
    result = object_at(answer, "result")
    return KeyFacts(
        rights=words(result.get("permissions"), "permissions"),
        **binding(result, "ipAllowlist"),
        expires=seconds(result, "validUntil"),
        created=seconds(result, "createdTime"),
        last_used=seconds(result, "lastUsed"),
        uid=text(result, "iban"),
        label=text(result, "apiKeyName"),
    )


def refusal(answer: object) -> Refusal:
    """Read ``{"error": ["EAPI:Invalid key"]}``; the list is empty in a good answer."""
    errors = as_list(at(answer, "error"), "error")
    return (code_of(errors[0]), "") if errors else None
