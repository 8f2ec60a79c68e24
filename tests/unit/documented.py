"""Documented answers of the exchanges, in stored copies of 2026, and the facts that they stand for.

The keys are those of the examples.
"""

from __future__ import annotations

import copy
from typing import Any

from vault.exchanges import profiles
from vault.verify import check
from vault.verify.facts import KeyFacts, permissions

PROFILES = {name: profiles.load(name) for name in profiles.names() if profiles.load(name).verify}
SIGNED = [name for name in PROFILES if name != "hyperliquid"]
MODULES = {name: check.module_of(profile) for name, profile in PROFILES.items()}

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
DOCUMENTED: list[tuple[str, Any, KeyFacts]] = [
    (
        "okx",
        OKX,
        KeyFacts(
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
        KeyFacts(
            ("enablePortfolioMarginTrading", "enableReading"),
            ("read", "trade"),
            (),
            created=1698645219,
            bound=False,
        ),
    ),
    ("binance", BINANCE_ACCOUNT, KeyFacts(uid="354937868")),
    (
        "bybit",
        BYBIT,
        KeyFacts(
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
    ("coinbase", COINBASE, KeyFacts(("can_view", "can_trade", "can_transfer"), ALL, uid="<string>")),
    (
        "kraken",
        KRAKEN,
        KeyFacts(
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
        KeyFacts(
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
        KeyFacts(("stow", "coor"), ("read", "trade"), ("127.0.0.1",), uid="1234567890", bound=True),
    ),
    (
        "gate",
        GATE,
        KeyFacts(
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
        KeyFacts(
            ("account:read_write", "block_trade:read_write", "trade:read_write", "wallet:read_write"),
            ALL,
            state="enabled",
        ),
    ),
    (
        "deribit",
        DERIBIT,
        KeyFacts(("account:read", "trade:read_write"), ("read", "trade"), label="bots", account="main"),
    ),
]


def facts(exchange: str, answer: object, key: str = "") -> KeyFacts:
    """The facts in an answer about the example's key, or about *key*."""
    module, meaning = MODULES[exchange], PROFILES[exchange].rights.words
    found: KeyFacts = module.facts(answer, key or KEYS.get(exchange, "opjSlSOzqIeXROT5rq"))
    may = permissions(found.rights, meaning, getattr(module, "WRITING_READS", False))
    return found.changed(permissions=may)


def changed(answer: Any, *path: str | int, to: object) -> Any:
    """A copy of *answer* with another value at *path*; a key that is not there yet is added."""
    copied = copy.deepcopy(answer)
    inner = copied
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return copied
