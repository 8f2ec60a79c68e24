"""Which value is which field: what shapes and labels say together, and everything that stays in doubt."""

from __future__ import annotations

from ..base.record import Record
from ..base.secret import Secret
from ..errors import VaultError
from ..exchanges.profile import Field
from ..exchanges.profiles import load, names
from .labels import FREE, LABELS, OTHERS
from .layout import SHORT
from .proof import AGENT, address, flaw
from .words import LONG, PLAIN, edges, fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..exchanges.profile import Profile
    from .labels import Vocabulary
    from .layout import Item, Reading

_UNCLEAR = "its label is on another line, and a label too many is there"
_MOST_AGENTS = 4  # private keys whose addresses are looked for; a dialog has one


class Unsure(Record):
    """A field whose value is for the person to confirm.

    Attributes:
        value: the best guess.
        why: what is doubtful about it, as the end of a sentence.
        others: what it could be as well.
    """

    field: str
    value: Secret
    why: str
    others: tuple[Secret, ...] = ()


class Captured(Record):
    """What a dialog was read as.

    Attributes:
        fields: values by field, each beyond doubt.
        unsure: values to confirm; none of these fields is in *fields*.
        leftover: how many more values were there that belong to no field.
        remarks: what was noticed, each a sentence.
        expected: the fields that the profile asks for.
    """

    fields: Mapping[str, Secret]
    unsure: tuple[Unsure, ...] = ()
    leftover: int = 0
    remarks: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields that nothing was found for; of a passphrase that is usual: its owner typed it."""
        found = {*self.fields, *(doubt.field for doubt in self.unsure)}
        return tuple(name for name in self.expected if name not in found)


class Candidate(Record):
    """A value, however often it stands in a text, and all that is said about it."""

    text: str
    kind: str
    line: int
    labels: frozenset[str]
    far: bool
    unclear: bool
    doubt: str
    whole: str

    @property
    def is_strong(self) -> bool:
        """Whether it tells itself from a word."""
        return self.kind in ("strong", "key")


def candidates(values: Iterable[Item]) -> list[Candidate]:
    """The distinct values; what is masked is none."""
    found: dict[str, Candidate] = {}
    for item in values:
        if item.kind == "masked":
            continue
        labels = frozenset({item.label} - {""})
        how = (item.far, item.unclear, item.doubt, item.whole)
        new = Candidate(item.text, item.kind, item.line, labels, *how)
        if known := found.get(item.text):
            new = known.changed(
                labels=known.labels | labels,
                kind=new.kind if new.is_strong else known.kind,
                far=known.far and new.far,
                unclear=known.unclear and new.unclear,
                doubt=known.doubt and new.doubt,
                whole=known.whole and new.whole,
            )
        found[item.text] = new
    return list(found.values())


def are_there(fields: Sequence[Field], values: Sequence[Candidate]) -> bool:
    """Whether there is a value for each of *fields*, no value for two."""
    holders: dict[str, Field] = {}

    def place(field: Field, tried: set[str]) -> bool:
        for value in values:
            if value.text not in tried and fits(field, value.text):
                tried.add(value.text)
                if value.text not in holders or place(holders[value.text], tried):
                    holders[value.text] = field
                    return True
        return False

    return all(place(field, set()) for field in fields)


def whole_sets(values: Sequence[Candidate], but: str) -> list[Profile]:
    """The exchanges, but for one, that have a value here for each field that they show."""
    found = []
    for name in names():
        try:
            profile = load(name)
        except VaultError:  # a broken file of the person's own is said where it is used
            continue
        fields = [field for field in profile.fields if field.name not in FREE and not field.optional]
        if name != but and fields and all(field.shape for field in fields) and are_there(fields, values):
            found.append(profile)
    return found


class Decision:
    """What each field gets: a value beyond doubt, a question, or nothing."""

    def __init__(self, profile: Profile, words: Vocabulary, reading: Reading) -> None:
        self.profile, self.words, self.reading = profile, words, reading
        self.all = candidates(reading.values)
        self.masked = [item for item in reading.values if item.kind == "masked"]
        self.taken: dict[str, Candidate] = {}
        self.doubts: dict[str, tuple[Candidate, str, tuple[Candidate, ...]]] = {}
        self.remarks: list[str] = []
        said = {label for value in self.all for label in value.labels}
        known = profile.fields or tuple(
            Field(name, name) for name in LABELS if name in said and words.is_field(name)
        )
        self.bound = [field for field in known if field.name not in FREE]
        self.free = [field for field in known if field.name in FREE]
        self.known = {field.name: field for field in known}
        # Values that stand under no field's label, nor under one of something else.
        self.loose = [value for value in self.all if value.is_strong and not value.labels - {"neutral"}]

    def captured(self) -> Captured:
        """The outcome, in the profile's order."""
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
        return Captured(
            {name: Secret(self.taken[name].text) for name in self.known if name in self.taken},
            tuple(
                Unsure(name, Secret(value.text), why, tuple(Secret(other.text) for other in others))
                for name in self.known
                if name in self.doubts
                for value, why, others in (self.doubts[name],)
            ),
            left,
            tuple(dict.fromkeys(self.remarks)),
            tuple(field.name for field in self.profile.fields if not field.optional),
        )

    def _doubt(self, field: Field, values: Sequence[Candidate], why: str) -> None:
        self.taken.pop(field.name, None)
        self.doubts.setdefault(field.name, (values[0], why, tuple(values[1:])))

    def _open(self) -> list[Field]:
        return [f for f in self.bound if f.name not in self.taken and f.name not in self.doubts]

    def _under(self, value: Candidate) -> list[Field]:
        """The fields under whose labels a value stands."""
        return [field for name, field in self.known.items() if name in value.labels]

    def _shape_of(self, value: Candidate) -> list[Field]:
        """The fields that a value could be by its shape."""
        return [field for field in self.bound if fits(field, value.text)]

    def _flaw(self, field: Field, value: Candidate) -> str:
        found = flaw(self.profile, field, Secret(value.text))
        if not (found or field.shape or field.name in FREE or value.is_strong):
            return f"it has {len(value.text)} characters only"
        return found

    # --- labels and shapes ---

    def _mark_agent(self) -> None:
        """An address that a private key beside it gives is the agent's own."""
        key, place = self.known.get("private_key"), self.known.get("wallet_address")
        if not key or not place:
            return
        for value in [value for value in self.all if fits(key, value.text)][:_MOST_AGENTS]:
            own = address(Secret(value.text))
            mine = [other for other in self.all if other.text.lower() == own]
            others = [other for other in self.all if other not in mine and fits(place, other.text)]
            if mine and others:
                self.all = [other for other in self.all if other not in mine]
                self.loose = [other for other in self.loose if other not in mine]
            elif mine:
                self._doubt(place, mine, AGENT)

    def _by_label(self, field: Field) -> None:
        """A value that has the field's label and its shape."""
        good = [value for value in self.all if field.name in value.labels and fits(field, value.text)]
        if not good:
            return
        under = [other for other in self._under(good[0]) if other is not field]
        if len(good) > 1:
            self._doubt(field, good, f"{len(good)} different values stand under its label")
        elif under:
            self._doubt(field, good, f"the same value stands under the label of the {under[0].label}, too")
        elif good[0].doubt:
            self._doubt(field, good, good[0].doubt)
        elif good[0].unclear and len(self._shape_of(good[0])) > 1:
            self._doubt(field, good, _UNCLEAR)
        elif field.name not in self.doubts:
            self.taken[field.name] = good[0]

    def _check_rivals(self) -> None:
        """A field with a value under its label, and another value that could be that field alone."""
        still = self._open()
        for field in [field for field in self.bound if field.name in self.taken]:
            rivals = [value for value in self.loose if field in self._shape_of(value)]
            rivals = [value for value in rivals if not any(other in still for other in self._shape_of(value))]
            if rivals:
                values = [self.taken[field.name], *rivals]
                self._doubt(field, values, "another value of its shape is there, too")

    def _by_shape(self, field: Field) -> None:
        """A field without a value under its label: what has its shape, and no other field's."""
        alone = [value for value in self.all if value.is_strong and self._shape_of(value) == [field]]
        loose = {value.text for value in self.loose}
        sole = [value for value in alone if value.text in loose]
        crossed = [value for value in alone if self._under(value)]
        wrong = [value for value in self.all if field.name in value.labels and value.is_strong]
        for value in crossed:
            label = self._under(value)[0].label
            self.remarks.append(
                f"under the label of the {label} stands what has the shape of the {field.label}: swapped?"
            )
        if sole:
            self._by_sole(field, sole, [*crossed, *wrong])
        elif len(crossed) == 1:
            self._doubt(field, crossed, f"its label says {self._under(crossed[0])[0].label}")
        elif damaged := [value for value in wrong if not self._shape_of(value)]:
            self._doubt(field, damaged, self._flaw(field, damaged[0]))

    def _by_sole(self, field: Field, sole: Sequence[Candidate], others: Sequence[Candidate]) -> None:
        """What alone has the shape of the field, and stands under no label, or under one nobody knows."""
        if len(sole) > 1 or others:
            self._doubt(field, [*sole, *others], "there is more than one value that it could be")
        elif "neutral" in sole[0].labels and len(sole[0].text) <= 2 * LONG:
            self._doubt(field, sole, "it stands under another label")
        elif sole[0].doubt:
            self._doubt(field, sole, sole[0].doubt)
        else:
            self.taken[field.name] = sole[0]

    def _by_order(self) -> None:
        """Fields whose shapes are one, and values without labels."""
        still = self._open()
        alike = [value for value in self.loose if not value.labels and len(self._shape_of(value)) > 1]
        alike.sort(key=lambda value: value.line)
        for place, field in enumerate(still):
            mine = [value for value in alike if fits(field, value.text)]
            if len(mine) == len(still) > 1:
                number = f"number {place + 1} of {len(mine)} values of the same shape"
                why = f"it is {number}, and is taken by its place alone"
                self._doubt(field, [mine[place], *mine[:place], *mine[place + 1 :]], why)
            elif mine:
                other = next(other for other in self._shape_of(mine[0]) if other is not field)
                why = f"nothing says that it is not the {other.label}, which has the same shape"
                self._doubt(field, mine, why)

    def _by_rest(self, field: Field) -> None:
        """A field that nothing fits: what stands under its label all the same, or else comes nearest."""
        wrong = [value for value in self.all if field.name in value.labels]
        wrong.sort(key=lambda value: not value.is_strong)
        elsewhere = [value for value in self.all if value.is_strong and value.labels & {*OTHERS}]
        elsewhere = [value for value in elsewhere if fits(field, value.text)]
        weak = [value for value in self.all if not value.is_strong and not value.labels]
        weak = [value for value in weak if field.shape and fits(field, value.text)]
        near = [value for value in self.loose if not value.labels and not self._shape_of(value)]
        shaped = [other for other in self._open() if other.shape]
        if wrong:
            others = self._shape_of(wrong[0]) if wrong[0].is_strong else []
            if not any(self.doubts.get(other.name, wrong)[0] is wrong[0] for other in others):
                shape = f"it has the shape of the {others[0].label}" if others else ""
                self._doubt(field, wrong, shape or self._flaw(field, wrong[0]))
        elif elsewhere:
            self._doubt(field, elsewhere, "it stands under another label")
        elif len(weak) == 1:
            self._doubt(field, weak, "it stands without a label")
        elif len(near) == 1 and [field] == shaped:
            self._doubt(field, near, self._flaw(field, near[0]))

    # --- what a person invents ---

    def _by_word(self, field: Field) -> None:
        """The passphrase: what stands under its label; else, as a question, the one value it could be."""
        named = [value for value in self.all if field.name in value.labels]
        if len(named) > 1:
            self._doubt(field, named, f"{len(named)} different values stand under its label")
        elif named and (why := self._word_doubt(field, named[0])):
            self._doubt(field, named, why)
        elif named:
            self.taken[field.name] = named[0]
        elif field.name == "passphrase":
            odd = [value for value in self.all if self._could_be(field, value)]
            if len(odd) == 1:
                self._doubt(field, odd, "it stands without a label")

    def _word_doubt(self, field: Field, value: Candidate) -> str:
        """Why what stands under the label of a passphrase may be none, or not the whole of it."""
        text, taken_off = value.text, value.whole[len(value.text) :].strip("}])")[:1]
        shaped = [other for other in self._shape_of(value) if value.is_strong and other.shape]
        shaped += [
            other
            for other in self.bound
            if not other.shape and other.name not in self.taken and fits(other, text)
        ]
        ahead, colon, _ = text.replace("=", ":").partition(":")
        if len(self._under(value)) > 1 or any(text == other.text for other in self.taken.values()):
            return "the same value stands under another label, too"
        if field.name in self.reading.dangling:
            return "its label stands once more, without a value"
        if value.unclear:
            return _UNCLEAR
        if len(text) < SHORT:
            return f"it has {len(text)} characters only"
        if taken_off and taken_off not in self.reading.followed:
            return "a comma at its end was left out"
        if text in self.reading.glued and not self.reading.tied - {field.name}:
            return "its label may be a part of it"
        if colon and self.words.is_known(ahead):
            return "its beginning may be a label of its own"
        if value.doubt or not shaped:
            return value.doubt or self._flaw(field, value)
        return f"it could be the {shaped[0].label}"

    def _could_be(self, field: Field, value: Candidate) -> bool:
        """Whether a value without a label has what a passphrase has."""
        text = value.text
        used = [*self.taken.values(), *(doubt[0] for doubt in self.doubts.values())]
        if value.labels or value.kind == "key" or any(other.text == text for other in used):
            return False
        mixed = any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
        if not mixed or not SHORT < len(text) <= 2 * LONG or self._shape_of(value):
            return False
        return not field.shape or fits(field, text)

    # --- doubts about what was found ---

    def _check_values(self) -> None:
        """What each value tells about itself and its surroundings."""
        for field in [field for field in self.bound if field.name in self.taken]:
            value = self.taken[field.name]
            if why := self._flaw(field, value):
                self._doubt(field, [value], why)
            elif not field.shape and self._goes_on(value):
                self._doubt(field, [value], "a further piece stands on the next line")
            elif value.far and (lacking := [f for f in self._shape_of(value) if f.name not in self.taken]):
                where = "its label is on another line"
                self._doubt(field, [value], f"{where}, and the {lacking[0].label}, alike, is not there")
            elif value.text in self.reading.joined:
                self.remarks.append(f"{field.label}: put together from several lines")
        if any("surplus" in value.labels for value in self.all):
            self.remarks.append(
                f"a passphrase is there, which {self.profile.title}'s credentials do not have"
            )

    def _goes_on(self, value: Candidate) -> bool:
        """Whether the line behind a value has what could be the rest of it."""
        behind = [other for other in self.all if other.line == value.line + 1 and not other.labels]
        return any(other.kind in ("strong", "odd") and PLAIN.issuperset(other.text) for other in behind)

    def _check_masked(self) -> None:
        """What is masked is fine where the whole value is there, too."""
        for item in self.masked:
            first, last = edges(item.text)
            whole = {
                name
                for name, value in self.taken.items()
                if value.text.startswith(first) and value.text.endswith(last)
            }
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
        """Doubts that touch every value: how they stand, and whose they are."""
        if self.reading.torn:
            self._doubt_all("the labels can be read in two ways")
        own = [field for field in self.bound if not field.optional]
        if not self.profile.fields or (all(f.shape for f in own) and are_there(own, self.all)):
            return
        if titles := [f"{other.title}'s" for other in whole_sets(self.all, self.profile.name)]:
            self.remarks.append(f"these look like {' or '.join(titles)}, not like {self.profile.title}'s")
            self._doubt_all(f"the values together look like {titles[0]}")

    def _doubt_all(self, why: str) -> None:
        for name, value in [*self.taken.items()]:
            self._doubt(self.known[name], [value], why)

    def _left(self) -> int:
        """How many values no field has a place for; said where a field lacks one."""
        used = {value.text for value in self.taken.values()}
        used |= {other.text for value, _, others in self.doubts.values() for other in (value, *others)}
        left = [v for v in self.all if v.is_strong and v.text not in used and "noise" not in v.labels]
        if left and any(field.name not in self.taken for field in self.bound):
            some = "a value is there that" if len(left) == 1 else f"{len(left)} values are there that"
            self.remarks.append(f"{some} no field has a place for")
        return len(left)
