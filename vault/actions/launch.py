"""Start a program with credentials: what it is given and how, and every reason to refuse.

``vault run`` starts every bot: nothing is imported here that a plain start does not need.
"""

from __future__ import annotations

import os

from ..base.clock import present
from ..base.record import Record
from ..base.secret import Secret
from ..errors import SelectionRefused, Usage, VariableRefused, VaultError
from ..system import find_program, replace_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..core.vault import Vault
    from ..credential.credential import Credential
    from ..journal.journal import Journal
    from ..launch.binding import Change
    from ..launch.mask import Mask
    from ..launch.variables import Assignment, Mapped


class Request(Record):
    """A program and its credentials; the options of ``vault run`` by their keys."""

    command: tuple[str, ...]
    credential: tuple[str, ...] = ()
    client: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    env_file: tuple[str, ...] = ()
    prefix: str | None = None
    keep: tuple[str, ...] = ()
    clean: bool = False
    via: str | None = None
    mask: bool = False
    override: bool = False
    strict: bool = False
    successor: bool = False
    dry_run: bool = False


class Prepared(Record):
    """A request, checked as far as possible without the vault."""

    request: Request
    program: str  # its path
    variable: str  # tells the program where to read what ``--via`` hands over; empty without it
    mapped: list[Mapped]  # variables that are mapped by hand
    plain: list[Assignment]  # others, which hold no secret


class LaunchPlan(Record):
    """Everything that a program is started with.

    Attributes:
        changes: by credential, the change since it was bound to this program. The plan must not be
            started before each is accepted (:func:`accept`); otherwise raise its ``refusal``.
    """

    request: Request
    program: str  # its path
    names: list[str]  # of the credentials, each once
    sources: list[tuple[str, str]]  # each variable with its value's source, as ``okx-main.api_key``
    child: Mapping[str, str]  # its environment
    data: bytes  # handed over by ``--via``
    mask: Mask | None  # hides the values in its output
    warnings: tuple[str, ...]  # to be shown before the start
    changes: Mapping[str, Change]

    def __repr__(self) -> str:
        return f"LaunchPlan({self.program}, {', '.join(self.names)})"  # the environment holds values


def prepare(request: Request) -> Prepared:
    """Check a request before the vault is unlocked.

    The program's path is settled now: it must not change once something is decrypted.

    Raises:
        ProgramNotFound, ProgramNotExecutable: If the program cannot be started.
        Usage: If options exclude each other, or name an unknown way.
        InvalidCredential, VariableRefused, HostError: If a mapping is not possible.
    """
    program = find_program(request.command[0], os.environ.get("PATH", os.defpath))
    return Prepared(request, program, _variable(request), *_mapped(request))


def _variable(request: Request) -> str:
    if request.client and request.prefix:
        raise Usage("--for and --prefix exclude each other: a client reads the names that it knows")
    if request.via is None:
        return ""
    from ..launch import handover

    if request.client or request.env or request.env_file or request.prefix:
        raise Usage("--via replaces variables: it excludes --for, --env, --env-file and --prefix")
    return handover.variable(request.via)


def _mapped(request: Request) -> tuple[list[Mapped], list[Assignment]]:
    if not (request.env or request.env_file):
        return [], []
    from ..launch.variables import Mapped

    mapped, plain = [Mapped.read(text) for text in request.env], []
    if request.env_file:
        from ..launch import envfile  # and dotenv with it

        for path in request.env_file:
            references, others = envfile.read(path)
            mapped += references
            plain += others
    return mapped, plain


def preload() -> None:
    """Import what :func:`plan` needs, while a person types or a key is derived."""
    from ..care import deadlines
    from ..core import crypto
    from ..exchanges import profiles
    from ..journal import journal
    from ..launch import environment

    crypto.preload()
    _ = deadlines, environment, journal, profiles


def plan(opened: Vault, prepared: Prepared) -> LaunchPlan:
    """Plan the start of the program; nothing is started, changed or noted.

    Raises:
        SelectionRefused, CredentialNotFound, ProfileNotFound: As :func:`launch.environment.plan` does.
        VariableConflict, VariableRefused: If a variable is taken, or dangerous and ``strict`` is asked for.
        ProgramRefused: If a credential is bound to other programs.
    """
    from ..launch import environment

    request = prepared.request
    assignments, values = _values(opened, prepared)
    child = environment.build(
        assignments, os.environ, override=request.override, clean=request.clean, keep=request.keep
    )
    names = list(dict.fromkeys(source.rpartition(".")[0] for source in values))
    handed = [opened.get(name) for name in names]
    sources, data, mask = [(a.variable, a.source) for a in assignments], b"", None
    if request.via is not None:
        from ..launch import handover

        sources = [(prepared.variable, name) for name in names]
        successor = request.successor
        data = handover.pack(request.via, environment.select(handed, names, successors=successor), child)
    taken = _taken(prepared.mapped)
    warnings = [
        *taken,
        *_moved(handed),
        *_dangers(child, handed, request),
        *(text for a in assignments for text in a.warnings),
    ]
    if request.mask:
        from ..launch.mask import MIN_VALUE, Mask

        mask = Mask(values.values())
        if short := [source for place, source in enumerate(values) if place in mask.uncovered]:
            warnings.append(f"not hidden, since shorter than {MIN_VALUE} characters: {', '.join(short)}")
    changes = _changes(handed, prepared)
    return LaunchPlan(request, prepared.program, names, sources, child, data, mask, tuple(warnings), changes)


def _values(opened: Vault, prepared: Prepared) -> tuple[list[Assignment], dict[str, Secret]]:
    """Return the program's variables (none with ``--via``), and its secret values by source."""
    from ..launch import environment

    request, mapped = prepared.request, prepared.mapped
    if request.env_file and not (mapped or request.credential):
        raise SelectionRefused(
            f"no credential is named, by {', '.join(request.env_file)} neither",
            hint="name one: -c NAME; or in the file: VARIABLE=vault://NAME/FIELD",
        )
    named = dict.fromkeys([*request.credential, *(entry.name for entry in mapped)])
    credentials = [opened.get(name) for name in named] or opened.credentials
    if request.via is not None:
        chosen = environment.select(credentials, request.credential, successors=request.successor)
        return [], {f"{c.name}.{field}": value for c in chosen for field, value in c.fields.items()}
    assignments = environment.plan(
        credentials,
        names=request.credential,
        clients=request.client,
        mapped=mapped,
        plain=prepared.plain,
        prefix=request.prefix or "",
        successors=request.successor,
    )
    return assignments, {a.source: Secret(a.value) for a in assignments if a.secret}


def _dangers(child: Mapping[str, str], handed: Iterable[Credential], request: Request) -> list[str]:
    from ..launch.variables import dangers

    found = dangers(child, handed)
    text = f"already set, and able to redirect the program: {', '.join(found)}"
    if found and request.strict:
        raise VariableRefused(text, hint=f"unset {' '.join(found)}; or start from a short list: --clean")
    return [text] if found else []


def _taken(mapped: Iterable[Mapped]) -> list[str]:
    """Return a sentence for each file that takes credentials."""
    by_file: dict[str, dict[str, None]] = {}
    for entry in mapped:
        if entry.file:
            by_file.setdefault(entry.file, {})[entry.name] = None
    return [f"{file} takes {', '.join(names)}" for file, names in by_file.items()]


def _moved(handed: Iterable[Credential]) -> list[str]:
    """Return a sentence for each exchange whose hosts a person's own profile has changed."""
    from ..exchanges import profiles

    found = (profiles.known(name) for name in dict.fromkeys(credential.exchange for credential in handed))
    return [f"your own profile {p.file} names {', '.join(p.moved)} for {p.title}" for p in found if p.moved]


def _changes(handed: Iterable[Credential], prepared: Prepared) -> dict[str, Change]:
    bound = [credential for credential in handed if credential.only_for]
    if not bound:
        return {}
    from ..launch import binding

    arguments = prepared.request.command[1:]
    found = {c.name: binding.find_change(c, prepared.program, arguments) for c in bound}
    return {name: change for name, change in found.items() if change is not None}


def accept(opened: Vault, name: str, change: Change) -> None:
    """Bind a credential to a changed program, and save it."""
    from ..launch import binding
    from .saving import Change as Saving

    now = present()
    Saving(name, "", lambda credential: binding.renewed(credential, change.bound, now)).save(opened)


def note(opened: Vault, plan: LaunchPlan) -> tuple[str, ...]:
    """Note the start in the journal; return warnings about deadlines, and if it cannot be noted."""
    from ..journal import journal

    now, notes = present(), journal.Journal.of(opened)
    due = tuple(_due(opened, notes, plan.names, now))
    outcome = journal.SUCCESSOR if plan.request.successor else "ok"
    return due + notes.note(now, "run", plan.names, program=plan.program, outcome=outcome)


def note_failure(opened: Vault, plan: LaunchPlan, error: VaultError) -> tuple[str, ...]:
    """Note that the program could not be started, after :func:`note` said that it would be."""
    from ..journal import journal

    notes = journal.Journal.of(opened)
    return notes.note(present(), "run", plan.names, program=plan.program, outcome=error.code)


def _due(opened: Vault, journal: Journal, names: Iterable[str], now: int) -> Iterator[str]:
    """Yield a sentence for each credential that is due within a week, or overdue."""
    from ..care import deadlines
    from ..exchanges import profiles

    for name in names:
        credential = opened.get(name)
        profile = profiles.known(credential.exchange)
        found = deadlines.deadlines(credential, profile, None, now)
        if any(due.kind == "use" and due.at <= now for due in found):
            # They were counted from when it was stored, and it may have been used since.
            from ..care import usage

            found = deadlines.deadlines(credential, profile, usage.last_used(journal.recent, name, now), now)
        for due in found:
            # This run renews a deadline that counts from the last use, unless it has passed already.
            if due.at - now <= (0 if due.kind == "use" else deadlines.SOON):
                yield deadlines.warning(name, due, now)
                break


def start(plan: LaunchPlan) -> int:
    """Become the program; on Windows, and with a mask, wait for it and return its status.

    Raises HostError if it cannot be started, or handed the data.
    """
    command: Sequence[str] = plan.request.command
    child = plan.child
    if plan.request.via is not None:
        from ..launch import handover

        command, child = handover.place(plan.request.via, plan.data, command, child)
    if (mask := plan.mask) is None:
        return replace_process(plan.program, command, child)
    import gc
    from copy import copy

    from ..system import supervise  # which imports subprocess and signal

    gc.enable()  # the vault stays as the program's parent
    return supervise(plan.program, command, child, lambda: copy(mask))
