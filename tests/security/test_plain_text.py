"""No secret is written anywhere: every byte that a command writes, and every argument it starts with."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import search
from conftest import OKX, PASSWORD, Cli

NEW = "an altogether different sentence"
SECRETS = {**OKX, "password": PASSWORD, "new password": NEW}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed; CI has it"),
]


def written(cli: Cli, tmp_path: Path, *words: str, input: bytes = b"") -> bytes:
    """All that a command and its children wrote, and their arguments."""
    command = search.traced([cli.exe, *words], tmp_path / "trace")
    env = {**cli.env, "PYTHONDONTWRITEBYTECODE": "1"}  # byte code holds the words of our own examples
    done = subprocess.run(command, input=input, env=env, capture_output=True, timeout=120)
    assert b"bug" not in done.stderr
    return b"\0".join(search.written(tmp_path / "trace").values())


def found(wrote: bytes) -> set[str]:
    """Which secrets are in it, in whatever form."""
    return {leak.partition(" (")[0] for leak in search.found(wrote, SECRETS)}


@pytest.mark.promise(4)
def test_a_leak_would_be_found(cli: Cli, tmp_path: Path) -> None:
    """The search has teeth: a value that is printed on purpose is seen, and no other."""
    wrote = written(cli, tmp_path, "show", "okx-main", "--reveal", "secret_key", "--force-stdout")
    assert {"secret_key"} == found(wrote)


@pytest.mark.promise(4)
@pytest.mark.parametrize(
    "words",
    ["list", "--json list", "show okx-main", "status", "edit okx-main --note x --tag y", "disable okx-main",
     "remove okx-main --force", "run -- true", "run --for ccxt --dry-run -- true", "run -- no-such-program",
     "show nope", "passwd --new-password-file {new} --memory 64", "audit", "--json audit", "log",
     "exposure okx-main", "--json exposure okx-main", "copy okx-main secret_key", "rotate okx-main --abort",
     "verify okx-main --base-url http://127.0.0.1:9", "keygen bin --exchange binance --later"],
)  # fmt: skip
def test_no_command_writes_a_secret(cli: Cli, tmp_path: Path, words: str) -> None:
    """Not to a file, not to a stream, not as an argument; whether it succeeds or not."""
    new = tmp_path / "new"
    new.write_text(f"{NEW}\n")
    assert set() == found(written(cli, tmp_path, *words.format(new=new).split()))


@pytest.mark.promise(4)
@pytest.mark.parametrize("name", ["second", "okx-main", "NOT A NAME"], ids=["stored", "taken", "refused"])
def test_adding_writes_no_value(cli: Cli, tmp_path: Path, name: str) -> None:
    """Neither when it is stored nor when it is refused."""
    words = ("add", name, "--exchange", "okx", "--stdin")
    assert set() == found(written(cli, tmp_path, *words, input=json.dumps(OKX).encode()))


@pytest.mark.parametrize("command", ["add second --exchange okx", "rotate okx-main"])
def test_a_page_writes_no_value(cli: Cli, tmp_path: Path, command: str) -> None:
    """What is told of a pasted page, and of a successor, holds none."""
    page = f"API key\n{OKX['api_key']}\nSecret key\n{OKX['secret_key']}\nPassphrase: {OKX['passphrase']}\n"
    words = (*command.split(), "--paste", "--stdin")
    assert set() == found(written(cli, tmp_path, *words, input=page.encode()))
    assert b"2" in cli("--json", "show", "okx-main" if "rotate" in command else "second").stdout


def test_a_run_writes_its_values_nowhere_but_into_the_environment(cli: Cli, tmp_path: Path) -> None:
    """The journal holds neither a value nor an argument of the program."""
    secret = "an-argument-of-the-program"
    assert set() == found(written(cli, tmp_path, "run", "--", "true", secret))
    journal = cli.path.with_name(f"{cli.path.name}.journal").read_bytes()
    assert [] == [text for text in (*SECRETS.values(), secret) if text.encode() in journal]
    assert secret.encode() not in cli("log").stdout


@pytest.mark.promise(4)
def test_making_a_vault_writes_no_password(bare: Cli, tmp_path: Path) -> None:
    """The master password only ever goes in."""
    words = ("--password-file", str(bare.password_file), "init", "--memory", "64")
    assert set() == found(written(bare, tmp_path, *words))
    assert bare.path.exists()
