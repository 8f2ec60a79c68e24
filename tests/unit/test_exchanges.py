"""What exchanges answer: documented examples give exact facts, anything else AnswerRefused and no more."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import okx_credential
from documented import (
    ALL,
    BINANCE,
    BITGET,
    BITGET_UNIFIED,
    BYBIT,
    COINBASE,
    DERIBIT,
    DERIBIT_LIST,
    DOCUMENTED,
    GATE,
    KEYS,
    KRAKEN,
    KUCOIN,
    MODULES,
    OKX,
    PROFILES,
    SIGNED,
    changed,
    facts,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.credential.credential import Credential
from vault.errors import AnswerRefused, ExchangeError, InvalidCredential
from vault.verify import check, hyperliquid
from vault.verify.facts import KeyFacts, compare, learned

# --- facts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("exchange", "answer", "expected"), DOCUMENTED)
def test_a_documented_answer_is_understood(exchange: str, answer: object, expected: KeyFacts) -> None:
    """It is no refusal, and gives these facts, no more and no fewer."""
    assert MODULES[exchange].refusal(answer) is None
    assert expected == facts(exchange, answer)


@pytest.mark.promise(11)
def test_secrets_in_an_answer_go_nowhere() -> None:
    """Deribit's list shows every key's secret, its login two tokens: no fact has them."""
    told = repr([facts("deribit", DERIBIT_LIST), facts("deribit", DERIBIT)])
    secrets = [entry["client_secret"] for entry in DERIBIT_LIST["result"]]
    secrets += [DERIBIT["result"][name] for name in ("access_token", "refresh_token")]
    assert [] == [secret for secret in secrets if secret in told]


# exchange, answer, path of what is changed, its new value, the facts that it changes
VARIANTS: list[tuple[str, Any, tuple[str | int, ...], object, dict[str, object]]] = [
    (
        "okx",
        OKX,
        ("data", 0, "ip"),
        "203.0.113.7, 2001:db8::/48",
        {"ips": ("203.0.113.7", "2001:db8::/48"), "bound": True},
    ),
    ("okx", OKX, ("data", 0, "uid"), "7", {"uid": "7", "account": "sub"}),
    ("okx", OKX, ("data", 0, "mainUid"), None, {"account": ""}),
    ("okx", OKX, ("data", 0, "perm"), "", {"rights": (), "permissions": ()}),
    (
        "okx",
        OKX,
        ("data", 0, "perm"),
        "read_only,withdraw_all",
        {"rights": ("read_only", "withdraw_all"), "permissions": ("read", "withdraw")},
    ),
    (
        "okx",
        OKX,
        ("data", 0, "perm"),
        "read_only,sing",
        {"rights": ("read_only", "sing"), "permissions": ("read",)},
    ),
    ("binance", BINANCE, ("ipRestrict",), True, {"ips": None, "bound": True}),
    (
        "binance",
        BINANCE,
        ("enableWithdrawals",),
        True,
        {
            "rights": ("enablePortfolioMarginTrading", "enableReading", "enableWithdrawals"),
            "permissions": ALL,
        },
    ),
    ("binance", BINANCE, ("tradingAuthorityExpirationTime",), 1628985600000, {"expires": 1628985600}),
    ("bybit", BYBIT, ("result", "readOnly"), 1, {"rights": ("readOnly",), "permissions": ("read",)}),
    ("bybit", BYBIT, ("result", "ips"), ["203.0.113.7"], {"ips": ("203.0.113.7",), "bound": True}),
    ("bybit", BYBIT, ("result", "expiredAt"), "", {"expires": None}),
    ("bybit", BYBIT, ("result", "expiredAt"), "1970-01-01T00:00:00Z", {"expires": None}),
    ("bybit", BYBIT, ("result", "expiredAt"), "0001-01-01T00:00:00Z", {"expires": None}),
    ("bybit", BYBIT, ("result", "isMaster"), False, {"account": "sub"}),
    (
        "bybit",
        BYBIT,
        ("result", "permissions", "Wallet"),
        ["Withdraw"],
        {"rights": ("readWrite", "Withdraw"), "permissions": ("read", "withdraw")},
    ),
    (
        "coinbase",
        COINBASE,
        ("can_transfer",),
        False,
        {"rights": ("can_view", "can_trade"), "permissions": ("read", "trade")},
    ),
    ("kraken", KRAKEN, ("result", "validUntil"), "1790000000", {"expires": 1790000000}),
    ("kraken", KRAKEN, ("result", "lastUsed"), "0", {"last_used": None}),
    ("kucoin", KUCOIN, ("data", "ipWhitelist"), "", {"ips": (), "bound": False}),
    ("kucoin", KUCOIN, ("data", "isMaster"), False, {"account": "sub"}),
    ("kucoin", KUCOIN, ("data", "ipWhitelist"), None, {"bound": None}),
    ("bitget", BITGET, ("data", "parentId"), 1234567890, {"account": "main"}),
    (
        "bitget",
        BITGET,
        ("data", "authorities"),
        ["wwow"],
        {"rights": ("wwow",), "permissions": ("read", "withdraw")},
    ),
    ("gate", GATE, (0, "state"), 3, {"state": "frozen"}),
    ("gate", GATE, (0, "state"), 9, {"state": "9"}),
    ("gate", GATE, (0, "ip_whitelist"), ["127.0.0.1"], {"ips": ("127.0.0.1",), "bound": True}),
    ("gate", GATE, (0, "perms", 1, "read_only"), True, {"rights": ("account:write", "spot:read")}),
    (
        "deribit",
        DERIBIT_LIST,
        ("result", 1, "ip_whitelist"),
        ["203.0.113.7"],
        {"ips": ("203.0.113.7",), "bound": True},
    ),
    ("deribit", DERIBIT_LIST, ("result", 1, "enabled"), False, {"state": "disabled"}),
    (
        "deribit",
        DERIBIT,
        ("result", "scope"),
        "account:none trade:none",
        {"rights": (), "permissions": (), "label": "", "account": ""},
    ),
]


@pytest.mark.parametrize(("exchange", "answer", "path", "value", "differs"), VARIANTS)
def test_what_an_answer_says_otherwise(
    exchange: str, answer: Any, path: tuple[str | int, ...], value: object, differs: dict[str, object]
) -> None:
    """One value of the documented example changed, and the facts that follow from it."""
    expected = facts(exchange, answer).changed(**differs)
    assert expected == facts(exchange, changed(answer, *path, to=value))


def test_bitgets_unified_account() -> None:
    """Its other answer, about what its profile may not have words for: withdraw speaks for itself."""
    told = facts("bitget", BITGET_UNIFIED)
    assert ("read-and-write", "uta_mgt", "uta_trade", "withdraw") == told.rights[:4]
    assert "withdraw" in told.permissions
    assert (("192.168.1.1", "192.168.1.2"), "main") == (told.ips, told.account)
    told = facts("bitget", changed(BITGET_UNIFIED, "data", "permType", to="read-only"))
    assert ("read-only",) == told.rights
    assert "sub" == facts("bitget", changed(BITGET_UNIFIED, "data", "parentId", to="1")).account


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (KEYS["gate"], True),
        ("c5dcfbf1f3a7*****", True),
        ("c5dcfbf1f3a7*****ee55", True),
        ("c5dcfbf1f3a7*****ee56", False),
        ("c5dcf*****", False),
        ("*****", False),
        ("c5dcfbf1f3a7", False),
        ("", False),
        (KEYS["gate"] + "*", False),
    ],
)
def test_a_key_is_found_by_what_is_shown_of_it(shown: str, found: bool) -> None:
    """Gate shows the beginning of each key; what fits too few characters is no match."""
    expected = facts("gate", GATE) if found else KeyFacts()
    assert expected == facts("gate", changed(GATE, 0, "key", to=shown))


def test_two_keys_that_look_alike_are_not_told_apart() -> None:
    """Rather no facts than another key's."""
    assert KeyFacts() == facts("gate", changed(GATE, 1, "key", to=GATE[0]["key"]))


def test_another_accounts_keys_are_not_ours() -> None:
    """A key that is not in the list has no facts."""
    assert KeyFacts() == facts("gate", GATE, "0" * 32)
    assert KeyFacts() == facts("deribit", DERIBIT_LIST, "none")


def test_one_key_instead_of_a_list() -> None:
    """Gate's typings give main_keys as one object too, about the key that asks."""
    assert facts("gate", GATE) == facts("gate", GATE[0])


# --- Hyperliquid ------------------------------------------------------------------------------------------

ADDRESS = "0x1715462edd45a87eea74e402428392ffc744eb20"
# docs.chainstack.com, hyperliquid-info-extraagents.
AGENTS = [
    {"name": "Mobile QR", "address": ADDRESS, "validUntil": 1756349176478},
    {"name": "p1", "address": "0xd56a73c11336d712403d346c7502f5af29027cda", "validUntil": 1766846919956},
]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"role": "user"}, ("user", "")),
        ({"role": "missing"}, ("missing", "")),
        ({"role": "agent", "data": {"user": "0xABCD"}}, ("agent", "0xabcd")),
        ({"role": "subAccount", "data": {"master": "0xABCD"}}, ("subAccount", "")),
    ],
)
def test_the_role_of_an_address(answer: object, expected: tuple[str, str]) -> None:
    """As docs.chainstack.com, hyperliquid-info-user-role, shows them."""
    assert expected == hyperliquid.role_of(answer)


@pytest.mark.parametrize(
    ("address", "label", "expires"),
    [
        (ADDRESS, "Mobile QR", 1756349176),
        (ADDRESS.upper().replace("0X", "0x"), "Mobile QR", 1756349176),
        ("0x" + "0" * 40, "", None),
    ],
)
def test_the_facts_of_an_agent(address: str, label: str, expires: int | None) -> None:
    """By its address, whatever the case; one without a name is not listed, and an agent all the same."""
    expected = KeyFacts(("agent",), ("trade",), expires=expires, label=label)
    assert expected == facts("hyperliquid", AGENTS, address)


# --- refusals ---------------------------------------------------------------------------------------------

REFUSALS: list[tuple[str, Any, tuple[str, str]]] = [
    ("okx", {"code": "50113", "msg": "Invalid Sign", "data": []}, ("50113", "Invalid Sign")),
    ("binance", {"code": -2014, "msg": "API-key format invalid."}, ("-2014", "API-key format invalid.")),
    (
        "bybit",
        {"retCode": 10003, "retMsg": "API key is invalid.", "result": {}},
        ("10003", "API key is invalid."),
    ),
    ("coinbase", {"error": "unknown", "error_details": "x", "message": "x"}, ("unknown", "x")),
    (
        "coinbase",
        {"errors": [{"id": "authentication_error", "message": "invalid signature"}]},
        ("authentication_error", "invalid signature"),
    ),
    ("kraken", {"error": ["EAPI:Invalid key"]}, ("EAPI:Invalid key", "")),
    ("kucoin", {"code": "400003", "msg": "KC-API-KEY not exists"}, ("400003", "KC-API-KEY not exists")),
    ("bitget", {"code": "40015", "msg": "", "requestTime": 1, "data": None}, ("40015", "")),
    (
        "gate",
        {"label": "INVALID_KEY", "message": "Invalid key provided"},
        ("INVALID_KEY", "Invalid key provided"),
    ),
    ("gate", {"label": "INVALID_ARGUMENT", "detail": "invalid size"}, ("INVALID_ARGUMENT", "")),
    (
        "deribit",
        {"jsonrpc": "2.0", "error": {"message": "invalid_credentials", "code": 13004}},
        ("13004", "invalid_credentials"),
    ),
    (
        "deribit",
        {"result": {"security_key_authorization_required": True, "challenge": "x"}},
        ("security_key_authorization_required", ""),
    ),
    ("hyperliquid", {"error": "no such request"}, ("no such request", "no such request")),
    ("okx", {"code": "\x1b[31m50113\n<b>"}, ("31m50113b", "")),
    ("okx", {"code": "\u202e"}, ("an odd one", "")),
    ("okx", {"code": 10**40}, ("a huge number", "")),
    ("okx", {"code": "x" * 500, "msg": "y" * 5000}, ("x" * 60, "y" * 400)),
]


@pytest.mark.parametrize(("exchange", "answer", "expected"), REFUSALS)
def test_a_refusal_has_a_code(exchange: str, answer: object, expected: tuple[str, str]) -> None:
    """The exchange's own, in characters that a terminal may be sent, and its message."""
    assert expected == MODULES[exchange].refusal(answer)


# --- the clock --------------------------------------------------------------------------------------------

TIMES: list[tuple[str, Any, int]] = [
    ("okx", {"code": "0", "msg": "", "data": [{"ts": "1597026383085"}]}, 1597026383085),
    ("binance", {"serverTime": 1579826319559}, 1579826319559),
    (
        "bybit",
        {
            "retCode": 0,
            "result": {"timeSecond": "1688639403", "timeNano": "1688639403423213947"},
            "time": 1688639403423,
        },
        1688639403423,
    ),
    (
        "coinbase",
        {"iso": "2023-11-07T05:31:56Z", "epochSeconds": "1699335116", "epochMillis": "1699335116123"},
        1699335116123,
    ),
    (
        "kraken",
        {"error": [], "result": {"unixtime": 1688669448, "rfc1123": "Thu, 06 Jul 23 18:50:48 +0000"}},
        1688669448500,
    ),
    ("kucoin", {"code": "200000", "data": 1729100692873}, 1729100692873),
    (
        "bitget",
        {"code": "00000", "msg": "success", "requestTime": 1, "data": {"serverTime": "1688008631614"}},
        1688008631614,
    ),
    ("gate", {"server_time": 1597026383085}, 1597026383085),
    ("deribit", {"jsonrpc": "2.0", "result": 1550147385946, "usIn": 1550147385946000}, 1550147385946),
]


@pytest.mark.parametrize(("exchange", "answer", "expected"), TIMES)
def test_the_time_in_an_answer(exchange: str, answer: object, expected: int) -> None:
    """The documented example, in milliseconds; Kraken's whole second is taken at its middle."""
    assert MODULES[exchange].refusal(answer) is None
    assert expected == MODULES[exchange].clock(answer)


def test_every_exchange_has_a_time() -> None:
    """Each that signs requests has one."""
    assert set(SIGNED) == {exchange for exchange, _, _ in TIMES}


# --- answers of another form ------------------------------------------------------------------------------

ODD: list[object] = [
    None,
    True,
    False,
    0,
    -1,
    2,
    10**5000,
    1.5,
    float("inf"),
    "",
    "\x00",
    "x" * 5_000,
    [],
    {},
    [[]],
    [{}],
    [None],
    {"a": {}},
    ["a"] * 1000,
    [["a"]],
    "a,b",
    "1,2",
    "\ud800",
    "2023-02-31T00:00:00Z",
]


def places(answer: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value in *answer*."""
    steps: Any = (
        range(len(answer)) if isinstance(answer, list) else answer if isinstance(answer, dict) else ()
    )
    for step in steps:
        yield (*path, step)
        yield from places(answer[step], (*path, step))


def judged(exchange: str, answer: object) -> None:
    """Whatever is asked of the answer gives something that can be recorded, or AnswerRefused."""
    for question in (MODULES[exchange].refusal, MODULES[exchange].clock):
        try:
            question(answer)
        except AnswerRefused as error:
            assert len(str(error)) < 200
    try:
        told = facts(exchange, answer)
    except AnswerRefused as error:
        assert len(str(error)) < 200
        return
    assert all(text.isprintable() for text in (told.uid, told.label, told.account, told.state, *told.rights))
    credential = okx_credential(**learned(told))
    assert credential == Credential.from_plain(credential.to_plain())
    compare(okx_credential(), told, PROFILES[exchange])


@pytest.mark.promise(11)
@pytest.mark.parametrize(("exchange", "answer"), [(name, answer) for name, answer, _ in DOCUMENTED])
def test_one_odd_value_anywhere(exchange: str, answer: Any) -> None:
    """Each value of a documented answer replaced by others of every type: never another exception."""
    for path in places(answer):
        for odd in ODD:
            judged(exchange, changed(answer, *path, to=odd))


@pytest.mark.parametrize(("exchange", "answer", "_"), DOCUMENTED)
def test_one_missing_value_anywhere(exchange: str, answer: Any, _: KeyFacts) -> None:
    """Each value of a documented answer left out."""
    for path in places(answer):
        copied = copy.deepcopy(answer)
        inner = copied
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]
        judged(exchange, copied)


NAMES = sorted(
    {step for _, answer, _ in DOCUMENTED for path in places(answer) for step in path if isinstance(step, str)}
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.sampled_from(NAMES),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=8)
    ),
    max_leaves=30,
)


@settings(max_examples=20, deadline=None)
@given(answer=ANY)
@pytest.mark.parametrize("exchange", SIGNED)
def test_any_json_at_all(exchange: str, answer: object) -> None:
    """Whatever it is, it is understood or refused."""
    judged(exchange, answer)


@settings(max_examples=40, deadline=None)
@given(answer=ANY)
def test_any_json_about_an_agent(answer: object) -> None:
    """The same for Hyperliquid's two answers."""
    for question in (
        lambda: hyperliquid.role_of(answer),
        lambda: hyperliquid.facts(answer, ADDRESS),
        lambda: hyperliquid.refusal(answer),
    ):
        try:
            question()
        except AnswerRefused:
            pass


@pytest.mark.parametrize(
    ("exchange", "answer"),
    [
        ("okx", {"code": "0", "data": []}),
        ("okx", changed(OKX, "data", 0, "perm", to=None)),
        ("okx", changed(OKX, "data", 0, "perm", to=",".join(f"right{n}" for n in range(101)))),
        ("binance", {}),
        ("binance", changed(BINANCE, "enableWithdrawals", to="true")),
        ("bybit", changed(BYBIT, "result", "readOnly", to=None)),
        ("coinbase", {"portfolio_uuid": "x"}),
        ("kraken", {"error": [], "result": None}),
        ("kraken", changed(KRAKEN, "result", "validUntil", to=True)),
        ("gate", [changed(GATE[0], "perms", to=None)]),
        ("gate", {"user_id": 1, "ip_whitelist": []}),
        ("deribit", {"result": {"scope": None}}),
    ],
)
def test_what_an_answer_must_have(exchange: str, answer: object) -> None:
    """What a key may do is never taken to be nothing because it was not said."""
    with pytest.raises(AnswerRefused):
        facts(exchange, answer)


def test_the_answers_of_this_file_are_json() -> None:
    """As an exchange could send them."""
    for _, answer, _ in DOCUMENTED:
        assert answer == json.loads(json.dumps(answer))


# --- finding the module -----------------------------------------------------------------------------------


def test_every_exchange_with_a_test_request_has_its_module() -> None:
    """A file by its name, with all that asking it takes."""
    for name, module in MODULES.items():
        assert f"{name}.py" == Path(module.__file__).name
        parts = ["sign", "refusal", "facts", "inquire" if name == "hyperliquid" else "clock"]
        assert [] == [part for part in parts if not callable(getattr(module, part, None))]


@pytest.mark.parametrize("name", ["mtgox", "check", "wire", "facts", "request", "refusals", "line", "answer"])
def test_a_module_that_is_not_an_exchange_is_not_one(name: str) -> None:
    """A person's own profile may have any name: without a module of its own it cannot be asked."""
    with pytest.raises(ExchangeError, match="cannot sign"):
        check.module_of(PROFILES["okx"].changed(name=name))


@pytest.mark.parametrize("name", ["", "../okx", "okx.sign", ".okx", "os"])
def test_nothing_outside_of_the_folder_is_imported(name: str) -> None:
    """A name has no dot and no slash, and is looked for beside the exchanges only."""
    with pytest.raises((ExchangeError, InvalidCredential)):
        check.module_of(PROFILES["okx"].changed(name=name))
