"""Moments as a person writes and reads them; inside, they are seconds since the Unix epoch, UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from ..errors import InvalidCredential
from ..rules import shortened


def stamp(seconds: int | None) -> str | None:
    """RFC 3339 in UTC, for programs."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(seconds: int | None) -> str:
    """The date in UTC, for people; empty for none."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


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
