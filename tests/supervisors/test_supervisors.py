"""Under supervisors: what the documents say, a terminal that is left, process 1, and container files."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pexpect
import pytest
from conftest import OKX, PASSWORD, Cli
from machine import EXAMPLES, PATIENCE, ROOT, needs, until

from vault.cli import group, options

DOCUMENT = ROOT / "docs" / "supervisors.md"

# --- what stands in the documents -----------------------------------------------------------------------

# Where a command begins: in a session, a unit, a configuration, a crontab.
_BEGINNING = r"^\$ (?:sudo -u \w+ |nohup )?|^(?:ExecStart|command)=|&& (?:exec |flock -n \S+ )|\$\("
_OURS = re.compile(rf"(?:{_BEGINNING})(?:\S*/)?vault ([^)>\n]*)", re.MULTILINE)


def _image(word: str) -> str:
    """What follows that word in the Dockerfile, the last one of it."""
    found = re.findall(rf"^{word} (.*)$", (EXAMPLES / "Dockerfile").read_text(), re.MULTILINE)
    return str(found[-1])


def _started() -> list[str]:
    """What the image runs; without a shell, since both are lists."""
    words: list[str] = json.loads(_image("ENTRYPOINT")) + json.loads(_image("CMD"))
    return words


def _lines() -> list[tuple[str, list[str]]]:
    """Every command line of ours in the document and in the examples, with the file that it stands in."""
    found = [
        (file.name, shlex.split(line))
        for file in (DOCUMENT, *sorted(EXAMPLES.iterdir()))
        for line in _OURS.findall(file.read_text(encoding="utf-8"))
    ]
    return [*found, ("Dockerfile", _started()[1:])]


@pytest.mark.parametrize(
    "words", [pytest.param(words, id=f"{name}-{number}") for number, (name, words) in enumerate(_lines())]
)
def test_the_command_line_is_understood(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the document and the examples call is what there is; a bot's start without click."""
    reached: list[str | None] = []
    invoke = click.Command.invoke

    def note(command: click.Command, context: click.Context) -> Any:
        if isinstance(command, click.Group):
            return invoke(command, context)
        return reached.append(command.name)

    monkeypatch.setattr(click.Command, "invoke", note)
    group.vault.main(list(words), prog_name="vault", standalone_mode=False)
    assert reached
    assert set(reached) <= set(words)
    assert ("run" in words) == (options.direct(words) is not None)


def test_no_command_line_is_left_out() -> None:
    """Each of the files has one; and what the text names, besides, are commands."""
    text = DOCUMENT.read_text(encoding="utf-8")
    without = {"audit.timer", "compose.yaml"}
    assert {DOCUMENT.name, *os.listdir(EXAMPLES)} - without == {name for name, _ in _lines()}
    named = re.findall(r"`vault ([a-z]+)[^`]*`", text)
    assert set(group.vault.list_commands(click.Context(group.vault))) >= set(named) >= {"run", "audit"}


def test_every_example_is_named() -> None:
    """The document leads to each file."""
    linked = re.findall(r"\(\.\./examples/supervisors/([\w.]+)\)", DOCUMENT.read_text(encoding="utf-8"))
    assert set(os.listdir(EXAMPLES)) == set(linked)


# --- systemd's credentials, without systemd -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["vault-password", "vault-machine-key"])
def test_the_password_of_a_service_manager(cli: Cli, tmp_path: Path, name: str) -> None:
    """It is read from $CREDENTIALS_DIRECTORY, if nothing closer says where it is."""
    (tmp_path / name).write_text(PASSWORD)
    env = {"VAULT_PASSWORD_FILE": "", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    done = cli("run", "--", "sh", "-c", "echo $OKX_API_KEY $CREDENTIALS_DIRECTORY", env=env)
    assert f"{OKX['api_key']} {tmp_path}\n" == done.stdout.decode()


def test_a_service_without_a_credential_fails_at_once(cli: Cli, tmp_path: Path) -> None:
    """With the status of a start that is in vain; nothing is asked."""
    env = {"VAULT_PASSWORD_FILE": "", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    done = cli("run", "--", "true", env=env, check=125)
    assert b"no terminal" in done.stderr


# --- a terminal that is left --------------------------------------------------------------------------------

# It notes its start, and the signals that it gets; it ends by SIGTERM alone.
BOT = """
import os, signal, sys
def note(text):
    with open("notes", "a") as file:
        file.write(f"{text}\\n")
for number in (signal.SIGINT, signal.SIGUSR1):
    signal.signal(number, lambda number, frame: note(signal.Signals(number).name))
print("the bot is there", os.environ["OKX_API_KEY"] != "", flush=True)
note(os.getpid())
while True:
    signal.pause()
"""


class Terminal:
    """Where a person works: the bot's folder, and the environment of their shell.

    Attributes:
        env: it finds the vault and this Python, and says nothing of a password.
    """

    def __init__(self, cli: Cli, folder: Path) -> None:
        self.folder = folder
        (folder / "bot.py").write_text(BOT)
        self.env = {**cli.env, "PATH": f"{Path(sys.executable).parent}:{cli.env['PATH']}", "TERM": "xterm"}
        del self.env["VAULT_PASSWORD_FILE"]

    def notes(self, number: int = 1) -> list[str]:
        """What the bot noted, once there are *number* lines of it."""
        file = self.folder / "notes"
        until(lambda: file.exists() and file.read_text().count("\n") >= number)
        return file.read_text().splitlines()


@pytest.fixture
def terminal(cli: Cli, tmp_path: Path) -> Iterator[Terminal]:
    """A person's terminal; a bot that is left running is ended."""
    folder = tmp_path / "bot"
    folder.mkdir()
    yield (made := Terminal(cli, folder))
    if (folder / "notes").exists() and running(pid := int(made.notes()[0])):
        os.kill(pid, signal.SIGKILL)


def running(pid: int) -> bool:
    """Whether that process goes on; one that ended and was not waited for does not."""
    return state(pid) not in ("", "Z")


def state(pid: int) -> str:
    """The letter of proc(5); empty if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def shown(command: str) -> str:
    """The session that the document shows with that command."""
    (line,) = re.findall(rf"^\$ ({command}.*)$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    return str(line)


def test_tmux(terminal: Terminal) -> None:
    """The password is typed and not shown; Ctrl-C is for the bot, and the end of the session ends it."""
    needs("tmux")
    folder = Path("/tmp") / f"coldvault-{os.getpid()}"  # the path of a socket has to be short
    folder.mkdir(mode=0o700)
    (folder / "conf").write_text("set -g default-command /bin/sh\n")  # one that leaves PATH as it is

    def tmux(*words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(folder / "socket"), "-f", str(folder / "conf"), *words],
            env=terminal.env,
            cwd=terminal.folder,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    try:
        tmux(*shlex.split(shown("tmux new"))[1:], "-d", "-x", "120", "-y", "40")
        tmux("send-keys", "-t", "bot", "-l", shown("vault run"))
        tmux("send-keys", "-t", "bot", "Enter")
        until(lambda: "master password:" in tmux("capture-pane", "-p", "-t", "bot"))
        tmux("send-keys", "-t", "bot", "-l", PASSWORD)
        tmux("send-keys", "-t", "bot", "Enter")
        until(lambda: "the bot is there True" in tmux("capture-pane", "-p", "-t", "bot"))
        assert PASSWORD not in tmux("capture-pane", "-p", "-S", "-", "-t", "bot")
        tmux("send-keys", "-t", "bot", "C-c")
        pid, signalled = terminal.notes(2)
        assert "SIGINT" == signalled
        tmux("kill-session", "-t", "bot")
        until(lambda: not running(int(pid)))
    finally:
        subprocess.run(["tmux", "-S", str(folder / "socket"), "kill-server"], capture_output=True)
        shutil.rmtree(folder)


def shell(terminal: Terminal) -> pexpect.spawn:
    """An interactive shell with job control at a terminal of its own."""
    needs("bash")
    child = pexpect.spawn(
        "bash", ["--norc", "--noprofile", "-i"], env={**terminal.env, "PS1": "> "}, cwd=terminal.folder,
        timeout=PATIENCE, encoding="utf-8",
    )  # fmt: skip
    child.delaybeforesend = None
    return child


def test_nohup(terminal: Terminal) -> None:
    """The bot outlives its terminal, once its password was typed there; what it prints is in the file."""
    child = shell(terminal)
    child.sendline(shown("nohup"))
    child.expect_exact("master password: ")
    child.sendline(PASSWORD)
    pid = int(terminal.notes()[0])
    child.send("\x1a")
    child.expect_exact("Stopped")
    child.sendline("bg")
    until(lambda: state(pid) == "S")
    child.close(force=True)  # SIGHUP to all that belongs to the terminal
    os.kill(pid, signal.SIGUSR1)
    assert "SIGUSR1" == terminal.notes(2)[1]
    assert "the bot is there True" in (terminal.folder / "bot.log").read_text()
    os.kill(pid, signal.SIGTERM)
    until(lambda: not running(pid))


def test_nohup_in_the_background_cannot_ask(terminal: Terminal) -> None:
    """It stops, as every program does that wants a terminal which is not its own at the moment."""
    child = shell(terminal)
    child.sendline(f"{shown('nohup')} &")
    child.expect(r"\[1\] (\d+)")
    pid = int(child.match[1])
    until(lambda: state(pid) == "T")
    child.sendline("fg")
    child.expect_exact("master password: ")
    child.sendline(PASSWORD)
    assert [str(pid)] == terminal.notes()
    child.close(force=True)


# --- process 1 ----------------------------------------------------------------------------------------------


@pytest.fixture
def first(cli: Cli) -> Iterator[Any]:
    """Start ``vault run`` as process 1, or as the child of an init that is."""
    needs("unshare:util-linux")
    space = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if os.geteuid() != 0:
        space.append("--map-root-user")
    if subprocess.run([*space, "true"], capture_output=True).returncode != 0:
        pytest.skip("this machine gives no processes of their own")
    started: list[subprocess.Popen[str]] = []

    def start(code: str, *, init: tuple[str, ...] = (), password: Path | None = None) -> Any:
        words = [*space, *init, cli.exe, "--password-file", str(password or cli.password_file), "run", "--"]
        process = subprocess.Popen(
            [*words, sys.executable, "-Ic", code],
            env=cli.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


ANSWERS = "import os, sys; print(os.getpid(), flush=True); print(sys.stdin.readline().strip(), flush=True)\n"


def signalled(process: Any, number: signal.Signals) -> None:
    """Send a signal to process 1 from outside, as ``docker stop`` does."""
    os.kill(int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()), number)


def test_process_1_is_the_bot(first: Any) -> None:
    """A signal that it handles reaches it, and its status is that of the whole."""
    code = f"import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n{ANSWERS}"
    process = first(code)
    assert "1\n" == process.stdout.readline()
    signalled(process, signal.SIGTERM)
    assert 7 == process.wait(PATIENCE)


def test_process_1_ends_by_sigint(first: Any) -> None:
    """Which Python handles by itself: ``stop_signal: SIGINT`` ends a bot that knows of no signal."""
    process = first(ANSWERS)
    assert "1\n" == process.stdout.readline()
    signalled(process, signal.SIGINT)
    assert 0 != process.wait(PATIENCE)


def test_process_1_does_not_end_by_sigterm(first: Any) -> None:
    """The kernel gives process 1 no signal that it has no handler for, but SIGKILL."""
    process = first(ANSWERS)
    assert "1\n" == process.stdout.readline()
    signalled(process, signal.SIGTERM)
    process.stdin.write("still here\n")
    process.stdin.flush()
    assert "still here\n" == process.stdout.readline()


def test_process_1_is_deaf_while_the_vault_opens(first: Any, tmp_path: Path) -> None:
    """A stop that comes so early is lost, and the bot is started."""
    os.mkfifo(tmp_path / "slow")
    process = first(ANSWERS, password=tmp_path / "slow")
    with (tmp_path / "slow").open("w") as slow:  # opens when the vault has opened it, too
        signalled(process, signal.SIGTERM)
        slow.write(PASSWORD)
    assert "1\n" == process.stdout.readline()


# A program that the bot started leaves one behind, which ends; then the bot waits for a letter of proc(5).
ORPHAN = """
import subprocess
orphan = subprocess.run(["sh", "-c", "sleep 0 & echo $!"], stdout=subprocess.PIPE, text=True).stdout.strip()
def state():
    try:
        with open(f"/proc/{orphan}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return "gone"
while state() != AWAITED:
    pass
"""


def test_process_1_inherits_orphans(first: Any) -> None:
    """One that waits for nobody has the dead stay."""
    process = first(f"AWAITED = 'Z'\n{ORPHAN}\n{ANSWERS}")
    assert "1\n" == process.stdout.readline()


def test_a_small_init_mends_both(first: Any) -> None:
    """It takes leave of the dead, and the bot ends by SIGTERM, as with ``init: true`` in Docker."""
    needs("tini")
    process = first(f"AWAITED = 'gone'\n{ORPHAN}\n{ANSWERS}", init=("tini", "--"))
    assert "1\n" != process.stdout.readline()
    signalled(process, signal.SIGTERM)
    assert 128 + signal.SIGTERM == process.wait(PATIENCE)


def test_a_refused_start_as_process_1(first: Any, tmp_path: Path) -> None:
    """Its status is what Docker counts."""
    process = first("", password=tmp_path / "nothing")
    assert 125 == process.wait(PATIENCE)


# --- container files ----------------------------------------------------------------------------------------


def _compose() -> Any:
    yaml = pytest.importorskip("yaml", reason="no PyYAML here: apt-get install python3-yaml, or from PyPI")
    return yaml.safe_load((EXAMPLES / "compose.yaml").read_text())


def test_the_image_and_compose_agree() -> None:
    """The vault, its password and the state are where the image looks for them."""
    service, secrets = _compose()["services"]["bot"], _compose()["secrets"]
    image = dict(pair.split("=", 1) for pair in shlex.split(_image("ENV")))
    mounted = {place.split(":")[1] for place in service["volumes"]}
    assert {os.path.dirname(image["VAULT_FILE"]), image["XDG_STATE_HOME"]} == mounted
    assert [os.path.basename(image["VAULT_PASSWORD_FILE"])] == service["secrets"] == list(secrets)
    assert "/run/secrets" == os.path.dirname(image["VAULT_PASSWORD_FILE"])
    assert (EXAMPLES / service["build"]["context"] / service["build"]["dockerfile"]).samefile(
        EXAMPLES / "Dockerfile"
    )


def test_the_image_copies_what_there_is() -> None:
    """From the top of the checkout, to which compose.yaml leads, too."""
    assert ROOT == (EXAMPLES / _compose()["services"]["bot"]["build"]["context"]).resolve()
    copied = re.findall(r"^COPY (.*) \S+$", (EXAMPLES / "Dockerfile").read_text(), re.MULTILINE)
    missing = [name for words in copied for name in words.split() if not (ROOT / name).exists()]
    assert copied
    assert [] == missing


@pytest.mark.slow
def test_compose_understands_its_file() -> None:
    """Every key is one that it knows, with a value that it takes."""
    needs("docker-compose")
    words = ["docker-compose", "-f", str(EXAMPLES / "compose.yaml"), "config", "--quiet"]
    done = subprocess.run(words, capture_output=True)
    assert (0, b"") == (done.returncode, done.stderr)
