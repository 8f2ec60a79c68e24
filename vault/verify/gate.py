"""Gate, API v4."""

from __future__ import annotations

from hashlib import sha512

from .answer import as_list, as_object, clock_at, flag, refusal_at, seconds, text, words
from .facts import KeyFacts, binding, own_entry
from .request import JSON, Call, Fields, Request, header, hmac_of, unencoded

clock = clock_at("server_time")  # GET /api/v4/spot/time
refusal = refusal_at("label", "message")  # ``{"label": "INVALID_KEY", "message": …}``
WRITING_READS = True  # a right to write takes in the right to read


def sign(call: Call, fields: Fields, now: int, host: str) -> Request:
    """Sign method, path, query, SHA-512 of the body, and seconds, a line each ("Authentication")."""
    digest, seconds_now = sha512(call.posted.encode()).hexdigest(), str(now // 1000)
    message = "\n".join((call.method, call.path, unencoded(call.query), digest, seconds_now))
    headers = {
        "KEY": header(fields, "api_key"),
        "Timestamp": seconds_now,
        "SIGN": hmac_of(fields, message, "sha512").hex(),
    }
    return Request(call.method, call.target, headers | JSON, call.posted.encode())


def facts(answer: object, key: str) -> KeyFacts:
    """Read GET /api/v4/account/main_keys (2025-10): all keys of the account, each by the beginning of it.

    A key that is not among them, as a sub-account's, is genuine all the same: it was let in.
    """
    entry = own_entry(answer, "key", key) if isinstance(answer, list) else as_object(answer)
    if entry is None:
        return KeyFacts()
    perms = [as_object(perm, "a permission") for perm in as_list(entry.get("perms"), "perms")]
    rights = [f"{text(perm, 'name')}:{'read' if flag(perm, 'read_only') else 'write'}" for perm in perms]
    state = text(entry, "state")
    return KeyFacts(
        rights=words(rights, "perms"),
        **binding(entry, "ip_whitelist"),
        created=seconds(entry, "created_at"),
        last_used=seconds(entry, "last_access"),
        uid=text(entry, "user_id"),
        label=text(entry, "name"),
        account="main",
        state={"1": "normal", "2": "locked", "3": "frozen"}.get(state, state),
    )
