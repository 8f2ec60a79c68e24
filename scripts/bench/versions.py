"""Find out if a bot's start became slower: this checkout against another one, side by side in one run.

Usage: .venv/bin/python scripts/bench/versions.py OTHER [--runs N] [--instructions]

OTHER is the folder of another checkout, with a ``.venv`` of its own (``scripts/setup test``). Each round
starts ``vault run -- true`` of both, with a password file and the cheapest derivation that is read, in an
order of its own; the figures are medians in milliseconds, and their ratio. With --instructions, valgrind's
callgrind counts what both execute up to the ``execve`` of the program; that repeats to a few thousandths.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from timing import SHORT_KDF, TRUE, in_turn, make_vault, measure, middle, spread

HERE = Path(__file__).resolve().parents[2]
# What the console script does, but for the last call: the program that would follow is not ours to count.
_UNTIL_EXEC = """
import os, sys
os.execve = lambda *given: os._exit(0)
from vault.cli import main
sys.exit(main(sys.argv[1:]))
"""


def instructions(folder: Path, env: dict[str, str]) -> int:
    """Count the instructions of ``vault run`` of the checkout in *folder*, the derivation's included."""
    with tempfile.TemporaryDirectory() as out:
        command = [str(folder / ".venv/bin/python"), "-c", _UNTIL_EXEC, "run", "--", TRUE]
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}/counts"]
        env = {**env, "PYTHONHASHSEED": "0"}
        said = subprocess.run(
            [*tool, *command], env=env, cwd=folder, capture_output=True, text=True, check=True
        )
    return int(re.findall(r"Collected : (\d+)", said.stderr)[-1])


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path)
    parser.add_argument("--runs", type=int, default=31)
    parser.add_argument("--instructions", action="store_true")
    given = parser.parse_args()
    places = {"other": given.other.resolve(), "this": HERE}
    with tempfile.TemporaryDirectory() as folder:
        env = make_vault(folder, "short", SHORT_KDF)
        if given.instructions:
            for place in places.values():  # writes byte code
                measure([str(place / ".venv/bin/vault"), "run", "--", TRUE], env)
            counts = {name: instructions(place, env) for name, place in places.items()}
            for name, count in counts.items():
                print(f"{name:6} {count:>13,} instructions")
            print(f"this / other: {counts['this'] / counts['other']:.4f}")
            return 0
        rounds: dict[str, list[float]] = defaultdict(list)
        calls = {
            name: lambda place=place: (
                measure([os.path.join(place, ".venv/bin/vault"), "run", "--", TRUE], env).wall
            )
            for name, place in places.items()
        }
        for number in range(given.runs + 1):
            for name, figure in in_turn(number, calls).items():
                if number:  # the first writes byte code and warms the caches
                    rounds[name].append(figure)
    for name, figures in rounds.items():
        print(f"{name:6} {middle(figures):8.1f} ms   {spread(figures)}")
    ratios = [this / other for this, other in zip(rounds["this"], rounds["other"], strict=True)]
    medians = middle(rounds["this"]) / middle(rounds["other"])
    print(f"this / other: {medians:.3f}; median of {given.runs} rounds' ratios {middle(ratios):.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
