"""Merge a copy into a vault, or take credentials from it: planned first, done once both are open."""

from __future__ import annotations

from collections.abc import Mapping

from ..base.rules import counted, pasted
from ..base.times import minute
from ..copies.merge import BOTH, CHOICES, COPY, VAULT, Conflict, Join, Merge
from . import journal
from .saving import Done

__all__ = [
    "BOTH",
    "CHOICES",
    "COPY",
    "VAULT",
    "Conflict",
    "Join",
    "Merge",
    "compare",
    "differing",
    "merge",
    "nothing",
]


def nothing(planned: Merge, joined: Join | None = None) -> Done | None:
    """Return the result if there is nothing to merge, as far as is known by now; None otherwise."""
    hints: tuple[str, ...] = ()
    if planned.same:
        why = f"{planned.copy} is the same version of the vault"
    elif joined is not None and joined.earlier:
        why = f"{planned.copy} is an earlier version of the vault"
        hints = (f"to take a credential from it: vault restore {pasted(planned.copy)} --only NAME",)
    elif joined is not None and joined.same:
        why = f"{planned.copy} has nothing that the vault lacks"
    else:
        return None
    return Done(
        {"path": planned.path, "copy": planned.copy, "merged": False}, f"nothing to merge: {why}", hints
    )


def compare(planned: Merge, joined: Join) -> Done:
    """Return what a merge would do, and what would have to be decided first."""
    found, later = joined.difference, joined.later
    lists = {
        "only in the copy, to be taken": found.again,
        "the copy's, which is the later version, to be taken": found.altered if later else (),
        "removed in the copy, which is the later version, to be removed": found.missing if later else (),
        "only in the vault, to stay": () if later else found.missing,
    }
    lines = [f"{words}: {', '.join(names)}" for words, names in lists.items() if names]
    facts = {"path": planned.path, "copy": planned.copy, "merged": False, **found.__dict__}
    facts["conflicts"] = [conflict.__dict__ for conflict in joined.conflicts]
    return Done(facts, "both open, and nothing was written", (*lines, *map(differing, joined.conflicts)))


def differing(conflict: Conflict) -> str:
    """Return the sentence about a credential that differs in the two."""
    when = f"changed here {minute(conflict.here)}, in the copy {minute(conflict.there)}"
    return f"{conflict.name} differs in {', '.join(conflict.differs)}: {when}"


def merge(planned: Merge, joined: Join, choices: Mapping[str, str], now: int) -> Done:
    """Take over the copy's credentials, save, and note each change; raises as :meth:`Join.apply`."""
    merged = joined.apply(choices, now)
    opened, beside = joined.ours, [f"{name} as {other}" for name, other in merged.beside.items()]
    changed = (*merged.taken, *merged.replaced, *merged.beside.values(), *merged.removed)
    warnings = journal.note(opened, "merge", *changed)
    lists = {
        "taken from the copy": merged.taken,
        "replaced by the copy's": merged.replaced,
        "added beside the vault's own": beside,
        "kept as in the vault": merged.kept,
        "removed, as in the copy, which is the later version": merged.removed,
    }
    lines = [f"{words}: {', '.join(names)}" for words, names in lists.items() if names]
    if joined.password_of_copy:
        lines.append("the master password is the copy's from now on: it is the later one")
    header = opened.header
    facts = {"path": planned.path, "copy": planned.copy, "merged": True, **merged.__dict__}
    facts |= {"generation": header.generation, "epoch": header.epoch}
    said = f"merged: save {header.generation}, {counted(len(opened.credentials), 'credential')}"
    return Done(facts, said, tuple(lines), warnings)
