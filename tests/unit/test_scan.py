"""The scan of a journal's bytes: what does not open counts for nothing, and no byte is looked at for long."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import NOW

from vault.base import canonical
from vault.journal import journal as module
from vault.journal.history import settled
from vault.journal.journal import Entry, Journal
from vault.journal.records import HEADER, Keys
from vault.journal.scan import Scan
from vault.store import names

ID = bytes(range(16))
KEYS = {1: b"k" * 32, 2: b"l" * 32}
STRANGE = Keys(ID, {9: b"u" * 32})  # an epoch of which the vault has no key
RUN = Entry(NOW, "run", ("okx-main",), "/bin/bot", "/srv", "ok")
SIZE = 148  # bytes of a short record
LONG = 212  # bytes of a record like RUN


def text(entry: Entry = RUN) -> bytes:
    return canonical.dumps(entry.to_plain())


def chain(count: int, keys: Keys) -> list[bytes]:
    """So many records, each behind the one before."""
    link, records = keys.start, []
    for number in range(1, count + 1):
        record, link = keys.seal(number, text(), link)
        records.append(record)
    return records


@pytest.fixture
def journal(folder: Path) -> Journal:
    return Journal(str(folder / "bots.vault"), ID, KEYS)


def fill(journal: Journal, count: int) -> bytes:
    for number in range(count):
        journal.append(Entry(NOW + number, "copy", ("a",)))
    return Path(journal.path).read_bytes()


# --- what does not open -----------------------------------------------------------------------------------


@pytest.mark.promise(14)
@pytest.mark.parametrize("seq", [3, 4, 5, 6, 50, 1 << 40])
def test_a_record_without_a_key_stands_for_no_other(journal: Journal, seq: int) -> None:
    """Its link needs no key, and its number may be any: what was cut before it is missing all the same."""
    data = fill(journal, 5)[: HEADER + 2 * SIZE]
    Path(journal.path).write_bytes(data + STRANGE.seal(seq, text(), data[-36:-4])[0])
    found = " ".join(journal.read().problems)
    assert any(word in found for word in ("missing", "other records than were written here"))
    journal.append(RUN)
    assert any("missing" in problem or "other records" in problem for problem in journal.read().problems)


@pytest.mark.promise(14)
def test_only_a_gap_leaves_numbers_out(journal: Journal) -> None:
    """Not a record with an old key that somebody still has."""
    data = fill(journal, 2)
    old = Keys(ID, {1: KEYS[1]})
    Path(journal.path).write_bytes(data + old.seal(9, text(), data[-36:-4])[0])
    assert "records 3 to 8: missing" in journal.read().problems


@pytest.mark.promise(14)
def test_a_record_without_a_key_does_not_stop_the_shortening(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits, in case the password was changed just now; then the file is kept aside, and that is noted."""
    monkeypatch.setattr(module, "COMPACT_AT", 4 << 10)
    monkeypatch.setattr(module, "_RETRY", 1 << 10)
    monkeypatch.setattr(module, "MAX_FILE", 32 << 10)
    data = fill(journal, 5)
    path = Path(journal.path)
    path.write_bytes(data + STRANGE.seal(6, text(), data[-36:-4])[0])
    aside = path.with_name(path.name.removesuffix(names.JOURNAL) + names.FOREIGN)
    sizes = [len(fill(journal, 1)) for _ in range(130)]
    assert max(sizes) > 14 << 10
    assert sizes[-1] < 8 << 10
    assert data in aside.read_bytes()
    assert any("changed, missing or out of place" in problem for problem in journal.read().problems)


# --- the work ---------------------------------------------------------------------------------------------


def changed(data: bytes, step: int) -> bytes:
    """One bit of every such record."""
    found = bytearray(data)
    for at in range(HEADER + 60, len(found), step * LONG):
        found[at] ^= 1
    return bytes(found)


def shuffled(records: list[bytes], seed: int = 1) -> bytes:
    draw = random.Random(seed)
    return b"".join(draw.sample(records, len(records)))


ALL = Keys(ID, {epoch: bytes([epoch]) * 32 for epoch in range(1, 40)})
RECORDS = chain(1500, ALL)
assert all(len(record) == LONG for record in RECORDS)
WHOLE = b"".join(RECORDS)
MUCH = len(WHOLE)
BEGINNING = bytes.fromhex("0004005400000001")  # of a record of 262,228 bytes
SHAPES: dict[str, bytes] = {
    "whole": WHOLE,
    "empty": b"",
    "one old record, repeated": chain(1, Keys(ID, {1: ALL.by_epoch[1]}))[0] * 1500,
    "one record without a key, repeated": chain(1, STRANGE)[0] * 1500,
    "records without a key": b"".join(chain(1500, STRANGE)),
    "beginnings": BEGINNING * (MUCH // 8),
    "beginnings, a byte apart": (BEGINNING + b"\0") * (MUCH // 9),
    "a beginning before each record": b"".join(BEGINNING + record for record in RECORDS),
    "each record changed": changed(ALL.header + WHOLE, 1)[HEADER:],
    "every second record changed": changed(ALL.header + WHOLE, 2)[HEADER:],
    "shuffled": shuffled(RECORDS),
    "shuffled and doubled": shuffled([*RECORDS, *RECORDS[::2]]),
    "backwards": b"".join(reversed(RECORDS)),
    "twice": WHOLE + WHOLE,
    "random": random.Random(1).randbytes(MUCH),
    "zeros": bytes(MUCH),
}


@pytest.mark.promise(8)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_byte_is_looked_at_more_than_four_times(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever somebody has put there: decrypted, hashed or searched, counted where it is done."""
    data = ALL.header + SHAPES[shape]
    opened: list[int] = []

    whole: Callable[..., object] = Keys.open

    def counting(self: Keys, data: bytes, at: int, previous: bytes) -> object:
        found = whole(self, data, at, previous)
        opened.append(int.from_bytes(data[at : at + 4], "big") * (2 if found else 1))
        return found

    monkeypatch.setattr(Keys, "open", counting)
    scan = Scan(ALL, data)
    assert sum(opened) <= scan.touched <= 4 * len(data)


@pytest.mark.parametrize(
    ("shape", "read"),
    [
        ("whole", 1500),
        ("every second record changed", 750),
        ("shuffled", 1500),
        ("backwards", 1500),
        ("twice", 1500),
        ("a beginning before each record", 1500),
    ],
)
def test_what_is_whole_is_read_all_the_same(shape: str, read: int) -> None:
    """The bound on the work costs no record in a journal that was damaged or put out of order."""
    assert read == len(Scan(ALL, ALL.header + SHAPES[shape]).records)


# --- starts that failed -----------------------------------------------------------------------------------


def test_a_start_that_failed_is_no_run() -> None:
    """The entry before it, of the same program and credentials, tells of nothing that happened."""
    failed = RUN.changed(at=NOW + 1, outcome="program-not-found")
    other = RUN.changed(program="/bin/other")
    assert [other, failed] == settled([RUN, other, failed])
    assert [RUN, failed] == settled([RUN, RUN, failed])
    assert [RUN, other.changed(outcome="program-not-found")] == settled(
        [RUN, other.changed(outcome="program-not-found")]
    )
    after_next = RUN.changed(outcome="next")
    assert [failed] == settled([after_next, failed])


def test_a_start_that_failed_long_after_is_another_one() -> None:
    """At most 16 entries of other commands lie in between."""
    failed = RUN.changed(at=NOW + 1, outcome="program-not-found")
    others = [Entry(NOW, "copy", ("a",))] * 17
    assert [RUN, *others, failed] == settled([RUN, *others, failed])
