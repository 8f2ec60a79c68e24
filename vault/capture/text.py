"""A pasted text in plain form: blanks and line ends unified, private keys in PEM taken out."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from ..base.secret import Secret
from ..errors import InvalidCredential
from .words import BEGIN, LONG, PLAIN

MAX_PASTE = 64 << 10  # characters; the longest dialog, with an RSA key, has a tenth of it
FIRST_KEY = 0xE000  # a private key stands as one character of Unicode's private use in the text
_END, _DASHES = "-----END ", "-----"  # RFC 7468
# A block without an end: its first line, and if that holds no other text, the lines that can be base64.
_UNENDED = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,32}-*(?:(?:\\[rn])*[A-Za-z0-9+/=])*"
    r"(?:[ \t]*(?:\n|\Z)(?:[ \t\"'`,\\]*[A-Za-z0-9_+/=-]{16,}[ \t\"'`,\\]*(?:\n|\Z))*)?"
)
_BREAKS = re.compile(r"\A(?:\\[nr])+")  # line breaks written out, as in JSON
_AROUND = " \t\n\r\"'`,>|"  # what a page or a program's source puts around the lines of a key


def cleaned(text: str) -> str:
    """Return *text* with plain blanks and line ends, and without invisible characters of the page."""
    if len(text) > MAX_PASTE:
        raise InvalidCredential(
            f"the pasted text has {len(text):,} characters; {MAX_PASTE:,} is the most",
            hint="copy the dialog alone, not the whole page",
        )
    kept = []
    for character in re.sub("\r\n?|[\v\f\x85\u2028\u2029]", "\n", text):
        if character in "\n\t" or " " <= character <= "~":
            kept.append(character)
        elif (kind := unicodedata.category(character)) == "Zs":
            kept.append(" ")
        elif kind not in ("Cc", "Cf", "Co", "Cs") and not "\ufe00" <= character <= "\ufe0f":
            kept.append(character)
    return "".join(kept)


def normalised(value: Secret) -> Secret:
    """Return a private key in PEM as clients read it, any other value as it is.

    Clients fail at blanks around its lines, at CRLF, and at line breaks written as ``\\n``.
    """
    text = value.reveal()
    if not text.strip().startswith(BEGIN):
        return value
    rest, blocks = without_keys(text)
    return Secret(blocks[0].text) if len(blocks) == 1 == len(rest.strip()) else value


def unescaped(text: str) -> tuple[str, str]:
    """Return a quoted text without its escapes, and a doubt if it has a backslash."""
    if "\\" not in text:
        return text, ""
    import json

    try:
        meant = json.loads(f'"{text}"')
    except ValueError:
        meant = text.replace("\\'", "'").replace("\\\\", "\\")
    return meant, "it has a backslash, which may be an escape"


class Block(NamedTuple):
    """A private key in PEM that stood in the text; *whole* if it had both ends."""

    text: str
    whole: bool


def without_keys(text: str) -> tuple[str, list[Block]]:
    """Return *text* with one character for each private key in PEM, but no public ones, and the keys."""
    blocks: list[Block] = []
    head, *chunks = text.split(BEGIN)
    parts = [_headless(head, blocks)]
    for chunk in chunks:
        body, _, rest = chunk.partition(_END)
        last, whole, rest = rest.partition(_DASHES)
        block = f"{BEGIN}{body}{_END}{last}{_DASHES}"
        if not whole:
            block = _UNENDED.findall(BEGIN + chunk)[0]
            rest = chunk[len(block) - len(BEGIN) :]
        if "PRIVATE KEY" in block[:64] or not whole:
            parts.append(chr(FIRST_KEY + len(blocks)))
            blocks.append(Block(_unwrapped(block) if whole else block, bool(whole)))
        parts.append(_headless(_BREAKS.sub("", rest), blocks))
    return "".join(parts), blocks


def _headless(text: str, blocks: list[Block]) -> str:
    """Return *text* without a block whose first line is missing, which is added to *blocks*."""
    ahead, end, behind = text.partition(_END)
    if not end:
        return text
    rest = ahead
    while True:  # backwards over the lines that can be base64
        line = rest.rstrip(_AROUND)
        shorter = line.rstrip("".join(PLAIN) + "\\")
        if len(line) - len(shorter) < LONG:
            break
        rest = shorter
    _, dashes, after = behind.partition(_DASHES)
    tail = _BREAKS.sub("", after if dashes else behind)
    key = chr(FIRST_KEY + len(blocks))
    blocks.append(Block(text[len(rest) : len(text) - len(tail)], whole=False))
    return f"{rest}{key}{tail.replace(_END, '')}"


def _unwrapped(block: str) -> str:
    """Return a block of PEM in lines of 64 characters (RFC 7468)."""
    block = block.replace("\\r", "\n").replace("\\n", "\n").replace("\\/", "/")
    first, _, rest = block[len(BEGIN) :].partition(_DASHES)
    body, _, last = rest.partition(_END)
    lines = [_bare(line) for line in body.splitlines()]
    if not any(":" in line for line in lines):  # as in "Proc-Type: 4,ENCRYPTED", whose lines are kept
        joined = "".join("".join(lines).split())
        lines = [joined[place : place + 64] for place in range(0, len(joined), 64)]
    return "\n".join([f"{BEGIN}{first}{_DASHES}", *lines, f"{_END}{last}"])


def _bare(line: str) -> str:
    """Return a line of base64 without what a program's source puts around it."""
    for quote in "\"'`":
        if quote in line:
            line = line[line.find(quote) + 1 :].partition(quote)[0] or line.partition(quote)[0]
    return line.strip(" \t\r>|,\\\"'`")
