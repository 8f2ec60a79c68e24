"""Search for hundreds of patterns at once, at a speed that a stream can bear.

``scripts/bench/mask.py`` compares it with a search for each pattern, and with one regular expression.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from math import prod
from struct import Struct

_HEAD = 32  # bytes of a pattern that are looked at, at most
_GRAM = 4  # bytes that are looked up at once, as one number
_BLOCK = 48  # numbers read by one call
_LONG = 24  # bytes; the shortest pattern that _Long takes

_MARKED = bytes([0]) + bytes([1]) * 255  # a table: 1 for every byte but 0


class Patterns:
    """Patterns of _GRAM bytes or more, ready to be searched for in the chunks of a stream."""

    def __init__(self, patterns: Collection[bytes]) -> None:
        long = {pattern for pattern in patterns if len(pattern) >= _LONG}
        self._ways = [way(those) for way, those in ((_Long, long), (_Short, {*patterns} - long)) if those]
        head = max((way.head for way in self._ways), default=0)
        self._beginnings = frozenset(
            pattern[:size] for pattern in patterns for size in range(1, min(head, len(pattern)))
        )
        sizes: dict[int, set[int]] = {}  # of the beginnings, by the byte that is their last
        for beginning in self._beginnings:
            sizes.setdefault(beginning[-1], set()).add(len(beginning))
        self._sizes = {byte: sorted(those, reverse=True) for byte, those in sizes.items()}

    def search(self, data: bytes) -> tuple[list[tuple[int, int]], int]:
        """Return where patterns begin and end in *data*, and where the first begins that its end may cut."""
        cut = len(data)
        for size in self._sizes.get(data[-1], ()) if data else ():
            if data[-size:] in self._beginnings:
                cut = max(len(data) - size, 0)
                break
        found = []
        for way in self._ways:
            for place, pattern in way.candidates(data):
                if data.startswith(pattern, place):
                    found.append((place, place + len(pattern)))
                elif pattern.startswith(data[place : place + len(pattern)]):
                    cut = min(cut, place)
        return found, cut


class _Long:
    """A search for long patterns: reads numbers from the data, a stride apart, and looks them up in a set.

    The stride is such that every head (the first bytes of a pattern) in the data has one of its numbers read,
    wherever it lies.

    Attributes:
        head: bytes of a pattern that have to be there before it becomes a candidate.
    """

    def __init__(self, patterns: set[bytes]) -> None:
        self.head = min([_HEAD, *map(len, patterns)])
        stride = self.head - _GRAM + 1
        self._numbers = Struct("=" + f"I{stride - _GRAM}x" * _BLOCK)
        self._padding = bytes(self._numbers.size)
        self._patterns: dict[int, list[bytes]] = {}  # by the numbers of their heads
        for pattern in patterns:
            for at in range(stride):
                number = int.from_bytes(pattern[at : at + _GRAM], sys.byteorder)
                self._patterns.setdefault(number, []).append(pattern)
        self._known = frozenset(self._patterns)

    def candidates(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield places in *data*, each with a pattern whose head stands there."""
        padded = data + self._padding  # a Struct reads all of its numbers
        read, known = self._numbers.unpack_from, self._known.intersection
        for block in range(0, len(data), self._numbers.size):
            numbers = known(read(padded, block))
            if not numbers:
                continue
            for pattern in {pattern for number in numbers for pattern in self._patterns[number]}:
                head = pattern[: self.head]
                place, limit = block - len(head), block + self._numbers.size + len(head)
                while (place := data.find(head, max(place + 1, 0), limit)) >= 0:
                    yield place, pattern


class _Short:
    """A search for short patterns. Their stride is short too: numbers one by one would take too long.

    So all places are judged at once, with long integers for vectors, as in Hyperscan's "Teddy". The grams
    (pieces of _GRAM bytes) are put in eight buckets, a bit each. A table gives for each byte the buckets in
    which a gram begins with it; another, those in which it is a gram's second byte; and so on. Their AND, a
    byte for each place, gives the buckets that may have a gram there.

    Attributes:
        head: as :class:`_Long` has it.
    """

    def __init__(self, patterns: set[bytes]) -> None:
        self.head = min(map(len, patterns))
        self._stride = self.head - _GRAM + 1
        self._grams: dict[bytes, list[tuple[int, bytes]]] = {}  # to where in which patterns they are
        for pattern in patterns:
            for at in range(self._stride):
                self._grams.setdefault(pattern[at : at + _GRAM], []).append((at, pattern))
        self._tables = _tables(self._grams)

    def candidates(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield places in *data*, each with a pattern of which a gram stands there."""
        left = -1
        for at, table in enumerate(self._tables):
            left &= int.from_bytes(data[at :: self._stride].translate(table), "little")
        if not left:
            return
        places = left.to_bytes(len(data) // self._stride + 1, "little").translate(_MARKED)
        place = -1
        while (place := places.find(1, place + 1)) >= 0:
            start = place * self._stride
            for at, pattern in self._grams.get(data[start : start + _GRAM], ()):
                if start >= at:
                    yield start - at, pattern


def _tables(grams: Iterable[bytes]) -> list[bytes]:
    """Return for each byte of a gram a table: by its value, the buckets that may have the gram, a bit each.

    A gram joins the bucket that then lets the fewest others through: digits go with digits.
    """
    buckets = [[{-1}] * _GRAM] * 8  # in each the bytes that come first, second...; -1: none is empty
    for gram in sorted(grams):
        joined = [[those | {byte} for those, byte in zip(b, gram, strict=True)] for b in buckets]
        growth = [prod(map(len, new)) - prod(map(len, old)) for new, old in zip(joined, buckets, strict=True)]
        least = growth.index(min(growth))
        buckets[least] = joined[least]
    return [
        bytes(sum((byte in bucket[at]) << bit for bit, bucket in enumerate(buckets)) for byte in range(256))
        for at in range(_GRAM)
    ]
