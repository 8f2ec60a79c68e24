"""The search of a journal's bytes for records that verify, and for what is wrong with the rest."""

from __future__ import annotations

from time import gmtime, strftime

from ..base.digest import sha256
from .history import History, KeyUsage, Summary
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
    VerifiedRecord,
    fits,
    frame,
    integer,
    stored_link,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .records import Keys

    Note = tuple[int, bytes]  # number and link of a record
    Gap = tuple[str, int, int]  # outcome, expected and found of an entry

# What a gap's outcome means, worst first.
CAUSES = {
    "absent": "the journal was deleted, or the vault was moved or copied without it",
    "foreign": "the file in the journal's place was another vault's journal, or not a journal",
    "large": f"the journal was longer than {MAX_FILE >> 20} MiB, so it was not read",
    "short": "the end of the journal was cut off, or an older copy was put in its place;"
    " a power cut right after a record was written can also be the cause",
    "other": "another version of the journal was put in its place, with other records than were written here",
    "damaged": "records of the journal were changed, missing or out of place when older ones were dropped",
    "header": "the beginning of the journal was changed",
    "end": "the end of the journal was changed, or something was appended that is not a record",
    "torn": "the journal ended in the middle of a record: while it was written, a program was killed, the"
    " power failed or the disk was full; or the end was cut off",
    "older": "sealed with the key of an older password after a newer one was in use: written while the"
    " password was changed, or by somebody who has an old copy of the vault",
}
RANKS = {code: rank for rank, code in enumerate(CAUSES)}
MINOR = len(CAUSES)


def sentence(code: str, expected: int, found: int) -> str:
    """Return a gap in words: its outcome, the last record that should have been there, the last that was."""
    cause = CAUSES.get(code, "something was wrong with the journal")
    if expected <= found:
        return cause
    are = "is" if expected == found + 1 else "are"
    return f"{_numbers([(found + 1, expected)])} {are} missing: {cause}"


def _numbers(ranges: Iterable[tuple[int, int]]) -> str:
    """Return ranges of record numbers in words."""
    ranges = list(ranges)
    parts = [str(first) if first == last else f"{first} to {last}" for first, last in ranges[:8]]
    if len(ranges) > len(parts):
        parts.append("others")
    listed = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    return f"record{'s' if len(ranges) > 1 or ranges[0][0] < ranges[0][1] else ''} {listed}"


def _each(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the ranges of consecutive numbers, first and last of each."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


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
        problems: rank and sentence.
    """

    def __init__(self, keys: Keys, data: bytes) -> None:
        self._keys, self._data = keys, data
        self.records: dict[int, VerifiedRecord] = {}
        self.last = self.end = 0
        self.link, self.border = keys.start, b""
        self.summary: Summary | None = None
        self.is_torn = False
        self.has_header = data.startswith(keys.header)
        self.problems: list[tuple[int, str]] = []
        self._skipped: list[tuple[int, int]] = []  # ranges of bytes without a record
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
            say((RANKS["header"], CAUSES["header"]))
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
            say((RANKS["torn"], CAUSES["torn"]))
        if changed:
            doubt = "changed or damaged, or the one before it is missing"
            say((RANKS["damaged"], f"{_numbers(_each(changed))}: {doubt}"))
        if gone := _without(missing, changed):
            say((RANKS["damaged"], f"{_numbers(gone)}: {'missing, or changed' if strange else 'missing'}"))
        elif strange:
            say((RANKS["end"], f"{strange:,} bytes of the journal belong to no record"))
        newest, older = 0, []
        for record in self.records.values():
            if record.epoch < newest:
                older.append(record.seq)
            newest = max(newest, record.epoch)
        without = [n for n, record in self.records.items() if record.text is None]
        unknown = [n for n, record in self.records.items() if record.text is not None and not record.entry]
        for rank, numbers, said in (
            (RANKS["header"], self._moved, "not where it was written, or the one before it is not"),
            (RANKS["header"], self._borders, "the bytes behind it were changed"),
            (RANKS["older"], older, CAUSES["older"]),
            (MINOR, without, "this vault does not have the key; is it an older copy of the vault?"),
            (MINOR, unknown, "written by a newer version of this program"),
        ):
            if numbers:
                say((rank, f"{_numbers(_each(numbers))}: {said}"))

    def _missing(self) -> list[tuple[int, int]]:
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

    def against(self, note: Note | None) -> Gap | None:
        """Return how the journal contradicts *note*, which this machine made of it; None if it does not."""
        if note is None:
            return None
        seq, link = note
        if any(gap.found < seq <= gap.expected for gap in self.gaps):
            return None  # it is in the journal already
        if seq > self.last:
            return "short", seq, self.last
        through = self.summary.through if self.summary else 0
        record = self.records.get(seq)
        if seq <= through or record is None or record.link == link:
            return None  # sealed anew since; or damaged, which is another problem
        return "other", seq, seq - 1

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
        problems = [(rank, 0, said) for rank, said in self.problems]
        if self.is_foreign:
            foreign = sentence("foreign", note[0] if note else 0, 0)
            problems = [(0, 0, "it was written by a newer version" if self.is_newer else foreign)]
        elif gap := self.against(note):
            problems.append((RANKS[gap[0]], 0, sentence(*gap)))
        elif not self.records and not problems:
            problems.append((RANKS["torn"], 0, CAUSES["torn"]))
        is_sound = not problems
        noted = {}
        for earlier in self.gaps:
            said = sentence(earlier.outcome, earlier.expected, earlier.found)
            said = f"noted on {strftime('%Y-%m-%d', gmtime(earlier.at))}: {said}"
            problems.append((RANKS.get(earlier.outcome, MINOR), 1, said))
            noted[said] = earlier.at
        problems.sort(key=lambda problem: problem[:2])
        summary = self.summary
        history = History(
            tuple(record.entry for _, record in sorted(self.records.items()) if record.entry is not None),
            tuple(dict.fromkeys(said for _, _, said in problems)),
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
        ranks = {rank for rank, _ in self.problems}
        if min(ranks, default=MINOR) < RANKS["older"] or len(records) < len(self.records):
            gaps.append(Entry(now, "gap", outcome="damaged"))
        if RANKS["older"] in ranks:
            gaps.append(Entry(now, "gap", outcome="older"))
        summary = Summary(now, self.last, tuple(gaps), uses)
        data, link = [keys.header], keys.start
        for seq, text, _ in [(records[first - 1][0], summary.text(), None), *records[first:]]:
            record, link = keys.seal(seq, text, link)
            data.append(record)
        return b"".join(data), (records[-1][0], link)


def _without(ranges: list[tuple[int, int]], numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return *ranges* without *numbers*."""
    rest = []
    for first, last in ranges:
        for number in sorted(n for n in numbers if first <= n <= last):
            if first < number:
                rest.append((first, number - 1))
            first = number + 1
        if first <= last:
            rest.append((first, last))
    return rest
