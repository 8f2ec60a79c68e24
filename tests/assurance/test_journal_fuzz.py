"""A journal whose bytes somebody may write: nothing is cut or put in without a word."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import NOW, Tally

from vault.base import canonical
from vault.base.digest import sha256
from vault.errors import JournalError
from vault.journal.history import History, Summary
from vault.journal.journal import Entry, Journal
from vault.journal.records import HEADER, Keys, frame, gap, stored_link
from vault.journal.scan import Scan

if os.name == "nt":
    pytest.skip("POSIX files", allow_module_level=True)

pytestmark = pytest.mark.slow

JOURNALS = 4000
ID, OTHER = bytes(range(16)), bytes(range(1, 17))
KEYS = {epoch: bytes([epoch]) * 32 for epoch in (1, 2, 3)}


class Attacker:
    """Somebody who writes into a journal, without a key, or with that of an older password."""

    def __init__(self, draw: random.Random, data: bytes, older: bytes) -> None:
        self.draw, self.data, self.older = draw, data, older

    def ends(self) -> list[int]:
        """Where records end, as far as the bytes look like records; the header's end first."""
        ends = [HEADER]
        while end := frame(self.data, ends[-1]):
            ends.append(end)
        return ends

    def forged(self, at: int) -> bytes:
        """A record for byte *at*: of an epoch without a key, of an old one, or another vault's."""
        kind = self.draw.choice(["unknown", "unknown", "old", "old", "stranger"])
        epochs = {"unknown": {9: b"u" * 32}, "old": {1: KEYS[1]}, "stranger": {3: b"s" * 32}}[kind]
        keys = Keys(OTHER if kind == "stranger" else ID, epochs)
        link = stored_link(self.data, at) if at > HEADER else sha256(self.data[:HEADER])
        count = len(self.ends())
        seq = max(1, self.draw.choice([count, count - 1, count + 1, self.draw.randrange(1, 99)]))
        entry = self.draw.choice(
            [
                Entry(NOW, "run", ("okx-main",), "/bin/bot", "/", "ok"),
                Entry(NOW, "passwd"),
                gap("short", seq - 1, max(0, seq - 3), NOW),
            ]
        )
        text = canonical.dumps(entry.to_plain())
        if self.draw.random() < 0.1:
            text = Summary(NOW, seq + 3).text()
        return keys.seal(seq, text, link)[0]

    def strikes(self) -> None:
        """Change the bytes in one way."""
        draw, data, ends = self.draw, self.data, self.ends()
        at, other = draw.choice(ends), draw.choice(ends)
        size = frame(data, at) - at if frame(data, at) else 0
        byte = draw.randrange(len(data) + 1)
        what = draw.choice(
            ["cut", "cut", "torn", "drop", "twice", "junk", "forge", "forge", "flip", "older", "move"]
        )
        if what == "cut":
            self.data = data[:at]
        elif what == "torn":
            self.data = data[:byte]
        elif what == "drop":
            self.data = data[:at] + data[at + size :]
        elif what == "twice":
            self.data = data[:other] + data[at : at + size] + data[other:]
        elif what == "junk":
            self.data = data[:at] + draw.randbytes(draw.choice([1, 4, 148, 1000])) + data[at:]
        elif what == "forge":
            self.data = data[:at] + self.forged(at) + (data[at:] if draw.random() < 0.5 else b"")
        elif what == "flip" and byte < len(data):
            self.data = data[:byte] + bytes([data[byte] ^ (1 << draw.randrange(8))]) + data[byte + 1 :]
        elif what == "older":
            self.data = self.older
        elif what == "move" and size:
            rest = data[:at] + data[at + size :]
            to = min(other, len(rest))
            self.data = rest[:to] + data[at : at + size] + rest[to:]


def written(folder: Path, draw: random.Random) -> tuple[Journal, Path, bytes]:
    """A journal of three passwords, with an older version of it; this machine wrote its last record."""
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    path, older = folder / "bots.vault", b""
    for epoch in KEYS:
        keys = {known: key for known, key in KEYS.items() if known <= epoch}
        journal = Journal(str(path), ID, keys)
        for _ in range(draw.randrange(1, 6)):
            journal.append(Entry(NOW + draw.randrange(9), "run", ("okx-main",), "/bin/bot", "/", "ok"))
            if not older or draw.random() < 0.3:
                older = Path(journal.path).read_bytes()
    return journal, Path(journal.path), older


def told(before: History, after: History) -> bool:
    """Whether a reader is told of a change, or there is nothing to tell: every entry is as it was.

    That a record cannot be read says nothing of others that are gone.
    """
    if any(entry not in after.entries for entry in before.entries):
        return any("this vault does not have the key" not in problem for problem in after.problems)
    return bool(after.problems) or before.entries == after.entries


def attacks(place: Path, tally: Tally, count: int) -> None:
    """Let so many journals be attacked, read each, append to it, and read it again."""
    for seed in range(count):
        draw = random.Random(seed)
        with TemporaryDirectory(dir=place) as folder:
            journal, file, older = written(Path(folder), draw)
            before = journal.read()
            assert not before.problems
            attacker = Attacker(draw, file.read_bytes(), older)
            for _ in range(draw.choice([1, 1, 2, 3])):
                attacker.strikes()
            file.write_bytes(attacker.data)
            found = journal.read()
            tally.case(told(before, found), f"journal {seed}: nothing is said")
            scan = Scan(Keys(ID, KEYS), attacker.data)
            tally.case(scan.touched <= 4 * len(attacker.data), f"journal {seed}: {scan.touched} bytes")
            try:
                journal.append(Entry(NOW, "passwd"))
            except JournalError:  # it says that a newer version wrote the journal, and leaves it
                assert attacker.data == file.read_bytes()
                continue
            after = journal.read()
            *entries, _ = after.entries
            kept = told(before, after.changed(entries=tuple(entries))) and (
                bool(after.problems) or not found.problems
            )
            tally.case(kept, f"journal {seed}: after a record more, nothing is said of {found.problems}")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder in memory."""
    with TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        yield Path(folder)


@pytest.mark.promise(14)
@pytest.mark.assurance(
    "8, 14",
    f"{JOURNALS:,} journals into which somebody wrote, without a key or with that of an older password (cut, "
    "moved, doubled, forged): it is said, also after the next record; four times their bytes are looked at",
)
def test_nothing_is_cut_or_put_in_without_a_word(place: Path, tally: Tally) -> None:
    """Whoever wrote the last record of a journal notices any other end, and any hole."""
    attacks(place, tally, JOURNALS)


def believing(scan: Scan) -> list[tuple[int, int]]:
    """As if every record could leave numbers out."""
    through = scan.summary.through if scan.summary else 0
    missing, expected = [], 1
    for seq, record in sorted(scan.records.items()):
        if seq in scan._astray and record.reach > expected:
            missing.append((expected, record.reach - 1))
        expected = seq + 1
    return [*missing, (expected, through)] if through >= expected else missing


BROKEN: dict[str, tuple[str, Callable[..., object]]] = {
    "any record may leave numbers out": ("_missing", believing),
    "the note of the last record does not count": ("against", lambda scan, note: None),
}


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=pytest.mark.broken(f"a journal in which {what}")) for what in BROKEN]
)
def test_a_journal_that_believes_too_much_is_caught(
    place: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The experiment has teeth."""
    monkeypatch.setattr(Scan, *BROKEN[what])
    tally = Tally()
    attacks(place, tally, 1500)
    assert any("nothing is said" in failure for failure in tally.failures)
