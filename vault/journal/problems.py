"""The problems of a journal in words, and the ranges of record numbers that they name."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from .records import MAX_FILE, Entry

Ranges = list[tuple[int, int]]

# What a gap's outcome means, worst first.
CAUSES = {
    "absent": "the journal was deleted, or the vault was moved or copied without it",
    "foreign": "the file in the journal's place was another vault's journal, or not a journal",
    "large": f"the journal was longer than {MAX_FILE >> 20} MiB, so it was not read",
    "short": "the end of the journal was cut off, or an older copy was put in its place;"
    " a power cut right after a record was written can also be the cause",
    "other": "another version of the journal was put in its place, with other records than were written here",
    "damaged": "records of the journal were changed, missing or out of place when older ones were dropped",
    "header": "the beginning of the journal was changed",
    "end": "the end of the journal was changed, or something was appended that is not a record",
    "torn": "the journal ended in the middle of a record: while it was written, a program was killed, the"
    " power failed or the disk was full; or the end was cut off",
    "older": "sealed with the key of an older password after a newer one was in use: written while the"
    " password was changed, or by somebody who has an old copy of the vault",
}
_CODES = [*CAUSES]


def rank(code: str) -> int:
    """Return the place of a problem among others, the worst first; minor ones have no code."""
    return _CODES.index(code) if code in CAUSES else len(_CODES)


def sentence(gap: Entry) -> str:
    """Return a gap in words."""
    cause = CAUSES.get(gap.outcome, "something was wrong with the journal")
    if gap.expected <= gap.found:
        return cause
    are = "is" if gap.expected == gap.found + 1 else "are"
    return f"{in_words([(gap.found + 1, gap.expected)])} {are} missing: {cause}"


def in_words(ranges: Ranges) -> str:
    """Return ranges of record numbers in words."""
    parts = [str(first) if first == last else f"{first} to {last}" for first, last in ranges[:8]]
    if len(ranges) > len(parts):
        parts.append("others")
    listed = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    return f"record{'s' if len(ranges) > 1 or ranges[0][0] < ranges[0][1] else ''} {listed}"


def ranges_of(numbers: Iterable[int]) -> Ranges:
    """Return the ranges of consecutive numbers."""
    ranges: Ranges = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


def among(ranges: Ranges, numbers: Iterable[int]) -> set[int]:
    """Return those of the *numbers* that lie in one of the ranges, which are in order."""
    starts = [first for first, _ in ranges]
    found = ((number, bisect_right(starts, number) - 1) for number in numbers)
    return {number for number, at in found if at >= 0 and number <= ranges[at][1]}


def without(ranges: Ranges, numbers: Iterable[int]) -> Ranges:
    """Return *ranges* without *numbers*."""
    rest, ordered = [], sorted(set(numbers))
    for first, last in ranges:
        for number in ordered[bisect_left(ordered, first) : bisect_right(ordered, last)]:
            if first < number:
                rest.append((first, number - 1))
            first = number + 1
        if first <= last:
            rest.append((first, last))
    return rest
