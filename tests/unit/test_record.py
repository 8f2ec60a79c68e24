"""Record: named fields, set once, checked when made."""

from __future__ import annotations

import sys

import pytest

from vault.base.record import Record


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
