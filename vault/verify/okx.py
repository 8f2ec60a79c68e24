"""OKX, API v5."""

from __future__ import annotations

import time

from .answer import clock_at, object_at, refusal_at, text, words
from .facts import KeyFacts, binding, main_or_sub
from .request import JSON, Call, Fields, Request, base64, header, hmac_of

clock = clock_at("data", 0, "ts")  # GET /api/v5/public/time
refusal = refusal_at("code", "msg", good="0")  # ``{"code": "50113", "msg": …}``


def sign(call: Call, fields: Fields, now: int, host: str) -> Request:
    """Sign time, method, path with query, and body ("Authentication")."""
    stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now // 1000))}.{now % 1000:03d}Z"
    headers = {
        "OK-ACCESS-KEY": header(fields, "api_key"),
        "OK-ACCESS-SIGN": base64(hmac_of(fields, f"{stamp}{call.method}{call.target}{call.json}")),
        "OK-ACCESS-TIMESTAMP": stamp,
        "OK-ACCESS-PASSPHRASE": header(fields, "passphrase"),
    }
    kind = JSON if call.method == "POST" else {}
    return Request(call.method, call.target, headers | kind, call.json.encode())


def facts(answer: object, key: str) -> KeyFacts:
    """Read GET /api/v5/account/config (2026-07)."""
    config = object_at(answer, "data", 0)
    uid, main = text(config, "uid"), text(config, "mainUid")
    return KeyFacts(
        rights=words(config.get("perm"), "perm"),
        **binding(config, "ip"),
        uid=uid,
        label=text(config, "label"),
        account=main_or_sub(uid == main if uid and main else None),
    )
