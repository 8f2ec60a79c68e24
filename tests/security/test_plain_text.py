"""No secret is written anywhere: every byte that a command writes, and every argument it starts with."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import OKX, PASSWORD, Cli

NEW = "an altogether different sentence"
SECRETS = {**OKX, "password": PASSWORD, "new password": NEW}
# What can put bytes into a file, a pipe or a socket, or on a command line.
CALLS = (
    "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,execve,execveat,copy_file_range,sendfile,splice"
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed; CI has it"),
]


def forms(secret: str) -> Iterator[bytes]:
    """A text as it may lie on a disk: as it is, as UTF-16, hex and base64, and backwards."""
    plain = secret.encode()
    yield from (plain, plain[::-1], secret.encode("utf-16-le"), plain.hex().encode())
    yield from (base64.b64encode(plain).rstrip(b"="), base64.urlsafe_b64encode(plain).rstrip(b"="))


def written(cli: Cli, tmp_path: Path, *words: str, input: bytes = b"") -> bytes:
    """All that a command and its children wrote, and their arguments, as one run of hex digits."""
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "-xx", "-s", "10000000", "-e", f"trace={CALLS}", "-o", str(trace)]
    done = subprocess.run(
        [*strace, cli.exe, *words], input=input, env=cli.env, capture_output=True, timeout=120
    )
    assert b"bug" not in done.stderr
    return trace.read_bytes().replace(b"\\x", b"")


def found(trace: bytes) -> set[str]:
    """Which secrets are in it, in whatever form."""
    return {name for name, text in SECRETS.items() if any(f.hex().encode() in trace for f in forms(text))}


def test_a_leak_would_be_found(cli: Cli, tmp_path: Path) -> None:
    """The search has teeth: a value that is printed on purpose is seen, and no other."""
    trace = written(cli, tmp_path, "show", "okx-main", "--reveal", "secret_key", "--force-stdout")
    assert {"secret_key"} == found(trace)


@pytest.mark.parametrize(
    "words",
    ["list", "--json list", "show okx-main", "status", "edit okx-main --note x --tag y", "disable okx-main",
     "remove okx-main --force", "run -- true", "run --for ccxt --dry-run -- true", "run -- no-such-program",
     "show nope", "passwd --new-password-file {new} --memory 64"],
)  # fmt: skip
def test_no_command_writes_a_secret(cli: Cli, tmp_path: Path, words: str) -> None:
    """Not to a file, not to a stream, not as an argument; whether it succeeds or not."""
    new = tmp_path / "new"
    new.write_text(f"{NEW}\n")
    assert set() == found(written(cli, tmp_path, *words.format(new=new).split()))


@pytest.mark.parametrize("name", ["second", "okx-main", "NOT A NAME"], ids=["stored", "taken", "refused"])
def test_adding_writes_no_value(cli: Cli, tmp_path: Path, name: str) -> None:
    """Neither when it is stored nor when it is refused."""
    words = ("add", name, "--exchange", "okx", "--stdin")
    assert set() == found(written(cli, tmp_path, *words, input=json.dumps(OKX).encode()))


def test_making_a_vault_writes_no_password(bare: Cli, tmp_path: Path) -> None:
    """The master password only ever goes in."""
    words = ("--password-file", str(bare.password_file), "init", "--memory", "64")
    assert set() == found(written(bare, tmp_path, *words))
    assert bare.path.exists()
