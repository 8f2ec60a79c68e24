"""The test request: against exchanges that verify it, and against servers that do everything wrong.

A refusal must be the right class, with the cause in its words; nothing of the credential may be in it,
nothing may go to a second origin, and time and memory are bounded. Deadlines are short here, and the servers
would wait much longer: a test that ends at all shows that the deadline held.
"""

from __future__ import annotations

import gzip
import ipaddress
import json
import socket
import ssl
import struct
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

import pytest
import standins
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from okx_standin import Standin

from vault import Credential, Secret, errors
from vault.exchanges import profiles
from vault.verify import check
from vault.verify.check import Report

KEY = {
    "api_key": "37c541a1-0b1c-4d2e-9f3a-10fe7a038418",
    "secret_key": "22582BD0CFF14C41EDBF1AB98506286D",
    "passphrase": "Pass-Phrase-1",
}
SOON = 0.3  # seconds; the deadline of tests that reach it
LATE = 20  # seconds after which a server that waits gives up, so that a test without a deadline ends too


def record(key: Mapping[str, str], exchange: str, environment: str = "live", **facts: Any) -> Credential:
    """A credential with these values."""
    fields = {name: Secret(value) for name, value in key.items()}
    where: dict[str, Any] = {environment: True} if environment != "live" else {}
    return Credential("okx-main", exchange, fields, created=0, **where, **facts)


def ask(key: Mapping[str, str] = KEY, exchange: str = "okx", **how: Any) -> Report:
    """check.ask() with the settings that most tests share; the address is always one of this machine's."""
    facts = {name: how.pop(name) for name in ("environment", "region", "ips") if name in how}
    how = {"clock": time.time, "deadline": 10.0, **how}
    assert "base_url" in how, "a test must not ask a real exchange"
    return check.ask(record(key, exchange, **facts), profiles.load(exchange), **how)


def refusal(kind: type[errors.VaultError], key: Mapping[str, str] = KEY, **how: Any) -> errors.VaultError:
    """The error of exactly that class, which must be fit to be shown."""
    with pytest.raises(errors.VaultError) as caught:
        ask(key, how.pop("exchange", "okx"), **how)
    error = caught.value
    assert kind is type(error), error
    assert error.exit_code not in (0, 70)
    shown = f"{error} {error.hint} {error!r} {error.__cause__!r}"
    assert [] == [name for name, value in key.items() if value in shown]
    assert not str(error).endswith(".")
    return error


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


# --- a server that misbehaves -----------------------------------------------------------------------------

TIME = "/api/v5/public/time"
Deed = Callable[["Rogue", socket.socket], None]


class Rogue:
    """A server that answers the first *honest* requests rightly and then does its worst.

    Attributes:
        heard: every request's first line and headers, as they came.
    """

    def __init__(self, deed: Deed, honest: int = 1, family: int = socket.AF_INET) -> None:
        """Listen on a free port of this machine."""
        self.deed, self.honest, self.heard = deed, honest, list[bytes]()
        self.over = threading.Event()
        self._socket = socket.socket(family)
        self._socket.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self._socket.listen(8)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        """Serve in a thread, each connection in one of its own."""
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and end what still waits."""
        self.over.set()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(line,), daemon=True).start()

    def _one(self, line: socket.socket) -> None:
        line.settimeout(LATE)
        with line:
            try:
                head = b""
                while b"\r\n\r\n" not in head:
                    if not (piece := line.recv(4096)):
                        return
                    head += piece
                self.heard.append(head)
                if len(self.heard) <= self.honest:
                    line.sendall(whole(good_time()))
                else:
                    self.deed(self, line)
            except OSError:  # the other side had enough
                pass


def good_time() -> bytes:
    """What OKX says on its time."""
    return json.dumps({"code": "0", "msg": "", "data": [{"ts": str(int(time.time() * 1000))}]}).encode()


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def sends(*parts: bytes) -> Deed:
    """Sends just that, and hangs up."""

    def deed(rogue: Rogue, line: socket.socket) -> None:
        for part in parts:
            line.sendall(part)
        line.shutdown(socket.SHUT_WR)
        line.recv(1)

    return deed


def drips(start: bytes, drop: bytes, pause: float = 0.02) -> Deed:
    """Sends *drop* again and again, without an end: each read succeeds, and nothing is ever whole."""

    def deed(rogue: Rogue, line: socket.socket) -> None:
        line.sendall(start)
        for _ in range(int(LATE / pause)):
            if rogue.over.wait(pause):
                return
            line.sendall(drop)

    return deed


def floods(start: bytes, piece: bytes) -> Deed:
    """Sends 100 MB as fast as they are taken."""

    def deed(rogue: Rogue, line: socket.socket) -> None:
        line.sendall(start)
        for _ in range(100_000_000 // len(piece)):
            line.sendall(piece)

    return deed


def resets(rogue: Rogue, line: socket.socket) -> None:
    """Resets the connection: a linger time of zero."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(rogue: Rogue, line: socket.socket) -> None:
    """Says nothing."""
    rogue.over.wait(LATE)


PAGE = b"<!DOCTYPE html><html><body>Pass-Phrase-1 please wait</body></html>"
OPEN = b"HTTP/1.1 200 OK\r\n"
DEEP = b'{"code":"0","data":' + b"[" * 100_000
CONFIG = b'{"code":"0","msg":"","data":[{"perm":"read_only","ip":"","uid":"1","mainUid":"1","label":""}]}'

# What it does, the class of the error, words of its sentence.
DEEDS: dict[str, tuple[Deed, type[errors.VaultError], str]] = {
    "html-200": (sends(whole(PAGE)), errors.AnswerRefused, "a web page (HTTP 200)"),
    "html-502": (sends(whole(PAGE, "502 Bad Gateway")), errors.AnswerRefused, "a web page (HTTP 502)"),
    "empty": (sends(whole(b"")), errors.AnswerRefused, "not JSON"),
    "html-429": (sends(whole(PAGE, "429 Too Many Requests")), errors.RateLimited, "fewer requests"),
    "cut-off": (sends(whole(CONFIG)[:-20]), errors.AnswerRefused, "cut off"),
    "cut-off-chunk": (
        sends(OPEN + b"Transfer-Encoding: chunked\r\n\r\n40\r\n" + CONFIG[:20]),
        errors.AnswerRefused,
        "cut off",
    ),
    "length-too-short": (
        sends(OPEN + b"Content-Length: 20\r\n\r\n" + CONFIG),
        errors.AnswerRefused,
        "not JSON",
    ),
    "no-answer": (sends(), errors.Unreachable, "broke off"),
    "half-a-header": (sends(b"HTTP/1.1 200 OK\r\nContent-Le"), errors.AnswerRefused, "not JSON"),
    "not-http": (sends(b"SSH-2.0-OpenSSH_9.6\r\n"), errors.AnswerRefused, "not answer in HTTP"),
    "reset": (resets, errors.Unreachable, "broke off"),
    "gzip": (
        sends(whole(gzip.compress(CONFIG), "200 OK", "Content-Encoding: gzip")),
        errors.AnswerRefused,
        "compressed",
    ),
    "not-utf-8": (sends(whole(b'{"code":"0","msg":"\xff"}')), errors.AnswerRefused, "not JSON"),
    "deep": (sends(whole(DEEP)), errors.AnswerRefused, "not JSON"),
    "huge-number": (sends(whole(b'{"code":' + b"9" * 200_000 + b"}")), errors.AnswerRefused, "not JSON"),
    "large-number": (sends(whole(b'{"code":' + b"9" * 4000 + b"}")), errors.AnswerRefused, "does not know"),
    "infinity": (sends(whole(b'{"code":"0","data":Infinity}')), errors.AnswerRefused, "not JSON"),
    "good-news-of-a-broken-server": (
        sends(whole(CONFIG, "500 Internal Server Error")),
        errors.AnswerRefused,
        "HTTP 500",
    ),
    "257-kib": (sends(whole(CONFIG + b" " * (257 << 10))), errors.AnswerRefused, "256 KiB"),
    "no-object": (sends(whole(b"[1]")), errors.AnswerRefused, "documented form"),
    "other-form": (sends(whole(b'{"code":"0","data":{"perm":7}}')), errors.AnswerRefused, "documented form"),
    "many-objects": (
        sends(whole(b'{"code":"0","data":[' + b"{}," * 80_000 + b"{}]}")),
        errors.AnswerRefused,
        "documented form",
    ),
    "another-exchanges-code": (
        sends(whole(b'{"code":"40085","msg":"no"}')),
        errors.AnswerRefused,
        "code 40085",
    ),
    "unknown-code": (sends(whole(b'{"code":"59999","msg":"no"}')), errors.AnswerRefused, "code 59999"),
    "code-with-key": (
        sends(whole(json.dumps({"code": KEY["api_key"], "msg": KEY["passphrase"]}).encode())),
        errors.AnswerRefused,
        "not shown",
    ),
    "header-too-long": (
        sends(OPEN, b"X: " + b"y" * 70_000 + b"\r\n\r\n"),
        errors.AnswerRefused,
        "",
    ),
    "endless-headers": (floods(OPEN, b"X-A: b\r\n" * 512), errors.AnswerRefused, ""),
    "endless-continue": (floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 64), errors.AnswerRefused, "256 KiB"),
    "100-mb": (
        floods(OPEN + b"Content-Length: 100000000\r\n\r\n", b" " * 65536),
        errors.AnswerRefused,
        "256 KiB",
    ),
    "100-mb-unannounced": (floods(OPEN + b"\r\n", b" " * 65536), errors.AnswerRefused, "256 KiB"),
    "100-mb-chunks": (
        floods(OPEN + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 8192),
        errors.AnswerRefused,
        "256 KiB",
    ),
    "negative-chunk": (
        floods(OPEN + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b" " * 65536),
        errors.AnswerRefused,
        "",
    ),
}


@pytest.mark.parametrize("honest", [0, 1], ids=["first", "second"])
@pytest.mark.parametrize("name", DEEDS)
def test_a_server_that_misbehaves(name: str, honest: int) -> None:
    """Whatever it sends, at the first or the second request: the right class and words, and 8 MiB at most."""
    deed, kind, words = DEEDS[name]
    profiles.load("okx")
    tracemalloc.start()
    try:
        with Rogue(deed, honest) as rogue:
            error = refusal(kind, base_url=rogue.url)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert words in str(error)
    assert len(rogue.heard) == honest + 1


# What never ends: the deadline must end it.
ENDLESS: dict[str, Deed] = {
    "silence": silent,
    "body": drips(OPEN + b"Content-Length: 100000\r\n\r\n", b" "),
    "headers": drips(OPEN, b"X: y\r\n"),
    "a-header": drips(OPEN + b"X: ", b"y"),
    "chunks": drips(OPEN + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "status": drips(b"HTTP/1.1 200 ", b"O"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_an_answer_that_never_ends_is_ended(name: str) -> None:
    """The deadline is for the whole answer: a byte now and then does not put it off."""
    with Rogue(ENDLESS[name]) as rogue:
        error = refusal(errors.Unreachable, base_url=rogue.url, deadline=SOON)
    assert "no whole answer within 0.3 seconds" in str(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("honest", [0, 1], ids=["first", "second"])
def test_no_redirect_is_followed(status: int, honest: int) -> None:
    """The host it points to is named, without its path, and never hears of us."""
    with Rogue(sends(whole(CONFIG)), honest=0) as second:
        location = f"Location: {second.url.replace('127.0.0.1', 'localhost')}/steal?k={KEY['api_key']}"
        with Rogue(sends(whole(b"", f"{status} Moved", location)), honest) as first:
            error = refusal(errors.AnswerRefused, base_url=first.url)
            assert len(first.heard) == honest + 1
        assert [] == second.heard
    assert "redirects to localhost" in str(error)
    assert "steal" not in f"{error} {error.hint}"


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("/login", "another page of its own"),
        ("//evil.example/x", "evil.example"),
        ("https://user:pass@evil.example/", "elsewhere"),
        ("https://\x1b[31mevil/", "elsewhere"),
        (f"https://{KEY['api_key']}/", "not shown"),
        ("", "elsewhere"),
    ],
)
def test_a_redirects_words_are_harmless(location: str, words: str) -> None:
    """A host is shown if it is one, and repeats nothing of the credential."""
    with Rogue(sends(whole(b"", "302 Found", f"Location: {location}"))) as rogue:
        assert words in str(refusal(errors.AnswerRefused, base_url=rogue.url))


def test_nothing_listens() -> None:
    """A refused connection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        assert "refused or broke off" in str(refusal(errors.Unreachable, base_url=url))


def test_no_request_is_repeated() -> None:
    """One attempt each: a reset is not tried again."""
    with Rogue(resets) as rogue:
        refusal(errors.Unreachable, base_url=rogue.url)
        time.sleep(0.05)  # seconds in which a second attempt would come
        assert len(rogue.heard) == 2


def test_the_requests_are_what_they_should_be() -> None:
    """No compression is asked for, no connection is kept, and the unsigned request has no header of OKX's."""
    with Rogue(sends(whole(CONFIG))) as rogue:
        ask(base_url=rogue.url)
    first, second = (head.decode().lower().split("\r\n") for head in rogue.heard)
    assert f"get {TIME} http/1.1" == first[0]
    assert {f"host: 127.0.0.1:{rogue.port}", "accept-encoding: identity", "connection: close"} <= set(first)
    assert [] == [line for line in first if "ok-access" in line]
    assert "get /api/v5/account/config http/1.1" == second[0]
    assert 4 == len([line for line in second if "ok-access" in line])


def test_a_label_cannot_write_to_the_terminal() -> None:
    """What the exchange says loses its control characters, and is cut."""
    config = json.loads(CONFIG)
    config["data"][0]["label"] = "\x1b]0;owned\x07\u202e" + "x" * 500
    config["data"][0]["uid"] = f"x{KEY['secret_key']}"
    with Rogue(sends(whole(json.dumps(config).encode()))) as rogue:
        facts = ask(base_url=rogue.url).facts
    assert facts.label.isprintable()
    assert len(facts.label) <= 80
    assert KEY["secret_key"] not in repr(facts)


def test_a_large_answer_is_read_whole() -> None:
    """Up to 256 KiB."""
    with Rogue(sends(whole(CONFIG + b" " * (255 << 10)))) as rogue:
        assert ask(base_url=rogue.url).facts.rights


def test_repeated_keys_do_no_harm() -> None:
    """The last one counts, as in every parser."""
    with Rogue(sends(whole(CONFIG.replace(b'"perm"', b'"perm":"withdraw","perm"', 1)))) as rogue:
        assert ("read",) == ask(base_url=rogue.url).facts.permissions


@pytest.mark.parametrize("passphrase", ["two\r\nX-Injected: lines", "密码", "tab\t", "nul\x01"])
def test_a_value_that_no_header_can_carry_is_not_sent(passphrase: str) -> None:
    """A line break would begin another header; other characters arrive as something else."""
    with Rogue(sends(whole(CONFIG))) as rogue:
        key = {**KEY, "passphrase": passphrase}
        refusal(errors.InvalidCredential, key, base_url=rogue.url)
        assert 1 == len(rogue.heard)


def test_a_header_of_a_profile_begins_no_other() -> None:
    """A person's own profile adds headers: what could not be one is refused."""
    okx = profiles.load("okx")
    assert okx.verify
    odd = okx.changed(verify=okx.verify.changed(demo={"X-Demo": "1\r\nX-Other: 2"}))
    with Rogue(sends(whole(CONFIG))) as rogue:
        with pytest.raises(errors.InvalidCredential):
            check.ask(record(KEY, "okx", "demo"), odd, clock=time.time, base_url=rogue.url)
        assert 1 == len(rogue.heard)


# --- where requests go ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://www.okx.com",
        "http://203.0.113.1",
        "http://localhost.example",
        "ftp://127.0.0.1",
        "https://user@www.okx.com",
        "https://www.okx.com/path",
        "https://www.okx.com?x",
        "https://www okx.com",
        "https://127.0.0.1:0",
        "https://127.0.0.1:65536",
        "www.okx.com",
        "https://",
        "https://-",
        "https://www.okx.com\r\nX: y",
    ],
)
def test_an_address_that_must_not_be_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain HTTP beyond this machine, and what is no bare address: nothing is looked up, nothing is sent."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))
    refusal(errors.Usage, base_url=url)


def test_a_name_that_only_pretends_to_be_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain HTTP goes to loopback addresses, whatever the system says that localhost is."""
    told = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: told)
    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("a connection was begun"))
    refusal(errors.Unreachable, base_url="http://localhost")


@pytest.mark.parametrize(
    ("region", "environment", "host"),
    [("", "live", "www.okx.com"), ("eea", "live", "eea.okx.com"), ("us", "demo", "us.okx.com")],
)
def test_the_hosts_are_the_exchanges_own(
    monkeypatch: pytest.MonkeyPatch, region: str, environment: str, host: str
) -> None:
    """Without a base URL the profile's host is looked up, for port 443, and no proxy's."""
    asked = []

    def look(name: str, port: int, **_: Any) -> list[Any]:
        asked.append((name, port))
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    error = refusal(errors.Unreachable, region=region, environment=environment, base_url="")
    assert [(host, 443)] == asked
    assert f"no address is known for {host}" in str(error)


def test_a_site_that_does_not_exist() -> None:
    """A region of no profile is no host."""
    assert "eea" in refusal(errors.ExchangeError, region="mars", base_url="").hint


def test_looking_up_a_name_has_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that does not answer is not waited for beyond the deadline."""
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(LATE))
    try:
        error = refusal(errors.Unreachable, base_url="", deadline=SOON)
    finally:
        over.set()
    assert "within 0.3 seconds" in str(error)


@pytest.mark.slow
def test_an_address_that_swallows_everything_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second address of a name is tried when the first does not answer."""
    with Rogue(sends(whole(CONFIG))) as rogue, socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for line in waiting:  # until its queue is full, after which it drops whatever comes
            line.setblocking(False)
            line.connect_ex(full.getsockname())
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
            for address in (full.getsockname(), ("127.0.0.1", rogue.port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert ask(base_url=f"http://localhost:{rogue.port}", deadline=4 * SOON).facts.rights
        for line in waiting:
            line.close()


def test_a_system_without_ipv6_uses_the_next_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may have addresses of a family that this system cannot speak."""
    with Rogue(sends(whole(CONFIG))) as rogue:
        found: list[Any] = [(9999, socket.SOCK_STREAM, 6, "", ("::1", rogue.port))]
        found += [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", rogue.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert ask(base_url=f"http://localhost:{rogue.port}").facts.rights


def test_ipv6_works() -> None:
    """By an address in brackets."""
    try:
        rogue = Rogue(sends(whole(CONFIG)), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    with rogue:
        report = ask(base_url=f"http://[::1]:{rogue.port}")
    assert f"[::1]:{rogue.port}" == report.host
    assert f"Host: [::1]:{rogue.port}".encode() in rogue.heard[0]


# --- TLS --------------------------------------------------------------------------------------------------


@cache
def certificate(host: str) -> tuple[bytes, bytes]:
    """A certificate that signed itself, and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    known: x509.GeneralName = x509.DNSName(host)
    if host[0].isdigit():
        known = x509.IPAddress(ipaddress.ip_address(host))
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([known]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return made.public_bytes(kind), key.private_bytes(kind, form, serialization.NoEncryption())


class Secure(Rogue):
    """The same, behind TLS."""

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        """With a certificate for *host*, which stands in ``folder/cert.pem``."""
        super().__init__(sends(whole(CONFIG)))
        certificate_pem, key_pem = certificate(host)
        (folder / "cert.pem").write_bytes(certificate_pem)
        (folder / "key.pem").write_bytes(key_pem)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self.url = f"https://127.0.0.1:{self.port}"

    def _one(self, line: socket.socket) -> None:
        try:
            super()._one(self._context.wrap_socket(line, server_side=True))
        except OSError:
            line.close()


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """Self-signed: nothing is sent, not even the unsigned request."""
    with Secure(tmp_path) as server:
        error = refusal(errors.Unreachable, base_url=server.url)
        assert [] == server.heard
    assert "the certificate of 127.0.0.1" in str(error)
    assert "self-signed" in str(error)


def test_a_trusted_certificate_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine trusts, as SSL_CERT_FILE names it for everything that uses OpenSSL."""
    with Secure(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert ask(base_url=server.url).facts.rights


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trusted, and still somebody else's."""
    with Secure(tmp_path, "other.example") as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        error = refusal(errors.Unreachable, base_url=server.url)
        assert [] == server.heard
    assert "the certificate of 127.0.0.1" in str(error)


def test_a_host_that_is_not_itself_is_not_asked_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a certificate that is refused, the name's next address is not tried."""
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    with Secure(folders[0], "other.example") as first, Secure(folders[1], "localhost") as second:
        monkeypatch.setenv("SSL_CERT_FILE", str(folders[1] / "cert.pem"))
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
            for server in (first, second)
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        refusal(errors.Unreachable, base_url="https://localhost")
        assert [] == first.heard + second.heard
        found.reverse()
        assert ask(base_url="https://localhost").facts.rights


def test_the_keys_of_a_connection_are_not_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSLKEYLOGFILE, with which others can read every connection of a program, is not followed."""
    log = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    with Secure(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert ask(base_url=server.url).facts.rights
    assert not log.exists()


def test_a_server_without_tls_is_no_exchange(okx: Standin) -> None:
    """Plain HTTP where TLS is expected."""
    error = refusal(errors.Unreachable, base_url=okx.url.replace("http:", "https:"))
    assert "no secure connection" in str(error)


def test_a_handshake_may_take_all_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the share that its address had for the connection alone, and no more than the deadline."""
    given: list[float] = []

    class Context:
        def wrap_socket(self, line: socket.socket, server_hostname: str) -> None:
            given.append(line.gettimeout() or 0)
            raise ssl.SSLError("enough")

    with Rogue(silent) as rogue:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", rogue.port))] * 2
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(ssl, "SSLContext", lambda _: Context())
        monkeypatch.setattr(Context, "load_default_certs", lambda _: None, raising=False)
        monkeypatch.setattr(Context, "set_alpn_protocols", lambda *_: None, raising=False)
        refusal(errors.Unreachable, base_url="https://localhost", deadline=10)
    assert 1 == len(given)
    assert 5 < given[0] <= 10


def test_a_handshake_has_an_end() -> None:
    """A server that takes the connection and never answers the first bytes of TLS."""
    with Rogue(silent) as rogue:
        url = rogue.url.replace("http:", "https:")
        assert "within 0.3 seconds" in str(refusal(errors.Unreachable, base_url=url, deadline=SOON))
