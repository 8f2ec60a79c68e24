"""What a credential and its profile say of a key: what it can do, and for whom."""

from __future__ import annotations

from collections.abc import Iterable

from ..credential.credential import Credential
from ..errors import VaultError
from ..exchanges.profile import Profile

_NAMED = 5  # names in one message


def is_wallet(profile: Profile) -> bool:
    """Whether its keys are wallets, which sign for themselves: no exchange can bind them to an address."""
    return any("secp256k1" in field.keys for field in profile.fields)


def is_own_wallet(credential: Credential, profile: Profile) -> bool:
    """Whether the private key is that of the wallet address beside it, and not that of an agent."""
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
    """Whether the key can do this; True as well if nobody has recorded that it cannot."""
    if not is_wallet(profile):
        return not credential.permissions or permission in credential.permissions
    if permission != "withdraw":
        return True  # nothing limits what an agent trades, and an account's balances are public
    return permission in credential.permissions or is_own_wallet(credential, profile)


def settings(credential: Credential) -> str:
    """Return the settings of the key at the exchange, for a successor that is to have the same."""
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
