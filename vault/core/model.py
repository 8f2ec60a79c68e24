"""The payload: all credentials and what is known of each slot, with its one encoding.

The schema is that of docs/format.md, "Payload".
"""

from __future__ import annotations

from .. import canonical
from ..credential import Credential
from ..errors import CredentialExists, CredentialNotFound, InvalidCredential, Malformed, Unsupported
from ..record import Record
from ..secret import Secret
from ..rules import check_name, check_text, shortened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


class SlotRecord(Record):
    """What is known about a slot, inside the payload.

    Attributes:
        kind: ``password``, ``recovery`` or ``machine``.
        public_key: of a recipient, 32 bytes: a new data key is wrapped to it without its owner.
    """

    kind: str
    label: str
    created: int
    public_key: bytes = b""

    def check(self) -> None:
        if self.kind not in ("password", "recovery", "machine"):
            raise InvalidCredential(f"not a kind of slot: {shortened(self.kind)}")
        if len(self.public_key) != (0 if self.kind == "password" else 32):
            raise InvalidCredential("a slot's public key has 32 bytes, a password slot has none")
        check_text(self.label)


class Payload:
    """All that is sealed: credentials by name, and what is known of each slot by its id."""

    def __init__(
        self, created: int, credentials: Iterable[Credential] = (), slots: Mapping[bytes, SlotRecord] = {}
    ) -> None:
        self.created = created
        self.slots = dict(slots)
        self._credentials = {credential.name: credential for credential in credentials}

    @property
    def credentials(self) -> list[Credential]:
        """All of them, by name."""
        return [self._credentials[name] for name in sorted(self._credentials)]

    def get(self, name: str) -> Credential:
        """The credential of that name; raises CredentialNotFound, naming the nearest."""
        if name in self._credentials:
            return self._credentials[name]
        check_name(name)
        from difflib import get_close_matches  # heavy, and only for a slip of the finger

        near = get_close_matches(name, self._credentials, 1)
        hint = f"did you mean {near[0]}?" if near else None
        raise CredentialNotFound(f"no credential is named {name}", hint=hint)

    def add(self, credential: Credential) -> None:
        """Put in a new one; raises CredentialExists if its name is taken."""
        if credential.name in self._credentials:
            raise CredentialExists(f"there is already a credential named {credential.name}")
        self._credentials[credential.name] = credential

    def replace(self, credential: Credential) -> None:
        """Put in another state of one that is there."""
        self.get(credential.name)
        self._credentials[credential.name] = credential

    def remove(self, name: str) -> Credential:
        """Take one out for good."""
        credential = self.get(name)
        del self._credentials[name]
        return credential

    def to_json(self) -> bytes:
        """Its canonical JSON; :meth:`from_json` takes nothing else."""
        slots = {slot_id.hex(): _slot_to_plain(slot) for slot_id, slot in self.slots.items()}
        credentials = [_to_plain(credential) for credential in self.credentials]
        return canonical.dumps({"created": self.created, "credentials": credentials, "slots": slots})

    @classmethod
    def from_json(cls, data: bytes) -> Payload:
        """The payload of these bytes.

        Raises:
            Malformed: If no writer makes them.
            Unsupported: If they have keys that this version does not know.
        """
        plain = canonical.loads(data)
        try:
            _check_keys(plain, {"created", "credentials", "slots"}, ())
            slots = {bytes.fromhex(key): _slot_from_plain(slot) for key, slot in plain["slots"].items()}
            credentials = [_from_plain(credential) for credential in plain["credentials"]]
            payload = cls(plain["created"], credentials, slots)
            whole = payload.to_json() == data
        except (AttributeError, KeyError, TypeError, ValueError, InvalidCredential) as error:
            raise Malformed(f"the payload has impossible contents ({type(error).__name__})") from None
        if not whole:
            raise Malformed("the payload is not written as this format does")
        return payload


# Keys of a credential that every one has; the others are absent when they have their default.
_REQUIRED = ("created", "exchange", "fields", "name", "state", "updated")
_LISTS = ("permissions", "ips", "tags")
_ORDERED = ("permissions", "tags")  # sorted, each once; addresses keep the order their owner gave them


def _check_keys(plain: Mapping[str, Any], required: Iterable[str], optional: Iterable[str]) -> None:
    if unknown := plain.keys() - {*required, *optional}:
        raise Unsupported(f"the vault was written by a newer version: it has {shortened(min(unknown))}")


def _to_plain(credential: Credential) -> dict[str, Any]:
    plain: dict[str, Any] = {
        key: value
        for key in Credential.__annotations__
        if (value := getattr(credential, key)) != getattr(Credential, key, None) or key in _REQUIRED
    }
    plain["fields"] = {field: value.reveal() for field, value in credential.fields.items()}
    for key in _LISTS:
        if key in plain:
            plain[key] = sorted(set(plain[key])) if key in _ORDERED else list(plain[key])
    if "variables" in plain:
        plain["variables"] = dict(plain["variables"])
    return plain


def _from_plain(plain: Mapping[str, Any]) -> Credential:
    _check_keys(plain, _REQUIRED, Credential.__annotations__)
    fields = {field: Secret(value) for field, value in plain["fields"].items()}
    lists = {key: tuple(plain[key]) for key in _LISTS if key in plain}
    return Credential(**{**plain, "fields": fields, **lists})


def _slot_to_plain(slot: SlotRecord) -> dict[str, Any]:
    plain: dict[str, Any] = {"created": slot.created, "kind": slot.kind, "label": slot.label}
    return {**plain, "public_key": slot.public_key.hex()} if slot.public_key else plain


def _slot_from_plain(plain: Mapping[str, Any]) -> SlotRecord:
    _check_keys(plain, SlotRecord.__annotations__, ())
    return SlotRecord(**{**plain, "public_key": bytes.fromhex(plain.get("public_key", ""))})
