"""Credentials on a descriptor: what is written, what is refused, and what the program that reads it gets."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vault import system
from vault.base.secret import Secret
from vault.credential.credential import Credential
from vault.errors import (
    HostError,
    InvalidCredential,
    ProfileNotFound,
    SelectionRefused,
    Usage,
    VariableConflict,
    VaultError,
)
from vault.exchanges import profiles
from vault.exchanges.table import TABLE
from vault.launch import handover
from vault.launch.handover import Handed, from_fd
from vault.system import posix

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="refused on Windows")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="files in memory are Linux's")

DOCUMENT = (Path(__file__).parents[2] / "docs" / "handover.md").read_text(encoding="utf-8")
OKX = {
    "api_key": "37c541a1-0b1c-4d2e-9f3a-10fe7a038418",
    "secret_key": "22582BD0CFF14C41EDBF1AB98506286D",
    "passphrase": "Pass-Phrase-1",
}
PEM = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIA\n-----END EC PRIVATE KEY-----\n"


def credential(exchange: str = "okx", fields: Mapping[str, str] = OKX, **changes: Any) -> Credential:
    name = changes.pop("name", f"{exchange}-main")
    return Credential(name, exchange, {field: Secret(v) for field, v in fields.items()}, 1, **changes)


def pair(exchange: str, key: str = "k", value: str = "s", **changes: Any) -> Credential:
    return credential(exchange, {"api_key": key, "secret_key": value}, **changes)


def blocks(language: str) -> list[str]:
    """What the document shows in that language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)


# --- what is written ----------------------------------------------------------------------------------


def test_the_object_is_the_one_in_the_document() -> None:
    """Every credential by its name, with where it works, and its values."""
    [shown] = blocks("json")
    assert json.loads(shown) == json.loads(handover.content([credential(region="eea")]))


@pytest.mark.parametrize(
    ("flag", "expected"), [("demo", "demo"), ("testnet", "testnet"), ("guarded", "live")]
)
def test_the_environment_is_told(flag: str, expected: str) -> None:
    """A bot need not be told twice whether its key is a real one."""
    changes: dict[str, Any] = {flag: True}
    [entry] = json.loads(handover.content([credential(**changes)]))["credentials"].values()
    assert expected == entry["environment"]


def test_nothing_else_is_told() -> None:
    """Neither notes nor names at the exchange, and no region where none is recorded."""
    told = json.loads(handover.content([credential(note="n", account="a", uid="1", label="l")]))
    assert {"exchange", "environment", "fields"} == told["credentials"]["okx-main"].keys()


FREQTRADE = {
    "okx": (OKX, {"key": OKX["api_key"], "api_key": OKX["api_key"], "secret": OKX["secret_key"],
                  "password": OKX["passphrase"]}),
    "kraken": ({"api_key": "k", "secret_key": "s", "otp": "123456"},
               {"key": "k", "api_key": "k", "secret": "s"}),
    "hyperliquid": ({"wallet_address": "0xa", "private_key": "0xb"},
                    {"wallet_address": "0xa", "walletAddress": "0xa",
                     "private_key": "0xb", "privateKey": "0xb"}),
}  # fmt: skip


@pytest.mark.parametrize("exchange", FREQTRADE)
def test_freqtrade_is_told_what_it_has_names_for(exchange: str) -> None:
    """Each value by every name that some version reads, and no other value."""
    fields, expected = FREQTRADE[exchange]
    assert {"exchange": expected} == json.loads(handover.freqtrade([credential(exchange, fields)]))


SERVED = [name for name in TABLE if "freqtrade" in profiles.make(name, TABLE[name]).presets]


@pytest.mark.parametrize("exchange", SERVED)
def test_freqtrade_gets_what_its_variables_would_hold(exchange: str) -> None:
    """For every exchange whose preset has names for it."""
    variables = profiles.load(exchange).presets["freqtrade"].variables
    written = json.loads(handover.freqtrade([credential(exchange, dict.fromkeys(variables, "x"))]))
    names = {name.removeprefix("FREQTRADE__EXCHANGE__").lower() for name in variables.values()}
    assert names <= written["exchange"].keys()


def test_names_of_variables_do_not_change_the_file() -> None:
    """A credential's own names, and its preset, belong to another way of handing over."""
    renamed = credential(variables={"api_key": "MY_KEY"}, preset="ccxt")
    assert handover.freqtrade([credential()]) == handover.freqtrade([renamed])


def test_coinbase_s_key_file() -> None:
    """A PEM keeps its line breaks."""
    written = json.loads(handover.coinbase([pair("coinbase", "organizations/o/apiKeys/k", PEM)]))
    assert {"name": "organizations/o/apiKeys/k", "privateKey": PEM} == written


def test_krakenex_s_key_file() -> None:
    """Two lines, and nothing of a one-time password, which it has no place for."""
    fields = {"secret_key": "s", "otp": "123456", "api_key": "k"}
    assert b"k\ns\n" == handover.krakenex([credential("kraken", fields)])


ODD = 'Zażółć 密码 🔑 \\n "quoted" {vault} \x7f\u2028'


@pytest.mark.parametrize("via", ["fd", "file:freqtrade"])
def test_json_is_ascii(via: str) -> None:
    """A reader opens it in whatever encoding its locale has; the values are the same in all of them."""
    data = handover.pack(via, [credential(fields={**OKX, "passphrase": ODD})], {})
    assert ODD in leaves(json.loads(data.decode("ascii")))


def leaves(plain: Any) -> list[Any]:
    """The values of nested objects."""
    return (
        [leaf for value in plain.values() for leaf in leaves(value)] if isinstance(plain, dict) else [plain]
    )


# --- what is refused ----------------------------------------------------------------------------------

REFUSED: list[tuple[str, list[Credential], type[VaultError], str]] = [
    ("file:freqtrade", [], SelectionRefused, "not 0"),
    ("file:freqtrade", [credential(), credential(name="b")], SelectionRefused, "-c okx-main, -c b"),
    ("file:freqtrade", [pair("generic")], ProfileNotFound, "generic-main"),
    ("file:freqtrade", [pair("coinbase")], ProfileNotFound, "coinbase-main"),
    ("file:coinbase", [pair("coinbase"), pair("kraken")], SelectionRefused, "-c coinbase-main, -c kra"),
    ("file:coinbase", [credential()], SelectionRefused, "okx-main belongs to okx, not to coinbase"),
    ("file:coinbase", [credential("coinbase", {"api_key": "x"})], InvalidCredential, "no field secret_key"),
    ("file:krakenex", [pair("kraken"), pair("kraken", name="b")], SelectionRefused, "not 2"),
    ("file:krakenex", [pair("coinbase")], SelectionRefused, "belongs to coinbase, not to kraken"),
    ("file:krakenex", [credential("kraken", {"secret_key": "x"})], InvalidCredential, "no field api_key"),
    ("file:krakenex", [pair("kraken", "two\nlines")], InvalidCredential, "blank"),
    ("file:krakenex", [pair("kraken", value=" x")], InvalidCredential, "blank"),
]  # fmt: skip


@pytest.mark.parametrize(("via", "credentials", "error", "said"), REFUSED)
def test_what_has_no_such_file(
    via: str, credentials: list[Credential], error: type[VaultError], said: str
) -> None:
    """Another exchange, a missing field, a value that would be altered, more than one: each says which."""
    with pytest.raises(error) as caught:
        handover.pack(via, credentials, {})
    assert said in f"{caught.value} {caught.value.hint}"
    assert "two\nlines" not in f"{caught.value!r} {caught.value.hint}"


@pytest.mark.parametrize("via", ["", "file", "file:", "FD", "file:ccxt", "env"])
def test_another_way_is_refused(via: str) -> None:
    """Before a password is asked for; the hint says which there are."""
    with pytest.raises(Usage) as caught:
        handover.variable(via)
    assert all(known in caught.value.hint for known in handover.FORMATS)


@pytest.mark.parametrize(
    ("name", "beats"),
    [
        ("FREQTRADE__EXCHANGE__KEY", True),
        ("FREQTRADE__EXCHANGE__API_KEY", True),
        ("FREQTRADE__exchange__Secret", True),
        ("FREQTRADE__EXCHANGE__PASSWORD", True),
        ("FREQTRADE__EXCHANGE__NAME", False),
        ("FREQTRADE__KEY", False),
        ("freqtrade__exchange__key", False),
        ("KEY", False),
    ],
)
def test_a_variable_that_beats_freqtrade_s_file(name: str, beats: bool) -> None:
    """It would trade with the key that happens to be set: refused, by the name alone."""
    if not beats:
        assert handover.pack("file:freqtrade", [credential()], {name: "stale"})
        return
    with pytest.raises(VariableConflict, match=name) as caught:
        handover.pack("file:freqtrade", [credential()], {name: "stale"})
    assert "stale" not in f"{caught.value} {caught.value.hint}"
    assert handover.pack("fd", [credential()], {name: "stale"})


# --- where it is found --------------------------------------------------------------------------------


@pytest.fixture
def placed() -> Iterator[Callable[..., tuple[list[str], dict[str, str]]]]:
    """``place``, whose descriptors are closed after the test."""
    opened: list[int] = []

    def place(via: str, data: bytes, *words: str) -> tuple[list[str], dict[str, str]]:
        command, child = handover.place(via, data, ("{vault}", *words), {"A": "{vault}"})
        opened.append(int(child[handover.variable(via)].rpartition("/")[2]))
        return command, child

    yield place
    for descriptor in opened:
        os.close(descriptor)


def test_the_number_of_the_descriptor(placed: Callable[..., tuple[list[str], dict[str, str]]]) -> None:
    """In one variable, beside what was there; the command stays as it is."""
    command, child = placed("fd", b"data", "-c", "{vault}")
    assert ["{vault}", "-c", "{vault}"] == command
    assert {"A", "VAULT_FD"} == child.keys()
    assert b"data" == os.read(int(child["VAULT_FD"]), 9)


@linux_only
def test_the_path_of_the_file(placed: Callable[..., tuple[list[str], dict[str, str]]]) -> None:
    """In every argument that asks for it, and in one variable; never in the program's own name."""
    command, child = placed("file:krakenex", b"data", "-c", "{vault}", "--key={vault}:{vault}", "{}", "vault")
    path = child["VAULT_VIA"]
    assert ["{vault}", "-c", path, f"--key={path}:{path}", "{}", "vault"] == command
    assert {"A": "{vault}", "VAULT_VIA": path} == child
    assert b"data" == Path(path).read_bytes() == Path(path).read_bytes()


def test_a_pipe_where_there_are_no_files_in_memory(
    placed: Callable[..., tuple[list[str], dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read once, at /dev/fd where there is no /proc."""
    monkeypatch.setattr(posix, "_file_in_memory", lambda: -1)
    monkeypatch.setattr(os.path, "exists", lambda path: False)
    _, child = placed("file:krakenex", b"data")
    assert child["VAULT_VIA"].startswith("/dev/fd/")
    assert b"data" == Path(child["VAULT_VIA"]).read_bytes()


def test_freqtrade_gets_no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads its files again when it is told to reload them, and would find nothing."""
    monkeypatch.setattr(posix, "_file_in_memory", lambda: -1)
    with pytest.raises(HostError, match="more than once"):
        handover.place("file:freqtrade", b"{}", ["freqtrade"], {})


# --- a program that was executed ----------------------------------------------------------------------

LAUNCH = """
import json, os, sys
from vault import system
from vault.credential.credential import Credential
from vault.launch import handover
from vault.base.secret import Secret

via, fields, *command = sys.argv[1:]
fields = {name: Secret(value) for name, value in json.loads(fields).items()}
data = handover.pack(via, [Credential("okx-main", "okx", fields, 1)], os.environ)
system.replace_process(command[0], *handover.place(via, data, command, os.environ))
"""


def launched(via: str, code: str, *words: str, **how: Any) -> str:
    """What a program says that another took its place for."""
    command = [sys.executable, "-c", LAUNCH, via, json.dumps(OKX), sys.executable, "-I", "-c", code, *words]
    done = subprocess.run(command, capture_output=True, text=True, **how)
    assert (0, "") == (done.returncode, done.stderr)
    return str(done.stdout)


def test_a_reader_of_ten_lines() -> None:
    """The one in the document, without a line of ours."""
    [reader] = [block for block in blocks("python") if "def from_fd" in block]
    assert len(reader.splitlines()) <= 10
    said = launched("fd", f"{reader}\nimport sys\nprint(json.dumps([from_fd(), *sys.modules]))")
    found, *modules = json.loads(said)
    assert {"okx-main": {"exchange": "okx", "environment": "live", "fields": OKX}} == found
    assert "vault" not in modules


FACTS = """
import json, os, stat, sys
streams = [int(name) for name in os.listdir("/proc/self/fd")]
print(json.dumps({
    "environ": open("/proc/self/environ", "rb").read().decode(),
    "cmdline": open("/proc/self/cmdline", "rb").read().decode(),
    "open": [number for number in streams if os.path.exists(f"/proc/self/fd/{number}")],
    "named": os.environ.get("VAULT_FD") or os.environ["VAULT_VIA"].rpartition("/")[2],
}))
"""


@linux_only
@pytest.mark.parametrize("via", ["fd", "file:freqtrade"])
def test_variables_and_arguments_hold_no_value(via: str) -> None:
    """Nor is any descriptor inherited but the one that is named."""
    found = json.loads(launched(via, FACTS, "{vault}", stdin=subprocess.DEVNULL))
    assert [0, 1, 2, int(found["named"])] == sorted(found["open"])
    assert [] == [value for value in OKX.values() if value in found["environ"] + found["cmdline"]]


@linux_only
def test_a_closed_stream_is_not_taken_for_it() -> None:
    """A program that was given no standard input does not read credentials there."""
    code = "import os; print(os.environ['VAULT_FD'])"
    words = [sys.executable, "-c", LAUNCH, "fd", json.dumps(OKX), sys.executable, "-c", code]
    line = 'exec "$@" 0<&- 2<&-'
    done = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *words], stdout=subprocess.PIPE, text=True, check=True
    )
    assert int(done.stdout) > 2


# --- from_fd ------------------------------------------------------------------------------------------


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
    given_fd(handover.content([credential(region="eea"), pair("kraken")]))
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
    monkeypatch.setattr(posix, "_file_in_memory", lambda: -1)
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
    with pytest.raises(HostError, match="no open descriptor") as caught:
        from_fd()
    assert "pass_fds" in caught.value.hint


def test_another_file_of_that_number_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's own file, opened after ours was closed, is neither read nor closed."""
    (tmp_path / "log").write_bytes(handover.content([credential()]))
    with (tmp_path / "log").open("rb", buffering=0) as file:
        monkeypatch.setenv("VAULT_FD", str(file.fileno()))
        with pytest.raises(HostError, match="something else by now"):
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
    with pytest.raises(HostError, match="not what this version of coldvault reads") as caught:
        from_fd()
    assert not is_open(descriptor)
    assert caught.value.__context__ is None
    frames = [entry.frame.f_locals for entry in caught.traceback if str(entry.path) == handover.__file__]
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
        "from vault.launch.handover import from_fd\n"
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
        "vault.launch.handover",
        "vault.base.record",
        "vault.base.rules",
        "vault.base.secret",
        "vault.system",
        "vault.system.posix",
    } == {n for n in found if n.startswith("vault")}
    assert not {"cryptography", "argon2", "ctypes", "json", "re", "typing"} & found  # fmt: skip


# --- shield -------------------------------------------------------------------------------------------

BOT = """
import ctypes, json, os, sys
from vault.launch.handover import from_fd
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
    monkeypatch.setattr(system, "shield", lambda: False)
    with pytest.raises(HostError, match="nothing was read"):
        from_fd(shield=True)
    assert "okx-main" in from_fd()
