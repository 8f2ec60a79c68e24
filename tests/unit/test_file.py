"""One file on real disks: links, owners, modes, full disks, lying disks, and who else writes."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wording import worded  # noqa: F401  (a fixture)

import vault
from vault import errors, system
from vault.store import file
from vault.store.file import MAX_FILE, Store

if sys.platform == "win32":
    pytest.skip("POSIX files", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("worded")

OLD, NEW = b"old " * 2048, b"new " * 2048
ROOT = os.geteuid() == 0
NOBODY = 65534

as_root = pytest.mark.skipif(not ROOT, reason="only root can give a file away, or mount a small disk")


def nothing(_read: bytes) -> None:
    """A check that finds no fault."""


def put(place: Store, data: bytes = NEW, was: bytes = OLD, check: Callable[[bytes], None] = nothing) -> None:
    place.replace(data, was=was, backup=was, check=check)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def old(folder: Path) -> Path:
    """A file with the old bytes."""
    path = folder / "a.vault"
    Store(str(path)).create(OLD)
    return path


def outcome(call: Callable[[], object]) -> str:
    """The class of the error that *call* raises, or ``done``."""
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "done"


def as_nobody(call: Callable[[], object]) -> str:
    """The outcome of *call* in a process that is not root."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            if ROOT:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            os.write(writing, outcome(call).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user can reach, with a file of the one that ``as_nobody`` becomes."""
    place = Path(tempfile.mkdtemp(prefix="coldvault-test-"))
    try:
        path = place / "a.vault"
        path.write_bytes(OLD)
        path.chmod(0o600)
        if ROOT:
            for entry in (path, place):
                os.chown(entry, NOBODY, NOBODY)
        yield place
    finally:
        place.chmod(0o700)
        shutil.rmtree(place)


# --- the plain way ----------------------------------------------------------------------------------


def test_what_is_created_is_read(old: Path) -> None:
    """The bytes come back."""
    assert OLD == Store(str(old)).read()


def test_creating_leaves_the_file_and_its_lock(old: Path) -> None:
    """No temporary file stays."""
    assert ["a.vault", "a.vault.lock"] == sorted(os.listdir(old.parent))


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link", "fifo"])
def test_nothing_is_created_over_what_stands_there(folder: Path, kind: str) -> None:
    """Whatever has the name keeps it, a link that leads nowhere included, and its bytes."""
    path, elsewhere = folder / "a.vault", folder / "elsewhere"
    if kind == "file":
        path.write_bytes(b"mine")
    elif kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(elsewhere)
        if kind == "link":
            elsewhere.write_bytes(b"mine")
    before = (path.lstat().st_mode, path.lstat().st_ino)
    said = outcome(lambda: Store(str(path)).create(NEW))
    assert ("VaultExists", before) == (said, (path.lstat().st_mode, path.lstat().st_ino))
    assert (kind == "link") == elsewhere.exists(), "nothing is made where a link leads"


def test_creating_without_links_works(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT has no second names for a file; the vault is made all the same."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    Store(str(folder / "a.vault")).create(NEW)
    assert ["a.vault", "a.vault.lock"] == sorted(os.listdir(folder))


def test_replacing_keeps_the_previous_version(old: Path) -> None:
    """The new bytes stand, the old ones beside them."""
    put(Store(str(old)))
    assert (NEW, OLD) == (old.read_bytes(), Path(f"{old}.bak").read_bytes())


def test_replacing_leaves_file_backup_and_lock(old: Path) -> None:
    """No temporary file stays."""
    put(Store(str(old)))
    assert ["a.vault", "a.vault.bak", "a.vault.lock"] == sorted(os.listdir(old.parent))


def test_the_previous_version_is_set_aside(old: Path) -> None:
    """Under the name that is given for it; the automatic backup stays as it was."""
    put(Store(str(old)))
    Store(str(old)).replace(OLD, was=NEW, backup=NEW, check=nothing, aside="kept")
    assert [OLD, OLD, NEW] == [path.read_bytes() for path in (old, Path(f"{old}.bak"), old.with_name("kept"))]
    assert ["a.vault", "a.vault.bak", "a.vault.lock", "kept"] == sorted(os.listdir(old.parent))


def test_nothing_is_set_aside_over_another_file(old: Path) -> None:
    """VaultExists, and every file stays."""
    kept = old.with_name("kept")
    kept.write_bytes(b"mine")
    with pytest.raises(errors.VaultExists):
        Store(str(old)).replace(NEW, was=OLD, backup=OLD, check=nothing, aside="kept")
    assert [OLD, b"mine"] == [old.read_bytes(), kept.read_bytes()]
    assert ["a.vault", "a.vault.lock", "kept"] == sorted(os.listdir(old.parent))


@pytest.mark.promise(5)
def test_the_check_sees_what_was_written(old: Path) -> None:
    """It is called with the bytes that the disk gave back, while the old file still stands."""
    seen: list[tuple[bytes, bytes]] = []
    put(Store(str(old)), check=lambda read: seen.append((read, old.read_bytes())))
    assert [(NEW, OLD)] == seen


@pytest.mark.promise(5)
def test_a_failed_check_changes_nothing(old: Path) -> None:
    """The old file stands, no backup is made, nothing is left."""

    def refuse(_read: bytes) -> None:
        raise errors.Tampered("no")

    with pytest.raises(errors.Tampered):
        put(Store(str(old)), check=refuse)
    assert (OLD, ["a.vault", "a.vault.lock"]) == (old.read_bytes(), sorted(os.listdir(old.parent)))


@pytest.mark.promise(5)
@pytest.mark.parametrize("theirs", [b"theirs", OLD + b"x", OLD[:-1], b""])
def test_another_writer_is_noticed(old: Path, theirs: bytes) -> None:
    """What is not the file that was read is somebody's work: VaultChanged, and it stays."""
    place = Store(str(old))
    old.write_bytes(theirs)
    assert ("VaultChanged", theirs) == (outcome(lambda: put(place)), old.read_bytes())


def test_a_vanished_file_is_noticed(old: Path) -> None:
    """A vault that was moved away is not made again in passing."""
    place = Store(str(old))
    old.unlink()
    assert ("VaultNotFound", False) == (outcome(lambda: put(place)), old.exists())


@pytest.mark.promise(8)
def test_no_more_than_the_largest_vault_is_read(old: Path) -> None:
    """A huge file costs 64 MiB and one byte."""
    os.truncate(old, 1 << 40)
    assert MAX_FILE + 1 == len(Store(str(old)).read())


def test_a_dropped_store_leaves_no_descriptor(old: Path) -> None:
    """A program that opens vaults for days does not run out of descriptors."""
    before = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    for _ in range(20):
        place = Store(str(old))
        put(place, was=place.read(), data=os.urandom(64))
        del place
    after = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    assert before == after


# --- links ------------------------------------------------------------------------------------------


def test_a_linked_vault_is_saved_where_it_is(old: Path, tmp_path: Path) -> None:
    """The link stays a link; the file behind it is replaced."""
    link = tmp_path / "link.vault"
    link.symlink_to(old)
    put(Store(str(link)))
    assert (True, NEW) == (link.is_symlink(), old.read_bytes())


def test_beside_the_link_nothing_is_made(old: Path, tmp_path: Path) -> None:
    """Lock and backup stand beside the file itself."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "link.vault").symlink_to(old)
    put(Store(str(elsewhere / "link.vault")))
    assert ["link.vault"] == os.listdir(elsewhere)


def test_a_link_is_resolved_once(old: Path, tmp_path: Path) -> None:
    """Who turns the link afterwards does not redirect the save."""
    link, other = tmp_path / "link.vault", tmp_path / "other"
    link.symlink_to(old)
    place = Store(str(link))
    other.write_bytes(OLD)
    link.unlink()
    link.symlink_to(other)
    put(place)
    assert (OLD, NEW) == (other.read_bytes(), old.read_bytes())


@pytest.mark.promise(7)
def test_a_swapped_folder_does_not_matter(old: Path, tmp_path: Path) -> None:
    """From the opening on, the folder is the one that was opened, whatever has its path now."""
    place = Store(str(old))
    moved = tmp_path / "moved"
    old.parent.rename(moved)
    old.parent.mkdir()
    put(place)
    assert ([], NEW) == (os.listdir(old.parent), (moved / "a.vault").read_bytes())


def test_a_vault_that_became_a_link_is_refused(old: Path, tmp_path: Path) -> None:
    """A link that appears after the opening is not followed."""
    place, other = Store(str(old)), tmp_path / "other"
    other.write_bytes(OLD)
    other.chmod(0o600)
    old.unlink()
    old.symlink_to(other)
    assert "InsecureFile" == outcome(place.read)


@pytest.mark.promise(7)
def test_a_link_planted_as_backup_is_not_followed(old: Path, tmp_path: Path) -> None:
    """It is replaced; what it leads to stays."""
    target = tmp_path / "target"
    target.write_bytes(b"mine")
    Path(f"{old}.bak").symlink_to(target)
    put(Store(str(old)))
    assert (b"mine", False, OLD) == (
        target.read_bytes(),
        Path(f"{old}.bak").is_symlink(),
        Path(f"{old}.bak").read_bytes(),
    )


def test_a_hard_link_planted_as_backup_is_not_written_to(old: Path, tmp_path: Path) -> None:
    """The other name keeps its bytes."""
    target = tmp_path / "target"
    target.write_bytes(b"mine")
    os.link(target, f"{old}.bak")
    put(Store(str(old)))
    assert target.read_bytes() == b"mine"


@pytest.mark.promise(7)
def test_a_link_planted_as_lock_is_not_followed(old: Path, tmp_path: Path) -> None:
    """The save is refused, and nothing is made where the link leads."""
    target, lock = tmp_path / "target", Path(f"{old}.lock")
    lock.unlink()
    lock.symlink_to(target)
    assert ("InsecureFile", False, OLD) == (
        outcome(lambda: put(Store(str(old)))),
        target.exists(),
        old.read_bytes(),
    )


def test_a_fifo_planted_as_lock_does_not_hang(old: Path) -> None:
    """A named pipe is no lock, and is not waited for."""
    Path(f"{old}.lock").unlink()
    os.mkfifo(f"{old}.lock")
    assert "NotAVault" == outcome(lambda: put(Store(str(old))))


def test_a_folder_planted_as_backup_stops_the_save(old: Path) -> None:
    """The old file stands, and nothing is left beside it."""
    Path(f"{old}.bak").mkdir()
    names = sorted(os.listdir(old.parent))
    assert ("StoreError", OLD, names) == (
        outcome(lambda: put(Store(str(old)))),
        old.read_bytes(),
        sorted(os.listdir(old.parent)),
    )


def test_temporary_names_cannot_be_guessed(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is new, so that nothing can be planted in its place."""
    names: list[str] = []
    rename = os.rename

    def noted(source: str, target: str, **folders: int) -> None:
        names.append(source)
        rename(source, target, **folders)

    monkeypatch.setattr(os, "rename", noted)
    place = Store(str(old))
    for i in range(5):
        put(place, data=bytes([i]), was=place.read())
    assert (10, 10) == (len(names), len(set(names)))


@pytest.mark.promise(7)
def test_a_planted_temporary_file_is_never_opened(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a guessed name helps nobody: the file must be new."""
    target = old.parent / "target"
    target.write_bytes(b"mine")
    monkeypatch.setattr(os, "urandom", bytes)
    planted = old.parent / f".a.vault.{'00' * 8}.tmp"
    monkeypatch.setattr(Store, "_sweep", lambda self: planted.symlink_to(target))
    assert ("VaultExists", b"mine") == (outcome(lambda: put(Store(str(old)))), target.read_bytes())


# --- modes and owners -------------------------------------------------------------------------------


@pytest.mark.promise(7)
@pytest.mark.parametrize("umask", [0, 0o022, 0o077, 0o777], ids=oct)
def test_every_file_is_the_owners_alone(folder: Path, umask: int) -> None:
    """Vault, backup and lock have mode 0600, whatever the umask."""
    path = folder / "a.vault"
    before = os.umask(umask)
    try:
        place = Store(str(path))
        place.create(OLD)
        put(place)
    finally:
        os.umask(before)
    names = ("a.vault", "a.vault.bak", "a.vault.lock")
    assert dict.fromkeys(names, 0o600) == {name: mode(folder / name) for name in names}


@pytest.mark.parametrize("umask", [0, 0o022, 0o077], ids=oct)
def test_a_folder_that_is_made_is_the_owners_alone(tmp_path: Path, umask: int) -> None:
    """So is each folder above it that had to be made."""
    before = os.umask(umask)
    try:
        Store(str(tmp_path / "share" / "coldvault" / "a.vault"), make=True)
    finally:
        os.umask(before)
    assert [0o700, 0o700] == [mode(tmp_path / "share"), mode(tmp_path / "share" / "coldvault")]


def test_a_folder_that_somebody_else_makes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two first commands at once do not stumble over each other."""
    mkdir = os.mkdir

    def late(path: str, mode: int = 0o777) -> None:
        mkdir(path, mode)
        mkdir(path, mode)

    monkeypatch.setattr(os, "mkdir", late)
    place = Store(str(tmp_path / "share" / "coldvault" / "a.vault"), make=True)
    assert "done" == outcome(lambda: place.create(OLD))


@pytest.mark.promise(7)
@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666, 0o777], ids=oct)
def test_a_file_open_to_others_is_refused(old: Path, bits: int) -> None:
    """Any bit for the group or for others is one too many."""
    old.chmod(bits)
    assert "InsecureFile" == outcome(Store(str(old)).read)


@pytest.mark.parametrize("bits", [0o600, 0o400, 0o700], ids=oct)
def test_a_file_of_the_owner_alone_is_read(old: Path, bits: int) -> None:
    """The owner's own bits are the owner's affair."""
    old.chmod(bits)
    assert OLD == Store(str(old)).read()


@pytest.mark.promise(7)
@as_root
def test_a_file_of_another_user_is_refused(old: Path) -> None:
    """Its owner could change it at any time."""
    os.chown(old, 12345, 12345)
    assert "InsecureFile" == outcome(Store(str(old)).read)


@as_root
def test_a_lock_of_another_user_is_refused(old: Path) -> None:
    """Its owner could take it away, and two would save at once."""
    os.chown(f"{old}.lock", 12345, 12345)
    assert ("InsecureFile", OLD) == (outcome(lambda: put(Store(str(old)))), old.read_bytes())


@pytest.mark.promise(7)
@pytest.mark.parametrize(
    ("bits", "said"),
    [(0o777, "InsecureFile"), (0o1777, "done"), (0o755, "done"), (0o702, "InsecureFile")],
    ids=str,
)
def test_a_folder_that_everybody_may_write_to(old: Path, bits: int, said: str) -> None:
    """Everybody could put another file there; with the sticky bit nobody can take this one away."""
    old.parent.chmod(bits)
    assert said == outcome(lambda: Store(str(old)))


# --- what is no vault at all ------------------------------------------------------------------------


def test_a_folder_is_no_vault(folder: Path) -> None:
    """NotAVault, not an error number."""
    assert "NotAVault" == outcome(Store(str(folder)).read)


def test_the_root_folder_is_no_vault() -> None:
    """A path without a last part is a folder."""
    assert "NotAVault" == outcome(lambda: Store("/"))


def test_a_fifo_is_no_vault(folder: Path) -> None:
    """It is not waited for."""
    os.mkfifo(folder / "pipe", 0o600)
    assert "NotAVault" == outcome(Store(str(folder / "pipe")).read)


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "/dev/full"])
def test_a_device_is_no_vault(path: str) -> None:
    """Nor is it read without end."""
    assert "NotAVault" == outcome(lambda: Store(path).read())


def test_a_socket_is_no_vault(folder: Path) -> None:
    """Opening one fails in its own way."""
    os.mknod(folder / "socket", 0o600 | stat.S_IFSOCK)
    assert "NotAVault" == outcome(Store(str(folder / "socket")).read)


def test_a_missing_file_is_not_found(folder: Path) -> None:
    """VaultNotFound, with its own status."""
    assert "VaultNotFound" == outcome(Store(str(folder / "none")).read)


def test_a_missing_folder_is_not_found(folder: Path) -> None:
    """Nothing is made unless it was asked for."""
    path = folder / "none" / "a.vault"
    assert ("VaultNotFound", False) == (outcome(lambda: Store(str(path))), path.parent.exists())


def test_what_is_missing_is_named(folder: Path) -> None:
    """The vault, or its folder, with what to do; a disk's own words would not tell the two apart."""
    path = folder / "none" / "a.vault"
    with pytest.raises(errors.VaultNotFound) as caught:
        Store(str(path))
    assert (f"no folder at {path.parent}", "create it, or name another file") == (
        str(caught.value),
        caught.value.hint,
    )
    with pytest.raises(errors.VaultNotFound) as caught:
        Store(str(folder / "a.vault")).read()
    assert f"no vault at {folder / 'a.vault'}" == str(caught.value)


def test_a_link_in_a_circle_is_refused(folder: Path) -> None:
    """An error of ours."""
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    assert "InsecureFile" == outcome(lambda: Store(str(folder / "a")).read())


@pytest.mark.parametrize("name", ["x" * 300, "a/b\0c", "\udcff.vault"], ids=ascii)
def test_an_impossible_name_is_a_store_error(folder: Path, name: str) -> None:
    """Whatever the path, what is raised is of our tree."""
    with pytest.raises(errors.VaultError):
        Store(f"{folder}/{name}").read()


# --- disks that refuse ------------------------------------------------------------------------------


@pytest.mark.promise(5)
@as_root
@pytest.mark.parametrize("free", range(5))
def test_a_full_disk(tmp_path: Path, free: int) -> None:
    """With too few free pages the old file stands whole and nothing is left; with enough the new one does."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(small)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this system lets nobody mount a disk")
    try:
        path = small / "a.vault"
        Store(str(path)).create(OLD)
        left = os.statvfs(small).f_bavail
        (small / "filler").write_bytes(bytes(4096 * (left - free)))
        said = outcome(lambda: put(Store(str(path))))
        names = sorted(os.listdir(small))
        stands = path.read_bytes()
    finally:
        subprocess.run(["umount", "--lazy", str(small)], check=True)
    if free < 4:  # two pages each for the new file and for the backup
        assert ("StoreError", OLD, ["a.vault", "a.vault.lock", "filler"]) == (said, stands, names)
    else:
        assert ("done", NEW, ["a.vault", "a.vault.bak", "a.vault.lock", "filler"]) == (said, stands, names)


def test_a_full_disk_is_noticed_by_the_probe(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked, not after the exchange's page is closed."""

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    assert "StoreError" == outcome(lambda: Store(str(old)).probe(8192))


def test_a_probe_leaves_nothing(old: Path) -> None:
    """Neither bytes nor names change."""
    Store(str(old)).probe(8192)
    assert (OLD, ["a.vault", "a.vault.lock"]) == (old.read_bytes(), sorted(os.listdir(old.parent)))


def test_a_probe_for_a_new_file_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It writes as much as is asked, and takes it away, without a lock."""
    written: list[int] = []
    write = system.Folder.write

    def noted(self: system.Folder, name: str, data: bytes) -> None:
        written.append(len(data))
        write(self, name, data)

    monkeypatch.setattr(system.Folder, "write", noted)
    Store(str(folder / "a.vault")).probe_new(5000)
    assert ([5000], []) == (written, os.listdir(folder))


def test_a_probe_for_a_new_file_refuses_an_old_one(old: Path) -> None:
    """As creating it would."""
    assert outcome(lambda: Store(str(old)).probe_new(1)) == "VaultExists"


def test_a_read_only_folder(open_folder: Path) -> None:
    """The save is refused with an error of ours, and the file stands."""
    path = open_folder / "a.vault"
    open_folder.chmod(0o555)
    assert ("StoreError", OLD) == (as_nobody(lambda: put(Store(str(path)))), path.read_bytes())


def test_a_vault_in_a_read_only_folder_is_read(open_folder: Path) -> None:
    """Reading makes no lock and writes nothing."""
    open_folder.chmod(0o555)
    assert "done" == as_nobody(Store(str(open_folder / "a.vault")).read)


def test_the_lock_can_be_taken_again_whatever_the_umask(open_folder: Path) -> None:
    """Who is not root can open the lock file that was made under an unusual umask."""

    def twice() -> None:
        os.umask(0o777)
        put(Store(str(open_folder / "a.vault")))
        put(Store(str(open_folder / "a.vault")), data=OLD, was=NEW)

    assert "done" == as_nobody(twice)


def _lie(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk give another byte back, once, for what was just written."""
    read = os.read
    lies: list[bool] = []

    def lying(descriptor: int, size: int) -> bytes:
        part = read(descriptor, size)
        if part == NEW and not lies:
            lies.append(True)
            return b"N" + part[1:]
        return part

    monkeypatch.setattr(os, "read", lying)


@pytest.mark.promise(5)
def test_a_lying_disk_is_found_out(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other bytes than were written: StoreError, the old file stands, nothing is left."""
    place = Store(str(old))
    _lie(monkeypatch)
    said = outcome(lambda: put(place))
    assert ("StoreError", OLD, ["a.vault", "a.vault.lock"]) == (
        said,
        old.read_bytes(),
        sorted(os.listdir(old.parent)),
    )


def test_a_rename_that_did_not_happen_is_found_out(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said to be saved has the vault's own name: it is read by that once more."""
    place = Store(str(old))
    monkeypatch.setattr(os, "rename", lambda *_, **__: None)
    assert ("StoreError", OLD) == (outcome(lambda: put(place)), old.read_bytes())


def test_a_short_read_back_is_found_out(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that ends too early is not what was written."""
    place, read = Store(str(old)), os.read
    monkeypatch.setattr(os, "read", lambda fd, size: b"" if (part := read(fd, size)) == NEW else part)
    assert ("StoreError", OLD) == (outcome(lambda: put(place)), old.read_bytes())


def test_a_disk_that_takes_a_few_bytes_at_a_time(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short writes are gone on with."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:1000]))
    put(Store(str(old)))
    assert NEW == old.read_bytes()


def _fail_fsync(monkeypatch: pytest.MonkeyPatch, of: Callable[[int], bool]) -> list[int]:
    fsync, failed = os.fsync, []

    def failing(descriptor: int) -> None:
        if of(os.fstat(descriptor).st_mode):
            failed.append(descriptor)
            raise OSError(errno.EIO, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    return failed


def test_an_unconfirmed_file_is_not_put_in_place(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed fsync of the data: StoreError, the old file stands, nothing is left."""
    _fail_fsync(monkeypatch, stat.S_ISREG)
    said = outcome(lambda: put(Store(str(old))))
    assert ("StoreError", OLD, ["a.vault", "a.vault.lock"]) == (
        said,
        old.read_bytes(),
        sorted(os.listdir(old.parent)),
    )


@pytest.mark.promise(5)
def test_a_failed_fsync_is_not_repeated(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure the kernel may call lost pages clean: the second answer would be a lie."""
    failed = _fail_fsync(monkeypatch, stat.S_ISREG)
    outcome(lambda: put(Store(str(old))))
    assert len(failed) == 1


def test_an_unconfirmed_folder_is_said(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed fsync of the folder: NotDurable, and the new file stands."""
    _fail_fsync(monkeypatch, stat.S_ISDIR)
    assert ("NotDurable", NEW) == (outcome(lambda: put(Store(str(old)))), old.read_bytes())


@pytest.mark.promise(5)
def test_file_and_folder_are_confirmed_in_order(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data before the rename, the folder after it: else a power cut leaves an empty file."""
    steps: list[str] = []
    fsync, rename = os.fsync, os.rename

    def confirmed(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def renamed(source: str, target: str, **folders: int) -> None:
        steps.append(target)
        rename(source, target, **folders)

    monkeypatch.setattr(os, "fsync", confirmed)
    monkeypatch.setattr(os, "rename", renamed)
    put(Store(str(old)))
    assert ["file", "file", "a.vault.bak", "a.vault", "folder"] == steps


def test_a_rename_that_fails_leaves_nothing(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file stands, and no temporary file does."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "rename", refuse)
    said = outcome(lambda: put(Store(str(old))))
    assert ("StoreError", OLD, ["a.vault", "a.vault.lock"]) == (
        said,
        old.read_bytes(),
        sorted(os.listdir(old.parent)),
    )


# --- two at once ------------------------------------------------------------------------------------


@pytest.mark.promise(5)
def test_a_busy_vault(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits in vain for the lock is told VaultBusy, and the file stands."""
    monkeypatch.setattr(file, "LOCK_SECONDS", 0.05)
    with Store(str(old)), pytest.raises(errors.VaultBusy) as caught:
        put(Store(str(old)))
    assert ("the vault has been in use for 0 seconds", OLD) == (str(caught.value), old.read_bytes())


def test_the_lock_is_waited_for(old: Path) -> None:
    """Ten seconds, unless somebody changes the constant."""
    assert file.LOCK_SECONDS == 10.0


def test_a_lock_that_is_given_back_is_free(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the end of the block the next one saves."""
    monkeypatch.setattr(file, "LOCK_SECONDS", 0.05)
    place = Store(str(old))  # kept, since a store that is dropped gives its lock back, too
    with place:
        pass
    assert "done" == outcome(lambda: put(Store(str(old))))


def test_a_lock_within_a_lock_is_one(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A save inside the block does not wait for itself, and does not end the block."""
    monkeypatch.setattr(file, "LOCK_SECONDS", 0.05)
    place = Store(str(old))
    with place:
        put(place)
        assert "VaultBusy" == outcome(lambda: put(Store(str(old)), data=OLD, was=NEW))


def test_reading_needs_no_lock(old: Path) -> None:
    """Bots start while somebody else edits."""
    with Store(str(old)):
        assert OLD == Store(str(old)).read()


@pytest.mark.promise(5)
def test_what_a_killed_save_left_is_swept(old: Path) -> None:
    """The next save takes the leftovers away, and nothing else."""

    def die() -> None:
        os.rename = lambda *_, **__: os._exit(9)
        put(Store(str(old)))

    mine = {"b.vault", ".b.vault.0.tmp", "a.vault.copy", ".a.vault.tmp.txt"}
    for name in mine:
        (old.parent / name).write_bytes(b"mine")
    _killed(die)
    left = [name for name in os.listdir(old.parent) if name.endswith(".tmp") and name.startswith(".a.")]
    put(Store(str(old)))
    assert (2, {"a.vault", "a.vault.bak", "a.vault.lock", *mine}) == (len(left), set(os.listdir(old.parent)))


def test_what_a_killed_creation_left_is_swept(folder: Path) -> None:
    """The next one takes it away."""
    (folder / ".a.vault.0.tmp").write_bytes(b"half")
    Store(str(folder / "a.vault")).create(NEW)
    assert ["a.vault", "a.vault.lock"] == sorted(os.listdir(folder))


def test_a_lock_that_the_system_refuses(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of ours, and no descriptor is left open."""
    gc.collect()  # stores of earlier tests, which would be closed meanwhile
    place, before = Store(str(old)), len(os.listdir("/dev/fd"))

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fchmod", refuse)
    assert ("StoreError", OLD) == (outcome(lambda: put(place)), old.read_bytes())
    assert before == len(os.listdir("/dev/fd"))


def _killed(call: Callable[[], object]) -> None:
    """Run *call* in a process of its own, which it ends."""
    if not (child := os.fork()):
        try:
            call()
        finally:
            os._exit(1)
    os.waitpid(child, 0)


def test_the_lock_of_a_killed_save_is_free(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system gives it back with the process."""
    monkeypatch.setattr(file, "LOCK_SECONDS", 0.05)

    def die() -> None:
        with Store(str(old)):
            os._exit(9)

    _killed(die)
    assert "done" == outcome(lambda: put(Store(str(old))))


def test_copies_are_named(old: Path) -> None:
    """Backups and leftovers beside the vault; the lock, the journal and other vaults aside."""
    for name in (".a.vault.0123.tmp", "a.vault.copy", "a.vault.journal", "b.vault", "other"):
        (old.parent / name).write_bytes(b"x")
    put_names = [os.path.join(old.parent, name) for name in (".a.vault.0123.tmp", "a.vault.copy")]
    assert put_names == Store(str(old)).copies()


def test_a_vault_with_a_blank_in_its_path(tmp_path: Path, remembered_kdf: None) -> None:
    """Blanks and characters beyond ASCII in a path are nothing special."""
    path = tmp_path / "Zürich 1" / "my vault"
    with vault.create(path, vault.Secret("x"), now=1, kdf=vault.Kdf(65536, 3, 4), make_folder=True) as opened:
        opened.save()
    assert vault.open(path).unlock(vault.Secret("x")).header.generation == 2
