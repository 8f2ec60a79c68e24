"""What others can get at: of a vault while it is unlocked, and of it in a program that it launched.

On Linux. Root may read all, so the vault and those who pry run as an ordinary user: as nobody, where nobody
can run this interpreter; and as the user of these tests, root's rights given up.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pexpect
import pytest
from conftest import OKX, PASSWORD, Cli, Tally, Template
from search import found, memory

import vault

OTHER = "6f6e6c79206f6e65206f66206d616e79"  # a value of a credential that is not handed over
NEXT_KEY = "0c5f32f4-9f06-4f35-8d39-72d3e7a1b0c4"
STAGED = {**OKX, "api_key": NEXT_KEY, "secret_key": "7F3A9C1E5B2D4806A1C3E5F709B2D4F6"}
NOBODY = 65534
GIVE_UP = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]

# What the vault's process does while it is looked at, and what it says once its vault is unlocked.
AT_WORK = {
    "asks": (
        "add second --exchange okx",
        (("master password: ", f"{PASSWORD}\r"), ("API key (", f"{OKX['api_key']}\r"), ("secret key (", "")),
    ),
    "verifies": ("verify okx-main --base-url {url}", ()),
    "copies": ("copy okx-main secret_key", (("in the clipboard", ""),)),
    "supervises": ("run -c okx-main --mask -- sh -c 'echo ready; read line' 2>/dev/null", (("ready", ""),)),
    "supervises a terminal": ("run -c okx-main --mask -- sh -c 'echo ready; read line'", (("ready", ""),)),
}
SUPERVISORS = ("supervises", "supervises a terminal")  # each with a second process of ours

# Ways into another process, see ptrace(2), "Ptrace access mode checking"; each prints its name if it is open.
PRY = """
import ctypes, os, sys
pid, libc = int(sys.argv[1]), ctypes.CDLL(None, use_errno=True)
class Span(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
def reading():
    room = ctypes.create_string_buffer(8)
    here, there = Span(ctypes.addressof(room), 8), Span(8, 8)
    libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    if ctypes.get_errno() == 1:
        raise OSError  # another error would mean that only that address is wrong
def stealing():
    if libc.syscall(438, os.pidfd_open(pid), 0, 0) < 0:  # pidfd_getfd
        raise OSError
def tracing():
    if libc.ptrace(0x4206, pid, 0, 0) < 0:  # PTRACE_SEIZE, which ends with this process
        raise OSError
ways = {
    "mem": lambda: open(f"/proc/{pid}/mem", "rb").close(),
    "environ": lambda: open(f"/proc/{pid}/environ", "rb").read(),
    "maps": lambda: open(f"/proc/{pid}/maps", "rb").read(),
    "auxv": lambda: open(f"/proc/{pid}/auxv", "rb").read(),
    "fd": lambda: os.readlink(f"/proc/{pid}/fd/0"),
    "process_vm_readv": reading, "pidfd_getfd": stealing, "ptrace": tracing,
}
for way, take in ways.items():
    try:
        take()
    except OSError:
        continue
    print(way)
"""
WAYS = {"mem", "environ", "maps", "auxv", "fd", "process_vm_readv", "pidfd_getfd", "ptrace"}

# Vaults that are broken on purpose.
MAIN = """
import os, sys
from vault import system
from vault.cli import main
from vault.system.posix import process
{broken}
sys.exit(main())
"""
OPEN = "process.libc = lambda *_: -1"
STAYS = """
from vault.cli import opening
kept, read = [], opening._password_in
def careless(*words):
    kept.append(read(*words))
    return kept[0]
opening._password_in = careless
def stay(path, arguments, environment):
    print("ready", flush=True)
    sys.stdin.read()
system.replace_process = stay
"""
CARELESS = """
opened = os.open
def careless(*words, **others):
    descriptor = opened(*words, **others)
    os.set_inheritable(descriptor, True)
    return descriptor
os.open = careless
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is closed to others on Linux alone"),
]


class Home:
    """A vault of an ordinary user, and its processes."""

    def __init__(self, place: Path, user: int, drop: list[str], template: Template) -> None:
        self.place, self._drop = place, drop
        (place / "a.vault").write_bytes(template.data)
        (place / "password").write_text(PASSWORD)
        (place / "xclip").write_text("#!/bin/sh\n[ $# = 3 ] || read -r line\n")  # keeps nothing
        self.env = {
            "PATH": f"{place}:{os.environ['PATH']}", "HOME": str(place), "DISPLAY": ":9", "LANG": "C.UTF-8",
            "VAULT_FILE": str(place / "a.vault"),
        }  # fmt: skip
        for path in (place, *place.iterdir()):
            path.chmod(0o700)
            os.chown(path, user, -1)

    @contextmanager
    def at_work(self, what: str, exe: list[str]) -> Iterator[tuple[pexpect.spawn, dict[str, int]]]:
        """The vault while it is unlocked, at a terminal; and its processes: itself, and its second one."""
        line, dialog = AT_WORK[what]
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(60)
            url = f"http://127.0.0.1:{server.getsockname()[1]}"
            command = ["sh", "-c", f'exec "$@" {line.format(url=url)}', "sh", *self._drop, *exe]
            source = {} if what == "asks" else {"VAULT_PASSWORD_FILE": str(self.place / "password")}
            started = pexpect.spawn(
                command[0], command[1:], cwd=str(self.place), env={**self.env, **source}, encoding="utf-8",
                timeout=60, preexec_fn=_unlimited_cores,
            )  # fmt: skip
            try:
                for prompt, answer in dialog:
                    started.expect_exact(prompt)
                    started.send(answer)
                connection = server.accept() if what == "verifies" else None
                words = arguments(started.pid)
                second = [pid for pid in children(started.pid) if arguments(pid) == words]
                yield started, {what: started.pid} | {f"{what}, second process": pid for pid in second}
                if connection:
                    connection[0].close()
            finally:
                started.close(force=True)

    def pry(self, pid: int) -> set[str]:
        """The ways into that process that are open to another one of the same user."""
        command = [*self._drop, sys.executable, "-I", "-c", PRY, str(pid)]
        return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def children(pid: int) -> list[int]:
    """Processes that this one started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def arguments(pid: int) -> list[bytes]:
    """The words of its command line."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def _unlimited_cores() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)


@pytest.fixture(params=["nobody", "this user"])
def home(request: pytest.FixtureRequest, template: Template) -> Iterator[Home]:
    """A user's."""
    user, drop = os.geteuid(), GIVE_UP if os.geteuid() == 0 else []
    if drop and shutil.which("setpriv") is None:
        pytest.skip("root gives up its rights by setpriv, which is not installed")
    if request.param == "nobody":
        if user != 0:
            pytest.skip("only root can become nobody")
        user, drop = NOBODY, [*drop, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        trial = [*drop, sys.executable, "-c", "import vault.cli.add, vault.core.vault"]
        if subprocess.run(trial, capture_output=True).returncode:
            pytest.skip("nobody cannot run this interpreter, or read this checkout")
    place = Path(tempfile.mkdtemp(prefix="coldvault-test-"))  # which any user can reach
    try:
        yield Home(place, user, drop, template)
    finally:
        shutil.rmtree(place)


# --- while it is unlocked -----------------------------------------------------------------------------


@pytest.mark.promise(9)
@pytest.mark.assurance(
    "4, 9", "ways for another process of the same user into the memory of an unlocked vault"
)
def test_a_process_of_the_same_user_is_kept_out(home: Home, vault_exe: str, tally: Tally) -> None:
    """Of the vault's process, and of the second one that --mask takes."""
    for what in AT_WORK:
        with home.at_work(what, [vault_exe]) as (_, pids):
            assert len(pids) == 1 + (what in SUPERVISORS)
            for name, pid in pids.items():
                ways = home.pry(pid)
                for way in sorted(WAYS):
                    tally.case(way not in ways, f"{name}: {way} is open")


@pytest.mark.broken("a vault that does not close its memory to others")
def test_who_does_not_close_is_looked_into(home: Home) -> None:
    """The experiment has teeth: each of these ways is open into a vault that does not close its memory."""
    with home.at_work("asks", [sys.executable, "-c", MAIN.format(broken=OPEN)]) as (_, pids):
        ways = home.pry(pids["asks"])
    if ways != WAYS and Path("/proc/sys/kernel/yama/ptrace_scope").exists():
        pytest.skip("this kernel closes every process (Yama)")
    assert WAYS == ways


def dumped(home: Home, what: str, exe: list[str], number: signal.Signals, *, second: bool = False) -> bool:
    """Whether a core dump is made of the process that this signal ends."""
    with home.at_work(what, exe) as (started, pids):
        os.kill(list(pids.values())[second], number)
        with suppress(OSError):  # all of them may have ended by now
            started.sendline("")  # the program need not wait any longer
        started.expect(pexpect.EOF)
        started.wait()
    left = list(home.place.glob("core*"))
    for file in left:
        file.unlink()
    return bool(left) or os.WCOREDUMP(started.status)  # which tells of a dump that went elsewhere, too


@pytest.mark.promise(9)
@pytest.mark.assurance(
    "4, 9", "an unlocked vault is ended by SIGSEGV and SIGABRT: no core dump, whatever the limit"
)
def test_no_core_is_dumped(
    home: Home, vault_exe: str, tally: Tally, record_property: Callable[[str, object], None]
) -> None:
    """Of none of its processes. With --mask SIGABRT is the program's, and so is that core dump."""
    record_property("core_pattern", Path("/proc/sys/kernel/core_pattern").read_text().strip())
    for what in AT_WORK:
        for second in (False, True) if what in SUPERVISORS else (False,):
            for number in (signal.SIGSEGV,) if what in SUPERVISORS else (signal.SIGSEGV, signal.SIGABRT):
                bad = dumped(home, what, [vault_exe], number, second=second)
                tally.case(
                    not bad, f"{what}: {number.name} left a core dump{' of its second process' * second}"
                )


@pytest.mark.broken("a vault that does not close its memory: a core dump")
def test_who_does_not_close_is_dumped(home: Home) -> None:
    """The experiment has teeth: a vault that does not close its memory leaves a core dump."""
    if not dumped(home, "asks", [sys.executable, "-c", MAIN.format(broken=OPEN)], signal.SIGSEGV):
        pytest.skip("this system dumps no core of anything")


# --- in a program that it launched --------------------------------------------------------------------

MODES = ((), ("--clean",), ("--mask",), ("--via", "fd"))
SOURCES = ("file", "descriptor", "recovery key")


@pytest.fixture
def sought(cli: Cli, template: Template) -> dict[str, str | bytes]:
    """What a program that is handed okx-main must not have."""
    cli.add("other", "generic", {"token": OTHER})
    cli("rotate", "okx-main", "--stdin", input=json.dumps(STAGED).encode())
    opened = vault.open(cli.path).unlock(vault.Secret(template.recovery))
    key = vault.RecoveryKey.read(template.recovery)
    return {
        "password": PASSWORD, "recovery key": template.recovery, "private key": key.private if key else b"",
        "data key": opened._data_key, "journal key": opened.payload.journal[1], "another credential": OTHER,
        "the successor": STAGED["secret_key"],
    }  # fmt: skip


@contextmanager
def launched(cli: Cli, exe: list[str], mode: tuple[str, ...], secret: str, source: str) -> Iterator[int]:
    """A program that was handed okx-main, and waits; its process, or the vault's if that did not go."""
    cli.password_file.write_text(secret)
    given = []
    if source == "descriptor":
        reading, writing = os.pipe()
        os.write(writing, secret.encode())
        os.close(writing)
        given = [reading]
    command = [*exe, *(f"--password-fd={number}" for number in given), "run", *mode, "-c", "okx-main"]
    process = subprocess.Popen(
        [*command, "--", "sh", "-c", "echo ready; read line"],
        env={**cli.env, **({"VAULT_PASSWORD_FILE": ""} if given else {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=given,
    )
    with process:
        for number in given:
            os.close(number)
        assert process.stdout is not None
        assert b"ready\n" == process.stdout.readline()
        programs = [pid for pid in children(process.pid) if arguments(pid)[0] == b"sh"]
        yield programs[0] if programs else process.pid
        process.communicate(b"\n", timeout=60)


def each(cli: Cli, exe: list[str], recovery: str) -> Iterator[tuple[str, int]]:
    """Each way to launch a program, and its process."""
    for mode in MODES:
        for source in SOURCES:
            secret = recovery if source == "recovery key" else PASSWORD
            with launched(cli, exe, mode, secret, source) as pid:
                yield f"run {' '.join(mode)} by {source}", pid


@pytest.mark.promise(9)
@pytest.mark.assurance(
    "9", "all memory of a launched program: passwords, keys and what it was not handed, in each form"
)
def test_nothing_is_left_in_the_program(
    cli: Cli, sought: dict[str, str | bytes], template: Template, tally: Tally
) -> None:
    """However it was launched, and whatever unlocked the vault; what it was handed in variables is found."""
    for how, pid in each(cli, [cli.exe], template.recovery):
        data = memory(pid)
        assert bool(found(data, {"handed over": OKX["secret_key"]})) == ("--via" not in how)
        left = found(data, sought)
        for name in sought:
            tally.case(not any(leak.startswith(f"{name} (") for leak in left), f"{how}: {name}")


@pytest.mark.broken("a vault that stays in the program's place")
def test_what_stays_is_found(cli: Cli, sought: dict[str, str | bytes]) -> None:
    """The experiment has teeth: a vault that stays in the program's place has all of it in memory."""
    exe = [sys.executable, "-c", MAIN.format(broken=STAYS)]
    with launched(cli, exe, (), PASSWORD, "file") as pid:
        left = found(memory(pid), sought)
    names = ("password", "data key", "journal key", "another credential", "the successor")
    assert {f"{name} (plain)" for name in names} <= set(left)


def leaked(pid: int) -> list[str]:
    """What its descriptors beyond the standard streams lead to, the file in memory aside."""
    links = {int(fd.name): os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()}
    return [link for number, link in links.items() if number > 2 and not link.startswith("/memfd:vault")]


@pytest.mark.assurance(
    "9", "the descriptors of a launched program: its standard streams, and the hand-over's if told"
)
def test_no_descriptor_is_left_in_the_program(
    cli: Cli, sought: dict[str, str | bytes], template: Template, tally: Tally
) -> None:
    """Not of the vault, its lock, its journal, a terminal, nor the one that the password came from."""
    for how, pid in each(cli, [cli.exe], template.recovery):
        tally.case(not leaked(pid), f"{how}: {leaked(pid)}")


@pytest.mark.broken("a vault that lets its files be inherited")
def test_a_descriptor_that_is_left_is_found(cli: Cli) -> None:
    """The experiment has teeth: a vault that lets its files be inherited is caught."""
    with launched(cli, [sys.executable, "-c", MAIN.format(broken=CARELESS)], (), PASSWORD, "file") as pid:
        assert any(str(cli.path.parent) in link for link in leaked(pid))
