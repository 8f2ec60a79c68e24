"""``vault edit``, ``disable``, ``enable`` and ``remove``."""

from __future__ import annotations

from typing import Any

import click

from ..actions import change
from ..errors import Cancelled, NoTerminal
from ..exchanges import profiles
from . import facts
from .asking import ask
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
    known = facts.read(given, profiles.known(opened.get(name).exchange))
    say_saved(settings, change.edit(name, known, settings.now()).save(opened), "changed")


@command
@click.argument("name")
def disable(settings: Settings, name: str) -> None:
    """Keep a credential, and never hand it to a program."""
    opened = open_vault(settings, writing=True)
    say_saved(settings, change.disable(name, settings.now()).save(opened), "disabled")


@command
@click.argument("name")
def enable(settings: Settings, name: str) -> None:
    """Hand a disabled credential to programs again."""
    opened = open_vault(settings, writing=True)
    say_saved(settings, change.enable(name, settings.now()).save(opened), "active")


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
