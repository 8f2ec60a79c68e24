"""``vault backup`` and ``restore``."""

from __future__ import annotations

import click

from ..actions import copies
from .group import command
from .opening import check_there, with_password
from .options import Settings, default_path
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


@command
@click.argument("copy", metavar="FILE")
@click.option("--older", is_flag=True, help="Replace a vault that was saved later.")
@click.option("--other", is_flag=True, help="Replace another vault, or a file that is not a vault.")
@click.option("--dry-run", is_flag=True, help="Only report what would change.")
def restore(settings: Settings, copy: str, older: bool, other: bool, dry_run: bool) -> None:
    """Put a copy in the vault's place, and keep what stood there beside it.

    The copy is unlocked first, with the password that it was saved under, and once more in its new place.
    Credentials that differ are named. Nothing is merged.
    """
    put = copies.restore(
        settings.path,
        copy,
        settings.now(),
        older=older,
        other=other,
        dry_run=dry_run,
        expensive=settings.allow_expensive_kdf,
        make_folder=settings.path == default_path(),
    )
    done = with_password(settings, "opening both" if dry_run else "opening, writing, opening again", put)
    report(settings.json, done.facts, done.said, done.remarks)
