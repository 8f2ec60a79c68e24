"""Binance, spot and wallet API."""

from __future__ import annotations

from urllib.parse import quote

from .answer import as_object, clock_at, flag, refusal_at, seconds, text, unexpected, words
from .facts import KeyFacts
from .request import FORM, Call, Fields, Request, by_private_key, form, header, hmac_of, joined

clock = clock_at("serverTime")  # GET /api/v3/time
refusal = refusal_at("code", "msg")  # ``{"code": -2014, "msg": …}``


def sign(call: Call, fields: Fields, now: int, host: str) -> Request:
    """Sign all parameters as they are sent, encoded before (rest-api.md, "SIGNED").

    HMAC in hexadecimal, a private key's signature in base64, encoded again. No window is asked for: Binance
    takes 5 seconds then.
    """
    pairs = form({"timestamp": now, **call.query, **call.body})
    signature = by_private_key(fields, pairs, ("ed25519", "rsa")) or hmac_of(fields, pairs).hex()
    pairs += f"&signature={quote(signature, safe='')}"
    headers = {"X-MBX-APIKEY": header(fields, "api_key")}
    if call.method == "GET":
        return Request(call.method, joined(call.path, pairs), headers)
    return Request(call.method, call.path, headers | FORM, pairs.encode())


def facts(answer: object, key: str) -> KeyFacts:
    """Read GET /sapi/v1/account/apiRestrictions (2026-02).

    The test network and the demo environment have no /sapi: there GET /api/v3/account proves the key, and
    describes the account only.
    """
    said = as_object(answer)
    if "enableReading" not in said:
        if "canTrade" not in said:
            raise unexpected("enableReading is missing")
        return KeyFacts(uid=text(said, "uid"))
    names = [name for name in said if name.startswith(("enable", "permits"))]
    restricted = flag(said, "ipRestrict")
    return KeyFacts(
        rights=words([name for name in names if flag(said, name)], "the rights"),
        ips=() if restricted is False else None,  # it does not say to which
        bound=restricted,
        expires=seconds(said, "tradingAuthorityExpirationTime", unit=1000),
        created=seconds(said, "createTime", unit=1000),
    )
