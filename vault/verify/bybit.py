"""Bybit, API v5."""

from __future__ import annotations

from .answer import as_object, clock_at, flag, iso_seconds, object_at, refusal_at, text, unexpected, words
from .facts import KeyFacts, binding, main_or_sub
from .request import JSON, Call, Fields, Request, by_private_key, header, hmac_of, unencoded

_WINDOW = "5000"  # milliseconds that a request stays valid; the default (v5/guide.mdx)

clock = clock_at("time")  # GET /v5/market/time
refusal = refusal_at("retCode", "retMsg", good="0")  # ``{"retCode": 10003, "retMsg": …}``
WRITING_READS = True  # a right to write takes in the right to read


def sign(call: Call, fields: Fields, now: int, host: str) -> Request:
    """Sign time, key, window, and query or body (bybit-exchange/docs, v5/guide.mdx)."""
    key = header(fields, "api_key")
    message = f"{now}{key}{_WINDOW}{call.posted or unencoded(call.query)}"
    headers = {
        "X-BAPI-API-KEY": key,
        "X-BAPI-TIMESTAMP": str(now),
        "X-BAPI-RECV-WINDOW": _WINDOW,
        "X-BAPI-SIGN": by_private_key(fields, message, ("rsa",)) or hmac_of(fields, message).hex(),
    }
    return Request(call.method, call.target, headers | JSON, call.posted.encode())


def facts(answer: object, key: str) -> KeyFacts:
    """Read GET /v5/user/query-api (2026-06).

    A key that only reads has the same words, and reads with them. expiredAt is only for keys without an
    address, or after a change of the account's password.
    """
    result = object_at(answer, "result")
    permissions = as_object(result.get("permissions"), "permissions")
    granted = [word for part in permissions.values() for word in words(part, "permissions")]
    if result.get("readOnly") not in (0, 1):
        raise unexpected("readOnly is neither 0 nor 1")
    rights = ("readOnly",) if result["readOnly"] else words(["readWrite", *granted], "permissions")
    return KeyFacts(
        rights=rights,
        **binding(result, "ips"),
        expires=iso_seconds(result, "expiredAt"),
        created=iso_seconds(result, "createdAt"),
        uid=text(result, "userID"),
        label=text(result, "note"),
        account=main_or_sub(flag(result, "isMaster")),
    )
