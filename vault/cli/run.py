"""``vault run``: launch a program with credentials in its environment. Free of click; see options.py."""

from __future__ import annotations

import gc
import os
import time

from ..base.record import Record
from ..base.secret import Secret
from ..errors import NoTerminal, Usage, VariableRefused, VaultError
from ..system import find_program, replace_process, supervise
from . import usage
from .opening import check_there, locked, unlocked
from .output import emit, print_table, remark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..core.vault import Vault
    from ..credential.credential import Credential
    from ..launch.variables import Assignment, Mapped
    from .options import Launch, Settings


_FAILED = 125  # as for env(1) and nohup(1): the launcher failed, not the program
_OWN_STATUS = (126, 127, 130)  # cannot be executed, not found, interrupted


def launch(settings: Settings, request: Launch) -> int:
    """Become the program, or say what it would be given; raises what refuses."""
    gc.disable()  # nothing here is garbage before the program takes its place, and a look costs 1.5 ms
    try:
        return _launch(settings, request)
    except VaultError as error:
        if error.exit_code not in _OWN_STATUS:
            error.exit_code = _FAILED
        raise


class _Given(Record):
    """What the program is to be given.

    Attributes:
        assignments: its variables; none where ``--via`` takes their place.
        names: of the credentials, each once.
        values: by where each is from, as ``okx-main.api_key``.
        child: its environment.
        data: what ``--via`` hands over.
    """

    assignments: list[Assignment]
    names: list[str]
    values: dict[str, Secret]
    child: dict[str, str]
    data: bytes = b""


def _launch(settings: Settings, request: Launch) -> int:
    # The path is settled before anything is decrypted: what is started cannot change in between.
    program = find_program(request.command[0], os.environ.get("PATH", os.defpath))
    variable, mapped, plain = _variable(request), *_mapped(request)
    check_there(settings)  # before the prompt, unlike rarer faults
    opened = unlocked(settings, lambda: locked(settings), meanwhile=_imports)
    given = _given(opened, request, mapped, plain)
    handed = [opened.get(name) for name in given.names]
    _warn(given, handed, strict=request.strict)
    _check_bindings(opened, handed, program, request)
    if request.dry_run:
        pairs = [(a.variable, a.source) for a in given.assignments] or [(variable, n) for n in given.names]
        _describe(pairs, settings)
        return 0
    usage.warn(opened, given.names)
    outcome = usage.SUCCESSOR if request.successor else "ok"
    usage.note(opened, "run", given.names, program=program, outcome=outcome)
    command: Sequence[str] = request.command
    child: Mapping[str, str] = given.child
    if request.via is not None:
        from ..launch import handover

        command, child = handover.place(request.via, given.data, command, child)
    if request.mask:
        return _masked(program, command, child, given.values)
    return replace_process(program, command, child)


def _given(opened: Vault, request: Launch, mapped: list[Mapped], plain: list[Assignment]) -> _Given:
    from ..launch import environment

    def child(assignments: list[Assignment]) -> dict[str, str]:
        return environment.build(
            assignments, os.environ, override=request.override, clean=request.clean, keep=request.keep
        )

    named = dict.fromkeys([*request.credential, *(entry.name for entry in mapped)])
    credentials = [opened.get(name) for name in named] or opened.credentials
    if request.via is not None:
        from ..launch import handover

        chosen = environment.select(credentials, request.credential, successors=request.successor)
        values = {f"{c.name}.{field}": value for c in chosen for field, value in c.fields.items()}
        variables = child([])
        return _Given(
            [], [c.name for c in chosen], values, variables, handover.pack(request.via, chosen, variables)
        )
    assignments = environment.plan(
        credentials,
        names=request.credential,
        clients=request.client,
        mapped=mapped,
        plain=plain,
        prefix=request.prefix or "",
        successors=request.successor,
    )
    secret = [assignment for assignment in assignments if assignment.secret]
    names = list(dict.fromkeys(a.source.rpartition(".")[0] for a in secret))
    return _Given(assignments, names, {a.source: Secret(a.value) for a in secret}, child(assignments))


def _variable(request: Launch) -> str:
    """The one that says where the program finds what ``--via`` hands over; empty without it."""
    if request.client and request.prefix:
        raise Usage("--for and --prefix exclude each other: a client reads the names that it knows")
    if request.via is None:
        return ""
    from ..launch import handover

    if request.client or request.env or request.env_file or request.prefix:
        raise Usage(
            "--via takes the place of variables: no --for, --env, --env-file or --prefix goes with it"
        )
    return handover.variable(request.via)


def _mapped(request: Launch) -> tuple[list[Mapped], list[Assignment]]:
    """What is mapped by hand, and other variables; what is wrong there is said before the prompt."""
    if not (request.env or request.env_file):
        return [], []
    from ..launch.variables import Mapped

    mapped, plain = [Mapped.read(text) for text in request.env], []
    for path in request.env_file:
        from ..launch import envfile

        references, others = envfile.read(path)
        mapped += references
        plain += others
    return mapped, plain


def _warn(given: _Given, handed: Iterable[Credential], *, strict: bool) -> None:
    from ..launch.variables import dangers

    redirecting = dangers(given.child, handed)
    if redirecting and strict:
        raise VariableRefused(
            f"already set, and able to redirect the program: {', '.join(redirecting)}",
            hint=f"unset {' '.join(redirecting)}; or start from a short list: --clean",
        )
    if redirecting:
        remark(f"warning: already set, and able to redirect the program: {', '.join(redirecting)}")
    for text in (text for assignment in given.assignments for text in assignment.warnings):
        remark(f"warning: {text}")


def _check_bindings(opened: Vault, handed: Iterable[Credential], program: str, request: Launch) -> None:
    """Whether all that are bound to programs are bound to this one; a person may accept what changed."""
    for credential in [c for c in handed if c.only_for]:
        from ..launch import binding
        from .asking import confirmed

        changed = binding.find_change(credential, program, request.command[1:])
        if changed is None:
            continue
        refusal = changed.refusal(credential.name)
        remark(str(refusal))
        try:
            question = f"hand {credential.name} to it as it is now, from now on?"
            if request.dry_run or not confirmed(question, default=False):
                raise refusal
        except NoTerminal:
            raise refusal from None
        with opened:
            newest = opened.get(credential.name)
            opened.replace(binding.renewed(newest, changed.bound, int(time.time())))
            opened.save()


def _masked(
    program: str, command: Sequence[str], child: Mapping[str, str], values: Mapping[str, Secret]
) -> int:
    """Launch the program as a child, and hide the values in what it prints."""
    from copy import copy

    from ..launch.mask import MIN_VALUE, Mask

    mask = Mask(values.values())
    if short := [source for place, source in enumerate(values) if place in mask.uncovered]:
        remark(f"warning: not hidden, since shorter than {MIN_VALUE} characters: {', '.join(short)}")
    gc.enable()
    return supervise(program, command, child, lambda: copy(mask))


def _imports() -> None:
    """What is needed once the vault is open: imported while a person types or Argon2 runs."""
    from ..care import deadlines
    from ..core import crypto
    from ..journal import journal
    from ..launch import environment

    crypto.preload()
    _ = deadlines, environment, journal


def _describe(pairs: list[tuple[str, str]], settings: Settings) -> None:
    facts = [{"variable": variable, "source": source} for variable, source in pairs]
    if settings.json:
        emit({"variables": facts})
    else:
        print_table(("VARIABLE", "FROM"), [tuple(fact.values()) for fact in facts])
