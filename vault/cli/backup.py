"""``vault backup``."""

from __future__ import annotations

import time

import click

from ..actions import copies
from .group import command
from .opening import check_there, with_password
from .options import Settings
from .output import report


@command
@click.argument("folder", metavar="DIR")
def backup(settings: Settings, folder: str) -> None:
    """Copy the vault into a folder, and prove that the copy opens.

    The copy is named after the vault, the day and the save. It is read from its disk, compared byte for byte
    and unlocked before success is reported; the journal is copied beside it. No copy is ever replaced.
    """
    check_there(settings)
    expensive, older = settings.allow_expensive_kdf, settings.accept_older
    now = int(time.time())
    copy = copies.backup(settings.path, folder, now, expensive=expensive, accept_older=older)
    made = with_password(settings, "copying, opening the copy", copy)
    report(settings.json, made.facts, made.said, made.remarks)
