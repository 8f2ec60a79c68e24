"""Key pairs made here: the private half stays in the vault, the public half is what the exchange is given."""

from __future__ import annotations

from ..credential.credential import Values
from ..errors import InvalidCredential

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..base.secret import Secret
    from ..credential.credential import Credential
    from .profile import Profile


def make(profile: Profile, kind: str, now: int, before: Mapping[str, Secret] = {}) -> Values:
    """A new private key of *kind* (empty: the exchange's usual one) in its profile's field.

    Args:
        before: values of the key that it is to succeed; what is public among them, like the address of an
            account, stays.

    Raises:
        InvalidCredential: If the exchange takes no key of that kind from its users.
    """
    from ..credential import private_keys

    kind = kind or next(iter(profile.keygen), "")
    if kind not in profile.keygen:
        known = ", ".join(profile.keygen)
        what = f"takes no {kind} key" if kind and known else "takes no key that its users make"
        hint = f"it takes: {known}" if known else "store what it shows: vault add"
        raise InvalidCredential(f"{profile.title} {what}", hint=hint)
    kept = {name: value for name, value in before.items() if profile.field(name).public}
    return Values({**kept, _field(profile): private_keys.generate(kind)}, now)


def public_half(profile: Profile, values: Mapping[str, Secret]) -> str:
    """What is uploaded: a public key in PEM, or a wallet's address."""
    from ..credential import private_keys

    return private_keys.public(values[_field(profile)])


def lacking(profile: Profile, values: Mapping[str, Secret]) -> list[str]:
    """Fields that the exchange, or the person, has yet to give."""
    return [field.name for field in profile.fields if field.name not in values and not field.optional]


def newest(credential: Credential) -> Mapping[str, Secret]:
    """The values of its newest pair: its own while it is pending, else its successor's; empty without one."""
    if credential.state == "pending":
        return credential.fields
    return credential.staged.fields if credential.staged else {}


def is_unanswered(credential: Credential, profile: Profile) -> bool:
    """Whether its newest pair awaits what the exchange answers with."""
    values = newest(credential)
    return bool(values) and bool(lacking(profile, values))


def answered(credential: Credential, fields: Mapping[str, Secret], now: int) -> Credential:
    """With what the exchange answered: ready to be used, or to be tried."""
    if credential.state == "pending":
        both = {**credential.fields, **fields}
        return credential.changed(fields=both, state="active", created=now, updated=now)
    staged = credential.staged
    if staged is None:
        raise InvalidCredential(f"no key pair of {credential.name} awaits an answer")
    whole = staged.changed(fields={**staged.fields, **fields}, created=now)
    return credential.changed(staged=whole, updated=now)


def _field(profile: Profile) -> str:
    """The field that holds a private key."""
    return next(field.name for field in profile.fields if field.keys)
