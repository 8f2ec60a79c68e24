"""The environment of a program: which credentials it is given, in which variables, and what is refused.

Pure: credentials, profiles and the caller's environment in; the program's environment out.
"""

from __future__ import annotations

from ..base.rules import shortened
from ..credential.credential import not_found
from ..errors import CredentialNotFound, ProfileNotFound, SelectionRefused, VariableConflict, VariableRefused
from ..exchanges import profiles
from ..exchanges.profile import Profile
from .variables import KEPT, MAX_VARIABLE, OWN, Assignment, among, check_target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..credential.credential import Credential
    from .variables import Mapped


def select(
    credentials: Sequence[Credential], names: Sequence[str], *, successors: bool = False
) -> list[Credential]:
    """Return the credentials of these names; without names, every active one that is not guarded.

    With *successors*, the staged successor of one takes its place.

    Raises:
        SelectionRefused: If a named one is not active, if none is left, if a live and a demo credential of
            one exchange would be handed over together, or if *successors* finds none.
        CredentialNotFound: If a name is not among them.
    """
    by_name = {credential.name: credential for credential in credentials}
    if missing := [name for name in names if name not in by_name]:
        raise not_found(missing[0], by_name)
    chosen = [by_name[name] for name in dict.fromkeys(names)]
    for credential in chosen:
        _check_active(credential)
    if not names:
        chosen = [c for c in credentials if c.state == "active" and not c.is_guarded]
    if not chosen:
        raise _nothing(credentials)
    _check_together(chosen)
    return _successors(chosen) if successors else chosen


def _check_active(credential: Credential) -> None:
    name = credential.name
    if credential.state == "disabled":
        raise SelectionRefused(f"{name} is disabled", hint=f"vault enable {name}")
    if credential.state == "pending":
        raise SelectionRefused(
            f"{name} is a key pair without an API key yet",
            hint=f"upload its public half, then: vault keygen {name}",
        )


def _nothing(credentials: Sequence[Credential]) -> SelectionRefused:
    if not credentials:
        hint = "store one: vault add NAME --exchange okx"
        return SelectionRefused("the vault holds no credentials", hint=hint)
    if guarded := [c.name for c in credentials if c.state == "active"]:
        return SelectionRefused(
            "every active credential is guarded: handed over only by name", hint=f"name it: -c {guarded[0]}"
        )
    if waiting := [c.name for c in credentials if c.state == "pending"]:
        hint = f"a key pair awaits its API key: vault keygen {waiting[0]}"
        return SelectionRefused("no credential is active", hint=hint)
    return SelectionRefused("every credential is disabled", hint=f"vault enable {credentials[0].name}")


def _check_together(chosen: Iterable[Credential]) -> None:
    by_exchange: dict[str, Credential] = {}
    for credential in chosen:
        other = by_exchange.setdefault(credential.exchange, credential)
        if other.environment != credential.environment and credential.exchange != "generic":
            one, two = sorted((other, credential), key=lambda c: (c.environment != "live", c.name))
            raise SelectionRefused(
                f"{one.name} is {one.environment} and {two.name} is {two.environment}: "
                "one program would mix them up",
                hint=f"choose one: -c {one.name}, or -c {two.name}",
            )


def plan(
    credentials: Sequence[Credential],
    *,
    names: Sequence[str] = (),
    clients: Sequence[str] = (),
    mapped: Sequence[Mapped] = (),
    plain: Sequence[Assignment] = (),
    prefix: str = "",
    successors: bool = False,
) -> list[Assignment]:
    """Return the variables of a program.

    A client's preset names the variables of each credential whose profile has it. Any other credential
    uses its own names, else its own preset, else its profile's, else ``NAME_FIELD``. Of one that is only
    mapped by hand, the program gets the mapped fields alone.

    Args:
        credentials: all in the vault.
        names: those to hand over; see :func:`select`.
        plain: further variables, which hold no secret.
        prefix: put before every name that is not mapped by hand.
        successors: hand over the staged successor of each that has one.

    Raises:
        SelectionRefused, CredentialNotFound: As :func:`select` does.
        ProfileNotFound: If a client is unknown, or has no preset for any of these credentials.
        VariableConflict: If two values want one variable.
        VariableRefused: If a credential must not be put into a variable.
    """
    chosen = select(credentials, [*names, *(entry.name for entry in mapped)], successors=successors)
    _check_named(chosen, names, mapped)
    wanted: list[Assignment] = []
    unserved = dict.fromkeys(clients)
    for credential in chosen:
        if mapped and credential.name not in names:
            continue  # by those fields alone
        profile = profiles.load(credential.exchange)
        fitting = [client for client in clients if client in profile.presets]
        for client in fitting:
            unserved.pop(client, None)
            wanted += _by_preset(credential, client, profile)
        if not fitting:
            wanted += _by_default(credential, profile)
    for client in unserved:
        raise _no_preset(client, chosen)
    wanted = [a.changed(variable=prefix + a.variable) for a in wanted] + [*plain]
    by_name = {credential.name: credential for credential in chosen}
    for entry in mapped:
        credential = by_name[entry.name]
        if entry.field not in credential.fields:
            raise CredentialNotFound(
                f"{entry.name} has no field {shortened(entry.field)}",
                hint=f"it has: {', '.join(credential.fields)}",
            )
        wanted.append(_secret(entry.variable, credential, entry.field))
    return _without_conflict(wanted)


def _check_named(chosen: Sequence[Credential], names: Sequence[str], mapped: Sequence[Mapped]) -> None:
    """Raise SelectionRefused if a file alone names a guarded credential: anybody may have written it."""
    named = {*names, *(entry.name for entry in mapped if not entry.file)}
    for entry in mapped:
        if entry.name not in named and next(c for c in chosen if c.name == entry.name).is_guarded:
            raise SelectionRefused(
                f"{entry.file} takes {entry.name}, which is guarded: a file does not name it",
                hint=f"if the program shall have it: --env {entry.variable}={entry.name}.{entry.field}",
            )


def _successors(chosen: Sequence[Credential]) -> list[Credential]:
    if not any(credential.staged for credential in chosen):
        names = ", ".join(credential.name for credential in chosen)
        raise SelectionRefused(f"no successor is staged for: {names}", hint="store one: vault rotate NAME")
    return [credential.successor() if credential.staged else credential for credential in chosen]


def _secret(variable: str, credential: Credential, field: str) -> Assignment:
    return Assignment(variable, credential.fields[field].reveal(), f"{credential.name}.{field}")


def _by_preset(credential: Credential, client: str, profile: Profile) -> list[Assignment]:
    preset, environment = profile.presets[client], credential.environment
    names = {**preset.variables, **preset.rename.get(credential.region, {})}
    names |= preset.rename.get(environment, {})
    besides = {**getattr(preset, environment), **preset.region.get(credential.region, {})}
    assignments = []
    for field in credential.fields:
        assignment = _secret(names.get(field) or _plain(credential, field), credential, field)
        value = assignment.value
        # No quirk concerns another value: most starts do without that module.
        if field in preset.retypes or "PRIVATE KEY" in value or not value.isascii():
            from . import quirks

            label = f"{assignment.source} ({profile.field(field).label})"
            warnings = [f"{label}: {text}" for text in quirks.warnings(profile, client, field, value)]
            assignment = assignment.changed(warnings=tuple(warnings))
        assignments.append(assignment)
    return assignments + [Assignment(v, value, client, secret=False) for v, value in besides.items()]


def _by_default(credential: Credential, profile: Profile) -> list[Assignment]:
    client = credential.preset or profile.default
    if client in profile.presets:
        named = _by_preset(credential, client, profile)
    elif credential.preset:
        raise _no_preset(client, [credential])
    else:
        named = [_secret(_plain(credential, field), credential, field) for field in credential.fields]
    own = {f"{credential.name}.{field}": variable for field, variable in credential.variables.items()}
    return [a.changed(variable=own.get(a.source, a.variable)) for a in named]


def _plain(credential: Credential, field: str) -> str:
    name = f"{credential.name}_{field}".upper().replace("-", "_").replace(".", "_")
    return f"_{name}" if name[0].isdigit() else name


def _no_preset(client: str, chosen: Sequence[Credential]) -> ProfileNotFound:
    if client not in profiles.clients():
        hint = f"there are: {', '.join(profiles.clients())}"
        return ProfileNotFound(f"no client is known as {shortened(client)}", hint=hint)
    names = ", ".join(credential.name for credential in chosen)
    return ProfileNotFound(
        f"the names that {client} reads are not known for: {names}",
        hint="map them by hand: --env VAR=NAME.FIELD",
    )


def _without_conflict(wanted: Sequence[Assignment]) -> list[Assignment]:
    by_variable: dict[str, Assignment] = {}
    for assignment in wanted:
        check_target(assignment.variable)
        other = by_variable.setdefault(assignment.variable, assignment)
        if other.value != assignment.value or (other.secret and other.source != assignment.source):
            raise VariableConflict(
                f"{other.source} and {assignment.source} both want {assignment.variable}",
                hint="choose one with -c, or give one its own names: vault edit NAME --variable FIELD=VAR",
            )
    return list(by_variable.values())


def build(
    assignments: Sequence[Assignment],
    base: Mapping[str, str],
    *,
    override: bool = False,
    clean: bool = False,
    keep: Sequence[str] = (),
) -> dict[str, str]:
    """Return the program's environment: *base* without our own variables, and the assignments.

    Args:
        override: replace a variable that is already set to another value.
        clean: take only :data:`KEPT` and *keep* from *base*.

    Raises:
        VariableConflict: If a variable is already set to another value.
        VariableRefused: If a value is longer than the system allows.
    """
    child = {name: value for name, value in base.items() if name not in OWN}
    if clean:
        usual = among(KEPT)
        child = {name: value for name, value in child.items() if usual(name) or name in keep}
    taken = [a.variable for a in assignments if child.get(a.variable, a.value) != a.value]
    if taken and not override:
        raise VariableConflict(
            f"already set to something else: {', '.join(taken)}",
            hint=f"unset {' '.join(taken)}; or let the vault win: --override",
        )
    for assignment in assignments:
        size = len(assignment.variable) + len(assignment.value.encode()) + 2
        if size > MAX_VARIABLE:
            raise VariableRefused(f"{assignment.source} is too long for a variable: {size:,} bytes")
        child[assignment.variable] = assignment.value
    return child
