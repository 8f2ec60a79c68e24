"""``vault show``."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..actions import value
from ..actions.survey import survey
from ..errors import NoTerminal
from .group import command
from .opening import open_vault
from .options import Settings
from .output import emit, hand_out, say, warn


@command
@click.argument("name")
@click.option("--reveal", metavar="FIELD", help="Print this one value, and nothing else.")
@click.option("--force-stdout", is_flag=True, help="With --reveal: print it to a pipe or file, too.")
def show(settings: Settings, name: str, reveal: str | None, force_stdout: bool) -> None:
    """Show one credential without its values, or one value.

    With --reveal FIELD, that value and one newline are printed, and nothing else.
    """
    if reveal is not None and not force_stdout and not (sys.stdout and sys.stdout.isatty()):
        raise NoTerminal("a value is shown on a terminal only", hint="if you mean it: --force-stdout")
    opened = open_vault(settings)
    if reveal is not None:
        secret, warnings = value.reveal(opened, name, reveal)
        warn(warnings)
        hand_out(secret)
        return
    facts = survey(opened, [opened.get(name)], settings.now())[0].plain()
    if settings.json:
        emit(facts)
        return
    for key, fact in facts.items():
        if fact not in ("", [], {}, None, False):
            say(f"{key.replace('_', ' '):16} {_shown(fact)}")


def _shown(fact: Any) -> str:
    if isinstance(fact, dict):
        return ", ".join(f"{key}={part}" for key, part in fact.items())
    if isinstance(fact, list):
        return ", ".join(f"{p['program']} in {p['folder']}" if isinstance(p, dict) else p for p in fact)
    return "yes" if fact is True else str(fact)
