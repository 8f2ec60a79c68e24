"""The powers and settings of a key, by its credential and profile."""

from __future__ import annotations

from collections.abc import Iterable

from ..credential.credential import Credential
from ..errors import VaultError
from ..exchanges.profile import Profile

_NAMED = 5  # names in one message


def is_wallet(profile: Profile) -> bool:
    """Return whether its keys are wallets, which no exchange can bind to an address."""
    return any("secp256k1" in field.keys for field in profile.fields)


def is_own_wallet(credential: Credential, profile: Profile) -> bool:
    """Return whether the private key belongs to the wallet address beside it, not to an agent."""
    held = [field for field in profile.fields if field.name in credential.fields]
    private = next((credential.fields[field.name] for field in held if "secp256k1" in field.keys), None)
    if private is None:
        return False
    from ..credential import private_keys

    public = [credential.fields[field.name].reveal().lower() for field in held if field.public]
    try:
        return private_keys.address(private).lower() in public
    except VaultError:
        return False  # audit remarks on a broken key


def may(credential: Credential, profile: Profile, permission: str) -> bool:
    """Return whether the key can do this; unrecorded permissions may be any."""
    if not is_wallet(profile):
        return not credential.permissions or permission in credential.permissions
    if permission != "withdraw":
        return True  # nothing limits what an agent trades, and an account's balances are public
    return permission in credential.permissions or is_own_wallet(credential, profile)


def settings(credential: Credential) -> str:
    """Return the settings of the key at the exchange, for its successor."""
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


def listed(names: Iterable[str]) -> str:
    """Return the first few names, each once, and how many more there are."""
    each = list(dict.fromkeys(names))
    more = f" and {len(each) - _NAMED} more" if len(each) > _NAMED else ""
    return ", ".join(each[:_NAMED]) + more
