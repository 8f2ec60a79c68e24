"""What is left to a person when a key is replaced: at the exchange, and with the programs that use it.

Pure: a credential and its profile in, sentences out; nothing secret is in them.
"""

from __future__ import annotations

from .audit import is_wallet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..credential.credential import Credential
    from ..exchanges.profile import Profile


def settings(credential: Credential, profile: Profile) -> str:
    """What a successor is to be given at the exchange, so that nothing changes for the programs."""
    parts = [
        f"may {', '.join(credential.permissions)}" if credential.permissions else "permissions: not recorded",
        f"bound to {', '.join(credential.ips)}" if credential.ips else "bound to no address",
    ]
    if credential.account:
        parts.append(f"account {credential.account}")
    if credential.region:
        parts.append(f"site {credential.region}")
    if credential.environment != "live":
        parts.append(credential.environment)
    return "; ".join(parts)


def making(credential: Credential, profile: Profile) -> list[str]:
    """Before a successor is stored."""
    if is_wallet(profile):
        return [f"approve a new agent at {_place(profile)}; it replaces the old one if it has the same name"]
    return [
        f"make the new key at {_place(profile)}, with the same settings: {settings(credential, profile)}",
        "leave the old key as it is: the programs go on with it until the new one is tried",
    ]


def trying(credential: Credential, profile: Profile) -> list[str]:
    """While it is staged."""
    name = credential.name
    first = [f"does it work? vault verify {name} --next"] if profile.verify else []
    return [
        *first,
        f"with a program: vault run --next -c {name} -- COMMAND",
        f"if it does: vault rotate {name} --commit; if not: vault rotate {name} --abort",
    ]


def retiring(credential: Credential, profile: Profile, programs: Sequence[str]) -> list[str]:
    """Once the successor is in its place.

    Args:
        programs: those that were given the old values, as the journal has them.
    """
    restart = [f"restart what still runs with the old key: {', '.join(programs)}"] if programs else []
    return [
        *restart,
        f"delete the old key at {_place(profile)}",
        f"then drop it here, too: vault rotate {credential.name} --forget",
    ]


def _place(profile: Profile) -> str:
    return profile.manage or "the exchange"
