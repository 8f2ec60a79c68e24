"""The power fails at each moment of a save: what had reached the disk by then is mounted, and opened.

A command is stopped after each system call that may write, and the image that it writes to is copied. The
image holds what was flushed, and no more: the kernel keeps the rest in memory for half a minute or longer. So
every cut is made twice. Once nothing but the command's own calls reaches the disk; and once another program's
fsync has the file system write its journal at each of these moments, which may leave names and sizes without
the data behind them. The state folder lies on another disk, which loses nothing: a vault that was seen there
must not be gone here.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import pytest
from conftest import NOW, OKX, PASSWORD, Tally
from disks import Disk, bench, end_with_parent

import vault
from vault import errors
from vault.actions.vaults import probe_new
from vault.journal.journal import Entry, Journal

NEW = "an altogether different sentence"
NEXT_KEY = "0c5f32f4-9f06-4f35-8d39-72d3e7a1b0c4"
NEXT = {**OKX, "api_key": NEXT_KEY, "secret_key": "7F3A9C1E5B2D4806A1C3E5F709B2D4F6"}

# What changes a file, a name or what is known to be on the disk; openat where it makes or cuts a file.
CALLS = (
    "openat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,fallocate,copy_file_range,sendfile,fchmod,mkdir,"
    "mkdirat,link,linkat,rename,renameat,renameat2,unlink,unlinkat,fsync,fdatasync,sync_file_range,syncfs"
)
# A vault's life, each save once; {copy} is the one that `backup` makes.
LIFE = (
    "init --memory 64",
    "add okx-main --exchange okx --stdin",
    "edit okx-main --note n",
    "passwd --new-password-file {new} --memory 64",
    "rotate okx-main --stdin",
    "rotate okx-main --commit --yes",
    "backup {copies}",
    "keygen bin --exchange binance --later",
    "remove okx-main --force",
    "restore {copy} --older",
)
GIVEN = {"add okx-main --exchange okx --stdin": OKX, "rotate okx-main --stdin": NEXT}
SHORT = 2  # saves of that life: one makes the vault, one replaces it

# Savers that the experiment has to catch. What they break is what the product must not.
BROKEN = {
    "does not flush the file": "Folder._flush = lambda self, descriptor: None",
    "does not flush the folder": "Folder.sync = lambda self: True",
    "writes in place": """
def replace(self, data, **others):
    with open(self.path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
Store.replace = replace
""",
}
MAIN = """
import os, sys
from vault.cli import main
from vault.store.file import Store
from vault.system import Folder
{broken}
sys.exit(main())
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed; CI has it"),
]

Files = dict[str, bytes]


@dataclass
class Cut:
    """What the power left.

    Attributes:
        after: the last system call that was made.
        said: whether the command had said that it is done.
        disk, state: copies of that moment.
    """

    after: str
    said: bool
    disk: Disk
    state: Path


class Machine:
    """One whose power fails: a disk, a state folder that loses nothing, and a way to run commands."""

    def __init__(self, place: Path, kind: str, exe: list[str], *, busy: bool) -> None:
        self.disk, self.exe, self._busy = Disk.made(kind, place / "image"), exe, busy
        self.root, self.state, self._place, self._cuts = place / "disk", place / "state", place, 0
        self.password, self.new = place / "password", place / "new"
        self.state.mkdir()
        for file, text in ((self.password, PASSWORD), (self.new, NEW)):
            file.write_text(text)
            file.chmod(0o600)

    def life(self, saves: tuple[str, ...]) -> Iterator[tuple[Files, Files, list[Cut]]]:
        """Of each save: the files before and after it, and the cuts."""
        before: Files = {}
        for save in saves:
            with self.disk.mounted(self.root):
                (self.root / "copies").mkdir(mode=0o700, exist_ok=True)
                subprocess.run(["sync", "-f", str(self.root)], check=True)  # what was there before, is there
                cuts = list(self._run(save))
                if "passwd" in save:
                    self.password.write_text(NEW)
                after = self.files(self.root)
                assert b"damaged" not in after.values()
            yield before, after, cuts
            before = after

    def _run(self, save: str) -> Iterator[Cut]:
        copies, trace, said = self.root / "copies", self._place / "trace", self._place / "said"
        copy = next(copies.glob("*.vault"), None)
        words = save.format(new=self.new, copies=copies, copy=copy).split()
        stops = ["-e", f"trace={CALLS}", "-e", f"inject={CALLS}:signal=STOP"]
        strace = ["strace", "-D", "-f", "-y", "-o", str(trace), *stops]
        env = {
            "PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "XDG_STATE_HOME": str(self.state),
            "VAULT_FILE": str(self.root / "a.vault"), "VAULT_PASSWORD_FILE": str(self.password),
        }  # fmt: skip
        with said.open("wb") as output:
            command, pipe = [*strace, *self.exe, *words], subprocess.PIPE
            process = subprocess.Popen(
                command, env=env, stdin=pipe, stdout=output, stderr=pipe, preexec_fn=end_with_parent
            )
        assert process.stdin and process.stderr
        process.stdin.write(json.dumps(GIVEN.get(save, {})).encode())
        process.stdin.close()
        too_long = Timer(120, process.kill)
        too_long.start()
        try:
            while os.WIFSTOPPED(status := os.waitpid(process.pid, os.WUNTRACED)[1]):
                call = next(line for line in reversed(trace.read_text().splitlines()) if "(" in line)
                writes = str(self.root) in call and not ("openat(" in call and "O_CREAT" not in call)
                if writes or "write(1<" in call:
                    yield self._cut(f"{save}: {call}", bool(said.read_bytes()))
                os.kill(process.pid, signal.SIGCONT)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            too_long.cancel()
            process.kill()  # if it did not end
        assert 0 == process.returncode, process.stderr.read().decode()
        process.stderr.close()
        yield self._cut(f"{save}: its end", True)

    def _cut(self, after: str, said: bool) -> Cut:
        if self._busy:
            with open(self.root / "another program's", "ab", buffering=0) as file:
                file.write(b".")
                os.fsync(file.fileno())
        self._cuts += 1
        state = self._place / f"state-{self._cuts}"
        shutil.copytree(self.state, state)
        return Cut(after, said, self.disk.copied(self._place / f"image-{self._cuts}"), state)

    def files(self, root: Path, state: Path | None = None) -> Files:
        """What is in each vault below *root*, if it opens on a machine that has seen *state*."""
        found = {}
        for path in (*root.glob("a.vault"), *root.glob("a.vault.replaced-*"), *root.glob("copies/*.vault")):
            opened = unlocked(path, state if path.name == "a.vault" and state else self._nothing_seen())
            found[str(path.relative_to(root))] = opened.payload.to_json() if opened else b"damaged"
        return found

    def _nothing_seen(self) -> Path:
        state = self._place / "fresh"
        shutil.rmtree(state, ignore_errors=True)
        return state

    def verdict(self, cut: Cut, before: Files, after: Files) -> str:
        """What is wrong after that cut; empty if nothing is."""
        root = self._place / "later"
        with cut.disk.mounted(root):
            found = self.files(root, cut.state)
            for name in {**before, **after}:
                allowed = [after.get(name)] + [before.get(name)] * (not cut.said)
                if found.get(name) not in allowed:
                    return f"{name} is neither the old nor the new one"
            return next_save(root / "a.vault", cut.state)

    def forget(self, cut: Cut) -> None:
        """Make room."""
        cut.disk.image.unlink()
        shutil.rmtree(cut.state)


def unlocked(path: Path, state: Path) -> vault.Vault | None:
    """The vault at *path*, if one of the passwords opens it on a machine that has seen *state*."""
    os.environ["XDG_STATE_HOME"] = str(state)
    for password in (NEW, PASSWORD):
        try:
            return vault.open(path).unlock(vault.Secret(password))
        except errors.WrongPassword:
            continue
        except errors.VaultError:
            return None
    return None


def next_save(path: Path, state: Path) -> str:
    """What is wrong with the next command that saves; empty if nothing is."""
    if not path.exists():
        probe_new(str(path))  # raises if `init` cannot be called again
        return ""
    opened = unlocked(path, state)
    if opened is None:
        return "the vault does not open"
    with opened:
        opened.save()
    journal = Journal(str(path), opened.header.vault_id, opened.payload.journal)
    journal.read()
    journal.append(Entry(NOW, "edit"))
    return "it leaves files behind" if any(name.endswith(".tmp") for name in os.listdir(path.parent)) else ""


def tried(machine: Machine, saves: tuple[str, ...], tally: Tally) -> None:
    """Cut the power at each moment of these saves."""
    for before, after, cuts in machine.life(saves):
        for cut in cuts:
            wrong = machine.verdict(cut, before, after)
            tally.case(not wrong, f"{wrong}, after {cut.after}")
            machine.forget(cut)


@pytest.fixture
def place(tmp_path: Path, remembered_kdf: None) -> Iterator[Path]:
    """Where images lie."""
    with bench(tmp_path / "bench") as folder:
        yield folder


@pytest.mark.promise(5)
@pytest.mark.parametrize("busy", [False, True], ids=["quiet", "busy"])
@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs"])
@pytest.mark.assurance("5", "the power is cut at each write-related system call of each command that saves")
def test_a_power_cut_leaves_the_old_or_the_new_vault(
    place: Path, kind: str, busy: bool, vault_exe: str, tally: Tally, many: int
) -> None:
    """Whole, and the new one once that was said; the next save works and cleans up."""
    tried(
        Machine(place, kind, [vault_exe], busy=busy),
        LIFE if kind == "ext4" or many > 1 else LIFE[:SHORT],
        tally,
    )


@pytest.mark.broken("a saver")
@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_saver_is_caught(place: Path, broken: str, vault_exe: str) -> None:
    """The experiment has teeth: each step that a save could do without, it cannot."""
    tally = Tally()
    for busy in (False, True):
        folder = place / f"{busy}"
        folder.mkdir()
        exe = [sys.executable, "-c", MAIN.format(broken=BROKEN[broken])]
        tried(Machine(folder, "ext4", exe, busy=busy), LIFE[:SHORT], tally)
    assert tally.failures
