"""``vault add``."""

from __future__ import annotations

from typing import Any

import click

from ..actions import change
from ..actions.facts import client_warnings
from ..actions.saving import Saved
from ..base.rules import check_name
from ..errors import Cancelled
from ..exchanges import profiles
from ..exchanges.profile import Profile
from . import facts, values
from .group import command
from .opening import open_vault
from .options import Settings
from .output import remark, say, warn
from .saving import save, say_saved


@command
@click.argument("name")
@click.option("--exchange", default="generic", show_default=True, help="The profile it follows.")
@values.paste_option
@values.stdin_option
@click.option(
    "--field", "asked", multiple=True, metavar="FIELD", help="generic: ask for this field (repeatable)."
)
@values.clear_option
@facts.options
def add(
    settings: Settings, /, name: str, exchange: str, paste: bool, from_stdin: bool, asked: tuple[str, ...],
    clear_clipboard: bool, **given: Any,
) -> None:  # fmt: skip
    """Store a credential the moment it is shown.

    Each value is asked for without being shown; or the whole page is pasted at once; or a program gives
    all of them:

    \b
      vault add okx-main --exchange okx
      vault add okx-main --exchange okx --paste
      … | vault add okx-main --exchange okx --stdin --permission trade --ip 203.0.113.7
    """
    check_name(name)
    profile = profiles.load(exchange)
    known = facts.read(given, profile, settings.now())
    opened = open_vault(settings, writing=True)  # raises before anything is asked if it could not be saved
    opened.payload.check_free(name)
    wanted = asked or [field.name for field in profile.fields]
    profile.check_fields(wanted)
    fields = values.collect(profile, wanted, paste=paste, from_stdin=from_stdin)
    warn([*client_warnings(profile, known.get("preset", ""), fields), *change.twins(opened, name, fields)])
    addition = change.add(name, profile, fields, known, settings.now())
    saved = save(settings, opened, addition, insist=not from_stdin)
    say_saved(settings, saved, "saved, read back; safe to close the page")
    if clear_clipboard:
        values.clear_clipboard(fields.values())
    if not (from_stdin or known or settings.json) and profile.fields:
        _ask_facts(settings, saved, profile)


def _ask_facts(settings: Settings, saved: Saved, profile: Profile) -> None:
    """Show the short form; what is answered before it is left is recorded."""
    name, known = saved.credential.name, dict[str, Any]()
    try:
        facts.form(profile, settings.now(), known)
    except (Cancelled, KeyboardInterrupt):
        remark(f"the rest is left open; later: vault edit {name}, or vault verify {name} --record")
    if known:
        edit = change.edit(name, known, settings.now()).changed(did="")  # a part of what was noted
        warn(save(settings, saved.opened, edit, insist=True).warnings)
        say(f"{name}: recorded")
