"""What this machine has seen of each vault."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from vault.errors import OlderThanSeen
from vault.store import descent, notes

ID, SUM = bytes(range(16)), bytes(range(32))


def noted() -> Path:
    return Path(os.environ["XDG_STATE_HOME"], "coldvault", "seen")


def test_nothing_is_known_of_a_new_vault() -> None:
    """Without a note there is None."""
    assert notes.recall(ID) is None


def test_what_is_remembered_is_recalled() -> None:
    """Generation and checksum come back."""
    notes.remember(ID, 7, SUM)
    assert (7, SUM.hex()) == notes.recall(ID)


def test_a_newer_save_takes_the_place_of_an_older() -> None:
    """The note moves forward."""
    notes.remember(ID, 7, SUM)
    notes.remember(ID, 8, SUM)
    assert (8, SUM.hex()) == notes.recall(ID)


def test_what_a_killed_command_left_is_swept() -> None:
    """The next note of the same vault takes it away, and nothing of another one."""
    notes.remember(ID, 7, SUM)
    for name in (f".{ID.hex()}.0.tmp", f".{SUM.hex()}.0.tmp"):
        (noted() / name).write_bytes(b"")
    notes.remember(ID, 8, SUM)
    assert {ID.hex(), f"{ID.hex()}.vault", f".{SUM.hex()}.0.tmp"} == set(os.listdir(noted()))


@pytest.mark.promise(3)
def test_an_older_save_is_not_noted() -> None:
    """A slower process does not take the note back."""
    notes.remember(ID, 7, SUM)
    notes.remember(ID, 6, SUM)
    assert (7, SUM.hex()) == notes.recall(ID)


def test_a_higher_note_is_forgotten_when_asked_for() -> None:
    """Who accepts an older file is not asked again."""
    notes.remember(ID, 7, SUM)
    notes.remember(ID, 6, SUM, lower=True)
    assert (6, SUM.hex()) == notes.recall(ID)


def test_vaults_do_not_mix() -> None:
    """Each has a note of its own."""
    notes.remember(ID, 7, SUM)
    assert notes.recall(bytes(16)) is None


def test_the_largest_generation_is_kept() -> None:
    """The format's largest number fits."""
    notes.remember(ID, 2**64 - 1, SUM)
    assert (2**64 - 1, SUM.hex()) == notes.recall(ID)


def test_the_version_that_was_seen_is_kept() -> None:
    """The newest one, beside the note; no temporary file stays."""
    notes.remember(ID, 7, b"seven" + SUM)
    notes.remember(ID, 8, b"eight" + SUM)
    notes.remember(ID, 6, b"six" + SUM)
    notes.remember(ID, 6, b"six" + SUM, lower=True)
    assert [ID.hex(), f"{ID.hex()}.vault"] == sorted(os.listdir(noted()))
    assert b"eight" + SUM == Path(notes.kept(ID)).read_bytes()


@pytest.mark.promise(7)
@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_nobody_else_can_read_or_write_a_note(umask: int) -> None:
    """Whatever the umask, the note and every folder that was made for it are the owner's alone."""
    before = os.umask(umask)
    try:
        notes.remember(ID, 7, SUM)
    finally:
        os.umask(before)
    made = [noted() / ID.hex(), noted() / f"{ID.hex()}.vault", noted(), noted().parent]
    assert [0o600, 0o600, 0o700, 0o700] == [stat.S_IMODE(path.stat().st_mode) for path in made]


@pytest.mark.parametrize(
    "note",
    [b"", b"7", b"x y", b"\xff\xfe", b"7.5 00", b"\0" * 128, b"9" * 10_000],
    ids=lambda n: ascii(n)[:12],
)
def test_a_note_that_makes_no_sense_is_none(note: bytes) -> None:
    """A damaged note does not keep a vault from being opened, and raises nothing."""
    notes.remember(ID, 7, SUM)
    (noted() / ID.hex()).write_bytes(note)
    known = notes.recall(ID)
    assert known is None or known[1] == ""


@pytest.mark.promise(3)
def test_a_note_open_to_others_is_not_believed() -> None:
    """Somebody else could have written it."""
    notes.remember(ID, 7, SUM)
    (noted() / ID.hex()).chmod(0o666)
    assert notes.recall(ID) is None


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    """Where a link stands in the place of a note, the link is replaced and its target stays."""
    notes.remember(ID, 7, SUM)
    target = tmp_path / "target"
    target.write_text("mine")
    (noted() / ID.hex()).unlink()
    (noted() / ID.hex()).symlink_to(target)
    notes.remember(ID, 8, SUM)
    assert ("mine", (8, SUM.hex())) == (target.read_text(), notes.recall(ID))


def test_a_place_that_cannot_be_written_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a state folder a vault opens all the same, less well guarded."""
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/state")
    notes.remember(ID, 7, SUM)
    notes.remember_journal(ID, 7, SUM)
    notes.forget_journal(ID)
    assert (None, None) == (notes.recall(ID), notes.recall_journal(ID))


def test_a_user_without_a_home_is_no_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in a container, under a number that no name belongs to: nothing fails, nothing is made here."""
    import pwd

    def unknown(_uid: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    notes.remember(ID, 7, SUM)
    assert os.listdir(here) == []


def test_a_place_that_cannot_be_read_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is known."""
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/state")
    assert notes.recall(ID) is None


# --- what is refused ------------------------------------------------------------------------------------


def test_a_later_save_that_does_not_descend_is_refused() -> None:
    """Once its ancestors are known; another machine saved it more often, and never saw ours."""
    theirs = descent.child((bytes(32), b""))
    notes.check((7, SUM.hex()), 8, b"", descent.child((SUM, b"")))
    notes.check((7, SUM.hex()), 8, b"")
    with pytest.raises(
        OlderThanSeen, match="of save 8; this machine has seen save 7, from which it does not"
    ):
        notes.check((7, SUM.hex()), 8, b"", theirs)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (None, ""),
        ((6, SUM.hex()), ""),
        ((7, SUM.hex()), ""),
        ((8, SUM.hex()), "this is an older version of the vault, of save 7; this machine has seen save 8"),
        (
            (7, "00"),
            "this is another version of the vault, of save 7; this machine has seen save 7, "
            "from which it does not descend",
        ),
    ],
    ids=["unknown", "newer", "the same", "older", "another"],
)
def test_what_was_seen_is_held_against_a_file(known: tuple[int, str] | None, said: str) -> None:
    """OlderThanSeen, with both numbers; a newer save is welcome."""
    try:
        notes.check(known, 7, SUM)
        found = ""
    except OlderThanSeen as error:
        found = str(error)
    assert said == found


# --- the journal's end ----------------------------------------------------------------------------------


def test_the_journal_s_end_is_remembered_and_forgotten() -> None:
    """Beside the note of the vault, in one file that keeps its length."""
    notes.remember(ID, 7, SUM)
    assert notes.recall_journal(ID) is None
    sizes = set()
    for seq in (1, 2**64 - 1, 2):  # a journal may begin anew
        notes.remember_journal(ID, seq, SUM)
        assert (seq, SUM) == notes.recall_journal(ID)
        sizes.add((noted() / f"{ID.hex()}.journal").stat().st_size)
    assert {86} == sizes
    assert [ID.hex(), f"{ID.hex()}.journal", f"{ID.hex()}.vault"] == sorted(os.listdir(noted()))
    notes.forget_journal(ID)
    assert (None, (7, SUM.hex())) == (notes.recall_journal(ID), notes.recall(ID))


@pytest.mark.parametrize("note", [b"", b"7", b"x y", b"7 zz", b"\xff", b"7 " + b"0" * 10_000], ids=ascii)
def test_a_journal_s_note_that_makes_no_sense(note: bytes) -> None:
    """Nothing is known then, or nothing that can be a link; nothing is raised."""
    notes.remember_journal(ID, 7, SUM)
    (noted() / f"{ID.hex()}.journal").write_bytes(note)
    known = notes.recall_journal(ID)
    assert known is None or len(known[1]) != 32
