"""``vault restore``."""

from __future__ import annotations

import click

from ..actions import copies
from .group import command
from .opening import with_password
from .options import Settings, default_path
from .output import report


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
