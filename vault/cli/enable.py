"""``vault enable``."""

from __future__ import annotations

import click

from ..actions import change
from .group import command
from .opening import open_vault
from .options import Settings
from .saving import say_saved


@command
@click.argument("name")
def enable(settings: Settings, name: str) -> None:
    """Hand a disabled credential to programs again."""
    opened = open_vault(settings, writing=True)
    say_saved(settings, change.enable(name, settings.now()).save(opened), "active")
