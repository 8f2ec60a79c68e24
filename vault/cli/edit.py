"""``vault edit``."""

from __future__ import annotations

from typing import Any

import click

from ..actions import change
from ..exchanges import profiles
from . import facts
from .group import command
from .opening import open_vault
from .options import Settings
from .saving import say_saved


@command
@click.argument("name")
@facts.options
def edit(settings: Settings, /, name: str, **given: Any) -> None:
    """Change anything about a credential but its values."""
    if all(option is None or option == () for option in given.values()):
        raise click.UsageError("nothing to change: name at least one option")
    opened = open_vault(settings, writing=True)
    known = facts.read(given, profiles.known(opened.get(name).exchange), settings.now())
    say_saved(settings, change.edit(name, known, settings.now()).save(opened), "changed")
