"""The usage journal: what was done with which credential, when, and by which program.

A file beside the vault, each record sealed and chained to the one before it (docs/format.md, "The
journal"). A record is appended without the vault being saved; it never holds a value or an argument.
Times are seconds since the Unix epoch, UTC; sizes are bytes; records are numbered from 1.
"""

from __future__ import annotations

import os

from . import canonical
from .core import crypto
from .credential import MAX_TIME
from .digest import hmac_sha256, sha256
from .errors import JournalError, VaultBusy, VaultError, VaultNotFound
from .record import Record
from .rules import check_name, check_text, is_word, shortened
from .system import Folder, state_home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Self, TypeVar

    T = TypeVar("T")
    Note = tuple[int, bytes]  # number and link of a record
    Gap = tuple[str, int, int]  # outcome, expected and found of an entry

DID = (
    "run", "verify", "copy", "reveal", "rotate", "add", "keygen", "edit", "disable", "enable", "remove",
    "export", "import", "passwd", "gap", "summary",
)  # fmt: skip
USES = ("run", "verify", "copy", "reveal")  # what counts as a use of a credential
MAX_NAMES = 1000  # of one entry
MAX_PATH = 4096  # characters; PATH_MAX of Linux
MAX_PROGRAMS = 8  # of one credential, that are remembered
MAX_FILE = 8 << 20  # never read more
COMPACT_AT = 1 << 20  # a longer file loses its older half
ALARM_SECONDS = 30 * 86400  # what was found and noted longer ago is history
LOCK_SECONDS = 2.0  # a bot waits no longer for its line in the journal

_RETRY = 256 << 10  # a file that could not be made shorter is tried again when it has grown by as much
_TAIL = 8 << 10  # what an appender reads: some 30 records
_MAX_GAPS = 64  # that a summary keeps
_MAX_TEXT = 256 << 10  # of one record; an entry has 100 KiB at most
_MAX_SEQ = 1 << 62
_MAGIC = bytes.fromhex("8943564a0d0a1a0a")
_VERSION = (1).to_bytes(2, "big")
_HEADER, _HEAD, _BORDER, _PAD = 32, 32, 36, 64
_AROUND = _HEAD + 16 + _BORDER  # of a record, besides its padded text
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_CODE = _LOWER | frozenset("0123456789-")


# --- what is kept -----------------------------------------------------------------------------------


class Entry(Record):
    """One thing that was done.

    Attributes:
        at: when.
        did: one of ``DID``. A ``gap`` says that records were lost, a ``summary`` stands for older ones.
        names: the credentials that it was done with.
        program: path of the program that was started; never an argument.
        folder: the working folder it was started in.
        outcome: ``ok`` or the code of an error; of a gap, what was found.
        expected: of a gap, the number of the last record that should have been there.
        found: of a gap, the number of the last one that was.

    In the journal, characters of a path that have no UTF-8, end the line or turn its direction are
    escaped as in Python, and a path ends after ``MAX_PATH`` characters.
    """

    at: int
    did: str
    names: tuple[str, ...] = ()
    program: str = ""
    folder: str = ""
    outcome: str = ""
    expected: int = 0
    found: int = 0

    def check(self) -> None:
        _check_time(self.at)
        if self.did not in DID:
            raise JournalError(f"a journal has no entry of the kind {shortened(self.did)}")
        if len(self.names) > MAX_NAMES:
            raise JournalError(f"an entry of a journal names {MAX_NAMES:,} credentials at most")
        for name in self.names:
            check_name(name)
        if self.outcome and not is_word(self.outcome, _LOWER, _CODE):
            raise JournalError(f"not an outcome: {shortened(self.outcome)}")
        for seq in (self.expected, self.found):
            if type(seq) is not int or not 0 <= seq < _MAX_SEQ:
                raise JournalError("not the number of a record")

    def to_plain(self) -> dict[str, Any]:
        """Its plain form; what has its default is absent."""
        plain = {
            key: value
            for key in type(self).__annotations__
            if (value := getattr(self, key)) != getattr(type(self), key, None)
        }
        for key in ("program", "folder"):
            if key in plain:
                plain[key] = _escaped(plain[key])
        return {**plain, "names": list(self.names)} if self.names else plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """The entry of a plain form; errors of any kind mean that no writer of this version makes it."""
        entry = cls(**{**plain, "names": tuple(plain.get("names", ()))})
        if entry.to_plain() != plain:
            raise ValueError(plain)
        return entry


class Use(Record):
    """That a program was started with a credential.

    Attributes:
        at: the latest time.
        program, folder: as of an entry.
        first: the earliest time that is known.
    """

    at: int
    program: str = ""
    folder: str = ""
    first: int = 0


class Usage(Record):
    """When a credential was last used, by kind of use; None: never, as far as is known.

    Attributes:
        programs: those started with it, the latest start of each, newest first, ``MAX_PROGRAMS`` at most.
    """

    run: int | None = None
    verify: int | None = None
    copy: int | None = None
    reveal: int | None = None
    programs: tuple[Use, ...] = ()

    @property
    def last(self) -> int | None:
        """The latest use of any kind."""
        return max((at for kind in USES if (at := getattr(self, kind)) is not None), default=None)

    def since(self, moment: int) -> Usage:
        """Without what was before *moment*."""
        kinds = {kind: at for kind in USES if (at := getattr(self, kind)) is not None and at >= moment}
        uses = [use.changed(first=max(use.first, moment)) for use in self.programs if use.at >= moment]
        return Usage(**kinds, programs=tuple(uses))

    def plus(self, entry: Entry) -> Usage:
        """With a use that *entry* tells of; others, and what failed, are none."""
        if entry.did not in USES or entry.outcome not in ("", "ok"):
            return self
        changes: dict[str, Any] = {entry.did: max(getattr(self, entry.did) or 0, entry.at)}
        if entry.did == "run" and entry.program:
            uses = {(use.program, use.folder): use for use in self.programs}
            place = entry.program, entry.folder
            known = uses.get(place, Use(entry.at, *place, entry.at))
            uses[place] = known.changed(at=max(known.at, entry.at), first=min(known.first, entry.at))
            changes["programs"] = tuple(sorted(uses.values(), key=lambda use: -use.at))
        return self.changed(**changes)

    def to_plain(self, programs: int = MAX_PROGRAMS) -> dict[str, Any]:
        """Its plain form, with that many programs at most."""
        plain: dict[str, Any] = {kind: at for kind in USES if (at := getattr(self, kind)) is not None}
        uses = [[use.at, use.program, use.folder, use.first] for use in self.programs[:programs]]
        return {**plain, "programs": uses} if uses else plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """The usage of a plain form; errors of any kind mean that no writer of this version makes it."""
        uses = tuple(Use(*use) for use in plain.get("programs", ()))
        usage = cls(**{**plain, "programs": uses})
        for at in (getattr(usage, kind) for kind in USES if kind in plain):
            _check_time(at)
        for use in uses:
            _check_time(use.at)
            _check_time(use.first)
        paths = [path for use in uses for path in (use.program, use.folder)]
        if usage.to_plain() != plain or [_escaped(path) for path in paths] != paths:
            raise ValueError(plain)
        return usage


class Reading(Record):
    """What a journal says.

    Attributes:
        entries: every one that is whole, oldest first.
        problems: what is wrong or was, a sentence each, worst first.
        noted: of those that were wrong, when that was found and noted in the journal.
        dropped: the number of the last record that was dropped for its age.
        earlier: by credential, what dropped records said.
    """

    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    dropped: int = 0
    earlier: Mapping[str, Usage] = {}
    noted: Mapping[str, int] = {}

    def alarms(self, now: int) -> tuple[str, ...]:
        """Those of *problems* that stand, or that were noted within ALARM_SECONDS."""
        return tuple(p for p in self.problems if self.noted.get(p, now) > now - ALARM_SECONDS)

    def usage(self, name: str, since: int = 0) -> Usage:
        """How the credential *name* was used from *since* on, the time when it was made."""
        usage = self.earlier.get(name, Usage()).since(since)
        for entry in self.entries:
            if name in entry.names and entry.at >= since:
                usage = usage.plus(entry)
        return usage.changed(programs=usage.programs[:MAX_PROGRAMS])


class _Summary(Record):
    """What is kept of records that were dropped for their age.

    Attributes:
        through: the number of the last record when it was made; the links of all up to it are new since.
        gaps: those that were dropped, and one for what was wrong when it was made.
        uses: by credential.
    """

    at: int
    through: int
    gaps: tuple[Entry, ...] = ()
    uses: Mapping[str, Usage] = {}

    def text(self) -> bytes:
        """Its canonical JSON, with as much about programs, then about credentials, as there is room for."""
        uses = dict(sorted(self.uses.items(), key=lambda item: item[1].last or 0, reverse=True))
        plain = {"at": self.at, "did": "summary", "through": self.through}
        if self.gaps:
            plain["gaps"] = [gap.to_plain() for gap in self.gaps[-_MAX_GAPS:]]
        programs = MAX_PROGRAMS
        while True:
            known = {name: usage.to_plain(programs) for name, usage in uses.items()}
            text = canonical.dumps({**plain, "uses": known})
            if len(text) <= _MAX_TEXT:
                return text
            if programs:
                programs //= 2
            else:
                uses = dict(list(uses.items())[: len(uses) // 2])

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """The summary of a plain form; errors of any kind mean that no writer of this version makes it."""
        fields = {key: value for key, value in plain.items() if key != "did"}
        fields["gaps"] = tuple(Entry.from_plain(gap) for gap in plain.get("gaps", ()))
        fields["uses"] = {name: Usage.from_plain(usage) for name, usage in plain["uses"].items()}
        summary = cls(**fields)
        _check_time(summary.at)
        if type(summary.through) is not int:
            raise TypeError(plain)
        return summary


def _check_time(at: int) -> None:
    if type(at) is not int or not 0 <= at <= MAX_TIME:  # True is an int too
        raise JournalError(f"not a time: {at!r}")


def _is_plain(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return True
    try:
        for at in range(0, len(text), 1024):
            check_text(text[at : at + 1024])
    except VaultError:
        return False
    return True


def _escaped(path: str) -> str:
    """*path* as it can stand in the journal: one line of UTF-8 without controls."""
    if not _is_plain(path):
        path = "".join(c if _is_plain(c) else c.encode("unicode_escape").decode() for c in path[:MAX_PATH])
    return path[:MAX_PATH]


# --- what is said of it -----------------------------------------------------------------------------

# What a gap's outcome means, worst first.
_CAUSES = {
    "absent": "the journal was deleted, or the vault was moved or copied without it",
    "foreign": "what stood in the journal's place was the journal of another vault, or none",
    "large": f"the journal was longer than {MAX_FILE >> 20} MiB, so it was not read",
    "short": "the end of the journal was cut off, or an older copy was put in its place;"
    " a power cut right after a record was written can also be the cause",
    "other": "another version of the journal was put in its place, with other records than were written here",
    "damaged": "records of the journal were changed, missing or out of place when older ones were dropped",
    "header": "the beginning of the journal was changed",
    "end": "the end of the journal was changed, or something was appended that is no record",
    "torn": "the journal ended in the middle of a record: while it was written, a program was killed, the"
    " power failed or the disk was full; or the end was cut off",
    "older": "sealed with the key of an older password after a newer one was in use: written while the"
    " password was changed, or by somebody who has an old copy of the vault",
}
_RANKS = {code: rank for rank, code in enumerate(_CAUSES)}
_MINOR = len(_CAUSES)


def _sentence(code: str, expected: int, found: int) -> str:
    cause = _CAUSES.get(code, "something was wrong with the journal")
    if expected <= found:
        return cause
    are = "is" if expected == found + 1 else "are"
    return f"{_numbers([(found + 1, expected)])} {are} missing: {cause}"


def _numbers(ranges: Iterable[tuple[int, int]]) -> str:
    """The numbers from each first to each last, in words."""
    ranges = list(ranges)
    parts = [str(first) if first == last else f"{first} to {last}" for first, last in ranges[:8]]
    if len(ranges) > len(parts):
        parts.append("others")
    listed = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    return f"record{'s' if len(ranges) > 1 or ranges[0][0] < ranges[0][1] else ''} {listed}"


def _each(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ranges of consecutive numbers."""
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


# --- its bytes --------------------------------------------------------------------------------------


def _integer(data: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(data[at : at + size], "big")


def _fits(size: int) -> bool:
    """Whether a record can have that length."""
    return 0 < size - _AROUND <= _MAX_TEXT and (size - _AROUND) % _PAD == 0


def _frame(data: bytes, at: int) -> int:
    """Where the record at byte *at* ends by both of its lengths, or 0."""
    size = _integer(data, at)
    end = at + size
    return end if _fits(size) and end <= len(data) and _integer(data, end - 4) == size else 0


def _stored_link(data: bytes, end: int) -> bytes:
    """The link that stands before byte *end*, the end of a record."""
    return data[end - _BORDER : end - 4]


class _Whole(Record):
    """A record that opened, or that fits where it stands and whose key is not there: no text then."""

    seq: int
    epoch: int
    link: bytes
    end: int
    text: bytes | None = None
    entry: Entry | None = None
    summary: _Summary | None = None

    @property
    def reach(self) -> int:
        """The number up to which nothing is missing before it: a gap's own jumps over what it tells of."""
        return self.entry.found + 1 if self.entry is not None and self.entry.did == "gap" else self.seq


class _Keys:
    """Seals and opens the records of one vault."""

    def __init__(self, vault_id: bytes, keys: Mapping[int, bytes]) -> None:
        self.by_epoch = dict(keys)
        self.newest = max(keys, default=0)
        self.header = _MAGIC + _VERSION + bytes(6) + vault_id
        self.start = sha256(self.header)  # the first record's previous link
        self._vault_id, self._info = vault_id, b"coldvault/1/journal\0" + vault_id

    def seal(self, seq: int, text: bytes, previous: bytes) -> tuple[bytes, bytes]:
        """A record and its link."""
        key = self.by_epoch[self.newest]
        text += bytes(-len(text) % _PAD)
        # Hedged, as the vault's payload is: a machine whose random source repeats itself, as a restored
        # snapshot may, still seals another text under another key.
        salting = crypto.expand(key, salt=self._vault_id, info=b"coldvault/1/journal-salt")
        size = (len(text) + _AROUND).to_bytes(4, "big")
        head = size + self.newest.to_bytes(4, "big") + seq.to_bytes(8, "big")
        head += (salt := hmac_sha256(salting, crypto.random(32) + previous + head + text)[:16])
        record = head + crypto.seal(crypto.expand(key, salt=salt, info=self._info), text, previous + head)
        link = sha256(previous + record)
        return record + link + size, link

    def open(self, data: bytes, at: int, previous: bytes) -> _Whole | None:
        """The record at byte *at*, if it is the one that was written after the link *previous*."""
        size, epoch, seq = _integer(data, at), _integer(data, at + 4), _integer(data, at + 8, 8)
        key, end = self.by_epoch.get(epoch), at + size
        if key is None or not _fits(size) or end > len(data) or not 0 < seq < _MAX_SEQ:
            return None
        head, sealed = data[at : at + _HEAD], data[at + _HEAD : end - _BORDER]
        try:
            key = crypto.expand(key, salt=head[16:], info=self._info)
            padded = crypto.unseal(key, sealed, previous + head)
        except crypto.OpenError:
            return None
        link = sha256(previous + data[at : end - _BORDER])
        return _Whole(seq, epoch, link, end, **_understood(padded))


def _understood(padded: bytes) -> dict[str, Any]:
    """The text of a record, and what it says if it is of this version."""
    text = padded.rstrip(b"\0")
    said: dict[str, Any] = {"text": text}
    try:
        plain = canonical.loads(text)
        if canonical.dumps(plain) != text or len(padded) - len(text) >= _PAD:
            return said
        if plain["did"] == "summary":
            said["summary"] = _Summary.from_plain(plain)
            said["entry"] = Entry(plain["at"], "summary")
        else:
            said["entry"] = Entry.from_plain(plain)
    except (VaultError, ValueError, TypeError, KeyError, AttributeError):
        pass
    return said


class _Scan:
    """Every record of a journal that is whole, and what is wrong with the rest.

    Attributes:
        whole: by number, in the order of the file.
        last: the highest number; 0 if there is none.
        end: where the last one of the file ends, and 0 if there is none; *link* is its own.
        border: what should stand at its end, if that was changed.
        is_torn: what is left after it is the beginning of the next record.
        has_header: the file's beginning is as it should be.
        problems: rank and sentence.
    """

    def __init__(self, keys: _Keys, data: bytes) -> None:
        self._keys, self._data = keys, data
        self.whole: dict[int, _Whole] = {}
        self.last = self.end = 0
        self.link, self.border = keys.start, b""
        self.is_torn = False
        self.has_header = data.startswith(keys.header)
        self.problems: list[tuple[int, str]] = []
        self._skipped: list[tuple[int, int]] = []  # from which byte to which there is no record
        self._astray: set[int] = set()  # what does not follow the record before it
        self._moved: list[int] = []
        self._borders: list[int] = []
        self._links: dict[int, list[bytes]] | None = None
        # Bytes that may be opened in search of a record: somebody may have filled the file with what
        # looks like the beginnings of many.
        self._budget = 2 * MAX_FILE
        self._go()
        self._explain()

    def _go(self) -> None:
        data, at = self._data, _HEADER
        before = after = [self.link]  # the links that the next record may follow, and that of the last one
        done = at  # up to where all is explained
        while at < len(data):
            record = self._record(at, before)
            if record is None:
                at = self._search(at, after)
                before = [_stored_link(data, at), *after]
                continue
            if done < at:
                self._skipped.append((done, at))
                self._astray.add(record.seq)
            self.whole.setdefault(record.seq, record)
            border = record.link + data[at : at + 4]
            at = done = self.end = record.end
            self.last, self.link = max(self.last, record.seq), record.link
            self.border = b"" if data[at - _BORDER : at] == border else border
            if self.border:
                self._borders.append(record.seq)
            before = after = [record.link]
        if done < len(data):
            self._skipped.append((done, len(data)))

    def _record(self, at: int, before: list[bytes]) -> _Whole | None:
        """The record at byte *at*, if it follows one of those links, or that of a record elsewhere."""
        keys, data = self._keys, self._data
        for link in before:
            if record := keys.open(data, at, link) or self._fits(at, link):
                return record
        seq = _integer(data, at + 8, 8)
        for link in self._elsewhere(seq - 1) if _frame(data, at) else ():
            if record := keys.open(data, at, link):
                self._moved.append(seq)
                self._astray.add(seq)
                return record
        return None

    def _fits(self, at: int, previous: bytes) -> _Whole | None:
        """A record whose key is not there, if its link follows *previous* and its number is a next one."""
        data, end, seq = self._data, _frame(self._data, at), _integer(self._data, at + 8, 8)
        epoch = _integer(data, at + 4)
        if not (self.has_header and end and self._is_next(seq)) or epoch in self._keys.by_epoch:
            return None
        link = sha256(previous + data[at : end - _BORDER])
        return _Whole(seq, epoch, link, end) if link == _stored_link(data, end) else None

    def _is_next(self, seq: int) -> bool:
        """Whether a record that cannot be opened may have the number that it claims."""
        return 0 < seq - self.last <= MAX_FILE // _AROUND

    def _elsewhere(self, seq: int) -> list[bytes]:
        """The links of records that have the number *seq*, wherever they stand; a few."""
        if self._links is None:
            self._links, at = {0: [self._keys.start]}, _HEADER
            while end := _frame(self._data, at):
                known = self._links.setdefault(_integer(self._data, at + 8, 8), [])
                known.append(_stored_link(self._data, end))
                at = end
        return self._links.get(seq, [])[:4]

    def _search(self, at: int, after: list[bytes]) -> int:
        """The next byte after *at* where a record begins, or the end.

        It has to follow the link that stands before it, or one of *after*: those of the last record.
        """
        data, keys, nearest = self._data, self._keys, len(self._data)
        if end := _frame(data, at):
            link = _stored_link(data, end)
            if keys.open(data, end, link) or self._fits(end, link):
                nearest = end
        for epoch in keys.by_epoch:
            mark = epoch.to_bytes(4, "big")
            found = data.find(mark, at + 5, nearest + 8)
            while 0 <= found < nearest + 4 and self._budget > 0:
                start = found - 4
                if end := _frame(data, start):
                    links = [_stored_link(data, start), *after]
                    self._budget -= (end - start) * len(links)
                    if any(keys.open(data, start, link) for link in links):
                        nearest = start
                found = data.find(mark, found + 1, nearest + 8)
        return nearest

    def _explain(self) -> None:
        data, say = self._data, self.problems.append
        if not self.has_header and self.whole:
            say((_RANKS["header"], _CAUSES["header"]))
        frames: list[tuple[int, int]] = []  # number and length of what looks like a record
        strange = 0  # bytes of what does not
        for begin, stop in self._skipped:
            while (end := _frame(data, begin)) and end <= stop:
                frames.append((_integer(data, begin + 8, 8), end - begin))
                begin = end
            left = stop - begin
            if left and stop == len(data):
                size, seq = _integer(data, begin), _integer(data, begin + 8, 8)
                self.is_torn = left < 16 or (_fits(size) and size > left and seq == self.last + 1)
            strange += 0 if self.is_torn else left
        missing = self._missing()
        changed = {n for n, _ in frames if self._is_next(n) or any(a <= n <= b for a, b in missing)}
        strange += sum(size for n, size in frames if n not in changed)
        if self.is_torn:
            say((_RANKS["torn"], _CAUSES["torn"]))
        if changed:
            doubt = "changed or damaged, or the one before it is missing"
            say((_RANKS["damaged"], f"{_numbers(_each(changed))}: {doubt}"))
        if gone := _without(missing, changed):
            say((_RANKS["damaged"], f"{_numbers(gone)}: {'missing, or changed' if strange else 'missing'}"))
        elif strange:
            say((_RANKS["end"], f"{strange:,} bytes of the journal belong to no record"))
        newest, older = 0, []
        for record in self.whole.values():
            if record.epoch < newest:
                older.append(record.seq)
            newest = max(newest, record.epoch)
        without = [n for n, record in self.whole.items() if record.text is None]
        unknown = [n for n, record in self.whole.items() if record.text is not None and not record.entry]
        for rank, numbers, said in (
            (_RANKS["header"], self._moved, "not where it was written, or the one before it is not"),
            (_RANKS["header"], self._borders, "the bytes behind it were changed"),
            (_RANKS["older"], older, _CAUSES["older"]),
            (_MINOR, without, "this vault does not have the key; is it an older copy of the vault?"),
            (_MINOR, unknown, "written by a newer version of this program"),
        ):
            if numbers:
                say((rank, f"{_numbers(_each(numbers))}: {said}"))

    def _missing(self) -> list[tuple[int, int]]:
        """The numbers that no record has, from each first to each last.

        Where a record follows the one before it, its writer left out the numbers in between.
        """
        missing, expected = [], 1
        for seq, record in sorted(self.whole.items()):
            if seq in self._astray and record.reach > expected:
                missing.append((expected, record.reach - 1))
            expected = seq + 1
        through = self.summary.through if self.summary else 0
        return [*missing, (expected, through)] if through >= expected else missing

    @property
    def summary(self) -> _Summary | None:
        """What is kept of older records, if some were dropped."""
        return next(iter(self.whole.values())).summary if self.whole else None

    @property
    def gaps(self) -> list[Entry]:
        """Every gap that was noted, oldest first."""
        gaps = list(self.summary.gaps) if self.summary else []
        entries = (record.entry for record in self.whole.values())
        return gaps + [entry for entry in entries if entry is not None and entry.did == "gap"]

    def against(self, note: Note | None) -> Gap | None:
        """What is to be said of it where *note* is this machine's; None if that fits."""
        if note is None:
            return None
        seq, link = note
        if any(gap.found < seq <= gap.expected for gap in self.gaps):
            return None  # said already
        if seq > self.last:
            return "short", seq, self.last
        through = self.summary.through if self.summary else 0
        record = self.whole.get(seq)
        if seq <= through or record is None or record.link == link:
            return None  # sealed anew since; or damaged, which is said elsewhere
        return "other", seq, seq - 1


def _without(ranges: list[tuple[int, int]], numbers: Iterable[int]) -> list[tuple[int, int]]:
    """*ranges* without *numbers*."""
    rest = []
    for first, last in ranges:
        for number in sorted(n for n in numbers if first <= n <= last):
            if first < number:
                rest.append((first, number - 1))
            first = number + 1
        if first <= last:
            rest.append((first, last))
    return rest


# --- the file ---------------------------------------------------------------------------------------


class Journal:
    """The journal beside the vault at one path."""

    def __init__(self, path: str, vault_id: bytes, keys: Mapping[int, bytes]) -> None:
        """Nothing is read or written yet.

        Args:
            path: the vault's own, its links resolved.
            keys: of 32 bytes each, by epoch; records are written with that of the highest.
        """
        self._place, name = os.path.split(path)
        self._name = f"{name}.journal"
        self.path = os.path.join(self._place, self._name)
        self._keys = _Keys(vault_id, keys)
        self._note_name = f"{vault_id.hex()}.journal"

    def append(self, entry: Entry) -> None:
        """Add an entry at the end; damage that is found there is repaired and noted first.

        It outlives this process at once, however that ends; the last ones may not outlive a power cut.

        Raises:
            JournalError: If it cannot be written: no bot is to be stopped by that.
        """
        if not self._keys.newest:
            raise JournalError("this vault has no key for its journal", hint="vault passwd makes one")
        self._at_work("write", lambda folder: self._locked(folder, lambda: self._append(folder, entry)))

    def read(self) -> Reading:
        """Everything that it says, and everything that is wrong with it.

        Raises:
            JournalError: If it is not a file that is ours alone, or the disk refused.
        """

        def twice(folder: Folder) -> Reading:
            reading, is_sound = self._read(folder)
            if is_sound:
                return reading
            try:  # perhaps somebody is just writing: once more, alone
                return self._locked(folder, lambda: self._read(folder)[0])
            except VaultError:
                return reading

        return self._at_work("read", twice)

    def recent(self, limit: int) -> tuple[Entry, ...]:
        """The newest entries, newest first, *limit* at most; the file is read only as far as is needed.

        Raises:
            JournalError: As :meth:`read`.
        """
        entries = self._at_work("read", lambda folder: self._recent(folder, limit))
        return self.read().entries[::-1][:limit] if entries is None else entries

    def _at_work(self, doing: str, work: Callable[[Folder], T]) -> T:
        try:
            folder = Folder(self._place)
            try:
                return work(folder)
            finally:
                folder.close()
        except JournalError:
            raise
        except VaultBusy:
            reason = f"other commands have been at work on it for {LOCK_SECONDS:.0f} seconds"
            raise JournalError(f"cannot {doing} the journal {self.path}: {reason}") from None
        except VaultError as error:
            raise JournalError(f"cannot {doing} the journal: {error}", hint=error.hint) from None

    def _locked(self, folder: Folder, work: Callable[[], T]) -> T:
        # Held for a quarter of a millisecond: whoever looked for it more seldom could miss it for seconds
        # while many programs are started at once.
        lock = folder.lock(f"{self._name}.lock", LOCK_SECONDS, pause=0.001)
        try:
            return work()
        finally:
            lock.close()

    # --- reading ------------------------------------------------------------------------------------

    def _read(self, folder: Folder) -> tuple[Reading, bool]:
        """What it says, and whether nothing is wrong but what is noted in it."""
        note = self._recall()  # before the journal: what is written in between makes it longer, not shorter
        try:
            size = folder.ends(self._name, 0, 0)[0]
            data = folder.read(self._name, MAX_FILE) if size <= MAX_FILE else b""
        except VaultNotFound:
            if note is None:
                return Reading(), True
            return Reading(problems=(_sentence("absent", note[0], 0),)), False
        if size > MAX_FILE:
            return Reading(problems=(_CAUSES["large"],)), False
        scan = _Scan(self._keys, data)
        problems = [(rank, 0, said) for rank, said in scan.problems]
        if self._is_foreign(scan, data):
            foreign = _sentence("foreign", note[0] if note else 0, 0)
            problems = [(0, 0, "it was written by a newer version" if self._is_newer(data) else foreign)]
        elif gap := scan.against(note):
            problems.append((_RANKS[gap[0]], 0, _sentence(*gap)))
        elif not scan.whole and not problems:
            problems.append((_RANKS["torn"], 0, _CAUSES["torn"]))
        is_sound = not problems
        from time import gmtime, strftime

        noted = {}
        for earlier in scan.gaps:
            said = _sentence(earlier.outcome, earlier.expected, earlier.found)
            said = f"noted on {strftime('%Y-%m-%d', gmtime(earlier.at))}: {said}"
            problems.append((_RANKS.get(earlier.outcome, _MINOR), 1, said))
            noted[said] = earlier.at
        problems.sort(key=lambda problem: problem[:2])
        summary = scan.summary
        reading = Reading(
            tuple(record.entry for _, record in sorted(scan.whole.items()) if record.entry is not None),
            tuple(dict.fromkeys(said for _, _, said in problems)),
            dropped=min(scan.whole) if summary else 0,
            earlier=summary.uses if summary else {},
            noted=noted,
        )
        return reading, is_sound

    def _recent(self, folder: Folder, limit: int) -> tuple[Entry, ...] | None:
        """The newest entries; None if something stands in between that is no record of ours."""
        wanted = 2 * _TAIL
        while True:
            try:
                size, header, tail = folder.ends(self._name, _HEADER, wanted)
            except VaultNotFound:
                return ()
            if size > MAX_FILE or header != self._keys.header:
                return None
            entries: list[Entry] = []
            end = len(tail)
            first = _HEADER if size == len(tail) else _BORDER  # where the earliest record can begin
            while len(entries) < limit and end > first:
                start = end - _integer(tail, end - 4)
                if start < first and size > len(tail):
                    break  # it began earlier
                if start < first or _frame(tail, start) != end:
                    return None
                previous = (
                    _stored_link(tail, start) if start > first or size > len(tail) else self._keys.start
                )
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
        header, begin, last, gap = b"", self._keys.header, (0, self._keys.start), None
        try:
            size, header, tail = folder.ends(self._name, _HEADER, _TAIL)
            longer = _integer(tail, len(tail) - 4) + _BORDER
            if len(tail) < min(size, longer) and _fits(longer - _BORDER):
                size, header, tail = folder.ends(self._name, _HEADER, longer)
        except VaultNotFound:
            end = 0
            gap = None if note is None else ("absent", note[0], 0)
        else:
            found = self._last(size, header, tail, note)
            if found is None:
                end, begin, last, gap = self._mend(folder, size, note)
            else:
                end, begin, last = size, b"", found
        entries = [entry]
        seq, link = last
        if gap is not None:
            outcome, expected, was = gap
            entries.insert(0, Entry(entry.at, "gap", outcome=outcome, expected=expected, found=was))
            seq = max(seq, expected)
        data = [begin]
        for each in entries:
            seq += 1
            record, link = self._keys.seal(seq, canonical.dumps(each.to_plain()), link)
            data.append(record)
        folder.write_at(self._name, end, b"".join(data), make=not end, last=True)
        if end and header != self._keys.header:
            folder.write_at(self._name, 0, self._keys.header)  # last: until then the next one notes it too
        self._remember(seq, link)
        length = end + sum(map(len, data))
        if length > COMPACT_AT and length // _RETRY > size // _RETRY:
            self._compact(folder, entry.at)

    def _last(self, size: int, header: bytes, tail: bytes, note: Note | None) -> Note | None:
        """Number and link of the last record, if it is whole and what this machine noted stands there."""
        length = _integer(tail, len(tail) - 4)
        start = len(tail) - length
        if header != self._keys.header or size > MAX_FILE or start < 0 or not _frame(tail, start):
            return None
        if size - length == _HEADER:
            previous = self._keys.start
        elif start < _BORDER:
            return None
        else:
            previous = _stored_link(tail, start)
        record = self._keys.open(tail, start, previous)
        if record is None or record.link != _stored_link(tail, len(tail)):
            return None
        at, seq, link = start, record.seq, record.link
        while note is not None and (seq, link) != note:
            # Another machine wrote since, or a note was lost: look for what was noted a little before.
            if seq <= note[0] or at < _BORDER + _AROUND or size - len(tail) + at <= _HEADER:
                return None
            end, at = at, at - _integer(tail, at - 4)
            if at < 0 or _frame(tail, at) != end:
                return None
            seq, link = _integer(tail, at + 8, 8), _stored_link(tail, end)
        return record.seq, record.link

    def _mend(self, folder: Folder, size: int, note: Note | None) -> tuple[int, bytes, Note, Gap | None]:
        """Where to go on, with which bytes before the record, after which one, and what is to be noted."""
        start = self._keys.header, (0, self._keys.start)
        data = b"" if size > MAX_FILE else folder.read(self._name, MAX_FILE)
        scan = _Scan(self._keys, data)
        if size > MAX_FILE or self._is_foreign(scan, data):
            if self._is_newer(data):
                raise JournalError(
                    f"the journal {self.path} was written by a newer version", hint="update coldvault"
                )
            # It may be somebody's, or of use to who looks into this.
            folder.rename(self._name, f"{self._name}.old")
            code = "large" if size > MAX_FILE else "foreign"
            return 0, *start, (code, note[0] if note else 0, 0)
        gap = scan.against(note)
        if gap is None and scan.whole and not scan.has_header:
            gap = "header", scan.last, scan.last
        if gap is None and (scan.end < max(len(data), 1) or scan.border):
            is_torn = scan.is_torn or len(data) <= _HEADER
            gap = "torn" if is_torn else "end", scan.last, scan.last
        if not scan.end:
            return 0, *start, gap
        return scan.end - len(scan.border), scan.border, (scan.last, scan.link), gap

    def _is_foreign(self, scan: _Scan, data: bytes) -> bool:
        return not scan.whole and not self._keys.header.startswith(data[:_HEADER])

    def _is_newer(self, data: bytes) -> bool:
        same = data[:8] == _MAGIC and data[16:_HEADER] == self._keys.header[16:]
        return same and data[8:10] > _VERSION

    def _compact(self, folder: Folder, now: int) -> None:
        """Drop the older half; a kill leaves the old file or the new one. What fails is tried again later."""
        temporary = f".{self._name.removesuffix('.journal')}-journal"  # not as a vault's own are named
        try:
            folder.sweep(f"{temporary}.")
            scan = _Scan(self._keys, folder.read(self._name, MAX_FILE))
            whole = scan.whole.values()
            if all(r.text is None for r in whole) or any(r.epoch > self._keys.newest for r in whole):
                return  # the password was changed meanwhile: somebody with the newer key will do it
            data, last = self._shortened(scan, now)
            fresh = f"{temporary}.{os.urandom(8).hex()}.tmp"
            folder.write(fresh, data)
            try:
                folder.rename(fresh, self._name)
            except BaseException:
                folder.remove(fresh)
                raise
            folder.sync()
            self._remember(*last)
        except VaultError:
            return

    def _shortened(self, scan: _Scan, now: int) -> tuple[bytes, Note]:
        """The bytes of a journal with the newer half of the records, and its last record."""
        records = [(seq, r.text, r.entry) for seq, r in sorted(scan.whole.items()) if r.text is not None]
        room, first = COMPACT_AT // 2, len(records)
        while first > 1:
            room -= len(records[first - 1][1]) + _PAD + _AROUND
            if room < 0:
                break
            first -= 1
        earlier = scan.summary
        gaps, uses = list(earlier.gaps if earlier else ()), dict(earlier.uses if earlier else {})
        for entry in (entry for _, _, entry in records[:first] if entry is not None):
            if entry.did == "gap":
                gaps.append(entry)
            for name in entry.names:
                uses[name] = uses.get(name, Usage()).plus(entry)
        ranks = {rank for rank, _ in scan.problems}
        if min(ranks, default=_MINOR) < _RANKS["older"] or len(records) < len(scan.whole):
            gaps.append(Entry(now, "gap", outcome="damaged"))
        if _RANKS["older"] in ranks:
            gaps.append(Entry(now, "gap", outcome="older"))
        summary = _Summary(now, scan.last, tuple(gaps), uses)
        data, link = [self._keys.header], self._keys.start
        for seq, text, _ in [(records[first - 1][0], summary.text(), None), *records[first:]]:
            record, link = self._keys.seal(seq, text, link)
            data.append(record)
        return b"".join(data), (records[-1][0], link)

    # --- what this machine has seen of it -----------------------------------------------------------

    def _recall(self) -> Note | None:
        """The highest record that was written here; best effort."""
        try:
            folder = Folder(os.path.join(state_home(), "seen"))
            try:
                note = folder.read(self._note_name, 128)
            finally:
                folder.close()
            seq, link = int(note[:20]), bytes.fromhex(note[21:85].decode("ascii"))
        except (VaultError, ValueError):
            return None
        return (seq, link) if 0 < seq < _MAX_SEQ // 2 and len(link) == 32 else None

    def _remember(self, seq: int, link: bytes) -> None:
        """Note the last record; without it a journal is written all the same, less well guarded.

        In place and always as long: so it costs no new file, and a kill leaves no half of it.
        """
        try:
            folder = Folder(os.path.join(state_home(), "seen"), make=True)
            try:
                note = f"{seq:020d} {link.hex()}\n".encode()
                folder.write_at(self._note_name, 0, note, make=True, last=True)
            finally:
                folder.close()
        except VaultError:
            pass
