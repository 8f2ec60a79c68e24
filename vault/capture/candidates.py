"""The distinct values of a text, and the exchanges whose whole set of shapes is among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import VaultError
from ..exchanges.profile import Field, Profile
from ..exchanges.profiles import load, names
from .labels import FREE
from .pairs import Item
from .words import Kind, fits


def candidates(values: Iterable[Item]) -> list[Item]:
    """Return the distinct values that are not masked, each with all of its labels.

    A doubt stands if it is in every place of the value.
    """
    found: dict[str, Item] = {}
    for item in values:
        if item.kind is Kind.MASKED:
            continue
        new = item.changed(labels=frozenset({item.label} - {""}))
        if known := found.get(item.text):
            doubts = ("far", "unclear", "doubt", "whole")
            new = known.changed(
                labels=known.labels | new.labels,
                kind=new.kind if new.is_strong else known.kind,
                **{name: getattr(known, name) and getattr(new, name) for name in doubts},
            )
        found[item.text] = new
    return list(found.values())


def are_there(fields: Sequence[Field], values: Sequence[Item]) -> bool:
    """Return whether each of *fields* has a value of its own."""
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


def whole_sets(values: Sequence[Item], but: str) -> list[Profile]:
    """Return the exchanges, but for one, that have a value here for each field that they show."""
    found = []
    for name in names():
        try:
            profile = load(name)
        except VaultError:  # a broken file of the person's own is reported where it is used
            continue
        fields = [field for field in profile.fields if field.name not in FREE and not field.optional]
        if name != but and fields and all(field.shape for field in fields) and are_there(fields, values):
            found.append(profile)
    return found
