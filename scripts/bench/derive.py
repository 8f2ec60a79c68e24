"""Argon2id at the default cost: ours on huge pages, argon2-cffi's own call, and cryptography's, in turn.

Usage: .venv/bin/python scripts/bench/derive.py [--runs N]

Prints medians and ratios to argon2-cffi's own call, and fails if the three keys differ.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

import vault
from vault.core import crypto
from vault.system.memory import Workspace

PASSWORD, SALT = b"correct horse battery staple", bytes(32)


def main() -> int:
    """Print the table; 1 if the keys differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=21)
    runs = parser.parse_args().runs
    kdf = vault.DEFAULT_KDF
    memory, passes, lanes = kdf.memory, kdf.passes, kdf.lanes

    def touched() -> bytes:
        return crypto.argon2id(PASSWORD, SALT, memory, passes, lanes, ready)

    ways: dict[str, Callable[[], bytes]] = {
        "argon2-cffi's own call": lambda: hash_secret_raw(PASSWORD, SALT, passes, memory, lanes, 32, Type.ID),
        "ours": lambda: crypto.argon2id(PASSWORD, SALT, memory, passes, lanes),
        "ours, memory touched before": touched,
        "cryptography": lambda: Argon2id(
            salt=SALT, length=32, iterations=passes, lanes=lanes, memory_cost=memory
        ).derive(PASSWORD),
    }
    figures: dict[str, list[float]] = {name: [] for name in ways}
    keys = set()
    for _ in range(runs):
        for name, way in ways.items():
            if way is touched:
                ready = Workspace(memory)
                ready.touch()
            begin = time.perf_counter()
            keys.add(way())
            figures[name].append((time.perf_counter() - begin) * 1e3)
    base = statistics.median(figures["argon2-cffi's own call"])
    print(f"{kdf}; {runs} rounds, medians")
    for name, row in figures.items():
        print(f"{name:30} {statistics.median(row):8.1f} ms {statistics.median(row) / base:6.2f} x")
    return 0 if len(keys) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
