"""The payload: all credentials and what is known of each slot, with its one encoding.

The schema is that of docs/format.md, "Payload".
"""

from __future__ import annotations

from ..base import canonical
from ..credential.credential import Credential, SlotRecord, Strictly, check_keys, check_time, not_found
from ..errors import CredentialExists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self


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
        self._plain = {c.name: c.kept() for c in credentials}  # understood once asked for: a bot wants one

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Payload) and self.__dict__ == other.__dict__

    @property
    def credentials(self) -> list[Credential]:
        """All of them, by name; raises as :meth:`from_json`."""
        return [self.get(name) for name in sorted(self._plain)]

    def get(self, name: str) -> Credential:
        """The credential of that name; raises CredentialNotFound, naming the nearest, or as from_json."""
        if name not in self._plain:
            raise not_found(name, self._plain)
        with Strictly():
            return Credential.from_plain(self._plain[name])

    def check_free(self, name: str) -> None:
        """Raise CredentialExists if the name is taken."""
        if name in self._plain:
            raise CredentialExists(f"there is already a credential named {name}")

    def add(self, credential: Credential) -> None:
        """Put in a new one; raises CredentialExists if its name is taken."""
        self.check_free(credential.name)
        self._plain[credential.name] = credential.kept()

    def replace(self, credential: Credential) -> None:
        """Put in another state of one that is there."""
        self.get(credential.name)
        self._plain[credential.name] = credential.kept()

    def remove(self, name: str) -> Credential:
        """Take one out for good."""
        credential = self.get(name)
        del self._plain[name]
        return credential

    def to_json(self) -> bytes:
        """Its canonical JSON; :meth:`from_json` takes nothing else."""
        slots = {slot_id.hex(): slot.to_plain() for slot_id, slot in self.slots.items()}
        credentials = [self._plain[name] for name in sorted(self._plain)]
        plain = {"created": self.created, "credentials": credentials, "slots": slots}
        keys = {str(epoch): key.hex() for epoch, key in self.journal.items()}
        return canonical.dumps({**plain, "journal": keys} if keys else plain)

    @classmethod
    def from_json(cls, data: bytes, *, whole: bool = True) -> Self:
        """The payload of these bytes, each credential understood now, or if not *whole*, once it is read."""
        plain = canonical.loads(data)
        with Strictly():
            check_keys(plain, ("created", "credentials", "slots"), ("journal",))
            check_time(plain["created"])
            slots = {bytes.fromhex(key): SlotRecord.from_plain(slot) for key, slot in plain["slots"].items()}
            keys = {int(epoch): bytes.fromhex(key) for epoch, key in plain.get("journal", {}).items()}
            if not all(0 < epoch < 1 << 32 and len(key) == 32 for epoch, key in keys.items()):
                raise ValueError("journal")
            payload = cls(plain["created"], (), slots, keys)
            payload._plain = {credential["name"]: credential for credential in plain["credentials"]}
            if payload.to_json() != data:
                raise ValueError("a second encoding")
        if whole:
            _ = payload.credentials
        return payload
