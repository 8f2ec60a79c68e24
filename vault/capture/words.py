"""The words of a line, and the kind of value that each could be at any exchange."""

# ruff: noqa: RUF001  marks and separators are of many scripts

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from ..exchanges.profile import Field

LONG = 16  # characters; a shorter value may be a word; the shortest strong shape has 18
MAX_TOKEN = 4096  # characters of one value that is matched with a shape
IDEOGRAPHS = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
OPENING = frozenset("(（[{<［【〔「『")
LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
PLAIN = LETTERS | frozenset("_-+/=")  # what values are made of, whatever their shape
MASKS = "*•●∙·⋅◦○▪■█✱＊⁎․"
BEGIN = "-----BEGIN "  # RFC 7468
CHUNK = re.compile("[^ \t]+")  # what stands between blanks


Part = Enum("Part", "WORD BRACKET SEPARATOR CELL")  # of a line; a cell is the edge of one
Kind = Enum("Kind", "LABEL TEXT KEY STRONG MASKED ODD WORD DATA")  # of an item, see pairs.Item

# The marks that close a quotation, by the one that opens it.
QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "”": "”", "„": "“”", "‘": "’", "«": "»", "»": "«", "‹": "›"}
_PARTS = {
    **dict.fromkeys(":：﹕=＝→⇒➜➔", Part.SEPARATOR),
    **dict.fromkeys("\t|｜│┃,;，；、。&", Part.CELL),
    **dict.fromkeys([*OPENING, *")）]}>］】〕」』"], Part.BRACKET),
}
_DASHES = ("-", "–", "—", "->")  # separators, between blanks
_BLANKS = re.compile(" +")
_PADDING = re.compile("={1,2}(?![=\"'`“A-Za-z0-9])")  # of base64
_GROUP = re.compile("[A-Z]?[a-z]+|[^\\W\\d_A-Za-z]+")  # a word, as in camelCase
_MAX_QUOTED = 8192  # characters within a pair of quotes


class Piece(NamedTuple):
    """A part of a line; of a quotation, what stands within the quotes."""

    part: Part
    text: str
    start: int
    end: int
    quoted: bool = False


def pieces(line: str, is_whole: Callable[[str, int, str], bool]) -> list[Piece]:
    """Return the parts of *line*; *is_whole* decides whether a chunk, at a place, is one word."""
    found: list[Piece] = []
    at = 0
    while at < len(line):
        character, part = line[at], Part.WORD
        chunk = CHUNK.match(line, at) if not at or line[at - 1] in " \t:：=＝" else None
        if chunk and is_whole(line, at, chunk[0]):
            end = chunk.end()
        elif blanks := _BLANKS.match(line, at):
            end, part = blanks.end(), Part.CELL
        elif character in QUOTES and (close := closing(line, at)):
            end = close + 1
            found.append(Piece(part, line[at + 1 : close].replace("\\/", "/"), at, end, quoted=True))
            at = end
            continue
        elif character in _PARTS:
            end, part = at + 1, _PARTS[character]
        else:
            end = _word_end(line, at)
            part = Part.SEPARATOR if line[at:end] in _DASHES and found else part
        if line[at:end] != " ":
            found.append(Piece(part, line[at:end], at, end))
        at = end
    return found


def closing(line: str, at: int) -> int:
    """Return where the quotes that open at *at* close; 0 for another mark, like an apostrophe."""
    if at and (line[at - 1].isalnum() or line[at - 1] in "\\_"):
        return 0
    place, limit = at, at + _MAX_QUOTED
    for _ in range(4):  # escaped ones, and those within a word, are passed over
        places = [line.find(mark, place + 1, limit) for mark in QUOTES[line[at]]]
        place = min((found for found in places if found > 0), default=0)
        if place <= at + 1:
            return 0
        following = line[place + 1 : place + 2]
        escaped = line[place - 1] == "\\" and line[place - 2] != "\\"
        if not escaped and not following.isalnum() and following not in ("_", "-", "+", "/"):
            return place
    return 0


def _word_end(line: str, at: int) -> int:
    """Return where the word that begins at *at* ends: base64's padding, times and addresses stay whole."""
    end = at + 1
    ideograph = bool(IDEOGRAPH.match(line, at))
    while end < len(line):
        character = line[end]
        part = _PARTS.get(character)
        if character in " \t" or part in (Part.BRACKET, Part.CELL):
            break
        if character == "=" and end - at >= LONG and (padding := _PADDING.match(line, end)):
            return end if is_plain(line[at:end]) else padding.end()
        colon = character == ":" and (line.startswith("://", end) or _in_address(line, at, end))
        if not colon and part:
            break
        if character in '"`“”„«»‹›' and not line[end + 1 : end + 2].isalnum():
            break
        if bool(IDEOGRAPH.match(character)) != ideograph:
            break
        end += 1
    return end


def _in_address(line: str, start: int, colon: int) -> bool:
    """Return whether a colon belongs to a time or an IPv6 address that begins at *start*."""
    before, after = line[start : min(colon, start + 40)], line[colon + 1 : colon + 2]
    if not after or (len(before) > LONG and ":" not in before[:LONG]):
        return False
    return set(before + after) <= set("0123456789abcdefABCDEF:.T-/") and (
        line[colon - 1].isdigit() or line[colon - 1] == ":"
    )


def is_plain(text: str) -> bool:
    """Return whether *text* is a word, or words with dashes: letters that are not mixed like a key's."""
    if any(character.isdigit() for character in text):
        return False
    bare = "".join(character for character in text if character not in "-_/'’&+.…|")
    return not bare or (bare.isalpha() and (len(text) < 7 or not bare.isascii() or is_wordy(text)))


def is_wordy(text: str) -> bool:
    """Return whether the letters stand in groups as in words: a value drawn at random mixes its cases."""
    if sum(character.isdigit() for character in text) > 2:
        return False
    parts = re.findall("[^\\W\\d_]+", text)
    groups = [group for part in parts for group in ([part] if part.isupper() else _GROUP.findall(part))]
    return bool(groups) and len("".join(groups)) == len("".join(parts)) >= 3 * len(groups)


def is_strong(text: str) -> bool:
    """Return whether *text* looks drawn at random: long, of letters and digits, a few mistyped ones aside."""
    if not LONG <= len(text) <= MAX_TOKEN or text.isdigit() or is_wordy(text):
        return False
    strange = [character for character in text if character not in PLAIN]
    few = len(strange) <= len(text) // 3 and all(c.isalpha() or c in ".…$" for c in strange)
    plain = sum(character in LETTERS for character in text)
    return few and plain >= LONG - 4 and any(character.isalpha() for character in text)


def is_masked(text: str) -> bool:
    """Return whether part of *text* is hidden by stars or dots, or left out."""
    if re.search(f"[{MASKS}]{{3}}", text):
        bare = text.strip(MASKS)
        return not (bare and is_plain(bare))
    for mark in ("…", "..."):
        before, found, after = text.partition(mark)
        seen = before + after
        if found and len(seen) >= 3 and PLAIN.issuperset(seen) and (after or not is_plain(before)):
            return any(character.isalpha() for character in seen)
    return False


def edges(text: str) -> tuple[str, str]:
    """Return what a masked value shows at its beginning and at its end."""
    seen = re.split(f"[{MASKS}….]", text)
    return seen[0], seen[-1]


def is_data(text: str) -> bool:
    """Return whether *text* is a date, a number or an address of any kind, and so not a credential."""
    if "://" in text or text.lower().startswith("www."):
        return True
    if re.fullmatch("(UTC|GMT)?[0-9.,:/+TZ%-]+", text) and any(character.isdigit() for character in text):
        return True
    if text.count(":") > 1 and re.fullmatch("[0-9A-Fa-f:]{2,39}(/[0-9]{1,3})?", text):
        return True
    name = "([A-Za-z0-9._%+-]{1,64}@)?([A-Za-z0-9-]{1,63}[.]){1,8}[A-Za-z]{2,12}"  # of a host, or a mailbox
    return len(text) <= 512 and bool(re.fullmatch(name, text))


def fits(field: Field, text: str) -> bool:
    """Return whether *text* has the shape of *field*; any long value has, where no shape is known."""
    if text.startswith(BEGIN):
        return any(kind != "secp256k1" for kind in field.keys)
    if field.shape:
        return len(text) <= MAX_TOKEN and bool(re.fullmatch(field.shape, text))
    return is_strong(text)
