"""Bindings: credentials that are handed to certain programs alone, as long as their files stay the same.

They stop mistakes and swapped files: the wrong script, a strategy that an update changed, a program of the
same name elsewhere. They do not stop anybody who can run programs as the vault's user: what a script imports
is not compared, nor is a script that is changed between the check and the start.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from ..base.record import Record
from ..base.rules import pasted, shortened
from ..credential.credential import Credential, ProgramBinding
from ..errors import HostError, InvalidCredential, ProgramRefused
from ..system import find_program


class Change(Record):
    """A bound program or script whose contents are not those that were bound.

    Attributes:
        path: of the one that changed.
        bound: the binding to what is there now.
    """

    path: str
    bound: ProgramBinding

    def refusal(self, name: str) -> ProgramRefused:
        """Return the error for the credential of that name, to raise if nobody accepts the change."""
        command = f"vault edit {name} --only-for {pasted(self.bound.shown)}"
        return ProgramRefused(
            f"{self.path} has changed since {name} was bound to it",
            hint=f"look at what changed, and bind it anew: {command}",
        )


def read(text: str) -> ProgramBinding:
    """Return the binding to ``PROGRAM`` or ``PROGRAM:SCRIPT``, as both are now.

    Args:
        text: a program as ``run`` takes it, with a path or found on PATH; a script as its first argument.

    Raises:
        ProgramNotFound, ProgramNotExecutable: If there is no such program.
        HostError: If a file cannot be read.
    """
    program, colon, script = text.rpartition(":")
    if not colon or os.path.isfile(text):  # a file's name may have a colon, and a drive of Windows has
        program, script = text, ""
    return _bound(find_program(program, os.environ.get("PATH", os.defpath)), script)


def find_change(credential: Credential, program: str, arguments: Sequence[str]) -> Change | None:
    """Return what changed since *credential* was bound to this program; None if it may be handed over.

    Args:
        program: its path.
        arguments: what follows its name. A script is the first of them: behind an option, another could run.

    Raises:
        ProgramRefused: If it is bound to other programs.
    """
    if not credential.only_for:
        return None
    path = _placed(program)
    script = _placed(arguments[0]) if arguments else ""
    fitting = [
        bound
        for bound in credential.only_for
        if _same(bound.program, path) and bound.script in ("", script, arguments[0] if arguments else "")
    ]
    if not fitting:
        programs = " or ".join(bound.shown for bound in credential.only_for)
        raise ProgramRefused(
            f"{credential.name} is handed only to {programs}",
            hint=f"to allow this one, too, name all of them: vault edit {credential.name} --only-for …",
        )
    now = [_bound(bound.program, bound.script) for bound in fitting]
    if any(_digests(before) == _digests(after) for before, after in zip(fitting, now, strict=True)):
        return None
    changed = now[0].program if now[0].program_sha256 != fitting[0].program_sha256 else now[0].script
    return Change(changed, now[0])


def renewed(credential: Credential, bound: ProgramBinding, now: int) -> Credential:
    """Return *credential* with *bound* in place of its binding to the same program and script.

    Args:
        now: seconds since the Unix epoch.
    """
    same = (bound.program, bound.script)
    others = tuple(
        b for b in credential.only_for if (_placed(b.program), b.script and _placed(b.script)) != same
    )
    return credential.changed(only_for=(*others, bound), updated=now)


def _placed(path: str) -> str:
    """Return the path by which the system finds a file: its folder resolved, of which its text says little.

    Its own name stays: a link to an interpreter makes a virtual environment.
    """
    folder, name = os.path.split(os.path.join(os.getcwd(), path))
    return os.path.join(os.path.realpath(folder), name)


def _same(bound: str, path: str) -> bool:
    """Return whether both are one program: in one folder, under one name or another of the same file."""
    place = _placed(bound)
    folders = {os.path.dirname(place), os.path.dirname(path)}
    return place == path or (len(folders) == 1 and os.path.realpath(place) == os.path.realpath(path))


def _bound(program: str, script: str) -> ProgramBinding:
    program, script = _placed(program), _placed(script) if script else ""
    return ProgramBinding(program, _sha256(program), script, _sha256(script) if script else "")


def _digests(bound: ProgramBinding) -> tuple[str, str]:
    return bound.program_sha256, bound.script_sha256


def _sha256(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except IsADirectoryError:
        raise InvalidCredential(f"{shortened(path)} is a folder") from None
    except OSError as error:
        raise HostError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from None
