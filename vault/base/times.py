"""Moments as a person writes and reads them; inside, they are seconds since the Unix epoch, UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

from ..errors import InvalidCredential
from .clock import MAX_TIME
from .rules import counted, shortened

_UNITS = {"h": 3600, "d": 86400, "w": 604800}  # seconds
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_DATE = re.compile(r"\d{4}-?\d\d-?\d\d")


def stamp(seconds: int | None) -> str | None:
    """Return a moment in RFC 3339, for programs."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(seconds: int | None) -> str:
    """Return the date of a moment where the person is; empty for None."""
    if seconds is None:
        return ""
    try:
        when = datetime.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):  # it is the year 10000 there, or 1969 on Windows
        when = datetime.fromtimestamp(seconds, UTC)
    return when.strftime("%Y-%m-%d")


def minute(seconds: int) -> str:
    """Return a moment to the minute, for people."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def ago(seconds: int | None, now: int) -> str:
    """Return the age of a moment in its largest unit, as in ``3 h ago``; ``never`` for None."""
    if seconds is None:
        return "never"
    passed = max(now - seconds, 0)
    if passed >= 86400:
        return f"{counted(passed // 86400, 'day')} ago"
    if passed >= 3600:
        return f"{passed // 3600} h ago"
    return f"{passed // 60} min ago" if passed >= 60 else "just now"


def moment(text: str, now: int, *, ahead: bool = False) -> int:
    """Read a date, a time or a span from *now*, as every option takes them; docs/cli.md, "Dates".

    A date is a day where the person is: its beginning, or with *ahead* its last second. A span, as ``12h``,
    ``7d`` or ``2w``, is counted back from *now*, or with *ahead* from it on. A time without a zone is local.

    Raises:
        InvalidCredential: If *text* is none of these, or beyond the year 9999.
    """
    try:
        found = _moment(text, now, ahead)
    except (ValueError, OverflowError, OSError):
        found = -1
    if not 0 <= found <= MAX_TIME:
        hint = "as in 2027-01-31, 2027-01-31T09:00Z, today, yesterday, 12h, 7d or 2w"
        raise InvalidCredential(f"not a date or a span: {shortened(text)}", hint=hint)
    return found


def _moment(text: str, now: int, ahead: bool) -> int:
    number, unit = text[:-1], text[-1:]
    if number.isascii() and number.isdigit() and len(number) < 6 and unit in _UNITS:
        return now + int(number) * _UNITS[unit] * (1 if ahead else -1)
    if text in _DAYS:
        when = datetime.fromtimestamp(now) + timedelta(_DAYS[text])
    else:
        when = datetime.fromisoformat(text)
        if not _DATE.fullmatch(text):
            return int(when.timestamp())
    # The second one, if the clocks are put back at midnight and that hour comes twice.
    return int(datetime.combine(when, time(23, 59, 59, fold=1) if ahead else time()).timestamp())
