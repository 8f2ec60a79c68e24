"""``vault copy``."""

from __future__ import annotations

import time

import click

from ..actions import value
from ..system import clipboard
from .opening import open_vault
from .options import Settings
from .output import remark, warn

_SECONDS = 30  # that a value stays in the clipboard


@click.command()
@click.argument("name")
@click.argument("field")
@click.pass_obj
def copy(settings: Settings, name: str, field: str) -> None:
    """Copy one value to the clipboard, and clear the clipboard after 30 seconds.

    It is cleared only if it still holds the value; Ctrl-C clears it at once. Programs that keep a history
    of the clipboard may keep the value.
    """
    opened = open_vault(settings)
    secret = value.find(opened, name, field)
    try:
        warn(value.copy(opened, name, secret))
        remark(f"{field} of {name} is in the clipboard for {_SECONDS} seconds; Ctrl-C: clear it now")
        time.sleep(_SECONDS)
    except KeyboardInterrupt:  # at whatever moment
        pass
    cleared = clipboard.clear([secret])
    remark("the clipboard was emptied" if cleared else "the clipboard holds something else by now")
