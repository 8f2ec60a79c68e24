"""Measure whole processes and key derivations: shared by the benches beside this file.

A process is started as a shell starts it, with nothing on standard input and its output thrown away. Byte
code is cached: :func:`surroundings` leaves out the variables that forbid it.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from vault import DEFAULT_KDF, Kdf

K = TypeVar("K")
T = TypeVar("T")

PASSWORD = "correct horse battery staple"  # noqa: S105
PYTHON = sys.executable
VAULT = os.path.join(os.path.dirname(PYTHON), "vault")
TRUE = shutil.which("true") or "true"
# The cheapest that is accepted; nobody's vault. The difference of two long times is a poor measure of a short
# one: the start beyond a derivation shows best beside a short one, which hides no imports behind it either.
SHORT_KDF = Kdf(memory=19 * 1024, passes=1, lanes=4)

# The derivation as `run` does it, in a process of its own; prints the milliseconds of that call alone.
_DERIVE = """
import sys, time
import mmap, _argon2_cffi_bindings
from vault.core import crypto
from vault.system.memory import Workspace
memory, passes, lanes, touched = map(int, sys.argv[1:])
workspace = Workspace(memory) if touched else None
if workspace:
    workspace.touch()
begin = time.perf_counter()
crypto.argon2id(b"correct horse battery staple", bytes(32), memory, passes, lanes, workspace)
print((time.perf_counter() - begin) * 1e3)
"""
_MAKE = """
import sys, time, vault
from vault.core import slots
slots.check_writing = lambda kdf: None  # SHORT_KDF is refused otherwise
path, password, memory, passes, lanes, count = *sys.argv[1:3], *map(int, sys.argv[3:])
now, kdf = int(time.time()), vault.Kdf(memory, passes, lanes)
with vault.create(path, vault.Secret(password), now=now, kdf=kdf) as opened:
    for number in range(count):
        values = {name: f"{name}-{number:08}" for name in ("api_key", "secret_key", "passphrase")}
        fields = {name: vault.Secret(value) for name, value in values.items()}
        opened.add(
            vault.Credential(
                f"okx-{number:05}", "okx", fields, created=now, updated=now,
                permissions=("read", "trade"), ips=("203.0.113.7",), account=f"sub{number}",
            )
        )
    opened.save()
"""


class Cost(NamedTuple):
    """The cost of one process, with those that it waited for.

    Attributes:
        wall: milliseconds from its start to its end.
        cpu: milliseconds of processor time, the user's and the system's.
        peak: MiB of memory of the largest of them. Linux counts the process that started it, too: no
            figure is below that of a program that does nothing.
    """

    wall: float
    cpu: float
    peak: float


def surroundings(folder: str, **more: str) -> dict[str, str]:
    """Return a short environment with *folder* as its home."""
    kept = {"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "TERM": "dumb", "LANG": "C.UTF-8"}
    return {**kept, "XDG_STATE_HOME": os.path.join(folder, "state"), **more}


def make_vault(folder: str, name: str, kdf: Kdf = DEFAULT_KDF, *, credentials: int = 1) -> dict[str, str]:
    """Make a vault of so many OKX keys; return the environment in which ``vault`` opens it without asking.

    Another process makes it, so that this one stays small.
    """
    path, password_file = os.path.join(folder, f"{name}.vault"), os.path.join(folder, "password")
    with open(password_file, "w") as file:
        file.write(f"{PASSWORD}\n")
    env = surroundings(folder, VAULT_FILE=path, VAULT_PASSWORD_FILE=password_file)
    sizes = (kdf.memory, kdf.passes, kdf.lanes, credentials)
    subprocess.run([PYTHON, "-c", _MAKE, path, PASSWORD, *map(str, sizes)], env=env, check=True)
    return env


def measure(command: list[str], env: Mapping[str, str], *, stdin: str = os.devnull) -> Cost:
    """Run *command* to its end; raises RuntimeError if it fails."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    begin = time.perf_counter()
    process = os.posix_spawn(command[0], command, env, file_actions=actions)
    return _ended(process, begin, command)


def typed(
    command: list[str], env: Mapping[str, str], prompt: str, answer: str, *, pause: float = 0.0
) -> tuple[float, float, Cost]:
    """Run it at a pseudo-terminal; return milliseconds to its prompt, from Enter to its end, and its cost.

    Args:
        pause: seconds that a person takes to type *answer*; not counted.
    """
    terminal, other = os.openpty()
    name = os.ttyname(other)
    actions = [(os.POSIX_SPAWN_OPEN, number, name, os.O_RDWR, 0) for number in range(3)]
    begin = time.perf_counter()
    process = os.posix_spawn(command[0], command, env, file_actions=actions, setsid=True)
    os.close(other)
    seen = b""
    while prompt.encode() not in seen:
        seen += os.read(terminal, 4096)
    shown = (time.perf_counter() - begin) * 1e3
    time.sleep(pause)
    entered = time.perf_counter()
    os.write(terminal, f"{answer}\n".encode())
    cost = _ended(process, entered, command)
    os.close(terminal)
    return shown, cost.wall, cost._replace(wall=shown + cost.wall)


def _ended(process: int, begin: float, command: list[str]) -> Cost:
    _, status, used = os.wait4(process, 0)
    wall = (time.perf_counter() - begin) * 1e3
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10  # getrusage(2): bytes there, KiB elsewhere
    return Cost(wall, (used.ru_utime + used.ru_stime) * 1e3, used.ru_maxrss / unit)


def derivation(kdf: Kdf, env: Mapping[str, str], *, touched: bool = False) -> float:
    """Return the milliseconds of one key derivation by itself, imports not counted.

    Args:
        touched: have its memory handed out before, as it is while a person types.
    """
    cost = (kdf.memory, kdf.passes, kdf.lanes, int(touched))
    return printed([PYTHON, "-c", _DERIVE, *map(str, cost)], env)


def printed(command: list[str], env: Mapping[str, str]) -> float:
    """Return the number that *command* prints."""
    return float(subprocess.run(command, env=env, capture_output=True, check=True).stdout)


def in_turn(number: int, *groups: Mapping[K, Callable[[], T]]) -> dict[K, T]:
    """Return the result of each call; each *number* has an order of its own, a group's calls stay together.

    So no call always follows the same neighbour, which leaves the processor hot and its caches cold, and
    figures that are subtracted from each other were measured in one moment.
    """
    shuffle = random.Random(number).sample  # noqa: S311  # an order, and the same in every run
    results = {}
    for group in shuffle(groups, len(groups)):
        for name in shuffle(list(group), len(group)):
            results[name] = group[name]()
    return results


def middle(figures: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(figures)


def spread(figures: Sequence[float]) -> str:
    """Return the quartiles, between which half of the figures lie."""
    low, _, high = statistics.quantiles(figures, n=4)
    return f"{low:.1f} to {high:.1f}"
