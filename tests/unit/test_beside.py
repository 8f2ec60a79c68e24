"""What stands beside a vault: told by its name and its header, without a key, and without being changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from conftest import CHEAPEST_KDF, NOW, PASSWORD, okx_credential

import vault
from vault import errors
from vault.copies import beside
from vault.copies.beside import Copy
from vault.store import notes

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="POSIX rights"),
    pytest.mark.usefixtures("remembered_kdf"),
]

SECRET = vault.Secret(PASSWORD)


def put(path: Path, data: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


def saved(path: Path, name: str) -> bytes:
    """Store one more credential; the vault's bytes then."""
    with vault.open(path).unlock(SECRET) as opened:
        opened.add(okx_credential(name))
        opened.save()
    return path.read_bytes()


def found(path: Path) -> list[tuple[str, str, int, bool]]:
    """Name, kind, save and sameness of each copy, the automatic one aside."""
    every = beside.vault_files(str(path)).copies
    return [(os.path.basename(c.path), c.kind, c.generation, c.same) for c in every if c.kind != "previous"]


# --- by their headers ---------------------------------------------------------------------------------


def test_nothing_beside_it(path: Path) -> None:
    """A vault alone; what is known of it is there."""
    files = beside.vault_files(str(path))
    assert ((), None, (), None) == (files.copies, files.refusal, files.refusals, files.newest)
    assert files.header is not None
    assert (2, 1, int(path.stat().st_mtime)) == (files.header.generation, files.header.epoch, files.saved)


def test_no_vault(folder: Path) -> None:
    """Nothing is known, and nothing is wrong."""
    files = beside.vault_files(str(folder / "none.vault"))
    assert (None, None, None, (), ()) == (
        files.header, files.saved, files.refusal, files.refusals, files.copies
    )  # fmt: skip


def test_no_folder(folder: Path) -> None:
    """The same where even that is missing."""
    assert beside.vault_files(str(folder / "none" / "x.vault")).header is None


def test_a_link_is_followed_to_the_vault(path: Path, tmp_path: Path) -> None:
    """What counts is what stands beside the file itself."""
    link = tmp_path / "link"
    link.symlink_to(path)
    put(path.with_name("bots 2.vault"), path.read_bytes())
    assert [("bots 2.vault", "conflict", 2, True)] == found(link)


@pytest.mark.promise(15)
def test_each_version_is_told_by_its_save(path: Path) -> None:
    """Whatever its rights: sync tools make files that others can read."""
    old = path.read_bytes()
    put(path.with_name("bots (conflicted copy 2026-11-23).vault"), old, 0o644)
    new = saved(path, "second")
    put(path.with_name("bots-LAPTOP.vault"), new, 0o644)
    assert [
        ("bots (conflicted copy 2026-11-23).vault", "conflict", 2, False),
        ("bots-LAPTOP.vault", "conflict", 3, True),
    ] == found(path)


def test_another_vault_is_no_copy(path: Path, folder: Path) -> None:
    """Whatever its name is."""
    vault.create(folder / "bots-test.vault", SECRET, now=NOW, kdf=CHEAPEST_KDF)
    assert [] == found(path)


@pytest.mark.parametrize("data", [b"", b"no vault", None], ids=["empty", "other", "cut"])
def test_a_conflict_that_is_no_whole_vault(path: Path, data: bytes | None) -> None:
    """It is told by its name alone; other names are passed over."""
    broken = path.read_bytes()[:-1] if data is None else data
    for name in ("bots (conflicted copy).vault", "bots-LAPTOP.vault", "other.vault"):
        put(path.with_name(name), broken)
    assert [("bots (conflicted copy).vault", "conflict", 0, False)] == found(path)


def test_leftovers_and_journals_are_told_unread(path: Path) -> None:
    """A save that was killed may have left half a file."""
    put(path.with_name(".bots.vault.00.tmp"), b"half")
    put(path.with_name("bots.vault.sync-conflict-1.journal"), b"x")
    assert [(".bots.vault.00.tmp", "leftover"), ("bots.vault.sync-conflict-1.journal", "journal")] == [
        (name, kind) for name, kind, _, _ in found(path)
    ]


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_what_is_no_file_is_passed_over(path: Path, kind: str) -> None:
    """A named pipe is not waited for, a link not followed."""
    other = path.with_name("bots (conflicted copy).vault")
    if kind == "folder":
        other.mkdir()
    elif kind == "link":
        other.symlink_to(path)
    else:
        os.mkfifo(other)
    assert found(path) == []


def test_nothing_is_changed(path: Path) -> None:
    """No file is made or touched, no note of what was seen either."""
    put(path.with_name("bots 2.vault"), saved(path, "second"))
    before = {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in path.parent.iterdir()}
    known = notes.recall(vault.open(path).header.vault_id)
    beside.vault_files(str(path))
    assert before == {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in path.parent.iterdir()}
    assert known == notes.recall(vault.open(path).header.vault_id)


# --- refusals -----------------------------------------------------------------------------------------


def test_an_open_vault_is_refused_and_still_read(path: Path) -> None:
    """The header is told all the same: doctor says more than the first fault."""
    path.chmod(0o644)
    files = beside.vault_files(str(path))
    assert isinstance(files.refusal, errors.InsecureFile)
    assert files.header is not None


def test_a_damaged_vault(path: Path) -> None:
    """The refusal is the error that every command would meet."""
    put(path, path.read_bytes()[:-1])
    files = beside.vault_files(str(path))
    assert (errors.Damaged, None) == (type(files.refusal), files.header)


@pytest.mark.parametrize("ending", [".bak", ".lock", ".journal", ".journal.lock"])
def test_an_open_file_of_the_vault_s(path: Path, ending: str) -> None:
    """Each that belongs to it is looked at."""
    put(path.with_name(f"{path.name}{ending}"), b"", 0o640)
    assert [f"{path}{ending} is open to other users (mode 0640)"] == [
        str(error) for error in beside.vault_files(str(path)).refusals
    ]


def test_an_open_folder_is_told_once(path: Path) -> None:
    """And not for each file in it."""
    path.parent.chmod(0o777)
    files = beside.vault_files(str(path))
    assert (errors.InsecureFile, ()) == (type(files.refusal), files.refusals)


# --- what was seen ------------------------------------------------------------------------------------


def test_an_older_file_is_noticed(path: Path) -> None:
    """As every command would, and without a password."""
    old = path.read_bytes()
    saved(path, "second")
    put(path, old)
    assert beside.vault_files(str(path)).newest == 3


def test_the_newest_itself_is_in_order(path: Path) -> None:
    """As after every save."""
    saved(path, "second")
    assert beside.vault_files(str(path)).newest is None


def test_a_fork_is_noticed(path: Path) -> None:
    """Another file of the save that was seen."""
    old = path.read_bytes()
    fork = saved(path, "second")
    put(path, old)
    vault.open(path, accept_older=True).unlock(SECRET)
    saved(path, "third")
    put(path, fork)
    assert beside.vault_files(str(path)).newest == 3


def test_a_newer_file_is_no_cause_for_alarm(path: Path) -> None:
    """Another machine may have saved it."""
    opened = vault.open(path).unlock(SECRET)
    notes.remember(opened.header.vault_id, 1, bytes(32), lower=True)
    assert beside.vault_files(str(path)).newest is None


# --- reading one --------------------------------------------------------------------------------------


def test_a_copy_is_read_wherever_it_lies(path: Path) -> None:
    """With the rights that a stick gives it."""
    path.chmod(0o755)
    assert path.read_bytes() == beside.read(str(path))


def failing(folder: Path, kind: str) -> str:
    place = folder / "x"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    return f"{place}\0" if kind == "NUL" else str(place)


@pytest.mark.parametrize(
    ("kind", "error"),
    [("absent", errors.VaultNotFound), ("folder", errors.NotAVault), ("pipe", errors.NotAVault),
     ("NUL", errors.StoreError)],
)  # fmt: skip
def test_what_cannot_be_read_is_one_error(folder: Path, kind: str, error: Any) -> None:
    """And nothing is waited for."""
    with pytest.raises(error):
        beside.read(failing(folder, kind))


def test_no_more_than_the_largest_vault_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one byte, by which it is told to be too long."""
    monkeypatch.setattr(beside, "MAX_FILE", 10)
    assert 11 == len(beside.read(str(put(folder / "x", bytes(100)))))


def test_a_copy_s_fields_are_set_once() -> None:
    """As all plain data here."""
    with pytest.raises(AttributeError):
        Copy("/x", "copy").path = "/y"  # type: ignore[misc]
