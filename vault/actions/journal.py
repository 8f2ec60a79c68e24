"""Append to and read the usage journal of an unlocked vault."""

from __future__ import annotations

from ..base.clock import MAX_TIME, SKEW, present
from ..core.vault import Vault
from ..journal.history import History
from ..journal.journal import Journal


def note(opened: Vault, did: str, *names: str, outcome: str = "ok") -> tuple[str, ...]:
    """Append an entry about these credentials; return a warning if that failed.

    *outcome* is ``ok``, or why the present key was not used: an error's code, ``SUCCESSOR``, ``ELSEWHERE``.
    """
    return Journal.of(opened).note(present(), did, names, outcome=outcome)


def read(opened: Vault, now: int = MAX_TIME) -> History:
    """Return all entries and the journal's problems; raises JournalError if it cannot be read.

    What is dated after *now* is left out: it was written by a wrong clock, and tells of no known time.
    """
    return Journal.of(opened).read().until(now + SKEW)
