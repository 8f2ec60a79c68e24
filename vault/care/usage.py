"""The uses of one key, from the usage journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..base.clock import MAX_TIME, SKEW
from ..base.record import Record
from ..credential.credential import Credential
from ..errors import JournalError
from ..journal.history import History, settled
from ..journal.records import Entry

_RECENT = (8, 64)  # entries; a bot that is started again is among the newest few


class Program(Record):
    """A program that was started in *folder*, and was handed a credential between *first* and *last*."""

    path: str
    folder: str
    first: int
    last: int

    @property
    def shown(self) -> str:
        """The program in words, with the day of its last start."""
        from ..base.times import day

        return f"{self.path} in {self.folder} ({day(self.last)})"


class Used(Record):
    """The uses of one key.

    Attributes:
        run: when a program was last handed it; None if never, as far as the journal reaches.
        verified: when a test request with it last succeeded.
        shown: when a value of it was last shown or copied.
        programs: those that were handed it, the latest first.
    """

    run: int | None = None
    verified: int | None = None
    shown: int | None = None
    programs: tuple[Program, ...] = ()

    @property
    def last(self) -> int | None:
        """The last use that an exchange may have seen."""
        return max((moment for moment in (self.run, self.verified) if moment is not None), default=None)


def usage_of(history: History, credential: Credential, now: int = MAX_TIME) -> Used:
    """Return the uses of the key that *credential* holds now; its programs, since the key was made.

    If it was stored or made after *now*, by a wrong clock, every use counts as its own.
    """
    usage = history.usage(credential.name, credential.created if credential.created <= now + SKEW else 0)
    shown = max((at for at in (usage.copy, usage.reveal) if at is not None), default=None)
    return Used(usage.run, usage.verify, shown, programs(history, credential.name, credential.born(now) or 0))


def programs(history: History, name: str, since: int = 0) -> tuple[Program, ...]:
    """Return the programs that were handed any key of that name, a successor's included, latest first."""
    known = {(use.program, use.folder): (use.first, use.at) for use in history.usage(name, since).programs}
    for entry in history.entries:
        if entry.did == "run" and name in entry.names and entry.at >= since:
            first, last = known.get((entry.program, entry.folder), (entry.at, entry.at))
            known[entry.program, entry.folder] = min(first, entry.at), max(last, entry.at)
    latest = sorted(known.items(), key=lambda item: -item[1][1])
    return tuple(Program(*which, *when) for which, when in latest)


def last_used(recent: Callable[[int], Sequence[Entry]], name: str, now: int) -> int | None:
    """Return the last run or test request of a credential; None if never; *now* if unknown.

    Only the newest entries, which *recent* returns, are read: the whole journal takes tens of milliseconds.
    """
    for number in _RECENT:
        try:
            newest = recent(number)
        except JournalError:
            return now  # the run's own entry, which comes next, reports it
        for entry in reversed(settled(reversed(newest))):
            if entry.at > now + SKEW:
                continue  # by a wrong clock
            if name in entry.names and entry.did in ("run", "verify") and entry.outcome in ("", "ok"):
                return entry.at
        if len(newest) < number:
            return None
    return now
