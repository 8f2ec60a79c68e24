"""Deribit, API v2."""

from __future__ import annotations

from ..credential import private_keys
from ..errors import InvalidCredential
from .answer import Refusal, as_object, at, clock_at, coded, flag, object_at, text, words
from .facts import KeyFacts, binding, own_entry
from .request import JSON, Call, Fields, Request, base64url, form, given, header, hmac_of, joined, private_key

clock = clock_at("result")  # GET /api/v2/public/get_time
WRITING_READS = True  # a right to write takes in the right to read
_LOGIN = "/api/v2/public/auth"


def sign(call: Call, fields: Fields, now: int, host: str) -> Request:
    """Sign a private call by HMAC, or the login by HMAC or by a private key.

    A private key signs nothing but the login, with ``client_signature`` (docs.deribit.com, "Asymmetric API
    keys"). The answer to the login has the key's scope, for both kinds of key and without any permission, so
    that no second request is needed; it holds tokens too, which nobody may see.
    """
    if call.path == _LOGIN:
        return _login(call, fields, now)
    if private_key(fields):
        raise InvalidCredential(
            "a private key signs nothing at Deribit but the login", hint=f"ask for {_LOGIN}"
        )
    # "Deribit signature credentials": time, nonce, method, target and body, a line each.
    signature = hmac_of(fields, f"{now}\n{now}\n{call.method}\n{call.target}\n{call.json}\n").hex()
    key = header(fields, "api_key")
    headers = {"Authorization": f"deri-hmac-sha256 id={key},ts={now},sig={signature},nonce={now}"}
    return Request(call.method, call.target, headers | (JSON if call.json else {}), call.json.encode())


def _login(call: Call, fields: Fields, now: int) -> Request:
    """Sign time, nonce and data, a line each, the data empty.

    HMAC in hexadecimal; a private key's signature in base64 for addresses, without padding (the scripts of
    that article).
    """
    message = f"{now}\n{now}\n"
    if key := private_key(fields):
        signature = base64url(private_keys.sign(key, message.encode(), ("ed25519", "rsa")))
    else:
        signature = hmac_of(fields, message).hex()
    login = {
        "grant_type": "client_signature",
        "client_id": given(fields, "api_key").reveal(),
        "timestamp": str(now),
        "signature": signature,
        "nonce": str(now),
        "data": "",
    }
    return Request("GET", joined(call.path, form({**login, **call.query})))


def facts(answer: object, key: str) -> KeyFacts:
    """Read public/auth, which has tokens and their scope, or private/list_api_keys (2026-06).

    The latter lists every key, in the documented example with its ``client_secret``.
    """
    result = at(answer, "result")
    if isinstance(result, list):
        entry = own_entry(result, "client_id", key)
        if entry is None:
            return KeyFacts()
        return KeyFacts(
            rights=_rights(_scope(entry.get("max_scope"))),
            **binding(entry, "ip_whitelist"),
            label=text(entry, "name"),
            state={True: "enabled", False: "disabled", None: ""}[flag(entry, "enabled")],
        )
    scope = _scope(as_object(result, "result").get("scope"))
    names = [word.removeprefix("name:") for word in scope if word.startswith("name:")]
    return KeyFacts(
        rights=_rights(scope),
        label=names[0] if names else "",
        account="main" if "mainaccount" in scope else "",
    )


def _scope(value: object) -> tuple[str, ...]:
    return words(value.split(" ") if isinstance(value, str) else value, "scope")


def _rights(scope: tuple[str, ...]) -> tuple[str, ...]:
    """Return the rights in a scope, as ``trade:read_write``, without what is about the connection."""
    return tuple(word for word in scope if word.endswith((":read", ":read_write")))


def refusal(answer: object) -> Refusal:
    """Read ``{"error": {"code": 13004, "message": …}}``, or a demand for a security key."""
    said = as_object(answer)
    if "error" in said:
        return coded(object_at(said, "error"), "code", "message")
    result = said.get("result")
    if isinstance(result, dict) and result.get("security_key_authorization_required"):
        return "security_key_authorization_required", ""  # docs.deribit.com, articles/security-keys
    return None
