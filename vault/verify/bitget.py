"""Bitget, API v2, and v3 for accounts of the unified kind."""

from __future__ import annotations

from .answer import clock_at, object_at, refusal_at, text, words
from .facts import KeyFacts, binding, main_or_sub
from .request import JSON, Call, Fields, Request, base64, by_private_key, header, hmac_of

clock = clock_at("data", "serverTime")  # GET /api/v2/public/time
refusal = refusal_at("code", "msg", good="00000")  # ``{"code": "40009", "msg": …}``
WRITING_READS = True  # a right to write takes in the right to read


def sign(call: Call, fields: Fields, now: int, host: str) -> Request:
    """Sign time, method, path, parameters sorted by name, and body ("Signature").

    HMAC or RSA, both in base64. A dollar sign stays as it is in the query (ccxt, issue 21169).
    """
    call = call.changed(query=dict(sorted(call.query.items())))
    message = f"{now}{call.method}{call.plain_target}{call.posted}"
    headers = {
        "ACCESS-KEY": header(fields, "api_key"),
        "ACCESS-SIGN": by_private_key(fields, message, ("rsa",)) or base64(hmac_of(fields, message)),
        "ACCESS-TIMESTAMP": str(now),
        "ACCESS-PASSPHRASE": header(fields, "passphrase"),
    }
    kind, target = JSON if call.method == "POST" else {}, call.target.replace("%24", "$")
    return Request(call.method, target, headers | kind, call.posted.encode())


def facts(answer: object, key: str) -> KeyFacts:
    """Read GET /api/v2/spot/account/info (2026-05), or GET /api/v3/account/info (2026) of a unified account.

    In the latter a key that only reads has the same words, and reads with them.
    """
    data = object_at(answer, "data")
    parent = text(data, "parentId")
    if "permType" in data:
        kind, permissions = text(data, "permType"), words(data.get("permissions"), "permissions")
        rights = (kind,) if kind == "read-only" else words([kind, *permissions], "permissions")
        uid, account = text(data, "uid"), main_or_sub(not parent)
    else:
        rights, uid = words(data.get("authorities"), "authorities"), text(data, "userId")
        account = main_or_sub(True if uid and uid == parent else None)
    return KeyFacts(rights=rights, **binding(data, "ips"), uid=uid, account=account)
