"""The test request, against exchanges that verify it.

A refusal must be the right class, with the cause in its words; nothing of the credential may be in it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import standins
from asking import KEY, ask, refusal
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from okx_standin import Standin

from vault import errors


@pytest.fixture
def okx() -> Iterator[Standin]:
    """A stand-in of this test's own."""
    with Standin() as standin:
        yield standin


# --- OKX, as it should be ---------------------------------------------------------------------------------


def test_a_good_key_is_described(okx: Standin) -> None:
    """Rights, addresses, account and name are the key's own, after one unsigned and one signed request."""
    key = okx.create_key(perm="read_only,trade", ip="127.0.0.0/8,2001:db8::1", label="bots")
    report = ask(key, base_url=okx.url)
    assert (("read_only", "trade"), ("read", "trade")) == (report.facts.rights, report.facts.permissions)
    assert (("127.0.0.0/8", "2001:db8::1"), "bots", "main") == (
        report.facts.ips,
        report.facts.label,
        report.facts.account,
    )
    assert [("/api/v5/public/time", "0"), ("/api/v5/account/config", "0")] == okx.log
    assert okx.url.removeprefix("http://") == report.host


def test_a_key_of_a_sub_account_is_told(okx: Standin) -> None:
    """Its uid is not the main account's."""
    facts = ask(okx.create_key(sub=True), base_url=okx.url).facts
    assert ("sub", "44705892343619585") == (facts.account, facts.uid)


def test_a_demo_key_is_asked_as_one(okx: Standin) -> None:
    """The profile's header says that it belongs to demo trading."""
    assert ask(okx.create_key(demo=True), base_url=okx.url, environment="demo").facts.rights


def test_the_balance_proves_the_key_and_shows_nothing(okx: Standin) -> None:
    """The signed request of the balance, instead of the one that describes the key; no amount is kept."""
    report = ask(okx.create_key(), base_url=okx.url, balance=True)
    assert ("/api/v5/account/balance", "0") == okx.log[-1]
    assert len(okx.log) == 2
    assert "1234" not in repr(report)


def test_the_clocks_are_compared() -> None:
    """Half a minute of a difference is told, in milliseconds, ahead being positive."""
    with Standin(ahead=-20) as okx:
        report = ask(okx.create_key(), base_url=okx.url)
    assert report.skew_ms is not None
    assert 19_000 < report.skew_ms < 21_000


# --- OKX refuses ------------------------------------------------------------------------------------------


def test_an_unknown_key_may_be_of_another_site(okx: Standin) -> None:
    """50119: the site is named, and the hint is another one."""
    error = refusal(errors.KeyRejected, base_url=okx.url, region="eea")
    assert "OKX's EEA site knows no such key" in str(error)
    error = refusal(errors.KeyRejected, base_url=okx.url)
    assert "this credential has no region" in error.hint
    assert "vault edit okx-main --region eea" in error.hint


def test_key_and_secret_swapped(okx: Standin) -> None:
    """50111: what is no key at all."""
    swapped = {**KEY, "api_key": KEY["secret_key"], "secret_key": KEY["api_key"]}
    assert "knows no such key" in str(refusal(errors.KeyRejected, swapped, base_url=okx.url))


def test_a_wrong_secret(okx: Standin) -> None:
    """50113: the secret does not belong to the key."""
    wrong = {**okx.create_key(), "secret_key": KEY["secret_key"]}
    error = refusal(errors.KeyRejected, wrong, base_url=okx.url)
    assert "the secret key is not the one that belongs to this API key" in str(error)


def test_a_wrong_passphrase(okx: Standin) -> None:
    """50105, and that it is not the account's password."""
    wrong = {**okx.create_key(), "passphrase": KEY["passphrase"]}
    error = refusal(errors.KeyRejected, wrong, base_url=okx.url)
    assert "the passphrase is not" in str(error)
    assert "not the password of the account" in error.hint


@pytest.mark.parametrize(
    ("demo", "environment", "way"), [(True, "live", "--demo"), (False, "demo", "--live")]
)
def test_a_key_of_the_other_environment(okx: Standin, demo: bool, environment: str, way: str) -> None:
    """50101: the hint is the command that corrects the record."""
    key = okx.create_key(demo=demo)
    error = refusal(errors.KeyRejected, key, base_url=okx.url, environment=environment)
    assert f"not belong to OKX's {environment} environment" in str(error)
    assert f"vault edit okx-main {way}" in error.hint


def test_another_address_than_the_bound_ones(okx: Standin) -> None:
    """50110: the address that OKX saw, and how many are bound."""
    key, bound = okx.create_key(ip="203.0.113.9"), ("203.0.113.9", "198.51.100.0/24", "2001:db8::1")
    error = refusal(errors.AddressRejected, key, base_url=okx.url, ips=bound)
    assert "your address 127.0.0.1 is not among the 3 that this key is bound to" in str(error)
    assert "203.0.113.9" in error.hint


def test_a_frozen_key(okx: Standin) -> None:
    """50100."""
    key = okx.create_key(frozen=True)
    assert "frozen" in str(refusal(errors.KeyRejected, key, base_url=okx.url))


def test_too_many_requests(okx: Standin) -> None:
    """50011 comes with HTTP 429."""
    okx.limited = True
    assert "fewer requests" in str(refusal(errors.RateLimited, okx.create_key(), base_url=okx.url))


@pytest.mark.promise(11)
@pytest.mark.parametrize(("ahead", "side"), [(40, "behind"), (-40, "ahead of")])
def test_a_clock_that_is_off_signs_nothing(ahead: float, side: str) -> None:
    """Beyond the 30 seconds that OKX allows: the difference is told, and no key was sent."""
    with Standin(ahead=ahead) as okx:
        error = refusal(errors.ClockOff, okx.create_key(), base_url=okx.url)
        assert [("/api/v5/public/time", "0")] == okx.log
    assert f"s {side} OKX's" in str(error)
    assert any(f"{seconds}." in str(error) for seconds in (39, 40))
    assert "timedatectl" in error.hint


# --- the other exchanges ----------------------------------------------------------------------------------


def pem(private: Any) -> str:
    """A private key as its owner keeps it."""
    form = serialization.PrivateFormat.PKCS8
    data: bytes = private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return data.decode()


@cache
def private_key(kind: str) -> Any:
    """One private key of a kind for all tests; making an RSA key takes a while."""
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return (
        ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else ec.generate_private_key(ec.SECP256R1())
    )


# Of binance-spot-api-docs, rest-api.md; the others have the shapes of their documentation's examples.
LONG = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRETS = {
    "binance": {"api_key": LONG, "secret_key": LONG[::-1]},
    "bitget": {"api_key": "bg_0123456789abcdef", "secret_key": "c0ffee" * 10, "passphrase": "PassPhrase1"},
    "bybit": {"api_key": "opjSlSOzqIeXROT5rq", "secret_key": "aB3" * 12},
    "coinbase": {"api_key": "organizations/6d8e/apiKeys/9a1c"},
    "deribit": {"api_key": "TiA4AyLPq3", "secret_key": "SjM57m1T2CfXZ4vZ76X1APjqRlJdtzHI8IwVXoQnfoM"},
    "gate": {"api_key": "c5dcfbf1f3a7" + "ab" * 10, "secret_key": "d0" * 32},
    "kraken": {
        "api_key": "4/SDrDBcOOPnm3nPlNfEMMJDeRcIVqPz+QhRxIodyZbI9po/aVRiHsgX",
        "secret_key": "QUJD" * 21 + "QQ==",
    },
    "kucoin": {
        "api_key": "6705f5c311545b000157d3eb",
        "secret_key": "d694df2a-1b2c-4d3e-8f90-5bae05b96001",
        "passphrase": "Pass7phrase",
    },
}
KINDS: dict[str, type[standins.Exchange]] = {
    "binance": standins.Binance,
    "bitget": standins.Bitget,
    "bybit": standins.Bybit,
    "coinbase": standins.Coinbase,
    "deribit": standins.Deribit,
    "gate": standins.Gate,
    "kraken": standins.Kraken,
    "kucoin": standins.KuCoin,
}
# Every exchange with each kind of secret that it takes; "" is a text that both sides know.
PAIRS = [
    *[(exchange, "") for exchange in KINDS if exchange != "coinbase"],
    *[(exchange, "ed25519") for exchange in ("binance", "coinbase", "deribit")],
    *[(exchange, "rsa") for exchange in ("binance", "bitget", "bybit", "deribit")],
    ("coinbase", "p256"),
]


def credential(exchange: str, kind: str) -> dict[str, str]:
    """A credential of that exchange, its secret of that kind."""
    return {**SECRETS[exchange], **({"secret_key": pem(private_key(kind))} if kind else {})}


def standin_of(exchange: str, kind: str = "") -> standins.Exchange:
    """A stand-in that knows that credential."""
    return KINDS[exchange](credential(exchange, kind), private_key(kind).public_key() if kind else None)


# exchange: permissions, addresses, whether bound to some, name, account, uid, state, expiry, making
FACTS: dict[str, tuple[object, ...]] = {
    "binance": (("read", "trade"), (), False, "", "", "", "", 1628985600, 1698645219),
    "bitget": (("read", "trade"), ("127.0.0.1",), True, "", "main", "1234567890", "", None, None),
    "bybit": (("read", "trade"), (), False, "testxxx", "main", "53888001", "", 1684120404, 1676430804),
    "coinbase": (("read", "trade"), None, None, "", "", standins.Coinbase.portfolio, "", None, None),
    "deribit": (("read", "trade"), None, None, "bots", "main", "", "", None, None),
    "gate": (("read", "trade"), (), False, "test1", "main", "1", "normal", None, 1753030929),
    "kraken": (
        ("read", "trade"), ("203.0.113.0/24",), True, "my-api-key", "", "AA88 N84G WOAK NMOI", "",
        None, 1772542900,
    ),
    "kucoin": (("read", "trade"), None, True, "account1", "main", "165111215", "", None, 1728443843),
}  # fmt: skip


@pytest.mark.promise(11)
@pytest.mark.parametrize(("exchange", "kind"), PAIRS)
def test_each_exchange_accepts_and_describes_its_key(exchange: str, kind: str) -> None:
    """One unsigned and one signed request, which the stand-in verifies, and the facts of its answer."""
    with standin_of(exchange, kind) as standin:
        report = ask(standin.key, exchange, base_url=standin.url)
    facts = report.facts
    assert [standin.time_path, standin.path] == standin.log
    assert FACTS[exchange] == (
        facts.permissions, facts.ips, facts.bound, facts.label, facts.account, facts.uid, facts.state,
        facts.expires, facts.created,
    )  # fmt: skip
    assert facts.last_used in (None, 1753030929, 1772627061)
    assert report.skew_ms is not None
    assert abs(report.skew_ms) < 2000  # milliseconds; Kraken tells whole seconds


def test_a_fresh_last_use_is_the_request_itself() -> None:
    """Kraken's lastUsed is of the request that asks for it: no news, and not told."""
    with standin_of("kraken") as standin:
        facts: Any = standin.facts()
        facts["result"]["lastUsed"] = str(int(time.time()))
        standin.answer = facts
        assert ask(standin.key, "kraken", base_url=standin.url).facts.last_used is None


@pytest.mark.promise(11)
def test_what_an_exchange_sends_along_is_dropped() -> None:
    """Deribit answers with two tokens, which open the account to whoever has them."""
    with standin_of("deribit") as standin:
        shown = repr(ask(standin.key, "deribit", base_url=standin.url))
    assert [] == [token for token in standins.Deribit.tokens if token in shown]


def wrong(exchange: str, kind: str, field: str) -> dict[str, str]:
    """The same credential with another value in *field*, of the same shape."""
    key = credential(exchange, kind)
    if kind and field == "secret_key":
        return {**key, field: pem(private_key.__wrapped__(kind))}
    if (exchange, field) == ("kraken", "secret_key"):
        return {**key, field: "QUJE" * 21 + "QQ=="}
    return {**key, field: key[field][1:] + key[field][0]}


# What the stand-in refuses, and words of the sentence that it becomes.
WRONG = [
    ("binance", "", "api_key", errors.AddressRejected, "your address 203.0.113.9 is not among"),
    ("binance", "", "secret_key", errors.KeyRejected, "the secret key is not the one"),
    ("binance", "ed25519", "secret_key", errors.KeyRejected, "the secret key is not the one"),
    ("bitget", "", "api_key", errors.KeyRejected, "knows no such key"),
    ("bitget", "", "secret_key", errors.KeyRejected, "the secret key is not the one"),
    ("bitget", "", "passphrase", errors.KeyRejected, "the passphrase is not the one"),
    ("bybit", "", "api_key", errors.KeyRejected, "knows no such key"),
    ("bybit", "", "secret_key", errors.KeyRejected, "the secret key is not the one"),
    ("coinbase", "ed25519", "secret_key", errors.KeyRejected, "is not the one that belongs to this"),
    ("coinbase", "p256", "api_key", errors.KeyRejected, "knows no such key"),
    ("deribit", "", "api_key", errors.KeyRejected, "knows no such key"),
    ("deribit", "", "secret_key", errors.KeyRejected, "is not the one that belongs to this"),
    ("deribit", "ed25519", "secret_key", errors.KeyRejected, "is not the one that belongs to this"),
    ("gate", "", "api_key", errors.KeyRejected, "knows no such key"),
    ("gate", "", "secret_key", errors.KeyRejected, "is not the one"),
    ("kraken", "", "api_key", errors.KeyRejected, "knows no such key"),
    ("kraken", "", "secret_key", errors.KeyRejected, "is not the one"),
    ("kucoin", "", "api_key", errors.KeyRejected, "knows no such key"),
    ("kucoin", "", "secret_key", errors.KeyRejected, "is not the one"),
    ("kucoin", "", "passphrase", errors.KeyRejected, "the passphrase is not the one"),
]


@pytest.mark.parametrize(("exchange", "kind", "field", "error", "words"), WRONG)
def test_each_exchange_says_what_is_wrong(
    exchange: str, kind: str, field: str, error: type[errors.VaultError], words: str
) -> None:
    """A value of another key: the stand-in's code becomes the sentence, and the request is not repeated."""
    with standin_of(exchange, kind) as standin:
        told = refusal(error, wrong(exchange, kind, field), exchange=exchange, base_url=standin.url)
    assert words in str(told)
    assert told.hint
    assert 2 == len(standin.log)


def test_a_code_with_three_causes_names_them_all() -> None:
    """Binance's -2015: the causes in their order, and how each is told from the others."""
    with standin_of("binance") as standin:
        told = refusal(
            errors.AddressRejected, wrong("binance", "", "api_key"), exchange="binance", base_url=standin.url
        )
    assert "code -2015, which has 3 causes, most likely first: (1) your address" in str(told)
    assert "(2) the key lacks the permission" in str(told)
    assert "(3) Binance knows no such key" in str(told)
    assert "to tell them apart: (1) compare this machine's public address" in told.hint


def test_binance_without_sapi() -> None:
    """The test network and the demo environment are asked for the account: it proves the key, no more."""
    standin = standins.BinanceTestnet(SECRETS["binance"])
    with standin:
        for environment in ("testnet", "demo"):
            facts = ask(standin.key, "binance", base_url=standin.url, environment=environment).facts
            assert ((), "354937868") == (facts.rights, facts.uid)
    assert ["/api/v3/account"] * 2 == standin.log[1::2]


@pytest.mark.promise(11)
def test_bitget_with_a_unified_account() -> None:
    """Bitget says only by a refusal that an account is of that kind: a second request describes its key."""
    standin = standins.UnifiedBitget(SECRETS["bitget"])
    with standin:
        facts = ask(standin.key, "bitget", base_url=standin.url).facts
    assert [standin.time_path, standin.classic, standin.path] == standin.log
    assert (("192.168.1.1", "192.168.1.2"), "123456789", "main") == (facts.ips, facts.uid, facts.account)
    assert "withdraw" in facts.permissions


# The private key and the address of the web3.js documentation (web3.eth.accounts.privateKeyToAccount).
AGENT = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
ACCOUNT = "0x1715462EDD45A87EEA74E402428392FFC744EB20".replace("0X", "0x")
WALLET = {
    "wallet_address": ACCOUNT,
    "private_key": "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318",
}


def hyperliquid(agents: Mapping[str, str]) -> standins.Hyperliquid:
    """A stand-in that knows these agents, each with its account."""
    return standins.Hyperliquid(WALLET, agents)


@pytest.mark.promise(11)
def test_an_approved_agent_is_described() -> None:
    """Its address is derived here; nothing of the private key leaves, and nothing is signed."""
    with hyperliquid({AGENT: ACCOUNT}) as standin:
        facts = ask(WALLET, "hyperliquid", base_url=standin.url).facts
    assert (("agent",), ("trade",), 1766846919, "p1") == (
        facts.rights,
        facts.permissions,
        facts.expires,
        facts.label,
    )
    assert [
        {"type": "userRole", "user": AGENT.lower()},
        {"type": "extraAgents", "user": ACCOUNT.lower()},
    ] == standin.bodies


@pytest.mark.parametrize(
    ("agents", "words"),
    [
        ({}, "knows no such agent"),
        ({AGENT: "0x" + "ab" * 20}, "acts for another account"),
        ({"0x" + "cd" * 20: AGENT}, "an account's own"),
    ],
    ids=["unknown", "another-account", "no-agent"],
)
def test_an_agent_that_is_none(agents: dict[str, str], words: str) -> None:
    """Not approved or expired; approved by somebody else; or the key of an account itself."""
    with hyperliquid(agents) as standin:
        told = refusal(errors.KeyRejected, WALLET, exchange="hyperliquid", base_url=standin.url)
    assert words in str(told)


def test_the_agents_own_address_is_no_account() -> None:
    """The documented pitfall is found before anything is asked, whatever the case of the letters."""
    with hyperliquid({AGENT: ACCOUNT}) as standin:
        for address in (AGENT, AGENT.lower()):
            key = {**WALLET, "wallet_address": address}
            told = refusal(errors.KeyRejected, key, exchange="hyperliquid", base_url=standin.url)
            assert "the wallet address is the private key's own" in str(told)
        assert [] == standin.log


def test_a_wallet_address_that_is_none() -> None:
    """It is not sent."""
    key = {**WALLET, "wallet_address": "bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT"}
    with hyperliquid({}) as standin:
        refusal(errors.InvalidCredential, key, exchange="hyperliquid", base_url=standin.url)
        assert [] == standin.log


@pytest.mark.parametrize("exchange", ["okx", "hyperliquid"])
def test_a_value_is_missing(exchange: str) -> None:
    """Nothing is asked for half a credential."""
    with standins.Hyperliquid(WALLET, {}) as standin:
        refusal(errors.InvalidCredential, {"api_key": LONG}, exchange=exchange, base_url=standin.url)
        assert [] == standin.log


def test_an_exchange_without_a_test_request() -> None:
    """A generic credential cannot be verified."""
    refusal(errors.ExchangeError, {"token": "abcdef"}, exchange="generic", base_url="https://127.0.0.1")


def test_no_balance_where_none_is_offered() -> None:
    """Only OKX's profile has that request."""
    refusal(errors.Usage, SECRETS["gate"], exchange="gate", base_url="https://127.0.0.1", balance=True)


def test_a_slow_answer_does_not_make_a_clock_wrong(okx: Standin) -> None:
    """31 seconds ahead in the middle of a round trip of 10: it may be as few as 26, which OKX allows."""
    key, now = okx.create_key(), time.time()
    assert ask(key, base_url=okx.url, clock=iter((now + 26, now + 36, now)).__next__).facts.rights
    error = refusal(errors.ClockOff, key, base_url=okx.url, clock=iter((now + 31, now + 33)).__next__)
    assert "32." in str(error) or "31.9" in str(error)
