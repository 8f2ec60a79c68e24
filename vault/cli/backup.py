"""``vault backup``."""

from __future__ import annotations

import time

import click

from ..actions.survey import contents
from ..base.times import day
from ..copies.backup import Backup
from .group import command
from .opening import check_there, with_password
from .options import Settings
from .output import emit, say, warn


@command
@click.argument("folder", metavar="DIR")
def backup(settings: Settings, folder: str) -> None:
    """Copy the vault into a folder, and prove that the copy opens.

    Its name tells the vault, the day and the save. The copy is read from its disk, compared byte for byte and
    unlocked before anything is said; the journal is copied beside it. No copy is ever replaced.
    """
    check_there(settings)
    expensive, older = settings.allow_expensive_kdf, settings.accept_older
    planned = Backup(settings.path, folder, day(int(time.time())), expensive=expensive, accept_older=older)
    made = with_password(settings, "copying, opening the copy", planned.make)
    inside = contents(made.opened)
    if settings.json:
        emit({**inside.__dict__, "path": made.path, "journal": made.journal or None})
    else:
        say(f"{made.path}: {inside}; read back, compared and unlocked")
    if made.problem:
        warn([f"the journal was not copied: {made.problem}"])
