"""The search of a journal's bytes for records that verify, and for what is wrong with the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import gmtime, strftime

from ..base.clock import SKEW
from ..base.digest import sha256
from .history import History, KeyUsage, Summary, settled
from .problems import CAUSES, Ranges, among, in_words, ranges_of, rank, sentence, without
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
        touched: how many bytes were decrypted, hashed or searched; at most four times the file's.
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
        self.touched = self._number = 0  # the number of the record whose link is the last
        self._searched = self._ahead = HEADER  # up to here for beginnings; where the next one is
        self._find_records()
        self._explain()

    def _find_records(self) -> None:
        data, at = self._data, HEADER
        beginnings = self._beginnings()
        links = [self.link]  # that the next record may follow
        done = at  # up to here every byte belongs to a record
        while at < len(data):
            record = self._record(at, links)
            if record is None:
                at = self._next(at, beginnings)
                # It follows the last record, if something was put in between; or the bytes before it.
                seq, stored = integer(data, at + 8, 8), stored_link(data, at)
                links = [self.link, stored] if seq == self._number + 1 else [stored]
                links += [self.link] if seq > self.last and self.link not in links else []
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
            self.last, self.link, self._number = max(self.last, record.seq), record.link, record.seq
            self.border = b"" if data[at - BORDER : at] == border else border
            if self.border:
                self._borders.append(record.seq)
            links = [record.link]
        if done < len(data):
            self._skipped.append((done, len(data)))

    def _record(self, at: int, links: list[bytes]) -> VerifiedRecord | None:
        """Return the record at byte *at*; None unless it follows one of those links or a record elsewhere."""
        seq = integer(self._data, at + 8, 8)
        moved: list[bytes] = []
        if seq != self._number + 1 and frame(self._data, at):
            moved = [link for link in self._elsewhere(seq - 1) if link not in links]
        for link in [*moved, *links]:
            if record := self._follows(at, link, sealed=link in links):
                if link in moved:
                    self._moved.append(seq)
                    self._astray.add(seq)
                return record
        return None

    def _follows(self, at: int, previous: bytes, *, sealed: bool = True) -> VerifiedRecord | None:
        """Return the record at byte *at* if it was written after the link *previous*.

        Without its epoch's key, and if *sealed*, the link is compared, which anybody can make: the record may
        stand there, and stands for no other one.
        """
        data, keys, size = self._data, self._keys, integer(self._data, at)
        if not (fits(size) and at + size <= len(data) and self._spare(at) >= size):
            return None
        if integer(data, at + 4) in keys.by_epoch:
            record = keys.open(data, at, previous)
        elif (
            sealed and self.has_header and frame(data, at) and self._may_stand_here(integer(data, at + 8, 8))
        ):
            link = sha256(previous + data[at : at + size - BORDER])
            unread = VerifiedRecord(integer(data, at + 8, 8), integer(data, at + 4), link, at + size)
            record = unread if link == stored_link(data, at + size) else None
        else:
            return None
        self.touched += size if record is None else 2 * size
        return record

    def _spare(self, at: int) -> int:
        """Return how many bytes may be tried from byte *at* on that turn out not to be a record.

        A file can be filled with what looks like the beginnings of many. So no more than four times its
        size is looked at: twice what opens, which is decrypted and hashed, and once to find beginnings.
        """
        size = len(self._data)
        return 4 * size - self.touched - 2 * (size - at) - (size - self._searched)

    def _may_stand_here(self, seq: int) -> bool:
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
                self.touched += 8 + BORDER
        return self._links.get(seq, [])[:4]

    def _beginnings(self) -> Iterator[int]:
        """Yield where a record of an epoch with a key may begin, by its length and epoch, in one pass."""
        epochs = b"|".join(re.escape(epoch.to_bytes(4, "big")) for epoch in self._keys.by_epoch)
        # A length is 84 and a multiple of 64, of at most 262,228. A look ahead, since they may overlap.
        pattern = re.compile(rb"(?s)(?=\x00[\x00-\x04].[\x14\x54\x94\xd4](?:%b))" % epochs)
        for match in pattern.finditer(self._data, HEADER):
            self._search_to(match.start())
            yield match.start()
        self._search_to(len(self._data))

    def _search_to(self, end: int) -> None:
        self.touched += end - self._searched
        self._searched = end

    def _next(self, at: int, beginnings: Iterator[int]) -> int:
        """Return the next byte after *at* where a record may begin; the end of the file if there is none.

        Either something begins there that has the form of a record, or what has it at *at* ends there.
        """
        end = frame(self._data, at) or len(self._data)
        while self._ahead <= at:
            self._ahead = next(beginnings, len(self._data))
        return min(end, self._ahead)

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
        numbers = [number for number, _ in frames]
        changed = among(missing, numbers) | set(filter(self._may_stand_here, numbers))
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

        Only a gap that opens may leave numbers out, and a shortened journal those that could not be read.
        """
        missing, expected = [], 1
        through = self.summary.through if self.summary else 0
        for seq, record in sorted(self.records.items()):
            excused = seq <= through and seq not in self._astray and record.text is not None
            if record.reach > expected and not excused:
                missing.append((expected, record.reach - 1))
            expected = seq + 1
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
            tuple(settled(r.entry for _, r in sorted(self.records.items()) if r.entry is not None)),
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
        # A use that a wrong clock dated after now would hide all others for ever, and is dropped. If this
        # clock is behind, half of all records are credible all the same.
        times = sorted(entry.at for _, _, entry in records if entry is not None) or [now]
        credible = max(now, times[len(times) // 2]) + SKEW
        earlier = self.summary or Summary(now, 0)
        gaps = list(earlier.gaps)
        uses = {name: usage.until(credible) for name, usage in earlier.uses.items()}
        for entry in settled(entry for _, _, entry in records[:first] if entry is not None):
            if entry.did == "gap":
                gaps.append(entry)
            for name in entry.names if entry.at <= credible else ():
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
