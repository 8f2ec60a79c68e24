"""Credentials that are handed to certain programs alone: which, and whether they are what they were.

It stops mistakes and swapped files: the wrong script, a strategy that an update changed, a program of the
same name elsewhere. It does not stop whoever can run programs as the vault's user: what a script imports is
not compared, and neither is a script that is changed between the look and the start.
"""

from __future__ import annotations

import hashlib
import os

from ..base.record import Record
from ..base.rules import shortened
from ..credential.credential import ProgramBinding
from ..errors import HostError, InvalidCredential, ProgramRefused
from ..system import find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..credential.credential import Credential


class Changed(Record):
    """The program or the script is the right one, and not what it was.

    Attributes:
        path: which of the two.
        bound: what the credential would have to be bound to now.
    """

    path: str
    bound: ProgramBinding

    def refusal(self, name: str) -> ProgramRefused:
        """The error for the credential of that name, if nobody accepts the change."""
        return ProgramRefused(
            f"{self.path} is not what it was when {name} was bound to it",
            hint=f"look at what changed, and bind it anew: vault edit {name} --only-for {self.bound.shown}",
        )


def read(text: str) -> ProgramBinding:
    """The binding to ``PROGRAM`` or ``PROGRAM:SCRIPT``, as both are at this moment.

    Args:
        text: a program as ``run`` takes it, with a path or found on PATH; a script as its first argument.

    Raises:
        ProgramNotFound, ProgramNotExecutable: If there is no such program.
        HostError: If a file cannot be read.
    """
    program, colon, script = text.rpartition(":")
    if not colon or os.path.isfile(text):  # a file's name may have a colon, and a drive of Windows has
        program, script = text, ""
    path = os.path.abspath(find_program(program, os.environ.get("PATH", os.defpath)))
    if not script:
        return ProgramBinding(path, _sha256(path))
    script = os.path.abspath(script)
    return ProgramBinding(path, _sha256(path), script, _sha256(script))


def check(credential: Credential, program: str, arguments: Sequence[str]) -> Changed | None:
    """Whether *credential* may be handed to this program: None if so, else what changed since it might.

    Args:
        program: its path.
        arguments: what follows its name. A script is the first of them: behind an option, another could run.

    Raises:
        ProgramRefused: If it is bound to other programs.
    """
    if not credential.only_for:
        return None
    path = os.path.abspath(program)
    script = os.path.abspath(arguments[0]) if arguments else ""
    fitting = [b for b in credential.only_for if b.program == path and b.script in ("", script)]
    if not fitting:
        ways = " or ".join(bound.shown for bound in credential.only_for)
        raise ProgramRefused(
            f"{credential.name} is handed only to {ways}",
            hint=f"to let this one have it, too, name all of them: vault edit {credential.name} --only-for …",
        )
    now = [
        ProgramBinding(path, _sha256(path), b.script, _sha256(b.script) if b.script else "") for b in fitting
    ]
    if any(was == found for was, found in zip(fitting, now, strict=True)):
        return None
    was, found = fitting[0], now[0]
    return Changed(path if was.program_sha256 != found.program_sha256 else was.script, found)


def renewed(credential: Credential, bound: ProgramBinding, now: int) -> Credential:
    """*credential*, bound to the same program and script as *bound* has them.

    Args:
        now: seconds since the Unix epoch.
    """
    same = (bound.program, bound.script)
    others = tuple(b for b in credential.only_for if (b.program, b.script) != same)
    return credential.changed(only_for=(*others, bound), updated=now)


def _sha256(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except IsADirectoryError:
        raise InvalidCredential(f"{shortened(path)} is a folder") from None
    except OSError as error:
        raise HostError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from None
