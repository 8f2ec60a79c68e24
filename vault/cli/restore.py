"""``vault restore``."""

from __future__ import annotations

import time

import click

from ..actions.survey import contents
from ..base.times import day
from ..copies.restore import Difference, Outcome, Restore
from .group import command
from .opening import with_password
from .options import Settings, default_path
from .output import emit, remark, say


@command
@click.argument("copy", metavar="FILE")
@click.option("--older", is_flag=True, help="Replace a vault that was saved later.")
@click.option("--other", is_flag=True, help="Replace another vault, or a file that is not a vault.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def restore(settings: Settings, copy: str, older: bool, other: bool, dry_run: bool) -> None:
    """Put a copy in the vault's place, and keep what stood there beside it.

    The copy is unlocked first, with the password of its own time, and once more from its new place. What was
    stored since is named. Nothing is merged.
    """
    make = settings.path == default_path() and not dry_run
    planned = Restore(settings.path, copy, expensive=settings.allow_expensive_kdf, make_folder=make)
    if dry_run:
        done = with_password(settings, "opening both", planned.compare)
    else:
        planned.refuse(older=older, other=other)
        today = day(int(time.time()))
        done = with_password(settings, "opening, writing, opening again", lambda s: planned.put(s, today))
    _tell(settings, planned, done, "the copy opens" if dry_run else f"restored {planned.path}")


def _tell(settings: Settings, planned: Restore, done: Outcome, said: str) -> None:
    inside, found = contents(done.opened), done.difference
    if settings.json:
        lists = found.__dict__ if found else dict.fromkeys(Difference.__annotations__)
        emit({**inside.__dict__, "path": planned.path, "kept": done.kept or None, **lists})
    else:
        say(f"{said}: {inside}")
    if done.kept:
        remark(f"what stood there is kept: {done.kept}")
    if done.journal:
        remark(done.journal)
    if found is None:
        if planned.stands:
            remark("what stands there does not open with this password, and was not compared")
        return
    for words, names in (
        ("not in the copy", found.missing),
        ("only in the copy", found.again),
        ("different in the copy", found.altered),
    ):
        if names:
            remark(f"{words}: {', '.join(names)}")
    if found.altered or found.again:
        remark("keys that were replaced since may have ended: vault verify --all")
