"""Where labels and values stand, and which label belongs to which value.

A label and its value are tied by a colon or the like, or stand on one line, or on lines of their own:
the label in front of its value as a rule, behind it where that alone gives every value one, and both in
rows or stacks of a table.
"""

# ruff: noqa: RUF001  marks and separators are of many scripts

from __future__ import annotations

import re

from ..base.record import Record
from .labels import FREE, OTHERS, Vocabulary
from .text import FIRST_KEY, cleaned, without_keys
from .words import (
    CHUNK,
    LONG,
    PLAIN,
    QUOTES,
    Piece,
    closing,
    fits,
    is_data,
    is_masked,
    is_plain,
    is_strong,
    is_wordy,
    pieces,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ..exchanges.profile import Profile

SHORT = 6  # characters, fewer than any exchange takes for a passphrase; OKX takes 8, KuCoin 7
_CANDIDATES = ("key", "strong", "masked")
_MOST_OTHERS = 4  # words in a label besides those that say what it is
_AHEAD = 64  # characters behind a passphrase that tell whether it goes on
_PLAIN_WORD = "it is one plain word"


class Item(Record):
    """A label, a value or other words, in the order of the text.

    Attributes:
        kind: ``label``, ``text``; of values ``key`` (a private key in PEM), ``strong``, ``masked``,
            ``odd`` (no word, and too short to tell), ``word``, ``data`` (an address, a date, a number).
        text: of a value; of other words.
        label: of a label, what it says: a field, ``key``, ``other key`` or one of ``labels.OTHERS``; of
            a value, the label that it is bound to.
        exact: a label without any other words.
        closed: a label or a text with a colon or the like behind it, so that its value follows.
        answered: a closed label that words follow on its line.
        alone: a value beside words that are no label; it takes none from another line.
        far: a value whose label is on another line.
        unclear: a value bound where a label of a field was left over: another could be meant.
        doubt: why the value itself is in doubt.
        whole: the value as it stood, if something was taken off its end.
    """

    kind: str
    line: int
    text: str = ""
    label: str = ""
    exact: bool = False
    closed: bool = False
    answered: bool = False
    alone: bool = False
    far: bool = False
    unclear: bool = False
    doubt: str = ""
    whole: str = ""

    @property
    def is_value(self) -> bool:
        """Whether it is one, of whatever kind."""
        return self.kind not in ("label", "text")


class Reading(Record):
    """What stands in a text.

    Attributes:
        values: in order, each with its label.
        torn: the labels could belong to other values as well.
        followed: what stands directly behind values, like the comma in JSON.
        joined: values put together from several lines.
        tied: fields whose label has a colon or the like in front of its value.
        glued: passphrases with no blank between them and their label.
        dangling: fields with one label more than they have values.
    """

    values: Sequence[Item]
    torn: bool
    followed: frozenset[str]
    joined: frozenset[str]
    tied: frozenset[str]
    glued: frozenset[str]
    dangling: frozenset[str]


def read(text: str, profile: Profile | None) -> Reading:
    """What *text* has for *profile*, or, without one, for any exchange."""
    return _Reader(profile).read(text)


class _Reader:
    """Reads a text line by line, and notes what decides later on."""

    def __init__(self, profile: Profile | None) -> None:
        self.words = Vocabulary(profile)
        self.fields = {field.name: field for field in profile.fields} if profile else {}
        self.keys: list[tuple[str, bool]] = []
        self.followed: set[str] = set()
        self.joined: set[str] = set()
        self.tied: set[str] = set()
        self.glued: set[str] = set()
        self.dangling: set[str] = set()

    def read(self, text: str) -> Reading:
        text, blocks = without_keys(cleaned(text))
        self.keys = [(block.text, block.whole) for block in blocks]
        lines = text.split("\n")
        parts = [pieces(line, self.is_whole) for line in lines]
        self._join_wrapped(parts)
        values: list[Item] = []
        waiting: list[Item] = []
        torn = False
        for number, line in enumerate(lines):
            items = _tied(self.items(line, number, parts[number]))
            self._note_tied(items)
            words = [item for item in items if item.kind == "text"]
            loose = [item for item in items if item.kind != "text" and not (item.is_value and item.label)]
            if {item.is_value for item in loose} == {True, False}:
                loose, here = self._bound(loose)
                torn |= here
            bound = [item for item in (*items, *loose) if item.is_value and item.label]
            values += bound
            if words and waiting and waiting[-1].label in OTHERS and waiting[-1].line < number:
                waiting.pop()  # its value is these words
            waiting += self._left(loose, words, {item.label for item in bound}, waiting[-1:])
        waiting = _introduced(waiting)
        values += [item for item in waiting if item.is_value and item.label]
        waiting = [item for item in waiting if not (item.is_value and item.label)]
        found, here = self._bound([item for item in waiting if not item.alone])
        used = {item.label for item in found if item.is_value}
        self.dangling |= {item.label for item in waiting if not item.is_value and item.label in FREE} - used
        values += [item.changed(far=True) for item in found if item.is_value]
        values += [item for item in waiting if item.alone]
        return Reading(
            [item for item in _told_apart(values) if item.kind != "data"],
            torn | here,
            frozenset(self.followed),
            frozenset(self.joined),
            frozenset(self.tied),
            frozenset(self.glued),
            frozenset(self.dangling),
        )

    # --- words ---

    def agrees(self, label: str, text: str) -> bool:
        """Whether *text* can stand under the label of that field, for all that is known."""
        field = self.fields.get(label)
        return bool(field and (fits(field, text) or (label in FREE and not field.shape)))

    def shaped(self, text: str) -> list[str]:
        """The fields whose shape *text* has, where that tells it from a word."""
        if len(text) < LONG:
            return []
        known = [field for field in self.fields.values() if field.shape and field.name not in FREE]
        return [field.name for field in known if fits(field, text)]

    def kind(self, text: str) -> str:
        """What sort of value *text* is, or ``word``."""
        if len(text) == 1 and 0 <= ord(text) - FIRST_KEY < len(self.keys):
            return "key"
        if not is_wordy(text) and self.shaped(text):
            return "strong"
        if is_masked(text):
            return "masked"
        if is_data(text):
            return "data"
        if not any(character.isalnum() for character in text):
            return "word"
        return "strong" if is_strong(text) else "word" if is_plain(text) else "odd"

    def is_whole(self, line: str, at: int, chunk: str) -> bool:
        """Whether what stands at *at* between blanks is one value, with whatever separators in it.

        A passphrase has them; a label with its value has them too, and so have two values.
        """
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
        kinds = {self.kind(part.strip("\"'`“”")) for part in parts}
        return self.kind(chunk) in ("odd", "strong") and not kinds.intersection(_CANDIDATES)

    def word(self, piece: Piece) -> tuple[str, str]:
        """A word without the punctuation of its sentence or its page, and its kind.

        What it could be part of, like a passphrase, keeps it.
        """
        text = piece.text
        if piece.quoted:
            return text, "word" if " " in text else self.kind(text)
        bare = text.strip("\"'`“”„«»‹›\\")
        for mark in ("**", "~~", "*"):
            if len(bare) > 4 and bare.startswith(mark) and bare.endswith(mark):
                bare = bare[len(mark) : -len(mark)]
        if (inner := bare.strip("*~#")) and is_plain(inner) and not is_masked(bare):
            return inner, "word"
        inner = bare.strip(".!?*~#")
        if self.shaped(inner) or (bare == f"{inner}." and self.kind(inner) == "strong"):
            return inner, "strong"
        return bare, self.kind(bare)

    def is_name(self, word: Piece) -> bool:
        """Whether a word stands for a label or for nothing, not for a value like Correct-Horse-1."""
        said, others = self.words.label([word])
        if not others and said in ("", "noise"):
            return True
        quoted = word.quoted and not said and " " not in word.text
        return self.word(word)[1] != "odd" and not quoted

    # --- lines ---

    def items(self, line: str, number: int, parts: Sequence[Piece]) -> list[Item]:
        """What the line *number* has, in its order."""
        found: list[Item] = []
        run: list[Piece] = []
        skip = 0
        for place, piece in enumerate(parts):
            if piece.start < skip:
                continue
            if piece.kind in ("word", "bracket"):
                text, kind = self.word(piece) if piece.kind == "word" else ("", "")
                if kind in _CANDIDATES or (kind == "data" and not (text.isdigit() and len(text) < 4)):
                    self._close(found, run, number)
                    found.append(self._value(kind, text, number))
                    self.followed.update(line[piece.end : piece.end + 1].strip())
                else:
                    run.append(piece)
                continue
            ahead = [part for part in parts[place + 1 : place + 9] if part.kind in ("word", "bracket")]
            behind = len(run) == 1 and not self.is_name(run[0]) and self.words.label(ahead)[0]
            label = self._close(found, run, number, closed=piece.kind == "sep" and not behind)
            if piece.kind != "sep":
                continue
            if label in OTHERS and ahead:
                found[-1] = found[-1].changed(answered=True)
            elif label in FREE:
                skip = self._free(found, line, piece.end, number)
            elif self.words.is_field(label):
                skip = self._short(found, ahead[:1], label, number)
        self._close(found, run, number)
        return found

    def _value(self, kind: str, text: str, line: int, **more: Any) -> Item:
        if kind == "key":
            text, whole = self.keys[ord(text) - FIRST_KEY]
            more["doubt"] = "" if whole else "its first or its last line is missing"
        return Item(kind, line, text, **more)

    def _close(self, found: list[Item], run: list[Piece], number: int, *, closed: bool = False) -> str:
        """Add what the words of *run* are, and empty it; return what they say, if they are a label."""
        words = [piece for piece in run if piece.kind == "word"]
        said, others = self.words.label(run)
        run.clear()
        if not words:
            return ""
        if not closed and (pair := self._beside(words)):
            label, value = pair
            items = [Item("label", number, label=label, exact=True), self._value("odd", value.text, number)]
            found += items if value is words[-1] else items[::-1]
        elif len(words) == 1 and not closed and not self.is_name(words[0]):
            found.append(_trimmed(self._value("odd", words[0].text, number), ""))
        elif said and others <= _MOST_OTHERS:
            found.append(Item("label", number, label=said, exact=not others, closed=closed))
            return said
        elif said or others:  # else a button, or punctuation
            found.append(Item("text", number, " ".join(word.text for word in words), closed=closed))
        return ""

    def _beside(self, words: Sequence[Piece]) -> tuple[str, Piece] | None:
        """The label and the short value of words like ``Client ID ab12cd34``, if they are that."""
        for value, rest in ((words[-1], words[:-1]), (words[0], words[1:])):
            if rest and not self.is_name(value):
                label, others = self.words.label(rest)
                if (self.words.is_field(label) or label == "surplus") and not others:
                    return label, value
        return None

    def _short(self, found: list[Item], following: Sequence[Piece], label: str, number: int) -> int:
        """Add the value behind a field's label and its colon if it is short; return where it ends."""
        for piece in following:
            text, kind = self.word(piece) if piece.kind == "word" else ("", "")
            text = text.rstrip(",;")
            plain = kind == "word" and not self.words.label([piece])[0]
            if kind == "odd" or (plain and self.agrees(label, text)):
                doubt = _PLAIN_WORD if plain and not piece.quoted else ""
                found.append(self._value("odd", text, number, doubt=doubt))
                return piece.end
        return 0

    def _free(self, found: list[Item], line: str, start: int, number: int) -> int:
        """Add the passphrase behind its label, which has whatever characters; return where it ends."""
        while line.startswith((" ", "**"), start):
            start += 1 if line[start] == " " else 2
        if start < len(line) and line[start] in QUOTES and (end := closing(line, start)):
            text, doubt = _unescaped(line[start + 1 : end])
            kind = self._kind_of_free(text)
            if kind == "word" or " " in text:
                doubt = doubt or "it may be words about it"
            found.append(self._value(kind, text, number, doubt=doubt))
            return end + 1
        chunk = CHUNK.match(line, start)
        if not chunk or chunk[0][0] in "(（[【「{":
            return 0
        text = chunk[0][: self._uncoupled(chunk[0])]
        end = start + len(text)
        item = self._value(self._kind_of_free(text), text, number)
        more = self._goes_on(text, line[end : end + _AHEAD])
        if item.kind in ("word", "data") and (more or self.words.said(text) != ("", 1.0)):
            return 0  # words about it
        if not line[start - 1].isspace():
            self.glued.add(text)
        if more or item.kind == "word":
            item = item.changed(doubt="more stands on its line" if more else _PLAIN_WORD)
        elif "\\" in text:
            item = item.changed(doubt="it has a backslash")
        found.append(_trimmed(item, line[:start]))
        return end

    def _kind_of_free(self, text: str) -> str:
        text = text.rstrip(",;")
        if is_masked(text):
            return "masked"
        return "key" if self.kind(text) == "key" else "word" if is_plain(text) else "odd"

    def _goes_on(self, text: str, rest: str) -> bool:
        """Whether words follow a passphrase that may belong to it: no button, remark or other label."""
        rest = rest.partition("\t")[0].partition("  ")[0].strip()
        if not rest or text.endswith((",", ";")) or rest[0] in "#(（/[|,;":
            return False
        said, others = self.words.said(re.split("[:：=＝]", rest)[0])
        return not said and others > 0

    def _uncoupled(self, text: str) -> int:
        """The length of *text* up to where another label begins, as in ``Ab-1,secret=…``."""
        for place, character in enumerate(text):
            if character in ",;&|" and place:
                name = re.match("[\"']?([A-Za-z_ -]+)[\"']?[:=]", text[place + 1 : place + 1 + _AHEAD])
                if name and self.words.said(name[1])[0]:
                    return place
        return len(text)

    # --- several lines ---

    def _note_tied(self, items: Sequence[Item]) -> None:
        labels = {item.label for item in items if item.is_value}
        self.tied |= labels - {"", *OTHERS}
        if items and items[0].kind == "label" and items[0].label in labels & {*FREE}:
            self.dangling.add(items[0].label)

    def _left(
        self, loose: Sequence[Item], words: Sequence[Item], taken: set[str], last: Sequence[Item]
    ) -> Iterable[Item]:
        """What of a line waits for other lines: values without labels, and labels outside of sentences."""
        length = sum(len(other.text.split()) for other in words)
        bound = any(item.label and item.is_value for item in loose)
        for item in loose:
            if item.is_value and not item.label:
                if item.kind != "data" or not taken.intersection(OTHERS):  # else the rest of a date
                    yield item.changed(alone=bool(words))
            elif bound or item.is_value or item.answered or item.label in taken:
                continue
            elif item.closed or (item.exact and length <= _MOST_OTHERS):
                yield item
        word = words[0].text if not loose and len(words) == 1 else ""
        if word and " " not in word and last and self.agrees(last[0].label, word):
            yield words[0].changed(kind="word", doubt=_PLAIN_WORD)

    def _join_wrapped(self, lines: Sequence[list[Piece]]) -> None:
        """Put together, in place, what a narrow page has broken: parts that have a shape only as one.

        A part that is a value by itself is left alone, unless its label says the field of the whole.
        """
        label = ""
        for number, parts in enumerate(lines):
            words = [piece for piece in parts if piece.kind == "word"]
            is_part = bool(words) and _is_part(words[-1].text)
            said, _ = self.words.label(words[:-1] if is_part else words)
            label = said or ("" if words[:-1] else label)
            if not is_part:
                continue
            whole = words[-1].text
            for following in range(number + 1, min(number + 4, len(lines))):
                rest = [
                    p for p in lines[following] if p.kind == "word" and self.words.label([p]) != ("", 0.0)
                ]
                if len(rest) != 1 or rest[0].quoted or not _is_part(rest[0].text):
                    break
                alone = [field for text in (words[-1].text, rest[0].text) for field in self.shaped(text)]
                whole += rest[0].text
                if (fields := self.shaped(whole)) and (not alone or label in {*fields} - {*alone}):
                    self.joined.add(whole)
                    parts[parts.index(words[-1])] = words[-1].changed(text=whole)
                    for place in range(number + 1, following + 1):
                        lines[place].clear()
                    break

    # --- labels and values ---

    def _bound(self, items: Sequence[Item]) -> tuple[list[Item], bool]:
        """The items, each value with its label; and whether the layout can be read in two ways.

        A label stands before its value as a rule. Where that leaves a value without one, and standing
        behind does not, it is behind.
        """
        before = _pairs(items)
        places = [place for place in range(len(items) - 1, -1, -1) if not items[place].closed]
        mirrored = _pairs([items[place] for place in places], stacks=False)
        after = {places[value]: places[label] for value, label in mirrored.items()}
        torn = False
        chosen: Mapping[int, int] = {}
        for kinds in ((*_CANDIDATES, "odd"), _CANDIDATES):
            if not chosen and _is_complete(items, before, kinds):
                chosen = before
                torn = self._score(items, after) > max(0, self._score(items, before))
                if _is_complete(items, after, kinds):
                    torn = self._is_torn(items, before, after, every="odd" in kinds)
                better = self._score(items, after) > self._score(items, before)
                if torn and better and self._is_perfect(items, after):
                    torn, chosen = False, after
            elif not chosen and _is_complete(items, after, kinds):
                chosen = after
        unclear = self._is_unclear(items, chosen)
        bound = [
            item.changed(label=items[chosen[place]].label, unclear=unclear) if place in chosen else item
            for place, item in enumerate(items)
        ]
        return bound, torn

    def _is_unclear(self, items: Sequence[Item], pairs: Mapping[int, int]) -> bool:
        """Whether a field's label is left over; said twice beside its value, it is not."""
        used = {place: items[label].label for value, label in pairs.items() for place in (value, label)}
        return any(
            place not in used
            and (self.words.is_field(item.label) or item.label in ("key", "other key"))
            and item.label not in (used.get(place - 1), used.get(place + 1))
            for place, item in enumerate(items)
            if not item.is_value
        )

    def _is_torn(
        self, items: Sequence[Item], before: Mapping[int, int], after: Mapping[int, int], *, every: bool
    ) -> bool:
        """Whether labels behind their values may be meant; *every* value has one in front.

        They are if they fit better; or as well, and stand nearer, or leave no value out.
        """
        fields = {value: label for value, label in before.items() if items[label].label not in OTHERS}
        if all(after.get(value) == label for value, label in fields.items()):
            return False
        ahead, behind = self._score(items, before), self._score(items, after)
        near = _distance(items, before) > _distance(items, after)
        return behind > ahead or (behind == ahead and (near or not every))

    def _score(self, items: Sequence[Item], pairs: Mapping[int, int]) -> int:
        """How well shapes and labels agree."""
        return sum(
            1 if self.agrees(items[label].label, items[value].text) else -1
            for value, label in pairs.items()
            if items[value].kind != "data" and items[label].label not in ("key", "other key", "neutral")
        )

    def _is_perfect(self, items: Sequence[Item], pairs: Mapping[int, int]) -> bool:
        """Whether every value has the label of a field, and its shape."""
        values = {place: item for place, item in enumerate(items) if item.is_value and item.kind != "data"}
        return all(
            place in pairs and self.agrees(items[pairs[place]].label, item.text)
            for place, item in values.items()
        )


def _trimmed(item: Item, before: str) -> Item:
    """Without a comma or a bracket at its end, which may be the text's or its own."""
    bare = item.text.rstrip(",;")
    if bare.endswith(("}", ")", "]")) and any(mark in before for mark in "{(["):
        bare = bare[:-1]
    return item.changed(text=bare, whole=item.text) if bare and bare != item.text else item


def _unescaped(text: str) -> tuple[str, str]:
    """A quoted passphrase as it is meant; with a backslash it can be meant in two ways."""
    if "\\" not in text:
        return text, ""
    import json

    try:
        meant = json.loads(f'"{text}"')
    except ValueError:
        meant = text.replace("\\'", "'").replace("\\\\", "\\")
    return meant, "it has a backslash, which may be an escape"


def _tied(items: Iterable[Item]) -> list[Item]:
    """The items, each value with the label that a colon or the like ties to it."""
    found: list[Item] = []
    for item in items:
        if item.is_value and found and found[-1].closed and found[-1].kind == "label":
            item = item.changed(label=found.pop().label)
        found.append(item)
    return found


def _introduced(items: Sequence[Item]) -> list[Item]:
    """The same over several lines, where one label with a colon stands before one value."""
    found: list[Item] = []
    for place, item in enumerate(items):
        single = place < 2 or items[place - 2].is_value
        last = place + 1 == len(items) or not items[place + 1].is_value
        tied = _tied([*found[-1:], item]) if single and last else [*found[-1:], item]
        found[-1:] = tied
    return found


def _is_part(text: str) -> bool:
    """Whether it can be a part of a value, and is no word and no code of a few digits."""
    if len(text) < 2 or not PLAIN.issuperset(text) or is_plain(text):
        return False
    return not (text.isdigit() and len(text) <= 8)


def _told_apart(values: Sequence[Item]) -> list[Item]:
    """The values, where a label says but "key", with what the other labels leave for it."""
    said = {item.label for item in values}
    secret = next((name for name in ("secret_key", "private_key") if name in said), "")
    if "api_key" in said:
        meant = {"key": "", "other key": "" if secret else "secret_key"}
    else:
        meant = {"key": "api_key" if secret else "", "other key": "api_key" if secret else ""}
    return [item.changed(label=meant.get(item.label, item.label)) for item in values]


def _distance(items: Sequence[Item], pairs: Mapping[int, int]) -> float:
    """Lines between labels and values, on average."""
    known = [(items[value], items[label]) for value, label in pairs.items() if items[value].kind != "data"]
    lines = [abs(value.line - label.line) for value, label in known]
    return sum(lines) / max(1, len(lines))


def _pairs(items: Sequence[Item], *, stacks: bool = True) -> dict[int, int]:
    """The label of each value that has one in front of it: by place.

    Args:
        stacks: labels may stand in a row or a stack, and their values after them in another.
    """
    pairs: dict[int, int] = {}
    labels: list[int] = []
    values: list[int] = []
    for place, item in enumerate(items):
        if item.is_value:
            values.append(place)
            continue
        if values:
            pairs.update(_paired(items, labels, values, stacks))
            labels, values = [], []
        if labels and items[labels[-1]].label == item.label:
            labels.pop()
        labels.append(place)
    pairs.update(_paired(items, labels, values, stacks))
    return pairs


def _paired(items: Sequence[Item], labels: list[int], values: list[int], stacks: bool) -> dict[int, int]:
    """Labels in a row, and the values in a row that follow them.

    The labels of a table's head, or of a stack, and as many values go in order.
    """
    if not labels or not values or (not stacks and min(len(labels), len(values)) > 1):
        return {}
    if len(values) == 1:
        return {values[0]: labels[-1]}
    if len(labels) == 1:
        return {values[0]: labels[0]}
    head = [place for place in labels if items[place].line == items[labels[-1]].line]
    row = [place for place in values if items[place].line == items[values[0]].line]
    if len(head) > 1 or len(row) > 1:
        return _in_order(items, head, row)
    heading = next((n for n, place in enumerate(labels) if items[place].label != "noise"), 0)
    bare = [place for place in values if items[place].kind != "data"]
    if len(labels) - heading == len(bare) and bare == values[: len(bare)]:
        return dict(zip(bare, labels[heading:], strict=True))
    return _in_order(items, labels, values)


def _in_order(items: Sequence[Item], labels: list[int], values: list[int]) -> dict[int, int]:
    """As many labels as values; a date or an address is no field's value."""
    if len(labels) != len(values):
        return {}
    pairs = dict(zip(values, labels, strict=True))
    dates = [label for value, label in pairs.items() if items[value].kind == "data"]
    return pairs if all(items[label].label in OTHERS for label in dates) else {}


def _is_complete(items: Sequence[Item], pairs: Mapping[int, int], kinds: Sequence[str]) -> bool:
    """Whether every value of these kinds has a label, and no field has two values."""
    distinct = {(items[label].label, items[value].text) for value, label in pairs.items()}
    fields = [field for field, _ in distinct if field not in OTHERS]
    counted = [place for place, item in enumerate(items) if item.kind in kinds]
    counted = [place for place in counted if items[place].kind != "odd" or len(items[place].text) >= SHORT]
    return all(place in pairs for place in counted) and len(fields) == len({*fields})
