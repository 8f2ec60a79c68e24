"""``vault rotate``."""

from __future__ import annotations

import click

from ..actions import rotate as action
from ..actions.change import twins
from ..credential.credential import Values
from . import facts, values
from .asking import insist
from .group import command
from .opening import open_vault
from .options import Settings
from .output import remark, warn
from .saving import save, say_saved

_STEPS = {
    "commit": (action.commit, "the successor is in its place; the old values are kept as the previous ones"),
    "abort": (action.abort, "the successor was dropped"),
    "forget": (action.forget, "the previous values were dropped"),
}


@command
@click.argument("name")
@click.option("--commit", "step", flag_value="commit", help="The successor takes the place of the values.")
@click.option("--abort", "step", flag_value="abort", help="Drop the successor.")
@click.option("--forget", "step", flag_value="forget", help="Drop the previous values.")
@values.paste_option
@values.stdin_option
@click.option("--expires", metavar="WHEN", help="When the new key ends: a date, 90d.")
@click.option("--issued", metavar="WHEN", help="When the exchange made it [default: when it is stored].")
@click.option("--yes", is_flag=True, help="Commit although no request has proved the successor.")
@values.clear_option
def rotate(
    settings: Settings, name: str, step: str | None, paste: bool, from_stdin: bool,
    expires: str | None, issued: str | None, yes: bool, clear_clipboard: bool,
) -> None:  # fmt: skip
    """Replace a credential's values without a gap.

    The new key is staged first, and tried; then it takes the old one's place, which is kept as the
    previous one until you say that it is deleted at the exchange:

    \b
      vault rotate okx-main
      vault verify okx-main --next
      vault run --next -c okx-main -- python bot.py
      vault rotate okx-main --commit
      vault rotate okx-main --forget
    """
    dates = facts.dates({"expires": expires, "issued": issued}, settings.now())
    opened = open_vault(settings, writing=True)
    if step:
        advance, said = _STEPS[step]
        insist(action.doubt(opened, name) if step == "commit" else "", yes=yes)
        say_saved(settings, advance(opened, name, settings.now()).save(opened), said)
        return
    begun = action.begin(opened, name)
    for line in begun.steps:
        remark(line)
    fields = values.collect(begun.profile, begun.wanted, paste=paste, from_stdin=from_stdin)
    warn(twins(opened, name, fields))
    staged = action.stage(name, Values(fields, settings.now(), **dates))
    saved = save(settings, opened, staged, insist=not from_stdin)
    say_saved(settings, saved, "successor saved, read back; safe to close the page")
    if clear_clipboard:
        values.clear_clipboard(fields.values())
