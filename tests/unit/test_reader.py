"""A bot's reader: what it gets, what it refuses, and what it costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vault import system
from vault.base.secret import Secret
from vault.credential.credential import Credential
from vault.errors import HostError
from vault.launch import handover, reader
from vault.launch.reader import Handed, from_fd
from vault.system.posix import memory_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="refused on Windows")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="files in memory are Linux's")

OKX = {
    "api_key": "37c541a1-0b1c-4d2e-9f3a-10fe7a038418",
    "secret_key": "22582BD0CFF14C41EDBF1AB98506286D",
    "passphrase": "Pass-Phrase-1",
}


def credential(exchange: str = "okx", fields: Mapping[str, str] = OKX, **changes: Any) -> Credential:
    secrets = {field: Secret(value) for field, value in fields.items()}
    return Credential(f"{exchange}-main", exchange, secrets, 1, **changes)


@pytest.fixture
def given_fd(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], int]:
    """Puts bytes on a descriptor that VAULT_FD names."""

    def give(data: bytes) -> int:
        descriptor = system.memory_file(data)
        monkeypatch.setenv("VAULT_FD", str(descriptor))
        return descriptor

    return give


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_what_is_read(given_fd: Callable[[bytes], int]) -> None:
    """Each credential by its name, with values that do not show themselves."""
    given_fd(
        handover.content(
            [credential(region="eea"), credential("kraken", {"api_key": "k", "secret_key": "s"})]
        )
    )
    read = from_fd()
    secrets = {field: Secret(value) for field, value in OKX.items()}
    assert {
        "okx-main": Handed("okx", "live", secrets, "eea"),
        "kraken-main": Handed("kraken", "live", {"api_key": Secret("k"), "secret_key": Secret("s")}),
    } == read
    assert OKX["api_key"] not in f"{read!r}{read}"


TEXTS = st.text(min_size=1).filter(lambda text: "\0" not in text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    fields=st.dictionaries(
        st.from_regex("[a-z][a-z0-9_]{0,9}", fullmatch=True), TEXTS, min_size=1, max_size=9
    )
)
def test_every_value_arrives_as_it_is(given_fd: Callable[[bytes], int], fields: dict[str, str]) -> None:
    """Whatever a credential can hold, under whatever name."""
    given_fd(handover.content([credential("generic", fields)]))
    assert fields == {name: v.reveal() for name, v in from_fd()["generic-main"].fields.items()}


def test_it_is_read_once(given_fd: Callable[[bytes], int]) -> None:
    """Then the descriptor is closed and its name forgotten, here and for what is started from here."""
    descriptor = given_fd(handover.content([credential()]))
    from_fd()
    assert not is_open(descriptor)
    assert "VAULT_FD" not in os.environ
    done = subprocess.run(["/usr/bin/env"], capture_output=True, check=True)
    assert b"VAULT_FD" not in done.stdout
    with pytest.raises(HostError, match="read them already"):
        from_fd()


def test_a_pipe_is_read_too(given_fd: Callable[[bytes], int], monkeypatch: pytest.MonkeyPatch) -> None:
    """As much of it as there is."""
    monkeypatch.setattr(memory_file, "_file_in_memory", lambda: -1)
    given_fd(handover.content([credential(fields={"token": "x" * 50_000}, exchange="generic")]))
    assert 50_000 == len(from_fd()["generic-main"].fields["token"])


def test_nothing_was_handed_over() -> None:
    """A bot that was started without ``vault run --via fd`` says so."""
    with pytest.raises(HostError, match="not started by vault run --via fd"):
        from_fd()


@pytest.mark.parametrize("number", ["x", "-1", "9999", "3.5", "99999999999999999999", " "])
def test_a_descriptor_that_is_not_there(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a launcher in between closed it."""
    monkeypatch.setenv("VAULT_FD", number)
    with pytest.raises(HostError, match="not an open descriptor") as caught:
        from_fd()
    assert "pass_fds" in caught.value.hint


def test_another_file_of_that_number_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's own file, opened after ours was closed, is neither read nor closed."""
    (tmp_path / "log").write_bytes(handover.content([credential()]))
    with (tmp_path / "log").open("rb", buffering=0) as file:
        monkeypatch.setenv("VAULT_FD", str(file.fileno()))
        with pytest.raises(HostError, match="another file by now"):
            from_fd()
        assert 0 == file.tell()


def test_another_process_was_faster(given_fd: Callable[[bytes], int]) -> None:
    """Two processes that share the descriptor share how far it is read."""
    assert b"{}" == os.read(given_fd(b"{}"), 9)
    with pytest.raises(HostError, match="another process has read it"):
        from_fd()


def test_a_descriptor_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the end of a pipe that is only written to."""
    reader, writer = os.pipe()
    monkeypatch.setenv("VAULT_FD", str(writer))
    with pytest.raises(HostError, match=f"cannot read descriptor {writer}"):
        from_fd()
    os.close(reader)
    assert not is_open(writer)


def altered(change: Callable[[dict[str, Any]], object]) -> bytes:
    plain = json.loads(handover.content([credential()]))
    change(plain)
    return json.dumps(plain).encode()


STRANGE = {
    "no JSON": b'{"credentials": "22582BD0CFF14C41EDBF1AB98506286D"',
    "no UTF-8": b'{"version": 1, "x": "\xff"}',
    "no object": b"[1]",
    "no version": altered(lambda plain: plain.pop("version")),
    "another version": altered(lambda plain: plain.update(version=2)),
    "no credentials": altered(lambda plain: plain.pop("credentials")),
    "a list of credentials": altered(lambda plain: plain.update(credentials=[1])),
    "no fields": altered(lambda plain: plain["credentials"]["okx-main"].pop("fields")),
    "no exchange": altered(lambda plain: plain["credentials"]["okx-main"].pop("exchange")),
    "a number": altered(lambda plain: plain["credentials"]["okx-main"]["fields"].update(api_key=1)),
}


@pytest.mark.parametrize("data", STRANGE.values(), ids=STRANGE)
def test_what_is_not_understood(given_fd: Callable[[bytes], int], data: bytes) -> None:
    """An error without a value in it, in what caused it, or in sight of what reports it."""
    descriptor = given_fd(data)
    with pytest.raises(HostError, match="not in the format that this version of coldvault reads") as caught:
        from_fd()
    assert not is_open(descriptor)
    assert caught.value.__context__ is None
    frames = [entry.frame.f_locals for entry in caught.traceback if str(entry.path) == reader.__file__]
    assert not any("22582BD0" in repr(seen) for seen in frames)


def test_keys_of_a_later_version_are_ignored(given_fd: Callable[[bytes], int]) -> None:
    """A program need not be updated together with the command."""
    given_fd(altered(lambda plain: plain["credentials"]["okx-main"].update(account="a")))
    assert "okx" == from_fd()["okx-main"].exchange


def test_a_bot_imports_no_more_than_it_needs() -> None:
    """Neither the vault's core nor a library, and no profile."""
    code = (
        "import sys, os\n"
        "before = set(sys.modules)\n"
        "from vault.launch.reader import from_fd\n"
        "try: from_fd()\n"
        "except Exception: pass\n"
        "print(*sorted(name for name in set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = set(done.stdout.split())
    assert {
        "vault",
        "vault.base",
        "vault.errors",
        "vault.launch",
        "vault.launch.reader",
        "vault.base.record",
        "vault.base.rules",
        "vault.base.secret",
        "vault.system",
    } == {n for n in found if n.startswith("vault")}
    assert not {"cryptography", "argon2", "ctypes", "json", "re", "typing"} & found  # fmt: skip


# --- shield -------------------------------------------------------------------------------------------

BOT = """
import ctypes, json, os, sys
from vault.launch.reader import from_fd
user, shield = int(sys.argv[1]), sys.argv[2] == "shield"
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE, which the kernel took away with the rights
print("started", flush=True)
sys.stdin.readline()
kept = from_fd(shield=shield)
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)  # PR_GET_DUMPABLE
sys.stdin.readline()
"""
NEIGHBOUR = """
import os, sys
user, process, descriptor = map(int, sys.argv[1:])
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
for name in ("environ", "maps", "mem", f"fd/{descriptor}"):
    try:
        with open(f"/proc/{process}/{name}", "rb"):
            print(name.partition("/")[0])
    except OSError:
        pass
"""


@linux_only
@pytest.mark.parametrize("shield", [True, False], ids=["shield", "plain"])
def test_other_processes_of_the_user_are_kept_out(shield: bool) -> None:
    """With shield, of memory, environment and descriptors; before, and without it, they are not."""
    user = 65534 if os.geteuid() == 0 else 0  # root is never kept out: both become nobody
    descriptor = system.memory_file(handover.content([credential()]))
    if user:
        os.fchown(descriptor, user, user)

    def seen(process: int) -> set[str]:
        words = [sys.executable, "-c", NEIGHBOUR, str(user), str(process), str(descriptor)]
        return set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())

    with subprocess.Popen(
        [sys.executable, "-c", BOT, str(user), "shield" if shield else "plain"],
        env={**os.environ, "VAULT_FD": str(descriptor)},
        pass_fds=[descriptor],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as bot:
        os.close(descriptor)
        assert bot.stdin
        assert bot.stdout
        assert "started\n" == bot.stdout.readline()
        assert {"environ", "fd", "maps"} <= seen(bot.pid)  # mem may be kept back by Yama, ptrace(2)
        bot.stdin.write("\n")
        assert f"{int(not shield)}\n" == bot.stdout.readline()
        if shield:
            assert set() == seen(bot.pid)
        else:
            assert {"environ", "maps"} == seen(bot.pid) - {"mem"}
        bot.stdin.write("\n")
    assert 0 == bot.returncode


def test_no_shield_no_credentials(given_fd: Callable[[bytes], int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for it is not given less; without it they can be read all the same."""
    given_fd(handover.content([credential()]))
    monkeypatch.setattr(system, "make_undumpable", lambda: False)
    with pytest.raises(HostError, match="nothing was read"):
        from_fd(shield=True)
    assert "okx-main" in from_fd()
