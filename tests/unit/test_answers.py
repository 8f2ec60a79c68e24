"""What exchanges answer: documented examples give exact facts, anything else AnswerRefused and no more."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import NOW, okx_credential
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.credential.credential import Credential
from vault.errors import AnswerRefused
from vault.exchanges import profiles
from vault.verify import answers
from vault.verify.answers import Difference, Facts

PROFILES = {exchange: profiles.load(exchange) for exchange in answers.SIGNED_AS}
WORDS = {exchange: profile.rights.words for exchange, profile in PROFILES.items()}

# Examples of each exchange's documentation, in stored copies of 2026; the keys are those of the examples.
KEYS = {"gate": "c5dcfbf1f3a7aa11bb22cc33dd44ee55", "deribit": "aD-KFx-H"}

# OKX API v5, "Get account configuration" (2026-07-13).
OKX = {
    "code": "0",
    "data": [
        {
            "acctLv": "2",
            "acctStpMode": "cancel_maker",
            "autoLoan": False,
            "ip": "",
            "type": "0",
            "kycLv": "3",
            "label": "v5 test",
            "level": "Lv1",
            "mainUid": "44705892343619584",
            "perm": "read_only,withdraw,trade",
            "roleType": "0",
            "uid": "44705892343619584",
            "settleCcyList": ["USD", "USDC", "USDG"],
        }
    ],
    "msg": "",
}
# developers.binance.com, wallet, "Get API Key Permission".
BINANCE = {
    "ipRestrict": False,
    "createTime": 1698645219000,
    "enableInternalTransfer": False,
    "enableFutures": False,
    "enablePortfolioMarginTrading": True,
    "enableVanillaOptions": False,
    "permitsUniversalTransfer": False,
    "enableReading": True,
    "enableSpotAndMarginTrading": False,
    "enableWithdrawals": False,
    "enableMargin": False,
}
# binance-spot-api-docs, rest-api.md, "Account information", which is all that the test network has.
BINANCE_ACCOUNT = {
    "canTrade": True,
    "canWithdraw": True,
    "canDeposit": True,
    "accountType": "SPOT",
    "balances": [{"asset": "BTC", "free": "4723846.89208129", "locked": "0.00000000"}],
    "permissions": ["SPOT"],
    "uid": 354937868,
}
# bybit-exchange/docs@03212f4f, docs/v5/user/apikey-info.mdx.
BYBIT = {
    "retCode": 0,
    "retMsg": "",
    "result": {
        "id": "16651472",
        "note": "testxxx",
        "apiKey": "opjSlSOzqIeXROT5rq",
        "readOnly": 0,
        "secret": "",
        "permissions": {
            "ContractTrade": [],
            "Spot": [],
            "Wallet": ["AccountTransfer"],
            "Options": [],
            "Derivatives": [],
            "CopyTrading": [],
            "BlockTrade": [],
            "Exchange": [],
            "NFT": [],
        },
        "ips": ["*"],
        "type": 1,
        "deadlineDay": 88,
        "expiredAt": "2023-05-15T03:13:24Z",
        "createdAt": "2023-02-15T03:13:24Z",
        "userID": 53888001,
        "inviterID": 0,
        "vipLevel": "No VIP",
    },
    "retExtInfo": {},
    "time": 1676430843547,
}
# docs.cdp.coinbase.com, "Get API Key Permissions".
COINBASE = {
    "can_view": True,
    "can_trade": True,
    "can_transfer": True,
    "portfolio_uuid": "<string>",
    "portfolio_type": "UNDEFINED",
}
# docs.kraken.com, "Get API Key Info".
KRAKEN = {
    "error": [],
    "result": {
        "apiKeyName": "my-api-key",
        "apiKey": "4/SDrDBcOOPnm3nPlNfEMMJDeRcIVqPz+QhRxIodyZbI9po/aVRiHsgX",
        "nonce": "1772627060997",
        "nonceWindow": 0,
        "permissions": ["query-funds", "withdraw-funds", "query-open-trades", "modify-trades"],
        "iban": "AA88 N84G WOAK NMOI",
        "validUntil": "0",
        "queryFrom": "0",
        "queryTo": "0",
        "createdTime": "1772542900",
        "modifiedTime": "1772543095",
        "ipAllowlist": [],
        "lastUsed": "1772627061",
    },
}
# kucoin-universal-sdk 1.3.2, generate/account/account/api_account_test.py.
KUCOIN = {
    "code": "200000",
    "data": {
        "remark": "account1",
        "apiKey": "6705f5c311545b000157d3eb",
        "apiVersion": 3,
        "permission": "General,Futures,Spot,Earn,InnerTransfer,Transfer,Margin",
        "ipWhitelist": "203.**.154,103.**.34",
        "createdAt": 1728443843000,
        "uid": 165111215,
        "isMaster": True,
    },
}
# Bitget, spot/account/Get-Account-Info; the authorities are out of its table.
BITGET = {
    "code": "00000",
    "msg": "success",
    "requestTime": 1695808949356,
    "data": {
        "userId": "1234567890",
        "inviterId": "**********",
        "ips": "127.0.0.1",
        "authorities": ["stow", "coor"],
        "parentId": 1,
        "traderType": "trader",
        "channelCode": "XXX",
        "channel": "YYY",
        "regisTime": "1246566789345",
    },
}
# Bitget, uta/account/Get-Account-Info: an account of the unified kind.
BITGET_UNIFIED = {
    "code": "00000",
    "msg": "success",
    "requestTime": 1744617600000,
    "data": {
        "uid": "123456789",
        "inviterId": "987654321",
        "parentId": "",
        "ips": "192.168.1.1,192.168.1.2",
        "permType": "read-and-write",
        "permissions": ["uta_mgt", "uta_trade", "withdraw", "copy_futures_position", "copy_futures_order"],
        "regisTime": "1704067200000",
    },
}
# gate.io, developers/apiv4, "Query All Main Account Key Information".
GATE = [
    {
        "state": 1,
        "mode": 1,
        "name": "test1",
        "user_id": 1,
        "perms": [{"name": "account", "read_only": False}, {"name": "spot", "read_only": False}],
        "ip_whitelist": [],
        "currency_pairs": ["BTC_USD", "ETH_USD"],
        "key": "c5dcfbf1f3a7*****",
        "created_at": 1753030929,
        "update_at": 1756300567,
        "last_access": 1753030929,
    },
    {
        "state": 1,
        "mode": 1,
        "name": "test2",
        "user_id": 1,
        "perms": [{"name": "spot", "read_only": False}, {"name": "account", "read_only": False}],
        "ip_whitelist": [],
        "currency_pairs": ["BTC_USD", "ETH_USD"],
        "key": "52fd0035f665*****",
        "created_at": 1753897991,
        "update_at": 1756300567,
        "last_access": 1753897991,
    },
]
# docs.deribit.com, private/list_api_keys, with the secrets that its example shows.
DERIBIT_LIST: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 2553,
    "result": [
        {
            "timestamp": 1560236001108,
            "max_scope": "account:read block_trade:read trade:read_write wallet:read",
            "id": 1,
            "enabled": False,
            "default": False,
            "client_secret": "SjM57m1T2CfXZ4vZ76X1APjqRlJdtzHI8IwVXoQnfoM",
            "client_id": "TiA4AyLPq3",
            "name": "",
            "enabled_features": [],
        },
        {
            "timestamp": 1560236287708,
            "max_scope": "account:read_write block_trade:read_write trade:read_write wallet:read_write",
            "id": 2,
            "enabled": True,
            "default": True,
            "client_secret": "mwNOvbUVyQczytQ5IVM8CbzmgqNJ81WvLKfu6MXcJPs",
            "client_id": "aD-KFx-H",
            "name": "",
            "enabled_features": [],
        },
    ],
}
# docs.deribit.com, public/auth; the scope is one that articles/access-scope describes.
DERIBIT: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 9929,
    "result": {
        "access_token": "1582628593469.1MbQ-J_4.CBP-OqOwm_FBdMYj4cRK2dMXyHPfBtXGpzLxhWg31nHu3H_Q60FpE5",
        "expires_in": 31536000,
        "refresh_token": "1582628593469.1GP4rQd0.A9Wa78o5kFRIUP49mScaD1CqHgiK50HOl2VA6kCtWa8BQZU5",
        "scope": "connection mainaccount name:bots account:read trade:read_write wallet:none",
        "enabled_features": [],
        "token_type": "bearer",
    },
}
ALL = ("read", "trade", "withdraw")

# exchange, answer, facts
DOCUMENTED: list[tuple[str, Any, Facts]] = [
    (
        "okx",
        OKX,
        Facts(
            ("read_only", "withdraw", "trade"),
            ALL,
            (),
            uid="44705892343619584",
            label="v5 test",
            account="main",
            bound=False,
        ),
    ),
    (
        "binance",
        BINANCE,
        Facts(
            ("enablePortfolioMarginTrading", "enableReading"),
            ("read", "trade"),
            (),
            created=1698645219,
            bound=False,
        ),
    ),
    ("binance", BINANCE_ACCOUNT, Facts(uid="354937868")),
    (
        "bybit",
        BYBIT,
        Facts(
            ("readWrite", "AccountTransfer"),
            ("read", "trade"),
            (),
            1684120404,
            1676430804,
            uid="53888001",
            label="testxxx",
            bound=False,
        ),
    ),
    ("coinbase", COINBASE, Facts(("can_view", "can_trade", "can_transfer"), ALL, uid="<string>")),
    (
        "kraken",
        KRAKEN,
        Facts(
            ("query-funds", "withdraw-funds", "query-open-trades", "modify-trades"),
            ALL,
            (),
            None,
            1772542900,
            1772627061,
            "AA88 N84G WOAK NMOI",
            "my-api-key",
            bound=False,
        ),
    ),
    (
        "kucoin",
        KUCOIN,
        Facts(
            ("General", "Futures", "Spot", "Earn", "InnerTransfer", "Transfer", "Margin"),
            ALL,
            created=1728443843,
            uid="165111215",
            label="account1",
            account="main",
            bound=True,
        ),
    ),
    (
        "bitget",
        BITGET,
        Facts(("stow", "coor"), ("read", "trade"), ("127.0.0.1",), uid="1234567890", bound=True),
    ),
    (
        "gate",
        GATE,
        Facts(
            ("account:write", "spot:write"),
            ("read", "trade"),
            (),
            None,
            1753030929,
            1753030929,
            "1",
            "test1",
            "main",
            "normal",
            bound=False,
        ),
    ),
    (
        "deribit",
        DERIBIT_LIST,
        Facts(
            ("account:read_write", "block_trade:read_write", "trade:read_write", "wallet:read_write"),
            ALL,
            state="enabled",
        ),
    ),
    (
        "deribit",
        DERIBIT,
        Facts(("account:read", "trade:read_write"), ("read", "trade"), label="bots", account="main"),
    ),
]


def facts(exchange: str, answer: object) -> Facts:
    """The facts in an answer about the example's key."""
    return answers.facts(exchange, answer, KEYS.get(exchange, "opjSlSOzqIeXROT5rq"), WORDS[exchange])


def changed(answer: Any, *path: str | int, to: object) -> Any:
    """A copy of *answer* with another value at *path*; a key that is not there yet is added."""
    copied = copy.deepcopy(answer)
    inner = copied
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return copied


# --- facts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("exchange", "answer", "expected"), DOCUMENTED)
def test_a_documented_answer_is_understood(exchange: str, answer: object, expected: Facts) -> None:
    """It is no refusal, and gives these facts, no more and no fewer."""
    assert answers.refusal(exchange, answer) is None
    assert expected == facts(exchange, answer)


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
    expected = facts("gate", GATE) if found else Facts()
    assert expected == facts("gate", changed(GATE, 0, "key", to=shown))


def test_two_keys_that_look_alike_are_not_told_apart() -> None:
    """Rather no facts than another key's."""
    assert Facts() == facts("gate", changed(GATE, 1, "key", to=GATE[0]["key"]))


def test_another_accounts_keys_are_not_ours() -> None:
    """A key that is not in the list has no facts."""
    assert Facts() == answers.facts("gate", GATE, "0" * 32, WORDS["gate"])
    assert Facts() == answers.facts("deribit", DERIBIT_LIST, "none", WORDS["deribit"])


def test_one_key_instead_of_a_list() -> None:
    """Gate's typings give main_keys as one object too, about the key that asks."""
    assert facts("gate", GATE) == facts("gate", GATE[0])


def test_texts_lose_what_cannot_be_seen() -> None:
    """Escape sequences, direction marks, line breaks and length."""
    label = "\x1b[2Jgood\u202e\u200b\r\n\u2028" + "x" * 500
    told = facts("okx", changed(OKX, "data", 0, "label", to=label)).label
    assert told == ("[2Jgood" + "x" * 500)[: answers.MAX_TEXT]


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
    assert expected == answers.agent(answer)


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
    expected = Facts(("agent",), ("trade",), expires=expires, label=label)
    assert expected == answers.agent_facts(AGENTS, address, profiles.load("hyperliquid").rights.words)


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
    assert expected == answers.refusal(exchange, answer)


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
    assert answers.refusal(exchange, answer) is None
    assert expected == answers.moment(exchange, answer)


def test_every_exchange_has_a_time() -> None:
    """All that sign requests tell theirs."""
    assert set(answers.SIGNED_AS) == {exchange for exchange, _, _ in TIMES}


@pytest.mark.parametrize(
    "stamp", ["0", "", "-1", "1499999999999", "253402300800000", "9" * 5000, 1.5, True, None]
)
def test_a_time_that_is_none(stamp: object) -> None:
    """Before 2017, after 9999, or no number."""
    with pytest.raises(AnswerRefused):
        answers.moment("okx", {"code": "0", "data": [{"ts": stamp}]})


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
    for question in (answers.refusal, answers.moment):
        try:
            question(exchange, answer)
        except AnswerRefused as error:
            assert len(str(error)) < 200
    try:
        told = facts(exchange, answer)
    except AnswerRefused as error:
        assert len(str(error)) < 200
        return
    assert all(text.isprintable() for text in (told.uid, told.label, told.account, told.state, *told.rights))
    credential = okx_credential(**answers.learned(told))
    assert credential == Credential.from_plain(credential.to_plain())
    answers.compare(okx_credential(), told, PROFILES[exchange])


@pytest.mark.parametrize(("exchange", "answer"), [(name, answer) for name, answer, _ in DOCUMENTED])
def test_one_odd_value_anywhere(exchange: str, answer: Any) -> None:
    """Each value of a documented answer replaced by others of every type: never another exception."""
    for path in places(answer):
        for odd in ODD:
            judged(exchange, changed(answer, *path, to=odd))


@pytest.mark.parametrize(("exchange", "answer", "_"), DOCUMENTED)
def test_one_missing_value_anywhere(exchange: str, answer: Any, _: Facts) -> None:
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
@pytest.mark.parametrize("exchange", answers.SIGNED_AS)
def test_any_json_at_all(exchange: str, answer: object) -> None:
    """Whatever it is, it is understood or refused."""
    judged(exchange, answer)


@settings(max_examples=40, deadline=None)
@given(answer=ANY)
def test_any_json_about_an_agent(answer: object) -> None:
    """The same for Hyperliquid's two answers."""
    for question in (
        lambda: answers.agent(answer),
        lambda: answers.agent_facts(answer, ADDRESS, {}),
        lambda: answers.refusal("hyperliquid", answer),
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


# --- against what is recorded -----------------------------------------------------------------------------

TOLD = Facts(
    rights=("read_only", "trade"),
    permissions=("read", "trade"),
    ips=("203.0.113.7",),
    expires=NOW + 86400 * 30,
    created=NOW - 86400,
    uid="7",
    label="bots",
    bound=True,
)
RECORDED: dict[str, Any] = {
    "permissions": ("read", "trade"),
    "ips": ("203.0.113.7/32",),
    "expires": NOW + 86400 * 30 + 3600,
    "issued": NOW - 86400,
    "uid": "7",
    "label": "bots",
}


def compared(told: Facts = TOLD, **recorded: Any) -> list[Difference]:
    """The differences of *told* from a credential with these attributes."""
    return answers.compare(okx_credential(**{**RECORDED, **recorded}), told, profiles.load("okx"))


def test_what_is_recorded_rightly_differs_in_nothing() -> None:
    """An address may be written as a network, and a date may be off by hours."""
    assert [] == compared()


def test_what_is_not_told_differs_in_nothing() -> None:
    """An exchange that says nothing contradicts nothing."""
    assert [] == compared(Facts())


@pytest.mark.parametrize(
    ("recorded", "told", "expected"),
    [
        ({"permissions": ()}, {}, Difference("permissions", "not recorded", "read, trade")),
        ({"permissions": ("read",)}, {}, Difference("permissions", "read", "read, trade")),
        (
            {},
            {"permissions": ("read", "trade", "withdraw")},
            Difference("permissions", "read, trade", "read, trade, withdraw", loud=True),
        ),
        (
            {"permissions": ()},
            {"permissions": ("withdraw",)},
            Difference("permissions", "not recorded", "withdraw", loud=True),
        ),
        (
            {"permissions": ("read", "withdraw")},
            {},
            Difference("permissions", "read, withdraw", "read, trade"),
        ),
        (
            {},
            {"permissions": (), "rights": ("sing",)},
            Difference("permissions", "read, trade", "none that is known: sing"),
        ),
        ({"ips": ()}, {}, Difference("ips", "none recorded", "203.0.113.7")),
        ({}, {"ips": (), "bound": False}, Difference("ips", "203.0.113.7/32", "any address", loud=True)),
        (
            {},
            {"ips": ("203.0.113.7", "198.51.100.1")},
            Difference("ips", "203.0.113.7/32", "203.0.113.7, 198.51.100.1", loud=True),
        ),
        (
            {"ips": ("203.0.113.7", "198.51.100.1")},
            {},
            Difference("ips", "203.0.113.7, 198.51.100.1", "203.0.113.7"),
        ),
        (
            {"ips": ()},
            {"ips": None},
            Difference("ips", "none recorded", "bound, to addresses that OKX does not tell"),
        ),
        ({"expires": None}, {}, Difference("expires", "not recorded", "2026-10-21")),
        ({"expires": NOW}, {}, Difference("expires", "2026-09-21", "2026-10-21")),
        ({"issued": None}, {}, Difference("issued", "not recorded", "2026-09-20")),
        ({"uid": "8"}, {}, Difference("uid", "8", "7")),
        ({"label": ""}, {}, Difference("label", "not recorded", "bots")),
    ],
)
def test_a_difference(recorded: dict[str, Any], told: dict[str, Any], expected: Difference) -> None:
    """In a person's words; loud when the key can do or admits more than its owner recorded."""
    assert [expected] == compared(TOLD.changed(**told), **recorded)


def test_recorded_addresses_that_cannot_be_compared() -> None:
    """Binance and KuCoin do not tell which addresses: what is recorded stays."""
    assert [] == compared(TOLD.changed(ips=None, bound=True))


def test_what_can_be_learned() -> None:
    """Everything that is told, as changes to a credential, which then differs in nothing."""
    changes = answers.learned(TOLD)
    assert {"permissions", "ips", "expires", "issued", "uid", "label"} == set(changes)
    assert [] == answers.compare(okx_credential(**changes), TOLD, profiles.load("okx"))


def test_unbound_is_learned_too() -> None:
    """No address is a fact; none told is not."""
    assert {"ips": ()} == answers.learned(Facts(ips=()))
    assert {} == answers.learned(Facts())


def test_the_answers_of_this_file_are_json() -> None:
    """As an exchange could send them."""
    for _, answer, _ in DOCUMENTED:
        assert answer == json.loads(json.dumps(answer))
