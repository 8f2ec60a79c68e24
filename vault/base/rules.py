"""The rules for names and values, so that each can be kept, and handed to a program byte for byte."""

from __future__ import annotations

from ..errors import InvalidCredential

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAME = 64  # characters, of credentials and of fields
MAX_VALUE = 64 << 10  # bytes; half of what Linux takes as one variable (MAX_ARG_STRLEN, 128 KiB)
MAX_TEXT = 1024  # characters of a note, an account, a tag

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_DIGIT = frozenset("0123456789")
_UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def is_word(text: str, first: Iterable[str], rest: Iterable[str], size: int = MAX_NAME) -> bool:
    """Return whether *text* is one character of *first*, then any of *rest*, *size* in all at most.

    (``re`` would add 7 ms to every bot's start.)
    """
    return 0 < len(text) <= size and text[0] in first and set(text).issubset(rest)


def check_name(name: str) -> None:
    """Raise InvalidCredential unless *name* can name a credential."""
    if not is_word(name, _LOWER | _DIGIT, _LOWER | _DIGIT | {".", "_", "-"}):
        raise InvalidCredential(
            f"not a name for a credential: {shortened(name)}",
            hint="lower-case letters, digits, dot, dash and underscore; at most 64, as in okx-main",
        )


def check_exchange(name: str) -> None:
    """Raise InvalidCredential unless *name* can name an exchange profile."""
    if not is_word(name, _LOWER | _DIGIT, _LOWER | _DIGIT | {"-"}, 32):
        raise InvalidCredential(f"not the name of an exchange: {shortened(name)}")


def check_variable(name: str) -> None:
    """Raise InvalidCredential unless *name* can name an environment variable everywhere."""
    if not is_word(name, _LOWER | _UPPER | {"_"}, _LOWER | _UPPER | _DIGIT | {"_"}, 128):
        raise InvalidCredential(f"not a name for an environment variable: {shortened(name)}")


def check_field(name: str) -> None:
    """Raise InvalidCredential unless *name* can name a field."""
    if not is_word(name, _LOWER, _LOWER | _DIGIT | {"_"}):
        raise InvalidCredential(
            f"not a name for a field: {shortened(name)}",
            hint="lower-case letters, digits and underscore, as in api_key",
        )


def check_value(field: str, value: str) -> None:
    """Raise InvalidCredential unless *value* can be kept and handed to a program byte for byte."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise InvalidCredential(f"the value of {field} is not valid UTF-8") from None
    if not value:
        raise InvalidCredential(f"the value of {field} is empty")
    if "\0" in value:
        raise InvalidCredential(f"the value of {field} contains a NUL, which cannot be passed to a program")
    if size > MAX_VALUE:
        raise InvalidCredential(f"the value of {field} has {size:,} bytes; at most {MAX_VALUE:,} can be kept")


def check_address(address: str) -> None:
    """Raise InvalidCredential unless *address* is an IPv4 or IPv6 address or network."""
    from ipaddress import ip_network

    try:
        ip_network(address, strict=False)
    except ValueError:
        raise InvalidCredential(
            f"not an IP address or network: {shortened(address)}", hint="as in 203.0.113.7 or 2001:db8::/48"
        ) from None


def shortened(text: str) -> str:
    """Return the beginning of *text*, quoted for a message, with control characters escaped."""
    return repr(text if len(text) <= 40 else text[:40] + "…")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, as in ``1 day`` and ``2 days``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# Line and paragraph separators, and characters that turn the direction of writing: with them a text can look
# like another.
_UNSEEN = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_text(text: str) -> None:
    """Raise InvalidCredential unless *text*, of a note or the like, is one line without control characters.

    (``str.isprintable`` depends on the interpreter's edition of Unicode; a text that one version saved must
    open in another.)
    """
    if len(text) > MAX_TEXT:
        raise InvalidCredential(f"a text has {len(text):,} characters; at most {MAX_TEXT:,} can be kept")
    if any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" or c in _UNSEEN for c in text):
        raise InvalidCredential(f"a text contains control characters: {shortened(text)}")


def pasted(path: str) -> str:
    """Return a path as one word of a shell's command line, for a hint that is meant to be pasted."""
    from shlex import quote  # and re with it, for an error alone

    return quote(path)
