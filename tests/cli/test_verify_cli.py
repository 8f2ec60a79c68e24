"""``verify`` as a command: what it says, what it notes, what it records, and how it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import OKX, Cli

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from okx_standin import Standin

OTHER = {"api_key": "5c0de1a9-77b2-4e0f-8a6d-3f1b9c2d4e5f", "secret_key": "7F3A9C1E5B2D4806A1C3E5F709B2D4F6",
         "passphrase": "Pass-Phrase-2"}  # fmt: skip


@pytest.fixture
def okx() -> Iterator[Standin]:
    """The exchange, which knows the template's key."""
    with Standin() as standin:
        standin.add_key(OKX, perm="read_only,trade", ip="127.0.0.1", label="grid bot")
        yield standin


def verified(cli: Cli, okx: Standin, *options: str, check: int = 0) -> list[dict[str, Any]]:
    done = cli("--json", "verify", *options, "--base-url", okx.url, check=check)
    found: list[dict[str, Any]] = json.loads(done.stdout)["verified"]
    return found


def journal(cli: Cli) -> list[tuple[str, str]]:
    entries = json.loads(cli("--json", "log").stdout)["entries"]
    return [(entry["did"], entry["outcome"]) for entry in entries]


@pytest.mark.promise(11)
def test_what_the_exchange_says_is_told(cli: Cli, okx: Standin) -> None:
    """And nothing is stored without being asked for."""
    before = cli.path.read_bytes()
    [found] = verified(cli, okx, "okx-main")
    assert (True, ["read", "trade"], ["127.0.0.1"], "grid bot") == (
        found["works"], found["permissions"], found["ips"], found["label"])  # fmt: skip
    assert before == cli.path.read_bytes()
    assert [("verify", "elsewhere")] == journal(cli)


def test_what_is_asked_elsewhere_is_no_use(cli: Cli, okx: Standin) -> None:
    """Only what the exchange itself has seen keeps a key alive, and proves it."""
    verified(cli, okx, "okx-main")
    assert json.loads(cli("--json", "show", "okx-main").stdout)["last_used"] is None


def test_what_the_exchange_says_is_recorded_on_request(cli: Cli, okx: Standin) -> None:
    """The next time there is no difference left."""
    assert verified(cli, okx, "okx-main", "--record")[0]["differences"]
    assert [] == verified(cli, okx, "okx-main")[0]["differences"]
    facts = json.loads(cli("--json", "show", "okx-main").stdout)
    assert (["read", "trade"], ["127.0.0.1"], "grid bot") == (
        facts["permissions"],
        facts["ips"],
        facts["label"],
    )


def test_an_unexpected_withdrawal_is_loud(cli: Cli, okx: Standin) -> None:
    """A key that may withdraw, and is recorded as one that may not."""
    cli("edit", "okx-main", "--permission", "read")
    okx.change_key(OKX["api_key"], perm="read_only,withdraw")
    done = cli("verify", "okx-main", "--base-url", okx.url)
    assert b"warning: permissions" in done.stderr
    assert [True] == [
        d["loud"] for d in verified(cli, okx, "okx-main")[0]["differences"] if d["what"] == "permissions"
    ]


def test_a_key_that_is_not_taken_is_an_error(cli: Cli, okx: Standin) -> None:
    """With its status, and in the journal."""
    okx.delete_key(OKX["api_key"])
    cli("verify", "okx-main", "--base-url", okx.url, check=72)
    assert [("verify", "key-rejected")] == journal(cli)


def test_many_are_verified_whatever_becomes_of_one(cli: Cli, okx: Standin) -> None:
    """Each has its own answer; the status says that not all is well; progress is told."""
    cli.add("second", "okx", OTHER)
    done = cli("verify", "--all", "--base-url", okx.url, check=1)
    assert b"1/2 okx-main" in done.stderr
    assert b"okx-main: the key works" in done.stdout
    assert b"second: " in done.stdout
    found = verified(cli, okx, "second", "okx-main", check=1)
    assert [("second", False), ("okx-main", True)] == [(entry["name"], entry["works"]) for entry in found]


def test_the_successor_is_tried(cli: Cli, okx: Standin) -> None:
    """The staged values, and not those in use."""
    cli("rotate", "okx-main", "--stdin", input=json.dumps(OTHER).encode())
    cli("verify", "okx-main", "--next", "--base-url", okx.url, check=72)
    okx.add_key(OTHER, perm="read_only,trade", ip="127.0.0.1")
    assert verified(cli, okx, "okx-main", "--next")[0]["works"]


@pytest.mark.promise(11)
def test_the_balance_proves_the_key_and_shows_nothing(cli: Cli, okx: Standin) -> None:
    """The tutorial's request; no amount appears in a terminal."""
    done = cli("verify", "okx-main", "--balance", "--base-url", okx.url)
    assert "/api/v5/account/balance" in [path for path, _ in okx.log]
    assert b"1234.56" not in done.stdout + done.stderr


@pytest.mark.parametrize("words", [[], ["--all", "okx-main"], ["okx-main", "--next", "--record"]])
def test_what_is_to_be_verified_must_be_said(cli: Cli, words: list[str]) -> None:
    """Neither nothing nor both; and there is no record of a successor to be written."""
    cli("verify", *words, check=2)


def test_no_exchange_is_sent_the_keys_of_another(cli: Cli, okx: Standin) -> None:
    """One address is that of one exchange; nothing is sent."""
    cli.add("bin", "binance", {"api_key": "a1B2" * 16, "secret_key": "Z9y8" * 16})
    cli("verify", "--all", "--base-url", okx.url, check=2)
    assert [] == okx.log


@pytest.mark.promise(11)
@pytest.mark.parametrize("url", ["http://example.com", "ftp://127.0.0.1", "https://user:pw@127.0.0.1", "x"])
def test_a_base_url_that_would_leak_is_refused(cli: Cli, url: str) -> None:
    """Plain http to another machine, another scheme, a user's name: nothing is sent."""
    cli("verify", "okx-main", "--base-url", url, check=2)


def test_a_generic_credential_has_no_test_request(cli: Cli) -> None:
    """It is said, with its own status."""
    cli.add("rpc", "generic", {"token": "one"})
    cli("verify", "rpc", check=71)


@pytest.mark.promise(4)
def test_no_value_is_told_whatever_happens(cli: Cli, okx: Standin) -> None:
    """In any of these outputs."""
    said = b""
    for options in (["okx-main"], ["okx-main", "--json"], ["okx-main", "--record"], ["--all"]):
        done = cli("verify", *options, "--base-url", okx.url, check=None)
        said += done.stdout + done.stderr
    okx.change_key(OKX["api_key"], ip="203.0.113.7")
    done = cli("verify", "okx-main", "--base-url", okx.url, check=73)
    said += done.stdout + done.stderr
    assert [] == [value for value in OKX.values() if value.encode() in said]
