"""Compare the credentials of two unlocked vaults."""

from __future__ import annotations

from ..base.record import Record
from ..core.vault import Vault
from ..credential.credential import Credential


class Difference(Record):
    """The credentials, by name, in which a copy differs from a vault."""

    missing: tuple[str, ...] = ()  # only the vault has these
    again: tuple[str, ...] = ()  # only the copy has these
    altered: tuple[str, ...] = ()  # both have these, and they differ


def difference(copy: Vault, vault: Vault) -> Difference:
    """Return in what *copy* differs from *vault*."""
    here = {credential.name: credential for credential in vault.credentials}
    there = {credential.name: credential for credential in copy.credentials}
    return Difference(
        tuple(name for name in here if name not in there),
        tuple(name for name in there if name not in here),
        tuple(name for name in there if name in here and there[name] != here[name]),
    )


def altered(one: Credential, other: Credential) -> tuple[str, ...]:
    """Return the names of the attributes in which two credentials differ, that of the last change aside."""
    names = [name for name in Credential.__annotations__ if name != "updated"]
    return tuple(name for name in names if getattr(one, name) != getattr(other, name)) or ("updated",)
