"""Back up and restore a vault: planned first, done once the password is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..base.rules import counted
from ..base.secret import Secret
from ..base.times import day
from ..copies.backup import Backup
from ..copies.compare import Difference
from ..copies.restore import Outcome, Restore
from ..core.vault import Vault
from .saving import Done


def backup(
    path: str, folder: str, now: int, *, expensive: bool = False, accept_older: bool = False
) -> Callable[[Secret], Done]:
    """Plan a backup; return the function that makes it, given the password. Raises as :class:`Backup`."""
    planned = Backup(path, folder, day(now), expensive=expensive, accept_older=accept_older)

    def copy(secret: Secret) -> Done:
        made = planned.make(secret)
        facts = {**_numbers(made.opened), "path": made.path, "journal": made.journal or None}
        said = f"{made.path}: {_contents(made.opened)}; read back, compared and unlocked"
        problem = f"warning: the journal was not copied: {made.problem}"
        return Done(facts, said, (problem,) if made.problem else ())

    return copy


def restore(
    path: str,
    copy: str,
    now: int,
    *,
    older: bool = False,
    other: bool = False,
    dry_run: bool = False,
    expensive: bool = False,
    make_folder: bool = False,
) -> Callable[[Secret], Done]:
    """Plan a restore; return the function that does it, given the password.

    Args:
        older, other: as for :meth:`Restore.refuse`, which may raise RestoreRefused.
        dry_run: only compare.
    """
    planned = Restore(path, copy, expensive=expensive, make_folder=make_folder and not dry_run)
    if not dry_run:
        planned.refuse(older=older, other=other)

    def put(secret: Secret) -> Done:
        done = planned.compare(secret) if dry_run else planned.put(secret, day(now))
        lists = done.difference.__dict__ if done.difference else dict.fromkeys(Difference.__annotations__)
        facts = {**_numbers(done.opened), "path": planned.path, "kept": done.kept or None, **lists}
        what = "the copy opens" if dry_run else f"restored {planned.path}"
        return Done(facts, f"{what}: {_contents(done.opened)}", tuple(_remarks(planned, done)))

    return put


def _remarks(planned: Restore, done: Outcome) -> Iterator[str]:
    if done.kept:
        yield f"the replaced file is kept: {done.kept}"
    if done.journal:
        yield done.journal
    found = done.difference
    if found is None:
        if planned.stands:
            yield "the file in its place does not open with this password, and was not compared"
        return
    for words, names in (
        ("not in the copy", found.missing),
        ("only in the copy", found.again),
        ("different in the copy", found.altered),
    ):
        if names:
            yield f"{words}: {', '.join(names)}"
    if found.altered or found.again:
        yield "keys that were replaced since may have ended: vault verify --all"


def _numbers(opened: Vault) -> dict[str, Any]:
    header, count = opened.header, len(opened.credentials)
    numbers = {"generation": header.generation, "epoch": header.epoch, "credentials": count}
    return {"vault_id": header.vault_id.hex(), **numbers}


def _contents(opened: Vault) -> str:
    return f"save {opened.header.generation}, {counted(len(opened.credentials), 'credential')}"
