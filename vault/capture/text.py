"""A pasted text as it was meant: plain blanks and line ends, and private keys in PEM taken out of it."""

from __future__ import annotations

import re
import unicodedata

from ..base.record import Record
from ..errors import InvalidCredential
from .words import BEGIN, LONG, PLAIN

MAX_PASTE = 64 << 10  # characters; the longest dialog, with an RSA key, has a tenth of it
FIRST_KEY = 0xE000  # a private key stands as one character of Unicode's private use in the text
_END, _DASHES = "-----END ", "-----"  # RFC 7468
_FIRST_LINE = re.compile("-----BEGIN [A-Z0-9 ]{0,32}-*(?:(?:\\\\[rn])*[A-Za-z0-9+/=])*")


def cleaned(text: str) -> str:
    """*text* with plain blanks and line ends, and without what cannot be seen.

    A zero-width or a direction mark comes along from a page and is part of no value.
    """
    if len(text) > MAX_PASTE:
        raise InvalidCredential(
            f"what was pasted has {len(text):,} characters; {MAX_PASTE:,} is the most",
            hint="copy the dialog alone, not the whole page",
        )
    text = re.sub("\r\n?|[\v\f\x85\u2028\u2029]", "\n", text)
    kept = []
    for character in text:
        if character in "\n\t" or " " <= character <= "~":
            kept.append(character)
        elif (kind := unicodedata.category(character)) == "Zs":
            kept.append(" ")
        elif kind not in ("Cc", "Cf", "Co", "Cs") and not "\ufe00" <= character <= "\ufe0f":
            kept.append(character)
    return "".join(kept)


class Block(Record):
    """A private key in PEM that stood in the text, on its lines; *whole* if it had both ends."""

    text: str
    whole: bool


def without_keys(text: str) -> tuple[str, list[Block]]:
    """*text* with one character in the place of each private key in PEM, and the keys.

    Blocks of another kind, like a public key, are left out.
    """
    parts: list[str] = []
    blocks: list[Block] = []
    at = 0
    while (begin := text.find(BEGIN, at)) >= 0:
        parts.append(_headless(text[at:begin], blocks))
        following = text.find(BEGIN, begin + 1)
        limit = following if following >= 0 else len(text)
        end = text.find(_END, begin, limit)
        at = text.find(_DASHES, end + len(_END), limit) + len(_DASHES) if end >= 0 else -1
        whole = at >= len(_DASHES)
        if not whole:
            at = begin + _reach(text[begin:limit])
        block = text[begin:at]
        at = _behind_breaks(text, at)
        if "PRIVATE KEY" in block[:64] or not whole:
            parts.append(chr(FIRST_KEY + len(blocks)))
            blocks.append(Block(_unwrapped(block) if whole else block, whole))
    parts.append(_headless(text[at:], blocks))
    return "".join(parts), blocks


def _behind_breaks(text: str, at: int) -> int:
    """The place behind line breaks that are written out, as in JSON."""
    while text.startswith(("\\n", "\\r"), at):
        at += 2
    return at


def _headless(text: str, blocks: list[Block]) -> str:
    """*text* without blocks whose first line is missing; they are added to *blocks*."""
    end = text.find(_END)
    if end < 0:
        return text
    begin = at = end
    while at:
        while at and text[at - 1] in " \t\n\r\"'`,>|":
            at -= 1
        start = at
        while start and (text[start - 1] in PLAIN or text[start - 1] == "\\"):
            start -= 1
        if at - start < LONG:
            break
        begin = at = start
    stop = text.find(_DASHES, end + len(_END))
    stop = _behind_breaks(text, stop + len(_DASHES) if stop >= 0 else end + len(_END))
    blocks.append(Block(text[begin:stop], whole=False))
    return f"{text[:begin]}{chr(FIRST_KEY + len(blocks) - 1)}{text[stop:].replace(_END, '')}"


def _reach(text: str) -> int:
    """How far a block goes that has no end: over the lines that can be base64."""
    size = 0
    for number, line in enumerate(text.splitlines(keepends=True)):
        if not number and (first := _FIRST_LINE.match(line)) and line[first.end() :].strip():
            return first.end()  # other text follows on the line
        bare = line.strip(" \t\r\n\"'`,\\")
        if number and not (len(bare) >= LONG and PLAIN.issuperset(bare)):
            break
        size += len(line)
    return size


def _unwrapped(block: str) -> str:
    """A block of PEM as RFC 7468 writes it: lines of 64 characters, line feeds between them."""
    block = block.replace("\\r", "\n").replace("\\n", "\n").replace("\\/", "/")
    first, _, rest = block[len(BEGIN) :].partition(_DASHES)
    body, _, last = rest.partition(_END)
    lines = [_bare(line) for line in body.splitlines()]
    if not any(":" in line for line in lines):  # as in "Proc-Type: 4,ENCRYPTED", whose lines are kept
        joined = "".join("".join(lines).split())
        lines = [joined[place : place + 64] for place in range(0, len(joined), 64)]
    return "\n".join([f"{BEGIN}{first}{_DASHES}", *lines, f"{_END}{last}"])


def _bare(line: str) -> str:
    """A line of base64 without what a program's source puts around it."""
    for quote in "\"'`":
        if quote in line:
            line = line[line.find(quote) + 1 :].partition(quote)[0] or line.partition(quote)[0]
    return line.strip(" \t\r>|,\\\"'`")
