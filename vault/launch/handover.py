"""Credentials on a descriptor that a program inherits, instead of in its variables; see docs/handover.md.

The formats are pure; :func:`place` makes the descriptor.
"""

from __future__ import annotations

import os
import stat

from .. import system
from ..base.rules import shortened
from ..errors import HostError, InvalidCredential, SelectionRefused, Usage, VariableConflict
from .reader import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..credential.credential import Credential

PLACE = "{vault}"  # in an argument of the program: stands for the path of the file
_REOPENED = ("file:freqtrade",)  # freqtrade does when it is told to reload its configuration

# freqtrade 2026.9: in configuration.py, FREQTRADE__… variables override every file, in any case of letters
# after that prefix. Of a value's names, exchange.py takes the first that is there, even if it is empty, and
# `freqtrade new-config` writes an empty api_key: so each value is written under both of its names.
_FREQTRADE = "FREQTRADE__EXCHANGE__"
_OVERRIDING = {"KEY", "API_KEY", "SECRET", "PASSWORD", "UID", "ACCOUNT_ID", "WALLET_ADDRESS", "PRIVATE_KEY"}
_ALSO = {"key": "api_key", "api_key": "key", "wallet_address": "walletAddress", "private_key": "privateKey"}


def _json(plain: object) -> bytes:
    import json

    return json.dumps(plain).encode()  # ASCII: readers open it in whatever encoding their locale has


def content(credentials: Sequence[Credential]) -> bytes:
    """Return the object for :func:`reader.from_fd` or another reader: each credential by its name."""
    handed = {}
    for c in credentials:
        region = {"region": c.region} if c.region else {}
        fields = {field: value.reveal() for field, value in c.fields.items()}
        handed[c.name] = {"exchange": c.exchange, "environment": c.environment, **region, "fields": fields}
    return _json({"version": VERSION, "credentials": handed})


def freqtrade(credentials: Sequence[Credential]) -> bytes:
    """Return a further configuration file, with the values that freqtrade's preset has names for."""
    from . import environment

    credential = _only(credentials, "freqtrade")
    section: dict[str, str] = {}
    for one in environment.plan([credential], names=[credential.name], clients=["freqtrade"]):
        if one.secret and one.variable.startswith(_FREQTRADE):
            name = one.variable.removeprefix(_FREQTRADE).lower()
            section |= {name: one.value, _ALSO.get(name, name): one.value}
    return _json({"exchange": section})


def coinbase(credentials: Sequence[Credential]) -> bytes:
    """Return a key file like Coinbase's download: ``RESTClient(key_file=…)``, coinbase-advanced-py 1.8.4."""
    name, key = _pair(credentials, "coinbase")
    return _json({"name": name, "privateKey": key})


def krakenex(credentials: Sequence[Credential]) -> bytes:
    """Return key and secret, each on a line: ``API.load_key(path)``, krakenex 2.2.2."""
    pair = _pair(credentials, "kraken")
    if any(value.split() != [value] for value in pair):
        raise InvalidCredential(f"{credentials[0].name} has a value with a blank, which krakenex drops")
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
            f"a file for {client} holds one credential, not {len(credentials)}",
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


def variable(via: str) -> str:
    """Return the variable that points the program to its credentials; raises Usage if *via* is unknown."""
    if via not in FORMATS:
        raise Usage(f"not a way to hand over: {shortened(via)}", hint=f"--via takes: {', '.join(FORMATS)}")
    return "VAULT_FD" if via == "fd" else "VAULT_VIA"


def pack(via: str, credentials: Sequence[Credential], child: Mapping[str, str]) -> bytes:
    """Return the bytes that the program will read.

    Args:
        via: one of :data:`FORMATS`.
        child: its environment.

    Raises:
        SelectionRefused, InvalidCredential, ProfileNotFound: If that format cannot hold these credentials.
        VariableConflict: If a variable in *child* would override them.
    """
    theirs = [name for name in child if via == "file:freqtrade" and name.startswith("FREQTRADE__")]
    if overriding := [name for name in theirs if name.upper().removeprefix(_FREQTRADE) in _OVERRIDING]:
        raise VariableConflict(
            f"already set, and freqtrade would prefer it: {', '.join(overriding)}",
            hint=f"unset {' '.join(overriding)}",
        )
    return FORMATS[via](credentials)


def place(
    via: str, data: bytes, command: Sequence[str], child: Mapping[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment of a program that is to read *data*.

    Call it last: any program that is executed afterwards inherits the descriptor.

    Raises:
        HostError: If this system cannot hand *data* over.
    """
    descriptor = system.memory_file(data)
    if via == "fd":
        return list(command), {**child, variable(via): str(descriptor)}
    if via in _REOPENED and stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        raise HostError(
            "this system has no files in memory, and freqtrade reads its configuration more than once",
            hint="hand them over in variables: --for freqtrade",
        )
    path = f"/proc/self/fd/{descriptor}"
    path = path if os.path.exists(path) else f"/dev/fd/{descriptor}"
    words = [word.replace(PLACE, path) for word in command[1:]]
    return [command[0], *words], {**child, variable(via): path}
