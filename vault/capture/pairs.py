"""The label of each value.

The label stands in front of its value as a rule, behind it where that alone gives every value one, and both
in rows or stacks of a table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby

from ..base.record import Record
from .labels import KEYS, OTHERS, Vocabulary
from .words import Kind

SHORT = 6  # characters, fewer than any exchange takes for a passphrase; OKX takes 8, KuCoin 7
CANDIDATES = (Kind.KEY, Kind.STRONG, Kind.MASKED)


class Item(Record):
    """A label, a value or other words, in the order of the text.

    Attributes:
        kind: LABEL, TEXT; of values KEY (a private key in PEM), STRONG (drawn at random), MASKED, ODD (not
            a word, and too short to tell), WORD, DATA (an address, a date, a number).
        label: the meaning of a label, or of the label that a value is bound to: a field, or one of
            ``labels.KEYS`` or ``labels.OTHERS``.
        labels: of a value, in all places where it stands.
        exact: a label without any other words.
        closed: a label or a text with a colon or the like behind it, so that its value follows.
        answered: a closed label that words follow on its line.
        alone: a value beside words that are not a label; it takes none from another line.
        far: a value whose label is on another line.
        unclear: a value bound where a label of a field was left over: another could be meant.
        doubt: why the value itself is in doubt.
        whole: the value as it stood, if something was taken off its end.
    """

    kind: Kind
    line: int
    text: str = ""
    label: str = ""
    labels: frozenset[str] = frozenset()
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
        """Whether it is a value, of whatever kind."""
        return self.kind not in (Kind.LABEL, Kind.TEXT)

    @property
    def is_strong(self) -> bool:
        """Whether it is a value that can be told from a word."""
        return self.kind in (Kind.STRONG, Kind.KEY)

    @property
    def is_bound(self) -> bool:
        """Whether it is a value with its label."""
        return self.is_value and bool(self.label)

    def trimmed(self, before: str) -> Item:
        """Return a value without a comma or a bracket at its end, which may be the text's or its own."""
        bare = self.text.rstrip(",;")
        if bare.endswith(("}", ")", "]")) and any(mark in before for mark in "{(["):
            bare = bare[:-1]
        return self.changed(text=bare, whole=self.text) if bare and bare != self.text else self


def tied(items: Iterable[Item]) -> list[Item]:
    """Return the items, each value with the label that a colon or the like ties to it."""
    found: list[Item] = []
    for item in items:
        if item.is_value and found and found[-1].closed and found[-1].kind is Kind.LABEL:
            item = item.changed(label=found.pop().label)
        found.append(item)
    return found


def introduced(items: Sequence[Item]) -> list[Item]:
    """Return the same over several lines, where one label with a colon stands before one value."""
    found: list[Item] = []
    for place, item in enumerate(items):
        single = place < 2 or items[place - 2].is_value
        last = place + 1 == len(items) or not items[place + 1].is_value
        found[-1:] = tied([*found[-1:], item]) if single and last else [*found[-1:], item]
    return found


def told_apart(values: Sequence[Item]) -> list[Item]:
    """Return the values; where a label says but "key", with the field that the other labels leave for it."""
    said = {item.label for item in values}
    secret = next((name for name in ("secret_key", "private_key") if name in said), "")
    if "api_key" in said:
        meant = {"key": "", "other key": "" if secret else "secret_key"}
    else:
        meant = dict.fromkeys(KEYS, "api_key" if secret else "")
    return [item.changed(label=meant.get(item.label, item.label)) for item in values]


def bound(items: Sequence[Item], words: Vocabulary) -> tuple[list[Item], bool]:
    """Return the items, each value with its label, and whether the layout can be read in two ways."""
    before = _Pairing(items, words, _pairs(items))
    places = [place for place in range(len(items) - 1, -1, -1) if not items[place].closed]
    mirrored = _pairs([items[place] for place in places], stacks=False)
    after = _Pairing(items, words, {places[value]: places[label] for value, label in mirrored.items()})
    ambiguous, chosen = False, _Pairing(items, words, {})
    for kinds in ((*CANDIDATES, Kind.ODD), CANDIDATES):
        if chosen.pairs:
            break
        if before.is_complete(kinds):
            chosen = before
            ambiguous = after.score > max(0, before.score)
            if after.is_complete(kinds):
                ambiguous = after.is_rival(before, every=Kind.ODD in kinds)
            if ambiguous and after.score > before.score and after.is_perfect():
                ambiguous, chosen = False, after
        elif after.is_complete(kinds):
            chosen = after
    return chosen.applied(), ambiguous


class _Pairing:
    """The label of each value of *items*, both by place, and how well they agree."""

    def __init__(self, items: Sequence[Item], words: Vocabulary, pairs: Mapping[int, int]) -> None:
        self.items, self.words, self.pairs = items, words, pairs
        known = [(items[value], items[label]) for value, label in pairs.items()]
        known = [(value, label) for value, label in known if value.kind is not Kind.DATA]
        self.distance = sum(abs(value.line - label.line) for value, label in known) / max(1, len(known))
        self.score = sum(
            1 if words.agrees(label.label, value.text) else -1
            for value, label in known
            if label.label not in (*KEYS, "neutral")
        )

    def is_complete(self, kinds: Collection[Kind]) -> bool:
        """Return whether every value of these kinds has a label, and no field has two values."""
        items = self.items
        distinct = {(items[label].label, items[value].text) for value, label in self.pairs.items()}
        fields = [field for field, _ in distinct if field not in OTHERS]
        return len(fields) == len({*fields}) and all(
            place in self.pairs
            for place, item in enumerate(items)
            if item.kind in kinds and (item.kind is not Kind.ODD or len(item.text) >= SHORT)
        )

    def is_perfect(self) -> bool:
        """Return whether every value has the label of a field, and its shape."""
        return all(
            place in self.pairs and self.words.agrees(self.items[self.pairs[place]].label, item.text)
            for place, item in enumerate(self.items)
            if item.is_value and item.kind is not Kind.DATA
        )

    def is_rival(self, before: _Pairing, *, every: bool) -> bool:
        """Return whether these labels fit better than *before*, or as well, and nearer or more completely."""
        fields = {v: label for v, label in before.pairs.items() if self.items[label].label not in OTHERS}
        if all(self.pairs.get(value) == label for value, label in fields.items()):
            return False
        near = before.distance > self.distance
        return self.score > before.score or (self.score == before.score and (near or not every))

    def applied(self) -> list[Item]:
        found, unclear = [*self.items], self._has_spare()
        for value, label in self.pairs.items():
            found[value] = found[value].changed(label=found[label].label, unclear=unclear)
        return found

    def _has_spare(self) -> bool:
        """Return whether a field's label is left over, and not just repeated beside its value."""
        used = {n: self.items[label].label for value, label in self.pairs.items() for n in (value, label)}
        return any(
            place not in used
            and (self.words.is_field(item.label) or item.label in KEYS)
            and item.label not in (used.get(place - 1), used.get(place + 1))
            for place, item in enumerate(self.items)
            if not item.is_value
        )


def _pairs(items: Sequence[Item], *, stacks: bool = True) -> dict[int, int]:
    """Return the place of the label in front of each value; with *stacks*, also of labels in a row."""
    pairs: dict[int, int] = {}
    labels: list[int] = []
    for is_value, run in groupby(range(len(items)), lambda place: items[place].is_value):
        if is_value:
            pairs.update(_paired(items, labels, list(run), stacks))
        else:  # of a label that is said twice in a row, the last
            labels = [[*same][-1] for _, same in groupby(run, lambda place: items[place].label)]
    return pairs


def _paired(items: Sequence[Item], labels: list[int], values: list[int], stacks: bool) -> dict[int, int]:
    """Pair labels with the values that follow them: in order, those of a table's head or of a stack."""
    if not labels or (not stacks and min(len(labels), len(values)) > 1):
        return {}
    if len(values) == 1 or len(labels) == 1:
        return {values[0]: labels[-1]}
    head = [place for place in labels if items[place].line == items[labels[-1]].line]
    row = [place for place in values if items[place].line == items[values[0]].line]
    if len(head) > 1 or len(row) > 1:
        return _in_order(items, head, row)
    heading = next((n for n, place in enumerate(labels) if items[place].label != "noise"), 0)
    bare = [place for place in values if items[place].kind is not Kind.DATA]
    if len(labels) - heading == len(bare) and bare == values[: len(bare)]:
        return dict(zip(bare, labels[heading:], strict=True))
    return _in_order(items, labels, values)


def _in_order(items: Sequence[Item], labels: list[int], values: list[int]) -> dict[int, int]:
    if len(labels) != len(values):
        return {}
    pairs = dict(zip(values, labels, strict=True))
    dates = [label for value, label in pairs.items() if items[value].kind is Kind.DATA]
    return pairs if all(items[label].label in OTHERS for label in dates) else {}
