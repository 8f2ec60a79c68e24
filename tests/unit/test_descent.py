"""What a save descends from."""

from __future__ import annotations

import hashlib

import pytest

from vault.store.descent import MARK, MOST, child, follows, marks


def checksum(name: object) -> bytes:
    return hashlib.sha256(str(name).encode()).digest()


def line(*names: object) -> bytes:
    """The ancestors of a save after these, the oldest first."""
    ancestors = b""
    for name in names:
        ancestors = child((checksum(name), ancestors))
    return ancestors


def test_a_child_names_its_parents_newest_first() -> None:
    """By the first bytes of their checksums."""
    assert [checksum(name)[:MARK] for name in (3, 2, 1)] == marks(line(1, 2, 3))


def test_the_list_has_an_end() -> None:
    """The oldest saves go."""
    found = marks(line(*range(MOST + 5)))
    assert (MOST, checksum(MOST + 4)[:MARK], checksum(5)[:MARK]) == (len(found), found[0], found[-1])


def test_both_parents_of_a_merge_count() -> None:
    """In turns, what they share once; so of two full lists the newest of each stay."""
    merged = marks(child((checksum("a"), line(1, 2)), (checksum("b"), line(1, 2, "c"))))
    assert [checksum(name)[:MARK] for name in ("a", "b", 2, "c", 1)] == merged
    long = [line(*range(MOST)), line(*range(-MOST, 0))]
    merged = marks(child((checksum("a"), long[0]), (checksum("b"), long[1])))
    assert MOST == len(merged)
    assert {checksum("a")[:MARK], checksum("b")[:MARK], *marks(long[0])[:50], *marks(long[1])[:50]} <= {
        *merged
    }


@pytest.mark.promise(3)
@pytest.mark.parametrize(
    ("generation", "names", "earlier", "expected"),
    [
        (4, (1, 2, 3), 3, True),
        (4, (1, 2, 3), 1, True),
        (4, (1, 2, "other"), 3, False),
        (5, (1, 2, "other", "more"), 3, False),
        (3, (1, 2), 3, False),
        (2, (1,), 3, False),
        (52, (50, 51), 50, True),
        (52, (50, 51), 40, True),  # written before there was a list
        (52, (50, "other"), 51, False),
        (40, (), 39, True),
        (40, (), 40, False),
        (MOST + 3, tuple(range(3, MOST + 3)), 2, False),  # further back than the list reaches
        (MOST + 3, tuple(range(3, MOST + 3)), 3, True),
    ],
)
def test_whether_a_save_follows_another(
    generation: int, names: tuple[object, ...], earlier: int, expected: bool
) -> None:
    """Its list decides, where it reaches so far; a save is no child of itself, or of a later one."""
    assert expected == follows(generation, line(*names), earlier, checksum(earlier))


@pytest.mark.parametrize(
    "ancestors",
    [bytes(MARK - 1), bytes(2 * MARK), line(1) + bytes(1), line(*range(MOST)) + bytes(MARK)],
    ids=["short", "twice the same", "a byte more", "too many"],
)
def test_what_is_not_a_list(ancestors: bytes) -> None:
    """ValueError, which a payload turns into Malformed."""
    with pytest.raises(ValueError, match="ancestors"):
        marks(ancestors)
