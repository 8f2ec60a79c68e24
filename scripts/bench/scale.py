"""Measure what the number of credentials in a vault costs: `run` with one of them, `list`, and `add`.

Usage: .venv/bin/python scripts/bench/scale.py [--runs N]

The vaults hold OKX keys and have the shortest derivation that a reader accepts; the figures exclude it.
Each round starts every command on every vault, in an order of its own; each ``add`` has a fresh copy of its
vault. The figures are medians in milliseconds and, in brackets, multiples of the same command on the vault
that the bars compare with: one credential for `run` and `list`, none for `add`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from functools import partial

from timing import PYTHON, SHORT_KDF, TRUE, VAULT, derivation, in_turn, make_vault, measure, middle

SIZES = (0, 1, 10, 100, 1_000, 10_000)
BARS = {("run", 1_000): 1.2, ("run", 10_000): 4.0, ("add", 1_000): 1.3}
LEAST = {"run": 1, "list": 1, "add": 0}
BARE, ALONE = ("python -c pass", 0), ("derivation", 0)
ADD = ["add", "new", "--exchange", "okx", "--stdin", "--permission", "trade", "--ip", "203.0.113.7"]


def add(folder: str, env: dict[str, str], values: str) -> float:
    """Return the milliseconds of an ``add`` to a copy of the vault, on a machine that has not seen it."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = shutil.copy(env["VAULT_FILE"], place)
        there = {**env, "VAULT_FILE": path, "XDG_STATE_HOME": place}
        return measure([VAULT, *ADD], there, stdin=values).wall


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=21)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        values = os.path.join(folder, "values")
        with open(values, "w") as file:
            json.dump(
                {name: f"{name}-of-the-new-one" for name in ("api_key", "secret_key", "passphrase")}, file
            )
        calls: dict[tuple[str, int], Callable[[], float]] = {}
        for size in SIZES:
            env = make_vault(folder, str(size), SHORT_KDF, credentials=size)
            if size:
                run = [VAULT, "run", "-c", f"okx-{size // 2:05}", "--", TRUE]
                calls["run", size] = partial(_wall, run, env)
            calls["list", size] = partial(_wall, [VAULT, "list"], env)
            calls["add", size] = partial(add, folder, env, values)
        calls[BARE] = partial(_wall, [PYTHON, "-c", "pass"], env)
        calls[ALONE] = partial(derivation, SHORT_KDF, env)
        rounds: dict[tuple[str, int], list[float]] = defaultdict(list)
        groups = [{key: call} for key, call in calls.items()]
        in_turn(0, *groups)  # writes byte code and warms the caches
        for number in range(1, runs + 1):
            figures = in_turn(number, *groups)
            for (command, size), figure in figures.items():
                beyond = figure - figures[ALONE] if command in LEAST else figure
                rounds[command, size].append(beyond)
    medians = {key: middle(figures) for key, figures in rounds.items()}
    print(
        f"{runs} rounds, medians; python -c pass: {medians[BARE]:.1f} ms; derivation: {medians[ALONE]:.1f} ms"
    )
    print("beyond the derivation" + "".join(f"{size:>18,}" for size in SIZES))
    for command, least in LEAST.items():
        cells = [""] * len(SIZES)
        bars = list(cells)
        for at, size in enumerate(SIZES):
            if (command, size) in medians:
                times = medians[command, size] / medians[command, least]
                cells[at] = f"{medians[command, size]:.1f} ms ({times:.2f})"
            if (command, size) in BARS:
                bars[at] = f"({BARS[command, size]:.2f})"
        print(f"{command:21}" + "".join(f"{cell:>18}" for cell in cells))
        if any(bars):
            print(f"{'  bar':21}" + "".join(f"{bar:>18}" for bar in bars))
    return 0


def _wall(command: list[str], env: dict[str, str]) -> float:
    return measure(command, env).wall


if __name__ == "__main__":
    sys.exit(main())
