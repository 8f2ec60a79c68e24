"""What a save descends from: the first bytes of the checksums of the saves before it, newest first.

docs/format.md, "Descent". A save with two parents, which a merge makes, lists those of both.
"""

from __future__ import annotations

MARK = 8  # bytes kept of a checksum; nobody without the data key can put another save into the list
MOST = 256  # saves; at one save a day, a machine may be away for eight months


def marks(ancestors: bytes) -> list[bytes]:
    """Return the marks in a list; raises ValueError unless it is one."""
    found = [ancestors[start : start + MARK] for start in range(0, len(ancestors), MARK)]
    if len(ancestors) % MARK or len(found) > MOST or len(set(found)) != len(found):
        raise ValueError("ancestors")
    return found


def child(*parents: tuple[bytes, bytes]) -> bytes:
    """Return the list of a save whose parents have these checksums and lists."""
    lists = [[checksum[:MARK], *marks(ancestors)] for checksum, ancestors in parents]
    longest = max(map(len, lists))
    # In turns, so that what is cut off at the end is the oldest of each.
    taken = [line[at] for at in range(longest) for line in lists if at < len(line)]
    return b"".join(list(dict.fromkeys(taken))[:MOST])


def follows(generation: int, ancestors: bytes, earlier: int, checksum: bytes) -> bool:
    """Return whether a save descends from the one of number *earlier* with this checksum.

    The first saves of a vault may be older than this list: where it does not reach back to *earlier*, the
    numbers decide. A full list was cut off: nothing is believed that it does not name.
    """
    found = marks(ancestors)
    reaches = len(found) == MOST or earlier >= generation - len(found)
    return names(ancestors, checksum) if reaches else earlier < generation


def names(ancestors: bytes, checksum: bytes) -> bool:
    """Return whether a list of ancestors has the save with this checksum."""
    return checksum[:MARK] in marks(ancestors)
