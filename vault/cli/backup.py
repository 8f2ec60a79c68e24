"""``vault backup``."""

from __future__ import annotations

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
    allowed = {"expensive": settings.allow_expensive_kdf, "accept_older": settings.accept_older}
    copy = copies.backup(settings.path, folder, settings.now(), **allowed)
    made = with_password(settings, "copying, opening the copy", copy)
    report(settings.json, made.facts, made.said, made.remarks)
