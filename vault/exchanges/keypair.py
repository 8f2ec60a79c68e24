"""Key pairs made here: the private half stays in the vault, the public half goes to the exchange."""

from __future__ import annotations

from collections.abc import Mapping

from ..base.secret import Secret
from ..credential.credential import Credential, Values
from ..errors import InvalidCredential
from .profile import Profile


def make(profile: Profile, kind: str, now: int, before: Mapping[str, Secret] = {}) -> Values:
    """Generate a private key of *kind* (empty: the exchange's usual one) for the profile's field.

    Args:
        before: values of the key that it succeeds; the public ones, such as an account's address, are kept.

    Raises:
        InvalidCredential: If the exchange does not accept a key of that kind from its users.
    """
    from ..credential import private_keys

    kind = kind or next(iter(profile.keygen), "")
    if kind not in profile.keygen:
        known = ", ".join(profile.keygen)
        what = (
            f"does not accept {kind} keys" if kind and known else "does not accept keys that its users make"
        )
        hint = f"it accepts: {known}" if known else "store the key that it shows: vault add"
        raise InvalidCredential(f"{profile.title} {what}", hint=hint)
    kept = {name: value for name, value in before.items() if profile.field(name).public}
    return Values({**kept, _field(profile): private_keys.generate(kind)}, now)


def public_half(profile: Profile, values: Mapping[str, Secret]) -> str:
    """Return the half to upload: a public key in PEM, or a wallet's address."""
    from ..credential import private_keys

    return private_keys.public(values[_field(profile)])


def lacking(profile: Profile, values: Mapping[str, Secret]) -> list[str]:
    """Return the fields that the exchange, or the person, has yet to give."""
    return [field.name for field in profile.fields if field.name not in values and not field.optional]


def newest(credential: Credential) -> Mapping[str, Secret]:
    """Return the newest pair's values: its own while pending, or its successor's; empty without a pair."""
    if credential.state == "pending":
        return credential.fields
    return credential.staged.fields if credential.staged else {}


def is_unanswered(credential: Credential, profile: Profile) -> bool:
    """Return whether the newest pair waits for the exchange's answer, as the API key."""
    values = newest(credential)
    return bool(values) and bool(lacking(profile, values))


def answered(credential: Credential, fields: Mapping[str, Secret], now: int) -> Credential:
    """Return the credential with what the exchange answered: ready to be used, or to be tried."""
    if credential.state == "pending":
        both = {**credential.fields, **fields}
        return credential.changed(fields=both, state="active", created=now, updated=now)
    staged = credential.staged
    if staged is None:
        raise InvalidCredential(
            f"no key pair of {credential.name} waits for an answer", hint="make one first: vault keygen"
        )
    whole = staged.changed(fields={**staged.fields, **fields}, created=now)
    return credential.changed(staged=whole, updated=now)


def _field(profile: Profile) -> str:
    """Return the name of the field that holds a private key."""
    return next(field.name for field in profile.fields if field.keys)
