"""Add a credential, with its values and what is known about it."""

from __future__ import annotations

from ..credential.credential import Credential
from .saving import Change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..base.secret import Secret
    from ..core.vault import Vault
    from ..exchanges.profile import Profile


def check_free(opened: Vault, name: str) -> None:
    """Raise CredentialExists if the vault has a credential of that name."""
    opened.payload.check_free(name)


def new(
    name: str,
    profile: Profile,
    fields: Mapping[str, Secret],
    facts: Mapping[str, Any],
    now: int,
    *,
    did: str = "add",
    state: str = "active",
) -> Change:
    """Add a credential.

    Args:
        facts: further fields of a credential, of :func:`vault.actions.facts.read`.
    """
    added = Credential(name, profile.name, fields, created=now, updated=now, state=state, **facts)
    return Change(name, did, added=added)
