"""An exchange is one TOML file and one module: a made-up one, by docs/exchanges.md, at a checking server."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
import standins

import vault.verify
from vault import Credential, Secret, errors
from vault.exchanges import profiles
from vault.exchanges.profile import Profile
from vault.verify import check
from vault.verify.facts import KeyFacts

PAGE = Path(__file__).parents[2] / "docs" / "exchanges.md"
KEY = {"api_key": "c0ld-1", "secret_key": "s3cret-of-coldex"}


class Coldex(standins.Exchange):
    """The server: SHA-512 over time, method and target, a line each."""

    time_path = "/v1/time"
    path = "/v1/key"

    def time(self, now: int) -> object:
        return {"now": now}

    def refusal(self, request: standins.Request) -> standins.Answer | None:
        if request.headers.get("coldex-key") != self.key["api_key"]:
            return 401, {"error": "UNKNOWN_KEY", "text": "no such key"}
        message = f"{request.headers['coldex-time']}\nGET\n{request.target}"
        if request.headers.get("coldex-sign") != self.hmac(message, "sha512").hex():
            return 401, {"error": "BAD_SIGNATURE", "text": "wrong signature"}
        return None

    def facts(self) -> object:
        key = {
            "scopes": ["view", "orders"],
            "networks": ["203.0.113.0/24"],
            "ends": 1790000000,
            "name": "bots",
        }
        return {"key": key}


def block(kind: str) -> str:
    """The one listing of that kind in the document."""
    [found] = re.findall(rf"^   ```{kind}\n(.*?)^   ```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    return dedent(found)


@pytest.fixture
def coldex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Profile]:
    """Its profile, and its module where those of the others are."""
    (tmp_path / "coldex.py").write_text(block("python"), encoding="utf-8")
    monkeypatch.setattr(vault.verify, "__path__", [*vault.verify.__path__, str(tmp_path)])
    folder = tmp_path / "xdg_data_home" / "coldvault" / "profiles"
    folder.mkdir(mode=0o700, parents=True)
    (folder / "coldex.toml").touch(mode=0o600)
    (folder / "coldex.toml").write_text(block("toml"), encoding="utf-8")
    yield profiles.load("coldex")
    sys.modules.pop("vault.verify.coldex", None)
    vars(vault.verify).pop("coldex", None)


def ask(profile: Profile, server: Coldex, **changes: str) -> KeyFacts:
    """What the server says about the key, or about one with other values."""
    fields = {name: Secret(value) for name, value in {**KEY, **changes}.items()}
    credential = Credential("cold", "coldex", fields, created=0)
    return check.ask(credential, profile, clock=time.time, base_url=server.url).facts


def test_an_eleventh_exchange_is_one_toml_file_and_one_module(coldex: Profile) -> None:
    """The clock, then one signed request that the server verifies, and the facts of its answer."""
    expected = KeyFacts(
        ("view", "orders"), ("read", "trade"), ("203.0.113.0/24",), 1790000000, label="bots", bound=True
    )
    with Coldex(KEY) as server:
        assert expected == ask(coldex, server)
    assert [Coldex.time_path, Coldex.path] == server.log


@pytest.mark.parametrize(
    ("field", "words"), [("api_key", "Coldex knows no such key"), ("secret_key", "the secret is not the one")]
)
def test_its_refusals_become_sentences(coldex: Profile, field: str, words: str) -> None:
    """By the causes of its TOML; the server's check can fail."""
    with Coldex(KEY) as server, pytest.raises(errors.KeyRejected, match=words):
        ask(coldex, server, **{field: "another"})


def test_without_its_module_it_is_not_asked(coldex: Profile) -> None:
    """A profile alone brings no code."""
    vault.verify.__path__.pop()
    with Coldex(KEY) as server, pytest.raises(errors.ExchangeError, match="cannot sign requests to Coldex"):
        ask(coldex, server)
    assert [] == server.log
