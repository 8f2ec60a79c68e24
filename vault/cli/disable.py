"""``vault disable``."""

from __future__ import annotations

import click

from ..actions import change
from .group import command
from .opening import open_vault
from .options import Settings
from .saving import say_saved


@command
@click.argument("name")
def disable(settings: Settings, name: str) -> None:
    """Keep a credential, and never hand it to a program."""
    opened = open_vault(settings, writing=True)
    say_saved(settings, change.disable(name, settings.now()).save(opened), "disabled")
