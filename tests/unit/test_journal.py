"""The usage journal: what it keeps, what it notices, and what it does not let itself be stopped by."""

from __future__ import annotations

import errno
import hashlib
import hmac
import itertools
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vault import system
from vault.core import crypto
from vault.errors import JournalError, VaultError
from vault.journal import history, problems, records
from vault.journal import journal as module
from vault.journal.history import History, KeyUsage, Summary, Use
from vault.journal.journal import Entry, Journal

if sys.platform == "win32":
    pytest.skip("POSIX files", allow_module_level=True)

ID = bytes(range(16))
KEYS = {1: b"k" * 32}
TWO_KEYS = {**KEYS, 2: b"l" * 32}
RUN = Entry(NOW, "run", ("okx-main",), "/usr/bin/python3", "/home/ada/bots/grid", "ok")
ROOT = os.geteuid() == 0

as_root = pytest.mark.skipif(not ROOT, reason="only root can give a file away, or mount a small disk")


def at(number: int) -> Entry:
    """A short entry with a time of its own."""
    return Entry(NOW + number, "copy", ("a",))


@pytest.fixture
def place(folder: Path) -> Path:
    """The vault's path; the journal asks for no vault there."""
    return folder / "bots.vault"


@pytest.fixture
def journal(place: Path) -> Journal:
    return Journal(str(place), ID, KEYS)


@pytest.fixture
def file(journal: Journal) -> Path:
    return Path(journal.path)


@pytest.fixture
def note() -> Path:
    """What this machine has seen of the journal."""
    return Path(os.environ["XDG_STATE_HOME"], "coldvault", "seen", f"{ID.hex()}.journal")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals that are made shorter at 8 KiB."""
    monkeypatch.setattr(module, "COMPACT_AT", 8 << 10)
    monkeypatch.setattr(module, "_RETRY", 1 << 10)


YEARS = 3 * 365 * 86400


def fill(journal: Journal, count: int, first: int = 1) -> None:
    for number in range(first, first + count):
        journal.append(at(number))


def times(reading: History) -> list[int]:
    """Of all entries but gaps and summaries, the times less NOW."""
    return [entry.at - NOW for entry in reading.entries if entry.did not in ("gap", "summary")]


def parts(data: bytes) -> list[bytes]:
    """The records of a sound journal's bytes."""
    found, begin = [], 32
    while begin < len(data):
        end = begin + int.from_bytes(data[begin : begin + 4], "big")
        found.append(data[begin:end])
        begin = end
    return found


def watch(patch: pytest.MonkeyPatch, holder: Any, name: str, position: int) -> list[Any]:
    """Keep that argument of every call of a function."""
    kept: list[Any] = []
    function = getattr(holder, name)

    def watched(*arguments: Any) -> Any:
        kept.append(arguments[position])
        return function(*arguments)

    patch.setattr(holder, name, watched)
    return kept


def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Go to another machine, where nothing is noted."""
    home = tmp_path / f"machine-{os.urandom(4).hex()}"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_STATE_HOME", str(home))


# --- entries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"at": -1},
        {"at": 253402300800},
        {"at": True},
        {"did": "steal"},
        {"did": ""},
        {"names": ("OKX",)},
        {"names": ("",)},
        {"names": tuple(f"n{i}" for i in range(1001))},
        {"outcome": "Wrong password"},
        {"outcome": "x" * 65},
        {"expected": -1},
        {"found": 1 << 62},
        {"found": True},
    ],
    ids=lambda changes: ascii(changes)[:40],
)
def test_an_impossible_entry_is_not_made(changes: dict[str, Any]) -> None:
    """Each rule is checked whenever an entry is made."""
    with pytest.raises(VaultError):
        RUN.changed(**changes)


def test_the_plain_form_leaves_out_defaults() -> None:
    """What has its default takes no room."""
    assert {"at": NOW, "did": "passwd"} == Entry(NOW, "passwd").to_plain()


@pytest.mark.parametrize("did", records.DID)
def test_the_plain_form_is_taken_back(did: str) -> None:
    """from_plain undoes to_plain."""
    entry = Entry(NOW, did, ("a", "b"), "/bin/bot", "/home", "wrong-password", 7, 5)
    assert entry == Entry.from_plain(entry.to_plain())


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"at": NOW},
        {"at": NOW, "did": "run", "argument": "x"},
        {"at": NOW, "did": "run", "names": []},
        {"at": NOW, "did": "run", "names": "a"},
        {"at": NOW, "did": "run", "names": [1]},
        {"at": NOW, "did": "run", "program": ""},
        {"at": NOW, "did": "run", "program": 7},
        {"at": NOW, "did": "run", "program": "a\nb"},
        {"at": NOW, "did": "run", "folder": "x" * 4097},
        {"at": str(NOW), "did": "run"},
        {"at": NOW, "did": "run", "expected": "7"},
    ],
    ids=lambda plain: ascii(plain)[:60],
)
def test_another_plain_form_is_refused(plain: dict[str, Any]) -> None:
    """What no writer makes is not read as if one had."""
    with pytest.raises((VaultError, ValueError)):
        Entry.from_plain(plain)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/home/ada/a b", "/home/ada/a b"),
        ("/home/Zoë/日本", "/home/Zoë/日本"),
        (os.fsdecode(b"/home/caf\xe9"), "/home/caf\\udce9"),
        ("/tmp/\x1b[2J\n", "/tmp/\\x1b[2J\\n"),
        ("/tmp/\u202egpj.exe", "/tmp/\\u202egpj.exe"),
        ("/" * 5000, "/" * 4096),
        ("\n" * 5000, ("\\n" * 2048)),
        ("日" * 5000, "日" * 4096),
    ],
    ids=lambda path: ascii(path)[:24],
)
def test_a_path_that_is_no_line_of_text_is_escaped(journal: Journal, path: str, kept: str) -> None:
    """Nothing that a folder can be named keeps a run out of the journal, or breaks a line of its list."""
    journal.append(RUN.changed(program=path, folder=path))
    assert ((kept, kept), ()) == (
        (journal.read().entries[0].program, journal.read().entries[0].folder),
        journal.read().problems,
    )


def test_the_largest_entry_fits(journal: Journal) -> None:
    """A thousand long names and two long paths are one record, and the next one is appended to it."""
    names = tuple(f"n{i:063}" for i in range(1000))
    largest = Entry(NOW, "run", names, "\U0001f600" * 4096, '"' * 4096, "ok")
    for entry in (largest, RUN, largest):
        journal.append(entry)
    assert ((largest, RUN, largest), ()) == (journal.read().entries, journal.read().problems)
    assert (largest, RUN) == journal.recent(2)


# --- the plain way ----------------------------------------------------------------------------------


def test_nothing_was_done_yet(journal: Journal, folder: Path) -> None:
    """No journal is an empty one, and reading makes no file."""
    assert (History(), ()) == (journal.read(), journal.recent(5))
    assert [] == os.listdir(folder)


def test_what_is_appended_is_read(journal: Journal) -> None:
    """Oldest first, and nothing is wrong."""
    entries = (RUN, Entry(NOW - 5, "verify", ("b",), outcome="wrong-key"), Entry(NOW, "passwd"))
    for entry in entries:
        journal.append(entry)
    assert (entries, ()) == (journal.read().entries, journal.read().problems)


def test_only_the_journal_and_its_lock_are_made(journal: Journal, folder: Path) -> None:
    """The vault is not written, and nothing temporary stays."""
    fill(journal, 3)
    assert ["bots.vault.journal", "bots.vault.journal.lock"] == sorted(os.listdir(folder))


@pytest.mark.promise(7)
@pytest.mark.parametrize("umask", [0, 0o022, 0o077, 0o277])
def test_nobody_else_can_read_it(journal: Journal, file: Path, note: Path, umask: int) -> None:
    """Whatever the umask, the journal, its lock and the note are the owner's alone."""
    before = os.umask(umask)
    try:
        journal.append(RUN)
    finally:
        os.umask(before)
    made = [file, Path(f"{file}.lock"), note]
    assert [0o600] * 3 == [stat.S_IMODE(path.stat().st_mode) for path in made]


@pytest.mark.promise(1)
def test_it_says_nothing_without_a_key(journal: Journal, file: Path) -> None:
    """Neither names nor programs nor words of its own stand in the file."""
    fill(journal, 3)
    journal.append(RUN)
    data = file.read_bytes()
    found = [
        word for word in ("okx", "python", "ada", "run", "copy", "did", "names") if word.encode() in data
    ]
    assert [] == found


@pytest.mark.promise(1)
def test_a_record_is_padded(journal: Journal, file: Path) -> None:
    """Names of about one length make records of one length: 84 bytes and a multiple of 64."""
    for name in ("a", "ab", "abc"):
        journal.append(Entry(NOW, "copy", (name,)))
    assert [148, 148, 148] == [len(record) for record in parts(file.read_bytes())]


def test_a_second_reader_understands_it(journal: Journal, file: Path) -> None:
    """The bytes are those of docs/format.md, read here with nothing of the package."""
    journal.append(RUN)
    fill(journal, 2)
    data = file.read_bytes()
    assert bytes.fromhex("8943564a0d0a1a0a 0001 000000000000") + ID == data[:32]
    link = hashlib.sha256(data[:32]).digest()
    said = []
    for number, record in enumerate(parts(data), 1):
        head, sealed, after = record[:32], record[32:-36], record[-36:]
        assert (1, number) == (int.from_bytes(head[4:8], "big"), int.from_bytes(head[8:16], "big"))
        extracted = hmac.digest(head[16:], KEYS[1], "sha256")
        key = hmac.digest(extracted, b"coldvault/1/journal\0" + ID + b"\1", "sha256")
        padded = ChaCha20Poly1305(key).decrypt(bytes(12), sealed, link + head)
        assert len(padded) % 64 == 0
        link = hashlib.sha256(link + record[:-36]).digest()
        assert link + head[:4] == after
        said.append(json.loads(padded.rstrip(b"\0")))
    assert [entry.to_plain() for entry in journal.read().entries] == said


def test_a_random_source_that_repeats_seals_nothing_twice(
    place: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restored snapshot may give the same numbers again: other records still have other salts."""
    monkeypatch.setattr(crypto, "random", bytes)
    salts = []
    for number in range(3):
        Journal(str(place), ID, KEYS).append(at(number))
        salts.append(parts(file.read_bytes())[-1][16:32])
        if number == 1:  # back to an earlier state, and on from there with something else
            file.write_bytes(file.read_bytes()[:180])
    assert 3 == len(set(salts))


def test_the_newest_are_read_from_the_end(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first, as many as asked for, and no more of the file than they take."""
    fill(journal, 400)
    assert [400, 399, 398] == [entry.at - NOW for entry in journal.recent(3)]
    assert list(range(400, 0, -1)) == [entry.at - NOW for entry in journal.recent(500)]
    assert list(range(400, 100, -1)) == [entry.at - NOW for entry in journal.recent(300)]
    asked = watch(monkeypatch, system.Folder, "ends", 3)
    monkeypatch.setattr(system.Folder, "read", None)
    journal.recent(50)
    journal.recent(300)
    assert [16 << 10, 16 << 10, 64 << 10] == asked


def test_the_newest_are_not_passed_over(journal: Journal, file: Path) -> None:
    """Where a length leads from the end past the last record, that one is read all the same."""
    fill(journal, 4)
    file.write_bytes(file.read_bytes()[:-4] + (2 * 148).to_bytes(4, "big"))
    assert [4, 3] == [entry.at - NOW for entry in journal.recent(2)]


def test_an_append_reads_only_the_end(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it takes does not grow with the journal, only with its last record."""
    fill(journal, 199)
    journal.append(at(200).changed(names=tuple(f"n{i:063}" for i in range(1000))))
    read = system.Folder.read

    def only_notes(self: system.Folder, name: str, limit: int) -> bytes:
        assert limit == 128
        return read(self, name, limit)

    with monkeypatch.context() as patch:
        patch.setattr(system.Folder, "read", only_notes)
        fill(journal, 1, first=201)
    assert (list(range(1, 202)), ()) == (times(journal.read()), journal.read().problems)


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_as_many_as_asked_for(journal: Journal, limit: int) -> None:
    """Not one more."""
    fill(journal, 2)
    assert limit == len(journal.recent(limit))


# --- the password changes ---------------------------------------------------------------------------


@pytest.mark.promise(6)
def test_it_survives_a_new_password(place: Path, journal: Journal, file: Path) -> None:
    """Old records stay readable; new ones are sealed with the new key alone."""
    fill(journal, 2)
    later = Journal(str(place), ID, TWO_KEYS)
    fill(later, 2, first=3)
    assert ([1, 2, 3, 4], ()) == (times(later.read()), later.read().problems)
    assert [1, 1, 2, 2] == [int.from_bytes(r[4:8], "big") for r in parts(file.read_bytes())]


@pytest.mark.promise(6)
def test_an_old_copy_of_the_vault_does_not_read_new_records(place: Path, journal: Journal) -> None:
    """Its keys open what they sealed, and it says what is the matter with the rest."""
    fill(journal, 2)
    fill(Journal(str(place), ID, TWO_KEYS), 2, first=3)
    reading = journal.read()
    assert [1, 2] == times(reading)
    assert ["records 3 to 4: this vault does not have the key; is it an older copy of the vault?"] == list(
        reading.problems
    )
    assert (2, 1) == tuple(entry.at - NOW for entry in journal.recent(5))


def test_without_the_key_it_is_seen_which_record_changed(place: Path, journal: Journal, file: Path) -> None:
    """Links have no key: what cannot be opened is told from what was changed."""
    fill(Journal(str(place), ID, TWO_KEYS), 5)
    data = bytearray(file.read_bytes())
    data[32 + 148 + 60] ^= 1
    file.write_bytes(data)
    assert [
        "record 2: changed or damaged, or the one before it is missing",
        "records 1 and 3 to 5: this vault does not have the key; is it an older copy of the vault?",
    ] == list(journal.read().problems)


@pytest.mark.promise(14)
def test_who_has_an_old_key_only_is_noticed(place: Path, journal: Journal) -> None:
    """A record that is sealed with an older key than the one before it is kept, and remarked on."""
    later = Journal(str(place), ID, TWO_KEYS)
    fill(later, 2)
    fill(journal, 1, first=3)
    reading = later.read()
    assert [1, 2, 3] == times(reading)
    assert ["record 3: sealed with the key of an older password"] == [p[:50] for p in reading.problems]


def test_without_a_key_nothing_is_written(place: Path, folder: Path) -> None:
    """A vault that has no key for its journal yet has none."""
    with pytest.raises(JournalError):
        Journal(str(place), ID, {}).append(RUN)
    assert ([], History()) == (os.listdir(folder), Journal(str(place), ID, {}).read())


# --- damage -----------------------------------------------------------------------------------------


def hit(data: bytes, position: int) -> tuple[int, bool]:
    """The number of the record at a byte, 0 for the header, and whether that is behind its sealed part."""
    end = 32
    for number, record in enumerate(parts(data), 1):
        end += len(record)
        if 32 <= position < end:
            return number, position >= end - 36
    return 0, False


@pytest.mark.promise(14)
@pytest.mark.parametrize(
    "bits", [[4], pytest.param(range(8), marks=pytest.mark.slow)], ids=["one of each byte", "all"]
)
def test_every_bit_that_flips_is_reported(journal: Journal, file: Path, bits: Iterable[int]) -> None:
    """And every other record is still read, the one itself too if only its link or its end was hit."""
    fill(journal, 3)
    data = file.read_bytes()
    for position, bit in itertools.product(range(len(data)), bits):
        damaged = bytearray(data)
        damaged[position] ^= 1 << bit
        file.write_bytes(damaged)
        reading = journal.read()
        number, is_behind = hit(data, position)
        expected = [n for n in (1, 2, 3) if n != number or is_behind]
        assert (expected, True) == (times(reading), bool(reading.problems)), (position, bit, reading)


def test_a_byte_that_changed_is_reported_for_good(journal: Journal, file: Path, note: Path) -> None:
    """Appending goes on after any damage, keeps every whole record, and does not make it unseen."""
    fill(journal, 2)
    data, noted = file.read_bytes(), note.read_bytes()
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0x10
        file.write_bytes(damaged)
        note.write_bytes(noted)
        before = times(journal.read())
        fill(journal, 2, first=3)
        reading = journal.read()
        assert ([*before, 3, 4], True) == (times(reading), bool(reading.problems)), position
        assert len([entry for entry in reading.entries if entry.did == "gap"]) <= 1, position


def test_what_was_noted_a_month_ago_is_no_alarm(journal: Journal, file: Path) -> None:
    """It is said for good; what stands now alarms at any time."""
    fill(journal, 3)
    file.write_bytes(file.read_bytes()[:-1])
    standing = journal.read()
    assert standing.problems == standing.alarms(NOW + 99 * 86400) != ()
    fill(journal, 1, first=4)
    reading = journal.read()
    assert reading.problems == reading.alarms(NOW + 30 * 86400) != ()
    assert () == reading.alarms(NOW + 31 * 86400)


@pytest.mark.promise(14)
def test_every_length_it_is_cut_to_is_reported(journal: Journal, file: Path, note: Path) -> None:
    """At a record's end and in the middle of one; before the next append and, for good, after it."""
    fill(journal, 3)
    data, noted = file.read_bytes(), note.read_bytes()
    for length in range(len(data)):
        file.write_bytes(data[:length])
        note.write_bytes(noted)
        whole = [number for number in (1, 2, 3) if length >= 32 + 148 * number]
        reading = journal.read()
        assert (whole, True) == (times(reading), bool(reading.problems)), length
        fill(journal, 2, first=4)
        after = journal.read()
        assert [*whole, 4, 5] == times(after), length
        numbers = {0: "records 1 to 3 are", 1: "records 2 to 3 are", 2: "record 3 is"}[len(whole)]
        begins = f"noted on 2026-09-21: {numbers} missing: "
        assert [begins] == [problem[: len(begins)] for problem in after.problems], length
        gap = after.entries[len(whole)]
        assert ("gap", "short", 3, len(whole)) == (gap.did, gap.outcome, gap.expected, gap.found)


@pytest.mark.promise(14)
def test_a_record_that_was_taken_out_is_reported(journal: Journal, file: Path) -> None:
    """The one after it cannot be checked without it; all others are read."""
    fill(journal, 5)
    data = file.read_bytes()
    for gone in range(1, 6):
        kept = [record for number, record in enumerate(parts(data), 1) if number != gone]
        file.write_bytes(data[:32] + b"".join(kept))
        reading = journal.read()
        assert [n for n in range(1, 6) if n not in (gone, gone + 1)] == times(reading)
        said = {4: "records 4 to 5 are missing: the end", 5: "record 5 is missing: the end"}
        assert said.get(gone, f"record {gone}: missing") in [
            problem[: len(said.get(gone, f"record {gone}: missing"))] for problem in reading.problems
        ]


@pytest.mark.promise(14)
def test_records_that_changed_places_are_reported(journal: Journal, file: Path) -> None:
    """All are read, in the order in which they were written."""
    fill(journal, 5)
    data = file.read_bytes()
    for first, second in itertools.combinations(range(5), 2):
        order = parts(data)
        order[first], order[second] = order[second], order[first]
        file.write_bytes(data[:32] + b"".join(order))
        reading = journal.read()
        assert ([1, 2, 3, 4, 5], True) == (times(reading), bool(reading.problems)), (first, second)


@pytest.mark.promise(14)
def test_a_record_that_stands_twice_is_reported(journal: Journal, file: Path) -> None:
    """It counts once."""
    fill(journal, 4)
    data = file.read_bytes()
    for number, where in itertools.product(range(4), range(5)):
        order = parts(data)
        order.insert(where, order[number])
        file.write_bytes(data[:32] + b"".join(order))
        reading = journal.read()
        assert ([1, 2, 3, 4], True) == (times(reading), bool(reading.problems)), (number, where)


@pytest.mark.promise(14)
@pytest.mark.parametrize("garbage", [b"x", bytes(148), b"\xff" * 148, bytes(5000), b"\0\0\0\x94" * 200])
def test_bytes_that_were_put_in_are_reported(journal: Journal, file: Path, garbage: bytes) -> None:
    """Between any two records and at the end; every record is read."""
    fill(journal, 3)
    data = file.read_bytes()
    for number in range(4):
        position = 32 + 148 * number
        file.write_bytes(data[:position] + garbage + data[position:])
        reading = journal.read()
        assert ([1, 2, 3], True) == (times(reading), bool(reading.problems)), number


def test_a_record_that_is_longer_than_the_file_says_so(journal: Journal, file: Path) -> None:
    """A length that was enlarged, at both ends, swallows no record behind it."""
    fill(journal, 4)
    data = bytearray(file.read_bytes())
    size = (84 + 5 * 64).to_bytes(4, "big")  # from the second record to the middle of the fourth
    data[180:184] = data[180 + 400 : 180 + 404] = size
    file.write_bytes(data)
    reading = journal.read()
    assert ([1, 3], True) == (times(reading), bool(reading.problems))


@pytest.mark.promise(8)
def test_a_file_made_to_be_slow_is_given_up(
    journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What looks like a million records is not opened a million times."""
    fill(journal, 1)
    size = records.MAX_TEXT + records.AROUND  # 4 beyond a multiple of 8: each second word may be a last one
    with file.open("ab") as out:
        out.write((b"\0\0\0\1" + size.to_bytes(4, "big")) * (1 << 19))
    opened = watch(monkeypatch, crypto, "unseal", 1)
    reading = journal.read()
    assert ([1], True) == (times(reading), bool(reading.problems))
    assert sum(map(len, opened)) <= 2 * (
        2 * records.MAX_FILE + 5 * size
    )  # read twice, since something is wrong


@pytest.mark.promise(14)
def test_a_deleted_journal_is_reported_for_good(journal: Journal, file: Path) -> None:
    """How many records are gone stays on record."""
    fill(journal, 3)
    file.unlink()
    expected = (
        "records 1 to 3 are missing: the journal was deleted, or the vault was moved or copied without it"
    )
    assert ((), (expected,)) == (journal.read().entries, journal.read().problems)
    assert () == journal.recent(5)
    fill(journal, 2, first=4)
    assert ([4, 5], (f"noted on 2026-09-21: {expected}",)) == (times(journal.read()), journal.read().problems)
    assert [5, 6] == [int.from_bytes(r[8:16], "big") for r in parts(file.read_bytes())[1:]]


@pytest.mark.promise(14)
def test_an_older_copy_is_reported_for_good(journal: Journal, file: Path) -> None:
    """Even if it has become longer than the one that it took the place of."""
    fill(journal, 2)
    older = file.read_bytes()
    fill(journal, 3, first=3)
    file.write_bytes(older)
    assert "records 3 to 5 are missing: the end" in journal.read().problems[0]
    assert "power cut" in journal.read().problems[0]
    fill(journal, 6, first=6)
    reading = journal.read()
    assert ([1, 2, 6, 7, 8, 9, 10, 11], 1) == (times(reading), len(reading.problems))
    assert "records 3 to 5 are missing: the end" in reading.problems[0]


@pytest.mark.promise(14)
@pytest.mark.parametrize("more", [0, 1, 50, 200])
def test_a_fork_is_reported_for_good(
    journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, more: int
) -> None:
    """Two machines that wrote apart: the other's journal has as many records or more, and not ours."""
    fill(journal, 2)
    common = file.read_bytes()
    here = os.environ["XDG_STATE_HOME"]
    fill(journal, 2, first=3)
    file.write_bytes(common)
    elsewhere(monkeypatch, tmp_path)
    fill(journal, 2 + more, first=103)
    monkeypatch.setenv("XDG_STATE_HOME", here)
    expected = "record 4 is missing: another version of the journal was put in its place"
    assert [True] == [expected in problem for problem in journal.read().problems]
    fill(journal, 3, first=5)
    reading = journal.read()
    assert ([5, 6, 7], 1) == (times(reading)[-3:], len(reading.problems))
    assert expected in reading.problems[0]


def test_the_journal_of_another_vault_is_set_aside(
    place: Path, journal: Journal, file: Path, folder: Path
) -> None:
    """It is reported, kept whole under another name, and a new one is begun."""
    other = Journal(str(place), bytes(16), TWO_KEYS)
    fill(other, 3)
    theirs = file.read_bytes()
    foreign = problems.CAUSES["foreign"]
    assert ((), (foreign,)) == (journal.read().entries, journal.read().problems)
    fill(journal, 2)
    reading = journal.read()
    assert ([1, 2], (f"noted on 2026-09-21: {foreign}",)) == (times(reading), reading.problems)
    assert theirs == (folder / "bots.vault.journal.old").read_bytes()


@pytest.mark.parametrize("data", [b"x" * 500, b"\x89CVT\r\n\x1a\n" + bytes(500), b"{}"], ids=ascii)
def test_what_is_no_journal_is_set_aside(journal: Journal, file: Path, data: bytes) -> None:
    """Nothing is written into what may be somebody's."""
    file.write_bytes(data)
    file.chmod(0o600)
    assert journal.read().problems
    fill(journal, 1)
    assert ([1], data) == (times(journal.read()), Path(f"{file}.old").read_bytes())
    assert journal.read().problems


@pytest.mark.promise(8)
def test_a_journal_that_is_too_long_is_not_read(
    journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reported and set aside, and no more than its ends are read."""
    fill(journal, 3)
    os.truncate(file, records.MAX_FILE + 1)
    with monkeypatch.context() as patch:
        read = watch(patch, os, "read", 1)
        assert ("longer than 8 MiB" in journal.read().problems[0], ()) == (True, journal.read().entries)
        assert () == journal.recent(1)
        fill(journal, 1, first=4)
    assert max(read) < 1 << 20
    assert ([4], True) == (times(journal.read()), "records 1 to 3" in journal.read().problems[0])
    assert records.MAX_FILE + 1 == Path(f"{file}.old").stat().st_size


def test_a_newer_version_s_journal_is_left_alone(journal: Journal, file: Path) -> None:
    """It is not written to, and not set aside."""
    fill(journal, 2)
    data = file.read_bytes()[:8] + b"\0\2" + file.read_bytes()[10:32] + os.urandom(300)
    file.write_bytes(data)
    assert ("it was written by a newer version",) == journal.read().problems
    with pytest.raises(JournalError, match="newer version"):
        journal.append(RUN)
    assert data == file.read_bytes()


def test_a_newer_version_s_record_is_named(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    """An authentic record of which this version knows no such kind is no damage; the rest is read."""
    fill(journal, 1)
    with monkeypatch.context() as patch:
        patch.setattr(records, "DID", (*records.DID, "teleport"))
        journal.append(Entry(NOW, "teleport"))
    fill(journal, 1, first=3)
    reading = journal.read()
    assert ([1, 3], ("record 2: written by a newer version of this program",)) == (
        times(reading),
        reading.problems,
    )


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b"7",
        b'{"at":1, "did":"run"}',
        b'{"did":"run","at":1}',
        b'{"at":1,"did":"run","did":"run"}',
        b'{"at":1,"did":"run"}' + bytes(64),
        b'{"at":1,"did":"summary"}',
        b'{"at":1,"did":"summary","through":1}',
        b'{"at":1,"did":"summary","through":"1","uses":{}}',
        b'{"at":-1,"did":"summary","through":1,"uses":{}}',
        b'{"at":1,"did":"summary","more":1,"through":1,"uses":{}}',
        b'{"at":1,"did":"summary","gaps":[{}],"through":1,"uses":{}}',
        b'{"at":1,"did":"summary","through":1,"uses":{"a":{"run":"1"}}}',
        b'{"at":1,"did":"summary","through":1,"uses":{"a":{"stolen":1}}}',
        b'{"at":1,"did":"summary","through":1,"uses":{"a":{"programs":[]}}}',
        b'{"at":1,"did":"summary","through":1,"uses":{"a":{"programs":[[1,"x"]]}}}',
        b'{"at":1,"did":"summary","through":1,"uses":{"a":{"programs":[[1,"x","y",-1]]}}}',
        b'{"at":1,"did":"summary","through":1,"uses":{"a":{"programs":[[1,"x\\n","y",1]]}}}',
    ],
    ids=lambda text: ascii(text)[:60],
)
def test_a_text_of_another_form_is_of_a_newer_version(journal: Journal, file: Path, text: bytes) -> None:
    """Each text has one encoding, and a summary has one form; what else opens was no writer of this one."""
    record, _ = journal._keys.seal(1, text or bytes(64), journal._keys.start)
    file.write_bytes(journal._keys.header + record)
    file.chmod(0o600)
    reading = journal.read()
    assert ((), ("record 1: written by a newer version of this program",)) == (
        reading.entries,
        reading.problems,
    )


def test_the_worst_comes_first(journal: Journal, file: Path) -> None:
    """What is missing, then what was changed, then what may have a harmless cause."""
    fill(journal, 6)
    data = bytearray(file.read_bytes())
    data[32 + 148 + 60] ^= 1
    data[9] ^= 1
    file.write_bytes(data[: 32 + 148 * 4 + 40])
    begins = (
        "records 5 to 6 are missing",
        "record 2: changed",
        "the beginning of the journal",
        "the journal ended",
    )
    assert begins == tuple(p[: len(b)] for p, b in zip(journal.read().problems, begins, strict=True))


# --- what a killed or full disk leaves --------------------------------------------------------------


def test_a_torn_record_is_cut_off_and_noted(journal: Journal, file: Path, note: Path) -> None:
    """Wherever the write ended, the records before it stay, and nothing is said to be missing."""
    fill(journal, 2)
    data, noted = file.read_bytes(), note.read_bytes()
    fill(journal, 1, first=3)
    longer = file.read_bytes()
    for length in range(len(data) + 1, len(longer)):
        file.write_bytes(longer[:length])
        note.write_bytes(noted)
        assert [problems.CAUSES["torn"]] == list(journal.read().problems), length
        fill(journal, 2, first=3)
        reading = journal.read()
        assert [1, 2, 3, 4] == times(reading)
        assert [f"noted on 2026-09-21: {problems.CAUSES['torn']}"] == list(reading.problems)
        assert len(longer) + 2 * 148 + 64 >= file.stat().st_size


def test_a_first_record_that_was_torn(journal: Journal, file: Path) -> None:
    """Of a journal that was just begun, any beginning is noted and begun anew."""
    fill(journal, 1)
    data = file.read_bytes()
    for length in range(len(data)):
        file.write_bytes(data[:length])
        Path(os.environ["XDG_STATE_HOME"], "coldvault", "seen", f"{ID.hex()}.journal").unlink(missing_ok=True)
        assert [problems.CAUSES["torn"]] == list(journal.read().problems), length
        fill(journal, 2)
        assert ([1, 2], 1) == (times(journal.read()), len(journal.read().problems)), length


def test_zeros_behind_the_last_record(journal: Journal, file: Path) -> None:
    """Some file systems leave them after a power cut."""
    fill(journal, 2)
    with file.open("ab") as out:
        out.write(bytes(4096))
    assert journal.read().problems
    fill(journal, 1, first=3)
    reading = journal.read()
    assert ([1, 2, 3], 1) == (times(reading), len(reading.problems))
    assert 4096 > file.stat().st_size


def test_a_write_that_fails_leaves_the_journal_as_it_was(
    journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After part of the record, too: JournalError, and the next append finds nothing wrong."""
    fill(journal, 2)
    before, write, calls = file.read_bytes(), os.write, iter(range(10))

    def full(descriptor: int, data: Any) -> int:
        if next(calls):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:50])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(JournalError, match="no space left"):
            journal.append(RUN)
    assert before == file.read_bytes()
    fill(journal, 1, first=3)
    assert ([1, 2, 3], ()) == (times(journal.read()), journal.read().problems)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(place)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this system lets nobody mount a disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@as_root
def test_a_full_disk(disk: Path) -> None:
    """Each append is whole or refused; once there is room again it goes on, and nothing is wrong."""
    journal, done = Journal(str(disk / "a.vault"), ID, KEYS), 0
    filler = disk / "filler"
    fill(journal, 1)
    filler.write_bytes(bytes(4096 * (os.statvfs(disk).f_bavail - 1)))
    with pytest.raises(JournalError, match="no space left"):
        for done in range(2, 1000):
            journal.append(at(done))
    for _ in range(3):
        with pytest.raises(JournalError):
            journal.append(at(done))
    assert (list(range(1, done)), ()) == (times(journal.read()), journal.read().problems)
    filler.unlink()
    fill(journal, 3, first=done)
    assert (list(range(1, done + 3)), ()) == (times(journal.read()), journal.read().problems)


# --- what this machine has seen ---------------------------------------------------------------------


def test_another_machine_may_go_on(
    journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A journal that is longer than what was seen here is no problem, however much longer."""
    fill(journal, 3)
    here = os.environ["XDG_STATE_HOME"]
    for more in (1, 5, 200):
        elsewhere(monkeypatch, tmp_path)
        fill(journal, more)
        monkeypatch.setenv("XDG_STATE_HOME", here)
        assert () == journal.read().problems
        fill(journal, 1)
        assert () == journal.read().problems
    assert [] == [entry for entry in journal.read().entries if entry.did == "gap"]


@pytest.mark.parametrize(
    "text",
    [b"", b"7", b"x" * 86, b"\xff" * 86, b"9" * 20 + b" " + b"0" * 64 + b"\n", b"0" * 20 + b" " + b"0" * 64],
    ids=lambda text: ascii(text)[:16],
)
def test_a_note_that_makes_no_sense_is_none(journal: Journal, note: Path, text: bytes) -> None:
    """It keeps nothing from being appended, and the next append sets it right."""
    fill(journal, 2)
    sound = note.read_bytes()
    note.write_bytes(text)
    assert () == journal.read().problems
    fill(journal, 1, first=3)
    assert (len(sound), [1, 2, 3]) == (note.stat().st_size, times(journal.read()))
    assert () == journal.read().problems


@pytest.mark.parametrize("state", ["/dev/null/state", ""])
def test_without_a_note_it_is_written_all_the_same(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Less well guarded."""
    import pwd

    def unknown(_uid: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setenv("XDG_STATE_HOME", state)
    monkeypatch.delenv("HOME")
    fill(journal, 3)
    assert ([1, 2, 3], ()) == (times(journal.read()), journal.read().problems)


def test_a_note_that_cannot_be_renewed_adds_no_gaps(
    journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong is noted once, though the note says it again each time."""
    fill(journal, 5)
    file.write_bytes(file.read_bytes()[: 32 + 148 * 2])
    monkeypatch.setattr(Journal, "_remember", lambda *_: None)
    fill(journal, 3, first=6)
    assert [1, 2, 6, 7, 8] == times(journal.read())
    assert ["gap"] == [entry.did for entry in journal.read().entries if entry.did == "gap"]


def test_a_fork_is_noted_once(
    journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Though the note of what was written here cannot be renewed."""
    fill(journal, 2)
    common, here = file.read_bytes(), os.environ["XDG_STATE_HOME"]
    fill(journal, 1, first=3)
    file.write_bytes(common)
    elsewhere(monkeypatch, tmp_path)
    fill(journal, 1, first=103)
    monkeypatch.setenv("XDG_STATE_HOME", here)
    monkeypatch.setattr(Journal, "_remember", lambda *_: None)
    fill(journal, 3, first=4)
    assert ([1, 2, 103, 4, 5, 6], 1) == (times(journal.read()), len(journal.read().problems))


def test_a_gap_tells_of_no_more_than_it_means(journal: Journal, file: Path) -> None:
    """Where the record before it was changed later on, only that one is missing besides."""
    fill(journal, 5)
    file.write_bytes(file.read_bytes()[: 32 + 148 * 3])
    fill(journal, 1, first=6)
    data = bytearray(file.read_bytes())
    data[32 + 148 * 2 + 60] ^= 1
    file.write_bytes(data)
    begins = ("noted on 2026-09-21: records 4 to 5 are missing", "record 3: changed or damaged")
    problems = journal.read().problems
    assert list(begins) == [problem[: len(begin)] for problem, begin in zip(problems, begins, strict=True)]
    data[32 + 148 * 2 + 60] ^= 1
    file.write_bytes(data[: 32 + 148 * 3] + b"xyz" + data[32 + 148 * 3 :])
    begins = ("noted on 2026-09-21: records 4 to 5 are missing", "3 bytes of the journal belong to no record")
    problems = journal.read().problems
    assert list(begins) == [problem[: len(begin)] for problem, begin in zip(problems, begins, strict=True)]


@pytest.mark.promise(7)
def test_a_planted_note_is_not_followed(journal: Journal, note: Path, tmp_path: Path) -> None:
    """Where a link stands in its place, its target stays."""
    fill(journal, 1)
    target = tmp_path / "target"
    target.write_text("mine")
    target.chmod(0o600)
    note.unlink()
    note.symlink_to(target)
    fill(journal, 1, first=2)
    assert ("mine", ()) == (target.read_text(), journal.read().problems)


def test_a_reader_is_not_misled_by_a_writer(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a record is looked at again."""
    fill(journal, 2)
    read, looks = system.Folder.read, iter(range(100))

    def meanwhile(self: system.Folder, name: str, limit: int) -> bytes:
        if name.endswith(".vault.journal"):
            data = read(self, name, limit)
            return data if next(looks) else data[:-20]
        return read(self, name, limit)

    with monkeypatch.context() as patch:
        patch.setattr(system.Folder, "read", meanwhile)
        assert ([1, 2], ()) == (times(journal.read()), journal.read().problems)


def test_a_reader_is_not_misled_by_its_note(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is appended between its two looks makes the journal longer than the note, never shorter."""
    fill(journal, 2)
    recall, late = Journal._recall, iter([True])

    def slow(self: Journal) -> Any:
        seen = recall(self)
        if next(late, False):
            fill(journal, 1, first=3)
        return seen

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_recall", slow)
        patch.setattr(Journal, "_locked", lambda self, folder, work: work())
        reading = journal.read()
    assert ([1, 2, 3], ()) == (times(reading), reading.problems)


# --- how it stays short -----------------------------------------------------------------------------


def test_it_stays_short(journal: Journal, file: Path, small: None, folder: Path) -> None:
    """The older half goes, numbers go on, and nothing is wrong."""
    longest = 0
    for number in range(1, 301):
        fill(journal, 1, first=number)
        longest = max(longest, file.stat().st_size)
    reading = journal.read()
    assert (8 << 10) + 148 >= longest
    assert ((), "summary") == (reading.problems, reading.entries[0].did)
    assert list(range(reading.dropped + 1, 301)) == times(reading)
    assert len(times(reading)) > 20
    assert ["bots.vault.journal", "bots.vault.journal.lock"] == sorted(os.listdir(folder))
    assert [at(300), at(299)] == list(journal.recent(2))


def test_the_real_bound(journal: Journal, file: Path) -> None:
    """A journal of 1 MiB is made shorter by one more record, at once by half."""
    long = RUN.changed(program="/" + "p" * 4000, folder="/" + "f" * 4000)
    fill(journal, 1)
    while file.stat().st_size <= (1 << 20) - 8400:
        journal.append(long)
    before = file.stat().st_size
    for _ in range(2):
        journal.append(long)
    assert ((1 << 19) - 8400 < file.stat().st_size < 600_000, True) == (True, before > 1_030_000)
    assert () == journal.read().problems


def test_last_uses_outlive_the_records(journal: Journal, small: None) -> None:
    """When and by what a credential was last used is known, though no record says so any more."""
    for number, did in enumerate(("verify", "copy", "reveal", "run", "run")):
        program = f"/bin/bot{number}" if did == "run" else ""
        journal.append(Entry(NOW + number, did, ("old",), program, "/srv" if program else "", "ok"))
    journal.append(Entry(NOW + 9, "verify", ("old",), outcome="wrong-key"))
    before = journal.read().usage("old")
    fill(journal, 300, first=10)
    reading = journal.read()
    programs = (Use(NOW + 4, "/bin/bot4", "/srv", NOW + 4), Use(NOW + 3, "/bin/bot3", "/srv", NOW + 3))
    expected = KeyUsage(NOW + 4, NOW, NOW + 1, NOW + 2, programs)
    assert [] == [entry for entry in reading.entries if "old" in entry.names]
    assert (expected, expected) == (before, reading.usage("old"))
    assert KeyUsage(copy=NOW + 309) == reading.usage("a")


@pytest.mark.promise(14)
def test_reports_outlive_the_records(journal: Journal, file: Path, small: None) -> None:
    """What was noted, and what was not noted yet, is said after the records are gone."""
    fill(journal, 5)
    file.write_bytes(file.read_bytes()[: 32 + 148 * 3])
    fill(journal, 3, first=6)
    data = bytearray(file.read_bytes())
    data[32 + 60] ^= 1
    file.write_bytes(data)
    fill(journal, 300, first=10)
    for _ in range(2):
        reading = journal.read()
        assert reading.dropped > 20
        said = [problem.partition(": ")[2] for problem in reading.problems]
        assert sorted([problems.sentence(records.gap("short", 5, 3)), problems.CAUSES["damaged"]]) == sorted(
            said
        )
        fill(journal, 100, first=310)


@pytest.mark.parametrize("behind", [False, True], ids=["right", "behind"])
def test_a_use_after_now_hides_no_other_one_for_ever(journal: Journal, small: None, behind: bool) -> None:
    """It is dropped with the records of its time; a clock that is behind just now drops nothing else."""
    journal.append(Entry(NOW, "run", ("a",), "/bin/bot", "/"))
    journal.append(Entry(NOW + YEARS, "run", ("a",), "/bin/bot", "/"))
    fill(journal, 50)
    while not journal.read().earlier:
        journal.append(Entry(NOW - YEARS if behind else NOW, "copy", ("b",)))
    usage = journal.read().usage("a")
    assert (NOW, [(NOW, NOW)]) == (usage.run, [(use.first, use.at) for use in usage.programs])


@pytest.mark.parametrize("position", [-1, -20])
def test_the_end_of_the_last_record_is_put_right(journal: Journal, file: Path, position: int) -> None:
    """Where only the bytes behind it were hit, the record stays, and that is noted."""
    fill(journal, 2)
    data = file.read_bytes()
    damaged = bytearray(data)
    damaged[position] ^= 1
    file.write_bytes(damaged)
    fill(journal, 1, first=3)
    assert data == file.read_bytes()[: len(data)]
    assert ([1, 2, 3], 1) == (times(journal.read()), len(journal.read().problems))


def test_what_was_missing_is_noted_once(journal: Journal, file: Path, small: None) -> None:
    """Not again by each summary that follows."""
    fill(journal, 54)
    data = bytearray(file.read_bytes())
    data[32 + 148 * 45 + 60] ^= 1  # of a record that is kept at first
    file.write_bytes(data)
    fill(journal, 10, first=55)
    noted = [f"noted on 2026-09-21: {problems.CAUSES['damaged']}"]
    assert noted == list(journal.read().problems)
    journal.append(Entry(NOW + 5 * 86400, "passwd"))
    fill(journal, 100, first=65)
    assert (noted, True) == (list(journal.read().problems), journal.read().dropped > 60)


def test_a_key_of_an_older_password_is_not_made_unseen(place: Path, journal: Journal, small: None) -> None:
    """What was sealed with it in bad order is sealed anew, and that it was stays on record."""
    later = Journal(str(place), ID, TWO_KEYS)
    fill(later, 20)
    fill(journal, 1, first=21)
    fill(later, 100, first=22)
    assert [f"noted on 2026-09-21: {problems.CAUSES['older']}"] == list(later.read().problems)


def test_a_cut_after_it_was_shortened_is_seen_anywhere(
    journal: Journal, file: Path, small: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The summary says how far the records went: no note of this machine is needed."""
    fill(journal, 56)
    elsewhere(monkeypatch, tmp_path)
    assert () == journal.read().problems
    data = file.read_bytes()
    for count in range(1, len(parts(data))):
        file.write_bytes(data[:32] + b"".join(parts(data)[:count]))
        assert ["missing"] == [problem.rpartition(": ")[2] for problem in journal.read().problems], count


def test_a_cut_after_it_was_shortened_is_reported(journal: Journal, file: Path, small: None) -> None:
    """That its links are new does not make what is missing unseen."""
    fill(journal, 60)
    data = file.read_bytes()
    assert "summary" == journal.read().entries[0].did
    for count in range(1, len(parts(data))):
        file.write_bytes(data[:32] + b"".join(parts(data)[:count]))
        assert "are missing" in journal.read().problems[0] or "is missing" in journal.read().problems[0], (
            count
        )
    os.truncate(file, 32)
    assert "records 1 to 60 are missing" in journal.read().problems[0]


def test_another_machine_may_shorten_it(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, small: None
) -> None:
    """What was noted here before is neither missing nor changed then; what is noted after counts again."""
    fill(journal, 40)
    here = os.environ["XDG_STATE_HOME"]
    for more in (5, 20, 100):  # the record noted here is among the kept ones, the oldest kept, long gone
        elsewhere(monkeypatch, tmp_path)
        fill(journal, more)
        monkeypatch.setenv("XDG_STATE_HOME", here)
        assert () == journal.read().problems
    fill(journal, 1)
    assert () == journal.read().problems
    assert [] == [entry for entry in journal.read().entries if entry.did == "gap"]


def test_a_new_key_seals_what_is_kept(place: Path, journal: Journal, file: Path, small: None) -> None:
    """Old records are sealed anew with it."""
    fill(journal, 30)
    later = Journal(str(place), ID, TWO_KEYS)
    fill(later, 40, first=31)
    reading = later.read()
    assert ((), "summary") == (reading.problems, reading.entries[0].did)
    assert {2} == {int.from_bytes(record[4:8], "big") for record in parts(file.read_bytes())}


def test_who_lacks_the_newest_key_drops_nothing(place: Path, journal: Journal, small: None) -> None:
    """A command that began before the password was changed cannot seal what it cannot open."""
    later = Journal(str(place), ID, TWO_KEYS)
    fill(later, 30)
    fill(journal, 60, first=31)
    assert list(range(1, 91)) == times(later.read())
    fill(later, 10, first=91)
    reading = later.read()
    assert "summary" == reading.entries[0].did
    assert (KeyUsage(copy=NOW + 100), 100) == (reading.usage("a"), times(reading)[-1])


def test_what_cannot_be_made_shorter_is_not_tried_each_time(
    place: Path, journal: Journal, file: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only when it has grown by as much again as a constant says: a try reads the whole file."""
    fill(Journal(str(place), ID, TWO_KEYS), 56)
    before = file.stat().st_size
    read = watch(monkeypatch, system.Folder, "read", 1)
    fill(journal, 100, first=57)
    tries = [name for name in read if name == file.name]
    assert 1 <= len(tries) <= (file.stat().st_size - before) // 1024 + 1


@pytest.mark.parametrize("step", ["write", "rename"])
def test_what_fails_while_it_is_shortened_loses_nothing(
    journal: Journal, file: Path, folder: Path, small: None, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The old file stays, nothing temporary does, and it is tried again later."""

    def refuse(self: system.Folder, *_: object) -> None:
        raise VaultError("no")

    with monkeypatch.context() as patch:
        patch.setattr(system.Folder, step, refuse)
        fill(journal, 100)
    assert (list(range(1, 101)), ()) == (times(journal.read()), journal.read().problems)
    assert ["bots.vault.journal", "bots.vault.journal.lock"] == sorted(os.listdir(folder))
    fill(journal, 10, first=101)
    assert "summary" == journal.read().entries[0].did
    assert (110, ()) == (times(journal.read())[-1], journal.read().problems)


@pytest.mark.parametrize("step", ["rename", "sync", "_remember"])
def test_a_kill_while_it_is_shortened_loses_nothing(
    journal: Journal, file: Path, folder: Path, small: None, step: str
) -> None:
    """Before the rename the old file stands, after it the new one; the next one tidies up."""
    holder = Journal if step == "_remember" else system.Folder
    fill(journal, 55)
    assert file.stat().st_size < 8 << 10
    if not (child := os.fork()):
        try:
            calls, plain = itertools.count(), getattr(holder, step)
            die = {"rename": 0, "sync": 0, "_remember": 1}[step]
            setattr(holder, step, lambda *a: os._exit(9) if next(calls) == die else plain(*a))
            fill(journal, 1, first=56)
        finally:
            os._exit(1)
    assert 9 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    reading = journal.read()
    assert ((), 56) == (reading.problems, times(reading)[-1])
    assert (step == "rename") == any(name.endswith(".tmp") for name in os.listdir(folder))
    fill(journal, 60, first=57)
    assert ((), 116) == (journal.read().problems, times(journal.read())[-1])
    assert not any(name.endswith(".tmp") for name in os.listdir(folder))


def test_a_save_of_the_vault_does_not_sweep_its_temporary_file(
    journal: Journal, folder: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it count as a copy of the vault."""
    names = watch(monkeypatch, system.Folder, "write", 1)
    fill(journal, 60)
    assert [True] == [name.endswith(".tmp") and not name.startswith(".bots.vault.") for name in names]


def test_a_summary_of_many_is_bounded(journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With more credentials, programs and gaps than there is room for, the latest uses are kept."""
    monkeypatch.setattr(module, "COMPACT_AT", 64 << 10)
    monkeypatch.setattr(module, "_RETRY", 1 << 10)
    for part in (records, history):
        monkeypatch.setattr(part, "MAX_TEXT", 16 << 10)
    for number in range(600):
        journal.append(Entry(NOW + number, "run", (f"name-{number:050}",), f"/bin/{number:0100}", "/"))
    reading = journal.read()
    assert ((), True) == (reading.problems, file.stat().st_size <= 64 << 10)
    assert (None, NOW + reading.dropped - 10) == (
        reading.usage(f"name-{0:050}").last,
        reading.usage(f"name-{reading.dropped - 10:050}").last,
    )


def test_gaps_are_kept_within_bounds() -> None:
    """A summary has room for the newest 64 of them."""
    gaps = tuple(Entry(NOW + n, "gap", outcome="torn", expected=n, found=n) for n in range(100))
    plain = json.loads(Summary(NOW, 100, gaps, {}).text())
    assert list(range(36, 100)) == [gap["expected"] for gap in plain["gaps"]]


# --- usage ------------------------------------------------------------------------------------------


def test_each_kind_of_use_is_kept_apart() -> None:
    """The latest of each, and the latest of all."""
    entries = [
        Entry(NOW + 1, "run", ("a", "b"), "/bin/x", "/"),
        Entry(NOW + 5, "verify", ("a",), outcome="ok"),
        Entry(NOW + 3, "verify", ("a",), outcome="ok"),
        Entry(NOW + 2, "copy", ("a",)),
        Entry(NOW + 4, "reveal", ("a",)),
        Entry(NOW + 9, "verify", ("a",), outcome="unreachable"),
        Entry(NOW + 9, "rotate", ("a",)),
    ]
    usage = History(tuple(entries)).usage("a")
    assert (NOW + 1, NOW + 5, NOW + 2, NOW + 4) == (usage.run, usage.verify, usage.copy, usage.reveal)
    assert (NOW + 5, NOW + 1, None) == (
        usage.last,
        History(tuple(entries)).usage("b").last,
        History(tuple(entries)).usage("c").last,
    )


def test_programs_are_those_of_runs_newest_first() -> None:
    """Each once, with its first and its latest start, eight at most."""
    runs = [Entry(NOW + n, "run", ("a",), f"/bin/{n % 10}", "/") for n in range(25)]
    programs = History(tuple(runs)).usage("a").programs
    assert [NOW + n for n in range(24, 16, -1)] == [use.at for use in programs]
    assert ("/bin/4", NOW + 4) == (programs[0].program, programs[0].first)
    assert 2 == len(History((runs[0], runs[0].changed(folder="/srv"))).usage("a").programs)


def test_a_clock_that_was_put_back_changes_no_order() -> None:
    """The latest and the first time are those of the entries, whatever their order."""
    runs = [Entry(NOW + n, "run", ("a",), "/bin/x", "/") for n in (5, 9, 2, 7)]
    usage = History(tuple(runs)).usage("a")
    assert (NOW + 9, (Use(NOW + 9, "/bin/x", "/", NOW + 2),)) == (usage.run, usage.programs)


def test_uses_before_the_credential_are_another_s() -> None:
    """A name that was used again: only what came since counts, in records and in what is kept of them."""
    earlier = {
        "a": KeyUsage(NOW, NOW + 5, programs=(Use(NOW, "/old", "", NOW), Use(NOW + 5, "/new", "", NOW)))
    }
    reading = History((Entry(NOW + 1, "copy", ("a",)), Entry(NOW + 7, "reveal", ("a",))), earlier=earlier)
    expected = KeyUsage(None, NOW + 5, None, NOW + 7, (Use(NOW + 5, "/new", "", NOW + 5),))
    assert expected == reading.usage("a", since=NOW + 5)


# --- what is refused --------------------------------------------------------------------------------


def make_link(path: Path) -> None:
    path.with_suffix(".target").touch(0o600)
    path.symlink_to(path.with_suffix(".target"))


def make_shared(path: Path) -> None:
    path.touch()
    path.chmod(0o644)


def make_foreign(path: Path) -> None:
    path.touch(0o600)
    os.chown(path, 12345, 12345)


REFUSED = [
    make_link,
    os.mkfifo,
    Path.mkdir,
    make_shared,
    pytest.param(make_foreign, marks=as_root),
]


@pytest.mark.promise(7)
@pytest.mark.parametrize("make", REFUSED)
@pytest.mark.parametrize("what", ["journal", "journal.lock"])
def test_what_is_not_a_file_of_ours_alone_is_refused(
    journal: Journal, place: Path, make: Callable[[Path], None], what: str
) -> None:
    """A link, a pipe, a folder, a file that others can open or own: JournalError, and nothing waits."""
    make(Path(f"{place}.{what}"))
    if what == "journal" and make is os.mkfifo:
        Path(f"{place}.{what}").chmod(0o600)
    with pytest.raises(JournalError):
        journal.append(RUN)
    if what == "journal":
        for reader in (journal.read, lambda: journal.recent(1)):
            with pytest.raises(JournalError):
                reader()
    assert not place.with_suffix(".target").exists() or not place.with_suffix(".target").stat().st_size


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """JournalError, from each of the three."""
    journal = Journal(str(tmp_path / "none" / "a.vault"), ID, KEYS)
    for call in (lambda: journal.append(RUN), journal.read, lambda: journal.recent(1)):
        with pytest.raises(JournalError):
            call()


def test_a_lock_that_stays_taken(journal: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After two seconds, a constant, the caller is told; a sound journal is read without it."""
    fill(journal, 1)
    assert 2.0 == module.LOCK_SECONDS
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.05)
    place = system.Folder(str(folder))
    lock = place.lock("bots.vault.journal.lock", 1)
    try:
        with pytest.raises(JournalError, match="other commands"):
            journal.append(RUN)
        assert [1] == times(journal.read())
    finally:
        lock.close()
        place.close()
    fill(journal, 1, first=2)
    assert [1, 2] == times(journal.read())


def test_a_damaged_journal_is_read_without_the_lock(
    journal: Journal, file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second look needs it; what the first one saw is said all the same."""
    fill(journal, 2)
    os.truncate(file, 200)
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.05)
    place = system.Folder(str(folder))
    lock = place.lock("bots.vault.journal.lock", 1)
    try:
        assert ([1], True) == (times(journal.read()), bool(journal.read().problems))
    finally:
        lock.close()
        place.close()


def test_errors_are_one_sentence_with_a_next_step(journal: Journal, file: Path) -> None:
    """What the folder says is passed on, its hint too."""
    file.touch(0o600)
    file.chmod(0o640)
    with pytest.raises(JournalError, match=r"cannot write the journal: .* is open to other users") as caught:
        journal.append(RUN)
    assert f"chmod 600 {file}" == caught.value.hint


# --- two at once ------------------------------------------------------------------------------------


def test_two_appenders_while_it_is_shortened(place: Path, small: None) -> None:
    """Each goes on in the file that stands there then: no number is missing, none is used twice."""
    children = []
    for worker in (0, 1):
        if not (child := os.fork()):
            try:
                fill(Journal(str(place), ID, KEYS), 300, first=1000 * worker)
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [0, 0] == [os.waitpid(child, 0)[1] for child in children]
    reading = Journal(str(place), ID, KEYS).read()
    assert ((), "summary") == (reading.problems, reading.entries[0].did)
    assert 600 == reading.dropped + len(times(reading))


# --- at every start of a bot ------------------------------------------------------------------------

HEAVY = {"json", "re", "enum", "dataclasses", "typing", "hashlib", "hmac", "struct", "datetime", "logging",
         "collections", "pathlib", "subprocess", "tempfile", "random", "threading", "signal"}  # fmt: skip


def test_an_append_imports_little(place: Path) -> None:
    """Nothing that would make every launch of a bot slower."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "from vault.journal.journal import Entry, Journal\n"
        "Journal(sys.argv[1], bytes(16), {1: bytes(32)}).append(Entry(1, 'run', ('a',), '/bin/x', '/'))\n"
        "Journal(sys.argv[1], bytes(16), {1: bytes(32)}).recent(5)\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(place)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set() == HEAVY & set(done.stdout.split())
    assert "vault.journal.journal" in done.stdout.split()
