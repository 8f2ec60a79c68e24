"""``doctor``: what endangers the vault from outside, found out without unlocking it."""

from __future__ import annotations

import os
import time

import click

from .. import system
from ..care import doctor as care_doctor
from ..care import places
from ..care.doctor import HostFacts
from ..care.findings import NOTE
from ..care.places import Place
from ..copies import beside
from ..errors import VaultError
from ..launch.variables import OWN
from ..store import notes
from ..system import machine
from .group import as_json
from .opening import password_file
from .output import emit, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .options import Settings


@click.command()
@as_json
@click.pass_obj
def doctor(settings: Settings) -> int:
    """Say what endangers the vault on this machine, worst first; nothing is unlocked or changed.

    Looked at are rights, copies, sync tools and git around the vault's file; swap, core dumps, clipboard
    histories and the clock; where the password comes from. Ends with 1 if there is more than notes.
    """
    findings = care_doctor.examine(_facts(settings))
    worse = sum(finding.severity != NOTE for finding in findings)
    if settings.json:
        emit({"findings": [dict(finding.__dict__) for finding in findings]})
        return int(bool(worse))
    for finding in findings:
        say(f"{finding.severity:8} {finding.message}")
        if finding.hint:
            say(f"{'':8} next: {finding.hint}")
    notes = len(findings) - worse
    say(f"{worse or 'no'} finding{'s' * (worse != 1)}, {notes} note{'s' * (notes != 1)}")
    return int(bool(worse))


def _facts(settings: Settings) -> HostFacts:
    files = beside.vault_files(settings.path)
    place, password = _place(files.path), password_file(settings)
    folders = [*place.above, *_notes()]
    return HostFacts(
        int(time.time()),
        files,
        place,
        password=_place(password) if os.path.exists(password) else None,
        password_open=system.open_to_others(password),
        password_missing="" if os.path.exists(password) else password,
        writers=tuple(who for folder in folders if (who := machine.others_may_write(folder))),
        swap=machine.plain_swap(),
        core_dumps=machine.core_dumps(),
        histories=machine.clipboard_histories(),
        traceable=machine.traceable(),
        variables={name: value for name, value in os.environ.items() if name.startswith("VAULT_")},
        known={name for name in OWN if name.startswith("VAULT_")},
    )


def _notes() -> list[str]:
    """The folder of what this machine has seen: who writes there could hide that a vault is an older one."""
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
    """What git knows of a file. Its own files are read: git itself may run what a work tree tells it to."""
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
