"""Notes in the usage journal: an entry each, and a warning where the disk refuses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from vault.actions import journal
from vault.journal.journal import ELSEWHERE

if TYPE_CHECKING:
    from pathlib import Path

    from vault import Vault


def test_a_note_is_an_entry_of_now(opened: Vault) -> None:
    """With what was done, to which credentials, and how it ended."""
    begin = int(time.time())
    assert () == journal.note(opened, "verify", "a", "b", outcome=ELSEWHERE)
    (entry,) = journal.read(opened).entries
    assert ("verify", ("a", "b"), "elsewhere") == (entry.did, entry.names, entry.outcome)
    assert begin <= entry.at <= time.time()


def test_a_note_that_fails_is_a_warning(opened: Vault, path: Path) -> None:
    """What was done is done: the caller goes on."""
    path.with_name(f"{path.name}.journal").mkdir()
    (warning,) = journal.note(opened, "copy", "a")
    assert warning.startswith("not noted in the journal: ")


def test_a_note_that_is_not_an_entry_is_a_warning(opened: Vault) -> None:
    """Whatever its fault."""
    assert journal.note(opened, "copied", "a")
    assert () == journal.read(opened).entries
