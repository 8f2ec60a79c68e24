"""``vault run``: launch a program with credentials in its environment. Free of click; see options.py."""

from __future__ import annotations

import os

from ..errors import Usage, VaultError
from ..system import find_program, replace_process
from . import terminal, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..launch.environment import Assignment
    from .options import Launch, Settings


_FAILED = 125  # as for env(1) and nohup(1): the launcher failed, not the program
_OWN_STATUS = (126, 127, 130)  # cannot be executed, not found, interrupted


def launch(settings: Settings, request: Launch) -> int:
    """Become the program, or say what it would be given; raises what refuses."""
    try:
        return _launch(settings, request)
    except VaultError as error:
        if error.exit_code not in _OWN_STATUS:
            error.exit_code = _FAILED
        raise


def _launch(settings: Settings, request: Launch) -> int:
    # The path is settled before anything is decrypted: what is started cannot change in between.
    program = find_program(request.command[0], os.environ.get("PATH", os.defpath))
    via, variable = request.via, _variable(request)
    terminal.check_there(settings)  # before the prompt, unlike rarer faults
    opened = terminal.unlocked(settings, lambda: terminal.locked(settings), meanwhile=_imports)
    from ..launch import environment

    assignments: list[Assignment] = []
    if via is None:
        mapped = [environment.Mapped.read(text) for text in request.env]
        assignments = environment.plan(
            opened.credentials,
            names=request.credential,
            clients=request.client,
            mapped=mapped,
            successors=request.successor,
        )
        names = dict.fromkeys(a.source.rpartition(".")[0] for a in assignments if a.secret)
    else:
        given = environment.select(opened.credentials, request.credential, successors=request.successor)
        names = dict.fromkeys(credential.name for credential in given)
    child = environment.build(
        assignments, os.environ, override=request.override, clean=request.clean, keep=request.keep
    )
    if via is not None:
        from ..launch import handover

        data = handover.pack(via, given, child)
    if redirecting := environment.steering(child):
        terminal.remark(f"warning: already set, and able to redirect the program: {', '.join(redirecting)}")
    for text in (text for assignment in assignments for text in assignment.warnings):
        terminal.remark(f"warning: {text}")
    if request.dry_run:
        pairs = [(a.variable, a.source) for a in assignments] or [(variable, name) for name in names]
        _describe(pairs, settings)
        return 0
    usage.warn(opened, names)
    usage.note(opened, "run", names, program=program, outcome=usage.SUCCESSOR if request.successor else "ok")
    if via is None:
        return replace_process(program, request.command, child)
    return replace_process(program, *handover.place(via, data, request.command, child))


def _variable(request: Launch) -> str:
    """The one that says where the program finds what ``--via`` hands over; empty without it."""
    if request.via is None:
        return ""
    from ..launch import handover

    if request.client or request.env:
        raise Usage("--via takes the place of variables: neither --for nor --env goes with it")
    return handover.variable(request.via)


def _imports() -> None:
    """What is needed once the vault is open: imported while a person types or Argon2 runs."""
    from .. import journal
    from ..care import deadlines
    from ..core import crypto
    from ..exchanges import table
    from ..launch import environment

    crypto.preload()
    _ = deadlines, environment, journal, table


def _describe(pairs: list[tuple[str, str]], settings: Settings) -> None:
    facts = [{"variable": variable, "source": source} for variable, source in pairs]
    if settings.json:
        terminal.emit({"variables": facts})
    else:
        terminal.table(("VARIABLE", "FROM"), [tuple(fact.values()) for fact in facts])
