"""The streaming redactor of ``vault run --mask``: what a program prints, without the values it was handed.

Pure: bytes in, bytes out. Best effort against accidents, such as a traceback or a debug log with a key in
it. It is no wall: a program that wants its values out has endless ways to write them.

Every byte of a covered form of a value is hidden (:func:`_forms` has the list). Hidden bytes that touch show
as one ``***``, which tells no length. That is stricter than replacing the leftmost, longest match: where two
forms overlap, no end of the second is left. And it depends on the bytes alone, not on how they were cut.

Not covered: what was cut, reversed, spaced out, compressed or encoded twice; base64 in several lines, unless
the value is where it begins. In base64 of more than the value, a character that the value shares with what
stands beside it may be left: it tells at most four bits of the value's first or last byte.
"""

from __future__ import annotations

import sys
from binascii import b2a_base64
from math import prod
from struct import Struct, iter_unpack

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..base.secret import Secret

# The shortest that an exchange takes: a passphrase of KuCoin's (exchanges/kucoin.toml). Shorter values are
# numbers and words, which stand in ordinary output by chance: stars there hide the log and tell the value.
MIN_VALUE = 7  # characters, without blanks around them
MIN_LINE = 16  # characters; a line of PEM has 64, the lines that structure a JSON text have fewer
MAX_HELD = 1023  # bytes of the stream that wait for what follows, at most

_STARS = b"***"
_PIECE = MAX_HELD + 1  # bytes; a longer form is hidden in pieces, each of them a form
_HEAD = 32
_GRAM = 4  # bytes that are looked up at once, as one number
_BLOCK = 48  # numbers read by one call
_LONG = 24

_MARKED = bytes([0]) + bytes([1]) * 255  # a table: 1 for every byte but 0

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# Beside these, left by: Python's quote, the same with safe="", encodeURIComponent, forms (WHATWG URL 5.2).
_UNQUOTED = tuple(_PLAIN + marks for marks in ("_.-~/", "_.-~", "_.-~!'()*", "*-._"))
_JSON = str.maketrans(
    {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
)
# Written as \u and a number though JSON would not need it: by most, by Go, by .NET (System.Text.Json).
_NUMBERED = ("", "<>&\u2028\u2029", "\"&'+<>`\x7f")


class _Long:
    """Where long forms may stand. Reads numbers from the stream, a stride apart, and looks them up in a set.

    The stride is such that every head (the first bytes of a form) in the stream has one of its numbers read,
    wherever it lies. scripts/bench/mask.py compares this with a search for each form, and with one regular
    expression.
    """

    def __init__(self, forms: set[bytes]) -> None:
        self.head = min([_HEAD, *map(len, forms)])
        stride = self.head - _GRAM + 1
        self._numbers = Struct("=" + f"I{stride - _GRAM}x" * _BLOCK)
        self._padding = bytes(self._numbers.size)
        self._forms: dict[int, list[bytes]] = {}  # by the numbers of their heads
        for form in forms:
            for at in range(stride):
                number = int.from_bytes(form[at : at + _GRAM], sys.byteorder)
                self._forms.setdefault(number, []).append(form)
        self._known = frozenset(self._forms)

    def candidates(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Places in *data*, each with a form whose head stands there."""
        padded = data + self._padding  # a Struct reads all of its numbers
        read, known = self._numbers.unpack_from, self._known.intersection
        for block in range(0, len(data), self._numbers.size):
            numbers = known(read(padded, block))
            if not numbers:
                continue
            for form in {form for number in numbers for form in self._forms[number]}:
                head = form[: self.head]
                place, limit = block - len(head), block + self._numbers.size + len(head)
                while (place := data.find(head, max(place + 1, 0), limit)) >= 0:
                    yield place, form


class _Short:
    """Where short forms may stand. Their stride is short too: numbers one by one would take too long.

    So all places are judged at once, with long integers for vectors, as in Hyperscan's "Teddy". The grams
    (pieces of _GRAM bytes) are put in eight buckets, a bit each. A table tells of each byte which buckets
    have it first in a gram; another, second; and so on. What is left of their AND, a byte for each place,
    tells which buckets may have a gram there.
    """

    def __init__(self, forms: set[bytes]) -> None:
        self.head = min(map(len, forms))
        self._stride = self.head - _GRAM + 1
        self._grams: dict[bytes, list[tuple[int, bytes]]] = {}  # to where in which forms they are
        for form in forms:
            for at in range(self._stride):
                self._grams.setdefault(form[at : at + _GRAM], []).append((at, form))
        self._tables = _tables(self._grams)

    def candidates(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Places in *data*, each with a form of which a gram stands there."""
        left = -1
        for at, table in enumerate(self._tables):
            left &= int.from_bytes(data[at :: self._stride].translate(table), "little")
        if not left:
            return
        places = left.to_bytes(len(data) // self._stride + 1, "little").translate(_MARKED)
        place = -1
        while (place := places.find(1, place + 1)) >= 0:
            start = place * self._stride
            for at, form in self._grams.get(data[start : start + _GRAM], ()):
                if start >= at:
                    yield start - at, form


def _tables(grams: Iterable[bytes]) -> list[bytes]:
    """For each byte of a gram a table: by its value, the buckets that may have the gram, a bit each.

    A gram joins the bucket that then lets the fewest others through: digits go with digits.
    """
    buckets = [[{-1}] * _GRAM] * 8  # in each the bytes that come first, second...; -1: none is empty
    for gram in sorted(grams):
        joined = [[those | {byte} for those, byte in zip(b, gram, strict=True)] for b in buckets]
        growth = [prod(map(len, new)) - prod(map(len, old)) for new, old in zip(joined, buckets, strict=True)]
        least = growth.index(min(growth))
        buckets[least] = joined[least]
    return [
        bytes(sum((byte in bucket[at]) << bit for bit, bucket in enumerate(buckets)) for byte in range(256))
        for at in range(_GRAM)
    ]


class Mask:
    """Hides values in one stream. For a second stream, ``copy.copy`` of a fresh one shares the tables.

    What :meth:`feed` holds back is the longest end of the stream that is the beginning of a form: nothing
    or a byte of ordinary text, MAX_HELD at most. It is never lost and never overtaken.

    On a timer, call :meth:`release`, not :meth:`end`: a program that fills a buffer before it writes may
    pause for minutes in the middle of a value, and a value in two halves is a leak, while a prompt in two
    halves is a delay. Prompts end in a blank, which hardly any value begins with.

    Attributes:
        uncovered: which of *secrets*, by position, are too short to be hidden (MIN_VALUE).
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        values = [secret.reveal() for secret in secrets]
        self.uncovered = tuple(i for i, value in enumerate(values) if len(value.strip()) < MIN_VALUE)
        forms = {form for i, value in enumerate(values) if i not in self.uncovered for form in _forms(value)}
        forms = {piece for form in forms for piece in _pieces(form)}

        long = {form for form in forms if len(form) >= _LONG}
        self._ways = [way(those) for way, those in ((_Long, long), (_Short, forms - long)) if those]
        head = max((way.head for way in self._ways), default=0)
        self._beginnings = frozenset(form[:size] for form in forms for size in range(1, min(head, len(form))))
        sizes: dict[int, set[int]] = {}  # of the beginnings, by the byte that is their last
        for beginning in self._beginnings:
            sizes.setdefault(beginning[-1], set()).add(len(beginning))
        self._sizes = {byte: sorted(those, reverse=True) for byte, those in sizes.items()}
        self._tail = b""  # the end of the stream that is not decided
        self._passed = 0  # bytes of the tail that were passed on, or that stars stand for
        self._hidden = -1  # where in the tail the bytes end that the last stars stand for; -1: before it

    def feed(self, data: bytes) -> bytes:
        """The next bytes of the stream go in; what may be passed on now comes out."""
        data = self._tail + data
        return self._pass_on(data, *self._search(data))

    def release(self) -> bytes:
        """What is held back, if it is a single byte: for when nothing came for a moment, as 20 ms.

        So a letter that a person types is seen at once, and no more than the first byte of a value is ever
        given away: if a value does go on from there, the rest of it is hidden.
        """
        if len(self._tail) != 1 or self._passed:
            return b""
        self._passed, self._hidden = 1, -1  # it parts the stars before it from those to come
        return self._tail

    def end(self) -> bytes:
        """The rest, when the stream has ended; another may begin."""
        found, _ = self._search(self._tail)
        rest = self._pass_on(self._tail, found, len(self._tail))
        self._hidden = -1
        return rest

    def _search(self, data: bytes) -> tuple[list[tuple[int, int]], int]:
        """Where forms begin and end in *data*, and where the first begins that *data* may be cutting."""
        cut = len(data)
        for size in self._sizes.get(data[-1], ()) if data else ():
            if data[-size:] in self._beginnings:
                cut = max(len(data) - size, 0)
                break
        found = []
        for way in self._ways:
            for place, form in way.candidates(data):
                if data.startswith(form, place):
                    found.append((place, place + len(form)))
                elif form.startswith(data[place : place + len(form)]):
                    cut = min(cut, place)
        return found, cut

    def _pass_on(self, data: bytes, found: list[tuple[int, int]], decided: int) -> bytes:
        """*data* up to *decided*, with stars; the rest is the new tail."""
        passed, hidden = self._passed, self._hidden
        out = []
        for start, end in sorted(found):
            if start > decided:
                break
            if start > hidden:
                out += [data[passed:start], _STARS]
            hidden = max(hidden, end)
            passed = max(passed, end)
        out.append(data[passed:decided])
        self._tail = data[decided:]
        self._passed = max(passed - decided, 0)
        self._hidden = max(hidden - decided, -1)
        return b"".join(out)


def _pieces(form: bytes) -> Iterator[bytes]:
    """*form* in pieces of one length, of which the last two may overlap."""
    last = max(len(form) - _PIECE, 0)
    for start in (*range(0, last, _PIECE), last):
        yield form[start : start + _PIECE]


def _forms(value: str) -> Iterator[bytes]:
    """Every form of a value that is hidden, some more than once; each has MIN_VALUE bytes or more."""
    lines = value.replace("\r\n", "\n")  # as whoever reads them from a file as text has them
    for text in {value, value.strip(), lines, lines.strip()}:
        raw = text.encode()
        yield from (raw, raw.replace(b"\n", b"\r\n"))  # a terminal makes CRLF of LF
        yield text.encode("utf-16-le")  # as some programs of Windows write
        yield from (raw.hex().encode(), raw.hex().upper().encode())
        for form in _base64(raw):
            yield from (form, form.translate(bytes.maketrans(b"+/", b"-_")))
        for written in (*_percent(raw), *_json(text), *_repr(text)):
            yield written.encode()
    for line in lines.replace("\\n", "\n").splitlines():  # \n is written out in the line of an .env file
        line = line.strip()
        if len(line) >= MIN_LINE and not line.startswith("-----"):  # every PEM begins and ends so
            yield line.encode()


def _base64(raw: bytes) -> Iterator[bytes]:
    for before in range(3):  # bytes before the value in a group of three; a character has six bits
        text = b2a_base64(bytes(before) + raw, newline=False)
        own = slice((before * 8 + 5) // 6, (before + len(raw)) * 8 // 6)  # what depends on the value alone
        yield from (text[own], text[own.start :], text[own.start :].rstrip(b"="))
    alone = b2a_base64(raw, newline=False)[: len(raw) * 8 // 6]
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
