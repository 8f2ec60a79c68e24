"""The usage journal: what was done with which credential, when, and by which program.

A file beside the vault, each record sealed and chained to the one before it (docs/format.md, "The
journal"). A record is appended without the vault being saved; it never holds a value or an argument.
Times are seconds since the Unix epoch, UTC; sizes are bytes; records are numbered from 1.

A bot's start appends one record and reads the few before it: only what that needs is imported here.
"""

from __future__ import annotations

import os

from ..base import canonical
from ..errors import JournalError, VaultError
from ..store import names, notes
from ..system import Busy, Folder, Missing
from .records import (
    AROUND,
    BORDER,
    HEADER,
    MAX_FILE,
    MAX_SEQ,
    Entry,
    Keys,
    fits,
    frame,
    gap,
    integer,
    stored_link,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Self, TypeVar

    from ..core.vault import Vault
    from .history import History
    from .scan import Note

    T = TypeVar("T")

__all__ = ["ELSEWHERE", "SUCCESSOR", "Entry", "Journal"]

# Outcomes of what went well, and is not a use of the present key all the same.
SUCCESSOR = "next"  # the successor's values were used
ELSEWHERE = "elsewhere"  # an address was asked that is not the exchange's own

COMPACT_AT = 1 << 20  # a longer file loses its older half
LOCK_SECONDS = 2.0  # a bot waits no longer for its line in the journal

_RETRY = 256 << 10  # a file that could not be made shorter is tried again when it has grown by as much
_TAIL = 8 << 10  # what an appender reads: some 30 records


class Journal:
    """The journal beside the vault at one path."""

    def __init__(self, path: str, vault_id: bytes, keys: Mapping[int, bytes]) -> None:
        """Nothing is read or written yet.

        Args:
            path: the vault's own, its links resolved.
            keys: of 32 bytes each, by epoch; records are written with that of the highest.
        """
        self._place, self._vault = os.path.split(path)
        self.path, self._name = path + names.JOURNAL, self._vault + names.JOURNAL
        self._vault_id, self._keys = vault_id, Keys(vault_id, keys)

    @classmethod
    def of(cls, vault: Vault) -> Self:
        """Return the journal beside an unlocked vault."""
        return cls(vault.path, vault.header.vault_id, vault.payload.journal)

    def note(
        self, at: int, did: str, names: Iterable[str], *, program: str = "", outcome: str = "ok"
    ) -> tuple[str, ...]:
        """Append an entry; return a warning if it cannot be written, since that must stop no program.

        Args:
            program: path of a program that is about to be started, in the working folder.
        """
        try:
            folder = _working_folder() if program else ""
            self.append(Entry(at, did, tuple(names), program=program, folder=folder, outcome=outcome))
        except VaultError as error:
            return (f"not noted in the journal: {error}",)
        return ()

    def append(self, entry: Entry) -> None:
        """Add an entry at the end; damage that is found there is repaired and noted first.

        It outlives this process at once, however that ends; the last ones may not outlive a power cut.

        Raises:
            JournalError: If it cannot be written: no bot is to be stopped by that.
        """
        if not self._keys.newest:
            raise JournalError("this vault has no key for its journal", hint="vault passwd makes one")
        self._at_work("write", lambda folder: self._locked(folder, lambda: self._append(folder, entry)))

    def read(self) -> History:
        """Return the contents, and everything that is wrong with them.

        Raises:
            JournalError: If it is not a file that is ours alone, or the disk refused.
        """

        def twice(folder: Folder) -> History:
            history, is_sound = self._read(folder)
            if is_sound:
                return history
            try:  # Another process may be writing just now, so it is read again under the lock.
                return self._locked(folder, lambda: self._read(folder)[0])
            except VaultError:
                return history

        return self._at_work("read", twice)

    def recent(self, limit: int) -> tuple[Entry, ...]:
        """Return the newest entries, newest first, *limit* at most, and read no more of the file than needed.

        Raises:
            JournalError: As :meth:`read`.
        """
        entries = self._at_work("read", lambda folder: self._recent(folder, limit))
        return self.read().entries[::-1][:limit] if entries is None else entries

    def _at_work(self, doing: str, work: Callable[[Folder], T]) -> T:
        try:
            with Folder(self._place) as folder:
                return work(folder)
        except JournalError:
            raise
        except Busy:
            reason = f"other commands have been at work on it for {LOCK_SECONDS:.0f} seconds"
            raise JournalError(f"cannot {doing} the journal {self.path}: {reason}") from None
        except VaultError as error:
            raise JournalError(f"cannot {doing} the journal: {error}", hint=error.hint) from None

    def _locked(self, folder: Folder, work: Callable[[], T]) -> T:
        # The lock is held for a quarter of a millisecond. A process that tried less often could miss it for
        # seconds while many programs are started at once.
        with folder.lock(self._name + names.LOCK, LOCK_SECONDS, pause=0.001):
            return work()

    # --- reading ------------------------------------------------------------------------------------

    def _read(self, folder: Folder) -> tuple[History, bool]:
        """Return the contents, and whether the only problems are those that the journal notes itself."""
        from .history import History
        from .problems import CAUSES, sentence
        from .scan import Scan

        # The note is read first: a record that is written meanwhile makes the journal longer, not shorter.
        note = self._recall()
        try:
            size = folder.ends(self._name, 0, 0)[0]
            data = folder.read(self._name, MAX_FILE) if size <= MAX_FILE else b""
        except Missing:
            if note is None:
                return History(), True
            return History(problems=(sentence(gap("absent", note[0])),)), False
        if size > MAX_FILE:
            return History(problems=(CAUSES["large"],)), False
        return Scan(self._keys, data).history(note)

    def _recent(self, folder: Folder, limit: int) -> tuple[Entry, ...] | None:
        """Return the newest entries; None if there is anything but records between them."""
        wanted = 2 * _TAIL
        while True:
            try:
                size, header, tail = folder.ends(self._name, HEADER, wanted)
            except Missing:
                return ()
            if size > MAX_FILE or header != self._keys.header:
                return None
            entries: list[Entry] = []
            end = len(tail)
            first = HEADER if size == len(tail) else BORDER  # where the earliest record can begin
            while len(entries) < limit and end > first:
                start = end - integer(tail, end - 4)
                if start < first and size > len(tail):
                    break  # it began earlier
                if start < first or frame(tail, start) != end:
                    return None
                previous = stored_link(tail, start) if start > first or size > len(tail) else self._keys.start
                record = self._keys.open(tail, start, previous)
                if record is None:
                    return None
                if record.entry is not None:
                    entries.append(record.entry)
                end = start
            if len(entries) == limit or size == len(tail):
                return tuple(entries)
            wanted *= 4

    # --- writing, with the lock held ----------------------------------------------------------------

    def _append(self, folder: Folder, entry: Entry) -> None:
        note, size = self._recall(), 0
        header, begin, last, lost = b"", self._keys.header, (0, self._keys.start), None
        try:
            size, header, tail = folder.ends(self._name, HEADER, _TAIL)
            longer = integer(tail, len(tail) - 4) + BORDER
            if len(tail) < min(size, longer) and fits(longer - BORDER):
                size, header, tail = folder.ends(self._name, HEADER, longer)
        except Missing:
            end = 0
            lost = None if note is None else gap("absent", note[0])
        else:
            found = self._last(size, header, tail, note)
            if found is None:
                end, begin, last, lost = self._mend(folder, size, note)
            else:
                end, begin, last = size, b"", found
        entries = [entry]
        seq, link = last
        if lost is not None:
            entries.insert(0, lost.changed(at=entry.at))
            seq = max(seq, lost.expected)
        data = [begin]
        for each in entries:
            seq += 1
            record, link = self._keys.seal(seq, canonical.dumps(each.to_plain()), link)
            data.append(record)
        folder.write_at(self._name, end, b"".join(data), make=not end, last=True)
        if end and header != self._keys.header:
            folder.write_at(self._name, 0, self._keys.header)  # last, so that a kill before it loses no gap
        self._remember(seq, link)
        length = end + sum(map(len, data))
        if length > COMPACT_AT and length // _RETRY > size // _RETRY:
            self._compact(folder, entry.at)

    def _last(self, size: int, header: bytes, tail: bytes, note: Note | None) -> Note | None:
        """Return number and link of the last record; None if it is damaged or contradicts *note*."""
        length = integer(tail, len(tail) - 4)
        start = len(tail) - length
        if header != self._keys.header or size > MAX_FILE or start < 0 or not frame(tail, start):
            return None
        if size - length == HEADER:
            previous = self._keys.start
        elif start < BORDER:
            return None
        else:
            previous = stored_link(tail, start)
        record = self._keys.open(tail, start, previous)
        if record is None or record.link != stored_link(tail, len(tail)):
            return None
        at, seq, link = start, record.seq, record.link
        while note is not None and (seq, link) != note:
            # Another machine wrote since, or a note was lost: go back to the record that was noted.
            if seq <= note[0] or at < BORDER + AROUND or size - len(tail) + at <= HEADER:
                return None
            end, at = at, at - integer(tail, at - 4)
            if at < 0 or frame(tail, at) != end:
                return None
            seq, link = integer(tail, at + 8, 8), stored_link(tail, end)
        return record.seq, record.link

    def _mend(self, folder: Folder, size: int, note: Note | None) -> tuple[int, bytes, Note, Entry | None]:
        """Return where to append, with which bytes before the record, after which record, and the gap."""
        start = self._keys.header, (0, self._keys.start)
        from .scan import Scan

        data = b"" if size > MAX_FILE else folder.read(self._name, MAX_FILE)
        scan = Scan(self._keys, data)
        if size > MAX_FILE or scan.is_foreign:
            if scan.is_newer:
                raise JournalError(
                    f"the journal {self.path} was written by a newer version", hint="update coldvault"
                )
            # The file is kept: it may belong to somebody, or explain what happened.
            folder.rename(self._name, self._vault + names.FOREIGN)
            return 0, *start, gap("large" if size > MAX_FILE else "foreign", note[0] if note else 0)
        lost = scan.against(note)
        if lost is None and scan.records and not scan.has_header:
            lost = gap("header", scan.last, scan.last)
        if lost is None and (scan.end < max(len(data), 1) or scan.border):
            is_torn = scan.is_torn or len(data) <= HEADER
            lost = gap("torn" if is_torn else "end", scan.last, scan.last)
        if not scan.end:
            return 0, *start, lost
        return scan.end - len(scan.border), scan.border, (scan.last, scan.link), lost

    def _compact(self, folder: Folder, now: int) -> None:
        """Drop the older half. A kill leaves the old file or the new one; a failure is tried again later."""
        from .scan import Scan

        try:
            scan = Scan(self._keys, raw := folder.read(self._name, MAX_FILE))
            unread = sum(record.text is None for record in scan.records.values())
            if unread == len(scan.records) or (unread and len(raw) < MAX_FILE // 2):
                return  # the password was changed meanwhile: a process that has the newer key will do it
            if unread:  # none came: they are kept aside, or one of them would stop this for good
                folder.put(self._vault + names.FOREIGN, raw, stem=names.drafts(self._vault, "journal"))
            data, last = scan.shortened(now, COMPACT_AT // 2)
            folder.put(self._name, data, stem=names.drafts(self._vault, "journal"))
            folder.sync()
            self._remember(*last)
        except VaultError:
            return

    # --- what this machine has seen of it -----------------------------------------------------------

    def _recall(self) -> Note | None:
        """Return number and link of the last record that this machine wrote; None if that is unknown."""
        note = notes.recall_journal(self._vault_id)
        return note if note and 0 < note[0] < MAX_SEQ // 2 and len(note[1]) == 32 else None

    def _remember(self, seq: int, link: bytes) -> None:
        notes.remember_journal(self._vault_id, seq, link)


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # the folder was removed
        return ""
