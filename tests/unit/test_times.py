"""Moments in words, and back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from vault.base import times
from vault.base.clock import MAX_TIME, present
from vault.errors import HostError, InvalidCredential

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
MINUTE, HOUR, DAY = 60, 3600, 86400


def test_a_moment_in_words() -> None:
    """In UTC to the second or the minute; the day is where the person is."""
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


@pytest.mark.parametrize(("text", "seconds"), [("12h", 12 * HOUR), ("7d", 7 * DAY), ("2w", 14 * DAY)])
def test_a_span(text: str, seconds: int) -> None:
    """Hours, days and weeks, back from now, or on from it."""
    assert NOW - seconds == times.moment(text, NOW)
    assert NOW + seconds == times.moment(text, NOW, ahead=True)


ZONES = {  # seconds ahead of UTC on 2027-01-15
    "UTC": 0,
    "Asia/Kolkata": 5.5 * HOUR,
    "America/Los_Angeles": -8 * HOUR,
    "Pacific/Kiritimati": 14 * HOUR,
}


@pytest.fixture(params=ZONES)
def offset(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A person somewhere; how far their clock is ahead of UTC."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield int(ZONES[request.param])
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has one zone for all processes")
def test_a_day_is_where_the_person_is(offset: int) -> None:
    """It begins there, and ends there with its last second; in the same words it comes back."""
    begins = NOW - 8 * HOUR - offset
    assert begins == times.moment("2027-01-15", NOW) == times.moment("20270115", NOW)
    last = times.moment("2027-01-15", NOW, ahead=True)
    assert begins + DAY - 1 == last
    assert "2027-01-15" == times.day(last) == times.day(begins)
    assert NOW - offset == times.moment("2027-01-15T08:00:00", NOW, ahead=True)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has one zone for all processes")
@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "2027-03-14", 23),
        ("America/New_York", "2027-11-07", 25),
        ("America/New_York", "2027-11-08", 24),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2027-10-30", 25),  # Greenland: put back at midnight
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2027-10-31", 24),
    ],
)
def test_a_day_on_which_the_clocks_change(
    monkeypatch: pytest.MonkeyPatch, zone: str, day: str, hours: int
) -> None:
    """It is as long as it is, and an hour that comes twice belongs to it twice."""
    with monkeypatch.context() as there:
        there.setenv("TZ", zone)
        time.tzset()
        found = times.moment(day, NOW, ahead=True) - times.moment(day, NOW)
    time.tzset()
    assert hours * HOUR - 1 == found


@pytest.mark.parametrize(("moment", "day"), [(MAX_TIME, "9999-12-31"), (MAX_TIME - DAY // 2, "9999-12-31")])
def test_the_last_day_of_all(offset: int, moment: int, day: str) -> None:
    """A vault may hold it; where it is the year 10000 already, it is a day in UTC."""
    assert day == times.day(moment)


def test_a_day_by_its_name() -> None:
    """Yesterday, today and tomorrow; a time that has a zone is that of the zone."""
    names = [times.moment(text, NOW) for text in ("yesterday", "today", "tomorrow")]
    assert [times.moment(f"2027-01-{day}", NOW) for day in (14, 15, 16)] == names
    assert NOW == times.moment("2027-01-15T08:00:00Z", 0) == times.moment("2027-01-15T09:00:00+01:00", 0)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "never", "2027-13-01", "15.01.2027", "d", "7", "-7d", "7 d", "7m", "\u0667d", "1000000d",
     "9999-12-32", "1969-12-01", "99999d"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    """InvalidCredential, with examples; also before 1970, whence a span would lead."""
    with pytest.raises(InvalidCredential) as caught:
        times.moment(text, NOW)
    assert "7d" in caught.value.hint


@pytest.mark.parametrize("clock", [-1.0, 253402300800.0, OverflowError()], ids=["1969", "10000", "2262"])
def test_an_impossible_clock(monkeypatch: pytest.MonkeyPatch, clock: float | Exception) -> None:
    """One clear error, wherever the time is asked for."""

    def now() -> float:
        if isinstance(clock, Exception):
            raise clock
        return clock

    monkeypatch.setattr("vault.base.clock.time.time", now)
    with pytest.raises(HostError, match="this machine's clock shows an impossible time"):
        present()
