"""``vault remove``."""

from __future__ import annotations

import time

import click

from ..actions import change
from ..errors import Cancelled, NoTerminal
from .asking import ask
from .group import command
from .opening import open_vault
from .options import Settings
from .output import remark
from .saved import say_saved


@command
@click.argument("name")
@click.option("--force", is_flag=True, help="Do not ask, and do not mind that programs use it.")
def remove(settings: Settings, name: str, force: bool) -> None:
    """Delete a credential from the vault for good.

    A credential that a program was given in the last 30 days is only removed with --force.
    """
    opened, now = open_vault(settings, writing=True), int(time.time())
    opened.get(name)
    if not force:
        change.check_unused(opened, name, now)
        if _typed_name(name) != name:
            raise Cancelled("that is not its name; nothing was removed")
    done = change.remove(opened, name, now, force=force)
    say_saved(settings, opened, done.credential, "removed", done.warnings)
    remark(done.left)


def _typed_name(name: str) -> str:
    try:
        return ask(f"type the name to remove {name} for good: ")
    except NoTerminal:
        raise NoTerminal("a removal is confirmed on a terminal", hint="in scripts: --force") from None
