"""A day with the vault, on a disk that is read afterwards: no secret is on it, in whatever form.

HOME, TMPDIR, the XDG folders and the working folder lie in an image, which keeps at once whatever is written.
Every command is called there: typed into a shell that has a history, or with its values piped in. Some fail,
some are killed, some crash. Then the image is searched, and all that these processes and their children
wrote, and all of their arguments. A few commands hand a value out because they are told to; each says where
to, and no file is.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import NamedTuple

import pexpect
import pytest
from conftest import Tally
from disks import Disk, bench
from search import forms, found, traced, written

import vault
from vault.cli.group import _COMMANDS

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from okx_standin import Standin

PASSWORD, NEW = "seven quiet lanterns over the harbour", "nine loud kettles under the bridge"
WRONG = "seven quiet lanterns over the garden"
TOKEN = secrets.token_urlsafe(24)
READY = "ready> "

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed; CI has it"),
]


def okx() -> dict[str, str]:
    """A key as OKX shows it, of which no piece is in another."""
    key = re.sub("(.{8})(.{4})(.{4})(.{4})(.{12})", r"\1-\2-\3-\4-\5", secrets.token_hex(16))
    return {
        "api_key": key,
        "secret_key": secrets.token_hex(16).upper(),
        "passphrase": f"P-{secrets.token_hex(6)}",
    }


KEYS = {name: okx() for name in ("typed", "left", "pasted", "staged", "piped", "next", "refused", "killed",
                               "corrected")}  # fmt: skip
CORRECTED = {"secret_key": KEYS["corrected"]["secret_key"]}


class Call(NamedTuple):
    """One command in a shell.

    Attributes:
        given: what is piped into it.
        status: what it ends with.
        to: where it is told to hand a value out: a kind of :func:`kind`.
        inject: a fault, as strace(1) names it.
    """

    line: str
    given: str = ""
    status: int = 0
    to: str = ""
    inject: str = ""


ADD = "vault add {} --exchange okx --permission read --stdin"
READER = 'import os; os.read(int(os.environ["VAULT_FD"]), 9999)'
SHOUT = "echo $OKX_SECRET_KEY; echo $OKX_SECRET_KEY >&2"
CALLS = (
    Call(ADD.format("piped"), json.dumps(KEYS["piped"])),
    Call(ADD.format("piped"), json.dumps(KEYS["refused"]), 52),
    Call(ADD.format("PIPED"), json.dumps(KEYS["refused"]), 53),
    Call(ADD.format("cut"), json.dumps(KEYS["refused"])[:-3], 53),
    Call("vault add token --field token --stdin", json.dumps({"token": TOKEN})),
    Call("vault keygen made --exchange binance --later"),
    Call("vault keygen wallet --exchange hyperliquid --later"),
    Call("vault list"),
    Call("vault --json list"),
    Call("vault show piped"),
    Call("vault show piped --reveal secret_key --force-stdout", to="pipe"),
    Call("vault show nobody", status=51),
    Call("vault edit piped --note n --tag t"),
    Call("vault rotate piped --stdin", json.dumps(KEYS["next"])),
    Call("vault verify piped --base-url {url}", to="socket"),
    Call("vault verify piped --next --base-url {url}", status=72, to="socket"),
    Call("vault verify piped --base-url http://127.0.0.1:9", status=76),
    Call("vault rotate piped --commit --yes"),
    Call("vault correct piped secret_key --stdin", json.dumps(CORRECTED), 61),
    Call("vault correct pasted secret_key --stdin", json.dumps(CORRECTED)),
    Call("vault disable token"),
    Call("vault enable token"),
    Call("vault run -c token -- true"),
    Call("vault run -c piped --mask -- sh -c '" + SHOUT + "' >bot.log 2>&1", to="pipe"),
    Call("vault run -c piped --via fd -- {python} -I -c '" + READER + "'", to="memory"),
    Call("vault run -c piped --dry-run -- true"),
    Call("vault run -c piped -- no-such-program", status=127),
    Call("vault run --for okx-cli -c typed -- {python} {bot} {url}", to="socket"),
    Call("vault run --for okx-cli -c piped -- {python} {bot} http://127.0.0.1:9", status=1),
    Call("vault audit", status=1),
    Call("vault log"),
    Call("vault exposure piped"),
    Call("vault status"),
    Call("vault backup copies"),
    Call("vault restore copies/*.vault --older"),
    Call("vault merge copies/*.vault --prefer both"),
    Call("vault restore copies/*.vault --only pasted"),
    Call("vault help merge"),
    Call("vault doctor", status=1),
    Call("vault completion bash"),
    Call("vault rotate piped --forget"),
    *(
        Call(ADD.format("killed"), json.dumps(KEYS["killed"]), -signal.Signals[f"SIG{name}"],
             inject=f"{call}:signal={name}:when={number}")
        for name, call, number in (
            ("KILL", "fsync", 2), ("KILL", "renameat", 1), ("ABRT", "fsync", 2), ("SEGV", "renameat", 2),
        )
    ),
    Call("vault rotate piped --stdin", json.dumps(KEYS["killed"]), 20, inject="fsync:error=EIO:when=2"),
    Call("vault remove token --force"),
    Call("vault passwd --new-password-file {new} --memory 64", inject="fsync:signal=KILL:when=2", status=-9),
    Call("vault passwd --new-password-file {new} --memory 64"),
    Call("vault list", status=41),
)  # fmt: skip


def kind(where: str) -> str:
    """What bytes go to that are written to *where*, which is as the kernel names it."""
    for beginning, name in (
        ("/memfd:", "memory"),
        ("pipe:", "pipe"),
        ("socket:", "socket"),
        ("/dev/", "terminal"),
    ):
        if where.startswith(beginning):
            return name
    return where if where in ("argv", "names") else "file"


class Day:
    """Commands that are called on a disk, and what each of them wrote.

    Attributes:
        wrote: by command: where it may hand a value out, and what it wrote where.
    """

    def __init__(self, place: Path, root: Path, exe: str, url: str) -> None:
        self.place, self.root = place, root
        self.wrote: list[tuple[str, str, dict[str, bytes]]] = []
        bot = Path(__file__).parents[2] / "examples" / "bot.py"
        self._words = {"python": sys.executable, "bot": bot, "url": url, "new": place / "new"}
        for name, text in (("password", PASSWORD), ("new", NEW)):
            (place / name).write_text(text)
        folders = {name: root / name.lower() for name in (
            "HOME", "TMPDIR", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
            "XDG_RUNTIME_DIR")}  # fmt: skip
        for folder in (*folders.values(), root / "bin", root / "copies"):
            folder.mkdir(mode=0o700)
        (root / "bin" / "xclip").write_text("#!/bin/sh\n[ $# = 3 ] || read -r line\n")  # keeps nothing
        (root / "bin" / "xclip").chmod(0o700)
        self.env = {name: str(folder) for name, folder in folders.items()} | {
            "PATH": f"{root / 'bin'}:{Path(exe).parent}:{os.environ['PATH']}", "LANG": "C.UTF-8",
            "DISPLAY": ":9", "TERM": "xterm", "PS1": READY, "INPUTRC": "/dev/null",
            "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        self.vault = root / "xdg_data_home" / "coldvault" / "default.vault"

    @contextmanager
    def started(self, line: str, to: str, inject: str = "") -> Iterator[subprocess.Popen[bytes]]:
        """A command, to be ended within; what it wrote is kept."""
        trace = self.place / f"trace-{len(self.wrote)}"
        command = traced(["sh", "-c", f"ulimit -c unlimited; exec {line}"], trace, inject)
        env, pipe = {**self.env, "VAULT_PASSWORD_FILE": str(self.place / "password")}, subprocess.PIPE
        with subprocess.Popen(
            command, cwd=self.root, env=env, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        ) as process:
            end = Timer(120, os.killpg, (process.pid, signal.SIGKILL))
            end.start()
            try:
                yield process
            except BaseException:
                end.function(*end.args)
                raise
            finally:
                end.cancel()
        self.wrote.append((line, to, written(trace)))

    def call(self, call: Call) -> None:
        """Let a command run to its end."""
        line = call.line.format(**self._words) if "{" in call.line else call.line
        with self.started(line, call.to, call.inject) as process:
            out, err = process.communicate(call.given.encode())
        assert call.status == process.returncode, (line, process.returncode, out, err)

    def kill(self, line: str, sign: str) -> None:
        """Let a command that hands a value to a pipe run until it has said *sign*, and kill it."""
        with self.started(line, "pipe") as process:
            assert process.stderr is not None
            while sign not in (said := process.stderr.readline().decode()):
                assert said, line
            [child] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            os.kill(int(child), signal.SIGKILL)
            process.communicate()

    def type(self) -> str:
        """What a person does at a terminal; the recovery key that is shown there."""
        trace = self.place / "trace-shell"
        shell = traced(["bash", "--norc", "--noprofile", "-i"], trace)
        person = pexpect.spawn(
            shell[0], shell[1:], cwd=str(self.root), env=self.env, encoding="utf-8", timeout=60
        )
        person.delaybeforesend = None

        def types(line: str, *dialog: tuple[str, str]) -> str:
            person.expect_exact(READY)
            person.send(f"{line}\r")
            shown = ""
            for prompt, answer in dialog:
                person.expect_exact(prompt)
                shown += person.before
                person.send(answer if answer.endswith("\x03") else f"{answer}\r")
            return shown

        def fields(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
            return tuple(zip(("API key (", "secret key (", "passphrase ("), values.values(), strict=True))

        unlock = ("master password: ", PASSWORD)
        shown = types("vault init --memory 64", ("new master password", PASSWORD), ("once more: ", PASSWORD),
                      ("[Y/n]", "y"), ("Enter when", ""))  # fmt: skip
        types("vault add typed --exchange okx --permission read", unlock, *fields(KEYS["typed"]))
        types("vault add pasted --exchange okx --permission read --paste", unlock,
              ("paste the whole page", "\r".join(list(KEYS["pasted"].values())[:2]) + "\r\r"),
              ("passphrase (", KEYS["pasted"]["passphrase"]))  # fmt: skip
        types("vault list", *[("master password: ", WRONG)] * 3)
        types("vault rotate pasted", unlock, *fields(KEYS["staged"]))
        types("vault add left --exchange okx", unlock, *fields({**KEYS["left"], "passphrase": "\x03"}))
        types("vault log", ("master password: ", match[0] if (match := _RECOVERY.search(shown)) else ""))
        types("exit")
        person.expect(pexpect.EOF)
        person.wait()
        self.wrote.append(("a shell", "terminal", written(trace)))
        return match[0] if match else ""

    def keys(self, password: str) -> dict[str, str | bytes]:
        """What seals the vault now, and the values in it that were made in it."""
        opened = vault.open(self.vault).unlock(vault.Secret(password))
        found: dict[str, str | bytes] = {f"data key {opened.header.epoch}": opened._data_key}
        found |= {f"journal key {epoch}": key for epoch, key in opened.payload.journal.items()}
        for name, field in (("made", "secret_key"), ("wallet", "private_key")):
            if name in [credential.name for credential in opened.credentials]:
                text = opened.get(name).fields[field].reveal()
                found[name] = text
                if text.startswith("-----"):
                    found[f"{name}, its line"] = line = text.splitlines()[1]
                    found[f"{name}, its bytes"] = base64.b64decode(line)[-32:]
                else:
                    found[f"{name}, its bytes"] = bytes.fromhex(text.removeprefix("0x"))
        return found


_RECOVERY = re.compile(r"CVR1(-[A-Z0-9]{7}){8}")


@pytest.fixture
def place(tmp_path: Path, remembered_kdf: None) -> Iterator[Path]:
    """Where images lie."""
    with bench(tmp_path / "bench") as folder:
        yield folder


@pytest.mark.promise(4)
@pytest.mark.assurance(
    "4",
    "a day with every command, failures, kills, crashes and bots; disk, writes and arguments are searched",
)
def test_no_secret_is_left_on_the_disk(place: Path, vault_exe: str, tally: Tally) -> None:
    """Nor was one written, or an argument, but where a command was told to hand one out."""
    disk, root = Disk.made("ext4", place / "image", size=32), place / "disk"
    with disk.mounted(root, "sync"), Standin() as exchange:
        exchange.add_key(KEYS["typed"])
        exchange.add_key(KEYS["piped"])
        day = Day(place, root, vault_exe, exchange.url)
        sought: dict[str, str | bytes] = {"password": PASSWORD, "new password": NEW, "mistyped": WRONG}
        sought |= {"token": TOKEN, "recovery key": day.type()}
        sought |= {f"{key} {field}": text for key, fields in KEYS.items() for field, text in fields.items()}
        for call in CALLS:
            day.call(call)
            if call.line.startswith("vault keygen wallet"):
                sought |= day.keys(PASSWORD)
                day.kill("vault copy typed secret_key", "in the clipboard")
                bot = "sh -c 'echo up $OKX_SECRET_KEY >&2; exec sleep 60'"
                day.kill(f"vault run -c typed --mask -- {bot}", "up")
        sought |= day.keys(NEW)
        history = (root / "home" / ".bash_history").read_bytes()
        assert b"vault add typed" in history
        tally.case(not [*root.rglob("core*")], "a core dump was left")
    called = {word for line, _, _ in day.wrote for word in line.split()} | {"init"}
    assert not set(_COMMANDS) - called, "a new command has to be called here, too"
    data = disk.data()
    for name, secret in sought.items():
        for form, text in forms(secret).items():
            tally.case(text not in data, f"the disk has {name} ({form})")
    for line, to, streams in day.wrote:
        leaks = {where: found(text, sought) for where, text in streams.items()}
        for where, names in leaks.items():
            meant = kind(where) == to and (to != "terminal" or names == ["recovery key (plain)"])
            tally.case(not names or meant, f"{line!r} wrote to {where}: {names[:3]}")
        assert not to or any(leaks.values()), f"{line!r} was expected to hand a value out"


LEAK = """
import os, sys
from vault.cli import main
from vault.system import Folder
write = Folder.write
def careless(self, name, data):
    value = os.environ["LEAK"]
    with open("note", "w") as file:
        file.write(value)
    os.unlink("note")
    if os.fork() == 0:
        os.execv("/bin/true", ["true", value])
    os.wait()
    write(self, name, data)
Folder.write = careless
sys.exit(main())
"""


@pytest.mark.promise(4)
@pytest.mark.broken(
    "a vault that puts a secret into a file, deletes that, and gives it to a program as an argument"
)
def test_a_leak_is_found(place: Path) -> None:
    """The searches have teeth: a file that is deleted at once, an argument, each form of a text."""
    disk, root = Disk.made("ext4", place / "image"), place / "disk"
    trace, password = place / "trace", place / "password"
    password.write_text(PASSWORD)
    env = {"PATH": os.environ["PATH"], "HOME": str(root), "LEAK": TOKEN, "VAULT_FILE": str(root / "a.vault"),
           "VAULT_PASSWORD_FILE": str(password)}  # fmt: skip
    with disk.mounted(root, "sync"):
        command = traced([sys.executable, "-c", LEAK, "init", "--memory", "64"], trace)
        subprocess.run(command, cwd=root, env=env, check=True, capture_output=True)
        for form, text in forms(PASSWORD).items():
            (root / form).write_bytes(b"\xff" + text + b"\xff")
            (root / form).unlink()
    data = disk.data()
    assert ["token (plain)"] == found(data, {"token": TOKEN, "new": NEW})
    assert set(forms(PASSWORD)) == {
        form for form, text in forms(PASSWORD).items() if b"\xff" + text + b"\xff" in data
    }
    leaked = {kind(where) for where, text in written(trace).items() if found(text, {"token": TOKEN})}
    assert {"file", "argv"} == leaked
