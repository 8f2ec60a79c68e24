"""Credentials on a descriptor: what is written, what is refused, and where the program finds it."""

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
from vault.launch import handover
from vault.system.posix import memory_file

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


SERVED = [name for name in profiles.names() if "freqtrade" in profiles.load(name).presets]


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
    monkeypatch.setattr(memory_file, "_file_in_memory", lambda: -1)
    monkeypatch.setattr(os.path, "exists", lambda path: False)
    _, child = placed("file:krakenex", b"data")
    assert child["VAULT_VIA"].startswith("/dev/fd/")
    assert b"data" == Path(child["VAULT_VIA"]).read_bytes()


def test_freqtrade_gets_no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads its files again when it is told to reload them, and would find nothing."""
    monkeypatch.setattr(memory_file, "_file_in_memory", lambda: -1)
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
