"""The payload: all credentials and the description of each slot, with its one encoding.

The schema is that of docs/format.md, "Payload".
"""

from __future__ import annotations

from ..base import canonical
from ..base.record import Record
from ..credential.credential import Credential, SlotRecord, check_time, decoding, not_found
from ..errors import CredentialExists
from ..store import descent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Self

    from ..base.record import Plain


class _Plain(Record):
    """The plain form of a payload, with that of each credential as it is."""

    created: int
    credentials: tuple[Plain, ...]
    slots: Mapping[str, SlotRecord]
    journal: Mapping[str, bytes] = {}
    ancestors: bytes = b""


class Payload:
    """All that is sealed: credentials by name, what is known of each slot by its id, and the journal's keys.

    Attributes:
        journal: keys of the usage journal, by the epoch in which they began; the newest seals.
        ancestors: what this save descends from, see :mod:`vault.store.descent`.
    """

    def __init__(
        self,
        created: int,
        credentials: Iterable[Credential] = (),
        slots: Mapping[bytes, SlotRecord] = {},
        journal: Mapping[int, bytes] = {},
    ) -> None:
        self.created, self.ancestors = created, b""
        self.slots, self.journal = dict(slots), dict(journal)
        self._plain = {c.name: c.kept() for c in credentials}  # decoded when asked for: a bot needs one

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Payload) and self.__dict__ == other.__dict__

    def changed(self, **fields: Any) -> Self:
        """Return a copy with others of the attributes above."""
        copy = type(self)(self.created)
        copy.__dict__.update(self.__dict__, _plain=dict(self._plain), **fields)
        return copy

    @property
    def credentials(self) -> list[Credential]:
        """All credentials, by name; raises as :meth:`from_json`."""
        return [self.get(name) for name in sorted(self._plain)]

    def get(self, name: str) -> Credential:
        """Return one credential; raises CredentialNotFound, naming the nearest, or as from_json."""
        if name not in self._plain:
            raise not_found(name, self._plain)
        with decoding():
            return Credential.from_plain(self._plain[name])

    def check_free(self, name: str) -> None:
        """Raise CredentialExists if the name is taken."""
        if name in self._plain:
            raise CredentialExists(f"there is already a credential named {name}")

    def add(self, credential: Credential) -> None:
        """Add a new credential; raises CredentialExists if its name is taken."""
        self.check_free(credential.name)
        self._plain[credential.name] = credential.kept()

    def replace(self, credential: Credential) -> None:
        """Replace a credential by another state of it."""
        self.get(credential.name)
        self._plain[credential.name] = credential.kept()

    def remove(self, name: str) -> Credential:
        """Remove a credential, and return it."""
        credential = self.get(name)
        del self._plain[name]
        return credential

    def to_json(self) -> bytes:
        """Return its canonical JSON; :meth:`from_json` accepts nothing else."""
        slots = {slot_id.hex(): slot for slot_id, slot in self.slots.items()}
        keys = {str(epoch): key for epoch, key in self.journal.items()}
        credentials = tuple(self._plain[name] for name in sorted(self._plain))
        return canonical.dumps(_Plain(self.created, credentials, slots, keys, self.ancestors).to_plain())

    @classmethod
    def from_json(cls, data: bytes, *, whole: bool = True) -> Self:
        """Return the payload of these bytes; unless *whole*, credentials are decoded when asked for."""
        with decoding():
            plain = _Plain.decode(canonical.loads(data))
            check_time(plain.created)
            if not all(0 < int(epoch) < 1 << 32 and len(key) == 32 for epoch, key in plain.journal.items()):
                raise ValueError("journal")
            descent.marks(plain.ancestors)
            slots = {bytes.fromhex(slot_id): slot for slot_id, slot in plain.slots.items()}
            payload = cls(plain.created, (), slots, {int(epoch): key for epoch, key in plain.journal.items()})
            payload.ancestors = plain.ancestors
            names = (credential.get("name") for credential in plain.credentials)
            payload._plain = {n: c for n, c in zip(names, plain.credentials, strict=True) if type(n) is str}
            if payload.to_json() != data:
                raise ValueError("a second encoding")
        if whole:
            _ = payload.credentials
        return payload
