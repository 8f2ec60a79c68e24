"""Values that several credentials hold."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from ..base.digest import hmac_sha256
from ..base.secret import Secret
from ..credential.credential import Credential
from ..exchanges.profile import Profile

_SHORTEST = 8  # characters; a shorter text in an unknown field is probably not a secret


def same_values(
    credentials: Iterable[Credential], known: Mapping[str, Profile]
) -> dict[tuple[str, ...], set[str]]:
    """Return the fields of which credentials hold the same value, by the names of these credentials."""
    # Digests under a throw-away key: one pass compares all values without copying them.
    key = os.urandom(32)
    holders: dict[bytes, dict[str, Credential]] = {}
    fields: dict[bytes, set[str]] = {}
    for credential in credentials:
        for values in (credential, credential.staged, credential.previous):
            for field, value in values.fields.items() if values is not None else ():
                profile = known[credential.exchange]
                shape = profile.field(field)
                if not shape.public and (shape in profile.fields or len(value) >= _SHORTEST):
                    digest = hmac_sha256(key, _essence(value))
                    holders.setdefault(digest, {})[credential.name] = credential
                    fields.setdefault(digest, set()).add(field)
    shared: dict[tuple[str, ...], set[str]] = {}
    for digest, by_name in holders.items():
        if len(by_name) > 1:
            shared.setdefault(tuple(by_name), set()).update(fields[digest])
    return shared


def _essence(value: Secret) -> bytes:
    """Return a value in a form to compare: without blanks and line ends, hexadecimals in lower case."""
    text = "".join(value.reveal().split())
    return (text.lower() if text.startswith(("0x", "0X")) else text).encode()
