"""Compare Argon2id at the default cost: ours on huge pages, argon2-cffi's own call, and cryptography's.

Usage: .venv/bin/python scripts/bench/derive.py [--runs N]

Each derivation has a process of its own, as in `vault run`; imports are not counted. Prints medians and
ratios to argon2-cffi's own call, and fails if the keys differ.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile

import vault

COMMON = """
import sys, time
P, S = b"correct horse battery staple", bytes(32)
m, t, p = map(int, sys.argv[1:])
{before}
begin = time.perf_counter()
key = {call}
print((time.perf_counter() - begin) * 1e3, key.hex())
"""
WAYS = {
    "argon2-cffi's own call": (
        "from argon2.low_level import Type, hash_secret_raw as derive",
        "derive(P, S, t, m, p, 32, Type.ID)",
    ),
    "ours": (
        "import mmap, _argon2_cffi_bindings; from vault.core.crypto import argon2id as derive",
        "derive(P, S, m, t, p)",
    ),
    "ours, memory touched before": (
        "import mmap, _argon2_cffi_bindings; from vault.core.crypto import argon2id as derive\n"
        "from vault.system.memory import Workspace; w = Workspace(m); w.touch()",
        "derive(P, S, m, t, p, w)",
    ),
    "cryptography": (
        "from cryptography.hazmat.primitives.kdf.argon2 import Argon2id as A",
        "A(salt=S, length=32, iterations=t, lanes=p, memory_cost=m).derive(P)",
    ),
}


def main() -> int:
    """Print the table; return 1 if the keys differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=21)
    runs = parser.parse_args().runs
    kdf = vault.DEFAULT_KDF
    cost = [str(kdf.memory), str(kdf.passes), str(kdf.lanes)]
    figures: dict[str, list[float]] = {name: [] for name in WAYS}
    keys = set()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(runs + 1):
            for name, (before, call) in WAYS.items():
                code = COMMON.format(before=before, call=call)
                command = [sys.executable, "-c", code, *cost]
                done = subprocess.run(command, capture_output=True, check=True, text=True, cwd=folder)
                milliseconds, key = done.stdout.split()
                keys.add(key)
                if number:  # the first round warms the caches
                    figures[name].append(float(milliseconds))
    base = statistics.median(figures["argon2-cffi's own call"])
    print(f"{kdf}; {runs} rounds, medians")
    for name, row in figures.items():
        print(f"{name:30} {statistics.median(row):8.1f} ms {statistics.median(row) / base:6.2f} x")
    return 0 if len(keys) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
