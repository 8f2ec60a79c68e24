"""The payload: all credentials and what is known of each slot, with its one encoding.

The schema is that of docs/format.md, "Payload".
"""

from __future__ import annotations

from .. import canonical
from ..credential import Credential, SlotRecord, check_keys, check_time, not_found
from ..errors import CredentialExists, InvalidCredential, Malformed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Payload:
    """All that is sealed: credentials by name, what is known of each slot by its id, and the journal's keys.

    Attributes:
        journal: keys of the usage journal, by the epoch in which they began; the newest seals.
    """

    def __init__(
        self,
        created: int,
        credentials: Iterable[Credential] = (),
        slots: Mapping[bytes, SlotRecord] = {},
        journal: Mapping[int, bytes] = {},
    ) -> None:
        self.created = created
        self.slots, self.journal = dict(slots), dict(journal)
        self._credentials = {credential.name: credential for credential in credentials}

    @property
    def credentials(self) -> list[Credential]:
        """All of them, by name."""
        return [self._credentials[name] for name in sorted(self._credentials)]

    def get(self, name: str) -> Credential:
        """The credential of that name; raises CredentialNotFound, naming the nearest."""
        if name not in self._credentials:
            raise not_found(name, self._credentials)
        return self._credentials[name]

    def check_free(self, name: str) -> None:
        """Raise CredentialExists if the name is taken."""
        if name in self._credentials:
            raise CredentialExists(f"there is already a credential named {name}")

    def add(self, credential: Credential) -> None:
        """Put in a new one; raises CredentialExists if its name is taken."""
        self.check_free(credential.name)
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
        slots = {slot_id.hex(): slot.to_plain() for slot_id, slot in self.slots.items()}
        credentials = [credential.to_plain() for credential in self.credentials]
        plain = {"created": self.created, "credentials": credentials, "slots": slots}
        keys = {str(epoch): key.hex() for epoch, key in self.journal.items()}
        return canonical.dumps({**plain, "journal": keys} if keys else plain)

    @classmethod
    def from_json(cls, data: bytes) -> Payload:
        """The payload of these bytes.

        Raises:
            Malformed: If no writer makes them.
            Unsupported: If they have keys that this version does not know.
        """
        plain = canonical.loads(data)
        try:
            check_keys(plain, ("created", "credentials", "slots"), ("journal",))
            check_time(plain["created"])
            slots = {bytes.fromhex(key): SlotRecord.from_plain(slot) for key, slot in plain["slots"].items()}
            credentials = [Credential.from_plain(credential) for credential in plain["credentials"]]
            keys = {int(epoch): bytes.fromhex(key) for epoch, key in plain.get("journal", {}).items()}
            if not all(0 < epoch < 1 << 32 and len(key) == 32 for epoch, key in keys.items()):
                raise ValueError("journal")
            payload = cls(plain["created"], credentials, slots, keys)
            whole = payload.to_json() == data
        except (AttributeError, KeyError, TypeError, ValueError, InvalidCredential) as error:
            raise Malformed(f"the payload has impossible contents ({type(error).__name__})") from None
        if not whole:
            raise Malformed("the payload is not written as this format does")
        return payload
