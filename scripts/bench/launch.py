"""Measure what `vault run` adds to the start of a bot, side by side with the bare interpreter.

Usage: .venv/bin/python scripts/bench/launch.py [--runs N]

Each round starts, in an order of its own: ``python -c pass``; ``vault run -- true`` with a password file,
at the default cost of a derivation and at next to none; ``vault run -- true`` at a pseudo-terminal, where a
password is typed; and each of their derivations alone, its memory touched before where ``run`` has touched
it while the person types. The figures are medians of all rounds, in milliseconds and as multiples of
``python -c pass``, and the quartiles.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable

from timing import (
    PASSWORD,
    PYTHON,
    SHORT_KDF,
    TRUE,
    VAULT,
    derivation,
    in_turn,
    make_vault,
    measure,
    middle,
    spread,
    typed,
)

from vault import DEFAULT_KDF

RUN = [VAULT, "run", "--", TRUE]
BARE, SHOWN = "python -c pass", "prompt shown"
# Of each way to start: what is measured whole, its derivation alone, and what is left.
UNATTENDED = (f"vault run -- true ({DEFAULT_KDF})", "  its derivation", "  beyond it")
SHORT = (f"vault run -- true ({SHORT_KDF})", "  its derivation ", "  beyond it ")
TYPED = (f"Enter to the program's end ({DEFAULT_KDF})", "  its derivation  ", "  beyond it  ")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=21)
    runs = parser.parse_args().runs
    rounds: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        env = make_vault(folder, "default", DEFAULT_KDF)
        short = make_vault(folder, "short", SHORT_KDF)
        asked = {name: value for name, value in env.items() if name != "VAULT_PASSWORD_FILE"}

        def at_terminal() -> float:
            shown, entered, _ = typed(RUN, asked, "master password: ", PASSWORD, pause=0.25)
            rounds[SHOWN].append(shown)
            return entered

        groups: list[dict[str, Callable[[], float]]] = [
            {BARE: lambda: measure([PYTHON, "-c", "pass"], env).wall},
            {
                UNATTENDED[0]: lambda: measure(RUN, env).wall,
                UNATTENDED[1]: lambda: derivation(DEFAULT_KDF, env),
            },
            {
                SHORT[0]: lambda: measure(RUN, short).wall,
                SHORT[1]: lambda: derivation(SHORT_KDF, short),
            },
            {
                TYPED[0]: at_terminal,
                TYPED[1]: lambda: derivation(DEFAULT_KDF, env, touched=True),
            },
        ]
        in_turn(0, *groups)  # writes byte code and warms the caches
        rounds.clear()
        for number in range(1, runs + 1):
            figures = in_turn(number, *groups)
            for whole, alone, beyond in (UNATTENDED, SHORT, TYPED):
                figures[beyond] = figures[whole] - figures[alone]
            for name, figure in figures.items():
                rounds[name].append(figure)
    base = middle(rounds[BARE])
    print(f"{runs} rounds: medians, multiples of {BARE}, quartiles")
    for name in (BARE, *UNATTENDED, *SHORT, SHOWN, *TYPED):
        median = middle(rounds[name])
        print(f"{name:52} {median:8.1f} ms {median / base:7.2f} x   {spread(rounds[name]):>16}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
