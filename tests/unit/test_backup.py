"""A backup: the same bytes under another name, proved to open, and nothing half-made left behind."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, PASSWORD, okx_credential

import vault
from vault import errors
from vault.copies.backup import Backup, BackupResult
from vault.core import crypto
from vault.journal.journal import Entry, Journal
from vault.store import notes

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="POSIX rights"),
    pytest.mark.usefixtures("remembered_kdf"),
]

SECRET, DAY = vault.Secret(PASSWORD), "2026-11-23"
NAME = f"bots.{DAY}.save-2.vault"


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """A folder for copies."""
    place = tmp_path / "copies"
    place.mkdir(mode=0o700)
    return place


def made(path: Path, there: Path, **options: Any) -> BackupResult:
    return Backup(str(path), str(there), DAY, **options).make(SECRET)


def used(path: Path, times: int = 1) -> Path:
    """Note that many runs in the journal; its path."""
    opened = vault.open(path).unlock(SECRET)
    journal = Journal(opened.path, opened.header.vault_id, opened.payload.journal)
    for _ in range(times):
        journal.append(Entry(NOW, "run", ("okx-main",), program="/bin/bot", folder="/", outcome="ok"))
    return Path(journal.path)


@pytest.mark.promise(15)
def test_a_copy_is_the_vault_byte_for_byte(path: Path, there: Path) -> None:
    """Under a name of vault, day and save, for its owner alone; nothing else is there."""
    done = made(path, there)
    copy = there / NAME
    assert (str(copy), [NAME], path.read_bytes()) == (done.path, os.listdir(there), copy.read_bytes())
    assert 0o600 == stat.S_IMODE(copy.stat().st_mode)


def test_it_says_what_is_in_it(path: Path, there: Path) -> None:
    """From the copy itself."""
    done = made(path, there)
    assert (2, ["okx-main"]) == (done.opened.header.generation, [c.name for c in done.opened.credentials])


def test_it_opens_like_any_vault(path: Path, there: Path) -> None:
    """With the same password, and without complaint."""
    assert ["okx-main"] == [c.name for c in vault.open(made(path, there).path).unlock(SECRET).credentials]


def test_the_journal_is_copied_beside_it(path: Path, there: Path) -> None:
    """So that the copy's own journal tells the same."""
    journal = used(path, 3)
    done = made(path, there)
    assert (f"{done.path}.journal", "") == (done.journal, done.problem)
    assert journal.read_bytes() == Path(done.journal).read_bytes()
    opened = done.opened
    reading = Journal(done.path, opened.header.vault_id, opened.payload.journal).read()
    assert (3, ()) == (len(reading.entries), reading.problems)


def test_without_a_journal_there_is_none(path: Path, there: Path) -> None:
    """And that is no problem."""
    done = made(path, there)
    assert ("", "") == (done.journal, done.problem)


def test_a_journal_that_cannot_be_read_keeps_no_vault_from_its_copy(path: Path, there: Path) -> None:
    """It is said."""
    used(path).chmod(0o644)
    done = made(path, there)
    assert ("", True) == (done.journal, "open to other users" in done.problem)


# --- what is refused ----------------------------------------------------------------------------------


@pytest.mark.promise(15)
@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_nothing_is_replaced(path: Path, there: Path, kind: str) -> None:
    """Whatever has the name keeps it; it is said before a password is asked for."""
    if kind == "file":
        (there / NAME).write_text("mine")
    elif kind == "folder":
        (there / NAME).mkdir()
    else:
        (there / NAME).symlink_to(there / "elsewhere")
    before = (there / NAME).lstat()
    with pytest.raises(errors.VaultExists):
        Backup(str(path), str(there), DAY)
    assert (before.st_ino, [NAME]) == ((there / NAME).lstat().st_ino, os.listdir(there))


@pytest.mark.parametrize("links", [True, False])
def test_a_copy_that_appears_meanwhile_is_not_replaced(
    path: Path, there: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """Not even where a file has only one name."""
    planned = Backup(str(path), str(there), DAY)
    derive = crypto.argon2id

    def slow(*arguments: Any) -> bytes:
        (there / NAME).write_text("mine")
        return derive(*arguments)

    monkeypatch.setattr(crypto, "argon2id", slow)
    if not links:
        monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(errors.VaultExists):
        planned.make(SECRET)
    assert ("mine", [NAME]) == ((there / NAME).read_text(), os.listdir(there))


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


@pytest.mark.parametrize(
    ("what", "error"),
    [("vault", errors.VaultNotFound), ("folder", errors.VaultNotFound), ("open", errors.InsecureFile),
     ("damage", errors.Damaged)],
)  # fmt: skip
def test_what_is_wrong_is_said_first(path: Path, there: Path, what: str, error: Any) -> None:
    """No vault, no folder (a disk that is not mounted), a vault that others can read, a damaged one."""
    if what == "vault":
        path.unlink()
    elif what == "folder":
        there.rmdir()
    elif what == "open":
        path.chmod(0o644)
    else:
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(error):
        Backup(str(path), str(there), DAY)
    assert not there.exists() or not os.listdir(there)


@pytest.mark.promise(15)
def test_a_wrong_password_leaves_no_copy(path: Path, there: Path) -> None:
    """Nothing was proved."""
    used(path)
    with pytest.raises(errors.WrongPassword):
        Backup(str(path), str(there), DAY).make(vault.Secret("not the password at all"))
    assert [] == os.listdir(there)


def test_a_recovery_key_will_do(path: Path, there: Path, template: Any) -> None:
    """As everywhere."""
    Backup(str(path), str(there), DAY).make(vault.Secret(template.recovery))
    assert [NAME] == os.listdir(there)


def test_an_older_vault_is_not_copied_unasked(path: Path, there: Path) -> None:
    """A backup of what a rollback put there would be taken for the newest."""
    opened = vault.open(path).unlock(SECRET)
    notes.remember(opened.header.vault_id, 9, bytes(32))
    with pytest.raises(errors.OlderThanSeen):
        made(path, there)
    assert [] == os.listdir(there)
    made(path, there, accept_older=True)
    assert [NAME] == os.listdir(there)


# --- disks --------------------------------------------------------------------------------------------


@pytest.mark.promise(15)
def test_a_disk_that_gives_other_bytes_back(path: Path, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is unlocked is what was read from there; a copy that is another has no name for a moment."""
    from vault.copies import backup

    named = []
    monkeypatch.setattr(backup, "read", lambda name: path.read_bytes()[:-1] + b"x")
    monkeypatch.setattr(os, "link", lambda *names, **_: named.append(names))
    with pytest.raises(errors.StoreError):
        made(path, there)
    assert ([], []) == (named, os.listdir(there))


def test_a_copy_that_changes_with_its_name(path: Path, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy is read once more under the name that it is given."""
    from vault.copies import backup

    monkeypatch.setattr(
        backup, "read", lambda name: path.read_bytes() if name.endswith(".tmp") else b"something else"
    )
    with pytest.raises(errors.StoreError):
        made(path, there)
    assert [] == os.listdir(there)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_refuses(path: Path, there: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """One error, and nothing left."""
    write = os.write

    def fail(descriptor: int, data: bytes) -> int:
        if os.readlink(f"/proc/self/fd/{descriptor}").startswith(str(there)):
            raise OSError(code, os.strerror(code))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(errors.StoreError):
        made(path, there)
    assert [] == os.listdir(there)


def test_a_disk_that_does_not_confirm(path: Path, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of its own: the copy stands."""
    from vault.system import Folder

    monkeypatch.setattr(Folder, "sync", lambda self: False)
    with pytest.raises(errors.NotDurable):
        made(path, there)
    assert [NAME] == os.listdir(there)


def test_a_stick_that_keeps_no_rights(path: Path, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every file is open to others and has one name, as on FAT, a copy is made all the same."""
    used(path)
    monkeypatch.setattr(os, "fchmod", lambda descriptor, mode: os.chmod(descriptor, 0o755))
    monkeypatch.setattr(os, "link", refuse)
    done = made(path, there)
    assert [NAME, f"{NAME}.journal"] == sorted(os.listdir(there))
    assert 0o755 == stat.S_IMODE(Path(done.path).stat().st_mode)


def test_a_vault_on_a_disk_that_can_only_be_read(
    path: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a fault: the hour for a copy. No lock can be had there, and none is needed."""
    from vault.system import Folder

    used(path)

    def lock(*_: object, **__: object) -> None:
        raise errors.StoreError("read-only file system")

    monkeypatch.setattr(Folder, "lock", lock)
    assert (f"{there / NAME}.journal", "") == ((done := made(path, there)).journal, done.problem)


# --- others at work -----------------------------------------------------------------------------------


def test_what_a_killed_backup_left_is_swept(path: Path, there: Path) -> None:
    """Its own leftovers only."""
    for name in (".bots-copy.0123456789abcdef.tmp", ".bots.vault.0123456789abcdef.tmp", ".other-copy.0.tmp"):
        (there / name).write_bytes(b"half")
    made(path, there)
    assert [".bots.vault.0123456789abcdef.tmp", ".other-copy.0.tmp", NAME] == sorted(os.listdir(there))


def test_a_journal_that_a_killed_backup_left_is_replaced(path: Path, there: Path) -> None:
    """The vault's copy comes last: without it the journal's is none."""
    journal = used(path)
    (there / f"{NAME}.journal").write_bytes(b"of the killed one")
    assert journal.read_bytes() == Path(made(path, there).journal).read_bytes()


def test_a_save_in_between_is_in_the_copy(path: Path, there: Path) -> None:
    """What is copied is what stands there when it is made, and its name says so."""
    planned = Backup(str(path), str(there), DAY)
    with vault.open(path).unlock(SECRET) as opened:
        opened.add(okx_credential("second"))
        opened.save()
    done = planned.make(SECRET)
    assert (f"bots.{DAY}.save-3.vault", 2) == (os.path.basename(done.path), len(done.opened.credentials))


def test_each_save_has_a_copy_of_its_own(path: Path, there: Path) -> None:
    """Earlier ones stay."""
    made(path, there)
    with vault.open(path).unlock(SECRET) as opened:
        opened.save()
    made(path, there)
    assert [NAME, f"bots.{DAY}.save-3.vault"] == sorted(os.listdir(there))


def test_the_vault_and_its_folder_stay_as_they_were(path: Path, there: Path) -> None:
    """No lock of the vault, no note; the journal's lock may be new."""
    journal = used(path)
    before = {f.name: f.read_bytes() for f in path.parent.iterdir()}
    made(path, there)
    assert before == {f.name: f.read_bytes() for f in path.parent.iterdir()}
    assert journal.exists()
