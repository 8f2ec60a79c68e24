"""The names of the files that belong to a vault."""

from __future__ import annotations

import os

PREVIOUS = ".bak"  # of the version that each save keeps
JOURNAL = ".journal"
FOREIGN = ".journal.old"  # of a file that has a journal's name and is not one
LOCK = ".lock"  # of a vault, and of a journal
# Where the vault's id stands in the previous version, and in the journal (docs/format.md).
VAULT_ID = {PREVIOUS: slice(20, 36), JOURNAL: slice(16, 32)}


def drafts(name: str, part: str = "") -> str:
    """Return the start of a vault's temporary names, or of those of a *part*, which saves do not sweep."""
    return f".{name}{part and f'-{part}'}."


def backup(name: str, day: str, save: int) -> str:
    """Return the name of a copy."""
    stem, ending = os.path.splitext(name)
    return f"{stem}.{day}.save-{save}{ending}"


def replaced(name: str, day: str) -> str:
    """Return the name of the file that a restore replaced."""
    return f"{name}.replaced-{day}"


def is_version(entry: str, name: str) -> bool:
    """Return True if a file may be an older version or a leftover of the vault *name*, by its own name."""
    return entry.startswith((f"{name}.", drafts(name))) and not entry.endswith((LOCK, JOURNAL))


def kind(entry: str, name: str) -> str:
    """Return a file's kind by its name, as ``copies.beside.Copy.kind``; empty for an unrelated file.

    Sync tools set aside ``default.vault`` as ``default (conflicted copy …).vault`` (Dropbox, Nextcloud),
    ``default.sync-conflict-….vault`` (Syncthing), ``default-HOST.vault`` (OneDrive), ``default (1).vault``
    (Google Drive) and ``default 2.vault`` (iCloud). Another vault may be named so, too.
    """
    stem, ending = os.path.splitext(name)
    conflict = entry.startswith(stem) and "conflict" in entry.lower()
    if entry == name + PREVIOUS:
        return "previous"
    if entry.startswith(drafts(name)) and entry.endswith(".tmp"):
        return "leftover"
    if entry == name:
        return ""
    if JOURNAL in entry:
        return "journal" if conflict else ""
    if entry.startswith(replaced(name, "")):
        return "replaced"
    if entry.startswith(f"{stem}.") and ".save-" in entry:
        return "backup"
    if not ending or not entry.endswith(ending):
        return ""
    return "conflict" if conflict or (entry.startswith(stem) and entry[len(stem)] in " -_(") else "copy"
