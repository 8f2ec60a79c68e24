"""``vault run --via`` and the real clients that read what it hands over, against stand-ins that check it.

freqtrade's are in test_freqtrade.py.
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Iterator

import pytest
import standins
from conftest import OKX, Cli
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from environments import EXAMPLES, PYTHON, ROOT, needs

sys.path.insert(0, str(EXAMPLES))

from okx_standin import Standin

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="files in memory are Linux's")

DOCUMENT = (ROOT / "docs" / "handover.md").read_text(encoding="utf-8")
BALANCE = ("/api/v5/account/balance", "0")


def shown(word: str) -> str:
    """The Python of the document that has that word."""
    [block] = [b for b in re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.M | re.S) if word in b]
    return str(block)


@pytest.fixture
def okx() -> Iterator[Standin]:
    """A stand-in that knows the key of the vault."""
    with Standin() as standin:
        standin.add_key(OKX)
        yield standin


# --- the descriptor -----------------------------------------------------------------------------------


@needs("ccxt")
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
