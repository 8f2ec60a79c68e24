"""Record: named fields, set once, checked when made."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from vault.base.record import Record
from vault.base.secret import Secret
from vault.errors import Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.base.record import WordSet


class Point(Record):
    x: int
    y: int = 7

    def check(self) -> None:
        if self.x < 0:
            raise ValueError("negative")


class Other(Record):
    x: int
    y: int = 7


def test_fields_may_be_given_by_place() -> None:
    """Values go to the fields in the order of their annotations."""
    assert (1, 2) == (Point(1, 2).x, Point(1, 2).y)


def test_fields_may_be_given_by_name() -> None:
    """Names go to the fields whatever their order."""
    assert Point(1, 2) == Point(y=2, x=1)


def test_a_class_attribute_is_the_default() -> None:
    """A field that is not given has its class attribute's value."""
    assert Point(1).y == 7


def test_a_field_without_default_is_needed() -> None:
    """Leaving one out is a TypeError, as for a function."""
    with pytest.raises(TypeError):
        Point(y=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("values", "named"), [((1, 2, 3), {}), ((1, 2), {"y": 2}), ((1,), {"z": 2}), ((), {"x": 1, "z": 0})]
)
def test_each_field_is_taken_once(values: tuple[int, ...], named: dict[str, int]) -> None:
    """Too many, doubled or unknown fields are a TypeError."""
    with pytest.raises(TypeError):
        Point(*values, **named)


def test_a_record_checks_itself() -> None:
    """What check refuses is never made."""
    with pytest.raises(ValueError, match="negative"):
        Point(-1)


def test_a_changed_copy_is_checked() -> None:
    """A copy with other values is checked like any other."""
    with pytest.raises(ValueError, match="negative"):
        Point(1).changed(x=-1)


def test_a_changed_copy_keeps_the_other_fields() -> None:
    """Only what is named differs."""
    assert Point(1, 5) == Point(3, 5).changed(x=1)


def test_the_original_of_a_changed_copy_stays() -> None:
    """A change makes a copy."""
    point = Point(3, 5)
    point.changed(x=1)
    assert Point(3, 5) == point


def test_an_unknown_field_cannot_be_changed() -> None:
    """A slip of the pen is a TypeError, not a new attribute."""
    with pytest.raises(TypeError):
        Point(1).changed(z=1)


@pytest.mark.parametrize("name", ["x", "z"])
def test_no_attribute_is_set_later(name: str) -> None:
    """Fields are set once, and nothing is added."""
    with pytest.raises(AttributeError):
        setattr(Point(1), name, 2)


def test_no_attribute_is_deleted() -> None:
    """Fields stay."""
    with pytest.raises(AttributeError):
        del Point(1).x


def test_records_of_other_classes_differ() -> None:
    """Equal fields do not make two kinds of things equal."""
    assert Point(1, 2) != Other(1, 2)


def test_records_with_other_fields_differ() -> None:
    """Every field counts."""
    assert Point(1, 2) != Point(1, 3)


def test_the_repr_can_be_typed() -> None:
    """A repr names class and fields."""
    assert repr(Point(1)) == "Point(x=1, y=7)"


# --- the plain form -----------------------------------------------------------------------------------


class Every(Record):
    """One field of each type that a plain form can have."""

    text: str
    points: tuple[Point, ...] = ()
    named: Mapping[str, Point] = {}
    names: Mapping[str, Mapping[str, str]] = {}
    words: WordSet = ()
    order: tuple[str, ...] = ()
    secrets: Mapping[str, Secret] = {}
    key: bytes = b""
    inner: Point | None = None
    flag: bool = False
    span: float = 0.5
    state: str = "new"

    ALWAYS = ("state",)


PLAIN: dict[str, Any] = {
    "text": "a",
    "points": [{"x": 1}, {"x": 2, "y": 3}],
    "named": {"p": {"x": 4}},
    "names": {"a": {"b": "c"}, "d": {}},
    "words": ["a", "b"],
    "order": ["b", "a", "b"],
    "secrets": {"key": "revealed"},
    "key": "00ff",
    "inner": {"x": 5},
    "flag": True,
    "span": 2,
    "state": "new",
}


def test_a_plain_form_is_read_and_written_back() -> None:
    """Every type of field has one plain form."""
    assert PLAIN == Every.from_plain(PLAIN).to_plain()


def test_the_values_of_a_plain_form() -> None:
    """Each is of the type that the annotation names."""
    record = Every.from_plain(PLAIN)
    assert ((Point(1), Point(2, 3)), {"p": Point(4)}, Point(5)) == (record.points, record.named, record.inner)
    assert (("a", "b"), ("b", "a", "b"), b"\x00\xff") == (record.words, record.order, record.key)
    assert {"key": Secret("revealed")} == record.secrets


def test_a_plain_form_leaves_out_defaults() -> None:
    """But for the fields that are always written."""
    assert {"text": "a", "state": "new"} == Every("a").to_plain()


def test_words_of_a_set_are_written_once_and_sorted() -> None:
    """A list keeps its order."""
    plain = Every("a", words=("b", "a", "b"), order=("b", "a", "b")).to_plain()
    assert (["a", "b"], ["b", "a", "b"]) == (plain["words"], plain["order"])


SECOND: dict[str, dict[str, Any]] = {
    "a default": {"flag": False},
    "a default of a record inside": {"inner": {"x": 5, "y": 7}},
    "an unsorted set": {"words": ["b", "a"]},
    "upper-case digits": {"key": "00FF"},
    "blanks between digits": {"key": "00 ff"},
}


@pytest.mark.parametrize("case", SECOND)
def test_a_second_encoding_is_refused(case: str) -> None:
    """One record has one plain form; only a file that a person writes may have others."""
    with pytest.raises(ValueError, match="second encoding"):
        Every.from_plain({**PLAIN, **SECOND[case]})
    assert Every.decode({**PLAIN, **SECOND[case]}).text == "a"


def test_what_is_always_written_must_be_there() -> None:
    """Leaving it out would be a second encoding."""
    with pytest.raises(ValueError, match="second encoding"):
        Every.from_plain({"text": "a"})


VALUES: tuple[Any, ...] = (None, 1, True, 1.5, "a", [], [1], [None], ["a", []], {}, {"a": 1}, {"a": None},
                           {"x": "1"}, {"a": {"x": "1"}}, [{"x": "1"}])  # fmt: skip
FITS: dict[str, tuple[object, ...]] = {
    "text": ("a",),
    "points": ([],),
    "named": ({},),
    "names": ({}, {"a": {"x": "1"}}),
    "words": ([],),
    "order": ([],),
    "secrets": ({}, {"x": "1"}),
    "key": (),
    "inner": (),
    "flag": (True,),
    "span": (1, 1.5),
    "state": ("a",),
}


WRONG = r"^\w+ is not of its type|^not a table of|is missing$|^unknown key"


@pytest.mark.parametrize("field", FITS)
def test_a_value_of_another_type_is_refused(field: str) -> None:
    """And the message does not quote it."""
    for value in VALUES:
        plain = {**PLAIN, field: value}
        if any(type(value) is type(fit) and value == fit for fit in FITS[field]):
            Every.decode(plain)
        else:
            with pytest.raises((ValueError, Unsupported), match=WRONG):
                Every.decode(plain)


@pytest.mark.parametrize("plain", [None, [], "x", 1])
def test_a_plain_form_is_a_table(plain: object) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="not a table"):
        Every.from_plain(plain)


def test_a_missing_field_is_named() -> None:
    """As the file calls it."""
    with pytest.raises(ValueError, match="text is missing"):
        Every.from_plain({"state": "new"})


@pytest.mark.parametrize("changes", [{"txt": "a"}, {"inner": {"x": 1, "z": 2}}], ids=["outside", "inside"])
def test_an_unknown_key_is_of_a_newer_version(changes: dict[str, object]) -> None:
    """It is not dropped in silence."""
    with pytest.raises(Unsupported):
        Every.decode({**PLAIN, **changes})


def test_a_record_of_a_plain_form_checks_itself() -> None:
    """As any other."""
    with pytest.raises(ValueError, match="negative"):
        Every.from_plain({**PLAIN, "inner": {"x": -1}})


def test_no_import_is_behind_it() -> None:
    """The module needs neither dataclasses nor typing, nor what they import."""
    import subprocess

    code = "import sys, vault.base.record; print(*{'dataclasses', 'inspect', 'typing'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _with_path(code)], capture_output=True, text=True
    )
    assert ("", "\n") == (done.stderr, done.stdout)


def _with_path(code: str) -> str:
    from pathlib import Path

    import vault

    return f"import sys; sys.path.insert(0, {str(Path(vault.__file__).parents[1])!r}); {code}"
