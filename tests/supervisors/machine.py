"""A Linux of its own for a test: the example files run in it as they are, and nothing outside is touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples" / "supervisors"
PATIENCE = 90  # seconds until something must have happened; a loaded machine is no failure

# What the first process does before it becomes what it is to be. All that is written below /etc, /run,
# /srv, /usr/sbin and /var goes when it goes. /srv/bots is what the examples say, for the user bots.
_SETUP = """
set -eu
umask 022
room=$1 base=$2 packages=$3 below=$4 before=$5
shift 5
mount -t tmpfs -o mode=755 tmpfs "$room/over"
for place in etc usr/sbin var; do
    mkdir -p "$room/over/$place/new" "$room/over/$place/work"
    mount -t overlay overlay "/$place" \
        -o "lowerdir=/$place,upperdir=$room/over/$place/new,workdir=$room/over/$place/work"
done
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /srv
useradd --system --home-dir /srv/bots --shell /usr/sbin/nologin bots
chown -R bots: "$room/bots"
mkdir /srv/bots
mount --bind "$room/bots" /srv/bots
mount --bind "$base" /srv/bots/base
mount -t overlay overlay "/srv/bots/.venv/$below" -o "lowerdir=$room/layer:$packages"
eval "$before"
echo ready
exec "$@"
"""
_SPACES = ("--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# The bot notes what happens to it, has a worker, and on SIGUSR1 ends with what stands in the file `later`.
_BOT = """
import json, os, signal, subprocess, sys
def note(**facts):
    with open("notes", "a") as file:
        file.write(json.dumps({"pid": os.getpid(), **facts}) + "\\n")
def stop(number, frame):
    note(signal=number)
    sys.exit(0)
def end(number, frame):
    with open("later") as file:
        os._exit(int(file.read()))
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGUSR1, end)
worker = subprocess.Popen(["sleep", "infinity"])
note(worker=worker.pid, uid=os.getuid(), **os.environ)
while True:
    signal.pause()
"""


def needs(*tools: str) -> None:
    """Skip the test unless each tool is installed; ``tool:package`` where Debian names them differently."""
    for tool in tools:
        name, _, package = tool.partition(":")
        if shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_PATH}") is None:
            pytest.skip(f"no {name} here: apt-get install {package or name}")


def until(call: Callable[[], T]) -> T:
    """What *call* gives, once that is something."""
    end = time.monotonic() + PATIENCE
    while not (result := call()):
        assert time.monotonic() < end, f"in vain: {call}"
        time.sleep(0.05)
    return result


class Machine:
    """Processes, mounts, a network and users of its own, inside ``with``; its first process does nothing.

    Attributes:
        bots: the folder that is /srv/bots in it, with the vault, its password, a bot and an environment.
    """

    before = ""  # what the shell does last of all, before it becomes *first*
    first: tuple[str, ...] = ("sh", "-c", "sleep infinity & wait")  # waits for the orphans, as an init does
    around: tuple[str, ...] = ()

    def __init__(self, room: Path, vault: bytes, password: str) -> None:
        """Lay out what belongs to it in the empty folder *room*."""
        if os.geteuid() != 0:
            pytest.skip("a machine of its own takes root")
        needs("unshare:util-linux", "nsenter:util-linux", "setpriv:util-linux", "useradd:passwd")
        self.room, self.bots = room, room / "bots"
        python = os.path.relpath(os.path.realpath(sys.executable), sys.base_prefix)
        self._below = os.path.relpath(sysconfig.get_path("purelib"), sys.prefix)
        for folder in ("over", "layer", "bots/base", "bots/.venv/bin", f"bots/.venv/{self._below}"):
            (room / folder).mkdir(parents=True)
        shutil.copytree(ROOT / "vault", room / "layer" / "vault")
        environment = self.bots / ".venv"
        (environment / "pyvenv.cfg").write_text("home = /srv/bots/base/bin\n")
        (environment / "bin" / "python").symlink_to(f"/srv/bots/base/{python}")
        script = Path(sys.executable).with_name("vault").read_text().split("\n", 1)[1]
        (environment / "bin" / "vault").write_text(f"#!/srv/bots/.venv/bin/python\n{script}")
        (environment / "bin" / "vault").chmod(0o755)
        (self.bots / "bot.py").write_text(_BOT)
        for name, data in (("bots.vault", vault), ("password", f"{password}\n".encode())):
            (self.bots / name).write_bytes(data)
            (self.bots / name).chmod(0o600)
        self.bots.chmod(0o700)

    def __enter__(self) -> Machine:
        words = (*self.around, "setpriv", "--pdeathsig", "KILL",
                 "unshare", "--fork", "--kill-child", "--mount-proc", *_SPACES, "--propagation", "private",
                 "sh", "-c", _SETUP, "sh", str(self.room), sys.base_prefix, sysconfig.get_path("purelib"),
                 self._below, self.before, *self.first)  # fmt: skip
        with self._log.open("wb") as log:
            self._outer = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")
        until(lambda: "ready\n" in self.log or self._outer.poll() is not None)
        if self._outer.poll() is not None:
            pytest.skip(f"no machine of its own can be made here: {self.log}")
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children").read_text()
        self._first = int(children.split()[0])
        return self

    def __exit__(self, *exception: object) -> None:
        os.kill(self._first, 9)  # and with the first process goes every other one of its machine
        self._outer.wait()

    @property
    def _log(self) -> Path:
        return self.room / "log"

    @property
    def log(self) -> str:
        """What the first process said."""
        return self._log.read_text(errors="replace")

    def __call__(self, *words: str, check: int | None = 0, user: str = "root") -> str:
        """Run a command in it, in /srv/bots; what it printed."""
        done = subprocess.run(
            ["nsenter", "--target", str(self._first), *_SPACES, "sh", "-c", 'cd /srv/bots; exec "$@"', "sh",
             "setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={"PATH": _PATH, "HOME": "/root"},
            timeout=PATIENCE,
            text=True,
        )  # fmt: skip
        assert check in (None, done.returncode), f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def notes(self, number: int = 1) -> list[dict[str, Any]]:
        """What the bot noted, once there are *number* lines of it."""
        file = self.bots / "notes"
        until(lambda: file.exists() and file.read_text().count("\n") >= number)
        return [json.loads(line) for line in file.read_text().splitlines()]

    def runs(self, pid: int) -> bool:
        """Whether there is a process of that number in it."""
        return bool(self("ps", "-o", "stat=", "-p", str(pid), check=None).strip())


# The targets that every unit leans on; the real ones would start what else is installed.
_TARGETS = ("basic", "multi-user", "network-online", "shutdown", "sysinit", "timers")


class Booted(Machine):
    """One whose first process is systemd, with the units of the examples and no others."""

    before = (
        "umount --recursive /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup; mount --make-rshared /; "
        'mkdir /run/systemd; cp -r "$room/units" /run/units'
    )
    first = ("env", "-i", "container=test", f"PATH={_PATH}", "SYSTEMD_UNIT_PATH=/run/units",
             "/lib/systemd/systemd", "--system", "--unit=basic.target", "--log-target=console")  # fmt: skip

    def __init__(self, room: Path, vault: bytes, password: str) -> None:
        """Lay out what belongs to it in the empty folder *room*."""
        super().__init__(room, vault, password)
        needs("/lib/systemd/systemd:systemd")
        (room / "units").mkdir()
        for unit in (*EXAMPLES.glob("*.service"), *EXAMPLES.glob("*.timer")):
            shutil.copy(unit, room / "units")
        (room / "units" / "service.d").mkdir()
        said = "[Service]\nStandardOutput=append:/run/%N.said\n"  # there is no journald
        (room / "units" / "service.d" / "said.conf").write_text(said)
        for name in _TARGETS:
            (room / "units" / f"{name}.target").write_text("[Unit]\nDefaultDependencies=no\n")
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
        places = [mount[1] for mount in mounts if mount[2] == "cgroup2"]
        if not places:
            pytest.skip("no cgroup2 is mounted here")
        self._group = Path(places[0]) / f"machine-{os.getpid()}-{time.monotonic_ns()}"
        self.around = ("sh", "-ec", 'mkdir "$0"; echo $$ > "$0/cgroup.procs"; exec "$@"', str(self._group))

    def __enter__(self) -> Booted:
        super().__enter__()
        until(lambda: self("systemctl", "is-active", "basic.target", check=None) == "active\n")
        return self

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        for folder, _, _ in os.walk(self._group, topdown=False):
            os.rmdir(folder)

    def shows(self, unit: str, *names: str) -> list[str]:
        """These properties of a unit."""
        lines = self("systemctl", "show", unit, *(f"--property={name}" for name in names)).splitlines()
        found = dict(line.split("=", 1) for line in lines)
        return [found[name] for name in names]
