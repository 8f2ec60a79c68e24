"""Bytes ⇄ header and slots of format 1: strict, one encoding a file, every bound before any key.

Layout, bounds and the order of the checks are those of docs/format.md.
"""

from __future__ import annotations

from ..base.digest import sha256
from ..base.record import Record
from ..errors import Damaged, Malformed, NotAVault, Unsupported
from ..store.file import MAX_FILE
from ..unlock.cost import Kdf, check_reading

MAGIC = b"\x89CVT\r\n\x1a\n"
VERSION = 1
FIXED = 88  # bytes of the header before its slots
MAX_HEADER = 4096  # bytes
MAX_SLOTS = 32
MIN_BUCKET = 4096  # bytes
MAC_SIZE = SUM_SIZE = 32
TAG_SIZE = 16
PASSWORD, RECIPIENT = 1, 2  # slot types; 3 (post-quantum recipient) and 4 (FIDO2) are reserved
SLOT_SIZE = {PASSWORD: 136, RECIPIENT: 92}  # bytes


class PasswordSlot(Record):
    """A password's slot: *slot_id* 8, *salt* 32, *commitment* 32, *wrapped_key* 48 bytes."""

    slot_id: bytes
    kdf: Kdf
    salt: bytes
    commitment: bytes = bytes(32)
    wrapped_key: bytes = bytes(48)

    def prefix(self) -> bytes:
        """Return the bytes before the commitment, which are bound into the slot's own keys."""
        head = bytes([PASSWORD, 0]) + SLOT_SIZE[PASSWORD].to_bytes(2, "big") + self.slot_id
        cost = self.kdf.memory.to_bytes(4, "big") + self.kdf.passes.to_bytes(4, "big")
        return head + cost + bytes([self.kdf.lanes, 0, 0, 0]) + self.salt

    def encode(self) -> bytes:
        return self.prefix() + self.commitment + self.wrapped_key


class RecipientSlot(Record):
    """The slot of an X25519 key's private half: *slot_id* 8, *sealed* 80 bytes (HPKE)."""

    slot_id: bytes
    sealed: bytes = bytes(80)

    def prefix(self) -> bytes:
        return bytes([RECIPIENT, 0]) + SLOT_SIZE[RECIPIENT].to_bytes(2, "big") + self.slot_id

    def encode(self) -> bytes:
        return self.prefix() + self.sealed


Slot = PasswordSlot | RecipientSlot


class Header(Record):
    """All that is readable without a key; nothing in it is authentic before the MAC was checked.

    Attributes:
        vault_id: 16 random bytes, for life.
        generation: 1 at creation, one more at every save.
        epoch: 1 at creation, one more at every new data key.
        payload_salt: 32 bytes, new at every save.
    """

    vault_id: bytes
    generation: int
    epoch: int
    payload_salt: bytes
    slots: tuple[Slot, ...]

    @property
    def password_slot(self) -> PasswordSlot | None:
        return next((slot for slot in self.slots if isinstance(slot, PasswordSlot)), None)

    @property
    def recipients(self) -> list[RecipientSlot]:
        return [slot for slot in self.slots if isinstance(slot, RecipientSlot)]

    def encode(self, payload_size: int) -> bytes:
        """Return the header's bytes, for a sealed payload of *payload_size* bytes."""
        if self.generation >> 64 or self.epoch >> 32:
            raise Malformed("a counter of the vault has reached its maximum", hint="make a new vault")
        slots = b"".join(slot.encode() for slot in self.slots)
        sizes = (FIXED + len(slots)).to_bytes(4, "big") + payload_size.to_bytes(4, "big")
        counters = self.generation.to_bytes(8, "big") + self.epoch.to_bytes(4, "big")
        head = MAGIC + VERSION.to_bytes(2, "big") + bytes(2) + sizes + self.vault_id + counters
        return head + self.payload_salt + bytes([len(self.slots)]) + bytes(7) + slots


class VaultFile(Record):
    """A whole file, *raw*, and its parts; the checksum tells it from all others."""

    raw: bytes
    header: Header
    head: bytes  # the header as it stands in the file
    header_mac: bytes
    sealed: bytes  # the payload, encrypted
    checksum: bytes  # SHA-256 of everything before it


def assemble(head: bytes, header_mac: bytes, sealed: bytes) -> bytes:
    """Return the file of these three parts, with its checksum."""
    body = head + header_mac + sealed
    if len(body) + SUM_SIZE > MAX_FILE:
        raise Malformed("the vault would be larger than 64 MiB", hint="split it over two files")
    return body + sha256(body)


def parse(data: bytes, *, expensive: bool = False) -> VaultFile:
    """Take a file apart, in the order: structure, bounds, checksum. No key is derived.

    Args:
        expensive: accept costs up to the outer bounds, which may take minutes.

    Raises:
        NotAVault, Unsupported, Damaged, Malformed, CostRefused: see docs/format.md, "Outcomes".
    """
    if data[:8] != MAGIC:
        if data[1:4] == MAGIC[1:4]:
            hint = "copy it again from where it came, as a binary file"
            raise NotAVault("not a vault any more: its first bytes were changed as text", hint=hint)
        raise NotAVault("not a vault: the file is empty" if not data else "not a vault")
    if len(data) < FIXED:
        raise Damaged("the vault is cut short")
    if (version := _int(data, 8, 2)) != VERSION:
        raise Unsupported(f"the vault has format version {version}; this program reads version {VERSION}")
    if _int(data, 10, 2):
        raise Unsupported("the vault uses a feature of a newer version")
    header_size, payload_size = _int(data, 12, 4), _int(data, 16, 4)
    bucket = payload_size - TAG_SIZE
    if not FIXED + min(SLOT_SIZE.values()) <= header_size <= MAX_HEADER:
        raise Malformed(f"impossible length of the header: {header_size} bytes")
    if bucket < MIN_BUCKET or bucket & (bucket - 1):
        raise Malformed(f"impossible length of the payload: {payload_size} bytes")
    generation, epoch = _int(data, 36, 8), _int(data, 44, 4)
    if not generation or not epoch:
        raise Malformed("generation and epoch begin at 1")
    size = header_size + MAC_SIZE + payload_size + SUM_SIZE
    if len(data) != size or size > MAX_FILE:
        raise Damaged(f"the vault is {'cut short' if len(data) < size else 'too long'}: {len(data)} bytes")
    slots = _slots(data, header_size)
    header = Header(data[20:36], generation, epoch, data[48:80], slots)
    if (password := header.password_slot) is not None:
        check_reading(password.kdf, expensive=expensive)
    checksum = data[-SUM_SIZE:]
    if sha256(memoryview(data)[:-SUM_SIZE]) != checksum:
        raise Damaged("the vault is damaged: its checksum does not match")
    end = header_size + MAC_SIZE
    parts = data[:header_size], data[header_size:end], data[end:-SUM_SIZE]
    return VaultFile(data, header, *parts, checksum)


def _int(data: bytes, start: int, size: int) -> int:
    return int.from_bytes(data[start : start + size], "big")


def _slots(data: bytes, end: int) -> tuple[Slot, ...]:
    count = data[80]
    if not 1 <= count <= MAX_SLOTS:
        raise Malformed(f"impossible number of slots: {count}")
    if any(data[81:FIXED]):
        raise Malformed("reserved bytes of the header are not zero")
    slots: list[Slot] = []
    start = FIXED
    for _ in range(count):
        if start + 4 > end:
            raise Malformed("the slots do not fill the header")
        kind, factors, length = data[start], data[start + 1], _int(data, start + 2, 2)
        if kind not in SLOT_SIZE:
            raise Unsupported(f"the vault has a slot of unknown type {kind}")
        if kind == PASSWORD and factors:
            raise Unsupported("the vault needs another factor besides its password")
        if length != SLOT_SIZE[kind] or start + length > end or factors:
            raise Malformed("a slot has impossible contents")
        slot = _slot(kind, data[start : start + length])
        if any(slot.slot_id == other.slot_id for other in slots):
            raise Malformed("two slots have the same id")
        if kind == PASSWORD and any(isinstance(other, PasswordSlot) for other in slots):
            raise Malformed("the vault has two password slots")
        slots.append(slot)
        start += length
    if start != end:
        raise Malformed("the slots do not fill the header")
    return tuple(slots)


def _slot(kind: int, slot: bytes) -> Slot:
    if kind == RECIPIENT:
        return RecipientSlot(slot[4:12], slot[12:])
    if any(slot[21:24]):
        raise Malformed("reserved bytes of a slot are not zero")
    kdf = Kdf(_int(slot, 12, 4), _int(slot, 16, 4), slot[20])
    return PasswordSlot(slot[4:12], kdf, slot[24:56], slot[56:88], slot[88:])


def pad(payload: bytes) -> bytes:
    """Return length, payload and zeros up to a power of two, which hides the payload's size."""
    bucket = max(MIN_BUCKET, 1 << (3 + len(payload)).bit_length())
    return (len(payload).to_bytes(4, "big") + payload).ljust(bucket, b"\0")


def unpad(padded: bytes) -> bytes:
    """Return the payload inside; raises Malformed unless :func:`pad` makes exactly these bytes."""
    payload = padded[4 : 4 + _int(padded, 0, 4)]
    if pad(payload) != padded:
        raise Malformed("the payload's padding is not this format's")
    return payload
