"""Read an exchange's answer: JSON that somebody else wrote.

Each function returns one value of the documented form, or raises AnswerRefused and nothing else. Texts lose
what cannot be seen, and are cut. Only what a caller names is looked at: a secret that an exchange sends along
(Deribit's ``client_secret``, an access token) goes no further.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from ..base.clock import MAX_TIME
from ..errors import AnswerRefused

MAX_TEXT = 80  # characters of a name or a number; the longest documented is OKX's label, 50
MAX_WORDS = 100  # rights or addresses of one key; no exchange documents more than some 30
_MAX_MESSAGE = 400  # characters of a refusal's message
_EARLIEST = 1500000000000  # ms, 2017-07; no exchange's clock shows less

Refusal = tuple[str, str] | None  # code and message

NOT_JSON = object()


def decoded(body: bytes) -> Any:
    """Return the JSON of *body*, or NOT_JSON."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):  # a number of 5,000 digits is a ValueError too
        return NOT_JSON


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)  # Python reads NaN and Infinity, which are not JSON


def unexpected(what: str) -> AnswerRefused:
    """Return the error for an answer of another form than the documented one."""
    return AnswerRefused(
        f"the answer is not of the documented form: {what}",
        hint="nothing is known about the key; the API may have changed: look for a newer coldvault",
    )


# --- values ---------------------------------------------------------------------------------------------


def as_object(value: object, what: str = "the answer") -> Mapping[str, Any]:
    """Return *value* if it is an object."""
    if not isinstance(value, dict):
        raise unexpected(f"{what} is not an object")
    return value


def as_list(value: object, what: str = "the answer") -> list[Any]:
    """Return *value* if it is a list."""
    if not isinstance(value, list):
        raise unexpected(f"{what} is not a list")
    return value


def at(answer: object, *path: str | int) -> Any:
    """Return the value at *path*; None if the last object or list does not have it."""
    for step in path:
        if isinstance(step, int):
            entries = as_list(answer, f"what should hold entry {step}")
            answer = entries[step] if len(entries) > step else None
        else:
            answer = as_object(answer, f"what should hold {step}").get(step)
    return answer


def object_at(answer: object, *path: str | int) -> Mapping[str, Any]:
    """Return the object at *path*."""
    return as_object(at(answer, *path), str(path[0]))


def text(answer: Mapping[str, Any], key: str) -> str:
    """Return a short text, or a whole number as text; empty if it is absent."""
    value = answer.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise unexpected(f"{key} is not a text")
    return printable(value if isinstance(value, str) else _digits(value))


def printable(value: str, size: int = MAX_TEXT) -> str:
    """Return *value* without control characters and others that cannot be seen, cut to *size* characters."""
    return "".join(c for c in value if c.isprintable())[:size].strip()


def flag(answer: Mapping[str, Any], key: str) -> bool | None:
    """Return a truth value; None if it is absent."""
    value = answer.get(key)
    if value is not None and not isinstance(value, bool):
        raise unexpected(f"{key} is neither true nor false")
    return value


def words(value: object, what: str) -> tuple[str, ...]:
    """Return the texts of a list, or of one text with commas between them; each once, in their order."""
    if isinstance(value, str):
        value = value.split(",")
    parts = as_list(value, what)
    if len(parts) > MAX_WORDS:  # cut, the list could lose the word that matters
        raise unexpected(f"{what} has {len(parts)} entries")
    if not all(isinstance(part, str) for part in parts):
        raise unexpected(f"{what} is not a list of texts")
    return tuple(dict.fromkeys(word for part in parts if (word := printable(part))))


def _digits(value: int) -> str:
    return str(value) if abs(value) < 10**30 else "a huge number"  # str() of thousands of digits raises


# --- times ----------------------------------------------------------------------------------------------


def _number(value: object, what: str) -> int:
    """Return a whole number, written as such or as text."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise unexpected(f"{what} is not a whole number")
    return value


def seconds(answer: Mapping[str, Any], key: str, *, unit: int = 1) -> int | None:
    """Return a time, counted in *unit* parts of a second; None if it is absent, or zero for "never"."""
    if answer.get(key) in (None, ""):
        return None
    moment = _number(answer[key], key) // unit
    if not 0 <= moment <= MAX_TIME:
        raise unexpected(f"{key} is out of range")
    return moment or None


def iso_seconds(answer: Mapping[str, Any], key: str) -> int | None:
    """Return a time written as ``2023-05-15T03:13:24Z``; None if it is absent, empty or the epoch."""
    from datetime import datetime

    written = text(answer, key)
    if not written:
        return None
    try:
        if re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z", written):
            return max(int(datetime.fromisoformat(written).timestamp()), 0) or None
    except (ValueError, OverflowError):  # as in 2023-02-31
        pass
    raise unexpected(f"{key} is not a time")


def clock_at(*path: str | int, unit: int = 1) -> Callable[[object], int]:
    """Return a reader of the exchange's time at *path*, in milliseconds since the Unix epoch.

    Args:
        unit: milliseconds of its unit; of a longer one the middle is taken.
    """

    def clock(answer: object) -> int:
        moment = _number(at(answer, *path), "the time") * unit + unit // 2
        if not _EARLIEST <= moment <= MAX_TIME * 1000:
            raise unexpected("the exchange's time is out of range")
        return moment

    return clock


# --- refusals -------------------------------------------------------------------------------------------


def refusal_at(code: str, message: str, *, good: str = "") -> Callable[[object], Refusal]:
    """Return a reader of a refusal; a good answer has the code *good*, or has no code."""

    def refusal(answer: object) -> Refusal:
        if not good and (isinstance(answer, list) or code not in as_object(answer)):
            return None
        found = coded(as_object(answer), code, message)
        return None if found[0] == good else found

    return refusal


def coded(answer: Mapping[str, Any], code: str, message: str) -> tuple[str, str]:
    """Return a refusal's code and its message, cut."""
    said = answer.get(message)
    return code_of(answer.get(code)), printable(said, _MAX_MESSAGE) if isinstance(said, str) else ""


def code_of(value: object) -> str:
    """Return a code as text: digits, or words as in ``EAPI:Invalid key``, without any other character."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _digits(value)
    if not isinstance(value, str):
        raise unexpected("there is no code")
    return re.sub(r"[^A-Za-z0-9_:. -]", "", value)[:60].strip() or "an odd one"
