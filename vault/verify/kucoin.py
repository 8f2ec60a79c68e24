"""KuCoin, key version 2."""

from __future__ import annotations

from .answer import clock_at, flag, object_at, refusal_at, seconds, text, words
from .facts import KeyFacts, binding, main_or_sub
from .request import JSON, Call, Fields, Request, base64, given, header, hmac_of

clock = clock_at("data")  # GET /api/v1/timestamp
refusal = refusal_at("code", "msg", good="200000")  # ``{"code": "400003", "msg": …}``


def sign(call: Call, fields: Fields, now: int, host: str) -> Request:
    """Sign time, method, path with query, and body; the passphrase too, so that it is never sent."""
    message = f"{now}{call.method}{call.plain_target}{call.json}"
    headers = {
        "KC-API-KEY-VERSION": "2",
        "KC-API-KEY": header(fields, "api_key"),
        "KC-API-TIMESTAMP": str(now),
        "KC-API-PASSPHRASE": base64(hmac_of(fields, given(fields, "passphrase").reveal())),
        "KC-API-SIGN": base64(hmac_of(fields, message)),
    }
    return Request(call.method, call.target, headers | (JSON if call.json else {}), call.json.encode())


def facts(answer: object, key: str) -> KeyFacts:
    """Read GET /api/v1/user/api-key (kucoin-universal-sdk 1.3.2); it shows addresses with asterisks."""
    data = object_at(answer, "data")
    return KeyFacts(
        rights=words(data.get("permission"), "permission"),
        **binding(data, "ipWhitelist"),
        created=seconds(data, "createdAt", unit=1000),
        uid=text(data, "uid"),
        label=text(data, "remark"),
        account=main_or_sub(flag(data, "isMaster"), text(data, "subName")),
    )
