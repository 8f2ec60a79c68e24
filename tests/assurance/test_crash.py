"""kill -9 at every system call that writes: the vault is the old or the new one; the next command goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Tally, Template
from faults import (
    COMMANDS,
    PROMISES,
    VAULT,
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

import vault
from vault.errors import VaultError, WrongPassword

pytestmark = [pytest.mark.slow, needs_strace]

Monkey = pytest.MonkeyPatch
NEXT = "edit okx-main --note next"
KILLED = "`{}` is killed (kill -9) at each system call that writes: {}; the next command works and cleans up"


@pytest.fixture
def scene(tmp_path: Path, template: Template) -> Scene:
    """A vault with all that can stand beside it."""
    return prepared(tmp_path, template)


def kills(
    scene: Scene,
    tally: Tally,
    monkeypatch: Monkey,
    then: Callable[[Path], list[str]] = lambda _: [NEXT],
    also: Callable[[Path], str] = lambda _: "",
    only: str = "",
) -> None:
    """Kill the command at each of its calls, let other commands follow, and look at what each step left.

    Args:
        then: the commands that follow, by what stands in the folder.
        also: what else is wrong with what a kill left, empty if nothing is.
        only: the name of the calls to kill it at; empty: all.
    """
    base = scene.folder.with_name("kills")
    base.mkdir()
    ends = scene.folder, scene.undisturbed(base / "whole")
    whole = [held(folder, scene.secret, monkeypatch) for folder in ends]
    records = journal(opened(scene.folder, monkeypatch)).entries if whole[0] else ()
    calls = [call for call in scene.calls(base / "traced") if only in ("", call.name)]

    def work(number: int) -> tuple[Tried, Path, list[Tried]]:
        place, left = base / f"{number}", base / f"{number}.left"
        tried = scene.strike(place, calls[number], "signal=KILL")
        shutil.copytree(place, left)
        return tried, left, [scene.told(words).run(place) for words in then(place)]

    for call, (tried, left, after) in zip(calls, side_by_side(work, range(len(calls))), strict=True):
        wrong = "" if (tried.status, tried.struck) == (-9, True) else f"it was not killed there: {tried}"
        try:
            found = held(left, scene.secret, monkeypatch)
            wrong = wrong or ("" if found in whole else f"neither the old nor the new one: {found}")
            wrong = wrong or also(left) or "".join(done.err for done in after if done.status)
            wrong = wrong or aftermath(found, opened(tried.place, monkeypatch, scene.secret), records)
        except VaultError as error:
            wrong = f"it does not open: {error}"
        left_over = [path.name for path in tried.place.rglob("*.tmp")]
        tally.case(not wrong and not left_over, f"{call}: {wrong or f'left over: {left_over}'}")


def held(folder: Path, secret: str, monkeypatch: Monkey) -> Any:
    """What the vault holds; None if there is none."""
    return contents(opened(folder, monkeypatch, secret)) if (folder / VAULT).exists() else None


def aftermath(found: Any, after: vault.Vault, records: tuple[Any, ...]) -> str:
    """What is wrong once another command has followed on what was *found*; empty if nothing is."""
    if found is not None and contents(after)[: len(found)] != found:
        return f"the next command made {contents(after)} of {found}"
    noted = journal(after)
    sound = not noted.problems and noted.entries[: len(records)] == records
    return "" if sound else f"the journal: {noted}"


@pytest.mark.promise(5)
@pytest.mark.parametrize(
    "command",
    [pytest.param(name, id=name,
                  marks=pytest.mark.assurance(PROMISES.get(name, "5"), KILLED.format(name, says)))
     for name, says in (
         *((name, "the vault is the old or the new one, whole")
           for name in ("add", "edit", "correct", "rotate", "rotate --commit", "remove", "restore",
                        "restore --only", "merge")),
         ("run", "the vault is as before, no record of the journal is lost"),
     )],
)  # fmt: skip
def test_killed_at_each_call(scene: Scene, tally: Tally, monkeypatch: Monkey, command: str) -> None:
    """A command leaves the old or the new vault, and nothing that the next one does not clear away."""
    kills(scene.told(COMMANDS[command]), tally, monkeypatch)


@pytest.mark.assurance("5", KILLED.format("init", "there is no vault, or a whole one"))
def test_a_vault_that_is_being_made(tmp_path: Path, tally: Tally, monkeypatch: Monkey) -> None:
    """It is there whole, or it can be made anew."""

    def then(place: Path) -> list[str]:
        return ["add okx-main --exchange okx --stdin" if (place / VAULT).exists() else COMMANDS["init"]]

    kills(bare(tmp_path).told(COMMANDS["init"]), tally, monkeypatch, then)


@pytest.mark.assurance("15", KILLED.format("backup", "what has a copy's name is the vault, byte for byte"))
def test_a_copy_that_is_being_made(scene: Scene, tally: Tally, monkeypatch: Monkey) -> None:
    """It has its name once it is whole; the next copy takes away what the kill left."""

    def also(left: Path) -> str:
        copies = [path for path in (left / "copies").glob("*.save-*") if path.suffix == ".vault"]
        good = all(copy.read_bytes() == (left / VAULT).read_bytes() for copy in copies)
        return "" if good else f"not the vault: {copies}"

    kills(scene.told(COMMANDS["backup"]), tally, monkeypatch, lambda _: [NEXT, COMMANDS["backup"]], also)


@pytest.mark.promise(6)
@pytest.mark.assurance(
    "5, 6",
    KILLED.format(
        "passwd",
        "the old password alone opens the vault until it is replaced, by one rename, and the new one alone"
        " from then on; and so with the previous version beside it, which is replaced just before",
    ),
)
@pytest.mark.usefixtures("remembered_kdf")
def test_a_password_that_is_being_changed(scene: Scene, tally: Tally, monkeypatch: Monkey) -> None:
    """One of the two opens it, and never both."""
    assert [*ORDER] == passwords_in(scene, tally, monkeypatch)


# Which passwords open the vault, and its previous version, as a change goes on.
ORDER = (["password"], ["password"]), (["password"], ["new"]), (["new"], ["new"])


def passwords_in(scene: Scene, tally: Tally, monkeypatch: Monkey, only: str = "") -> list[Any]:
    """Which passwords open what after each kill of a change, each such state once."""
    states: list[Any] = []

    def openers(folder: Path, path: str | Path) -> Iterator[str]:
        for name in ("password", "new"):
            try:
                opened(folder, monkeypatch, name, path)
            except WrongPassword:
                continue
            yield name

    def also(left: Path) -> str:
        state = tuple(list(openers(left, path)) for path in (VAULT, f"{VAULT}.bak"))
        if state not in states:
            states.append(state)
        return "" if state in ORDER else f"opened by: {state}"

    kills(scene.told(COMMANDS["passwd"]), tally, monkeypatch, also=also, only=only)
    return states


# --- the same, with savers that are broken on purpose ----------------------------------------------------

IN_PLACE = """
from vault.store.file import Store
def replace(self, data, **others):
    with self, open(self.path, "wb") as file:
        file.write(data)
Store.replace = replace
"""
ABSENT_FOR_A_MOMENT = """
from vault.system import Folder
def rename(self, old, new, whole=Folder.rename):
    self.remove(new)
    whole(self, old, new)
Folder.rename = rename
"""
NO_BROOM = """
from vault.store.file import Store
Store._sweep = lambda self: None
"""
BACKUP_OF_THE_OLD = """
from vault.store.file import Store
def replace(self, data, *, was, backup, check, whole=Store.replace):
    whole(self, data, was=was, backup=was, check=check)
Store.replace = replace
"""


@pytest.mark.broken("a saver")
@pytest.mark.parametrize(
    ("patch", "only", "found"),
    [(IN_PLACE, "write", "does not open"), (ABSENT_FOR_A_MOMENT, "renameat", "neither the old nor the new"),
     (NO_BROOM, "fsync", "left over")],
    ids=["in place", "absent for a moment", "nothing swept"],
)  # fmt: skip
def test_a_broken_saver_is_caught(
    scene: Scene, monkeypatch: Monkey, patch: str, only: str, found: str
) -> None:
    """The experiment has teeth: it finds what such a saver leaves."""
    tally = Tally()
    kills(replace(scene.told(COMMANDS["edit"]), patch=patch), tally, monkeypatch, only=only)
    assert any(found in failure for failure in tally.failures), tally.failures


@pytest.mark.broken("a `passwd` that keeps the previous version")
@pytest.mark.usefixtures("remembered_kdf")
def test_a_backup_that_the_old_password_opens_is_caught(scene: Scene, monkeypatch: Monkey) -> None:
    """After a change the previous version is not kept."""
    tally = Tally()
    passwords_in(replace(scene, patch=BACKUP_OF_THE_OLD), tally, monkeypatch, only="write")
    assert any("opened by: (['new'], ['password'])" in failure for failure in tally.failures), tally.failures
