"""The decision which value is which field, from shapes and labels, with every doubt that remains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..base.record import Record
from ..base.secret import Secret
from ..exchanges.profile import Field, Profile
from .candidates import are_there, candidates, whole_sets
from .labels import FREE, OTHERS, phrases
from .layout import Layout
from .pairs import SHORT, Item
from .proof import AGENT, address, flaw
from .words import LONG, PLAIN, Kind, edges, fits

_UNCLEAR = "its label is on another line, and a label too many is there"
_MOST_AGENTS = 4  # private keys whose addresses are looked for; a dialog has one


class Unsure(Record):
    """A field whose value is for the person to confirm.

    Attributes:
        why: the doubt, as the end of a sentence.
        values: the candidates, the best guess first.
    """

    field: str
    why: str
    values: tuple[Secret, ...]


class Captured(Record):
    """The fields that were read from a dialog.

    Attributes:
        fields: values by field, each beyond doubt.
        unsure: values to confirm, of other fields.
        leftover: the number of values that belong to no field.
        expected: the fields that the profile asks for.
    """

    fields: Mapping[str, Secret]
    unsure: tuple[Unsure, ...] = ()
    leftover: int = 0
    remarks: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields without a value; usually the passphrase, which its owner typed."""
        found = {*self.fields, *(doubt.field for doubt in self.unsure)}
        return tuple(name for name in self.expected if name not in found)


class Decision:
    """The outcome for each field: a value beyond doubt, a question, or nothing."""

    def __init__(self, profile: Profile, layout: Layout) -> None:
        self.profile, self.layout, self.words = profile, layout, layout.words
        self.all = candidates(layout.values)
        self.taken: dict[str, Item] = {}
        self.doubts: dict[str, tuple[str, Sequence[Item]]] = {}
        self.remarks: list[str] = []
        said = {label for value in self.all for label in value.labels}
        names = (name for name in phrases() if name in said and self.words.is_field(name))
        known = profile.fields or tuple(Field(name, name) for name in names)
        self.bound = [field for field in known if field.name not in FREE]
        self.free = [field for field in known if field.name in FREE]
        self.known = {field.name: field for field in known}
        # Values that stand under no field's label, nor under one of something else.
        self.loose = [value for value in self.all if value.is_strong and not value.labels - {"neutral"}]

    def captured(self) -> Captured:
        """Return the outcome, in the profile's order."""
        self._mark_agent()
        for field in self.bound:
            self._by_label(field)
        self._check_rivals()
        for field in self._open():
            self._by_shape(field)
        self._by_order()
        for field in self._open():
            self._by_rest(field)
        for field in self.free:
            self._by_word(field)
        self._check_values()
        self._check_masked()
        self._check_set()
        left = self._left()
        unsure = [(name, *self.doubts[name]) for name in self.known if name in self.doubts]
        return Captured(
            {name: Secret(self.taken[name].text) for name in self.known if name in self.taken},
            tuple(Unsure(name, why, tuple(Secret(v.text) for v in values)) for name, why, values in unsure),
            left,
            tuple(dict.fromkeys(self.remarks)),
            tuple(field.name for field in self.profile.fields if not field.optional),
        )

    def _doubt(self, field: Field, values: Sequence[Item], why: str) -> None:
        self.taken.pop(field.name, None)
        self.doubts.setdefault(field.name, (why, values))

    def _settle(self, field: Field, value: Item, why: str) -> None:
        """Take a value, unless there is a reason *why* to ask about it."""
        if why:
            self._doubt(field, [value], why)
        elif field.name not in self.doubts:
            self.taken[field.name] = value

    def _open(self) -> list[Field]:
        return [f for f in self.bound if f.name not in self.taken and f.name not in self.doubts]

    def _named(self, field: Field) -> list[Item]:
        return [value for value in self.all if field.name in value.labels]

    def _under(self, value: Item) -> list[Field]:
        return [field for name, field in self.known.items() if name in value.labels]

    def _shape_of(self, value: Item) -> list[Field]:
        return [field for field in self.bound if fits(field, value.text)]

    def _flaw(self, field: Field, value: Item) -> str:
        short = not (field.shape or field.name in FREE or value.is_strong)
        found = flaw(self.profile, field, Secret(value.text))
        return found or (f"it has {len(value.text)} characters only" if short else "")

    def _mark_agent(self) -> None:
        """Discard the address of a private key in the dialog: it is the agent's own."""
        key, place = self.known.get("private_key"), self.known.get("wallet_address")
        if not key or not place:
            return
        for value in _fitting(key, self.all)[:_MOST_AGENTS]:
            own = address(Secret(value.text))
            mine = [other for other in self.all if other.text.lower() == own]
            others = [other for other in self.all if other not in mine]
            if mine and _fitting(place, others):
                self.all = others
                self.loose = [other for other in self.loose if other not in mine]
            elif mine:
                self._doubt(place, mine, AGENT)

    def _by_label(self, field: Field) -> None:
        good = _fitting(field, self._named(field))
        if not good:
            return
        under = [other for other in self._under(good[0]) if other is not field]
        if len(good) > 1:
            self._doubt(field, good, f"{len(good)} different values stand under its label")
        elif under:
            self._doubt(field, good, f"the same value stands under the label of the {under[0].label}, too")
        else:
            unclear = good[0].unclear and len(self._shape_of(good[0])) > 1
            self._settle(field, good[0], good[0].doubt or (_UNCLEAR if unclear else ""))

    def _check_rivals(self) -> None:
        """Doubt a field with a value under its label, where another value could be that field alone."""
        still = self._open()
        for field in [field for field in self.bound if field.name in self.taken]:
            loose = _fitting(field, self.loose)
            if rivals := [v for v in loose if not any(other in still for other in self._shape_of(v))]:
                values = [self.taken[field.name], *rivals]
                self._doubt(field, values, "another value of its shape is there, too")

    def _by_shape(self, field: Field) -> None:
        """Give a field without a value under its label the value that has only its shape."""
        alone = [value for value in self.all if value.is_strong and self._shape_of(value) == [field]]
        sole = [value for value in alone if value in self.loose]
        crossed = [value for value in alone if self._under(value)]
        wrong = [value for value in self._named(field) if value.is_strong]
        for value in crossed:
            where = f"the value under the label of the {self._under(value)[0].label}"
            self.remarks.append(f"{where} has the shape of the {field.label}: swapped?")
        if len(sole) > 1 or (sole and (crossed or wrong)):
            self._doubt(field, [*sole, *crossed, *wrong], "there is more than one value that it could be")
        elif sole:
            other = "neutral" in sole[0].labels and len(sole[0].text) <= 2 * LONG
            self._settle(field, sole[0], "it stands under another label" if other else sole[0].doubt)
        elif len(crossed) == 1:
            self._doubt(field, crossed, f"its label says {self._under(crossed[0])[0].label}")
        elif damaged := [value for value in wrong if not self._shape_of(value)]:
            self._doubt(field, damaged, self._flaw(field, damaged[0]))

    def _by_order(self) -> None:
        """Give values without labels to fields whose shapes are one, in their order."""
        still = self._open()
        alike = [value for value in self.loose if not value.labels and len(self._shape_of(value)) > 1]
        alike.sort(key=lambda value: value.line)
        for place, field in enumerate(still):
            mine = _fitting(field, alike)
            if len(mine) == len(still) > 1:
                number = f"number {place + 1} of {len(mine)} values of the same shape"
                why = f"it is {number}, and was chosen by its order alone"
                self._doubt(field, [mine.pop(place), *mine], why)
            elif mine:
                other = next(other for other in self._shape_of(mine[0]) if other is not field)
                why = f"it could also be the {other.label}, which has the same shape"
                self._doubt(field, mine, why)

    def _by_rest(self, field: Field) -> None:
        """Ask about the value under the label of a field that nothing fits, or about the nearest."""
        wrong = sorted(self._named(field), key=lambda value: not value.is_strong)
        fitting = _fitting(field, self.all)
        elsewhere = [value for value in fitting if value.is_strong and value.labels & {*OTHERS}]
        weak = [value for value in fitting if field.shape and not value.is_strong and not value.labels]
        near = [value for value in self.loose if not value.labels and not self._shape_of(value)]
        if wrong:
            others = self._shape_of(wrong[0]) if wrong[0].is_strong else []
            if not any(self.doubts.get(other.name, ("", wrong))[1][0] is wrong[0] for other in others):
                shape = f"it has the shape of the {others[0].label}" if others else ""
                self._doubt(field, wrong, shape or self._flaw(field, wrong[0]))
        elif elsewhere:
            self._doubt(field, elsewhere, "it stands under another label")
        elif len(weak) == 1:
            self._doubt(field, weak, "it stands without a label")
        elif len(near) == 1 and [field] == [other for other in self._open() if other.shape]:
            self._doubt(field, near, self._flaw(field, near[0]))

    def _by_word(self, field: Field) -> None:
        """Take the text under its label as the passphrase, or ask about the one value that it could be."""
        named = self._named(field)
        odd = [value for value in self.all if self._could_be(field, value)]
        if len(named) > 1:
            self._doubt(field, named, f"{len(named)} different values stand under its label")
        elif named:
            self._settle(field, named[0], self._word_doubt(field, named[0]))
        elif len(odd) == 1 and field.name == "passphrase":
            self._doubt(field, odd, "it stands without a label")

    def _word_doubt(self, field: Field, value: Item) -> str:
        """Return why the value under the label of a passphrase may be wrong or incomplete; else empty."""
        text, taken_off = value.text, value.whole[len(value.text) :].strip("}])")[:1]
        shaped = [
            other
            for other in sorted(self._shape_of(value), key=lambda other: not other.shape)
            if (value.is_strong if other.shape else other.name not in self.taken)
        ]
        ahead, colon, _ = text.replace("=", ":").partition(":")
        if len(self._under(value)) > 1 or any(text == other.text for other in self.taken.values()):
            return "the same value stands under another label, too"
        if field.name in self.layout.unmatched:
            return "its label stands once more, without a value"
        if value.unclear:
            return _UNCLEAR
        if len(text) < SHORT:
            return f"it has {len(text)} characters only"
        if taken_off and taken_off not in self.layout.trailing:
            return "a comma at its end was left out"
        if text in self.layout.unspaced and not self.layout.colon_bound - {field.name}:
            return "its label may be a part of it"
        if colon and self.words.is_known(ahead):
            return "its beginning may be a label of its own"
        if value.doubt or not shaped:
            return value.doubt or self._flaw(field, value)
        return f"it could be the {shaped[0].label}"

    def _could_be(self, field: Field, value: Item) -> bool:
        text = value.text
        used = [*self.taken.values(), *(values[0] for _, values in self.doubts.values())]
        return (
            not (value.labels or value.kind is Kind.KEY or any(other.text == text for other in used))
            and any(c.isdigit() for c in text)
            and any(c.isalpha() for c in text)
            and SHORT < len(text) <= 2 * LONG
            and not self._shape_of(value)
            and (not field.shape or fits(field, text))
        )

    def _check_values(self) -> None:
        for field in [field for field in self.bound if field.name in self.taken]:
            value = self.taken[field.name]
            behind = [other for other in self.all if other.line == value.line + 1 and not other.labels]
            pieces = [other for other in behind if other.kind in (Kind.STRONG, Kind.ODD)]
            if why := self._flaw(field, value):
                self._doubt(field, [value], why)
            elif not field.shape and any(PLAIN.issuperset(other.text) for other in pieces):
                self._doubt(field, [value], "a further piece stands on the next line")
            elif value.far and (lacking := [f for f in self._shape_of(value) if f.name not in self.taken]):
                where = "its label is on another line"
                self._doubt(field, [value], f"{where}, and the {lacking[0].label}, alike, is not there")
            elif value.text in self.layout.rejoined:
                self.remarks.append(f"{field.label}: put together from several lines")
        if any("surplus" in value.labels for value in self.all):
            self.remarks.append(f"there is a passphrase, which {self.profile.title}'s keys do not have")

    def _check_masked(self) -> None:
        """Remark on masked values, unless the complete value is there, too."""
        for item in [item for item in self.layout.values if item.kind is Kind.MASKED]:
            first, last = edges(item.text)
            whole = {n for n, v in self.taken.items() if v.text.startswith(first) and v.text.endswith(last)}
            field = self.known.get(item.label)
            if not first and not last and not field and self._open():
                whole = set()  # stars alone agree with everything
            if item.label in whole or item.label == "noise" or (not field and whole):
                continue
            label = f"{field.label}: it" if field else "a value"
            where = "" if item.label in FREE else "; only its page can show it whole"
            self.remarks.append(f"{label} is masked{where}")
            if field and (value := self.taken.get(field.name)):
                self._doubt(field, [value], "what stands masked under its label is another value")

    def _check_set(self) -> None:
        """Doubt every value if the labels are ambiguous, or another exchange fits better."""
        why = "the labels can be read in two ways" if self.layout.ambiguous else ""
        own = [field for field in self.bound if not field.optional]
        whole = not self.profile.fields or (all(f.shape for f in own) and are_there(own, self.all))
        titles = [f"{other.title}'s" for other in ([] if whole else whole_sets(self.all, self.profile.name))]
        if titles:
            self.remarks.append(f"these look like {' or '.join(titles)}, not like {self.profile.title}'s")
            why = why or f"the values together look like {titles[0]}"
        for name, value in [*self.taken.items()] if why else ():
            self._doubt(self.known[name], [value], why)

    def _left(self) -> int:
        """Return the number of values that belong to no field; remark on them if a field lacks one."""
        used = {value.text for value in self.taken.values()}
        used |= {value.text for _, values in self.doubts.values() for value in values}
        left = [v for v in self.all if v.is_strong and v.text not in used and "noise" not in v.labels]
        if left and any(field.name not in self.taken for field in self.bound):
            several = f"there are {len(left)} values that belong to no field"
            self.remarks.append("there is a value that belongs to no field" if len(left) == 1 else several)
        return len(left)


def _fitting(field: Field, values: Iterable[Item]) -> list[Item]:
    return [value for value in values if fits(field, value.text)]
