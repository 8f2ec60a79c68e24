"""What is left of the vault in a program that it launched: looked for in /proc, where anybody could look."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import OKX, PASSWORD, Cli
from search import found, memory

import vault

OTHER = "6f6e6c79206f6e65206f66206d616e79"  # a value of a credential that is not handed over
CODE = "import sys; sys.path; print('ready', flush=True); sys.stdin.read()"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="there is no /proc here"),
]


@pytest.fixture(params=[[], ["--mask"], ["--via", "fd"]], ids=["plain", "mask", "via fd"])
def bot(request: pytest.FixtureRequest, cli: Cli) -> Iterator[int]:
    """The process of a program that was launched with one of two credentials."""
    cli.add("other", "generic", {"token": OTHER})
    command = [cli.exe, "run", *request.param, "-c", "okx-main", "--", sys.executable, "-I", "-c", CODE]
    with subprocess.Popen(command, env=cli.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"ready\n" == process.stdout.readline()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield next((int(pid) for pid in children if _is_bot(int(pid))), process.pid)
        process.communicate(timeout=60)


def _is_bot(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1] == b"-I"


@pytest.mark.promise(9)
def test_memory(bot: int, cli: Cli) -> None:
    """Neither the password, nor the data key, nor a credential that it was not handed; what it was, is."""
    data_key = vault.open(cli.path).unlock(vault.Secret(PASSWORD))._data_key
    data = memory(bot)
    assert CODE.encode() in data  # the search can find something
    assert [] == found(data, {"password": PASSWORD, "data key": data_key, "other": OTHER})


@pytest.mark.promise(9)
def test_environment(bot: int, cli: Cli) -> None:
    """The caller's and what was handed over; nothing of ours, nothing about the vault."""
    pairs = Path(f"/proc/{bot}/environ").read_bytes().rstrip(b"\0").split(b"\0")
    names = {pair.partition(b"=")[0].decode() for pair in pairs}
    handed = {"OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE", "OKX_DEMO", "OKX_SITE", "VAULT_FD"}
    ours = {"VAULT_FILE", "VAULT_PASSWORD_FILE"}
    # In the C locale every Python, ours too, sets this for itself and what it starts: PEP 538.
    assert names - handed - {"LC_CTYPE"} == set(cli.env) - ours - {"LC_CTYPE"}
    assert len(names) == len(pairs)
    if "VAULT_FD" in names:
        assert not any(value.encode() in b"\0".join(pairs) for value in OKX.values())


@pytest.mark.promise(9)
def test_descriptors(bot: int, cli: Cli) -> None:
    """The three that every program has, and the one in memory where it was asked for."""
    links = {int(fd.name): os.readlink(fd) for fd in Path(f"/proc/{bot}/fd").iterdir()}
    besides = [target for number, target in links.items() if number > 2]
    assert all(target.startswith("/memfd:vault") for target in besides)
    assert len(besides) <= ("VAULT_FD" in Path(f"/proc/{bot}/environ").read_text())
    assert not any(str(cli.path.parent) in target for target in links.values())


@pytest.mark.promise(9)
def test_folder_and_arguments(bot: int, cli: Cli) -> None:
    """No value, and no path of the vault, on the command line that every user can read."""
    words = Path(f"/proc/{bot}/cmdline").read_bytes()
    assert [] == found(words, {"password": PASSWORD, **OKX})
    assert str(cli.path).encode() not in words
