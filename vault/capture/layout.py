"""The labels and values of a text: tied by a colon or the like, on one line, or on lines of their own."""

# ruff: noqa: RUF001  marks and separators are of many scripts

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .labels import FREE, OTHERS, Vocabulary
from .pairs import CANDIDATES, Item, bound, introduced, tied, told_apart
from .text import FIRST_KEY, cleaned, unescaped, without_keys
from .words import (
    CHUNK,
    PLAIN,
    QUOTES,
    Kind,
    Part,
    Piece,
    closing,
    is_data,
    is_masked,
    is_plain,
    is_strong,
    is_wordy,
    pieces,
)

_MOST_OTHERS = 4  # words in a label besides those that say what it is
_AHEAD = 64  # characters behind a passphrase that tell whether it goes on
_PLAIN_WORD = "it is one plain word"


class Layout:
    """What stands in a text.

    Attributes:
        values: in order, each with its label.
        ambiguous: the labels could belong to other values as well.
        trailing: what stands directly behind values, like the comma in JSON.
        rejoined: values put together from several lines.
        colon_bound: fields whose label has a colon or the like in front of its value.
        unspaced: passphrases with no blank between them and their label.
        unmatched: fields with one label more than they have values.
    """

    def __init__(self, text: str, words: Vocabulary) -> None:
        text, self._keys = without_keys(cleaned(text))
        self.words = words
        self.trailing: set[str] = set()
        self.rejoined: set[str] = set()
        self.colon_bound: set[str] = set()
        self.unspaced: set[str] = set()
        self.unmatched: set[str] = set()
        self.ambiguous = False
        read = told_apart(self._read(text.split("\n")))
        self.values = [item for item in read if item.kind is not Kind.DATA]

    def _read(self, lines: list[str]) -> list[Item]:
        parts = [pieces(line, self._is_whole) for line in lines]
        self._rejoin(parts)
        values: list[Item] = []
        waiting: list[Item] = []
        for number, line in enumerate(lines):
            items = tied(self._items(line, number, parts[number]))
            ties = {item.label for item in items if item.is_value}
            self.colon_bound |= ties - {"", *OTHERS}
            if items and items[0].kind is Kind.LABEL and items[0].label in ties & {*FREE}:
                self.unmatched.add(items[0].label)
            words = [item for item in items if item.kind is Kind.TEXT]
            loose = [item for item in items if item.kind is not Kind.TEXT and not item.is_bound]
            if {item.is_value for item in loose} == {True, False}:
                loose = self._bound(loose)
            here = [item for item in (*items, *loose) if item.is_bound]
            values += here
            if words and waiting and waiting[-1].label in OTHERS and waiting[-1].line < number:
                waiting.pop()  # its value is these words
            waiting += self._left(loose, words, {item.label for item in here}, waiting[-1:])
        waiting = introduced(waiting)
        values += [item for item in waiting if item.is_bound]
        waiting = [item for item in waiting if not item.is_bound]
        found = self._bound([item for item in waiting if not item.alone])
        free = {item.label for item in waiting if not item.is_value and item.label in FREE}
        self.unmatched |= free - {item.label for item in found if item.is_value}
        values += [item.changed(far=True) for item in found if item.is_value]
        return values + [item for item in waiting if item.alone]

    def _bound(self, items: Sequence[Item]) -> list[Item]:
        found, ambiguous = bound(items, self.words)
        self.ambiguous |= ambiguous
        return found

    def _kind(self, text: str) -> Kind:
        if len(text) == 1 and 0 <= ord(text) - FIRST_KEY < len(self._keys):
            return Kind.KEY
        if not is_wordy(text) and self.words.shaped(text):
            return Kind.STRONG
        if is_masked(text):
            return Kind.MASKED
        if is_data(text):
            return Kind.DATA
        if is_strong(text):
            return Kind.STRONG
        return Kind.WORD if is_plain(text) or not any(map(str.isalnum, text)) else Kind.ODD

    def _is_whole(self, line: str, at: int, chunk: str) -> bool:
        """Return whether the chunk at *at* is one value, like a passphrase, despite its separators."""
        if not 7 <= len(chunk) <= 64 or not chunk.isascii() or not chunk[0].isalnum():
            return False
        parts = re.split("[:=,;&|<>()\\[\\]{}]", chunk.rstrip(",;"))
        if len(parts) == 1 or not any(character.isdigit() for character in chunk):
            return False
        before = re.split("[:：=＝,;&|]|  ", line[max(0, at - _AHEAD) : at])[-1]
        for part in re.findall("([^:=,;&|]*)[:=]", chunk):  # labels of values
            if self.words.said(f"{before}{part}")[0] not in ("", self.words.said(before)[0]):
                return False
            before = ""
        kinds = {self._kind(part.strip("\"'`“”")) for part in parts}
        return self._kind(chunk) in (Kind.ODD, Kind.STRONG) and not kinds.intersection(CANDIDATES)

    def _word(self, piece: Piece) -> tuple[str, Kind]:
        """Return a word without punctuation that cannot belong to it, as in a passphrase, and its kind."""
        if piece.part is not Part.WORD:
            return "", Kind.TEXT
        text = piece.text
        if piece.quoted:
            return text, Kind.WORD if " " in text else self._kind(text)
        bare = text.strip("\"'`“”„«»‹›\\")
        for mark in ("**", "~~", "*"):
            if len(bare) > 4 and bare.startswith(mark) and bare.endswith(mark):
                bare = bare[len(mark) : -len(mark)]
        if (inner := bare.strip("*~#")) and is_plain(inner) and not is_masked(bare):
            return inner, Kind.WORD
        inner = bare.strip(".!?*~#")
        if self.words.shaped(inner) or (bare == f"{inner}." and self._kind(inner) is Kind.STRONG):
            return inner, Kind.STRONG
        return bare, self._kind(bare)

    def _is_name(self, word: Piece) -> bool:
        """Return whether a word is not a value like Correct-Horse-1."""
        said, others = self.words.label([word])
        if not others and said in ("", "noise"):
            return True
        quoted = word.quoted and not said and " " not in word.text
        return self._word(word)[1] is not Kind.ODD and not quoted

    def _items(self, line: str, number: int, parts: Sequence[Piece]) -> list[Item]:
        found: list[Item] = []
        run: list[Piece] = []
        skip = 0
        for place, piece in enumerate(parts):
            if piece.start < skip:
                continue
            if piece.part in (Part.WORD, Part.BRACKET):
                text, kind = self._word(piece)
                if kind in CANDIDATES or (kind is Kind.DATA and not (text.isdigit() and len(text) < 4)):
                    self._close(found, run, number)
                    found.append(self._value(kind, text, number))
                    self.trailing.update(line[piece.end : piece.end + 1].strip())
                else:
                    run.append(piece)
                continue
            ahead = [p for p in parts[place + 1 : place + 9] if p.part in (Part.WORD, Part.BRACKET)]
            behind = len(run) == 1 and not self._is_name(run[0]) and self.words.label(ahead)[0]
            closed = piece.part is Part.SEPARATOR
            label = self._close(found, run, number, closed=closed and not behind)
            if closed and label in OTHERS and ahead:
                found[-1] = found[-1].changed(answered=True)
            elif closed and label in FREE:
                skip = self._free(found, line, piece.end, number)
            elif closed and ahead and self.words.is_field(label):
                skip = self._short(found, ahead[0], label, number)
        self._close(found, run, number)
        return found

    def _value(self, kind: Kind, text: str, line: int, doubt: str = "") -> Item:
        if kind is Kind.KEY:
            text, whole = self._keys[ord(text) - FIRST_KEY]
            doubt = doubt or ("" if whole else "its first or its last line is missing")
        return Item(kind, line, text, doubt=doubt)

    def _close(self, found: list[Item], run: list[Piece], number: int, *, closed: bool = False) -> str:
        """Add what the words of *run* are, and empty it; return what they say, if they are a label."""
        words = [piece for piece in run if piece.part is Part.WORD]
        said, others = self.words.label(run)
        run.clear()
        if not words:
            return ""
        if not closed and (pair := self._beside(words)):
            label = Item(Kind.LABEL, number, label=pair[0], exact=True)
            value = self._value(Kind.ODD, pair[1].text, number)
            found += [label, value] if pair[1] is words[-1] else [value, label]
        elif len(words) == 1 and not closed and not self._is_name(words[0]):
            found.append(self._value(Kind.ODD, words[0].text, number).trimmed(""))
        elif said and others <= _MOST_OTHERS:
            found.append(Item(Kind.LABEL, number, label=said, exact=not others, closed=closed))
            return said
        elif said or others:  # else a button, or punctuation
            found.append(Item(Kind.TEXT, number, " ".join(word.text for word in words), closed=closed))
        return ""

    def _beside(self, words: Sequence[Piece]) -> tuple[str, Piece] | None:
        """Return the label and the value of words like ``Client ID ab12cd34``."""
        for value, rest in ((words[-1], words[:-1]), (words[0], words[1:])):
            if rest and not self._is_name(value):
                label, others = self.words.label(rest)
                if (self.words.is_field(label) or label == "surplus") and not others:
                    return label, value
        return None

    def _short(self, found: list[Item], piece: Piece, label: str, number: int) -> int:
        """Add the value behind a field's label and its colon if it is short; return where it ends."""
        text, kind = self._word(piece)
        text = text.rstrip(",;")
        plain = kind is Kind.WORD and not self.words.label([piece])[0]
        if kind is not Kind.ODD and not (plain and self.words.agrees(label, text)):
            return 0
        doubt = _PLAIN_WORD if plain and not piece.quoted else ""
        found.append(self._value(Kind.ODD, text, number, doubt))
        return piece.end

    def _free(self, found: list[Item], line: str, start: int, number: int) -> int:
        """Add the passphrase behind its label, which has whatever characters; return where it ends."""
        while line.startswith((" ", "**"), start):
            start += 1 if line[start] == " " else 2
        if start < len(line) and line[start] in QUOTES and (end := closing(line, start)):
            text, doubt = unescaped(line[start + 1 : end])
            kind = self._kind_of_free(text)
            if kind is Kind.WORD or " " in text:
                doubt = doubt or "it may be words about it"
            found.append(self._value(kind, text, number, doubt))
            return end + 1
        chunk = CHUNK.match(line, start)
        if not chunk or chunk[0][0] in "(（[【「{":
            return 0
        text = chunk[0][: self._uncoupled(chunk[0])]
        end = start + len(text)
        kind = self._kind_of_free(text)
        more = self._goes_on(text, line[end : end + _AHEAD])
        if kind is Kind.WORD and (more or self.words.said(text) != ("", 1.0)):
            return 0  # words about it
        if not line[start - 1].isspace():
            self.unspaced.add(text)
        doubt = "it has a backslash" if "\\" in text else ""
        if more or kind is Kind.WORD:
            doubt = "more stands on its line" if more else _PLAIN_WORD
        found.append(self._value(kind, text, number, doubt).trimmed(line[:start]))
        return end

    def _kind_of_free(self, text: str) -> Kind:
        text = text.rstrip(",;")
        if is_masked(text):
            return Kind.MASKED
        return Kind.KEY if self._kind(text) is Kind.KEY else Kind.WORD if is_plain(text) else Kind.ODD

    def _goes_on(self, text: str, rest: str) -> bool:
        """Return whether words that may belong to a passphrase follow it, not a button or a label."""
        rest = rest.partition("\t")[0].partition("  ")[0].strip()
        if not rest or text.endswith((",", ";")) or rest[0] in "#(（/[|,;":
            return False
        said, others = self.words.said(re.split("[:：=＝]", rest)[0])
        return not said and others > 0

    def _uncoupled(self, text: str) -> int:
        """Return the length of *text* up to where another label begins, as in ``Ab-1,secret=…``."""
        for mark in re.finditer("(?<!^)[,;&|]", text):
            name = re.match("[\"']?([A-Za-z_ -]+)[\"']?[:=]", text[mark.end() : mark.end() + _AHEAD])
            if name and self.words.said(name[1])[0]:
                return mark.start()
        return len(text)

    def _left(
        self, loose: Sequence[Item], words: Sequence[Item], taken: set[str], last: Sequence[Item]
    ) -> Iterable[Item]:
        """Yield what of a line waits for other lines: values without labels, labels outside of sentences."""
        length = sum(len(other.text.split()) for other in words)
        has_bound = any(item.is_bound for item in loose)
        for item in loose:
            if item.is_value and not item.label:
                if item.kind is not Kind.DATA or not taken.intersection(OTHERS):  # else the rest of a date
                    yield item.changed(alone=bool(words))
            elif has_bound or item.answered or item.label in taken:
                continue
            elif item.closed or (item.exact and length <= _MOST_OTHERS):
                yield item
        word = words[0].text if not loose and len(words) == 1 else ""
        if word and " " not in word and last and self.words.agrees(last[0].label, word):
            yield words[0].changed(kind=Kind.WORD, doubt=_PLAIN_WORD)

    def _rejoin(self, lines: Sequence[list[Piece]]) -> None:
        """Join, in place, the parts of a value that a narrow page has broken, if only the whole has a shape.

        A part that is a value by itself is left alone, unless its label names the field of the whole.
        """
        label = ""
        for number, parts in enumerate(lines):
            words = [piece for piece in parts if piece.part is Part.WORD]
            is_part = bool(words) and _is_part(words[-1].text)
            said, _ = self.words.label(words[:-1] if is_part else words)
            label = said or ("" if words[:-1] else label)
            if not is_part:
                continue
            whole = words[-1].text
            for following in range(number + 1, min(number + 4, len(lines))):
                rest = [p for p in lines[following] if p.part is Part.WORD]
                rest = [piece for piece in rest if self.words.label([piece]) != ("", 0.0)]
                if len(rest) != 1 or rest[0].quoted or not _is_part(rest[0].text):
                    break
                alone = {f for text in (words[-1].text, rest[0].text) for f in self.words.shaped(text)}
                whole += rest[0].text
                if (fields := self.words.shaped(whole)) and (not alone or label in {*fields} - alone):
                    self.rejoined.add(whole)
                    parts[parts.index(words[-1])] = words[-1]._replace(text=whole)
                    for place in range(number + 1, following + 1):
                        lines[place].clear()
                    break


def _is_part(text: str) -> bool:
    if len(text) < 2 or not PLAIN.issuperset(text) or is_plain(text):
        return False
    return not (text.isdigit() and len(text) <= 8)
