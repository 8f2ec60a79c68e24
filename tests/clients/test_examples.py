"""The bots of examples/, launched by the very lines of its README, against a stand-in of OKX."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import subprocess
import sys
import time

import pytest
from conftest import OKX, Cli
from environments import EXAMPLES, PYTHON, ROOT, first_on_path, needs, readme
from okx_socket import Socket

sys.path.insert(0, str(EXAMPLES))

from okx_standin import Standin

BALANCE = ("/api/v5/account/balance", "0")
DEMO = {
    "api_key": "5f0c9e2c-0f0b-4d8b-8a43-6f1bb0e9c7a1",
    "secret_key": "0BD22258CFF14C41EDBF1AB985062D86",
    "passphrase": "Demo-Phrase-1",
}


def started(cli: Cli, bot: str, python: str, *options: str, name: str = "okx-main") -> set[str]:
    """What the bot says of balances, launched as its line of the README says."""
    words = [word.replace("okx-main", name) for word in readme(f"/{bot}")]
    done = subprocess.run(
        [cli.exe, *words, *options],
        cwd=ROOT,
        env=first_on_path(python, cli.env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert 0 == done.returncode, (done.stdout + done.stderr).decode()
    return set(re.findall("^balance: .*", done.stdout.decode(), re.M))


@pytest.mark.parametrize(
    "bot",
    [
        "bot.py",
        pytest.param("bot_ccxt.py", marks=needs("ccxt")),
        pytest.param("bot_python_okx.py", marks=needs("okx")),
    ],
)
def test_a_script_reads_the_balance(cli: Cli, bot: str) -> None:
    """Each script takes another address as its last word."""
    with Standin() as okx:
        okx.add_key(OKX)
        assert {"balance: 1234.56 USDT", "balance: 0.5 BTC"} == started(cli, bot, sys.executable, okx.url)
    assert BALANCE in okx.log


@needs("nautilus")
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["live", "demo"])
def test_a_trading_node_of_nautilus_trader_reads_the_balance(cli: Cli, kind: str) -> None:
    """Its adapter signs requests and the logins of two channels with the three values; --demo says demo."""
    key, name, demo = (DEMO, "okx-demo", ["--demo"]) if kind == "demo" else (OKX, "okx-main", [])
    if demo:
        cli.add(name, "okx", key, "--demo")
    with Standin() as okx, Socket(key) as channel:
        okx.add_key(key, demo=bool(demo))
        options = [*demo, "--http", okx.url, "--ws", channel.url]
        found = started(cli, "bot_nautilus.py", PYTHON["nautilus"], *options, name=name)
    assert {"balance: 1234.56 USDT", "balance: 0.5 BTC"} == found
    assert BALANCE in okx.log
    assert ["login 0", "login 0"] == [entry for entry in channel.log if entry.startswith("login")]


@pytest.mark.parametrize(
    ("changes", "age", "code"),
    [
        ({}, 0, "0"),
        ({"secret_key": OKX["secret_key"][::-1]}, 0, "60009"),
        ({"passphrase": "Pass-Phrase-2"}, 0, "60009"),
        ({"api_key": DEMO["api_key"]}, 0, "60009"),
        ({}, 60, "60009"),
    ],
    ids=["genuine", "secret", "passphrase", "key", "late"],
)
def test_the_stand_in_of_its_channels_checks_a_login(changes: dict[str, str], age: int, code: str) -> None:
    """Else a login that it answers would prove nothing."""
    key, stamp = OKX | changes, str(int(time.time()) - age)
    digest = hmac.digest(key["secret_key"].encode(), f"{stamp}GET/users/self/verify".encode(), hashlib.sha256)
    login = {"apiKey": key["api_key"], "passphrase": key["passphrase"], "timestamp": stamp}
    asked = {"op": "login", "args": [{**login, "sign": base64.b64encode(digest)}]}
    with Socket(OKX) as channel:
        [answer] = channel.answers(asked, False)
    assert (code, [f"login {code}"]) == (answer["code"], channel.log)


def test_the_stand_in_of_its_channels_wants_a_login() -> None:
    """No channel is subscribed without one."""
    with Socket(OKX) as channel:
        [answer] = channel.answers({"op": "subscribe", "args": [{"channel": "account"}]}, False)
    assert "error" == answer["event"]
