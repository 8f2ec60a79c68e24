"""Programs started by ``vault run``: the real clients and a plain script, against a local stand-in of OKX.

The stand-in verifies every request from its raw bytes and shares no code with the vault, so an ``"0"``
beside a private path in its log means that key, secret and passphrase all arrived unchanged.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from environments import EXAMPLES, needs

sys.path.insert(0, str(EXAMPLES))

from okx_standin import Standin

BALANCE = ("/api/v5/account/balance", "0")
TIMEOUT = 60  # seconds; importing ccxt alone may take several on a slow disk

posix = pytest.mark.skipif(os.name != "posix", reason="on Windows the program is a child of vault's")

# Prints {variable: SHA-256 of its bytes}, null for one that is not set: a test compares without showing.
DIGESTS = """
import hashlib, json, os, sys
values = {name: os.environ.get(name) for name in sys.argv[1:]}
print(json.dumps({
    name: None if value is None else hashlib.sha256(os.fsencode(value)).hexdigest()
    for name, value in values.items()
}))
"""

# preset: its variables, in the order api_key, secret_key, passphrase
NAMES = {
    "ccxt": ("OKX_APIKEY", "OKX_SECRET", "OKX_PASSWORD"),
    "python-okx": ("OKX_API_KEY", "OKX_API_SECRET", "OKX_PASSPHRASE"),
    "okx-cli": ("OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE"),
    "nautilus": ("OKX_API_KEY", "OKX_API_SECRET", "OKX_API_PASSPHRASE"),
    "freqtrade": (
        "FREQTRADE__EXCHANGE__API_KEY",
        "FREQTRADE__EXCHANGE__SECRET",
        "FREQTRADE__EXCHANGE__PASSWORD",
    ),
}

# Each is what some shell, .env reader or string formatting in between would change.
ODD_VALUES = {
    "blanks": "  two  blanks, and a tab\t ",
    "quotes": """it's "quoted" and `ticked`""",
    "dollar": "$HOME ${HOME} $(id) $$ pa$$word",
    "percent": "%PATH% 100%s %(name)s %25",
    "equals": "a=b==c;d&e#f",
    "backslash": "C:\\new\\table \\n \\u0041 \\",
    "braces": "{0} {name} {{}}",
    "unicode": "Zażółć gęślą jaźń e\u0301 \u00e9 密码 🔑",  # composed and decomposed e-acute must stay apart
    "newline": "-----BEGIN PRIVATE KEY-----\nline two\n\nline four\n-----END PRIVATE KEY-----",
    "long": "0123456789abcdef" * 4096,  # 64 KiB; Linux takes 128 KiB in one variable
}


class Launcher:
    """``vault run`` with a cli vault, as a person or a service would start it."""

    def __init__(self, vault_exe: Any, cli: Any) -> None:
        """Take the executable and the fixture of the same names."""
        self.exe, self.cli = str(vault_exe), cli

    def command(self, *words: str) -> list[str]:
        """The command line of ``vault run`` with *words*."""
        return [self.exe, "run", *words]

    def run(self, *words: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run to the end; no bytes mean an empty stdin."""
        source: dict[str, Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        command, env = self.command(*words), self.cli.env
        return subprocess.run(command, env=env, capture_output=True, timeout=TIMEOUT, check=False, **source)

    def digests(self, *words: str, names: tuple[str, ...]) -> dict[str, str | None]:
        """SHA-256 of each variable as a child sees it; None for one that is not set."""
        done = self.run(*words, "--", sys.executable, "-c", DIGESTS, *names)
        assert 0 == done.returncode, done.stderr.decode()
        found: dict[str, str | None] = json.loads(done.stdout)
        return found


@pytest.fixture
def okx() -> Iterator[Standin]:
    """A stand-in of this test's own."""
    with Standin() as standin:
        yield standin


@pytest.fixture
def launcher(vault_exe: Any, cli: Any, monkeypatch: pytest.MonkeyPatch) -> Launcher:
    """``vault run`` without the proxies of the machine the tests run on."""
    for name in list(cli.env):
        # A proxy would swallow a request to 127.0.0.1.
        if name.lower().endswith("_proxy"):
            monkeypatch.delitem(cli.env, name)
    return Launcher(vault_exe, cli)


@pytest.fixture
def live(okx: Standin, cli: Any) -> dict[str, str]:
    """A live key in the vault, as ``standin-live``."""
    key = okx.create_key()
    cli.add("standin-live", "okx", key)
    return key


@pytest.fixture
def demo(okx: Standin, cli: Any) -> dict[str, str]:
    """A demo key in the vault, as ``standin-demo``."""
    key = okx.create_key(demo=True)
    cli.add("standin-demo", "okx", key, "--demo")
    return key


def digest(value: str) -> str:
    """SHA-256 of *value* in UTF-8, in hexadecimal."""
    return hashlib.sha256(value.encode()).hexdigest()


def balance_of(done: subprocess.CompletedProcess[bytes]) -> set[str]:
    """The lines of a bot that must have ended well."""
    assert 0 == done.returncode, done.stderr.decode()
    return set(done.stdout.decode().split("\n")) - {""}


def line_of(process: subprocess.Popen[bytes]) -> bytes:
    """The next line that *process* prints."""
    assert process.stdout
    return process.stdout.readline()


def bot(name: str, *options: str) -> tuple[str, ...]:
    """The words that start one of the example bots."""
    return "--", sys.executable, str(EXAMPLES / name), *options


# -- the clients ---------------------------------------------------------------------------------------------


@needs("ccxt")
def test_ccxt_reads_the_balance(okx: Standin, live: dict[str, str], launcher: Launcher) -> None:
    """ccxt signs with the three values and is answered."""
    done = launcher.run("-c", "standin-live", "--for", "ccxt", *bot("bot_ccxt.py", okx.url))
    assert {"balance: 1234.56 USDT", "balance: 0.5 BTC"} == balance_of(done)
    assert BALANCE in okx.log


@needs("ccxt")
def test_ccxt_reads_a_demo_balance(okx: Standin, demo: dict[str, str], launcher: Launcher) -> None:
    """ccxt has no variable for demo trading; its sandbox mode accepts the demo key."""
    done = launcher.run("-c", "standin-demo", "--for", "ccxt", *bot("bot_ccxt.py", "--sandbox", okx.url))
    assert {"balance: 1234.56 USDT", "balance: 0.5 BTC"} == balance_of(done)
    assert BALANCE in okx.log


@needs("okx")
@pytest.mark.parametrize("kind", ["live", "demo"])
def test_python_okx_reads_the_balance(
    okx: Standin, launcher: Launcher, request: pytest.FixtureRequest, kind: str
) -> None:
    """python-okx gets its flag too: without it the library would send live keys to demo trading."""
    request.getfixturevalue(kind)
    done = launcher.run("-c", f"standin-{kind}", "--for", "python-okx", *bot("bot_python_okx.py", okx.url))
    assert {"balance: 1234.56 USDT", "balance: 0.5 BTC"} == balance_of(done)
    assert [BALANCE] == okx.log


def test_a_plain_script_reads_the_balance(okx: Standin, live: dict[str, str], launcher: Launcher) -> None:
    """Without --for, the exchange profile's own names: what a script of the standard library reads."""
    done = launcher.run("-c", "standin-live", *bot("bot.py", okx.url))
    assert {"balance: 1234.56 USDT", "balance: 0.5 BTC"} == balance_of(done)
    assert [BALANCE] == okx.log


def test_a_plain_script_reads_a_demo_balance(okx: Standin, demo: dict[str, str], launcher: Launcher) -> None:
    """--for okx-cli adds OKX_DEMO."""
    done = launcher.run("-c", "standin-demo", "--for", "okx-cli", *bot("bot.py", okx.url))
    assert {"balance: 1234.56 USDT", "balance: 0.5 BTC"} == balance_of(done)
    assert [BALANCE] == okx.log


def test_a_refused_bot_says_why_and_no_more(
    okx: Standin, live: dict[str, str], launcher: Launcher, cli: Any
) -> None:
    """A wrong secret is the exchange's refusal, the bot's exit status, and nobody's output."""
    wrong = live | {"secret_key": live["secret_key"][::-1]}
    cli.add("standin-wrong", "okx", wrong)
    done = launcher.run("-c", "standin-wrong", *bot("bot.py", okx.url))
    assert (1, b"") == (done.returncode, done.stdout)
    assert [("/api/v5/account/balance", "50113")] == okx.log
    assert not [value for value in wrong.values() if value.encode() in done.stderr]


# -- the values ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", NAMES)
def test_a_preset_gives_each_value_its_name(launcher: Launcher, live: dict[str, str], preset: str) -> None:
    """Byte for byte, under the names the client reads."""
    expected = dict(zip(NAMES[preset], map(digest, live.values()), strict=True))
    assert expected == launcher.digests("-c", "standin-live", "--for", preset, names=NAMES[preset])


def test_two_presets_at_once(launcher: Launcher, live: dict[str, str]) -> None:
    """One credential under both clients' names, for a program that uses both."""
    names = NAMES["ccxt"] + NAMES["python-okx"]
    expected = dict(zip(names, list(map(digest, live.values())) * 2, strict=True))
    found = launcher.digests("-c", "standin-live", "--for", "ccxt", "--for", "python-okx", names=names)
    assert expected == found


@pytest.mark.parametrize(("kind", "flag"), [("live", "0"), ("demo", "1")])
def test_python_okx_is_always_told_live_or_demo(
    launcher: Launcher, request: pytest.FixtureRequest, kind: str, flag: str
) -> None:
    """OKX_FLAG: the library's own default is 1, demo, so live must be said as well."""
    request.getfixturevalue(kind)
    found = launcher.digests("-c", f"standin-{kind}", "--for", "python-okx", names=("OKX_FLAG",))
    assert {"OKX_FLAG": digest(flag)} == found


def test_okx_cli_is_told_demo(launcher: Launcher, demo: dict[str, str]) -> None:
    """OKX_DEMO: its reader takes exactly 1 or true."""
    found = launcher.digests("-c", "standin-demo", "--for", "okx-cli", names=("OKX_DEMO",))
    assert found["OKX_DEMO"] in (digest("1"), digest("true"))


def test_okx_cli_is_not_told_demo_for_a_live_key(launcher: Launcher, live: dict[str, str]) -> None:
    """A live key never comes with a word that the client takes for demo."""
    found = launcher.digests("-c", "standin-live", "--for", "okx-cli", names=("OKX_DEMO",))
    assert found["OKX_DEMO"] not in (digest("1"), digest("true"))


@pytest.mark.promise(9)
def test_odd_values_arrive_unchanged(launcher: Launcher, cli: Any) -> None:
    """What a shell, a .env file or a format string would alter passes through, byte for byte."""
    cli.add("odd", "generic", ODD_VALUES)
    expected = {f"ODD_{name.upper()}": digest(value) for name, value in ODD_VALUES.items()}
    assert expected == launcher.digests("-c", "odd", names=tuple(expected))


@pytest.mark.promise(9)
def test_our_own_variables_do_not_reach_the_program(launcher: Launcher, live: dict[str, str]) -> None:
    """The program cannot learn where the vault or its password file is."""
    names = ("VAULT_FILE", "VAULT_PASSWORD_FILE")
    assert dict.fromkeys(names) == launcher.digests("-c", "standin-live", names=names)


# -- the process ---------------------------------------------------------------------------------------------


def test_the_exit_status_is_the_programs(launcher: Launcher, live: dict[str, str]) -> None:
    """Seven stays seven."""
    done = launcher.run("-c", "standin-live", "--", sys.executable, "-c", "raise SystemExit(7)")
    assert 7 == done.returncode


def test_stdin_belongs_to_the_program(launcher: Launcher, live: dict[str, str]) -> None:
    """One MiB of every byte value, NULs included, reaches the program untouched."""
    data = bytes(range(256)) * 4096
    reader = "import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())"
    done = launcher.run("-c", "standin-live", "--", sys.executable, "-c", reader, stdin=data)
    assert hashlib.sha256(data).hexdigest() == done.stdout.decode().strip(), done.stderr.decode()


def test_stdout_carries_only_the_programs_bytes(launcher: Launcher, live: dict[str, str]) -> None:
    """Nothing of ours is mixed into what the next program in a pipe reads."""
    writer = "import sys; sys.stdout.buffer.write(bytes(range(256)))"
    done = launcher.run("-c", "standin-live", "--", sys.executable, "-c", writer)
    assert bytes(range(256)) == done.stdout, done.stderr.decode()


@pytest.fixture
def sleeper(launcher: Launcher, live: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A bot that prints its process id and then waits a minute."""
    script = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    process = subprocess.Popen(
        launcher.command("-c", "standin-live", "--", sys.executable, "-c", script),
        env=launcher.cli.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.promise(9)
@posix
def test_the_program_replaces_the_vault(sleeper: subprocess.Popen[bytes]) -> None:
    """A service manager that started vault watches the bot itself."""
    assert sleeper.pid == int(line_of(sleeper))


@pytest.mark.promise(9)
@posix
def test_a_signal_to_the_vault_ends_the_program(sleeper: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the process id of ``vault run``: the bot ends of it, and no orphan stays."""
    line_of(sleeper)
    sleeper.terminate()
    assert -signal.SIGTERM == sleeper.wait(TIMEOUT)
