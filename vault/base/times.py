"""Moments as a person writes and reads them; inside, they are seconds since the Unix epoch, UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from ..errors import InvalidCredential, Usage
from .rules import counted, shortened


def stamp(seconds: int | None) -> str | None:
    """Return a moment in RFC 3339, for programs."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(seconds: int | None) -> str:
    """Return the date of a moment, for people; empty for None."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


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


def span(text: str) -> int:
    """Read a span of time, as in ``7d``, ``12h`` or ``2w``, in seconds; raises Usage."""
    number, unit = text[:-1], text[-1:]
    sizes = {"h": 3600, "d": 86400, "w": 604800}
    if not (number.isascii() and number.isdigit() and len(number) < 6 and unit in sizes):
        raise Usage(f"not a span of time: {shortened(text)}", hint="as in 12h, 7d or 2w")
    return int(number) * sizes[unit]


def moment(text: str) -> int | None:
    """Read a date (its beginning, UTC) or an RFC 3339 time; None for ``never``.

    Raises:
        InvalidCredential: If *text* is neither.
    """
    if text == "never":
        return None
    try:
        when = datetime.fromisoformat(text)
        return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise InvalidCredential(f"not a date: {shortened(text)}", hint="as in 2027-01-31, or never") from None
