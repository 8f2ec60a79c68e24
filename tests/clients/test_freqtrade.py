"""freqtrade, launched by ``vault run`` by variables and with a file, against a stand-in of OKX."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import OKX, Cli
from environments import EXAMPLES, PYTHON, first_on_path, needs, readme

sys.path.insert(0, str(EXAMPLES))

from okx_standin import Standin

pytestmark = [
    needs("freqtrade"),
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="files in memory are Linux's"),
]

BALANCE = ("/api/v5/account/balance", "0")
TIMEOUT = 60  # seconds

# What freqtrade's own commands do with the files of their command line; twice, as when it reloads them.
FREQTRADE = """
import json, sys
from freqtrade.configuration import Configuration
from freqtrade.resolvers import ExchangeResolver

first, config = (Configuration.from_files(sys.argv[1:]) for _ in range(2))
assert first["exchange"] == config["exchange"]
print(json.dumps(config["exchange"]))
exchange = ExchangeResolver.load_exchange(config, validate=False)
print(exchange.get_balances()["USDT"]["total"])
"""

# What `freqtrade new-config` leaves empty: since 2026.8, until 2026.7, and what the documents advise.
LEFT_EMPTY = {"api_key": ("api_key", "secret"), "key": ("key", "secret"), "nothing": ()}

# Secrets that freqtrade takes for something else than text in a variable; the first two are of OKX's form.
DIGITS = "00123456789012345678901234567890"
RETYPED = {"digits": DIGITS, "exponent": "1234E678901234567890123456789012", "truth": "true"}


@pytest.fixture
def okx() -> Iterator[Standin]:
    """A stand-in that knows the key of the vault."""
    with Standin() as standin:
        standin.add_key(OKX)
        yield standin


def address(okx: Standin) -> dict[str, Any]:
    """The stand-in's, as a part of freqtrade's configuration: for whatever it would ask OKX's hosts."""
    api = {"rest": okx.url, "ws": okx.url.replace("http:", "ws:")}
    return {"ccxt_config": {"urls": {"api": api}}, "enable_ws": False}


def configuration(folder: Path, okx: Standin, *empty: str) -> str:
    """The path of a configuration as ``freqtrade new-config`` writes it, with the address of the stand-in."""
    (folder / "user_data").mkdir()
    exchange = {"name": "okx", **dict.fromkeys(empty, ""), **address(okx), "pair_whitelist": ["BTC/USDT"]}
    settings = {"dry_run": False, "user_data_dir": str(folder / "user_data"), "stake_currency": "USDT"}
    path = folder / "config.json"
    path.write_text(
        json.dumps({**settings, "exchange": exchange, "pairlists": [{"method": "StaticPairList"}]})
    )
    return str(path)


@pytest.fixture
def config(tmp_path: Path, okx: Standin) -> str:
    """As the newest release writes it."""
    return configuration(tmp_path, okx, *LEFT_EMPTY["api_key"])


@pytest.mark.parametrize("empty", LEFT_EMPTY.values(), ids=LEFT_EMPTY)
def test_its_variables_beat_what_a_configuration_leaves_empty(
    cli: Cli, okx: Standin, tmp_path: Path, empty: tuple[str, ...]
) -> None:
    """--for freqtrade: whichever name of the key the configuration has."""
    words = ["--for", "freqtrade", "--", PYTHON["freqtrade"], "-c", FREQTRADE]
    done = cli("run", *words, configuration(tmp_path, okx, *empty))
    assert "1234.56" == done.stdout.decode().splitlines()[-1]
    assert BALANCE in okx.log


@pytest.mark.parametrize("secret", RETYPED.values(), ids=RETYPED)
def test_a_secret_that_it_would_retype_arrives_by_its_file(
    cli: Cli, okx: Standin, config: str, secret: str
) -> None:
    """--via file:freqtrade: as text, and an empty key of the configuration's own gives way."""
    key = {**OKX, "secret_key": secret}
    okx.add_key(key)
    cli.add("odd", "okx", key)
    words = ["-c", "odd", "--via", "file:freqtrade", "--", PYTHON["freqtrade"], "-c", FREQTRADE]
    exchange, balance = cli("run", *words, config, "{vault}").stdout.decode().splitlines()
    assert "1234.56" == balance
    assert BALANCE in okx.log
    told = json.loads(exchange)
    assert list(key.values()) == [told[name] for name in ("api_key", "secret", "password")]


def test_a_secret_that_it_retypes_in_a_variable_is_warned_of(cli: Cli, okx: Standin, config: str) -> None:
    """What the file is for: by --for freqtrade such a key is no use, and the launcher says so before."""
    okx.add_key({**OKX, "secret_key": DIGITS})
    cli.add("odd", "okx", {**OKX, "secret_key": DIGITS})
    words = ["-c", "odd", "--for", "freqtrade", "--", PYTHON["freqtrade"], "-c", FREQTRADE, config]
    done = cli("run", *words, check=None)
    assert 0 != done.returncode
    assert BALANCE not in okx.log
    assert b"freqtrade reads its variable as a whole number" in done.stderr
    assert int(DIGITS) == json.loads(done.stdout.decode().splitlines()[0])["secret"]


def test_its_own_command_takes_the_file(cli: Cli, config: str) -> None:
    """As its last configuration, beside the one on the disk."""
    command = [PYTHON["freqtrade"], "-m", "freqtrade", "show-config", "--show-sensitive"]
    words = ["--via", "file:freqtrade", "--", *command, "-c", config, "--config={vault}"]
    said = cli("run", *words).stdout.decode()
    assert [] == [value for value in OKX.values() if f'"{value}"' not in said]


@pytest.mark.parametrize("via", ["--for freqtrade", "--via file:freqtrade"])
def test_the_example_starts_and_reads_its_balance(cli: Cli, okx: Standin, tmp_path: Path, via: str) -> None:
    """``freqtrade trade`` as examples/README.md starts it, told the stand-in's address besides."""
    shutil.copytree(EXAMPLES / "freqtrade", tmp_path / "examples" / "freqtrade")
    (tmp_path / "address.json").write_text(json.dumps({"exchange": address(okx)}))
    bot = subprocess.Popen(
        [cli.exe, *readme(via), "--config", "address.json", "--db-url", "sqlite://"],
        cwd=tmp_path,
        env=first_on_path(PYTHON["freqtrade"], cli.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        deadline = time.monotonic() + TIMEOUT
        while BALANCE not in okx.log and bot.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        bot.send_signal(signal.SIGINT)
        said = bot.communicate(timeout=TIMEOUT)[0].decode()
    finally:
        bot.kill()
    assert BALANCE in okx.log, said
    assert [] == [value for value in OKX.values() if value in said]
