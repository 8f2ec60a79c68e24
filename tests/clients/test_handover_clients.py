"""``vault run --via`` and the real clients that read what it hands over, against stand-ins that check it.

Clients with many dependencies live in environments of their own: VAULT_TEST_FREQTRADE, VAULT_TEST_KRAKENEX
and VAULT_TEST_COINBASE each name a python that has one; without it, its tests are skipped.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import standins
from conftest import OKX, Cli
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from okx_standin import Standin

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="files in memory are Linux's")
# Read before conftest takes this project's variables out of the environment.
PYTHON = {
    name: os.environ.get(f"VAULT_TEST_{name.upper()}", "") for name in ("freqtrade", "krakenex", "coinbase")
}
needs_ccxt = pytest.mark.skipif(not importlib.util.find_spec("ccxt"), reason="no ccxt here")

DOCUMENT = (Path(__file__).parents[2] / "docs" / "handover.md").read_text(encoding="utf-8")
BALANCE = ("/api/v5/account/balance", "0")
# A secret of OKX's that is all digits: one in many is, and freqtrade reads its variable as a number.
DIGITS = {**OKX, "secret_key": "00123456789012345678901234567890"}


def needs(client: str) -> pytest.MarkDecorator:
    """Skips unless there is a python that has the client."""
    return pytest.mark.skipif(not PYTHON[client], reason=f"VAULT_TEST_{client.upper()} names no python")


def shown(word: str) -> str:
    """The Python of the document that has that word."""
    [block] = [b for b in re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.M | re.S) if word in b]
    return str(block)


@pytest.fixture
def okx() -> Iterator[Standin]:
    """A stand-in that knows the key of the vault, and the one of digits."""
    with Standin() as standin:
        standin.add_key(OKX)
        yield standin


# --- the descriptor -----------------------------------------------------------------------------------


@needs_ccxt
def test_ccxt_reads_the_balance(cli: Cli, okx: Standin) -> None:
    """With the bot of the document: by ``vault.from_fd``, and without a variable."""
    bot = f"{shown('vault.from_fd')}\nimport os, sys\nexchange.urls['api']['rest'] = sys.argv[1]\n"
    bot += "print(exchange.fetch_balance()['total']['USDT'], *os.environ)"
    balance, *names = (
        cli("run", "--via", "fd", "--", sys.executable, "-c", bot, okx.url).stdout.decode().split()
    )
    assert "1234.56" == balance
    assert BALANCE in okx.log
    assert [] == [name for name in names if name.startswith(("OKX", "VAULT"))]


# --- freqtrade ----------------------------------------------------------------------------------------

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


@pytest.fixture
def config(tmp_path: Path, okx: Standin) -> Path:
    """A configuration as ``freqtrade new-config`` writes it, with the address of the stand-in."""
    (tmp_path / "user_data").mkdir()
    exchange = {
        "name": "okx",
        "api_key": "",
        "secret": "",
        "ccxt_config": {"urls": {"api": {"rest": okx.url}}},
        "pair_whitelist": ["BTC/USDT"],
    }
    folder = str(tmp_path / "user_data")
    settings = {"dry_run": False, "user_data_dir": folder, "stake_currency": "USDT", "exchange": exchange}
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**settings, "pairlists": [{"method": "StaticPairList"}]}))
    return path


@needs("freqtrade")
@pytest.mark.slow
def test_freqtrade_reads_the_balance(cli: Cli, okx: Standin, config: Path) -> None:
    """With a secret that it would take for a number in a variable; an empty key of its own gives way."""
    okx.add_key(DIGITS)
    cli.add("digits", "okx", DIGITS)
    words = ["-c", "digits", "--via", "file:freqtrade", "--", PYTHON["freqtrade"], "-c", FREQTRADE]
    exchange, balance = cli("run", *words, str(config), "{vault}").stdout.decode().splitlines()
    assert "1234.56" == balance
    assert BALANCE in okx.log
    told = json.loads(exchange)
    assert list(DIGITS.values()) == [told[name] for name in ("api_key", "secret", "password")]


@needs("freqtrade")
@pytest.mark.slow
def test_freqtrade_garbles_that_secret_in_a_variable(cli: Cli, okx: Standin, config: Path) -> None:
    """What the file is for: the same key, handed over by ``--for freqtrade``, is no use."""
    okx.add_key(DIGITS)
    cli.add("digits", "okx", DIGITS)
    words = ["-c", "digits", "--for", "freqtrade", "--", PYTHON["freqtrade"], "-c", FREQTRADE, str(config)]
    done = cli("run", *words, check=None)
    assert 0 != done.returncode
    assert BALANCE not in okx.log
    told = json.loads(done.stdout.decode().splitlines()[0])
    assert 123456789012345678901234567890 == told["secret"]


@needs("freqtrade")
@pytest.mark.slow
def test_freqtrade_s_own_command_takes_the_file(cli: Cli, config: Path) -> None:
    """As its last configuration, beside the one on the disk."""
    command = [PYTHON["freqtrade"], "-m", "freqtrade", "show-config", "--show-sensitive"]
    words = ["--via", "file:freqtrade", "--", *command, "-c", str(config), "--config={vault}"]
    said = cli("run", *words).stdout.decode()
    assert [] == [value for value in OKX.values() if f'"{value}"' not in said]


# --- Kraken and Coinbase ------------------------------------------------------------------------------


@needs("krakenex")
def test_krakenex_signs_with_the_file(cli: Cli) -> None:
    """As in the document: its request is one that Kraken's rules accept."""
    secret = base64.b64encode(bytes(range(64))).decode()
    key = {"api_key": base64.b64encode(bytes(range(42))).decode(), "secret_key": secret}
    cli.add("kraken-main", "kraken", key)
    bot = f"{shown('import krakenex')}\nimport sys\nclient.uri = sys.argv[1]\n"
    bot += "print(client.query_private('GetApiKeyInfo'))"
    with standins.Kraken(key) as kraken:
        words = [
            "-c",
            "kraken-main",
            "--via",
            "file:krakenex",
            "--",
            PYTHON["krakenex"],
            "-c",
            bot,
            kraken.url,
        ]
        assert b"my-api-key" in cli("run", *words).stdout


def p256() -> tuple[str, object]:
    made = ec.generate_private_key(ec.SECP256R1())
    pem = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return pem.decode(), made.public_key()


def ed25519_pair() -> tuple[str, object]:
    made = ed25519.Ed25519PrivateKey.generate()
    raw = made.private_bytes_raw() + made.public_key().public_bytes_raw()
    return base64.b64encode(raw).decode(), made.public_key()


@needs("coinbase")
@pytest.mark.parametrize("kind", [p256, ed25519_pair])
def test_coinbase_signs_with_the_file(cli: Cli, kind: type) -> None:
    """As in the document, with either kind of key: its token is one that Coinbase's rules accept."""
    secret, public = kind()
    name = "organizations/6b0ff1a9-1b52-4a9c-a2de-7c9f01aaf4e5/apiKeys/0a9a1b5c-9d54-4e2e-8a10-6a1f1c3e2b4d"
    key = {"api_key": name, "secret_key": secret}
    cli.add("coinbase-main", "coinbase", key)
    bot = (
        f"{shown('coinbase.rest')}\nimport sys\nclient.base_url, send = sys.argv[1], client.session.request\n"
    )
    bot += "client.session.request = lambda m, url, **k: send(m, url.replace('https:', 'http:'), **k)\n"
    bot += "print(client.get_api_key_permissions().to_dict())"
    with standins.Coinbase(key, public) as coinbase:
        words = ["-c", "coinbase-main", "--via", "file:coinbase", "--", PYTHON["coinbase"], "-c", bot]
        assert b"'can_trade': True" in cli("run", *words, coinbase.host).stdout
