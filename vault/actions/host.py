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

NOTE = findings.NOTE  # for the command line: the severity of a finding without a remedy on this machine


def examine(path: str, password_file: str, now: int) -> list[Finding]:
    """Return the findings about the vault, its password file (may be empty) and this machine, worst first."""
    files = beside.vault_files(path)
    vault, password = _place(files.path), os.path.exists(password_file)
    folders = list(vault.above)
    try:
        folders.append(notes.home())  # another writer there could hide that a vault is an older one
    except VaultError:
        pass  # a user without a home
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
    """Read git's own files: calling git could run commands from the work tree's configuration."""
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
