"""A bot's reader of credentials that it inherits on a descriptor; docs/handover.md describes the format.

Every bot that calls :func:`from_fd` pays for this module's imports: there are no more than it needs.
"""

from __future__ import annotations

import os
import stat

from .. import system
from ..base.record import Record
from ..base.rules import shortened
from ..base.secret import Secret
from ..errors import HostError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1  # of the object of `--via fd`: a new one when a key changes its meaning, not for a new key


class Handed(Record):
    """One credential, as a program receives it.

    Attributes:
        exchange: its profile's name, e.g. ``okx``.
        environment: ``live``, ``demo`` or ``testnet``.
        fields: secret values by field name, e.g. ``api_key``.
        region: the exchange's site, as its profile names it; empty: the usual one.
    """

    exchange: str
    environment: str
    fields: Mapping[str, Secret]
    region: str = ""


def from_fd(*, shield: bool = False) -> dict[str, Handed]:
    """Return the credentials that ``vault run --via fd`` hands over, by their names; once.

    Then the descriptor is closed, and VAULT_FD is gone from ``os.environ``.

    Args:
        shield: before reading, close this process to others of its user: its memory, its files below
            ``/proc/PID``, core dumps. Programs that it executes are open again.

    Raises:
        HostError: If there are no credentials, or they were read before; or if this system cannot *shield*.
    """
    if shield and not system.make_undumpable():
        raise HostError(
            "this system cannot close a process's memory to others of its user; nothing was read",
            hint="call from_fd without shield to read the credentials all the same",
        )
    number = os.environ.pop("VAULT_FD", "")
    if not number:
        raise HostError(
            "no credentials: this was not started by vault run --via fd, or has read them already",
            hint="vault run --via fd -- PROGRAM; call from_fd once, and keep what it returns",
        )
    handed = _parsed(_read(number))
    if handed is None:  # raised here, where no frame of the traceback holds a value
        raise HostError(
            "the credentials are not in the format that this version of coldvault reads",
            hint="vault run is of a newer version than this program imports: update it",
        )
    return handed


def _read(number: str) -> bytes:
    try:
        descriptor = int(number)
        status = os.fstat(descriptor)
    except (ValueError, OverflowError, OSError):
        raise HostError(
            f"VAULT_FD is not an open descriptor: {shortened(number)}",
            hint="let the program's launcher pass it on, as subprocess.Popen(…, pass_fds=[…]) does",
        ) from None
    # A file in memory has no link in any folder. If this one has, it took the number after ours was closed.
    if not stat.S_ISFIFO(status.st_mode) and status.st_nlink:
        raise HostError(f"descriptor {descriptor}, which VAULT_FD names, is another file by now")
    try:
        with open(descriptor, "rb") as file:
            data = file.read()
    except OSError as error:
        raise HostError(f"cannot read descriptor {descriptor}: {(error.strerror or '').lower()}") from None
    if not data:
        raise HostError(f"descriptor {descriptor} is empty: another process has read it")
    return data


def _parsed(data: bytes) -> dict[str, Handed] | None:
    import json

    try:
        plain = json.loads(data)
        if plain["version"] != VERSION:
            return None
        handed = {}
        for name, entry in plain["credentials"].items():  # keys of a newer version are ignored
            fields = {field: Secret(value) for field, value in entry["fields"].items()}
            handed[name] = Handed(entry["exchange"], entry["environment"], fields, entry.get("region", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return handed
