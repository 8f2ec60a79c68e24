"""Moments in words, and back."""

from __future__ import annotations

import pytest

from vault.base import times
from vault.errors import InvalidCredential, Usage

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
MINUTE, HOUR, DAY = 60, 3600, 86400


def test_a_moment_in_words() -> None:
    """In UTC, to the second, the minute or the day."""
    assert times.stamp(NOW) == "2027-01-15T08:00:00Z"
    assert times.minute(NOW) == "2027-01-15 08:00"
    assert times.day(NOW) == "2027-01-15"
    assert (None, "") == (times.stamp(None), times.day(None))


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (-DAY, "just now"),
        (59, "just now"),
        (MINUTE, "1 min ago"),
        (HOUR - 1, "59 min ago"),
        (HOUR, "1 h ago"),
        (DAY - 1, "23 h ago"),
        (DAY, "1 day ago"),
        (45 * DAY, "45 days ago"),
    ],
)
def test_how_long_ago(passed: int, words: str) -> None:
    """In the largest unit; a clock that was ahead is not said."""
    assert words == times.ago(NOW - passed, NOW)


def test_never() -> None:
    """A moment that is not on record."""
    assert times.ago(None, NOW) == "never"


def test_a_span() -> None:
    """Hours, days and weeks; anything else is refused."""
    assert [12 * HOUR, 7 * DAY, 14 * DAY] == [times.span(text) for text in ("12h", "7d", "2w")]
    for text in ("", "d", "7", "-7d", "7 d", "7m", "\u0667d", "1000000d"):
        with pytest.raises(Usage):
            times.span(text)


def test_a_date() -> None:
    """A day is its beginning in UTC; a time has its zone, or UTC; anything else is refused."""
    assert NOW - 8 * HOUR == times.moment("2027-01-15")
    assert NOW == times.moment("2027-01-15T08:00:00") == times.moment("2027-01-15T09:00:00+01:00")
    assert times.moment("never") is None
    for text in ("", "soon", "2027-13-01", "15.01.2027"):
        with pytest.raises(InvalidCredential):
            times.moment(text)
