"""Moments as a person writes and reads them; inside, they are seconds since the Unix epoch, UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from ..base.rules import shortened
from ..errors import InvalidCredential, Usage


def stamp(seconds: int | None) -> str | None:
    """RFC 3339 in UTC, for programs."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(seconds: int | None) -> str:
    """The date in UTC, for people; empty for none."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def minute(seconds: int) -> str:
    """The minute in UTC, for people."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def ago(seconds: int | None, now: int) -> str:
    """How long ago that was, in its largest unit: ``3 h``; ``never`` for None."""
    if seconds is None:
        return "never"
    passed = max(now - seconds, 0)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if passed >= size:
            return f"{passed // size} {unit} ago"
    return "just now"


def span(text: str) -> int:
    """Seconds that ``7d``, ``12h`` or ``2w`` stand for; raises Usage."""
    number, unit = text[:-1], text[-1:]
    sizes = {"h": 3600, "d": 86400, "w": 604800}
    if not (number.isascii() and number.isdigit() and len(number) < 6 and unit in sizes):
        raise Usage(f"not a span of time: {shortened(text)}", hint="as in 12h, 7d or 2w")
    return int(number) * sizes[unit]


def moment(text: str) -> int | None:
    """What ``2027-01-31`` (its beginning, UTC) or an RFC 3339 time means; None for ``never``."""
    if text == "never":
        return None
    try:
        when = datetime.fromisoformat(text)
        seconds = int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise InvalidCredential(f"not a date: {shortened(text)}", hint="as in 2027-01-31, or never") from None
    return seconds
