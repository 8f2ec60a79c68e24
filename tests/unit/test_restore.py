"""A restore: what it refuses, keeps and says of the difference, and that nothing complains later."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CHEAPEST_KDF, NOW, PASSWORD, okx_credential

import vault
from vault import errors
from vault.copies.backup import Backup
from vault.copies.compare import Difference
from vault.copies.restore import Outcome, Restore
from vault.core import crypto
from vault.journal.journal import Entry, Journal
from vault.store import notes

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="POSIX rights"),
    pytest.mark.usefixtures("remembered_kdf"),
]

SECRET, DAY = vault.Secret(PASSWORD), "2026-11-23"
OTHER = vault.Secret("an altogether different sentence")
KEPT = f"bots.vault.replaced-{DAY}"


def unlocked(path: Path, secret: vault.Secret = SECRET) -> vault.Vault:
    return vault.open(path).unlock(secret)


def names(path: Path, secret: vault.Secret = SECRET) -> list[str]:
    """The credentials of the vault, opened as any command does: without a flag."""
    return [credential.name for credential in unlocked(path, secret).credentials]


def store(path: Path, *new: str, secret: vault.Secret = SECRET) -> None:
    """Store more credentials, one save each."""
    for name in new:
        with unlocked(path, secret) as opened:
            opened.add(okx_credential(name))
            opened.save()


def run(path: Path, *used: str, secret: vault.Secret = SECRET) -> None:
    """Note a run of each."""
    opened = unlocked(path, secret)
    journal = Journal(opened.path, opened.header.vault_id, opened.payload.journal)
    for name in used:
        journal.append(Entry(NOW, "run", (name,), program="/bin/bot", folder="/", outcome="ok"))


def told(path: Path, secret: vault.Secret = SECRET) -> tuple[list[str], tuple[str, ...]]:
    """What the journal tells this version of the vault: the names of its runs, and its problems."""
    opened = unlocked(path, secret)
    reading = Journal(opened.path, opened.header.vault_id, opened.payload.journal).read()
    return [name for entry in reading.entries for name in entry.names], reading.problems


@pytest.fixture
def copy(path: Path, tmp_path: Path) -> Path:
    """A backup of save 2, with ``okx-main``, and a journal with one run."""
    run(path, "okx-main")
    (tmp_path / "copies").mkdir(mode=0o700)
    return Path(Backup(str(path), str(tmp_path / "copies"), DAY).make(SECRET).path)


def put(path: Path, copy: Path, secret: vault.Secret = SECRET, **flags: bool) -> Outcome:
    planned = Restore(str(path), str(copy))
    planned.refuse(**flags)
    return planned.put(secret, DAY)


# --- into its place -----------------------------------------------------------------------------------


def test_a_lost_vault_comes_back(path: Path, copy: Path) -> None:
    """Byte for byte, for its owner alone."""
    path.unlink()
    done = put(path, copy)
    assert (copy.read_bytes(), 0o600) == (path.read_bytes(), path.stat().st_mode & 0o777)
    assert ("", None, ["okx-main"]) == (done.kept, done.difference, [c.name for c in done.opened.credentials])


def test_a_damaged_vault_is_replaced_unasked(path: Path, copy: Path) -> None:
    """It is what a copy is for; and it is kept, since somebody may mend it."""
    damaged = path.read_bytes()[:-1]
    path.write_bytes(damaged)
    done = put(path, copy)
    assert (str(path.with_name(KEPT)), damaged) == (done.kept, Path(done.kept).read_bytes())
    assert ["okx-main"] == names(path)


def test_an_older_version_is_replaced_unasked(path: Path, copy: Path, folder: Path) -> None:
    """A newer copy, from another machine."""
    old = path.read_bytes()
    store(path, "second")
    newer = folder.parent / "newer"
    newer.write_bytes(path.read_bytes())
    path.write_bytes(old)
    done = put(path, newer)
    assert (["okx-main", "second"], Difference((), ("second",), ())) == (names(path), done.difference)


def test_a_copy_may_lie_on_a_stick(path: Path, copy: Path) -> None:
    """Open to others, as every file there is; the vault is not."""
    copy.chmod(0o755)
    path.unlink()
    put(path, copy)
    assert 0o600 == path.stat().st_mode & 0o777


def test_the_same_again_replaces_nothing(path: Path, copy: Path) -> None:
    """And is in order."""
    done = put(path, copy)
    assert ("", Difference((), (), ())) == (done.kept, done.difference)
    assert not path.with_name(KEPT).exists()


def test_the_folder_is_made_for_the_default_vault_alone(copy: Path, tmp_path: Path) -> None:
    """As by init."""
    place = tmp_path / "new" / "bots.vault"
    with pytest.raises(errors.VaultNotFound):
        Restore(str(place), str(copy))
    Restore(str(place), str(copy), make_folder=True).put(SECRET, DAY)
    assert ["okx-main"] == names(place)


# --- refusals -----------------------------------------------------------------------------------------


def newer(path: Path) -> None:
    store(path, "second")


def another(path: Path) -> None:
    path.unlink()
    vault.create(path, SECRET, now=NOW, kdf=CHEAPEST_KDF)


def no_vault(path: Path) -> None:
    path.write_text("my notes")


CASES = [(newer, "older"), (another, "other"), (no_vault, "other")]


@pytest.mark.promise(15)
@pytest.mark.parametrize(("stands", "flag"), CASES, ids=["newer", "another", "none"])
def test_what_is_worth_more_is_not_replaced_unasked(
    path: Path, copy: Path, stands: Callable[[Path], None], flag: str
) -> None:
    """A newer version, another vault, and what is none: each wants its own word, and stands until then."""
    stands(path)
    before = path.read_bytes()
    wrong = {"older": "other", "other": "older"}[flag]
    for given in ({}, {wrong: True}):
        with pytest.raises(errors.RestoreRefused) as caught:
            Restore(str(path), str(copy)).refuse(**given)
        assert f"--{flag}" in caught.value.hint
    assert before == path.read_bytes()
    done = put(path, copy, older=flag == "older", other=flag == "other")
    assert (before, ["okx-main"]) == (Path(done.kept).read_bytes(), names(path))


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", errors.NotAVault), (b"text", errors.NotAVault), (None, errors.Damaged)],
    ids=["empty", "text", "cut"],
)
def test_a_copy_that_is_no_whole_vault_is_refused(
    path: Path, copy: Path, data: bytes | None, error: Any
) -> None:
    """Before a password is asked for; nothing is touched."""
    copy.write_bytes(copy.read_bytes()[:-1] if data is None else data)
    before = path.read_bytes()
    with pytest.raises(error):
        Restore(str(path), str(copy))
    assert before == path.read_bytes()


def test_a_copy_that_does_not_open_is_refused(path: Path, copy: Path) -> None:
    """A wrong password; nothing is written, and nothing noted."""
    store(path, "second")
    before = {f.name: f.read_bytes() for f in path.parent.iterdir()}
    with pytest.raises(errors.WrongPassword):
        put(path, copy, OTHER, older=True)
    assert before == {f.name: f.read_bytes() for f in path.parent.iterdir()}
    path.unlink()
    with pytest.raises(errors.WrongPassword):
        put(path, copy, OTHER)
    assert not path.exists()


def test_a_save_in_between_stops_it(path: Path, copy: Path) -> None:
    """What was not there when it was looked at is not replaced."""
    planned = Restore(str(path), str(copy))
    store(path, "second")
    with pytest.raises(errors.VaultChanged):
        planned.put(SECRET, DAY)
    assert ["okx-main", "second"] == names(path)
    assert not path.with_name(KEPT).exists()


def test_a_vault_that_is_made_in_between_stops_it(path: Path, copy: Path) -> None:
    """The same where nothing stood."""
    path.unlink()
    planned = Restore(str(path), str(copy))
    vault.create(path, SECRET, now=NOW, kdf=CHEAPEST_KDF)
    with pytest.raises(errors.VaultExists):
        planned.put(SECRET, DAY)
    assert [] == names(path)


# --- what is kept and told ----------------------------------------------------------------------------


def test_the_difference_is_told(path: Path, copy: Path) -> None:
    """What is missing from the copy, what it alone has, and what differs."""
    store(path, "second", "third")
    with unlocked(path) as opened:
        opened.replace(opened.get("okx-main").changed(note="changed"))
        opened.remove("third")
        opened.save()
    put(path, copy, older=True)
    store(path, "fourth")
    done = put(path, path.with_name(KEPT), older=True)
    assert Difference(("fourth",), ("second",), ("okx-main",)) == done.difference


def test_what_opens_otherwise_is_not_compared(path: Path, copy: Path) -> None:
    """It has another password by now; that is told as unknown, not as nothing."""
    unlocked(path).change_password(OTHER, now=NOW, kdf=CHEAPEST_KDF)
    done = put(path, copy, older=True)
    assert done.difference is None
    assert ["okx-main"] == names(Path(done.kept), OTHER)


@pytest.mark.promise(15)
def test_each_that_is_replaced_keeps_its_own_name(path: Path, copy: Path) -> None:
    """Nothing that was kept is overwritten, nor is the automatic backup."""
    store(path, "second")
    first, automatic = path.read_bytes(), path.with_name("bots.vault.bak").read_bytes()
    put(path, copy, older=True)
    store(path, "third")
    second = path.read_bytes()
    done = put(path, copy, older=True)
    assert str(path.with_name(f"{KEPT}-2")) == done.kept
    assert [first, second] == [path.with_name(n).read_bytes() for n in (KEPT, f"{KEPT}-2")]
    assert automatic != first


def test_a_restore_is_undone_by_a_restore(path: Path, copy: Path) -> None:
    """What was kept goes back to where it was; no flag is needed, for it is newer."""
    store(path, "second")
    done = put(path, copy, older=True)
    put(path, Path(done.kept))
    assert ["okx-main", "second"] == names(path)


def test_the_automatic_backup_can_be_restored(path: Path) -> None:
    """It is a copy like any other."""
    store(path, "second")
    put(path, path.with_name("bots.vault.bak"), older=True)
    assert ["okx-main"] == names(path)


# --- nothing complains afterwards ---------------------------------------------------------------------


@pytest.mark.promise(15)
def test_the_next_command_does_not_complain(path: Path, copy: Path) -> None:
    """An older version was wanted: it opens without a flag, and so do its later saves."""
    store(path, "second", "third")
    put(path, copy, older=True)
    assert ["okx-main"] == names(path)
    store(path, "fourth")
    assert ["fourth", "okx-main"] == names(path)


@pytest.mark.promise(3)
@pytest.mark.parametrize("saves", [["second"], ["second", "more"]], ids=["as many saves", "more saves"])
def test_a_fork_does_not_replace_the_vault_unasked(path: Path, copy: Path, saves: list[str]) -> None:
    """Neither is the newer, whatever their numbers; asked for, what the other had is kept and told."""
    first, fork = path.read_bytes(), path.with_name("fork")
    store(path, *saves)
    fork.write_bytes(path.read_bytes())
    path.write_bytes(first)
    vault.open(path, accept_older=True).unlock(SECRET)
    store(path, "third")
    before = path.read_bytes()
    with pytest.raises(errors.RestoreRefused, match="saved since"):
        put(path, fork)
    assert before == path.read_bytes()
    done = put(path, fork, older=True)
    assert Difference(("third",), tuple(sorted(saves)), ()) == done.difference
    assert sorted(["okx-main", *saves]) == names(path)


def test_what_was_replaced_would_be_noticed(path: Path, copy: Path) -> None:
    """The guard against older files is lowered for this copy, and not switched off."""
    store(path, "second")
    put(path, copy, older=True)
    old = path.read_bytes()
    store(path, "third")
    path.write_bytes(old)
    with pytest.raises(errors.OlderThanSeen):
        names(path)


def test_a_lost_vault_s_copy_opens_though_a_newer_one_was_seen(path: Path, copy: Path) -> None:
    """The newest is gone, and this is what there is."""
    store(path, "second", "third")
    path.unlink()
    put(path, copy)
    assert ["okx-main"] == names(path)


def test_the_journal_stays_where_its_records_can_be_read(path: Path, copy: Path) -> None:
    """A restore within one password loses no record of what was used."""
    store(path, "second")
    run(path, "second")
    assert "" == put(path, copy, older=True).journal
    assert (["okx-main", "second"], ()) == told(path)


def test_a_journal_of_a_later_password_is_set_aside(path: Path, copy: Path) -> None:
    """The restored version could not read it, and would call it damaged for good."""
    changed = unlocked(path).change_password(OTHER, now=NOW, kdf=CHEAPEST_KDF)
    run(path, "okx-main", "okx-main", secret=OTHER)
    whole = Path(f"{changed.path}.journal").read_bytes()
    done = put(path, copy, older=True)
    assert "set aside" in done.journal
    assert (["okx-main"], ()) == told(path)
    assert whole == Path(f"{done.kept}.journal").read_bytes()
    run(path, "okx-main")
    assert (["okx-main"] * 2, ()) == told(path)


def test_a_journal_that_was_set_aside_can_be_read(path: Path, copy: Path) -> None:
    """Beside the version that it belongs to, as that one's journal."""
    unlocked(path).change_password(OTHER, now=NOW, kdf=CHEAPEST_KDF)
    run(path, "second", secret=OTHER)
    kept = Path(put(path, copy, older=True).kept)
    opened = vault.open(kept).unlock(OTHER)
    reading = Journal(str(kept), opened.header.vault_id, opened.payload.journal).read()
    assert [("okx-main",), ("second",)] == [entry.names for entry in reading.entries]
    assert () == reading.problems


def test_a_lost_journal_comes_back(path: Path, copy: Path) -> None:
    """Shorter than what was noted here, and wanted: it is not called cut."""
    run(path, "okx-main", "okx-main")
    path.unlink()
    Path(f"{path}.journal").unlink()
    left = path.parent / f".{path.name}-journal.0123456789abcdef.tmp"
    left.write_bytes(b"of a restore that was killed")
    put(path, copy)
    assert (["okx-main"], ()) == told(path)
    assert not left.exists()


def test_a_copy_without_a_journal_is_no_deletion(path: Path, copy: Path) -> None:
    """Neither is there one afterwards, nor does anything call it deleted."""
    Path(f"{copy}.journal").unlink()
    Path(f"{path}.journal").unlink()
    path.unlink()
    put(path, copy)
    assert ([], ()) == told(path)


def test_on_a_new_machine_the_journal_comes_along(
    path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where nothing was ever noted."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "fresh"))
    place = tmp_path / "elsewhere"
    place.mkdir(mode=0o700)
    done = put(place / "bots.vault", copy)
    assert ("the copy's journal is in its place", (["okx-main"], ())) == (
        done.journal,
        told(place / "bots.vault"),
    )


@pytest.mark.promise(15)
def test_a_true_alarm_is_not_silenced(path: Path, copy: Path) -> None:
    """A journal that was cut before stays reported: a restore is no way to wash it."""
    store(path, "second")
    run(path, "second")
    journal = Path(f"{path}.journal")
    journal.write_bytes(journal.read_bytes()[:-200])
    assert told(path)[1]
    put(path, copy, older=True)
    assert told(path)[1]


@pytest.mark.promise(7)
@pytest.mark.parametrize("what", ["a link", "another file", "another vault's", "much", "a folder"])
def test_what_is_no_journal_of_the_vault_is_not_carried_along(
    path: Path, copy: Path, tmp_path: Path, what: str
) -> None:
    """On a stick anything can have its name: a link to a private key would be copied to the next stick."""
    secret = tmp_path / "id_ed25519"
    secret.write_text("-----BEGIN OPENSSH PRIVATE KEY-----")
    planted = copy.with_name(f"{copy.name}.journal")
    genuine = planted.read_bytes()
    planted.unlink()
    if what == "a link":
        planted.symlink_to(secret)
    elif what == "another file":
        planted.write_bytes(secret.read_bytes())
    elif what == "another vault's":
        planted.write_bytes(genuine[:16] + bytes(16) + genuine[32:])
    elif what == "much":
        planted.write_bytes(genuine.ljust((8 << 20) + 1, b"\0"))
    else:
        planted.mkdir()
    path.unlink()
    path.with_name("bots.vault.journal").unlink()
    done = put(path, copy)
    assert done.journal.startswith("the journal could not be replaced: ")
    assert not path.with_name("bots.vault.journal").exists()
    assert ["okx-main"] == names(path)


@pytest.mark.promise(7)
def test_a_backup_takes_no_other_file_for_the_journal(path: Path, tmp_path: Path) -> None:
    """It is left, and said."""
    path.with_name("bots.vault.journal").write_text("-----BEGIN OPENSSH PRIVATE KEY-----")
    path.with_name("bots.vault.journal").chmod(0o600)
    (tmp_path / "copies").mkdir(mode=0o700)
    made = Backup(str(path), str(tmp_path / "copies"), DAY).make(SECRET)
    assert ("", "it is not a journal of this vault") == (made.journal, made.problem)
    assert 1 == len(os.listdir(tmp_path / "copies"))


@pytest.mark.promise(8)
def test_a_costly_file_in_the_vault_s_place_is_not_derived(
    path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bounds it is not compared; the copy's own key alone is derived, in a dry run, too."""
    data = bytearray(path.read_bytes())
    data[88 + 12 : 88 + 16] = (4 << 20).to_bytes(4, "big")  # KiB of the password slot
    path.write_bytes(bytes(data[:-32]) + hashlib.sha256(data[:-32]).digest())
    asked: list[int] = []
    derive = crypto.argon2id

    def watched(password: bytes, salt: bytes, memory: int, *others: Any) -> bytes:
        asked.append(memory)
        return derive(password, salt, memory, *others)

    monkeypatch.setattr(crypto, "argon2id", watched)
    assert Restore(str(path), str(copy)).compare(SECRET).difference is None
    assert {CHEAPEST_KDF.memory} == set(asked)


def test_a_journal_in_the_way_stops_no_restore(path: Path, copy: Path) -> None:
    """It is said; the vault stands there."""
    path.unlink()
    journal = Path(f"{path}.journal")
    journal.chmod(0o644)
    done = put(path, copy)
    assert "could not be replaced" in done.journal
    assert ["okx-main"] == names(path)


# --- a look before ------------------------------------------------------------------------------------


@pytest.mark.promise(15)
@pytest.mark.parametrize("which", ["older", "newer", "fork"])
def test_comparing_changes_nothing(path: Path, copy: Path, which: str) -> None:
    """Not a file, and not what this machine has noted, whichever is the later."""
    first = path.read_bytes()
    store(path, "second")
    other = path.with_name("other")
    if which == "newer":
        other.write_bytes(path.read_bytes())
        path.write_bytes(first)
    elif which == "fork":
        other.write_bytes(path.read_bytes())
        path.write_bytes(first)
        vault.open(path, accept_older=True).unlock(SECRET)
        store(path, "third")
    else:
        other.write_bytes(first)
    vault.open(path, accept_older=True).unlock(SECRET)
    known = notes.recall(vault.open(path).header.vault_id)
    before = {f.name: f.read_bytes() for f in path.parent.iterdir()}
    done = Restore(str(path), str(other)).compare(SECRET)
    expected = {
        "older": Difference(("second",), (), ()),
        "newer": Difference((), ("second",), ()),
        "fork": Difference(("third",), ("second",), ()),
    }
    assert expected[which] == done.difference
    assert known == notes.recall(vault.open(path).header.vault_id)
    assert before == {f.name: f.read_bytes() for f in path.parent.iterdir()}
    names(path)


# --- faults -------------------------------------------------------------------------------------------


@pytest.mark.promise(15)
@pytest.mark.parametrize("at", [1, 2])
def test_a_full_disk(path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Whichever file does not fit: the vault stands as before, with nothing beside it that was not there."""
    from vault.system import Folder

    store(path, "second")
    before = {f.name: f.read_bytes() for f in path.parent.iterdir()}
    write, count = Folder.write, [0]

    def fail(self: Any, name: str, data: bytes) -> None:
        if self.path == str(path.parent):
            count[0] += 1
            if count[0] == at:
                raise errors.StoreError("no space left on device")
        write(self, name, data)

    monkeypatch.setattr(Folder, "write", fail)
    with pytest.raises(errors.StoreError):
        put(path, copy, older=True)
    assert before == {f.name: f.read_bytes() for f in path.parent.iterdir()}
    assert ["okx-main", "second"] == names(path)


def test_a_disk_that_does_not_confirm(path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of its own; the copy stands there, what it replaced is kept."""
    from vault.system import Folder

    store(path, "second")
    sync, place = Folder.sync, str(path.parent)
    monkeypatch.setattr(Folder, "sync", lambda self: self.path != place and sync(self))
    with pytest.raises(errors.NotDurable):
        put(path, copy, older=True)
    assert (["okx-main"], True) == (names(path), path.with_name(KEPT).exists())


def test_a_note_that_makes_no_sense(path: Path, copy: Path) -> None:
    """A damaged note does not keep a copy from being compared."""
    notes = Path(os.environ["XDG_STATE_HOME"], "coldvault", "seen")
    (notes / vault.open(path).header.vault_id.hex()).write_text("2 no checksum\n")
    assert Restore(str(path), str(copy)).compare(SECRET).difference is not None
