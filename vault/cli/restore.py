"""``vault restore``."""

from __future__ import annotations

import click

from ..actions import copies
from .group import command
from .merge import copy_password_option, take
from .opening import with_password
from .options import Settings, default_path
from .output import report


@command
@click.argument("copy", metavar="FILE")
@click.option("--older", is_flag=True, help="Replace a vault that was saved later.")
@click.option("--other", is_flag=True, help="Replace another vault, or a file that is not a vault.")
@click.option("--only", multiple=True, metavar="NAME", help="Take this credential alone (repeatable).")
@click.option("--dry-run", is_flag=True, help="Only report what would change.")
@copy_password_option
def restore(
    settings: Settings, copy: str, older: bool, other: bool, only: tuple[str, ...], dry_run: bool,
    copy_password: str | None,
) -> None:  # fmt: skip
    """Put a copy in the vault's place, and keep what stood there beside it.

    The copy is unlocked first, with the password that it was saved under, and once more in its new place.
    Credentials that differ are named. Nothing is merged; with --only, the vault stays as it is, and gets
    the named credentials back.
    """
    if only:
        take(settings, copy, only, None, dry_run=dry_run, copy_password=copy_password)
        return
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
