"""``vault correct``."""

from __future__ import annotations

import click

from ..actions import change
from ..exchanges import profiles
from . import values
from .asking import insist
from .group import command
from .opening import open_vault
from .options import Settings
from .output import warn
from .saving import save, say_saved


@command
@click.argument("name")
@click.argument("fields", metavar="[FIELD]...", nargs=-1)
@values.stdin_option
@click.option("--yes", is_flag=True, help="Do not ask, even if the key before this one is dropped.")
@values.clear_option
def correct(
    settings: Settings, name: str, fields: tuple[str, ...], from_stdin: bool, yes: bool, clear_clipboard: bool
) -> None:
    """Correct values of a key that were mistyped or mixed up.

    It stays the same key: with its dates, deadlines and uses, and nothing has to be deleted at the
    exchange. The values before are kept as the previous ones. Without FIELD, all are asked for:

    \b
      vault correct okx-main passphrase
      … | vault correct okx-main passphrase --stdin
    """
    opened = open_vault(settings, writing=True)
    profile = profiles.known(opened.get(name).exchange)
    wanted = change.correctable(opened, name, fields)
    insist(change.loss(opened, name), yes=yes)
    given = values.collect(profile, wanted, paste=False, from_stdin=from_stdin)
    warn(change.twins(opened, name, given))
    saved = save(settings, opened, change.correct(name, given, settings.now()), insist=not from_stdin)
    say_saved(settings, saved, "corrected, read back; the values before are kept as the previous ones")
    if clear_clipboard:
        values.clear_clipboard(given.values())
