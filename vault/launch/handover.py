"""Credentials on a descriptor that a program inherits, instead of in its variables: formats, and the reader.

docs/handover.md describes both. The formats are pure. :func:`from_fd` is what a bot calls, so nothing that
it does not need is imported with this module.
"""

from __future__ import annotations

import os
import stat

from .. import system
from ..base.record import Record
from ..base.rules import shortened
from ..base.secret import Secret
from ..errors import HostError, InvalidCredential, SelectionRefused, Usage, VariableConflict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..credential.credential import Credential

VERSION = 1  # of the object of `--via fd`: another one where a key changes its meaning, not for a new key
PLACE = "{vault}"  # in an argument of the program: the path of the file
_OPENED_AGAIN = ("file:freqtrade",)  # when it is told to load its configuration anew

# freqtrade 2026.9: configuration.py lays what FREQTRADE__… variables say over every file, in any case of
# letters after that prefix. Of the names of one value, exchange.py takes the first that is there, were it
# empty, and `freqtrade new-config` writes an empty api_key; so each goes by the name that others read, too.
_FREQTRADE = "FREQTRADE__EXCHANGE__"
_BEATEN_BY = {"KEY", "API_KEY", "SECRET", "PASSWORD", "UID", "ACCOUNT_ID", "WALLET_ADDRESS", "PRIVATE_KEY"}
_ALSO = {"key": "api_key", "api_key": "key", "wallet_address": "walletAddress", "private_key": "privateKey"}


class Handed(Record):
    """One credential, as a program is handed it.

    Attributes:
        exchange: its profile's name, e.g. ``okx``.
        environment: ``live``, ``demo`` or ``testnet``.
        fields: secret values by field name, e.g. ``api_key``.
        region: the site it works at, as its profile names it; empty: the usual one.
    """

    exchange: str
    environment: str
    fields: Mapping[str, Secret]
    region: str = ""


# --- what is written ----------------------------------------------------------------------------------


def _json(plain: object) -> bytes:
    import json

    return json.dumps(plain).encode()  # ASCII: readers open it in whatever encoding their locale has


def content(credentials: Sequence[Credential]) -> bytes:
    """For :func:`from_fd`, and any other reader: each credential by its name, and what belongs to it."""
    handed: dict[str, object] = {}
    for credential in credentials:
        belongs = {"exchange": credential.exchange, "environment": credential.environment}
        if credential.region:
            belongs["region"] = credential.region
        fields = {field: value.reveal() for field, value in credential.fields.items()}
        handed[credential.name] = {**belongs, "fields": fields}
    return _json({"version": VERSION, "credentials": handed})


def freqtrade(credentials: Sequence[Credential]) -> bytes:
    """A further configuration file, with the values that freqtrade's preset has names for."""
    from . import environment

    credential = _only(credentials, "freqtrade")
    section: dict[str, str] = {}
    for one in environment.plan([credential], names=[credential.name], clients=["freqtrade"]):
        if one.secret and one.variable.startswith(_FREQTRADE):
            name = one.variable.removeprefix(_FREQTRADE).lower()
            section |= {name: one.value, _ALSO.get(name, name): one.value}
    return _json({"exchange": section})


def coinbase(credentials: Sequence[Credential]) -> bytes:
    """The key file that Coinbase's page downloads: ``RESTClient(key_file=…)``, coinbase-advanced-py 1.8.4."""
    name, key = _pair(credentials, "coinbase")
    return _json({"name": name, "privateKey": key})


def krakenex(credentials: Sequence[Credential]) -> bytes:
    """Key and secret, on a line each: ``API.load_key(path)``, krakenex 2.2.2."""
    pair = _pair(credentials, "kraken")
    if any(value.split() != [value] for value in pair):
        raise InvalidCredential(f"{credentials[0].name} has a value with a blank in it, which krakenex drops")
    return "{}\n{}\n".format(*pair).encode()


FORMATS: Mapping[str, Callable[[Sequence[Credential]], bytes]] = {
    "fd": content,
    "file:freqtrade": freqtrade,
    "file:coinbase": coinbase,
    "file:krakenex": krakenex,
}


def _only(credentials: Sequence[Credential], client: str) -> Credential:
    if len(credentials) != 1:
        raise SelectionRefused(
            f"a file of {client}'s holds one credential, not {len(credentials)}",
            hint=f"choose one: {', '.join(f'-c {c.name}' for c in credentials)}" if credentials else None,
        )
    return credentials[0]


def _pair(credentials: Sequence[Credential], exchange: str) -> list[str]:
    credential = _only(credentials, exchange)
    if credential.exchange != exchange:
        raise SelectionRefused(f"{credential.name} belongs to {credential.exchange}, not to {exchange}")
    if missing := [name for name in ("api_key", "secret_key") if name not in credential.fields]:
        raise InvalidCredential(f"{credential.name} has no field {missing[0]}")
    return [credential.fields[name].reveal() for name in ("api_key", "secret_key")]


# --- the launcher's side ------------------------------------------------------------------------------


def variable(via: str) -> str:
    """The variable that says where the program finds them; raises Usage if *via* is no such way."""
    if via not in FORMATS:
        raise Usage(f"no way to hand over: {shortened(via)}", hint=f"--via takes: {', '.join(FORMATS)}")
    return "VAULT_FD" if via == "fd" else "VAULT_VIA"


def pack(via: str, credentials: Sequence[Credential], child: Mapping[str, str]) -> bytes:
    """What the program will read.

    Args:
        via: one of :data:`FORMATS`.
        child: its environment.

    Raises:
        SelectionRefused, InvalidCredential, ProfileNotFound: If these credentials have no such form.
        VariableConflict: If the program would take what *child* has instead.
    """
    if via == "file:freqtrade" and (beating := [name for name in child if _beats(name)]):
        raise VariableConflict(
            f"freqtrade would take what is set already: {', '.join(beating)}",
            hint=f"unset {' '.join(beating)}",
        )
    return FORMATS[via](credentials)


def _beats(name: str) -> bool:
    return name.startswith("FREQTRADE__") and name.upper().removeprefix(_FREQTRADE) in _BEATEN_BY


def place(
    via: str, data: bytes, command: Sequence[str], child: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """The command and the environment of a program that is to read *data*.

    Call it last: whatever is executed from here on inherits the descriptor.

    Raises:
        HostError: If this system has no way to hand *data* over.
    """
    descriptor = system.memory_file(data)
    if via == "fd":
        return list(command), {**child, variable(via): str(descriptor)}
    if via in _OPENED_AGAIN and stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        raise HostError(
            "this system has no files in memory, and freqtrade reads its configuration more than once",
            hint="hand them over in variables: --for freqtrade",
        )
    path = f"/proc/self/fd/{descriptor}"
    if not os.path.exists(path):
        path = f"/dev/fd/{descriptor}"
    words = [word.replace(PLACE, path) for word in command[1:]]
    return [command[0], *words], {**child, variable(via): path}


# --- the program's side -------------------------------------------------------------------------------


def from_fd(*, shield: bool = False) -> dict[str, Handed]:
    """The credentials that ``vault run --via fd`` hands over, by their names; once.

    The descriptor is closed after that, and VAULT_FD is gone from ``os.environ``.

    Args:
        shield: before anything is read, close this process to others of its user: its memory, what is
            below ``/proc/PID``, core dumps. Programs that it executes are open again.

    Raises:
        HostError: If nothing was handed over, or it was read already; or if this system has no *shield*.
    """
    if shield and not system.shield():
        raise HostError(
            "this system does not keep a process's memory from others of its user; nothing was read",
            hint="without shield the credentials can be read all the same",
        )
    number = os.environ.pop("VAULT_FD", "")
    if not number:
        raise HostError(
            "no credentials are there: this was not started by vault run --via fd, or has read them already",
            hint="vault run --via fd -- PROGRAM; call from_fd once, and keep what it returns",
        )
    handed = _understood(_all_of(number))
    if handed is None:  # raised here, where no value is in sight of whoever reports the error
        raise HostError(
            "what was handed over is not what this version of coldvault reads",
            hint="the program imports an older one than vault run's: update it",
        )
    return handed


def _all_of(number: str) -> bytes:
    try:
        descriptor = int(number)
        status = os.fstat(descriptor)
    except (ValueError, OverflowError, OSError):
        raise HostError(
            f"VAULT_FD names no open descriptor: {shortened(number)}",
            hint="what starts the program has to leave it open, as subprocess.Popen(…, pass_fds=[…])",
        ) from None
    # A file in memory has no name in any folder. Another one took the number after ours was closed.
    if not stat.S_ISFIFO(status.st_mode) and status.st_nlink:
        raise HostError(f"descriptor {descriptor}, which VAULT_FD names, is something else by now")
    try:
        with open(descriptor, "rb") as file:
            data = file.read()
    except OSError as error:
        raise HostError(f"cannot read descriptor {descriptor}: {(error.strerror or '').lower()}") from None
    if not data:
        raise HostError(f"nothing is left on descriptor {descriptor}: another process has read it")
    return data


def _understood(data: bytes) -> dict[str, Handed] | None:
    import json

    try:
        plain = json.loads(data)
        if plain["version"] != VERSION:
            return None
        return {name: _handed(**entry) for name, entry in plain["credentials"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _handed(
    exchange: str, environment: str, fields: Mapping[str, str], region: str = "", **_newer: object
) -> Handed:
    secrets = {field: Secret(value) for field, value in fields.items()}
    return Handed(exchange, environment, secrets, region)
