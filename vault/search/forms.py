"""The forms of a value: the ways in which programs write it, as bytes to search for.

Not covered: what was cut, reversed, spaced out, compressed or encoded twice; base64 in several lines, unless
it begins with the value. In base64 of more than the value, a character at either end also encodes bits of
its neighbour and is not part of the form: it reveals at most four bits of the value's first or last byte.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator
from struct import iter_unpack

# The shortest that an exchange takes: a passphrase of KuCoin's (exchanges/kucoin.toml). Shorter values are
# numbers and words, which ordinary text holds by chance: to mark them there would reveal the value.
MIN_VALUE = 7  # characters, without blanks around them
MIN_LINE = 16  # characters; a line of PEM has 64, the lines that structure a JSON text have fewer

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# Beside these, left by: Python's quote, the same with safe="", encodeURIComponent, forms (WHATWG URL 5.2).
_UNQUOTED = tuple(_PLAIN + marks for marks in ("_.-~/", "_.-~", "_.-~!'()*", "*-._"))
_JSON = str.maketrans(
    {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)
# Written as \u and a number though JSON does not ask for it: by most, by Go, by .NET (System.Text.Json).
_NUMBERED = ("", "<>&\u2028\u2029", "\"&'+<>`\x7f")


def forms(value: str) -> set[bytes]:
    """Return every form of *value*, each of MIN_VALUE bytes or more; none if the value is shorter."""
    if len(value.strip()) < MIN_VALUE:
        return set()
    lines = value.replace("\r\n", "\n")  # as a program has them that reads the value from a text file
    found: set[bytes] = set()
    for text in {value, value.strip(), lines, lines.strip()}:
        raw = text.encode()
        found |= {raw, raw.replace(b"\n", b"\r\n")}  # a terminal makes CRLF of LF
        found.add(text.encode("utf-16-le"))  # as some programs on Windows write
        found |= {raw.hex().encode(), raw.hex().upper().encode()}
        found.update(_base64(raw))
        found.update(written.encode() for way in (_percent(raw), _json(text), _repr(text)) for written in way)
    for line in lines.replace("\\n", "\n").splitlines():  # an .env file has \n written out
        line = line.strip()
        if len(line) >= MIN_LINE and not line.startswith("-----"):  # every PEM begins and ends so
            found.add(line.encode())
    return found


def pieces(form: bytes, size: int) -> Iterator[bytes]:
    """Cut *form* into pieces of *size* bytes at most; the last two may overlap, so that none is shorter."""
    last = max(len(form) - size, 0)
    for start in (*range(0, last, size), last):
        yield form[start : start + size]


def _base64(raw: bytes) -> Iterator[bytes]:
    for last_two in (b"+/", b"-_"):  # of the alphabet: base64's, and base64url's
        table = bytes.maketrans(b"+/", last_two)
        for before in range(3):  # bytes before the value in a group of three; a character has six bits
            text = b2a_base64(bytes(before) + raw, newline=False).translate(table)
            own = slice((before * 8 + 5) // 6, (before + len(raw)) * 8 // 6)  # depends on the value alone
            yield from (text[own], text[own.start :], text[own.start :].rstrip(b"="))
        alone = b2a_base64(raw, newline=False)[: len(raw) * 8 // 6].translate(table)
        for width in (64, 76):  # characters in a line of PEM (RFC 7468), of MIME (RFC 2045) and base64(1)
            lines = (alone[at : at + width] for at in range(0, len(alone), width))
            yield from (line for line in lines if len(line) >= MIN_LINE)


def _percent(raw: bytes) -> Iterator[str]:
    for unquoted in _UNQUOTED:
        for digits in ("02X", "02x"):
            quoted = {byte: f"%{byte:{digits}}" for byte in set(raw) if chr(byte) not in unquoted}
            text = raw.decode("latin-1").translate(quoted)
            yield from (text, text.replace("%20", "+"))


def _json(text: str) -> Iterator[str]:
    for numbered in _NUMBERED:
        for last in ("\x7f", "\U0010ffff"):  # the last character that is written as it is
            for digits in ("04x", "04X"):
                escaped = dict(_JSON)
                for c in set(text):
                    if c in numbered or c > last or (c < " " and ord(c) not in _JSON):
                        units = iter_unpack(">H", c.encode("utf-16-be"))
                        escaped[ord(c)] = "".join(f"\\u{unit:{digits}}" for (unit,) in units)
                written = text.translate(escaped)
                yield from (written, written.replace("/", "\\/"))


def _repr(text: str) -> Iterator[str]:
    # With both kinds of quotes around, each ' has a backslash; with one kind, none has.
    for shown in (repr(text + '"')[1:-2], ascii(text + '"')[1:-2], repr(text.encode() + b'"')[2:-2]):
        yield from (shown, shown.replace("\\'", "'"))
