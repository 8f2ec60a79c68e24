"""The search of a journal's bytes for records that verify, and for what is wrong with the rest."""

from __future__ import annotations

from time import gmtime, strftime

from ..base.digest import sha256
from .history import History, KeyUsage, Summary
from .problems import CAUSES, Ranges, in_words, ranges_of, rank, sentence, without
from .records import (
    AROUND,
    BORDER,
    HEADER,
    MAGIC,
    MAX_FILE,
    PAD,
    UNREADABLE,
    VERSION,
    Entry,
    Keys,
    VerifiedRecord,
    fits,
    frame,
    gap,
    integer,
    stored_link,
)

Note = tuple[int, bytes]


class Scan:
    """The records of a journal that verify, and what is wrong with the rest.

    Attributes:
        records: by number, in the order of the file.
        last: the highest number; 0 without records.
        end: where the last record of the file ends, 0 without records; *link* is that record's.
        border: the last bytes that this record should have, if they were changed.
        is_torn: the bytes after it are the beginning of another record.
        has_header: the file begins as it should.
        summary: the summary of dropped records, if there is one.
        problems: the code of each, empty for a minor one, and a sentence.
    """

    def __init__(self, keys: Keys, data: bytes) -> None:
        self._keys, self._data = keys, data
        self.records: dict[int, VerifiedRecord] = {}
        self.last = self.end = 0
        self.link, self.border = keys.start, b""
        self.summary: Summary | None = None
        self.is_torn = False
        self.has_header = data.startswith(keys.header)
        self.problems: list[tuple[str, str]] = []
        self._skipped: Ranges = []  # ranges of bytes without a record
        self._astray: set[int] = set()  # records that do not follow the one before them
        self._moved: list[int] = []
        self._borders: list[int] = []
        self._links: dict[int, list[bytes]] | None = None
        # Bytes to decrypt at most in search of records: a file can be filled with what looks like the
        # beginnings of many.
        self._budget = 2 * MAX_FILE
        self._find_records()
        self._explain()

    def _find_records(self) -> None:
        data, at = self._data, HEADER
        before = after = [self.link]  # links that the next record may follow; the last record's link
        done = at  # up to here every byte belongs to a record
        while at < len(data):
            record = self._record(at, before)
            if record is None:
                at = self._search(at, after)
                before = [stored_link(data, at), *after]
                continue
            if done < at:
                self._skipped.append((done, at))
                self._astray.add(record.seq)
            if record.summary is not None:
                try:
                    summary = Summary.from_plain(record.summary)
                    self.summary = self.summary if self.records else summary
                except UNREADABLE:
                    record = record.changed(entry=None)
            self.records.setdefault(record.seq, record)
            border = record.link + data[at : at + 4]
            at = done = self.end = record.end
            self.last, self.link = max(self.last, record.seq), record.link
            self.border = b"" if data[at - BORDER : at] == border else border
            if self.border:
                self._borders.append(record.seq)
            before = after = [record.link]
        if done < len(data):
            self._skipped.append((done, len(data)))

    def _record(self, at: int, before: list[bytes]) -> VerifiedRecord | None:
        """Return the record at byte *at*; None unless it follows one of those links or a record elsewhere."""
        keys, data = self._keys, self._data
        for link in before:
            if record := keys.open(data, at, link) or self._fits(at, link):
                return record
        seq = integer(data, at + 8, 8)
        for link in self._elsewhere(seq - 1) if frame(data, at) else ():
            if record := keys.open(data, at, link):
                self._moved.append(seq)
                self._astray.add(seq)
                return record
        return None

    def _fits(self, at: int, previous: bytes) -> VerifiedRecord | None:
        """Return the record without a key at byte *at*; None unless its link and number follow *previous*."""
        data, end, seq = self._data, frame(self._data, at), integer(self._data, at + 8, 8)
        epoch = integer(data, at + 4)
        if not (self.has_header and end and self._is_next(seq)) or epoch in self._keys.by_epoch:
            return None
        link = sha256(previous + data[at : end - BORDER])
        return VerifiedRecord(seq, epoch, link, end) if link == stored_link(data, end) else None

    def _is_next(self, seq: int) -> bool:
        """Return whether a record that cannot be decrypted may have the number that it claims."""
        return 0 < seq - self.last <= MAX_FILE // AROUND

    def _elsewhere(self, seq: int) -> list[bytes]:
        """Return the links of up to four records numbered *seq*, wherever they are in the file."""
        if self._links is None:
            self._links, at = {0: [self._keys.start]}, HEADER
            while end := frame(self._data, at):
                known = self._links.setdefault(integer(self._data, at + 8, 8), [])
                known.append(stored_link(self._data, end))
                at = end
        return self._links.get(seq, [])[:4]

    def _search(self, at: int, after: list[bytes]) -> int:
        """Return the next byte after *at* where a record begins, or the end of the file.

        The record has to follow the link before it in the file, or one of *after*.
        """
        data, keys, nearest = self._data, self._keys, len(self._data)
        if end := frame(data, at):
            link = stored_link(data, end)
            if keys.open(data, end, link) or self._fits(end, link):
                nearest = end
        for epoch in keys.by_epoch:
            mark = epoch.to_bytes(4, "big")
            found = data.find(mark, at + 5, nearest + 8)
            while 0 <= found < nearest + 4 and self._budget > 0:
                start = found - 4
                if end := frame(data, start):
                    links = [stored_link(data, start), *after]
                    self._budget -= (end - start) * len(links)
                    if any(keys.open(data, start, link) for link in links):
                        nearest = start
                found = data.find(mark, found + 1, nearest + 8)
        return nearest

    def _explain(self) -> None:
        data, say = self._data, self.problems.append
        if not self.has_header and self.records:
            say(("header", CAUSES["header"]))
        frames: list[tuple[int, int]] = []  # number and length of what looks like a record
        strange = 0  # how many bytes do not
        for begin, stop in self._skipped:
            while (end := frame(data, begin)) and end <= stop:
                frames.append((integer(data, begin + 8, 8), end - begin))
                begin = end
            left = stop - begin
            if left and stop == len(data):
                size, seq = integer(data, begin), integer(data, begin + 8, 8)
                self.is_torn = left < 16 or (fits(size) and size > left and seq == self.last + 1)
            strange += 0 if self.is_torn else left
        missing = self._missing()
        changed = {n for n, _ in frames if self._is_next(n) or any(a <= n <= b for a, b in missing)}
        strange += sum(size for n, size in frames if n not in changed)
        if self.is_torn:
            say(("torn", CAUSES["torn"]))
        if changed:
            doubt = "changed or damaged, or the one before it is missing"
            say(("damaged", f"{in_words(ranges_of(changed))}: {doubt}"))
        if gone := without(missing, changed):
            say(("damaged", f"{in_words(gone)}: {'missing, or changed' if strange else 'missing'}"))
        elif strange:
            say(("end", f"{strange:,} bytes of the journal belong to no record"))
        newest, older = 0, []
        for record in self.records.values():
            if record.epoch < newest:
                older.append(record.seq)
            newest = max(newest, record.epoch)
        sealed = [n for n, record in self.records.items() if record.text is None]
        unknown = [n for n, record in self.records.items() if record.text is not None and not record.entry]
        for code, numbers, said in (
            ("header", self._moved, "not where it was written, or the one before it is not"),
            ("header", self._borders, "the bytes behind it were changed"),
            ("older", older, CAUSES["older"]),
            ("", sealed, "this vault does not have the key; is it an older copy of the vault?"),
            ("", unknown, "written by a newer version of this program"),
        ):
            if numbers:
                say((code, f"{in_words(ranges_of(numbers))}: {said}"))

    def _missing(self) -> Ranges:
        """Return the ranges of numbers that are missing.

        Where a record follows the one before it, its writer left out the numbers in between.
        """
        missing, expected = [], 1
        for seq, record in sorted(self.records.items()):
            if seq in self._astray and record.reach > expected:
                missing.append((expected, record.reach - 1))
            expected = seq + 1
        through = self.summary.through if self.summary else 0
        return [*missing, (expected, through)] if through >= expected else missing

    @property
    def gaps(self) -> list[Entry]:
        """Every gap that was noted, oldest first."""
        gaps = list(self.summary.gaps) if self.summary else []
        entries = (record.entry for record in self.records.values())
        return gaps + [entry for entry in entries if entry is not None and entry.did == "gap"]

    def against(self, note: Note | None) -> Entry | None:
        """Return how the journal contradicts *note*, which this machine made of it; None if it does not."""
        if note is None:
            return None
        seq, link = note
        if any(noted.found < seq <= noted.expected for noted in self.gaps):
            return None  # it is in the journal already
        if seq > self.last:
            return gap("short", seq, self.last)
        through = self.summary.through if self.summary else 0
        record = self.records.get(seq)
        if seq <= through or record is None or record.link == link:
            return None  # sealed anew since; or damaged, which is another problem
        return gap("other", seq, seq - 1)

    @property
    def is_foreign(self) -> bool:
        """Whether this is not a journal of this vault."""
        return not self.records and not self._keys.header.startswith(self._data[:HEADER])

    @property
    def is_newer(self) -> bool:
        """Whether a newer version wrote this journal of this vault."""
        data = self._data
        return data[:8] == MAGIC and data[16:HEADER] == self._keys.header[16:] and data[8:10] > VERSION

    def history(self, note: Note | None) -> tuple[History, bool]:
        """Return the contents and problems, and whether the only problems are those it notes itself.

        Args:
            note: the last record that this machine wrote.
        """
        problems, noted = [*self.problems], {}
        if self.is_foreign:
            foreign = sentence(gap("foreign", note[0] if note else 0))
            problems = [("foreign", "it was written by a newer version" if self.is_newer else foreign)]
        elif new := self.against(note):
            problems.append((new.outcome, sentence(new)))
        elif not self.records and not problems:
            problems.append(("torn", CAUSES["torn"]))
        is_sound = not problems
        for old in self.gaps:
            said = f"noted on {strftime('%Y-%m-%d', gmtime(old.at))}: {sentence(old)}"
            problems.append((old.outcome, said))
            noted[said] = old.at
        problems.sort(key=lambda problem: rank(problem[0]))  # it is stable: those not yet noted stay first
        summary = self.summary
        history = History(
            tuple(record.entry for _, record in sorted(self.records.items()) if record.entry is not None),
            tuple(dict.fromkeys(said for _, said in problems)),
            dropped=min(self.records) if summary else 0,
            earlier=summary.uses if summary else {},
            noted=noted,
        )
        return history, is_sound

    def shortened(self, now: int, room: int) -> tuple[bytes, Note]:
        """Return a journal of a summary and the newest records, *room* bytes of them, and its last record."""
        keys = self._keys
        records = [(seq, r.text, r.entry) for seq, r in sorted(self.records.items()) if r.text is not None]
        first = len(records)
        while first > 1:
            room -= len(records[first - 1][1]) + PAD + AROUND
            if room < 0:
                break
            first -= 1
        earlier = self.summary
        gaps, uses = list(earlier.gaps if earlier else ()), dict(earlier.uses if earlier else {})
        for entry in (entry for _, _, entry in records[:first] if entry is not None):
            if entry.did == "gap":
                gaps.append(entry)
            for name in entry.names:
                uses[name] = uses.get(name, KeyUsage()).plus(entry)
        codes = {code for code, _ in self.problems}
        if codes - {"older", ""} or len(records) < len(self.records):
            gaps.append(gap("damaged", at=now))
        if "older" in codes:
            gaps.append(gap("older", at=now))
        summary = Summary(now, self.last, tuple(gaps), uses)
        data, link = [keys.header], keys.start
        for seq, text, _ in [(records[first - 1][0], summary.text(), None), *records[first:]]:
            record, link = keys.seal(seq, text, link)
            data.append(record)
        return b"".join(data), (records[-1][0], link)
