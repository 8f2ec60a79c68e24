"""What a program does under ``vault run``, with ``--mask`` and without, is what it does alone.

Each behaviour is one test, and each is tried in both modes. The programs are real, and so are signals,
terminals, shells and process groups.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from conftest import Cli

pytestmark = pytest.mark.slow  # two hundred launches, one after another

PATIENCE = 30  # seconds; a loaded machine is no failure
QUIET = 0.3  # seconds in which a second delivery of a signal would have come

# Counts the signals named by its arguments, and says so 0.3 seconds after the first: then it ends with 42.
COUNTER = f"""
import signal, sys, time
seen = []
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), lambda number, frame: seen.append(signal.Signals(number).name))
print("ready", flush=True)
while not seen:
    time.sleep(0.01)
end = time.monotonic() + {QUIET}
while time.monotonic() < end:
    time.sleep(0.01)
print(" ".join(seen), flush=True)
sys.exit(42)
"""
PYTHON = [sys.executable, "-I", "-c"]


@pytest.fixture(params=["plain", "mask"])
def run(request: pytest.FixtureRequest, cli: Cli) -> list[str]:
    """The command line in front of a program's own."""
    return [cli.exe, "run", *(["--mask"] if request.param == "mask" else []), "--"]


@pytest.fixture
def start(cli: Cli, run: list[str]) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Launch a program in a process group of its own; whatever is left of it at the end is killed."""
    started = []

    def begin(*program: str, **options: Any) -> subprocess.Popen[bytes]:
        defaults: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }
        process = subprocess.Popen[bytes](
            [*run, *program], env=cli.env, start_new_session=True, **(defaults | options)
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.communicate()


def ready(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    assert b"ready\n" == process.stdout.readline()


def eventually(true: Callable[[], bool]) -> bool:
    """Whether it becomes so within PATIENCE."""
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def state(pid: int) -> str:
    """The letter of a process's state in /proc; empty if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


# --- its end ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 1, 2, 42, 124, 125, 126, 127, 128, 130, 143, 255])
def test_a_status(start: Callable[..., subprocess.Popen[bytes]], status: int) -> None:
    """Whatever the program ends with, those that mean something to a shell included."""
    assert status == start("sh", "-c", f"exit {status}").wait(PATIENCE)


def test_every_status(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """All 256 of them."""
    wanted = list(range(256))
    assert wanted == [start("sh", "-c", f"exit {status}").wait(PATIENCE) for status in wanted]


@pytest.mark.parametrize("name", ["KILL", "TERM", "SEGV", "ABRT", "PIPE", "USR1", "INT"])
def test_a_signal_that_it_sends_itself(start: Callable[..., subprocess.Popen[bytes]], name: str) -> None:
    """What ended the program is what our caller sees ending us."""
    process = start("sh", "-c", f"ulimit -c 0; kill -{name} $$")
    assert -getattr(signal, f"SIG{name}") == process.wait(PATIENCE)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM"])
def test_a_signal_that_it_does_not_handle(start: Callable[..., subprocess.Popen[bytes]], name: str) -> None:
    """It ends both."""
    process = start("sh", "-c", "ulimit -c 0; echo ready; exec sleep 60")
    ready(process)
    os.kill(process.pid, getattr(signal, name))
    assert -getattr(signal, name) == process.wait(PATIENCE)


@pytest.mark.parametrize(
    "name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGRTMIN"]
)
def test_a_signal_that_it_handles(start: Callable[..., subprocess.Popen[bytes]], name: str) -> None:
    """It comes once, and the program decides what follows."""
    process = start(*PYTHON, COUNTER, name)
    ready(process)
    os.kill(process.pid, getattr(signal, name))
    assert f"{name}\n".encode() == process.communicate(timeout=PATIENCE)[0]
    assert 42 == process.returncode


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
def test_a_signal_to_the_whole_group(start: Callable[..., subprocess.Popen[bytes]], name: str) -> None:
    """It comes once too: many programs take a second one as an order to leave everything as it is."""
    process = start(*PYTHON, COUNTER, name)
    ready(process)
    os.killpg(process.pid, getattr(signal, name))
    assert f"{name}\n".encode() == process.communicate(timeout=PATIENCE)[0]
    assert 42 == process.returncode


def test_a_signal_after_one_to_the_group(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """Each is counted: what was sent to the group before does not swallow one that is sent to us alone."""
    process = start(*PYTHON, COUNTER, "SIGUSR1", "SIGUSR2")
    ready(process)
    os.killpg(process.pid, signal.SIGUSR1)
    time.sleep(0.1)
    os.kill(process.pid, signal.SIGUSR1)
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGUSR2)
    assert b"SIGUSR1 SIGUSR1 SIGUSR2\n" == process.communicate(timeout=PATIENCE)[0]


@pytest.mark.promise(9)
def test_it_is_not_outlived(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """Killed as nobody can prevent, we leave no bot behind that goes on trading."""
    process = start("sh", "-c", "echo $$; exec sleep 60")
    assert process.stdout is not None
    bot = int(process.stdout.readline())
    process.kill()
    assert -signal.SIGKILL == process.wait(PATIENCE)
    assert eventually(lambda: state(bot) in ("", "Z"))


@pytest.mark.promise(9)
def test_the_whole_group_is_killed(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """As supervisors do when a stop takes too long: nothing is left, what the program started included."""
    process = start("sh", "-c", "sleep 60 & echo $$ $!; wait")
    assert process.stdout is not None
    family = [int(word) for word in process.stdout.readline().split()]
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
    assert eventually(lambda: all(state(pid) in ("", "Z") for pid in family))


def test_it_stops_and_goes_on(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """Stopped by the system's own means, program and launcher stand still; continued, both go on."""
    process = start("sh", "-c", "echo $$; read line; sleep 0.2; exit 7", stdin=subprocess.PIPE)
    assert process.stdout is not None
    bot = int(process.stdout.readline())
    os.kill(bot, signal.SIGSTOP)
    assert eventually(lambda: state(bot) == "T")
    assert eventually(lambda: state(process.pid) == "T")
    os.kill(process.pid, signal.SIGCONT)
    assert eventually(lambda: state(bot) == "S")
    process.communicate(b"go\n", timeout=PATIENCE)
    assert 7 == process.returncode


def test_what_it_leaves_behind_keeps_nobody(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """Its end is our end, even if something that it started still prints."""
    log = tmp_path / "log"
    with log.open("wb") as file:
        process = start("sh", "-c", "(sleep 1; echo late $OKX_SECRET_KEY) & echo early; exit 3", stdout=file)
        assert 3 == process.wait(PATIENCE)
    assert b"late" not in log.read_bytes()
    assert eventually(lambda: b"late" in log.read_bytes())


@pytest.mark.parametrize(
    ("program", "status"), [("./nosuch", 127), ("./plain", 126), ("./lost", 127), ("./garbage", 126)]
)
def test_what_cannot_be_started(cli: Cli, run: list[str], tmp_path: Path, program: str, status: int) -> None:
    """As with env(1): 127 where something is not there, 126 where it is and cannot be executed."""
    (tmp_path / "plain").write_text("no program")
    for name, text in (("lost", "#!/no/such/interpreter\n"), ("garbage", "\x01\x02")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    done = subprocess.run([*run, program], env=cli.env, cwd=tmp_path, capture_output=True, timeout=PATIENCE)
    assert status == done.returncode
    assert done.stderr.startswith(b"vault: error: ")


# --- what it inherits ---------------------------------------------------------------------------------


def status_of(cli: Cli, run: list[str], before: list[str]) -> dict[str, str]:
    """The lines of the program's /proc/self/status."""
    done = subprocess.run(
        [*before, *run, "cat", "/proc/self/status"], env=cli.env, capture_output=True, timeout=PATIENCE
    )
    return dict(line.split(":", 1) for line in done.stdout.decode().splitlines() if ":" in line)


@pytest.mark.parametrize(
    "before",
    [[], ["nohup"], ["env", "--ignore-signal=TERM,CHLD"], ["env", "--block-signal=USR1"]],
    ids=["nothing", "nohup", "ignored", "blocked"],
)
def test_signals_are_as_our_caller_left_them(cli: Cli, run: list[str], before: list[str]) -> None:
    """Ignored and blocked ones alike, and none besides."""
    alone = status_of(cli, [], before)
    under = status_of(cli, run, before)
    assert [alone[key] for key in ("SigIgn", "SigBlk")] == [under[key] for key in ("SigIgn", "SigBlk")]


def test_folder_mask_and_limits(cli: Cli, run: list[str], tmp_path: Path) -> None:
    """The caller's, not those that protect the vault."""
    program = "pwd; umask; ulimit -c; ulimit -n"
    line = f'cd {tmp_path} && umask 027 && ulimit -S -c 4096 && ulimit -n 123 && exec "$@" -c "{program}"'
    done = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *run, "/bin/sh"], env=cli.env, capture_output=True, timeout=PATIENCE
    )
    assert [str(tmp_path), "0027", "4096", "123"] == done.stdout.decode().split()


def test_descriptors(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """Those that our caller opened for it, and none of ours."""
    reader, writer = os.pipe()
    process = start("sh", "-c", "ls /proc/self/fd", pass_fds=[writer])
    os.close(writer)
    listed = {int(word) for word in process.communicate(timeout=PATIENCE)[0].split()}
    os.close(reader)
    # ls has one of its own: the folder, at the lowest number that is free
    assert {0, 1, 2, writer} == listed - {next(n for n in range(3, 99) if n != writer)}


def test_group_and_session_are_our_caller_s(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """So that a shell's jobs and a supervisor's groups take it in."""
    process = start(*PYTHON, "import os; print(os.getpgrp(), os.getsid(0))")
    assert [process.pid] * 2 == [int(word) for word in process.communicate(timeout=PATIENCE)[0].split()]


# --- standard streams ---------------------------------------------------------------------------------


def test_input_from_a_pipe(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """All of it, byte for byte, and its end."""
    data = bytes(range(256)) * 4096
    process = start("cat", stdin=subprocess.PIPE)
    assert data == process.communicate(data, timeout=PATIENCE)[0]


# Which of the standard streams are open, in a file: its name is the argument.
STREAMS = """
import os, sys
found = [n for n in (0, 1, 2) if os.path.exists(f"/proc/{os.getpid()}/fd/{n}")]
open(sys.argv[1], "w").write(str(found))
for n in found[1:]:
    os.write(n, b"still")
"""


@pytest.mark.parametrize(("line", "left"), [("<&-", [1, 2]), (">&-", [0, 2]), ("2>&-", [0, 1])], ids=ascii)
def test_a_stream_that_is_closed(
    cli: Cli, run: list[str], tmp_path: Path, line: str, left: list[int]
) -> None:
    """Stays closed, and its number is given to nothing else; the others work."""
    note = tmp_path / "streams"
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {line}', "sh", *run, *PYTHON, STREAMS, str(note)],
        env=cli.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert 0 == done.returncode
    assert str(left) == note.read_text()
    assert b"still" == (done.stderr if left[1] == 2 else done.stdout[-5:])


def test_a_reader_that_goes_away(cli: Cli, run: list[str]) -> None:
    """``yes | head`` ends by the signal for it, in silence."""
    done = subprocess.run(
        ["/bin/sh", "-c", '{ "$@"; echo $? >&2; } | head -1', "sh", *run, "yes"],
        env=cli.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    assert (b"y\n", b"141\n") == (done.stdout, done.stderr)


def test_a_disk_that_is_full(cli: Cli, run: list[str]) -> None:
    """It goes on: what a bot logs is not what it lives by."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*run, "sh", "-c", "trap '' PIPE; echo lost; echo lost; echo told >&2; exit 5"],
            env=cli.env, stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE,
        )  # fmt: skip
    assert 5 == done.returncode
    assert done.stderr.endswith(b"told\n")


@pytest.mark.parametrize(
    "text", [b"", b"no newline", b"\n", b"\0\xff\xfe", b"\r\n\r", "ünïcode\n".encode(), bytes(range(256))],
    ids=["nothing", "no newline", "a newline", "no text", "carriage returns", "unicode", "every byte"],
)  # fmt: skip
def test_bytes(start: Callable[..., subprocess.Popen[bytes]], text: bytes) -> None:
    """What is printed on either stream comes out there, byte for byte."""
    code = f"import os; os.write(1, {text!r}); os.write(2, {text[::-1]!r})"
    process = start(*PYTHON, code)
    assert (text, text[::-1]) == process.communicate(timeout=PATIENCE)


def test_both_streams_in_one_keep_their_order(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """``2>&1``: a traceback stands where it belongs."""
    program = "for n in 1 2 3 4 5 6 7 8 9; do echo out $n; echo err $n >&2; done"
    process = start("sh", "-c", program, stderr=subprocess.STDOUT)
    wanted = "".join(f"out {n}\nerr {n}\n" for n in range(1, 10))
    assert wanted.encode() == process.communicate(timeout=PATIENCE)[0]


def test_a_line_without_an_end_is_shown(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """A prompt comes out before it is answered."""
    process = start("sh", "-c", 'printf "name? "; read name; echo "hello $name"', stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert b"name? " == os.read(process.stdout.fileno(), 100)
    assert b"hello you\n" == process.communicate(b"you\n", timeout=PATIENCE)[0]


def test_both_streams_at_once(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """More on each than a pipe holds: neither waits for the other."""
    program = "head -c 3000000 /dev/zero >&2 & head -c 3000000 /dev/zero; wait"
    out, err = start("sh", "-c", program).communicate(timeout=PATIENCE)
    assert (3_000_000, 3_000_000) == (len(out), len(err))


def test_five_thousand_lines_a_second(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """Line by line, as a bot logs: none is lost, doubled or out of order."""
    code = "import os, time\nfor n in range(5000):\n os.write(1, b'%d tick\\n' % n)\n time.sleep(0.0002)"
    process = start(*PYTHON, code)
    assert [b"%d tick" % n for n in range(5000)] == process.communicate(timeout=PATIENCE)[0].splitlines()


def test_a_gigabyte(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    """All of it, in constant memory: what the key derivation took before is the most there is."""
    program = "head -c 1000000000 /dev/zero; exec 1>&-; echo done >&2; read line"
    process = start("sh", "-c", program, stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    counted = subprocess.run(["wc", "-c"], stdin=process.stdout, capture_output=True, timeout=120)
    assert b"1000000000\n" == counted.stdout
    assert process.stderr.readline().endswith(b"done\n")
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
    assert peak
    assert int(peak.group(1)) < 160 * 1024
    process.communicate(b"\n", timeout=PATIENCE)


# --- the terminal -------------------------------------------------------------------------------------


@pytest.fixture
def shell(cli: Cli) -> Iterator[pexpect.spawn[str]]:
    """A person's own interactive shell, with job control, at a terminal of 24 by 80."""
    child = pexpect.spawn(
        "/bin/bash",
        ["--norc", "--noprofile", "-i"],
        env={"TERM": "xterm", "PS1": "shell> ", **cli.env},
        dimensions=(24, 80),
        timeout=PATIENCE,
        encoding="utf-8",
        echo=False,
    )
    child.delaybeforesend = None
    child.expect_exact("shell> ")
    child.sendline("bind 'set enable-bracketed-paste off' 2> /dev/null")
    child.expect_exact("shell> ")
    yield child
    child.close(force=True)


def typed(run: list[str], *program: str) -> str:
    """The line that a person types."""
    return shlex.join([*run, *program])


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], list[str]]:
    """A program in Python, in a file of its own."""

    def write(text: str) -> list[str]:
        (tmp_path / "bot.py").write_text(text)
        return [sys.executable, "-I", str(tmp_path / "bot.py")]

    return write


def test_streams_are_terminals(shell: pexpect.spawn[str], run: list[str]) -> None:
    """All three, of the size that the person's has: colours and progress bars stay."""
    code = "import os; print([os.isatty(n) for n in (0, 1, 2)], *os.get_terminal_size(1))"
    shell.sendline(typed(run, *PYTHON, code))
    shell.expect_exact("[True, True, True] 80 24")


def test_one_stream_is_not(shell: pexpect.spawn[str], run: list[str], tmp_path: Path) -> None:
    """What the person sends elsewhere is no terminal, and the rest is."""
    code = 'import os, sys; print(*(os.isatty(n) for n in (0, 1, 2))); print("seen", file=sys.stderr)'
    shell.sendline(f"{typed(run, *PYTHON, code)} > {tmp_path}/out")
    shell.expect_exact("seen")
    shell.expect_exact("shell> ")
    assert "True False True\n" == (tmp_path / "out").read_text()


def test_a_window_that_changes(
    shell: pexpect.spawn[str], run: list[str], script: Callable[[str], list[str]]
) -> None:
    """The program is told, and finds the new size."""
    program = script(
        "import os, signal, sys\n"
        "def tell(*_):\n"
        "    if os.get_terminal_size(1) != (80, 24):\n"
        "        print(*os.get_terminal_size(1), flush=True)\n"
        "        sys.exit()\n"
        "signal.signal(signal.SIGWINCH, tell)\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()\n"
    )
    shell.sendline(typed(run, *program))
    shell.expect_exact("ready")
    shell.setwinsize(50, 132)
    shell.expect_exact("132 50")


@pytest.mark.parametrize(("key", "name"), [("\x03", "SIGINT"), ("\x1c", "SIGQUIT")], ids=["INT", "QUIT"])
def test_a_key_that_is_a_signal(
    shell: pexpect.spawn[str], run: list[str], script: Callable[[str], list[str]], key: str, name: str
) -> None:
    """Ctrl-C and Ctrl-\\ reach the program, once; it decides."""
    shell.sendline(typed(run, *script(COUNTER), name))
    shell.expect_exact("ready")
    shell.send(key)
    shell.expect_exact(f"{name}\r\n")
    shell.expect_exact("shell> ")
    shell.sendline("echo status $?")
    shell.expect_exact("status 42")


def test_ctrl_c_ends_it(shell: pexpect.spawn[str], run: list[str]) -> None:
    """A program that does not mind it dies of it, and the shell sees that."""
    shell.sendline(typed(run, "sh", "-c", "echo ready; exec sleep 60"))
    shell.expect_exact("ready")
    shell.send("\x03")
    shell.expect_exact("shell> ")
    shell.sendline("echo status $?")
    shell.expect_exact("status 130")


def test_ctrl_z_and_fg(shell: pexpect.spawn[str], run: list[str]) -> None:
    """The shell gets its prompt back, and its job again."""
    shell.sendline(typed(run, "sh", "-c", "echo ready; read line; echo got $line; exit 9"))
    shell.expect_exact("ready")
    shell.send("\x1a")
    shell.expect_exact("Stopped")
    shell.expect_exact("shell> ")
    shell.sendline("fg")
    shell.expect_exact("sh")
    shell.sendline("hello")
    shell.expect_exact("got hello")
    shell.expect_exact("shell> ")
    shell.sendline("echo status $?")
    shell.expect_exact("status 9")


def test_in_the_background(shell: pexpect.spawn[str], run: list[str]) -> None:
    """It prints; when it wants to read it is stopped, and ``fg`` lets it."""
    shell.sendline(typed(run, "sh", "-c", "echo ready; read line; echo got $line") + " &")
    shell.expect_exact("ready")
    assert eventually(lambda: _has_stopped(shell))
    before = modes(shell)
    shell.send("fg\r")
    shell.expect_exact("read line")
    time.sleep(QUIET)
    shell.send("hello\r")  # as Enter does: what the shell had set to edit its own lines is not the job's
    shell.expect_exact("got hello")
    shell.expect_exact("shell> ")
    assert before == modes(shell)


def _has_stopped(shell: pexpect.spawn[str]) -> bool:
    shell.sendline("jobs")
    return bool(shell.expect_exact(["Running", "Stopped"]))


@pytest.mark.parametrize("before", ["", "stty -echo 2> /dev/null;", "read line; sleep 0.2;"], ids=ascii)
def test_in_the_background_of_no_shell(shell: pexpect.spawn[str], run: list[str], before: str) -> None:
    """Whoever started it is gone, and nobody could continue it: it is not stopped when it wants to read."""
    program = f"exec < /dev/tty; echo ready; sleep 0.5; {before} read line; echo then $?"
    shell.sendline("( " + typed(run, "sh", "-c", program) + " & )")
    shell.expect_exact("ready\r\n")
    shell.expect_exact("then 1")


def test_kill_of_a_job(shell: pexpect.spawn[str], run: list[str], script: Callable[[str], list[str]]) -> None:
    """``kill %1`` goes to the whole job, and comes once."""
    shell.sendline(typed(run, *script(COUNTER), "SIGTERM") + " &")
    shell.expect_exact("ready")
    shell.sendline("kill %1")
    shell.expect_exact("SIGTERM\r\n")


def test_in_a_pipeline(shell: pexpect.spawn[str], run: list[str]) -> None:
    """Ctrl-C ends all of it, and the next program has the terminal as well."""
    shell.sendline(typed(run, "sh", "-c", "echo ready; exec sleep 60") + " | cat")
    shell.expect_exact("ready")
    shell.send("\x03")
    shell.expect_exact("shell> ")
    shell.sendline("echo status ${PIPESTATUS[*]}")
    shell.expect_exact("status 130 130")


def test_input_from_the_terminal(shell: pexpect.spawn[str], run: list[str]) -> None:
    """A line, and its end."""
    shell.sendline(typed(run, "cat"))
    time.sleep(1.5)
    shell.sendline("hello")
    shell.expect_exact("hello\r\n")
    shell.send("\x04")
    shell.expect_exact("shell> ")


def test_hidden_input(shell: pexpect.spawn[str], run: list[str]) -> None:
    """A program that asks for a password asks without echo, and the terminal is as before at its end."""
    code = 'import getpass; print(len(getpass.getpass("word: ")))'
    shell.sendline(typed(run, *PYTHON, code))
    shell.expect_exact("word: ")
    shell.sendline("unseen")
    shell.expect_exact("6")
    assert "unseen" not in (shell.before or "")
    shell.expect_exact("shell> ")


def modes(shell: pexpect.spawn[str]) -> str:
    """The terminal's settings."""
    shell.sendline("stty -a | md5sum")
    shell.expect("[0-9a-f]{32}")
    return str(shell.after)


def test_modes_that_are_set_on_the_output(
    shell: pexpect.spawn[str], run: list[str], script: Callable[[str], list[str]]
) -> None:
    """As curses does: keys come one by one and unseen, and afterwards all is as it was."""
    program = script(
        "import curses\n"
        "def main(screen):\n"
        "    screen.addstr(0, 0, 'of %d by %d' % screen.getmaxyx())\n"
        "    screen.refresh()\n"
        "    return screen.getch()\n"
        "print('key', curses.wrapper(main))\n"
    )
    before = modes(shell)
    shell.sendline(typed(run, *program))
    shell.expect_exact("of 24 by 80")
    time.sleep(0.2)
    shell.send("q")
    shell.expect_exact("key 113")
    shell.expect_exact("shell> ")
    assert before == modes(shell)


def test_a_pager(shell: pexpect.spawn[str], run: list[str], tmp_path: Path) -> None:
    """``less`` reads its keys from the terminal that standard error is, and not from standard input."""
    (tmp_path / "text").write_text("".join(f"line {n}\n" for n in range(1, 100)))
    before = modes(shell)
    shell.sendline(typed(run, "less", str(tmp_path / "text")))
    shell.expect_exact("line 23")
    shell.send("G")
    shell.expect_exact("line 99")
    shell.send("q")
    shell.expect_exact("shell> ")
    assert before == modes(shell)


def test_a_shell_in_it(shell: pexpect.spawn[str], run: list[str]) -> None:
    """Has job control of its own."""
    shell.sendline(typed(run, "env", "PS1=inner> ", "bash", "--norc", "--noprofile", "-i"))
    shell.expect_exact("inner> ")
    shell.sendline("sleep 60")
    time.sleep(0.5)
    shell.send("\x1a")
    shell.expect_exact("Stopped")
    shell.expect_exact("inner> ")
    shell.sendline("fg")
    shell.expect_exact("sleep 60\r\n")
    time.sleep(0.5)
    shell.send("\x03")
    shell.expect_exact("inner> ")
    shell.sendline("exit 5")
    shell.expect_exact("shell> ")
    shell.sendline("echo status $?")
    shell.expect_exact("status 5")


def test_a_program_that_asks_the_controlling_terminal(shell: pexpect.spawn[str], run: list[str]) -> None:
    """By its name, whatever its streams are."""
    line = "read answer < /dev/tty; echo got $answer > /dev/tty"
    shell.sendline(typed(run, "sh", "-c", f"echo ready; {line}") + " < /dev/null")
    shell.expect_exact("ready")
    shell.sendline("hello")
    shell.expect_exact("got hello")


def test_the_terminal_goes_away(shell: pexpect.spawn[str], run: list[str], tmp_path: Path) -> None:
    """A closed window hangs up on the program, which may say goodbye; no process of anybody's is left."""
    program = f"trap 'echo gone > {tmp_path}/gone; exit' HUP; echo ready; while :; do sleep 0.05; done"
    shell.sendline(typed(run, "sh", "-c", program))
    shell.expect_exact("ready")
    shell.close(force=False)
    assert eventually((tmp_path / "gone").exists)
    assert eventually(lambda: not processes(f"{tmp_path}/gone"))


def processes(word: str) -> list[int]:
    """Those whose command line has that word in it."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and word.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:  # it has ended
            pass
    return found


@pytest.mark.parametrize("wait", [*[0] * 10, 0.01, 0.5])
def test_the_terminal_of_a_stopped_job_goes_away(
    shell: pexpect.spawn[str], run: list[str], tmp_path: Path, wait: float
) -> None:
    """Neither it nor any process of ours is left, whatever was on its way when the window was closed."""
    program = f"echo ready; read line; exec sleep {tmp_path}/mark"
    shell.sendline(typed(run, "sh", "-c", program) + " &")
    shell.expect_exact("ready\r\n")
    time.sleep(wait)  # seconds; at once is where it went wrong, one time in fourteen
    shell.close(force=True)
    assert eventually(lambda: not processes(f"{tmp_path}/mark"))


def test_the_terminal_after_a_kill(shell: pexpect.spawn[str], run: list[str]) -> None:
    """Killed in the background, the launcher leaves a terminal that works."""
    before = modes(shell)
    shell.sendline(typed(run, "sh", "-c", "echo ready; exec sleep 60") + " &")
    shell.expect_exact("ready")
    shell.sendline("kill -9 $!; sleep 1; jobs")
    shell.expect_exact("Killed")
    assert before == modes(shell)


# --- as process 1 of a container ----------------------------------------------------------------------

UNSHARE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


def _can_unshare() -> bool:
    return shutil.which("unshare") is not None and not subprocess.run([*UNSHARE, "true"]).returncode


@pytest.fixture
def first(cli: Cli, run: list[str]) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Launch as process 1 of a new process namespace."""
    if not _can_unshare():
        pytest.skip("no process namespaces can be made here: that wants root, or user namespaces")
    started = []

    def begin(*program: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*UNSHARE, *run, *program], env=cli.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def test_as_process_1_its_status(first: Callable[..., subprocess.Popen[bytes]]) -> None:
    """Is the container's."""
    assert 23 == first("sh", "-c", "exit 23").wait(PATIENCE)


def test_as_process_1_a_signal(first: Callable[..., subprocess.Popen[bytes]], tmp_path: Path) -> None:
    """``docker stop`` sends TERM to process 1: a bot that handles it gets it, once."""
    process = first(*PYTHON, COUNTER, "SIGTERM")
    ready(process)
    inner = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(inner[0]), signal.SIGTERM)
    assert b"SIGTERM\n" == process.communicate(timeout=PATIENCE)[0]
    assert 42 == process.returncode
