"""What a journal tells, once it is read: every entry, how each credential was used, what is wrong."""

from __future__ import annotations

from ..base import canonical
from ..base.record import Record
from .records import MAX_TEXT, Entry, check_time, escaped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Self

USES = ("run", "verify", "copy", "reveal")  # what counts as a use of a credential
MAX_PROGRAMS = 8  # of one credential, that are remembered
MAX_GAPS = 64  # that a summary keeps
ALARM_SECONDS = 30 * 86400  # what was found and noted longer ago is history


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
            check_time(at)
        for use in uses:
            check_time(use.at)
            check_time(use.first)
        paths = [path for use in uses for path in (use.program, use.folder)]
        if usage.to_plain() != plain or [escaped(path) for path in paths] != paths:
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


class Summary(Record):
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
            plain["gaps"] = [gap.to_plain() for gap in self.gaps[-MAX_GAPS:]]
        programs = MAX_PROGRAMS
        while True:
            known = {name: usage.to_plain(programs) for name, usage in uses.items()}
            text = canonical.dumps({**plain, "uses": known})
            if len(text) <= MAX_TEXT:
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
        check_time(summary.at)
        if type(summary.through) is not int:
            raise TypeError(plain)
        return summary
