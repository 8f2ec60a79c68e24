"""Append to and read the usage journal of an unlocked vault."""

from __future__ import annotations

import time

from ..core.vault import Vault
from ..journal.history import History
from ..journal.journal import Journal


def note(opened: Vault, did: str, *names: str, outcome: str = "ok") -> tuple[str, ...]:
    """Append an entry about these credentials; return a warning if that failed.

    *outcome* is ``ok``, or why the present key was not used: an error's code, ``SUCCESSOR``, ``ELSEWHERE``.
    """
    return Journal.of(opened).note(int(time.time()), did, names, outcome=outcome)


def read(opened: Vault) -> History:
    """Return all entries and the journal's problems; raises JournalError if it cannot be read."""
    return Journal.of(opened).read()
