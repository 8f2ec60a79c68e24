"""Many processes at one vault: nothing is lost, no half state is seen, and a killed one keeps nobody out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import OKX, Tally, Template
from faults import COMMANDS, VAULT, Scene, Tried, journal, opened, prepared

from vault import system
from vault.errors import VaultBusy, VaultChanged, WrongPassword

if sys.platform == "win32":
    pytest.skip("POSIX processes", allow_module_level=True)

pytestmark = pytest.mark.slow

Monkey = pytest.MonkeyPatch
MANY = 50
MEMORY = 128 << 20  # bytes of one bot: the interpreter, and 64 MiB to derive the key in


@pytest.fixture
def scene(tmp_path: Path, template: Template) -> Scene:
    """A vault with all that can stand beside it."""
    return prepared(tmp_path, template)


def at_once(count: int, work: Callable[[int], Tried]) -> list[Tried]:
    """What comes of so many at the same time."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


# --- writers ---------------------------------------------------------------------------------------------


def add_at_once(scene: Scene, tally: Tally, monkeypatch: Monkey, count: int) -> None:
    """Add so many credentials at once, and look for each."""
    before = opened(scene.folder, monkeypatch).header.generation

    def work(number: int) -> Tried:
        while True:
            words = f"add bot-{number} --exchange okx --account a{number} --stdin"
            done = scene.told(words).run(scene.folder)
            if done.status != VaultBusy.exit_code:  # which says: try again when it has ended
                return done

    ended = at_once(count, work)
    after = opened(scene.folder, monkeypatch)
    names = {credential.name: credential.account for credential in after.credentials}
    for number, done in enumerate(ended):
        good = done.status == 0 and names.get(f"bot-{number}") == f"a{number}"
        tally.case(good, f"bot-{number} is lost, or was not added: {done}")
    tally.case(after.header.generation == before + count, "a save took the place of another")


@pytest.mark.promise(5)
@pytest.mark.assurance("5", f"{MANY} processes add a credential at the same time: each of them is there")
def test_writers_lose_nothing(scene: Scene, tally: Tally, monkeypatch: Monkey) -> None:
    """Each waits for the one before, and adds to what that saved."""
    add_at_once(scene, tally, monkeypatch, MANY)


NO_LOCK = """
from vault.store.file import Store
Store.__enter__ = lambda self: None
Store.__exit__ = lambda self, *error: None
def replace(self, data, *, was, whole=Store.replace, **others):
    whole(self, data, was=self.read(), **others)
Store.replace = replace
"""


@pytest.mark.broken("savers that do not keep each other out")
def test_writers_without_a_lock_are_caught(scene: Scene, monkeypatch: Monkey) -> None:
    """The experiment has teeth: savers that do not keep each other out lose what another one saved."""
    tally = Tally()
    add_at_once(replace(scene, patch=NO_LOCK), tally, monkeypatch, 10)
    assert any("lost" in failure for failure in tally.failures), tally.failures


# --- readers ---------------------------------------------------------------------------------------------

WRITER = """
import sys
import vault
path, secret, saves = sys.argv[1:]
{patch}
opened = vault.open(path).unlock(vault.Secret(open(secret).read().strip()))
for number in range(int(saves)):
    with opened:
        for name in ("okx-main", "spare"):
            opened.replace(opened.get(name).changed(note=str(number)))
        opened.save()
"""
READER = """
import json, select, sys
import vault
path, secret = sys.argv[1:]
key, reads, wrong, latest = vault.Secret(open(secret).read().strip()), 0, [], 0
while not select.select([sys.stdin], [], [], 0)[0]:
    try:
        opened = vault.open(path).unlock(key)
        notes, generation = {c.note for c in opened.credentials}, opened.header.generation
        if len(notes) > 1 or generation < latest:
            wrong.append(f"{notes} in save {generation} after {latest}")
        latest = generation
    except vault.VaultError as error:
        wrong.append(str(error))
    reads += 1
json.dump([reads, wrong], sys.stdout)
"""


@contextmanager
def started(scene: Scene, code: str, *words: object) -> Iterator[subprocess.Popen[str]]:
    """A program that uses the library on the scene's own vault; it ends with the block at the latest."""
    known = [str(scene.folder / VAULT), str(scene.folder / scene.secret), *map(str, words)]
    env, pipe = {**os.environ, **scene.homes(scene.folder)}, subprocess.PIPE
    command = [sys.executable, "-c", code, *known]
    with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_while_written(scene: Scene, tally: Tally, saves: int, patch: str = "") -> None:
    """Let four processes read without a pause while another one saves."""
    assert 0 == scene.told("edit okx-main --note -").run(scene.folder).status
    assert 0 == scene.told("edit spare --note -").run(scene.folder).status
    with ExitStack() as programs:
        readers = [programs.enter_context(started(scene, READER)) for _ in range(4)]
        writer = programs.enter_context(started(scene, WRITER.replace("{patch}", patch), saves))
        assert 0 == writer.wait()
        for reader in readers:
            reads, wrong = json.loads(reader.communicate(timeout=60)[0])
            for number in range(reads):
                tally.case(number >= len(wrong), "".join(wrong[number : number + 1]))


@pytest.mark.promise(5)
@pytest.mark.assurance(
    "5",
    "four processes read without a pause while another one saves: each read sees a whole save, none an older",
)
def test_readers_see_whole_states(scene: Scene, tally: Tally, many: int) -> None:
    """A reader takes no lock, and needs none."""
    read_while_written(scene, tally, 100 * many)


IN_PLACE = """
from vault.store.file import Store
def replace(self, data, **others):
    with open(self.path, "wb", buffering=0) as file:
        for part in (data[:2000], data[2000:]):
            file.write(part)
Store.replace = replace
"""


@pytest.mark.broken("a saver that writes in place")
def test_a_save_in_place_is_caught(scene: Scene) -> None:
    """The experiment has teeth: readers see the half of a file that is written in its own place."""
    tally = Tally()
    read_while_written(scene, tally, 200, IN_PLACE)
    assert tally.failures


# --- a change of the password beside an addition ------------------------------------------------------------


@pytest.mark.assurance(
    "5, 6",
    "`passwd` and `add` at the same time: the new password alone opens the vault, and what was said to be"
    " added is there",
)
@pytest.mark.usefixtures("remembered_kdf")
def test_a_new_password_beside_an_addition(
    scene: Scene, tmp_path: Path, tally: Tally, monkeypatch: Monkey, many: int
) -> None:
    """The second adds to what the first one saved, or is told that the password was changed."""
    commands = scene.told(COMMANDS["passwd"]), replace(scene, secret="password", words=COMMANDS["add"])
    for number in range(8 * many):
        place = scene.copy(tmp_path / f"{number}")

        def work(which: int, place: Path = place, later: float = number % 8 / 20) -> Tried:
            time.sleep(which * later)  # seconds: the addition falls into each part of the change
            return commands[which].run(place)

        changed, added = at_once(2, work)
        vault = opened(place, monkeypatch, "new")
        is_there = "third" in {credential.name for credential in vault.credentials}
        told = added.status in (0, VaultChanged.exit_code, WrongPassword.exit_code)
        good = changed.status == 0 and told and is_there == (added.status == 0)
        with pytest.raises(WrongPassword):
            opened(place, monkeypatch, "password")
        tally.case(good, f"{changed}\n{added}")


# --- a holder of a lock that is killed ----------------------------------------------------------------------

HOLDER = """
import os, sys
from vault.system import Folder
path, secret, name = sys.argv[1:]
{patch}
lock = Folder(os.path.dirname(path)).lock(name, 5)
print("held", flush=True)
sys.stdin.read()
"""
EDIT = "edit okx-main --note next"


def kill_holder(scene: Scene, tally: Tally, lock: str, command: str, wait: float, patch: str = "") -> None:
    """Kill whoever holds the lock, and see the command through, which began *wait* seconds before."""
    holding = started(scene, HOLDER.replace("{patch}", patch), lock)
    with holding as holder, ThreadPoolExecutor(1) as pool:
        assert holder.stdout is not None
        assert "held\n" == holder.stdout.readline()
        if not wait:
            holder.kill()
            holder.wait()
        ended = pool.submit(replace(scene.told(command), patch=patch).run, scene.folder)
        time.sleep(wait)
        holder.kill()
        done = ended.result()
    tally.case((0, "") == (done.status, done.err), f"{lock}, after {wait} seconds: {done}")


@pytest.mark.assurance(
    "5", "the holder of a lock is killed (kill -9): the next command goes on, and so does one that waits"
)
def test_a_lock_ends_with_its_holder(scene: Scene, tally: Tally, monkeypatch: Monkey) -> None:
    """The vault's, and the journal's; nothing has to be cleared away."""
    for wait in (0, 0.2, 0.5, 1):
        kill_holder(scene, tally, f"{VAULT.name}.lock", EDIT, wait)
        kill_holder(scene, tally, f"{VAULT.name}.journal.lock", "run -c okx-main -- true", wait)
    assert "next" == opened(scene.folder, monkeypatch).get("okx-main").note


BY_EXISTENCE = """
import os
from vault.system import Busy, Folder
class Lock:
    def __init__(self, path):
        self.path = path
    def __enter__(self):
        pass
    def __exit__(self, *error):
        self.close()
    def close(self):
        os.unlink(self.path)
def lock(self, name, seconds, **others):
    try:
        os.close(os.open(os.path.join(self.path, f"{name}.held"), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        raise Busy("held") from None
    return Lock(os.path.join(self.path, f"{name}.held"))
Folder.lock = lock
"""


@pytest.mark.broken("a file that stands for a lock")
def test_a_lock_that_outlives_its_holder_is_caught(scene: Scene) -> None:
    """The experiment has teeth: a file that stands for a lock is in everybody's way."""
    tally = Tally()
    kill_holder(scene, tally, f"{VAULT.name}.lock", EDIT, 0, BY_EXISTENCE)
    assert tally.failures


# --- bots ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(
    (system.available_memory() or 0) < MANY * MEMORY,
    reason=f"{MANY} bots take {MANY * MEMORY >> 30} GiB of memory",
)
@pytest.mark.assurance(
    "14", f"{MANY} bots start at the same moment: each has its key, and its record in the journal"
)
def test_bots_start_together(scene: Scene, tally: Tally, monkeypatch: Monkey, vault_exe: str) -> None:
    """As after a reboot: each derives the key from the password."""
    reading, writing = os.pipe()
    wait = ["sh", "-c", 'read _; exec "$@" </dev/null', "sh"]
    bot = [vault_exe, "run", "-c", "okx-main", "--", "sh", "-c", 'printf %s "$OKX_API_KEY"']
    env = {**os.environ, **replace(scene, secret="password").homes(scene.folder)}
    bots = [
        subprocess.Popen(
            [*wait, *bot], env=env, stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(MANY)
    ]
    vault = opened(scene.folder, monkeypatch)
    before = len(journal(vault).entries)
    os.close(reading)
    os.close(writing)  # and off they go
    for number, process in enumerate(bots):
        said = process.communicate(timeout=120)
        tally.case((0, (OKX["api_key"].encode(), b"")) == (process.returncode, said), f"bot {number}: {said}")
    after = journal(vault)
    runs = [entry for entry in after.entries[before:] if entry.did == "run"]
    tally.case((MANY, ()) == (len(runs), after.problems), f"{len(runs)} records: {after.problems}")
