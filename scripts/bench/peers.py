"""Compare `vault run` with its peers at one job: unlock, three secrets into the environment, `true`.

Usage: .venv/bin/python scripts/bench/peers.py [--runs N] [--setup] [--apt] [--tools FOLDER] [PEER ...]

Whole processes, in rounds with an order of their own: wall time, processor time of all that was waited for,
memory of the largest process. A key derivation is counted apart where that is possible:

* *alone*: the same derivation with the same library, in a process of its own beside the whole;
* *twin*: the difference to the same program on a store with next to no derivation, or none.

Medians of all rounds in milliseconds and MiB, and multiples of ``python -c pass`` in this environment.
A peer that keeps one secret an entry, or prints its values, is called by a shell, as its users do; that
costs it a millisecond. The work of gpg's agent is in the wall time alone. Every peer is first checked to
hand over the three values, or is listed as absent.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from stores import ABSENT, PEERS, SECRETS, Absent, Job, Tools
from timing import PASSWORD, PYTHON, TRUE, Cost, in_turn, measure, middle, typed

BARE = "python -c pass"
# For `vault run` beyond its derivation, in multiples of the bare interpreter.
BARS = {"------ bar of vault run": 2.5, "------ its goal": 1.8}


def ready(tools: Tools, wanted: list[str]) -> tuple[list[Job], dict[str, str]]:
    """Return the jobs that hand over the right values, and why each of the others does not."""
    checks = " && ".join(f'test "${name}" = {value}' for name, value in SECRETS.items())
    check = tools.file("check", f"#!/bin/sh\n{checks}\n")
    os.chmod(check, 0o700)
    jobs, absent = [], {}
    for name, peer in PEERS.items():
        if wanted and name not in wanted:
            continue
        try:
            for job in peer(tools):
                try:
                    started(job, tools, check)
                except (RuntimeError, OSError) as error:
                    raise Absent(f"{job.name} did not hand over the three secrets") from error
                jobs.append(job)
        except Absent as error:
            absent[name] = str(error)
    return jobs, absent


def started(job: Job, tools: Tools, program: str) -> Cost:
    """Return what starting *program* costs."""
    command, env = [*job.start, program], {**tools.env, **job.env}
    return typed(command, env, job.prompt, PASSWORD)[2] if job.prompt else measure(command, env)


def figures(job: Job, tools: Tools, number: int) -> dict[str, float]:
    """Return the figures of one round."""
    calls: dict[str, Callable[[], Cost]] = {"whole": lambda: started(job, tools, TRUE)}
    if job.spared is not None:
        start, env = job.spared
        calls["rest"] = lambda: measure([*start, TRUE], {**tools.env, **env})
    if job.alone is not None:
        alone = job.alone
        calls["alone"] = lambda: Cost(alone(), 0.0, 0.0)
    costs = in_turn(number, calls)
    whole = costs["whole"]
    row = {"wall": whole.wall, "cpu": whole.cpu, "peak": whole.peak, "beyond": whole.wall}
    if "rest" in costs:
        row |= {"beyond": costs["rest"].wall, "derivation": whole.wall - costs["rest"].wall}
    elif "alone" in costs:
        row |= {"beyond": whole.wall - costs["alone"].wall, "derivation": costs["alone"].wall}
    return row


def measured(jobs: list[Job], tools: Tools, runs: int) -> dict[str, dict[str, list[float]]]:
    """Return the figures of all rounds, by row and kind."""
    rows: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in range(runs + 1):
        groups = [{job.name: partial(figures, job, tools, number)} for job in jobs]
        for name, row in in_turn(number, *groups).items():
            for kind, figure in row.items():
                if number:  # the first round writes byte code and warms the caches
                    rows[name][kind].append(figure)
    return rows


def table(rows: dict[str, dict[str, list[float]]], jobs: list[Job], least: float) -> list[str]:
    """Return the lines of the table, the quickest beyond its derivation first, our bars among them."""
    base = middle(rows[BARE]["wall"])
    lines = {f"{bar}: {times} x": times for bar, times in BARS.items()}
    for job in jobs:
        row = {kind: middle(figures) for kind, figures in rows[job.name].items()}
        cells = (
            f"{row['wall']:.1f}",
            f"{row['wall'] / base:.2f}",
            f"{row['cpu']:.1f}",
            f"{row['peak']:.0f}" if row["peak"] > least * 1.05 else f"< {least:.0f}",
            f"{row['derivation']:.1f}" if "derivation" in row else "",
            "twin" if job.spared else "alone" if job.alone else "",
            f"{row['beyond']:.1f}",
            f"{row['beyond'] / base:.2f}",
        )
        line = f"{job.name:32}" + "".join(f"{cell:>11}" for cell in cells)
        lines[f"{line}   {job.note}".rstrip()] = row["beyond"] / base
    head = ("wall ms", "x", "CPU ms", "MiB", "derivation", "how", "beyond ms", "x")
    titles = f"{'':32}" + "".join(f"{word:>11}" for word in head)
    return [titles, *sorted(lines, key=lambda line: lines[line])]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("peers", nargs="*", metavar="PEER", help=f"of: {', '.join(PEERS)}")
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--setup", action="store_true", help="install from PyPI and npm what is not there")
    parser.add_argument("--apt", action="store_true", help="install from Debian, too (root)")
    parser.add_argument("--tools", help="where to, kept for the next time [default: a temporary folder]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary, "stores")
        folder.mkdir()
        installed = Path(options.tools or Path(temporary, "tools")).absolute()
        installed.mkdir(exist_ok=True)
        tools = Tools(folder, installed, options.setup, options.apt)
        try:
            jobs, absent = ready(tools, options.peers)
            jobs += [Job("true", []), Job(BARE, [PYTHON, "-c", "pass"])]
            rows = measured(jobs, tools, options.runs)
            least = measure([TRUE], tools.env).peak
        finally:
            for home in folder.glob("gpg-*"):
                subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    print(f"{options.runs} rounds, medians; x: multiples of {BARE}; by what comes beyond the derivation")
    print("\n".join(table(rows, jobs, least)))
    for name, reason in {**absent, **ABSENT}.items():
        print(f"absent: {name}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
