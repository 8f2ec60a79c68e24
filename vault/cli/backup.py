"""``backup``, ``restore``: copies that are known to open, put back so that nothing is lost."""

from __future__ import annotations

import time

import click

from ..base.times import day
from ..copies.backup import Backup
from ..copies.restore import Difference, Restore
from .group import as_json
from .opening import check_there, with_password
from .options import default_path
from .output import emit, remark, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ..copies.restore import Outcome
    from ..core.vault import Vault
    from .options import Settings

    T = TypeVar("T")


def _facts(opened: Vault, **more: Any) -> dict[str, Any]:
    header = opened.header
    counts = {"generation": header.generation, "epoch": header.epoch, "credentials": len(opened.credentials)}
    return {"vault_id": header.vault_id.hex(), **counts, **more}


def _contents(opened: Vault) -> str:
    number = len(opened.credentials)
    return f"save {opened.header.generation}, {number} credential{'s' * (number != 1)}"


# --- backup -------------------------------------------------------------------------------------------


@click.command()
@click.argument("folder", metavar="DIR")
@as_json
@click.pass_obj
def backup(settings: Settings, folder: str) -> None:
    """Copy the vault into a folder, and prove that the copy opens.

    Its name tells the vault, the day and the save. The copy is read from its disk, compared byte for byte and
    unlocked before anything is said; the journal is copied beside it. No copy is ever replaced.
    """
    check_there(settings)
    expensive, older = settings.allow_expensive_kdf, settings.accept_older
    today = day(int(time.time()))
    planned = Backup(settings.path, folder, today, expensive=expensive, accept_older=older)
    made = with_password(settings, "copying, opening the copy", planned.make)
    if settings.json:
        emit(_facts(made.opened, path=made.path, journal=made.journal or None))
    else:
        say(f"{made.path}: {_contents(made.opened)}; read back, compared and unlocked")
    if made.problem:
        remark(f"warning: the journal was not copied: {made.problem}")


# --- restore ------------------------------------------------------------------------------------------


@click.command()
@click.argument("copy", metavar="FILE")
@click.option("--older", is_flag=True, help="Even if what stands there was saved later.")
@click.option("--other", is_flag=True, help="Even if another vault stands there, or a file that is none.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@as_json
@click.pass_obj
def restore(settings: Settings, copy: str, older: bool, other: bool, dry_run: bool) -> None:
    """Put a copy in the vault's place, and keep what stood there beside it.

    The copy is unlocked first, with the password of its own time, and once more from its new place. What was
    stored since is named. Nothing is merged.
    """
    make = settings.path == default_path() and not dry_run
    planned = Restore(settings.path, copy, expensive=settings.allow_expensive_kdf, make_folder=make)
    if dry_run:
        _tell(settings, planned, with_password(settings, "opening both", planned.compare), dry_run)
        return
    planned.refuse(older=older, other=other)
    today = day(int(time.time()))
    done = with_password(settings, "opening, writing, opening again", lambda s: planned.put(s, today))
    _tell(settings, planned, done, dry_run)


def _tell(settings: Settings, planned: Restore, done: Outcome, dry_run: bool) -> None:
    found = done.difference
    if settings.json:
        lists = found.__dict__ if found else dict.fromkeys(Difference.__annotations__)
        emit(_facts(done.opened, path=planned.path, kept=done.kept or None, **lists))
    else:
        what = "the copy opens" if dry_run else f"restored {planned.path}"
        say(f"{what}: {_contents(done.opened)}")
    if done.kept:
        remark(f"what stood there is kept: {done.kept}")
    if done.journal:
        remark(done.journal)
    if found is None:
        if planned.stands:
            remark("that does not open with this password: what differs is not known")
        return
    for words, names in (
        ("not in the copy", found.missing),
        ("in the copy alone", found.again),
        ("different in the copy", found.altered),
    ):
        if names:
            remark(f"{words}: {', '.join(names)}")
    if found.altered or found.again:
        remark("keys that were replaced since may have ended: vault verify --all")
