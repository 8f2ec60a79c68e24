"""Every bit of a vault counts: no change, cut or addition is ever accepted, and each is called by its name.

The expectations come from the table below, written from docs/format.md alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import pytest
from conftest import PASSWORD, Template

import vault
from vault.core import crypto, format, slots
from vault.core import vault as core
from vault.errors import (
    CostRefused,
    Damaged,
    Malformed,
    NotAVault,
    Tampered,
    Unsupported,
    VaultError,
    WrongKey,
    WrongPassword,
)
from vault.store.file import Store

Error = type[VaultError]

# A vault with a password slot at 88 and a recipient slot at 224, header 316, bucket 4,096.
SIZE = 316 + 32 + 4096 + 16 + 32

# First byte, end, and what a changed bit there is: for anyone, since the checksum tells damage; then,
# with the checksum made to fit, for who has the password, and for who has the recovery key.
LAYOUT: list[tuple[int, int, tuple[Error, Error, Error]]] = [
    (0, 8, (NotAVault, NotAVault, NotAVault)),  # magic
    (8, 10, (Unsupported, Unsupported, Unsupported)),  # version
    (10, 12, (Unsupported, Unsupported, Unsupported)),  # flags
    (12, 16, (Malformed, Malformed, Malformed)),  # header length; some are possible lengths: see expected
    (
        16,
        20,
        (Malformed, Malformed, Malformed),
    ),  # payload length: no single bit leads to another power of two
    (20, 36, (Damaged, WrongPassword, WrongKey)),  # vault_id, bound into both slots
    (36, 44, (Damaged, Tampered, Tampered)),  # generation; 0 is malformed
    (44, 48, (Damaged, Tampered, Tampered)),  # epoch; 0 is malformed
    (48, 80, (Damaged, Tampered, Tampered)),  # payload_salt
    (80, 81, (Malformed, Malformed, Malformed)),  # slot count
    (81, 88, (Malformed, Malformed, Malformed)),  # zero
    (88, 90, (Unsupported, Unsupported, Unsupported)),  # type, factors
    (90, 92, (Malformed, Malformed, Malformed)),  # length
    (92, 100, (Damaged, WrongPassword, Tampered)),  # slot_id
    (100, 109, (Damaged, WrongPassword, Tampered)),  # memory, passes, lanes; some are out of bounds
    (109, 112, (Malformed, Malformed, Malformed)),  # zero
    (112, 144, (Damaged, WrongPassword, Tampered)),  # salt
    (144, 176, (Damaged, WrongPassword, Tampered)),  # commitment
    (176, 224, (Damaged, Tampered, Tampered)),  # wrapped_key: the commitment says that the password is right
    (224, 225, (Unsupported, Unsupported, Unsupported)),  # type
    (225, 228, (Malformed, Malformed, Malformed)),  # zero, length
    (228, 236, (Damaged, Tampered, WrongKey)),  # slot_id
    (236, 316, (Damaged, Tampered, WrongKey)),  # HPKE
    (316, 348, (Damaged, Tampered, Tampered)),  # header_mac
    (348, 4460, (Damaged, Tampered, Tampered)),  # payload
    (4460, 4492, (Damaged, Damaged, Damaged)),  # checksum
]
ANYONE, BY_PASSWORD, BY_RECOVERY_KEY = 0, 1, 2


def expected(data: bytes, offset: int, who: int) -> Error:
    """The class for a file whose byte at *offset* is the changed one."""

    def number(start: int, size: int) -> int:
        return int.from_bytes(data[start : start + size], "big")

    if 12 <= offset < 16 and 180 <= number(12, 4) <= 4096:
        return Damaged  # a possible header, and not this long a file
    if (36 <= offset < 44 and not number(36, 8)) or (44 <= offset < 48 and not number(44, 4)):
        return Malformed
    if 100 <= offset < 109:
        memory, passes, lanes = number(100, 4), number(104, 4), data[108]
        fits = 19456 <= memory <= 2097152 and 1 <= passes <= 16 and 1 <= lanes <= 16
        if not fits or memory * passes > 4194304:
            return CostRefused
    return next(row[2][who] for row in LAYOUT if row[0] <= offset < row[1])


def changed(data: bytes, bits: range) -> Iterator[tuple[int, bytes]]:
    """Each file that differs in one of these bits, and the offset of its byte."""
    body = bytearray(data)
    for bit in bits:
        body[bit // 8] ^= 1 << bit % 8
        yield bit // 8, bytes(body)
        body[bit // 8] ^= 1 << bit % 8


def refusal(data: bytes, place: Store | None = None, secret: vault.Secret | None = None) -> Error | None:
    """The class of what opening the file raises."""
    try:
        file = format.parse(data)
        if place is not None and secret is not None:
            core.LockedVault(place, file, None, True).unlock(secret)
    except VaultError as error:
        return type(error)
    return None


@pytest.fixture
def one_derivation(remembered_kdf: None, template: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 for the file as it is; for any other inputs, bytes that have nothing to do with it."""
    slot = format.parse(template.data).header.password_slot
    assert slot is not None
    real = (PASSWORD.encode(), slot.salt, slot.kdf.memory, slot.kdf.passes, slot.kdf.lanes)
    key = crypto.argon2id(*real)

    def derive(*given: object) -> bytes:
        return key if given[:5] == real else sha256(repr(given[:5]).encode()).digest()

    monkeypatch.setattr(crypto, "argon2id", derive)
    monkeypatch.setattr(slots, "available_memory", lambda: None)


def test_the_table_covers_the_file(template: Template) -> None:
    """Its rows follow one another from the first byte to the last."""
    ends = [0, *[row[1] for row in LAYOUT]]
    assert (SIZE, SIZE, ends[:-1]) == (len(template.data), ends[-1], [row[0] for row in LAYOUT])


@pytest.mark.parametrize("who", [BY_PASSWORD, BY_RECOVERY_KEY], ids=["password", "recovery key"])
def test_the_unchanged_file_opens(template: Template, path: str, one_derivation: None, who: int) -> None:
    """Otherwise the refusals below would say nothing."""
    secret = vault.Secret(PASSWORD if who == BY_PASSWORD else template.recovery)
    assert refusal(template.data, Store(path), secret) is None


@pytest.mark.promise(2)
def test_every_changed_bit_is_seen_without_a_key(template: Template) -> None:
    """All 35,936 single-bit changes are refused, each with the class of the table."""
    surprises = [
        (offset, found)
        for offset, data in changed(template.data, range(SIZE * 8))
        if (found := refusal(data)) is not expected(data, offset, ANYONE)
    ]
    assert surprises == []


@pytest.mark.promise(2)
@pytest.mark.slow
@pytest.mark.parametrize("who", [BY_PASSWORD, BY_RECOVERY_KEY], ids=["password", "recovery key"])
def test_every_changed_bit_is_seen_behind_a_fitting_checksum(
    template: Template, path: str, one_derivation: None, who: int
) -> None:
    """Whoever changes a bit and recomputes the checksum is found out, at the password or behind it."""
    secret = vault.Secret(PASSWORD if who == BY_PASSWORD else template.recovery)
    place, surprises = Store(path), []
    for offset, body in changed(template.data[:-32], range((SIZE - 32) * 8)):
        data = body + sha256(body).digest()
        found = refusal(data, place, secret)
        if found is not expected(data, offset, who):
            surprises.append((offset, found))
    assert surprises == []


def _cut(size: int) -> Error:
    return NotAVault if size < 8 else Damaged


@pytest.mark.promise(2)
def test_every_cut_is_seen(template: Template) -> None:
    """A file cut at any length is refused; from eight bytes on it is called damaged."""
    surprises = [size for size in range(SIZE) if refusal(template.data[:size]) is not _cut(size)]
    assert surprises == []


def test_every_cut_is_seen_behind_a_fitting_checksum(template: Template) -> None:
    """Also where the last 32 bytes are the checksum of those before them."""
    parts = ((size, template.data[:size]) for size in range(SIZE - 32))
    surprises = [
        size for size, body in parts if refusal(body + sha256(body).digest()) not in (Damaged, NotAVault)
    ]
    assert surprises == []


@pytest.mark.parametrize("byte", [0, 10, 255])
def test_an_appended_byte_is_seen(template: Template, byte: int) -> None:
    """The file ends where it ends."""
    assert refusal(template.data + bytes([byte])) is Damaged


def test_an_appended_byte_is_seen_behind_a_fitting_checksum(template: Template) -> None:
    """Also before the checksum."""
    body = template.data[:-32] + b"\0"
    assert refusal(body + sha256(body).digest()) is Damaged


def test_every_inserted_byte_is_seen(template: Template) -> None:
    """Wherever a byte slips in, the file is refused."""
    files = (template.data[:i] + b"\0" + template.data[i:] for i in range(SIZE))
    assert [] == [i for i, data in enumerate(files) if refusal(data) is None]
