"""The usage journal under real processes: many at once, and killed at any moment."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vault.journal.journal import Journal
from vault.journal.problems import CAUSES

if sys.platform == "win32":
    pytest.skip("POSIX processes", allow_module_level=True)

ID, KEYS = bytes(range(16)), {1: b"k" * 32}
PROCESSES, RECORDS = 8, 1000

# Each waits for the end of its input, so that all begin at once, and says what is in the journal for sure.
APPENDER = """
import sys
from vault.journal import journal
path, first, count, compact_at = sys.argv[1], *map(int, sys.argv[2:])
if compact_at:
    journal.COMPACT_AT, journal._RETRY = compact_at, compact_at // 8
sys.stdin.read()
for number in range(first, first + count):
    entry = journal.Entry(number, "run", ("okx-main",), "/usr/bin/python3", f"/srv/bot{first}", "ok")
    journal.Journal(path, bytes(range(16)), {1: b"k" * 32}).append(entry)
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def start(path: Path, first: int, count: int, compact_at: int = 0) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", APPENDER, str(path), str(first), str(count), str(compact_at)]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def storm(path: Path, each: int, compact_at: int = 0) -> None:
    """Let the processes append, all at once; none of them fails."""
    running = [start(path, n * each, each, compact_at) for n in range(PROCESSES)]
    time.sleep(0.5)  # until they have imported what they need; it matters little if one is late
    for process in running:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    for process in running:
        _, said = process.communicate(timeout=120)
        assert (0, b"") == (process.returncode, said)


@pytest.mark.promise(14)
def test_eight_at_once_lose_no_record(folder: Path) -> None:
    """1,000 records by 8 processes: every one is there once, numbered without a gap, the chain whole."""
    path = folder / "a.vault"
    storm(path, RECORDS // PROCESSES)
    reading = Journal(str(path), ID, KEYS).read()
    assert () == reading.problems
    assert list(range(RECORDS)) == sorted(entry.at for entry in reading.entries)
    for number in range(PROCESSES):  # each one's own, in the order in which it appended them
        mine = [entry.at for entry in reading.entries if entry.folder == f"/srv/bot{number * 125}"]
        assert list(range(number * 125, number * 125 + 125)) == mine


def test_eight_at_once_while_it_is_shortened(folder: Path) -> None:
    """Often, by whoever comes to it: what is dropped is dropped for its age, and nothing is lost."""
    path = folder / "a.vault"
    storm(path, 60, compact_at=16 << 10)
    reading = Journal(str(path), ID, KEYS).read()
    assert ((), "summary") == (reading.problems, reading.entries[0].did)
    assert 60 * PROCESSES == reading.dropped + len(reading.entries) - 1
    programs = reading.usage("okx-main").programs
    assert {n * 60 + 59 for n in range(PROCESSES)} == {use.at for use in programs}
    assert {n * 60 for n in range(PROCESSES)} == {use.first for use in programs}


@pytest.mark.promise(14)
@pytest.mark.slow
@pytest.mark.parametrize("compact_at", [1 << 30, 8 << 10], ids=["growing", "shortened all the time"])
def test_killed_appenders_lose_nothing(folder: Path, compact_at: int) -> None:
    """kill -9 at any moment, 40 times, two at once: what was appended stays, and appending goes on.

    At most the record that was being written is missing; if half of it stands there, that is said.
    """
    path, journal = folder / "a.vault", Journal(str(folder / "a.vault"), ID, KEYS)
    done: set[int] = set()
    for attempt in range(40):
        running = [start(path, (2 * attempt + n) * 100_000, 100_000, compact_at) for n in (0, 1)]
        for process in running:
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None
        time.sleep(0.2 + 0.003 * (attempt % 17))
        for process in running:
            process.send_signal(signal.SIGKILL)
        said = "".join(process.communicate()[0].decode().rpartition("\n")[0] + "\n" for process in running)
        done |= {int(line) for line in said.split()}
        if Path(journal.path).stat().st_size > 7 << 20:
            break  # never shortened, it soon is larger than is read
        reading = journal.read()
        assert [] == [problem for problem in reading.problems if CAUSES["torn"] not in problem]
        there = {entry.at for entry in reading.entries}
        if compact_at == 1 << 30:
            assert done <= there
        count = reading.dropped + len([entry for entry in reading.entries if entry.did != "summary"])
        assert 0 <= count - len(done) <= 3 * 2 * (attempt + 1)  # of each, one not said, and a gap besides
    assert len(done) > 500
    start(path, 10**9, 5, compact_at).communicate(timeout=60)
    assert list(range(10**9, 10**9 + 5)) == [entry.at for entry in journal.recent(5)][::-1]
