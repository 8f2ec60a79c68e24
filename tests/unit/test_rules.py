"""The rules for names and values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vault.base import rules
from vault.errors import InvalidCredential

Check = Callable[[str], None]

NAME, FIELD = rules.check_name, rules.check_field
EXCHANGE, VARIABLE = rules.check_exchange, rules.check_variable
TEXT, ADDRESS = rules.check_text, rules.check_address


def value(text: str) -> None:
    rules.check_value("api_key", text)


ACCEPTED: list[tuple[Check, str]] = [
    (NAME, "a"),
    (NAME, "9"),
    (NAME, "okx-main"),
    (NAME, "a.b_c-d"),
    (NAME, "a" * 64),
    (EXCHANGE, "okx"),
    (EXCHANGE, "gate-io"),
    (EXCHANGE, "1inch"),
    (EXCHANGE, "a" * 32),
    (FIELD, "api_key"),
    (FIELD, "a" * 64),
    (FIELD, "key2"),
    (VARIABLE, "OKX_API_KEY"),
    (VARIABLE, "_a"),
    (VARIABLE, "lower"),
    (VARIABLE, "A" * 128),
    (value, "x"),
    (value, " "),
    (value, "line\nline\r\n"),
    (value, "\x01\x7f\x1b[31m"),
    (value, "Zürich 🔑"),
    (value, "x" * 65536),
    (value, "ü" * 32768),
    (TEXT, ""),
    (TEXT, "Zürich, 2027"),
    (TEXT, "x" * 1024),
    (ADDRESS, "203.0.113.7"),
    (ADDRESS, "203.0.113.0/24"),
    (ADDRESS, "2001:db8::1"),
    (ADDRESS, "2001:db8::/48"),
    (ADDRESS, "10.0.0.1/8"),
]

REFUSED: list[tuple[Check, str]] = [
    *[
        (NAME, text)
        for text in ("", "OKX", "-a", ".a", "_a", "a b", "a/b", "a\n", "é", "a" * 65, "a\0", "..")
    ],
    *[(EXCHANGE, text) for text in ("", "OKX", "a_b", "a.b", "-a", "a" * 33, "../okx")],
    *[(FIELD, text) for text in ("", "2a", "_a", "a-b", "a.b", "A", "a" * 65, "a b", "ä")],
    *[(VARIABLE, text) for text in ("", "2A", "A-B", "A.B", "A=B", "A B", "Ä", "A" * 129, "A\n")],
    *[(value, text) for text in ("", "a\0b", "\0", "\ud800", "x" * 65537, "ü" * 32769)],
    *[(TEXT, text) for text in ("a\nb", "\x1b[31m", "\u202e", "x" * 1025, "\0", "\t", "\ud800", "\udcff")],
    *[(ADDRESS, text) for text in ("", "none", "203.0.113", "203.0.113.7/33", "300.0.0.1", "2001:db8::/129")],
]


def _label(case: object) -> str:
    return getattr(case, "__name__", None) or ascii(case)[:24]


@pytest.mark.parametrize(("check", "text"), ACCEPTED, ids=_label)
def test_it_is_accepted(check: Check, text: str) -> None:
    """What can be kept raises nothing."""
    check(text)


@pytest.mark.parametrize(("check", "text"), REFUSED, ids=_label)
def test_it_is_refused(check: Check, text: str) -> None:
    """What cannot be kept, or not be handed to every program, is an InvalidCredential."""
    with pytest.raises(InvalidCredential):
        check(text)


@pytest.mark.parametrize("text", ["hunter2\0", "hunter2" * 10_000, "hunter2\ud800"])
def test_a_refused_value_is_not_shown(text: str) -> None:
    """The message about a value does not hold it."""
    with pytest.raises(InvalidCredential) as caught:
        value(text)
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_no_refused_value_hangs_on_the_error() -> None:
    """The UnicodeEncodeError behind a refusal holds the whole value; it is cut off."""
    with pytest.raises(InvalidCredential) as caught:
        value("hunter2\ud800")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\nb", "\u202e", "\ud800"])
def test_a_shortened_text_is_printable(text: str) -> None:
    """What a message quotes cannot steer a terminal."""
    assert rules.shortened(text).isprintable()


def test_a_shortened_text_is_short() -> None:
    """A message does not quote a megabyte."""
    assert len(rules.shortened("x" * 1_000_000)) < 50


def test_a_short_text_is_quoted_whole() -> None:
    """Forty characters are quoted as they are."""
    assert repr("x" * 40) == rules.shortened("x" * 40)
