"""Key pairs made here: the private half stays in the vault, the public half is what the exchange is given."""

from __future__ import annotations

from .credential import Values
from .errors import InvalidCredential

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .credential import Credential
    from .profiles import Profile
    from .secret import Secret


def make(profile: Profile, kind: str, now: int) -> Values:
    """A new private key of *kind* (empty: the exchange's usual one) in its profile's field.

    Raises:
        InvalidCredential: If the exchange takes no key of that kind from its users.
    """
    from . import keys

    kind = kind or next(iter(profile.keygen), "")
    if kind not in profile.keygen:
        known = ", ".join(profile.keygen)
        what = f"takes no {kind} key" if kind and known else "takes no key that its users make"
        hint = f"it takes: {known}" if known else "store what it shows: vault add"
        raise InvalidCredential(f"{profile.title} {what}", hint=hint)
    return Values({_field(profile): keys.generate(kind)}, now)


def public_half(profile: Profile, values: Mapping[str, Secret]) -> str:
    """What is uploaded: a public key in PEM, or a wallet's address."""
    from . import keys

    return keys.public(values[_field(profile)])


def lacking(profile: Profile, values: Mapping[str, Secret]) -> list[str]:
    """Fields that the exchange, or the person, has yet to give."""
    return [field.name for field in profile.fields if field.name not in values and not field.optional]


def unanswered(credential: Credential, profile: Profile) -> Mapping[str, Secret]:
    """The values of a pair that awaits the exchange's answer, its own or its successor's; empty if none."""
    if credential.state == "pending":
        return credential.fields
    staged = credential.staged
    return staged.fields if staged and lacking(profile, staged.fields) else {}


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
