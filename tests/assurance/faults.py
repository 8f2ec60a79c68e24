"""A command that is killed at one of its own system calls, or whose call fails or lies: strace injects it.

Every file that the command writes lies below one folder, of which each try has a copy. The calls that write
there are taken down once; then each is struck in a run of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from conftest import OKX, PASSWORD, Template, okx_credential

import vault
from vault.journal.history import History
from vault.journal.journal import Journal

T = TypeVar("T")
R = TypeVar("R")

VAULT = Path("data", "coldvault", "default.vault")  # below a scene's folder
NEW = "an altogether different sentence"
VALUES = json.dumps(OKX).encode()
OTHERS = json.dumps({**OKX, "api_key": "0c5f32f4-9f06-4f35-8d39-72d3e7a1b0c4"}).encode()  # of a successor

# What is struck; `{}` is the scene's folder. One lane: the threads of more would end in the midst of a trace.
COMMANDS = {
    "init": "init --memory 64 --lanes 1 --recovery",
    "add": "add third --exchange okx --stdin",
    "edit": "edit spare --account sub-1",
    "passwd": "passwd --memory 64 --lanes 1 --new-password-file {}/new",
    "rotate": "rotate okx-main --stdin",
    "rotate --commit": "rotate spare --commit --yes",
    "correct": "correct okx-main --stdin",
    "remove": "remove spare --force",
    "backup": "backup {}/copies",
    "restore": "restore {}/copies/older.vault --older",
    "restore --only": "restore {}/copies/fork.vault --only forked",
    "merge": "merge {}/copies/fork.vault",
    "run": "run -c okx-main -- true",
}
# Of SECURITY.md; 5 of the other ones.
PROMISES = {
    "passwd": "5, 6",
    "backup": "15",
    "restore": "15",
    "restore --only": "5, 15",
    "merge": "3, 5",
    "run": "14",
}

# The system calls by which Python writes; a machine has some of them.
CALLS = ("open", "openat", "creat", "write", "pwrite64", "fsync", "fdatasync", "rename", "renameat",
         "renameat2", "link", "linkat", "unlink", "unlinkat", "ftruncate", "fchmod", "chmod", "fchmodat",
         "mkdir", "mkdirat")  # fmt: skip
WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT")

# strace counts the calls of each thread for itself, so that the first call of a second thread could not be
# struck before that of the first one. In one thread every call is reached.
PROGRAM = """
import sys
from vault.cli import main, output
def at_once(what, call, meanwhile=None):
    if meanwhile is not None:
        meanwhile()
    return call()
output.working = at_once  # before a command imports it
{patch}
sys.exit(main(sys.argv[1:]))
"""


def impossible() -> str:
    """Why no fault can be injected here; empty if one can."""
    if shutil.which("strace") is None:
        return "strace is not installed; CI has it"
    done = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True)
    return f"strace cannot trace here: {done.stderr.strip()}" if done.returncode else ""


needs_strace = pytest.mark.skipif(bool(why := impossible()), reason=why)


@dataclass(frozen=True)
class Call:
    """One system call of a run.

    Attributes:
        nth: the how-manieth of its name, as strace counts.
        line: its arguments, as strace shows them.
    """

    name: str
    nth: int
    line: str

    def __str__(self) -> str:
        return f"{self.name} {self.nth}({self.line}"


@dataclass(frozen=True)
class Tried:
    """A command that has ended.

    Attributes:
        place: the folder that it worked in.
        status: its exit status, or the negative number of the signal that ended it.
        struck: whether the call that was to be struck was one of that folder, and was struck.
    """

    place: Path
    status: int
    out: str
    err: str
    struck: bool = False


@dataclass(frozen=True)
class Scene:
    """A command line, and the folder with all that it finds.

    Attributes:
        secret: the file in it with what opens the vault. A recovery key spares each command a derivation.
        patch: Python that breaks the command on purpose, to see that an experiment finds it out.
    """

    folder: Path
    words: str = ""
    secret: str = "recovery"
    patch: str = ""

    def told(self, words: str) -> Scene:
        """The same, with another command line."""
        return replace(self, words=words)

    def copy(self, place: Path) -> Path:
        """The folder, copied to *place*."""
        shutil.copytree(self.folder, place)
        return place

    def homes(self, place: Path) -> dict[str, str]:
        """The environment by which a command finds its vault, and what opens it, in *place*."""
        homes = {"HOME": place, "XDG_DATA_HOME": place / "data", "XDG_STATE_HOME": place / "state",
                 "VAULT_PASSWORD_FILE": place / self.secret}  # fmt: skip
        return {name: str(path) for name, path in homes.items()}

    def run(self, place: Path, *wrapper: str) -> Tried:
        """Run the command in *place*, behind *wrapper*, the words of another program."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        words = [word.replace("{}", str(place)) for word in self.words.split()]
        done = subprocess.run(
            [*wrapper, sys.executable, "-c", PROGRAM.format(patch=self.patch), *words],
            input=OTHERS if words[0] in ("rotate", "correct") else VALUES,
            env={**kept, **self.homes(place)},
            capture_output=True,
            timeout=120,
        )
        return Tried(place, done.returncode, done.stdout.decode(), done.stderr.decode())

    def undisturbed(self, place: Path) -> Path:
        """A copy of the folder in which the command was run; Python's own byte code is there from then on."""
        done = self.run(self.copy(place))
        assert 0 == done.status, done.err
        return place

    def calls(self, place: Path) -> list[Call]:
        """Every call that writes below the folder, in a copy at *place*; after :meth:`undisturbed`."""
        trace, counts, found = place.with_suffix(".trace"), dict.fromkeys(CALLS, 0), []
        names = ",".join(f"?{name}" for name in CALLS)
        self.run(self.copy(place), "strace", "-f", "-y", "-o", str(trace), "-e", f"trace={names}")
        for line in trace.read_text(errors="replace").splitlines():
            name, bracket, rest = line.partition(" ")[2].lstrip().partition("(")
            if not bracket or name not in counts:
                continue
            counts[name] += 1
            where = rest.partition(",")[0] if name in ("write", "pwrite64") else rest  # not what is written
            if str(place) in where and (not name.startswith("open") or WRITING.search(rest)):
                found.append(Call(name, counts[name], rest.replace(str(place), "")))
        return found

    def strike(self, place: Path, call: Call, how: str) -> Tried:
        """Run it in a copy at *place*, and let *call* end as *how* says in strace's words."""
        trace = place.with_suffix(".trace")
        words = ["-e", f"trace={call.name}", "-e", f"inject={call.name}:{how}:when={call.nth}"]
        if not how.startswith("signal"):
            words.append("--seccomp-bpf")  # faster, as only these calls are stopped at; it loses signals
        tried = self.run(self.copy(place), "strace", "-f", "-y", "-o", str(trace), *words)
        lines = trace.read_text(errors="replace").splitlines()
        hit = [line for line in lines if "INJECTED" in line or line.endswith("= ?")]
        return replace(tried, struck=len(hit) == 1 and str(place) in hit[0])


def side_by_side(work: Callable[[T], R], cases: Iterable[T]) -> Iterator[R]:
    """What *work* makes of each of the cases, in order; two are at work at a time."""
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(work, cases)


# --- what such commands work on -----------------------------------------------------------------------


def bare(tmp_path: Path) -> Scene:
    """No vault, and a password for one."""
    folder = tmp_path / "scene"
    for part in (VAULT.parent.parent, "copies"):
        (folder / part).mkdir(mode=0o700, parents=True)
    for name, text in (("password", PASSWORD), ("new", NEW)):
        (folder / name).write_text(f"{text}\n")
    return Scene(folder, secret="password")


def prepared(tmp_path: Path, template: Template) -> Scene:
    """A vault of two credentials, one with a successor; its previous version; journal, copy and fork."""
    scene = replace(bare(tmp_path), secret="recovery")
    (scene.folder / "recovery").write_text(f"{template.recovery}\n")
    (scene.folder / VAULT).parent.mkdir(mode=0o700)
    for path in (VAULT, "copies/older.vault", "copies/fork.vault"):
        (scene.folder / path).write_bytes(template.data)
        (scene.folder / path).chmod(0o600)
    with pytest.MonkeyPatch.context() as elsewhere:
        forked = opened(scene.folder, elsewhere, path="copies/fork.vault")
        forked.add(okx_credential("forked"))
        forked.save()
        shutil.rmtree(scene.folder / "state")  # of the machine that made it
    (scene.folder / "copies/fork.vault.bak").unlink()
    for words in ("add spare --exchange okx --stdin", "rotate spare --stdin", "run -c okx-main -- true"):
        done = scene.told(words).run(scene.folder)
        assert 0 == done.status, done.err
    return scene


def opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, by: str = "recovery", path: str | Path = VAULT
) -> vault.Vault:
    """The vault in a scene's folder, or another file there, opened by what the file *by* holds."""
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    closed = vault.open(folder / path, accept_older=path != VAULT)
    return closed.unlock(vault.Secret((folder / by).read_text().strip()))


def contents(opened: vault.Vault) -> tuple[Any, ...]:
    """What a vault holds, without times and without notes."""

    def timeless(plain: Any) -> Any:
        if isinstance(plain, dict):
            told = ("created", "updated", "replaced", "note")
            return {key: timeless(value) for key, value in plain.items() if key not in told}
        return plain

    return opened.header.epoch, *(timeless(credential.to_plain()) for credential in opened.credentials)


def journal(opened: vault.Vault) -> History:
    """What stands in the journal beside it."""
    return Journal(opened.path, opened.header.vault_id, opened.payload.journal).read()
