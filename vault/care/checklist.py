"""Checklists for the replacement of a key: steps at the exchange, and with the programs that use it."""

from __future__ import annotations

from collections.abc import Sequence

from ..credential.credential import Credential
from ..exchanges.profile import Profile
from .keys import is_wallet, listed, settings


def making(credential: Credential, profile: Profile) -> list[str]:
    """Return the steps before a successor is stored."""
    if is_wallet(profile):
        return [f"approve a new agent at {profile.page}; it replaces the old one if it has the same name"]
    return [
        f"make the new key at {profile.page}, with the same settings: {settings(credential)}",
        "leave the old key as it is: the programs go on with it until the new one is tried",
    ]


def trying(credential: Credential, profile: Profile) -> list[str]:
    """Return the steps while the successor is staged."""
    name = credential.name
    return [
        *([f"does it work? vault verify {name} --next"] if profile.verify else []),
        f"with a program: vault run --next -c {name} -- COMMAND",
        f"if it does: vault rotate {name} --commit; if not: vault rotate {name} --abort",
    ]


def retiring(
    credential: Credential, profile: Profile, programs: Sequence[str], held: Sequence[str] = ()
) -> list[str]:
    """Return the steps after a rotation.

    Args:
        programs: these were handed the old values.
        held: credentials that hold the old key, too.
    """
    steps = [f"restart the programs that still use the old key: {', '.join(programs)}"] if programs else []
    if credential.retired is None:
        return [*steps, f"then drop the old values: vault rotate {credential.name} --forget"]
    if held:
        steps.append(f"leave the old key at the exchange: {listed(held)} has the same one")
    else:
        steps.append(f"delete the old key at {profile.page}")
    return [*steps, f"then drop it here, too: vault rotate {credential.name} --forget"]
