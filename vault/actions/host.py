"""Examine this machine and the places of a vault's files, without a key; nothing is changed."""

from __future__ import annotations

import os

from .. import system
from ..care import doctor, findings, places
from ..care.findings import Finding
from ..care.places import Place
from ..copies import beside
from ..errors import VaultError
from ..launch.variables import OWN
from ..store import notes
from ..system import machine

NOTE = findings.NOTE  # the severity of what is not to be mended here


def examine(path: str, password_file: str, now: int) -> list[Finding]:
    """Return the findings about the vault at *path* and about this machine, worst first.

    Args:
        password_file: the path that the master password would be read from; empty for none.
    """
    files = beside.vault_files(path)
    vault, password = _place(files.path), os.path.exists(password_file)
    folders = [*vault.above, *_notes()]
    facts = doctor.HostFacts(
        now,
        files,
        vault,
        password=_place(password_file) if password else None,
        password_open=system.open_to_others(password_file),
        password_missing="" if password else password_file,
        writers=tuple(who for folder in folders if (who := machine.others_may_write(folder))),
        swap=machine.plain_swap(),
        core_dumps=machine.core_dumps(),
        histories=machine.clipboard_histories(),
        traceable=machine.traceable(),
        variables={name: value for name, value in os.environ.items() if name.startswith("VAULT_")},
        known={name for name in OWN if name.startswith("VAULT_")},
    )
    return doctor.examine(facts)


def _notes() -> list[str]:
    """Return the folder of what was seen here: another writer could hide that a vault is an older one."""
    try:
        return [notes.home()]
    except VaultError:  # a user without a home
        return []


def _place(path: str) -> Place:
    path = os.path.realpath(path)
    above, folder = {}, os.path.dirname(path)
    while folder not in above:
        above[folder] = _names(folder)
        folder = os.path.dirname(folder)
    place = Place(path, machine.file_system(path), above)
    root = places.work_tree(place)
    return place if root is None else place.changed(**_git(root, os.path.relpath(path, root)))


def _names(folder: str) -> tuple[str, ...]:
    try:
        return tuple(os.listdir(folder))
    except OSError:
        return ()


def _git(root: str, name: str) -> dict[str, bool | None]:
    """Read from git's own files what it knows of a file: git itself may run what a work tree tells it to."""
    git = os.path.join(root, ".git")
    if os.path.isfile(git):  # a linked work tree: gitrepository-layout(5)
        git = os.path.join(root, os.fsdecode(_bytes(git)).removeprefix("gitdir:").strip())
    ignored = os.fsencode(places.ignore_line(name)) in _bytes(os.path.join(root, ".gitignore")).splitlines()
    return {"tracked": places.tracked(_bytes(os.path.join(git, "index")), name), "ignored": ignored}


def _bytes(path: str) -> bytes:
    try:
        return beside.read(path)
    except VaultError:
        return b""
