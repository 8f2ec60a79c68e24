"""The usage journal of an unlocked vault: one entry more, and all that it holds."""

from __future__ import annotations

import time

from ..core.vault import Vault
from ..journal.history import History
from ..journal.journal import Journal


def note(opened: Vault, did: str, *names: str, outcome: str = "ok") -> tuple[str, ...]:
    """Append what was done with these credentials, now; return a warning if that failed.

    Args:
        outcome: ``ok``; or why it is not a use of the present key: the code of an error, ``SUCCESSOR`` or
            ``ELSEWHERE``.
    """
    return Journal.of(opened).note(int(time.time()), did, names, outcome=outcome)


def read(opened: Vault) -> History:
    """Return all entries, and what is wrong with the journal; raises JournalError if it cannot be read."""
    return Journal.of(opened).read()
