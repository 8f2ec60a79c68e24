"""Compare the redactor of `vault run --mask`, and other ways to the same, with a plain copy loop.

Usage: .venv/bin/python scripts/bench/mask.py [--runs N]

Three credentials of three values each. Every round takes all ways in turn; medians of CPU time, and
ratios to the copy loop of the same chunks. `search each` is bytes.find for every form, `one expression` is
re with all of them: neither would find a value that comes in two chunks. Fails if a stream without values
does not come out as it went in.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import time
import uuid
from collections.abc import Callable

from vault import Secret
from vault.launch import mask
from vault.search.forms import forms

SIZE = 4 << 20  # bytes of a stream
CHUNKS = {"terminal": 4 << 10, "pipe": 64 << 10}  # bytes that one read gives
DICE = random.Random(4)  # noqa: S311 - the same streams in every run
LINE = (
    "2026-10-04 03:{:02}:{:06.3f} INFO  bot.engine: order {} {} BTC-USDT-SWAP {:.1f} x {:.4f} "
    "id={} request={} took {:.1f} ms\n"
)


def log() -> bytes:
    """Return lines of a trading bot's log, a third of them digits."""
    lines = []
    for _ in range(SIZE // 100):
        state, side = DICE.choice(["placed", "filled", "cancelled"]), DICE.choice(["buy", "sell"])
        numbers = DICE.uniform(1e4, 9e4), DICE.random(), DICE.randrange(10**18), DICE.randbytes(8).hex()
        when = DICE.randrange(60), DICE.uniform(0, 60)
        lines.append(LINE.format(*when, state, side, *numbers, DICE.uniform(1, 99)))
    return "".join(lines).encode()[:SIZE]


def credentials(*passphrases: str) -> list[str]:
    """Return a key and a secret as OKX makes them for each of *passphrases*, and these."""
    values = []
    for passphrase in passphrases:
        values += [str(uuid.UUID(int=DICE.getrandbits(128))), DICE.randbytes(16).hex().upper(), passphrase]
    return values


def ways(values: list[str]) -> dict[str, Callable[[list[bytes]], bytes]]:
    """Return the ways by name; each takes the chunks of a stream and returns what comes out."""
    patterns = sorted({form for value in values for form in forms(value)}, key=len, reverse=True)
    expression = re.compile(b"|".join(map(re.escape, patterns)))
    redactor = mask.Mask(map(Secret, values))

    def ours(chunks: list[bytes]) -> bytes:
        return b"".join([*map(redactor.feed, chunks), redactor.end()])

    def each(chunks: list[bytes]) -> bytes:
        found = [[chunk.find(pattern) for pattern in patterns] for chunk in chunks]
        return b"".join(chunk for chunk, places in zip(chunks, found, strict=True) if max(places) < 0)

    return {
        "copy": lambda chunks: b"".join([bytes(bytearray(chunk)) for chunk in chunks]),
        "ours": ours,
        "search each": each,
        "one expression": lambda chunks: b"".join([expression.sub(b"***", chunk) for chunk in chunks]),
    }


def main() -> int:
    """Print the table; return 1 if a stream was changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11)
    runs = parser.parse_args().runs
    sets = {
        "passphrases of 13": credentials("Pass-Phrase-1", "Tulip+Mania37", "s3cond*Choice"),
        "passphrases of 8": credentials("Qw!r/y78", "t0p-Bid#", "Zx9#cvbn"),
    }
    streams = {"log": log(), "noise": DICE.randbytes(SIZE)}
    figures: dict[tuple[str, str, str], dict[str, list[float]]] = {}
    whole = True
    for number in range(runs + 1):
        for values, those in sets.items():
            for name, run in ways(those).items():
                for stream, data in streams.items():
                    for kind, size in CHUNKS.items():
                        chunks = [data[at : at + size] for at in range(0, len(data), size)]
                        begin = time.process_time()
                        out = run(chunks)
                        took = time.process_time() - begin
                        whole = whole and out == data
                        if number:  # the first round warms the caches
                            row = figures.setdefault((values, stream, kind), {})
                            row.setdefault(name, []).append(took)
    print(f"{SIZE >> 20} MiB a stream; {runs} rounds, medians: MB/s of CPU time, and as a multiple of copy's")
    for row_name, row in figures.items():
        medians = {name: statistics.median(times) for name, times in row.items()}
        texts = [f"{n} {SIZE / t / 1e6:7,.0f} {t / medians['copy']:6.1f} x" for n, t in medians.items()]
        print(f"{', '.join(row_name):36}", " | ".join(texts))
    print("nothing was lost" if whole else "A STREAM WAS CHANGED")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
