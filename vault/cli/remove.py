"""``vault remove``."""

from __future__ import annotations

import click

from ..actions import change
from ..errors import Cancelled, NoTerminal
from .asking import ask
from .group import command
from .opening import open_vault
from .options import Settings
from .saving import say_saved


@command
@click.argument("name")
@click.option("--force", is_flag=True, help="Do not ask, even if programs use it.")
def remove(settings: Settings, name: str, force: bool) -> None:
    """Delete a credential from the vault for good.

    A credential that a program was given in the last 30 days is only removed with --force.
    """
    opened = open_vault(settings, writing=True)
    removal = change.remove(opened, name, settings.now(), force=force)
    if not force and _typed_name(name) != name:
        raise Cancelled("that is not its name; nothing was removed")
    say_saved(settings, removal.save(opened), "removed")


def _typed_name(name: str) -> str:
    try:
        return ask(f"type the name to remove {name} for good: ")
    except NoTerminal:
        raise NoTerminal("a removal is confirmed on a terminal", hint="in scripts: --force") from None
