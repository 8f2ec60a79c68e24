"""Disks that refuse, lie or fill up: what is said to be saved is there; otherwise the old vault is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pexpect
import pytest
from conftest import OKX, Tally, Template
from faults import (
    COMMANDS,
    PROMISES,
    VAULT,
    Call,
    Scene,
    Tried,
    bare,
    contents,
    journal,
    needs_strace,
    opened,
    prepared,
    side_by_side,
)

from vault.errors import NotDurable, StoreError, VaultError

if sys.platform == "win32":
    pytest.skip("POSIX disks", allow_module_level=True)

pytestmark = pytest.mark.slow

Monkey = pytest.MonkeyPatch
ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EINTR")
DOCUMENTED = range(StoreError.exit_code, StoreError.exit_code + 10)  # the file and its place, docs/cli.md
PAGE = 4096  # bytes; what a tmpfs hands out at a time


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory, template: Template) -> dict[str, Scene]:
    """What each command is told, and what it finds; beside it, in a folder of its name, what it leaves."""
    place = tmp_path_factory.mktemp("scenes")
    for name in ("new", "old"):
        (place / name).mkdir()
    new, old = bare(place / "new"), prepared(place / "old", template)
    told = {name: (new if name == "init" else old).told(words) for name, words in COMMANDS.items()}
    for name, scene in told.items():
        scene.undisturbed(scene.folder.with_name(name))
    return told


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A folder for the copies."""
    place = tmp_path / "tries"
    place.mkdir()
    return place


class Judge:
    """Says what is wrong with a command that met a fault, by what it told and what it left."""

    def __init__(self, command: str, scene: Scene, monkeypatch: Monkey) -> None:
        """Look at what the command finds, and at what it leaves when nothing is wrong."""
        self._secret, self._monkeypatch = scene.secret, monkeypatch
        self._old, *_ = self._look(scene.folder)
        self._new, self._records, *_ = self._look(scene.folder.with_name(command))

    def __call__(self, tried: Tried) -> str:
        """What is wrong; empty if nothing is."""
        try:
            found, records, problems, vault = self._look(tried.place)
        except VaultError as error:
            return f"the vault does not open: {error}"
        if found not in (self._old, self._new):
            return f"neither the old nor the new one: {found}"
        if wrong := self._told(tried, found):
            return wrong
        noted = records == self._records or problems or "not noted in the journal" in tried.err
        if not tried.status and not noted:
            return "the record is missing, and nothing says so"
        if vault is not None:  # the disk is mended
            with vault:
                vault.save()
        left = [path.name for path in tried.place.rglob("*.tmp") if path.parent.name != "copies"]
        return f"left over: {left}" if vault and left else ""

    def _look(self, folder: Path) -> tuple[Any, int, tuple[str, ...], Any]:
        """What the vault holds, how many records the journal has, what that says of itself, and the vault."""
        if not (folder / VAULT).exists():
            return None, 0, (), None
        vault = opened(folder, self._monkeypatch, self._secret)
        noted = journal(vault)
        return contents(vault), len(noted.entries), noted.problems, vault

    def _told(self, tried: Tried, found: Any) -> str:
        """What is wrong with the status and the words, given what is there."""
        lines = tried.err.splitlines()
        if any(not line.startswith("vault: ") for line in lines):
            return "it says more than its own lines"
        if not tried.status:
            return "" if found == self._new else "it says that it is done, and it is not"
        if tried.out and not (tried.status == NotDurable.exit_code and tried.out.startswith("CVR1-")):
            return "it fails, and says that it is done"  # and does not only show a key that is needed now
        if tried.status not in DOCUMENTED:
            return "not a status for a file and its place"
        if found != (self._new if tried.status == NotDurable.exit_code else self._old):
            return "the status is that of another outcome"
        kinds = [line.split()[1] for line in lines]
        is_told = (kinds.count("error:"), kinds.count("hint:")) == (1, 1) and not tried.err.endswith(".\n")
        return "" if is_told else "not one sentence with a hint"


# --- each call, once -------------------------------------------------------------------------------------


def faults(call: Call, number: int, many: int) -> Iterator[str]:
    """What *call* is made to do, in strace's words: errors, and lies where a disk can lie.

    In CI one of each, by turns; nightly all.
    """
    lies = []
    if call.name in ("write", "pwrite64"):
        length = int(call.line.rpartition("= ")[2])
        lies = [length, length // 2, 0]  # so many bytes are said to be written, and none is
    elif call.name.startswith(("rename", "link", "fsync")):
        lies = [0]  # said to be done, and not done
    for kind in ([f"error={name}" for name in ERRORS], [f"retval={told}" for told in lies]):
        yield from kind if many > 1 else kind[number % len(kind) :][:1] if kind else ()


def inject(
    command: str, scene: Scene, base: Path, tally: Tally, monkeypatch: Monkey, many: int = 1, only: str = ""
) -> None:
    """Let each call of the command fail and lie, those named *only* if that is given, and judge."""
    turn = list(COMMANDS).index(command)  # commands save alike: together they meet every error at every step
    calls = [call for call in scene.calls(base / "traced") if only in ("", call.name)]
    cases = [(call, how) for number, call in enumerate(calls, turn) for how in faults(call, number, many)]
    judge = Judge(command, scene, monkeypatch)
    tries = side_by_side(lambda n: scene.strike(base / f"{n}", *cases[n]), range(len(cases)))
    for (call, how), tried in zip(cases, tries, strict=True):
        wrong = judge(tried) if tried.struck else "it was not struck"
        tally.case(not wrong, f"{how} at {call}: {wrong}\n{tried}")


@pytest.mark.promise(5)
@needs_strace
@pytest.mark.parametrize(
    "command",
    [pytest.param(name, id=name, marks=pytest.mark.assurance(
        PROMISES.get(name, "5"),
        f"`{name}`: each system call that writes fails (ENOSPC, EIO, EDQUOT, EROFS, EINTR), falls short or"
        " lies: what is said to be saved is there, else the old vault is; one sentence, a hint, a status",
     )) for name in COMMANDS],
)  # fmt: skip
def test_each_call_fails_and_lies(
    scenes: dict[str, Scene], base: Path, tally: Tally, monkeypatch: Monkey, many: int, command: str
) -> None:
    """The command says that it is done if it is; otherwise it says why not, and nothing is lost."""
    inject(command, scenes[command], base, tally, monkeypatch, many)


BELIEVES = """
import os
from vault.system import Folder
def write(self, name, data):
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    descriptor = os.open(name, flags, 0o600, dir_fd=self._descriptor)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    except OSError:
        pass
    os.close(descriptor)
Folder.write = write
from vault.store.file import Store
def replace(self, data, **others):
    with self:
        name = self._temporary(data)
        self.folder.rename(name, self.name)
Store.replace = replace
"""
ANOTHER_STATUS = """
import vault.errors
vault.errors.StoreError.exit_code = 1
"""


@pytest.mark.broken("a saver")
@needs_strace
@pytest.mark.parametrize(
    ("patch", "only", "found"),
    [(BELIEVES, "write", "does not open"), (ANOTHER_STATUS, "renameat", "not a status")],
    ids=["believes the disk", "another status"],
)
def test_a_broken_saver_is_caught(
    scenes: dict[str, Scene], base: Path, monkeypatch: Monkey, patch: str, only: str, found: str
) -> None:
    """The experiment has teeth: it finds what such a saver does."""
    tally = Tally()
    inject("edit", replace(scenes["edit"], patch=patch), base, tally, monkeypatch, only=only)
    assert any(found in failure for failure in tally.failures), tally.failures


# --- real disks ------------------------------------------------------------------------------------------


@contextmanager
def disk(folder: Path, size: str = "128k") -> Iterator[Path]:
    """A small tmpfs, mounted at *folder*."""
    folder.mkdir(parents=True)
    options = f"size={size},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # a vault may still be open there


@pytest.fixture
def disks(tmp_path: Path) -> None:
    """Skip where no disk can be mounted."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    try:
        with disk(tmp_path / "trial"):
            pass
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk can be mounted here: {error}")


def fill(file: Path, free: int) -> None:
    """Leave *free* pages of the disk."""
    with open(file, "wb", buffering=0) as stream:
        try:
            while stream.write(bytes(PAGE)) == PAGE:
                pass
        except OSError:
            pass
        stream.truncate(max(0, stream.tell() - free * PAGE))


@pytest.mark.usefixtures("disks")
@pytest.mark.assurance(
    "5",
    "each command on a real disk (tmpfs) with 0 to 8 free pages: what is said to be saved is there, else the"
    " old vault is; one sentence, a hint, a status",
)
def test_a_full_disk(
    scenes: dict[str, Scene], base: Path, tally: Tally, monkeypatch: Monkey, many: int
) -> None:
    """However little is free."""
    statuses, levels = set(), range(0, 9, 1 if many > 1 else 2)
    for command, scene in scenes.items():
        judge = Judge(command, scene, monkeypatch)

        def work(free: int, scene: Scene = scene, disks: Path = base / f"{command} disks") -> Tried:
            place = scene.copy(disks / f"{free}" / "scene")
            fill(disks / f"{free}" / "filler", free)
            tried = scene.run(place)
            (disks / f"{free}" / "filler").unlink()
            return tried

        with ExitStack() as mounts:
            for free in levels:
                mounts.enter_context(disk(base / f"{command} disks" / f"{free}"))
            for free, tried in zip(levels, side_by_side(work, levels), strict=True):
                wrong = judge(tried)
                tally.case(not wrong, f"{command}, {free} pages free: {wrong}\n{tried}")
                statuses.add(tried.status)
    assert {0, StoreError.exit_code} == statuses


@pytest.mark.usefixtures("disks")
@pytest.mark.assurance("5", "each command on a real disk that can only be read: as above, and `run` runs")
def test_a_disk_that_can_only_be_read(
    scenes: dict[str, Scene], base: Path, tally: Tally, monkeypatch: Monkey
) -> None:
    """Nothing is changed, and that is said; a program is launched all the same."""
    cases = [(command, scene, StoreError.exit_code) for command, scene in scenes.items() if command != "run"]
    cases.append(("run", scenes["run"], 0))
    for words in ("list", f"backup {base}"):
        cases.append(("scene", scenes["run"].told(words), 0))  # which leave everything as they find it
    for number, (command, scene, status) in enumerate(cases):
        judge = Judge(command, scene, monkeypatch)
        with disk(base / f"{number}") as place:
            scene.copy(place / "scene")
            subprocess.run(["mount", "-o", "remount,ro", place], check=True)
            tried = scene.run(place / "scene")
            subprocess.run(["mount", "-o", "remount,rw", place], check=True)
            wrong = judge(tried)
            tally.case(not wrong and status == tried.status, f"{scene.words}: {wrong}\n{tried}")


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="util-linux is not installed")
@pytest.mark.assurance(
    "5", "each command where files may not grow beyond a limit, so that a real write is cut short: as above"
)
def test_a_write_that_is_cut_short(
    scenes: dict[str, Scene], base: Path, tally: Tally, monkeypatch: Monkey
) -> None:
    """A file that is half written is never taken for a whole one."""
    limits = (40, 2000, 4096)  # bytes; a note has 67 or 86, a vault 4,492
    for command, scene in scenes.items():
        judge = Judge(command, scene, monkeypatch)

        def work(limit: int, scene: Scene = scene, place: Path = base / f"{command} limit") -> Tried:
            return scene.run(scene.copy(place.with_suffix(f".{limit}")), "prlimit", f"--fsize={limit}")

        for limit, tried in zip(limits, side_by_side(work, limits), strict=True):
            wrong = judge(tried)
            tally.case(not wrong, f"{command}, {limit} bytes: {wrong}\n{tried}")


# --- a person who typed what is not shown twice ------------------------------------------------------------

LABELS = {"api_key": "API key", "secret_key": "secret key", "passphrase": "passphrase"}


class Person:
    """Types a command's values at a terminal, while the disk fills up behind the prompt."""

    def __init__(self, scene: Scene, place: Path, words: str) -> None:
        self.place, self._filler = place / "scene", place / "filler"
        scene.copy(self.place)
        env = {"PATH": os.environ["PATH"], "TERM": "dumb", **scene.homes(self.place)}
        command = [
            "-c",
            "import sys; from vault.cli import main; sys.exit(main(sys.argv[1:]))",
            *words.split(),
        ]
        self.child = pexpect.spawn(sys.executable, command, env=env, timeout=30, encoding="utf-8")
        self.child.delaybeforesend = None

    def types(self) -> None:
        """The values; the last one when nothing is free any more."""
        for field, label in LABELS.items():
            self.child.expect_exact(f"{label} (not shown")
            if field == "passphrase":
                fill(self._filler, 0)
            self.child.sendline(TYPED_VALUES[field])

    def frees(self) -> None:
        self._filler.unlink()

    def answers(self, prompt: str, answer: str) -> None:
        self.child.expect_exact(prompt)
        self.child.sendline(answer)

    def ends(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.close()
        return int(self.child.exitstatus)


TYPED_VALUES = {**OKX, "api_key": "0c5f32f4-9f06-4f35-8d39-72d3e7a1b0c4"}
TYPED = [("add third --exchange okx --note x", "third"), ("rotate okx-main", "okx-main")]


def typed(vault: Any, name: str) -> bool:
    """Whether that credential has the values that were typed, as its own or as its successor's."""
    credential = vault.get(name)
    values = credential.fields if name == "third" else credential.staged.fields
    found: dict[str, str] = {field: value.reveal() for field, value in values.items()}
    return found == TYPED_VALUES


@pytest.mark.usefixtures("disks")
@pytest.mark.assurance(
    "5", "the disk is full when a person has typed the last value: it is kept, and stored once there is room"
)
@pytest.mark.parametrize(("words", "name"), TYPED, ids=["add", "rotate"])
def test_what_was_typed_is_kept(
    scenes: dict[str, Scene], base: Path, tally: Tally, monkeypatch: Monkey, words: str, name: str
) -> None:
    """Until it is saved, or the person gives up."""
    with disk(base / "disk") as place:
        person = Person(scenes["add"], place, words)
        person.types()
        for _ in range(2):
            person.child.expect_exact("not saved: cannot write")
            person.answers("try again? [Y/n] ", "y")
        person.child.expect_exact("try again? [Y/n] ")
        person.frees()
        person.child.sendline("")
        person.child.expect_exact("saved, read back; safe to close the page")
        tally.case(0 == person.ends(), "it did not end well")
        tally.case(typed(opened(person.place, monkeypatch), name), "other values than were typed")


@pytest.mark.promise(5)
@pytest.mark.usefixtures("disks")
@pytest.mark.assurance(
    "5", "the same, and the disk stays full: it is stored in a copy of the vault on another one, and restored"
)
@pytest.mark.parametrize(("words", "name"), TYPED, ids=["add", "rotate"])
def test_what_was_typed_is_saved_elsewhere(
    scenes: dict[str, Scene], base: Path, tally: Tally, monkeypatch: Monkey, words: str, name: str
) -> None:
    """The vault itself stays as it was; the copy is a later save of it."""
    copy = base / "elsewhere.vault"
    with disk(base / "disk") as place:
        person = Person(scenes["add"], place, words)
        person.types()
        person.answers("try again? [Y/n] ", "n")
        person.answers("its path (Enter: give up): ", str(place / "as-full.vault"))
        person.child.expect_exact("not saved: cannot write")
        person.answers("its path (Enter: give up): ", str(copy))
        person.child.expect_exact("saved, read back; safe to close the page")
        tally.case(0 == person.ends(), "it did not end well")
        before, after = opened(scenes["add"].folder, monkeypatch), opened(person.place, monkeypatch)
        tally.case(contents(before) == contents(after), "the vault was changed")
        person.frees()
        done = scenes["add"].told(f"restore {copy}").run(person.place)
        tally.case(0 == done.status, f"it cannot be restored: {done}")
        tally.case(typed(opened(person.place, monkeypatch), name), "other values than were typed")
