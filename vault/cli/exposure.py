"""``vault exposure``."""

from __future__ import annotations

from collections.abc import Iterable

import click

from ..actions import review
from ..base.times import day, minute
from .group import command
from .opening import open_vault
from .options import Settings
from .output import emit, say


@command
@click.argument("name")
def exposure(settings: Settings, name: str) -> None:
    """If this key leaked: what it could do, since when, where it was, and what to do, in order."""
    found = review.exposure(open_vault(settings), name, settings.now())
    if settings.json:
        emit(review.plain_exposure(found))
        return
    say(f"whoever has {name}, {found.reckoned} on {day(found.since)}:")
    _bullets("  - ", found.could)
    _bullets("handed to: ", (f"{p.path} in {p.folder}, last on {minute(p.last)}" for p in found.used))
    _bullets("a value was shown or copied ", [f"on {minute(found.shown)}"] if found.shown else [])
    _bullets("also affected: ", found.affected)
    _bullets("not on record: ", found.unknown)
    say("what to do, in this order:")
    for number, step in enumerate(found.steps, 1):
        say(f"  {number}. {step}")


def _bullets(mark: str, lines: Iterable[str]) -> None:
    for line in lines:
        say(f"{mark}{line}")
