"""The words of a line, and what sort of value each could be, whatever the exchange."""

# ruff: noqa: RUF001  marks and separators are of many scripts

from __future__ import annotations

import re

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..exchanges.profile import Field

LONG = 16  # characters from which a value tells itself from a word; the shortest strong shape has 18
MAX_TOKEN = 4096  # characters of one value that is matched with a shape
IDEOGRAPHS = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
BRACKETS_OPEN = frozenset("(（[{<［【〔「『")
BRACKETS = BRACKETS_OPEN | frozenset(")）]}>］】〕」』")
LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
PLAIN = LETTERS | frozenset("_-+/=")  # what values are made of, whatever their shape
MASKS = "*•●∙·⋅◦○▪■█✱＊⁎․"
BEGIN = "-----BEGIN "  # RFC 7468
CHUNK = re.compile("[^ \t]+")  # what stands between blanks

# The marks that close a quotation, by the one that opens it.
QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "”": "”", "„": "“”", "‘": "’", "«": "»", "»": "«", "‹": "›"}
_SEPARATORS = frozenset(":：﹕=＝→⇒➜➔")
_CELLS = frozenset("\t|｜│┃,;，；、。&")
_DASHES = ("-", "–", "—", "->")  # separators, between blanks
_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_PADDING = re.compile("={1,2}(?![=\"'`“A-Za-z0-9])")  # of base64
_GROUP = re.compile("[A-Z]?[a-z]+|[^\\W\\d_A-Za-z]+")  # a word, as in camelCase
_MAX_QUOTED = 8192  # characters within a pair of quotes


class Piece(Record):
    """A part of a line: a word, or what stands in quotes; a separator; the edge of a cell; a bracket."""

    kind: str
    text: str
    start: int
    end: int
    quoted: bool = False


def pieces(line: str, is_whole: Callable[[str, int, str], bool]) -> list[Piece]:
    """The parts of *line*.

    Args:
        is_whole: whether what stands between blanks, at a place of the line, is one word, whatever
            separators it has.
    """
    found: list[Piece] = []
    at = 0
    while at < len(line):
        character = line[at]
        end = at + 1
        chunk = CHUNK.match(line, at) if not at or line[at - 1] in " \t:：=＝" else None
        if chunk and is_whole(line, at, chunk[0]):
            end = chunk.end()
            found.append(Piece("word", chunk[0], at, end))
        elif character == " ":
            while line[end : end + 1] == " ":
                end += 1
            if end - at > 1:
                found.append(Piece("cell", " ", at, end))
        elif character in QUOTES and (close := closing(line, at)):
            end = close + 1
            found.append(Piece("word", line[at + 1 : close].replace("\\/", "/"), at, end, quoted=True))
        elif character in _SEPARATORS:
            found.append(Piece("sep", character, at, end))
        elif character in _CELLS:
            found.append(Piece("cell", character, at, end))
        elif character in BRACKETS:
            found.append(Piece("bracket", character, at, end))
        else:
            end = _word_end(line, at)
            kind = "sep" if line[at:end] in _DASHES and found else "word"
            found.append(Piece(kind, line[at:end], at, end))
        at = end
    return found


def closing(line: str, at: int) -> int:
    """Where the quotes that open at *at* close; 0 if it is no opening one, like an apostrophe."""
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
    """Where the word ends that begins at *at*; base64's padding, a time and an address stay whole."""
    end = at + 1
    ideograph = bool(_IDEOGRAPH.match(line, at))
    while end < len(line):
        character = line[end]
        if character in " \t" or character in BRACKETS or character in _CELLS:
            break
        if character == "=" and end - at >= LONG and (padding := _PADDING.match(line, end)):
            return end if is_plain(line[at:end]) else padding.end()
        colon = character == ":" and (line.startswith("://", end) or _in_address(line, at, end))
        if not colon and character in _SEPARATORS:
            break
        if character in '"`“”„«»‹›' and not line[end + 1 : end + 2].isalnum():
            break
        if bool(_IDEOGRAPH.match(character)) != ideograph:
            break
        end += 1
    return end


def _in_address(line: str, start: int, colon: int) -> bool:
    """Whether a colon belongs to a time or an IPv6 address that begins at *start*."""
    before, after = line[start : min(colon, start + 40)], line[colon + 1 : colon + 2]
    if not after or (len(before) > LONG and ":" not in before[:LONG]):
        return False
    return set(before + after) <= set("0123456789abcdefABCDEF:.T-/") and (
        line[colon - 1].isdigit() or line[colon - 1] == ":"
    )


def is_plain(text: str) -> bool:
    """Whether it is a word, or words with dashes: letters that are not mixed like a key's."""
    if any(character.isdigit() for character in text):
        return False
    bare = "".join(character for character in text if character not in "-_/'’&+.…|")
    return not bare or (bare.isalpha() and (len(text) < 7 or not bare.isascii() or is_wordy(text)))


def is_wordy(text: str) -> bool:
    """Whether its letters stand in groups as in words: what is drawn at random mixes its cases."""
    if sum(character.isdigit() for character in text) > 2:
        return False
    parts = re.findall("[^\\W\\d_]+", text)
    groups = [group for part in parts for group in ([part] if part.isupper() else _GROUP.findall(part))]
    return bool(groups) and len("".join(groups)) == len("".join(parts)) >= 3 * len(groups)


def is_strong(text: str) -> bool:
    """Whether it looks drawn at random: long, of letters and digits; one that is mistyped still does."""
    if not LONG <= len(text) <= MAX_TOKEN or text.isdigit() or is_wordy(text):
        return False
    strange = [character for character in text if character not in PLAIN]
    few = len(strange) <= len(text) // 3 and all(c.isalpha() or c in ".…$" for c in strange)
    plain = sum(character in LETTERS for character in text)
    return few and plain >= LONG - 4 and any(character.isalpha() for character in text)


def is_masked(text: str) -> bool:
    """Whether part of it is hidden, by stars or dots, or left out."""
    marks = "".join("*" if character in MASKS else " " for character in text)
    if "***" in marks:
        return " " not in marks or not is_plain(text.strip(MASKS))
    for mark in ("…", "..."):
        before, found, after = text.partition(mark)
        seen = before + after
        if found and len(seen) >= 3 and PLAIN.issuperset(seen) and (after or not is_plain(before)):
            return any(character.isalpha() for character in seen)
    return False


def edges(text: str) -> tuple[str, str]:
    """What is seen of a masked value, at its beginning and at its end."""
    marks = f"{MASKS}….…"
    first = next((place for place, character in enumerate(text) if character in marks), 0)
    last = next((place for place, character in enumerate(reversed(text)) if character in marks), 0)
    return text[:first], text[len(text) - last :]


def is_data(text: str) -> bool:
    """Whether it is a date, a number, an address of whatever kind: what no credential is."""
    if "://" in text or text.lower().startswith("www."):
        return True
    if re.fullmatch("(UTC|GMT)?[0-9.,:/+TZ%-]+", text) and any(character.isdigit() for character in text):
        return True
    if text.count(":") > 1 and re.fullmatch("[0-9A-Fa-f:]{2,39}(/[0-9]{1,3})?", text):
        return True
    name = "([A-Za-z0-9._%+-]{1,64}@)?([A-Za-z0-9-]{1,63}[.]){1,8}[A-Za-z]{2,12}"  # of a host, or a mailbox
    return len(text) <= 512 and bool(re.fullmatch(name, text))


def fits(field: Field, text: str) -> bool:
    """Whether *text* has the shape of *field*; where none is known, any long value has."""
    if text.startswith(BEGIN):
        return any(kind != "secp256k1" for kind in field.keys)
    if field.shape:
        return len(text) <= MAX_TOKEN and bool(re.fullmatch(field.shape, text))
    return is_strong(text)
