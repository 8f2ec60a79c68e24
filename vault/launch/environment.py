"""Which credentials a program is given, under which names, and every reason to refuse.

Pure: credentials, profiles and the caller's environment in; the program's environment out.
"""

from __future__ import annotations

from ..base.record import Record
from ..base.rules import check_variable, shortened
from ..credential.credential import not_found
from ..errors import (
    CredentialNotFound,
    InvalidCredential,
    ProfileNotFound,
    SelectionRefused,
    VariableConflict,
    VariableRefused,
)
from ..exchanges import profiles
from .garble import garbled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..credential.credential import Credential

# Ours alone: VAULT_ADDR and its like belong to another program of that name.
OWN = frozenset(
    {"VAULT_FILE", "VAULT_PASSWORD_FILE", "VAULT_DEBUG", "VAULT_FD", "VAULT_VIA", "_VAULT_COMPLETE"}
)


class _Names:
    """Names of variables in whatever case, of which those that end in ``*`` stand for all that begin so."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self._whole = frozenset(names)
        self._beginnings = tuple(name[:-1] for name in names if name.endswith("*"))

    def __contains__(self, name: str) -> bool:
        upper = name.upper()
        return upper in self._whole or upper.startswith(self._beginnings)


# What --clean keeps: enough to find programs, a home, a language and a clock.
KEPT = _Names("HOME", "LANG", "LANGUAGE", "LC_*", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER",
        "APPDATA", "COMSPEC", "LOCALAPPDATA", "PATHEXT", "SYSTEMROOT", "TEMP", "TMP",
        "USERPROFILE")  # fmt: skip

# Names with which whoever sets them runs code in the program, or reads what it sends: of the loader
# (ld.so(8), dyld(1)), of interpreters, of shells, of proxies and of TLS libraries.
_STEERING = _Names(
    "LD_*", "DYLD_*", "GCONV_PATH", "LOCPATH", "MALLOC_*", "GLIBC_TUNABLES",
    "PYTHON*", "NODE_OPTIONS", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED",
    "PERL5LIB", "PERL5OPT", "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS",
    "BASH_ENV", "BASH_FUNC_*", "ENV", "IFS", "PS4", "SHELLOPTS", "PATH", "PATHEXT", "COMSPEC",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY", "NO_PROXY", "WS_PROXY", "WSS_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES",
)  # fmt: skip

# Every shell and most users have these; they are refused as targets, and no news when inherited.
_USUAL = frozenset({"PATH", "PATHEXT", "COMSPEC", "NO_PROXY", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE",
                    "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONHASHSEED",
                    # Notes of Docker's official images; no interpreter reads them.
                    "PYTHON_VERSION", "PYTHON_SHA256", "PYTHON_PIP_VERSION", "PYTHON_SETUPTOOLS_VERSION",
                    "PYTHON_GET_PIP_URL", "PYTHON_GET_PIP_SHA256"})  # fmt: skip

MAX_VARIABLE = 131072  # bytes with name, = and the final NUL: MAX_ARG_STRLEN, execve(2)


class Assignment(Record):
    """One variable of the program.

    Attributes:
        source: ``NAME.FIELD``, or the client whose settings it belongs to.
        secret: whether *value* came out of the vault.
        warnings: what the client that reads it would make of the value, instead of taking it as it is.
    """

    variable: str
    value: str
    source: str
    secret: bool = True
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Assignment({self.variable}, from {self.source})"


class Mapped(Record):
    """A variable mapped by hand: ``VAR=NAME.FIELD``."""

    variable: str
    name: str
    field: str

    @classmethod
    def read(cls, text: str) -> Mapped:
        """Of that form; raises InvalidCredential otherwise."""
        variable, equals, source = text.partition("=")
        name, dot, field = source.rpartition(".")  # a name may have dots, a field has none
        if not (equals and dot):
            raise InvalidCredential(f"not of the form VAR=NAME.FIELD: {shortened(text)}")
        check_target(variable)
        return cls(variable, name, field)


def check_target(variable: str) -> None:
    """Raise VariableRefused or InvalidCredential unless a credential may be put into *variable*."""
    check_variable(variable)
    if variable in _STEERING or variable.upper() in OWN:
        raise VariableRefused(
            f"{variable} steers how programs run or connect; it never holds a credential",
            hint="choose another variable name",
        )


def dangers(base: Mapping[str, str], handed: Iterable[Credential]) -> list[str]:
    """Variables that can run code in the program or redirect what it sends, where money is at stake.

    Args:
        base: the program's environment.
        handed: what the program is handed. A key of a demo environment, or one that may only read, costs
            nobody an account; one whose permissions are not recorded may.
    """
    at_stake = [c for c in handed if c.environment == "live" and c.permissions != ("read",)]
    presets = [preset for c in at_stake for preset in profiles.load(c.exchange).presets.values()]
    steering = _Names(*(name for preset in presets for name in preset.redirects))
    return sorted(
        name
        for name in (base if at_stake else ())
        if base[name] and (name in steering or (name in _STEERING and name.upper() not in _USUAL))
    )


def select(
    credentials: Sequence[Credential], names: Sequence[str], *, successors: bool = False
) -> list[Credential]:
    """The credentials of these names; without names, every active one that is not guarded.

    Args:
        successors: the successor of each that has one, in its place.

    Raises:
        SelectionRefused: If one is disabled, if nothing is left, or if a live and a demo credential of
            one exchange would be handed over together; or if no successor is there.
        CredentialNotFound: If a name is not among them.
    """
    by_name = {credential.name: credential for credential in credentials}
    if missing := [name for name in names if name not in by_name]:
        raise not_found(missing[0], by_name)
    if names:
        chosen = [by_name[name] for name in dict.fromkeys(names)]
        for credential in chosen:
            _check_active(credential)
    else:
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
            f"{name} is a key pair that the exchange has given no API key for yet",
            hint=f"upload its public half, then: vault keygen {name}",
        )


def _nothing(credentials: Sequence[Credential]) -> SelectionRefused:
    if not credentials:
        return SelectionRefused(
            "the vault holds no credentials", hint="store one: vault add NAME --exchange okx"
        )
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
    """The variables of a program.

    A client's preset names the variables of each credential whose profile has it. Every other
    credential goes by its own names, else by its own preset, else by its profile's, else by
    ``NAME_FIELD``. What is only mapped by hand is handed over by those fields alone.

    Args:
        credentials: all there are.
        names: those to hand over; see :func:`select`.
        plain: variables besides, that hold no secret.
        prefix: put before every name that is not mapped by hand.
        successors: hand over the successor of each that has one.

    Raises:
        SelectionRefused, CredentialNotFound: As :func:`select` does.
        ProfileNotFound: If a client is not known, or not for any of these credentials.
        VariableConflict: If two values want one variable.
        VariableRefused: If a variable is never to hold a credential.
    """
    chosen = select(credentials, [*names, *(entry.name for entry in mapped)], successors=successors)
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


def _successors(chosen: Sequence[Credential]) -> list[Credential]:
    if not any(credential.staged for credential in chosen):
        names = ", ".join(credential.name for credential in chosen)
        raise SelectionRefused(f"no successor is staged of: {names}", hint="store one: vault rotate NAME")
    return [credential.successor() if credential.staged else credential for credential in chosen]


def _secret(variable: str, credential: Credential, field: str) -> Assignment:
    return Assignment(variable, credential.fields[field].reveal(), f"{credential.name}.{field}")


def _by_preset(credential: Credential, client: str, profile: profiles.Profile) -> list[Assignment]:
    preset, environment = profile.presets[client], credential.environment
    names = {**preset.variables, **preset.rename.get(credential.region, {})}
    names |= preset.rename.get(environment, {})
    besides = {**getattr(preset, environment), **preset.region.get(credential.region, {})}
    assignments = []
    for field in credential.fields:
        assignment = _secret(names.get(field) or _plain(credential, field), credential, field)
        label = f"{assignment.source} ({profile.field(field).label})"
        warnings = garbled(preset, client, field, label, assignment.value, exchange=profile.name)
        assignments.append(assignment.changed(warnings=tuple(warnings)))
    return assignments + [Assignment(v, value, client, secret=False) for v, value in besides.items()]


def _by_default(credential: Credential, profile: profiles.Profile) -> list[Assignment]:
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
    """The program's environment: *base* without our own variables, and the assignments.

    Args:
        override: replace what is already set to another value.
        clean: of *base*, take only :data:`KEPT` and *keep*.

    Raises:
        VariableConflict: If a variable is already set to another value.
        VariableRefused: If a value is larger than a system takes.
    """
    child = {name: value for name, value in base.items() if name not in OWN}
    if clean:
        child = {name: value for name, value in child.items() if name in KEPT or name in keep}
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
