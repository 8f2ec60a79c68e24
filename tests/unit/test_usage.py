"""What the journal says of one key, in the words that care uses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vault.base.secret import Secret
from vault.care.usage import Program, Used, last_used, programs, usage_of
from vault.credential.credential import Credential
from vault.errors import JournalError
from vault.journal.history import History, KeyUsage, Use
from vault.journal.records import Entry

NOW = 1_800_000_000


def key(issued: int | None = None) -> Credential:
    return Credential("main", "okx", {"api_key": Secret("value")}, created=NOW, issued=issued)


def run(at: int, program: str = "/bin/bot", outcome: str = "ok", name: str = "main") -> Entry:
    return Entry(at, "run", (name,), program=program, folder="/srv", outcome=outcome)


def did(at: int, what: str) -> Entry:
    return Entry(at, what, ("main",), outcome="ok")


def test_nothing_on_record() -> None:
    """Every use is None then."""
    assert Used() == usage_of(History(), key())
    assert Used().last is None


def test_each_kind_of_use() -> None:
    """A value that was shown or copied is one kind; what its owner sees is no use that an exchange sees."""
    entries = (run(NOW + 1), did(NOW + 2, "verify"), did(NOW + 9, "copy"), did(NOW + 7, "reveal"))
    found = usage_of(History(entries), key())
    assert (NOW + 1, NOW + 2, NOW + 9) == (found.run, found.verified, found.shown)
    assert found.last == NOW + 2


def test_uses_are_those_of_the_present_key() -> None:
    """Its programs count from when the exchange made the key: those that tried it as a successor, too."""
    entries = (run(NOW - 20, "/bin/old"), run(NOW - 5, "/bin/trial", outcome="next"), run(NOW + 3))
    found = usage_of(History(entries), key(issued=NOW - 10))
    assert NOW + 3 == found.run
    assert (
        Program("/bin/bot", "/srv", NOW + 3, NOW + 3),
        Program("/bin/trial", "/srv", NOW - 5, NOW - 5),
    ) == found.programs


def test_a_program_is_named_once() -> None:
    """With its first and its last start, also where the first was dropped for its age."""
    history = History((run(NOW + 5), run(NOW + 2), run(NOW + 3, name="other")))
    (program,) = programs(history, "main")
    assert (NOW + 2, NOW + 5) == (program.first, program.last)
    assert program.shown == "/bin/bot in /srv (2027-01-15)"
    assert () == programs(history, "main", since=NOW + 6)


def newest(*entries: Entry) -> Callable[[int], tuple[Entry, ...]]:
    return lambda number: entries[:number]


@pytest.mark.parametrize(
    ("expected", "entries"),
    [
        (None, ()),
        (None, (run(5, name="other"), run(4, outcome="next"), did(3, "copy"))),
        (4, (run(5, name="other"), run(4), run(3))),
        (4, (*[run(9, name="other")] * 20, did(4, "verify"))),
        (NOW, (*[run(9, name="other")] * 64, run(4))),
    ],
)
def test_the_last_use(expected: int | None, entries: tuple[Entry, ...]) -> None:
    """Among the newest 64 entries; beyond those it is unknown."""
    assert expected == last_used(newest(*entries), "main", NOW)


def test_the_last_use_of_a_broken_journal() -> None:
    """It is unknown."""

    def broken(number: int) -> tuple[Entry, ...]:
        raise JournalError("cannot read the journal")

    assert NOW == last_used(broken, "main", NOW)


# --- wrong clocks -----------------------------------------------------------------------------------------

YEARS = 3 * 365 * 86400


def test_a_use_after_now_is_not_believed() -> None:
    """The newest credible one counts, in what was dropped for its age, too."""
    earlier = {
        "main": KeyUsage(run=NOW + YEARS, verify=NOW + 1, programs=(Use(NOW + YEARS, "/bin/ahead", "/"),))
    }
    history = History((run(NOW + 5), run(NOW + YEARS)), earlier=earlier).until(NOW + 60)
    found = usage_of(history, key(), NOW + 60)
    assert (NOW + 5, NOW + 1, ["/bin/bot"]) == (found.run, found.verified, [p.path for p in found.programs])
    assert (NOW + YEARS, NOW + YEARS) == history.later


def test_of_a_program_that_started_before_the_first_start_counts() -> None:
    """Where its last one was dated by a wrong clock."""
    usage = KeyUsage(programs=(Use(NOW + YEARS, "/bin/bot", "/", NOW + 1),)).until(NOW + 60)
    assert (Use(NOW + 1, "/bin/bot", "/", NOW + 1),) == usage.programs


def test_a_key_that_was_stored_by_a_wrong_clock_has_its_uses() -> None:
    """Though all of them come before the time that stands there."""
    late = key().changed(created=NOW + YEARS, issued=NOW + YEARS)
    found = usage_of(History((run(NOW + 5),)), late, NOW + 60)
    assert (NOW + 5, 1) == (found.run, len(found.programs))


def test_the_last_use_before_a_start_is_a_credible_one() -> None:
    """And one that happened: what failed to start is none."""
    assert NOW - 9 == last_used(newest(run(NOW + YEARS), run(NOW - 9)), "main", NOW)
    failed = run(NOW - 3, outcome="program-not-found")
    assert NOW - 9 == last_used(newest(failed, run(NOW - 4), run(NOW - 9, "/bin/other")), "main", NOW)
