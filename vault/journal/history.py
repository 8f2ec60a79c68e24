"""A journal that was read: every entry, how each credential was used, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from ..base import canonical
from ..base.record import Record
from ..credential.credential import check_time
from .records import MAX_TEXT, Entry, escaped

USES = ("run", "verify", "copy", "reveal")  # the kinds of entry that count as a use of a credential
MAX_PROGRAMS = 8  # kept of one credential
MAX_GAPS = 64  # kept by a summary
_BETWEEN = 16  # entries of other commands between a start and its failure
ALARM_SECONDS = 30 * 86400  # a problem that was noted longer ago is no longer an alarm


class Use(Record):
    """The starts of one program with a credential.

    Attributes:
        at: the latest start.
        program, folder: as of an entry.
        first: the earliest start that is known.
    """

    at: int
    program: str = ""
    folder: str = ""
    first: int = 0

    def check(self) -> None:
        check_time(self.at)
        check_time(self.first)

    def to_plain(self) -> Any:
        """Return a list of the values."""
        return [self.at, escaped(self.program), escaped(self.folder), self.first]

    @classmethod
    def decode(cls, plain: Any) -> Self:
        """Return the uses of such a list."""
        if type(plain) is not list or len(plain) != 4:
            raise ValueError("not the uses of a program")
        return super().decode(dict(zip(cls.__annotations__, plain, strict=True)))


class KeyUsage(Record):
    """When a credential was last used, by kind of use; None: never, as far as is known.

    Attributes:
        programs: the programs that were started with it, the last used first.
    """

    run: int | None = None
    verify: int | None = None
    copy: int | None = None
    reveal: int | None = None
    programs: tuple[Use, ...] = ()

    def check(self) -> None:
        for at in self._times.values():
            check_time(at)

    @property
    def _times(self) -> dict[str, int]:
        return {kind: at for kind in USES if (at := getattr(self, kind)) is not None}

    @property
    def last(self) -> int | None:
        """The latest use of any kind."""
        return max(self._times.values(), default=None)

    def since(self, moment: int) -> KeyUsage:
        """Return this without what was before *moment*."""
        kinds = {kind: at for kind, at in self._times.items() if at >= moment}
        uses = [use.changed(first=max(use.first, moment)) for use in self.programs if use.at >= moment]
        return KeyUsage(**kinds, programs=tuple(uses))

    def until(self, moment: int) -> KeyUsage:
        """Return this without what was after *moment*; a program may keep its first start."""
        kinds = {kind: at for kind, at in self._times.items() if at <= moment}
        uses = [use if use.at <= moment else use.changed(at=use.first) for use in self.programs]
        return KeyUsage(**kinds, programs=tuple(use for use in uses if use.at <= moment))

    def plus(self, entry: Entry) -> KeyUsage:
        """Return this with *entry*, if that is a use and did not fail."""
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


def settled(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries, oldest first, without each start that a later one says has failed.

    A run is noted before its program takes this process over. If it cannot, a second entry says why, and the
    first one tells of nothing that happened.
    """
    kept: list[Entry] = []
    for entry in entries:
        kept.append(entry)
        if entry.did != "run" or entry.outcome in ("", "ok", "next"):
            continue
        for at in range(len(kept) - 2, max(len(kept) - 2 - _BETWEEN, -1), -1):
            if (
                kept[at].outcome in ("ok", "next")
                and kept[at].changed(outcome=entry.outcome, at=entry.at) == entry
            ):
                del kept[at]
                break
    return kept


class History(Record):
    """The contents of a journal, and its problems.

    Attributes:
        entries: every complete one, oldest first.
        problems: what is or was wrong, a sentence each, worst first.
        noted: of the past problems, when each was noted in the journal.
        later: the times of entries and uses that :meth:`until` left out.
        dropped: the number of the last record that was dropped for its age.
        earlier: the uses that dropped records told of, by credential.
    """

    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    dropped: int = 0
    earlier: Mapping[str, KeyUsage] = {}
    noted: Mapping[str, int] = {}
    later: tuple[int, ...] = ()

    def until(self, moment: int) -> History:
        """Return this without entries and uses after *moment*; problems, and how many those are, stay."""
        entries = tuple(entry for entry in self.entries if entry.at <= moment)
        earlier = {name: usage.until(moment) for name, usage in self.earlier.items()}
        later = tuple(entry.at for entry in self.entries if entry.at > moment)
        later += tuple(use.last or 0 for use in self.earlier.values() if (use.last or 0) > moment)
        return self.changed(entries=entries, earlier=earlier, later=later)

    def alarms(self, now: int) -> tuple[str, ...]:
        """Return the present problems, and those that were noted within ALARM_SECONDS."""
        return tuple(p for p in self.problems if self.noted.get(p, now) > now - ALARM_SECONDS)

    def usage(self, name: str, since: int = 0) -> KeyUsage:
        """Return how the credential *name* was used from *since* on, the time when it was made."""
        usage = self.earlier.get(name, KeyUsage()).since(since)
        for entry in self.entries:
            if name in entry.names and entry.at >= since:
                usage = usage.plus(entry)
        return usage.changed(programs=usage.programs[:MAX_PROGRAMS])


class Summary(Record):
    """The first record of a shortened journal, in place of those that were dropped for their age.

    Attributes:
        through: the number of the last record when this was made; all up to it have new links since.
        gaps: those that were dropped, and one for each problem at that time.
        uses: by credential.
    """

    at: int
    through: int
    gaps: tuple[Entry, ...] = ()
    uses: Mapping[str, KeyUsage] = {}
    did: str = "summary"

    ALWAYS = ("did", "uses")

    def check(self) -> None:
        check_time(self.at)

    def text(self) -> bytes:
        """Return its canonical JSON; programs, then credentials, are left out until it fits."""
        uses = dict(sorted(self.uses.items(), key=lambda item: item[1].last or 0, reverse=True))
        programs = MAX_PROGRAMS
        while True:
            known = {name: usage.changed(programs=usage.programs[:programs]) for name, usage in uses.items()}
            text = canonical.dumps(self.changed(gaps=self.gaps[-MAX_GAPS:], uses=known).to_plain())
            if len(text) <= MAX_TEXT:
                return text
            if programs:
                programs //= 2
            else:
                uses = dict(list(uses.items())[: len(uses) // 2])
