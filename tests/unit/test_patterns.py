"""The search for many patterns: what it finds is what a search for each would find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.search.patterns import Patterns

FEW = st.binary(min_size=4, max_size=60).map(lambda data: bytes(b"abc\xff"[byte % 4] for byte in data))
TEXTS = st.binary(max_size=300).map(lambda data: bytes(b"abc\xff"[byte % 4] for byte in data))


def naive(data: bytes, patterns: list[bytes]) -> list[tuple[int, int]]:
    """Every place of every pattern."""
    return sorted(
        (place, place + len(pattern))
        for pattern in {*patterns}
        for place in range(len(data))
        if data.startswith(pattern, place)
    )


@given(st.lists(FEW, min_size=1, max_size=20), TEXTS, st.data())
def test_all_are_found_wherever_they_lie(patterns: list[bytes], text: bytes, draw: st.DataObject) -> None:
    """Of four letters, so that they overlap, begin one another and repeat."""
    data = text + draw.draw(st.sampled_from(patterns)) + text
    found, cut = Patterns(patterns).search(data)
    assert naive(data, patterns) == sorted({*found})
    assert cut == min(
        (at for at in range(len(data)) for pattern in patterns if len(pattern) > len(data) - at
         if pattern.startswith(data[at:])),
        default=len(data),
    )  # fmt: skip


@pytest.mark.parametrize("size", [8, 23, 24, 31, 32, 33, 500])
def test_a_pattern_is_found_far_into_the_data(size: int) -> None:
    """Short and long ones have searches of their own; neither depends on the place."""
    pattern = bytes(range(8)) * (size // 8) + b"\x07" * (size % 8)
    patterns = Patterns([pattern])
    for place in range(0, 5000, 7):
        data = b"." * place + pattern + b"."
        assert ([(place, place + size)], len(data)) == patterns.search(data)


def test_nothing_is_found_without_patterns_or_data() -> None:
    """And nothing may be cut."""
    assert ([], 3) == Patterns([]).search(b"abc")
    assert ([], 0) == Patterns([b"abcd"]).search(b"")
