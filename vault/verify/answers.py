"""What an exchange answers: its time, whether it refused and why, and what it says about a key.

Pure functions of decoded JSON, a few lines an exchange; the documentation that each follows is named beside
it, stored copies of 2026. An answer is written by somebody else: what is not of the documented form raises
AnswerRefused and nothing else, texts lose what cannot be seen and are cut, and only what is named here is
looked at. So a secret that an exchange sends along (Deribit's ``client_secret``, an access token) goes no
further than this module.
"""

from __future__ import annotations

import re

from ..base.record import Record
from ..errors import AnswerRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from ..credential.credential import Credential
    from ..exchanges.profiles import Profile

MAX_TEXT = 80  # characters of a name or a number; the longest documented is OKX's label, 50
MAX_WORDS = 100  # rights or addresses of one key; no exchange documents more than some 30
_MAX_TIME = 253402300799  # 9999-12-31T23:59:59Z, in seconds: what a credential can record
_DAY = 86400  # seconds; a person records the day on which a key ends, an exchange the second
_FIRST = 1500000000  # 2017-07; a clock that says less is no exchange's

# Where a right to write takes in the right to read, and one word says both.
_WRITING_READS = ("bitget", "bybit", "deribit", "gate")
SIGNED_AS = ("binance", "bitget", "bybit", "coinbase", "deribit", "gate", "kraken", "kucoin", "okx")


class Facts(Record):
    """What an exchange says about a key; whatever it does not tell has its default.

    Attributes:
        rights: what the key may do, in the exchange's own words.
        permissions: the same as ``read``, ``trade`` and ``withdraw``, as far as the profile knows the words.
        ips: the addresses and networks it is bound to; empty: to none; None: not told.
        expires, created, last_used: seconds since the Unix epoch, UTC.
        uid: the exchange's number of the account.
        label: the key's name there.
        account: ``main``, or ``sub`` with the sub-account's name if there is one.
        state: in the exchange's own word.
        bound: whether it is bound to some address; known at Binance and KuCoin even where *ips* is None.
    """

    rights: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    ips: tuple[str, ...] | None = None
    expires: int | None = None
    created: int | None = None
    last_used: int | None = None
    uid: str = ""
    label: str = ""
    account: str = ""
    state: str = ""
    bound: bool | None = None


# --- reading one value of somebody else's --------------------------------------------------------------


def _odd(what: str) -> AnswerRefused:
    return AnswerRefused(f"the answer is not of the documented form: {what}")


def visible(value: str, size: int = MAX_TEXT) -> str:
    """*value* without control characters and whatever else cannot be seen, cut to *size* characters."""
    return "".join(c for c in value if c.isprintable())[:size].strip()


def _dict(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _odd(f"{what} is no object")
    return value


def _list(value: object, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise _odd(f"{what} is no list")
    return value


def _text(answer: Mapping[str, Any], key: str) -> str:
    """A short text or a whole number as text; empty if it is absent."""
    value = answer.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _odd(f"{key} is no text")
    return visible(value if isinstance(value, str) else _digits(value))


def _flag(answer: Mapping[str, Any], key: str) -> bool | None:
    value = answer.get(key)
    if value is not None and not isinstance(value, bool):
        raise _odd(f"{key} is neither true nor false")
    return value


def _digits(value: int) -> str:
    return str(value) if abs(value) < 10**30 else "a huge number"  # str() of thousands of digits raises


def _number(value: object, what: str) -> int:
    """A whole number, written as such or as text."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _odd(f"{what} is no whole number")
    return value


def _seconds(answer: Mapping[str, Any], key: str, *, unit: int = 1) -> int | None:
    """A time in seconds, from one of *unit* parts of a second; None if it is absent or zero, "never"."""
    if answer.get(key) in (None, ""):
        return None
    moment = _number(answer[key], key) // unit
    if not 0 <= moment <= _MAX_TIME:
        raise _odd(f"{key} is no time")
    return moment or None


def _iso(answer: Mapping[str, Any], key: str) -> int | None:
    """A time written as ``2023-05-15T03:13:24Z``; None if it is absent, empty or the epoch."""
    from datetime import datetime

    text = _text(answer, key)
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z", text):
        raise _odd(f"{key} is no time")
    try:
        return max(int(datetime.fromisoformat(text).timestamp()), 0) or None
    except (ValueError, OverflowError):
        raise _odd(f"{key} is no time") from None


def _words(value: object, what: str) -> tuple[str, ...]:
    """The texts of a list, or of one text with commas between them; each once, in their order."""
    if isinstance(value, str):
        value = value.split(",")
    parts = _list(value, what)
    if len(parts) > MAX_WORDS:  # cut, the list could lose the word that matters
        raise _odd(f"{what} has {len(parts)} entries")
    if not all(isinstance(part, str) for part in parts):
        raise _odd(f"{what} is no list of texts")
    return tuple(dict.fromkeys(word for part in parts if (word := visible(part))))


def _binding(value: object, what: str) -> dict[str, Any]:
    """The facts ``ips`` and ``bound`` of a list of addresses; one that is masked makes them unknown."""
    from ipaddress import ip_network

    if value is None:
        return {}
    addresses = [address for address in _words(value, what) if address != "*"]  # Bybit's word for any
    try:
        for address in addresses:
            ip_network(address, strict=False)
    except ValueError:  # as KuCoin's 203.**.154
        return {"bound": True}
    return {"ips": tuple(addresses), "bound": bool(addresses)}


# --- whose key it is ------------------------------------------------------------------------------------


def _same_key(shown: str, key: str) -> bool:
    """Whether *shown* is *key*, or its beginning and end around asterisks (Gate shows 12 characters)."""
    if "*" not in shown:
        return shown == key
    head, tail = shown.split("*", 1)[0], shown.rsplit("*", 1)[1]
    return len(head) >= 6 and len(head) + len(tail) < len(key) and key.startswith(head) and key.endswith(tail)


def _own(entries: Iterable[object], field: str, key: str) -> Mapping[str, Any] | None:
    """The one entry of a list of keys that is about *key*; None if there is none, or no telling which."""
    every = [_dict(entry, "an entry of the list of keys") for entry in entries]
    own = [entry for entry in every if _same_key(_text(entry, field), key)]
    return own[0] if len(own) == 1 else None


# --- the facts, exchange by exchange --------------------------------------------------------------------


def _okx(answer: Mapping[str, Any], key: str) -> Facts:
    # OKX API v5, GET /api/v5/account/config (2026-07).
    data = _list(answer.get("data"), "data")
    config = _dict(data[0] if data else None, "data")
    uid, main = _text(config, "uid"), _text(config, "mainUid")
    return Facts(
        rights=_words(config.get("perm"), "perm"),
        **_binding(config.get("ip"), "ip"),
        uid=uid,
        label=_text(config, "label"),
        account="" if not (uid and main) else "main" if uid == main else "sub",
    )


def _binance(answer: Mapping[str, Any], key: str) -> Facts:
    # Binance wallet API, GET /sapi/v1/account/apiRestrictions (2026-02). The test network and the demo
    # environment have no /sapi: there GET /api/v3/account proves the key, and describes the account only.
    if "enableReading" not in answer:
        if "canTrade" not in answer:
            raise _odd("there is no enableReading")
        return Facts(uid=_text(answer, "uid"))
    names = [name for name in answer if name.startswith(("enable", "permits"))]
    restricted = _flag(answer, "ipRestrict")
    return Facts(
        rights=_words([name for name in names if _flag(answer, name)], "the rights"),
        ips=() if restricted is False else None,  # it does not tell to which
        bound=restricted,
        expires=_seconds(answer, "tradingAuthorityExpirationTime", unit=1000),
        created=_seconds(answer, "createTime", unit=1000),
    )


def _bybit(answer: Mapping[str, Any], key: str) -> Facts:
    # Bybit v5, GET /v5/user/query-api (2026-06). A key that reads only has the same words, and reads with
    # them. expiredAt is only for keys without an address, or after a change of the account's password.
    result = _dict(answer.get("result"), "result")
    permissions = _dict(result.get("permissions"), "permissions")
    words = [word for part in permissions.values() for word in _words(part, "permissions")]
    if result.get("readOnly") not in (0, 1):
        raise _odd("readOnly is neither 0 nor 1")
    return Facts(
        rights=("readOnly",) if result["readOnly"] else _words(["readWrite", *words], "permissions"),
        **_binding(result.get("ips"), "ips"),
        expires=_iso(result, "expiredAt"),
        created=_iso(result, "createdAt"),
        uid=_text(result, "userID"),
        label=_text(result, "note"),
        account={True: "main", False: "sub", None: ""}[_flag(result, "isMaster")],
    )


def _coinbase(answer: Mapping[str, Any], key: str) -> Facts:
    # Advanced Trade API, GET /api/v3/brokerage/key_permissions (2026-05).
    names = [name for name in answer if name.startswith("can_")]
    if "can_view" not in names:
        raise _odd("there is no can_view")
    rights = [name for name in names if _flag(answer, name)]
    return Facts(rights=_words(rights, "the rights"), uid=_text(answer, "portfolio_uuid"))


def _kraken(answer: Mapping[str, Any], key: str) -> Facts:
    # Spot REST API, POST /0/private/GetApiKeyInfo (2026-03); 0 stands for never.
    result = _dict(answer.get("result"), "result")
    return Facts(
        rights=_words(result.get("permissions"), "permissions"),
        **_binding(result.get("ipAllowlist"), "ipAllowlist"),
        expires=_seconds(result, "validUntil"),
        created=_seconds(result, "createdTime"),
        last_used=_seconds(result, "lastUsed"),
        uid=_text(result, "iban"),
        label=_text(result, "apiKeyName"),
    )


def _kucoin(answer: Mapping[str, Any], key: str) -> Facts:
    # KuCoin, GET /api/v1/user/api-key (kucoin-universal-sdk 1.3.2); it shows addresses with asterisks.
    data = _dict(answer.get("data"), "data")
    sub = _text(data, "subName")
    return Facts(
        rights=_words(data.get("permission"), "permission"),
        **_binding(data.get("ipWhitelist"), "ipWhitelist"),
        created=_seconds(data, "createdAt", unit=1000),
        uid=_text(data, "uid"),
        label=_text(data, "remark"),
        account={True: "main", False: f"sub {sub}".strip(), None: ""}[_flag(data, "isMaster")],
    )


def _bitget(answer: Mapping[str, Any], key: str) -> Facts:
    # Bitget v2, GET /api/v2/spot/account/info (2026-05), or for an account of the unified kind v3, GET
    # /api/v3/account/info (2026): there a key that reads only has the same words, and reads with them.
    data = _dict(answer.get("data"), "data")
    parent = _text(data, "parentId")
    if "permType" in data:
        kind, words = _text(data, "permType"), _words(data.get("permissions"), "permissions")
        return Facts(
            rights=(kind,) if kind == "read-only" else _words([kind, *words], "permissions"),
            **_binding(data.get("ips"), "ips"),
            uid=_text(data, "uid"),
            account="sub" if parent else "main",
        )
    uid = _text(data, "userId")
    return Facts(
        rights=_words(data.get("authorities"), "authorities"),
        **_binding(data.get("ips"), "ips"),
        uid=uid,
        account="main" if uid and uid == parent else "",
    )


def _gate(answer: object, key: str) -> Facts:
    # Gate v4, GET /account/main_keys (2025-10): all keys of the account, each with the beginning of its
    # key. A key that is not among them, as a sub-account's, is genuine all the same: it was let in.
    entry = _own(answer, "key", key) if isinstance(answer, list) else _dict(answer, "the answer")
    if entry is None:
        return Facts()
    if "perms" not in entry:
        raise _odd("there are no perms")
    perms = [_dict(perm, "a permission") for perm in _list(entry["perms"], "perms")]
    rights = [f"{_text(perm, 'name')}:{'read' if _flag(perm, 'read_only') else 'write'}" for perm in perms]
    state = _text(entry, "state")
    return Facts(
        rights=_words(rights, "perms"),
        **_binding(entry.get("ip_whitelist"), "ip_whitelist"),
        created=_seconds(entry, "created_at"),
        last_used=_seconds(entry, "last_access"),
        uid=_text(entry, "user_id"),
        label=_text(entry, "name"),
        account="main",
        state={"1": "normal", "2": "locked", "3": "frozen"}.get(state, state),
    )


def _deribit(answer: Mapping[str, Any], key: str) -> Facts:
    # Deribit v2 (2026-06): private/list_api_keys lists every key, with its client_secret in the documented
    # example; public/auth answers with tokens, and the scope that they have.
    result = answer.get("result")
    if isinstance(result, list):
        entry = _own(result, "client_id", key)
        if entry is None:
            return Facts()
        return Facts(
            rights=_scopes(entry.get("max_scope")),
            **_binding(entry.get("ip_whitelist"), "ip_whitelist"),
            label=_text(entry, "name"),
            state={True: "enabled", False: "disabled", None: ""}[_flag(entry, "enabled")],
        )
    scope = _dict(result, "result").get("scope")
    words = _words(scope.split(" ") if isinstance(scope, str) else None, "scope")
    names = [word.removeprefix("name:") for word in words if word.startswith("name:")]
    return Facts(
        rights=_scopes(scope), label=names[0] if names else "", account="main" * ("mainaccount" in words)
    )


def _scopes(scope: object) -> tuple[str, ...]:
    """The rights in Deribit's scope, as ``trade:read_write``; not what it says of the connection."""
    words = _words(scope.split(" ") if isinstance(scope, str) else scope, "scope")
    return tuple(word for word in words if word.endswith((":read", ":read_write")))


_FACTS: dict[str, Callable[[Any, str], Facts]] = {
    "binance": _binance,
    "bitget": _bitget,
    "bybit": _bybit,
    "coinbase": _coinbase,
    "deribit": _deribit,
    "gate": _gate,
    "kraken": _kraken,
    "kucoin": _kucoin,
    "okx": _okx,
}


def facts(exchange: str, answer: object, key: str, words: Mapping[str, str]) -> Facts:
    """What the answer to the signed request says about *key*.

    Args:
        exchange: one of :data:`SIGNED_AS`.
        key: the API key itself, to find it in a list of keys.
        words: the profile's meaning of each right.

    Raises:
        AnswerRefused: If it is not of the documented form.
    """
    if exchange != "gate":
        _dict(answer, "the answer")
    found = _FACTS[exchange](answer, key)
    may = permissions(found.rights, words)
    if may and exchange in _WRITING_READS:
        may = tuple(sorted({"read", *may}))
    return found.changed(permissions=may)


def permissions(rights: Iterable[str], words: Mapping[str, str]) -> tuple[str, ...]:
    """*rights* as ``read``, ``trade`` and ``withdraw``; an unknown word that says withdraw means it."""
    found = {words.get(right, "withdraw" if "withdraw" in right.lower() else "") for right in rights}
    return tuple(sorted(found - {""}))


def agent(answer: object) -> tuple[str, str]:
    """What Hyperliquid's ``userRole`` says of an address: its role, and the account that it acts for."""
    # POST /info {"type": "userRole"} (2026-05): user, agent, vault, subAccount or missing.
    told = _dict(answer, "the answer")
    role = _text(told, "role")
    if not re.fullmatch(r"[A-Za-z]{1,20}", role):
        raise _odd("there is no role")
    data = _dict(told.get("data", {}), "data")
    return role, _text(data, "user").lower()


def agent_facts(answer: object, address: str, words: Mapping[str, str]) -> Facts:
    """What Hyperliquid's ``extraAgents`` of an account says of its agent at *address*."""
    # POST /info {"type": "extraAgents"} (2026-05). An agent without a name is not among them.
    every = [_dict(entry, "an agent") for entry in _list(answer, "the answer")]
    named = [entry for entry in every if _text(entry, "address").lower() == address.lower()]
    known = named[0] if len(named) == 1 else {}
    return Facts(
        rights=("agent",),
        permissions=permissions(("agent",), words),
        expires=_seconds(known, "validUntil", unit=1000),
        label=_text(known, "name"),
    )


# --- refusals -------------------------------------------------------------------------------------------


def refusal(exchange: str, answer: object) -> tuple[str, str] | None:
    """The code and the message of an answer that refuses; None if it does not.

    Raises:
        AnswerRefused: If it is not of the documented form.
    """
    if exchange in ("gate", "hyperliquid") and isinstance(answer, list):
        return None
    told = _dict(answer, "the answer")
    code, message = _REFUSALS[exchange](told)
    return (code, visible(message, 400)) if code else None


def _coded(told: Mapping[str, Any], code: str, message: str, *good: str) -> tuple[str, str]:
    found = _code(told.get(code))
    return ("" if found in good else found), _message(told.get(message))


def _code(value: object) -> str:
    """A code as text: digits, or words as in ``EAPI:Invalid key``; what else is in it is dropped."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _digits(value)
    if not isinstance(value, str):
        raise _odd("there is no code")
    return re.sub(r"[^A-Za-z0-9_:. -]", "", value)[:60].strip() or "an odd one"


def _message(value: object) -> str:
    return value if isinstance(value, str) else ""


def _refused_binance(told: Mapping[str, Any]) -> tuple[str, str]:
    return _coded(told, "code", "msg") if "code" in told else ("", "")


def _refused_coinbase(told: Mapping[str, Any]) -> tuple[str, str]:
    # {"error": …, "error_details": …, "message": …}, or {"errors": [{"id": …, "message": …}]}
    if "errors" in told:
        errors = _list(told["errors"], "errors")
        return _coded(_dict(errors[0] if errors else None, "errors"), "id", "message")
    return _coded(told, "error", "message") if "error" in told else ("", "")


def _refused_kraken(told: Mapping[str, Any]) -> tuple[str, str]:
    errors = _list(told.get("error"), "error")
    return (_code(errors[0]), "") if errors else ("", "")


def _refused_gate(told: Mapping[str, Any]) -> tuple[str, str]:
    return _coded(told, "label", "message") if "label" in told else ("", "")


def _refused_deribit(told: Mapping[str, Any]) -> tuple[str, str]:
    if "error" in told:
        return _coded(_dict(told["error"], "error"), "code", "message")
    result = told.get("result")
    if isinstance(result, dict) and result.get("security_key_authorization_required"):
        return "security_key_authorization_required", ""  # docs.deribit.com, articles/security-keys
    return "", ""


_REFUSALS: dict[str, Callable[[Mapping[str, Any]], tuple[str, str]]] = {
    "binance": _refused_binance,
    "bitget": lambda told: _coded(told, "code", "msg", "00000"),
    "bybit": lambda told: _coded(told, "retCode", "retMsg", "0"),
    "coinbase": _refused_coinbase,
    "deribit": _refused_deribit,
    "gate": _refused_gate,
    "hyperliquid": lambda told: _coded(told, "error", "error") if "error" in told else ("", ""),
    "kraken": _refused_kraken,
    "kucoin": lambda told: _coded(told, "code", "msg", "200000"),
    "okx": lambda told: _coded(told, "code", "msg", "0"),
}


# --- the exchange's clock -------------------------------------------------------------------------------

# Where its time stands in the answer to the unsigned request, and the milliseconds of its unit.
_TIMES: dict[str, tuple[tuple[str | int, ...], int]] = {
    "binance": (("serverTime",), 1),
    "bitget": (("data", "serverTime"), 1),
    "bybit": (("time",), 1),
    "coinbase": (("epochMillis",), 1),
    "deribit": (("result",), 1),
    "gate": (("server_time",), 1),
    "kraken": (("result", "unixtime"), 1000),
    "kucoin": (("data",), 1),
    "okx": (("data", 0, "ts"), 1),
}


def moment(exchange: str, answer: object) -> int:
    """The exchange's time in milliseconds since the Unix epoch; the middle of the second if it tells no part.

    Raises:
        AnswerRefused: If it is not of the documented form.
    """
    path, unit = _TIMES[exchange]
    for step in path:
        if isinstance(step, int):
            every = _list(answer, "the time")
            answer = every[step] if len(every) > step else None
        else:
            answer = _dict(answer, "the time").get(step)
    moment = _number(answer, "the time") * unit + unit // 2
    if not _FIRST * 1000 <= moment <= _MAX_TIME * 1000:
        raise _odd("its time is none")
    return moment


# --- against what is recorded ---------------------------------------------------------------------------


class Difference(Record):
    """One thing about a key that its exchange knows otherwise than it is recorded.

    Attributes:
        what: ``permissions``, ``ips``, ``expires``, ``issued``, ``uid`` or ``label``, as of a credential.
        recorded, actual: as a person reads them.
        loud: the key can do more, or be used from more addresses, than its owner recorded.
    """

    what: str
    recorded: str
    actual: str
    loud: bool = False


def compare(credential: Credential, facts: Facts, profile: Profile) -> list[Difference]:
    """Where *facts* differ from what is recorded; what the exchange does not tell differs from nothing."""
    found = [_compare_permissions(credential, facts), _compare_ips(credential, facts, profile)]
    for what, recorded, actual in (
        ("expires", credential.expires, facts.expires),
        ("issued", credential.issued, facts.created),
    ):
        if actual is not None and (recorded is None or abs(actual - recorded) >= _DAY):
            found.append(Difference(what, _date(recorded), _date(actual)))
    for what, known, told in (("uid", credential.uid, facts.uid), ("label", credential.label, facts.label)):
        if told and known != told:
            found.append(Difference(what, known or "not recorded", told))
    return [difference for difference in found if difference]


def _compare_permissions(credential: Credential, facts: Facts) -> Difference | None:
    recorded, actual = set(credential.permissions), set(facts.permissions)
    if recorded == actual or not facts.rights:
        return None
    return Difference(
        "permissions",
        ", ".join(sorted(recorded)) or "not recorded",
        ", ".join(sorted(actual)) or f"none that is known: {', '.join(facts.rights)}",
        loud="withdraw" in actual - recorded,
    )


def _compare_ips(credential: Credential, facts: Facts, profile: Profile) -> Difference | None:
    recorded = ", ".join(credential.ips) or "none recorded"
    if facts.ips is None:
        if not facts.bound or credential.ips:
            return None
        return Difference("ips", recorded, f"bound, to addresses that {profile.title} does not tell")
    known, actual = _networks(credential.ips), _networks(facts.ips)
    if known == actual:
        return None
    wider = bool(known) and (not actual or not actual <= known)
    return Difference("ips", recorded, ", ".join(facts.ips) or "any address", loud=wider)


def _networks(addresses: Iterable[str]) -> set[object]:
    """*addresses* in one way of writing; what is none stays as it is."""
    from ipaddress import ip_network

    found: set[object] = set()
    for address in addresses:
        try:
            found.add(ip_network(address, strict=False))
        except ValueError:
            found.add(address)
    return found


def _date(moment: int | None) -> str:
    from datetime import UTC, datetime

    return "not recorded" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")


def learned(facts: Facts) -> dict[str, Any]:
    """What a credential can record of *facts*, as changes to it; without what the exchange does not tell."""
    told = {
        "permissions": facts.permissions,
        "expires": facts.expires,
        "issued": facts.created,
        "uid": facts.uid,
        "label": facts.label,
    }
    changes = {key: value for key, value in told.items() if value}
    return changes if facts.ips is None else {**changes, "ips": facts.ips}
