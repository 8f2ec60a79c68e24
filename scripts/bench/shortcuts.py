"""Measure what each shortcut at the start of a bot buys: one table, from one run.

Usage: .venv/bin/python scripts/bench/shortcuts.py [--runs N] [--only TEXT] [--instructions] [--markdown]

Every row starts ``vault run -- true`` (password file, the cheapest derivation that is read) with one shortcut
undone: the plain way takes its place or, where nothing else would change, is imported besides. Each round
starts all rows in an order of its own, and the unchanged start three times. A figure is the median of all
rounds' differences to the unchanged start of the same round: milliseconds of wall-clock time, with quartiles,
and of processor time; and the former in multiples of ``python -c pass``. With --instructions, valgrind's
callgrind counts what each start executes; that repeats to a few thousandths. Single rows overlap: modules
share imports (``enum`` comes with ``re``, ``signal`` and ``dataclasses``), so the rows do not add up.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from timing import PYTHON, SHORT_KDF, TRUE, Cost, in_turn, make_vault, measure, middle, spread

# What the console script does.
_START = "import sys; from vault.cli import main; sys.exit(main(sys.argv[1:]))"
# For callgrind: the program that would follow is not ours to count.
_UNTIL_EXEC = "import os; os.execve = lambda *given: os._exit(0)\n"


class Shortcut(NamedTuple):
    """One way in which the start is shorter than plain code.

    Attributes:
        name: the shortcut, and what it replaces.
        place: where it stands in the package.
        undo: Python that undoes it, run before the start.
    """

    name: str
    place: str
    undo: str


_DATACLASSES = """
import dataclasses
from vault.base import record
class Record(record.Record):
    def __init_subclass__(cls):
        defaults = {name: cls.__dict__.get(name) for name in cls.__dict__.get("__annotations__", ())}
        mutable = {name: value for name, value in defaults.items() if isinstance(value, dict)}
        for name in mutable:
            setattr(cls, name, dataclasses.field(default_factory=dict))
        dataclasses.dataclass(frozen=True)(cls)
        for name, value in mutable.items():
            setattr(cls, name, value)
    def __post_init__(self):
        self.check()
record.Record = Record
"""
_HASHLIB = """
import hashlib, hmac, sys, types
digest = sys.modules["vault.base.digest"] = types.ModuleType("vault.base.digest")
digest.sha256 = lambda message: hashlib.sha256(message).digest()
digest.hmac_sha256 = lambda key, message: hmac.digest(key, message, "sha256")
"""
_CHACHA = """
from vault.core import crypto
def public(key):
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    return ChaCha20Poly1305(key)
crypto._chacha = public
"""
_TOML = """
from vault.exchanges import profiles
made = {}
def load(name):
    import os, tomllib
    if name not in made:
        with open(os.path.join(os.path.dirname(profiles.__file__), name + ".toml"), "rb") as file:
            made[name] = profiles.make(name, tomllib.load(file))
    return made[name]
profiles.load = profiles.known = load
"""
_AFTERWARDS = """
from vault.cli import output
at_once = output.working
def working(what, call, meanwhile=None):
    result = at_once(what, call)
    if meanwhile is not None:
        meanwhile()
    return result
output.working = working
"""

SHORTCUTS = [
    Shortcut(
        "a reader of options of its own instead of click", "cli/options",
        "from vault.cli import options; options.direct = lambda arguments: None",
    ),
    Shortcut("Record instead of dataclasses", "base/record", _DATACLASSES),
    Shortcut("_argon2_cffi_bindings instead of argon2.low_level", "core/crypto", "import argon2.low_level"),
    Shortcut("cryptography's _rust instead of its public import path", "core/crypto", _CHACHA),
    Shortcut("compiled profiles instead of TOML", "exchanges/profiles", _TOML),
    Shortcut("_json instead of json", "base/canonical", 'import json, sys; sys.modules["_json"] = None'),
    Shortcut("_sha256 and _operator instead of hashlib and hmac", "base/digest", _HASHLIB),
    Shortcut("TYPE_CHECKING = False instead of typing's", "every module", "import typing"),
    Shortcut("sets of characters instead of re", "base/rules", "import re"),
    Shortcut("constants instead of enum", "everywhere", "import enum"),
    Shortcut("_thread instead of threading", "cli/output", "import threading"),
    Shortcut("cffi's core instead of ctypes", "system/posix", "import ctypes; ctypes.CDLL(None).prctl"),
    Shortcut("_signal instead of signal", "system/posix", "import signal"),
    Shortcut("os.path instead of pathlib", "everywhere", "import pathlib"),
    Shortcut("os.urandom instead of secrets", "core/crypto", "import secrets"),
    Shortcut("find_program instead of shutil.which", "system/posix", "import shutil"),
    Shortcut("seconds instead of datetime", "care/deadlines", "import datetime"),
    Shortcut(
        "public names that are imported when asked for", "vault/__init__",
        "import vault; [getattr(vault, name) for name in vault.__all__]",
    ),
    Shortcut("no garbage collection", "cli/__init__", "import gc; gc.disable = lambda: None"),
    Shortcut("imports while Argon2 runs", "actions/launch", _AFTERWARDS),
    Shortcut(
        "a head start for Argon2's thread", "cli/output",
        "from vault.cli import output; output._HEAD_START = 0",
    ),
]  # fmt: skip
PLAIN = [f"the start itself {number}" for number in "123"]  # measured three times a round


def instructions(undo: str, env: Mapping[str, str]) -> int:
    """Count what a start executes, the derivation's instructions included."""
    with tempfile.TemporaryDirectory() as out:
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}/counts"]
        command = [PYTHON, "-c", f"{_UNTIL_EXEC}{undo}\n{_START}", "run", "--", TRUE]
        env = {**env, "PYTHONHASHSEED": "0"}
        done = subprocess.run([*tool, *command], env=env, capture_output=True, text=True, check=True)
    return int(re.findall(r"Collected : (\d+)", done.stderr)[-1])


def rounds(wanted: list[Shortcut], env: Mapping[str, str], runs: int) -> dict[str, list[Cost]]:
    """Return what each start cost, by its row, in every round."""
    starts = {"": "pass", **dict.fromkeys(PLAIN, _START)}
    starts |= {shortcut.name: f"{shortcut.undo}\n{_START}" for shortcut in wanted}
    calls = {
        name: lambda code=code: measure([PYTHON, "-c", code, "run", "--", TRUE], env)
        for name, code in starts.items()
    }
    figures = defaultdict(list)
    for number in range(runs + 1):
        for name, cost in in_turn(number, calls).items():
            if number:  # the first round writes byte code and warms the caches
                figures[name].append(cost)
    return figures


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=31)
    parser.add_argument("--only", default="", help="rows whose name has this in it")
    parser.add_argument("--instructions", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    given = parser.parse_args()
    wanted = [shortcut for shortcut in SHORTCUTS if given.only in shortcut.name]
    with tempfile.TemporaryDirectory() as folder:
        env = make_vault(folder, "short", SHORT_KDF)
        figures = rounds(wanted, env, given.runs)
        counts = {}
        if given.instructions:
            for name, undo in {"": "", **{shortcut.name: shortcut.undo for shortcut in wanted}}.items():
                counts[name] = instructions(undo, env)
    bare = middle([cost.wall for cost in figures[""]])
    usual = [(middle([c.wall for c in three]), middle([c.cpu for c in three]))
             for three in zip(*(figures[name] for name in PLAIN), strict=True)]  # fmt: skip
    start = middle([wall for wall, _ in usual])
    print(f"{given.runs} rounds, medians: python -c pass {bare:.1f} ms, vault run -- true {start:.1f} ms")
    if counts:
        print(f"vault run -- true: {counts[''] / 1e6:.1f} million instructions, the derivation's included")
    rows = []
    for shortcut in wanted:
        pairs = list(zip(figures[shortcut.name], usual, strict=True))
        wall = [cost.wall - before for cost, (before, _) in pairs]
        cpu = middle([cost.cpu - before for cost, (_, before) in pairs])
        row = [shortcut.name, shortcut.place, f"{middle(wall):.1f}", spread(wall), f"{cpu:.1f}"]
        row.append(f"{middle(wall) / bare:.2f}")
        if counts:
            row.append(f"{(counts[shortcut.name] - counts['']) / 1e6:.1f}")
        rows.append((middle(wall), row))
    heads = ["shortcut", "where", "ms", "quartiles", "CPU ms", "x bare"] + ["M instructions"] * bool(counts)
    table = [heads, *(row for _, row in sorted(rows, reverse=True))]
    if given.markdown:
        table.insert(1, ["---"] * len(heads))
        print("\n".join(f"| {' | '.join(row)} |" for row in table))
        return 0
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
