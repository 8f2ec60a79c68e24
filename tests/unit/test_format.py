"""Bytes to header and slots: every refusal of the structure, and the padding."""

from __future__ import annotations

from hashlib import sha256

import pytest
from conftest import Template
from hypothesis import given
from hypothesis import strategies as st
from wording import worded  # noqa: F401  (a fixture)

from vault import errors
from vault.core import format
from vault.unlock.cost import Kdf

pytestmark = pytest.mark.usefixtures("worded")

KDF = Kdf(64 * 1024, 3, 4)
PASSWORD = format.PasswordSlot(b"password", KDF, b"s" * 32, b"c" * 32, b"w" * 48)
RECIPIENT = format.RecipientSlot(b"recovery", b"r" * 80)
HEADER = format.Header(b"v" * 16, 5, 2, b"p" * 32, (PASSWORD, RECIPIENT))


def made(header: format.Header = HEADER, payload: int = 4112) -> bytes:
    """A file with that header; its seals are nobody's."""
    return format.assemble(header.encode(payload), b"m" * 32, b"x" * payload)


def patched(data: bytes, offset: int, new: bytes) -> bytes:
    """The file with other bytes at *offset*, and a checksum that fits."""
    body = bytearray(data[:-32])
    body[offset : offset + len(new)] = new
    return bytes(body) + sha256(body).digest()


def four(number: int) -> bytes:
    return number.to_bytes(4, "big")


def two(number: int) -> bytes:
    return number.to_bytes(2, "big")


# Offsets of docs/format.md; the password slot begins at 88, the recipient slot at 224.
STRUCTURE: dict[str, tuple[int, bytes, type[errors.VaultError]]] = {
    "first byte": (0, b"\x09", errors.NotAVault),
    "line feed only": (4, b"\n\x1a\n\0", errors.NotAVault),
    "other magic": (0, b"\x89PNG", errors.NotAVault),
    "version 0": (8, two(0), errors.Unsupported),
    "version 2": (8, two(2), errors.Unsupported),
    "version 256": (8, two(256), errors.Unsupported),
    "a flag": (10, two(1), errors.Unsupported),
    "another flag": (10, two(0x8000), errors.Unsupported),
    "header 0": (12, four(0), errors.Malformed),
    "header without slots": (12, four(88), errors.Malformed),
    "header 179": (12, four(179), errors.Malformed),
    "header 4096": (12, four(4096), errors.Damaged),
    "header 4097": (12, four(4097), errors.Malformed),
    "header 4 GiB": (12, four(2**32 - 1), errors.Malformed),
    "header other than the file": (12, four(180), errors.Damaged),
    "payload 0": (16, four(0), errors.Malformed),
    "payload 15": (16, four(15), errors.Malformed),
    "payload 16": (16, four(16), errors.Malformed),
    "payload 2048": (16, four(2048 + 16), errors.Malformed),
    "payload 4097": (16, four(4097 + 16), errors.Malformed),
    "payload 4098": (16, four(4098 + 16), errors.Malformed),
    "payload 6144": (16, four(6144 + 16), errors.Malformed),
    "payload other than the file": (16, four(8192 + 16), errors.Damaged),
    "payload 2 GiB": (16, four(2**31 + 16), errors.Damaged),
    "payload 4 GiB": (16, four(2**32 - 1), errors.Malformed),
    "generation 0": (36, bytes(8), errors.Malformed),
    "epoch 0": (44, bytes(4), errors.Malformed),
    "no slots": (80, b"\0", errors.Malformed),
    "one slot": (80, b"\x01", errors.Malformed),
    "three slots": (80, b"\x03", errors.Malformed),
    "33 slots": (80, b"\x21", errors.Malformed),
    "255 slots": (80, b"\xff", errors.Malformed),
    "first reserved byte": (81, b"\x01", errors.Malformed),
    "last reserved byte": (87, b"\x01", errors.Malformed),
    "slot of type 0": (88, b"\0", errors.Unsupported),
    "slot of type 3": (88, b"\x03", errors.Unsupported),
    "slot of type 4": (88, b"\x04", errors.Unsupported),
    "slot of type 255": (224, b"\xff", errors.Unsupported),
    "a key file": (89, b"\x01", errors.Unsupported),
    "an unknown factor": (89, b"\x80", errors.Unsupported),
    "a recipient's factor": (225, b"\x01", errors.Malformed),
    "password slot of 0": (90, two(0), errors.Malformed),
    "password slot of 92": (90, two(92), errors.Malformed),
    "password slot of 137": (90, two(137), errors.Malformed),
    "recipient slot of 91": (226, two(91), errors.Malformed),
    "recipient slot of 136": (226, two(136), errors.Malformed),
    "password as recipient": (88, b"\x02", errors.Malformed),
    "recipient as password": (224, b"\x01", errors.Malformed),
    "one id twice": (228, b"password", errors.Malformed),
    "reserved byte of a slot": (109, b"\x01", errors.Malformed),
    "last reserved byte of a slot": (111, b"\x01", errors.Malformed),
    "memory 0": (100, four(0), errors.CostRefused),
    "memory 19 MiB less one": (100, four(19455), errors.CostRefused),
    "memory 2 GiB and one": (100, four((2 << 20) + 1), errors.CostRefused),
    "memory 4 TiB": (100, four(2**32 - 1), errors.CostRefused),
    "passes 0": (104, four(0), errors.CostRefused),
    "passes 17": (104, four(17), errors.CostRefused),
    "passes 4 G": (104, four(2**32 - 1), errors.CostRefused),
    "lanes 0": (108, b"\0", errors.CostRefused),
    "lanes 17": (108, b"\x11", errors.CostRefused),
    "work": (100, four(1 << 20) + four(5), errors.CostRefused),
}


@pytest.mark.promise(2)
@pytest.mark.parametrize("case", STRUCTURE)
def test_a_structure_that_no_writer_makes_is_refused(case: str) -> None:
    """Each fault has its own class, though the checksum fits."""
    offset, new, error = STRUCTURE[case]
    with pytest.raises(errors.VaultError) as caught:
        format.parse(patched(made(), offset, new))
    assert error is caught.type


@pytest.mark.promise(8)
@pytest.mark.parametrize("case", STRUCTURE)
def test_the_structure_is_judged_before_the_checksum(case: str) -> None:
    """A newer version is called a newer version, not damage: its checksum may be elsewhere."""
    offset, new, error = STRUCTURE[case]
    data = patched(made(), offset, new)
    with pytest.raises(errors.VaultError) as caught:
        format.parse(data[:-1] + bytes([data[-1] ^ 1]))
    assert error is caught.type


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", errors.NotAVault),
        (b"\x89", errors.NotAVault),
        (made()[:7], errors.NotAVault),
        (b"PK\x03\x04" + bytes(200), errors.NotAVault),
        (made().replace(b"\r\n", b"\n", 1), errors.NotAVault),
        (made()[:8], errors.Damaged),
        (made()[:87], errors.Damaged),
        (made()[:88], errors.Damaged),
        (patched(made(), 8, two(2))[:88], errors.Unsupported),
        (made()[:-1], errors.Damaged),
        (made() + b"\0", errors.Damaged),
        (made() + made(), errors.Damaged),
        (made()[:-32] + bytes(32), errors.Damaged),
        (made()[:400] + b"y" + made()[401:], errors.Damaged),
    ],
    ids=lambda case: getattr(case, "__name__", None) or f"{len(case)} bytes",
)
def test_a_file_that_is_not_whole_is_refused(data: bytes, error: type[errors.VaultError]) -> None:
    """Something else is NotAVault; a vault with missing or changed bytes is Damaged."""
    with pytest.raises(errors.VaultError) as caught:
        format.parse(data)
    assert error is caught.type


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04", "not a vault"),
        (b"\x89CVT\n\x1a\n" + bytes(100), "changed as text"),
        (b"\x89CVT\r\n\x1a\r\n", "changed as text"),
        (b"\tCVT\r\n\x1a\n", "changed as text"),
        (b"\x89\0CVT", "not a vault"),
        (b"\x89CVX\r\n\x1a\n", "not a vault"),
        (b"\0\0VT\r\n\x1a\n", "not a vault"),
        (made()[:100], "the vault is cut short: 100 bytes"),
        (made()[:-1], "the vault is cut short: "),
        (made() + b"\0", "the vault is too long: "),
    ],
    ids=lambda case: case if isinstance(case, str) else f"{len(case)} bytes",
)
def test_what_is_wrong_with_the_file_is_said(data: bytes, said: str) -> None:
    """What a text mode changed can be copied again; an empty file, a short one and a long one are others."""
    with pytest.raises(errors.FormatError) as caught:
        format.parse(data)
    assert said in str(caught.value)
    assert ("empty" in said) == ("empty" in str(caught.value))
    assert ("text" in said) == ("copy it again" in caught.value.hint)


@pytest.mark.promise(8)
def test_two_password_slots_are_refused() -> None:
    """One unlock costs one derivation at most."""
    slots = (PASSWORD, PASSWORD.changed(slot_id=b"another1"))
    with pytest.raises(errors.Malformed):
        format.parse(made(HEADER.changed(slots=slots)))


def test_slots_that_do_not_fill_the_header_are_refused() -> None:
    """Bytes behind the last slot belong to nobody."""
    head = bytearray(HEADER.encode(4112) + bytes(4))
    head[12:16] = four(len(head))
    with pytest.raises(errors.Malformed):
        format.parse(format.assemble(bytes(head), b"m" * 32, b"x" * 4112))


def test_a_slot_beyond_the_header_is_refused() -> None:
    """A slot does not reach into what follows."""
    head = bytearray(HEADER.encode(4112)[:-1])
    head[12:16] = four(len(head))
    with pytest.raises(errors.Malformed):
        format.parse(format.assemble(bytes(head), b"m" * 32, b"x" * 4112))


def test_a_slot_is_judged_by_its_head() -> None:
    """A slot of a newer version is called so, though nothing of it is there but four bytes."""
    head = bytearray(HEADER.encode(4112) + b"\x03\0\0\0")
    head[12:16], head[80] = four(len(head)), 3
    with pytest.raises(errors.Unsupported):
        format.parse(format.assemble(bytes(head), b"m" * 32, b"x" * 4112))


def test_thirty_two_slots_are_read() -> None:
    """The bound itself is inside."""
    slots = tuple(format.RecipientSlot(bytes([i] * 8)) for i in range(32))
    assert len(format.parse(made(HEADER.changed(slots=slots))).header.slots) == 32


def test_an_expensive_cost_is_read_when_asked_for() -> None:
    """The flag of the caller, not the file, lifts the bound."""
    data = patched(made(), 104, four(17))
    header = format.parse(data, expensive=True).header
    assert header.password_slot is not None
    assert header.password_slot.kdf.passes == 17


def test_a_header_is_read_back() -> None:
    """parse undoes encode."""
    assert HEADER == format.parse(made()).header


def test_a_real_vault_is_read_back(template: Template) -> None:
    """A file that create and save made encodes to its own bytes again."""
    file = format.parse(template.data)
    head = file.header.encode(len(file.sealed))
    assert template.data == format.assemble(head, file.header_mac, file.sealed)


@given(
    vault_id=st.binary(min_size=16, max_size=16),
    generation=st.integers(1, 2**64 - 1),
    epoch=st.integers(1, 2**32 - 1),
    salt=st.binary(min_size=32, max_size=32),
    ids=st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=31, unique=True),
    password=st.booleans(),
    bucket=st.sampled_from([4096, 8192, 65536]),
)
def test_any_header_is_read_back(
    vault_id: bytes, generation: int, epoch: int, salt: bytes, ids: list[bytes], password: bool, bucket: int
) -> None:
    """Whatever the fields, parse gives back what was encoded."""
    slots: list[format.PasswordSlot | format.RecipientSlot] = [format.RecipientSlot(i, i * 10) for i in ids]
    if password:
        slots[0] = PASSWORD.changed(slot_id=ids[0])
    header = format.Header(vault_id, generation, epoch, salt, tuple(slots))
    assert header == format.parse(made(header, bucket + 16)).header


@pytest.mark.promise(1)
def test_the_parts_are_where_the_format_says(template: Template) -> None:
    """Header, MAC, payload and checksum are the file, cut at H and H + 32."""
    file, size = format.parse(template.data), int.from_bytes(template.data[12:16], "big")
    wanted = (template.data[:size], template.data[size : size + 32], template.data[size + 32 : -32])
    assert wanted == (file.head, file.header_mac, file.sealed)


def test_a_vault_larger_than_64_mib_is_not_made() -> None:
    """The writer does not make what the reader refuses, from the first byte on that is too many."""
    head = HEADER.encode(4112)
    most = (64 << 20) - len(head) - 32 - 32
    assert len(format.assemble(head, b"m" * 32, bytes(most))) == 64 << 20
    with pytest.raises(errors.Malformed) as caught:
        format.assemble(head, b"m" * 32, bytes(most + 1))
    assert "64 MiB" in str(caught.value)
    assert "two files" in caught.value.hint


def test_a_vault_larger_than_64_mib_is_not_read() -> None:
    """Though it is as long as it says."""
    size = (64 << 20) + 16
    with pytest.raises(errors.Damaged, match="too long"):
        format.parse(HEADER.encode(size) + bytes(32 + size + 32))


@pytest.mark.parametrize(
    "counter", [{"generation": 1 << 64}, {"epoch": 1 << 32}], ids=["generation", "epoch"]
)
def test_a_counter_does_not_begin_anew(counter: dict[str, int]) -> None:
    """At its end the vault is refused, not written with a counter that no longer counts."""
    last = {name: value - 1 for name, value in counter.items()}
    assert format.parse(made(HEADER.changed(**last))).header == HEADER.changed(**last)
    with pytest.raises(errors.Malformed) as caught:
        HEADER.changed(**counter).encode(4112)
    assert "new vault" in caught.value.hint


# --- padding ----------------------------------------------------------------------------------------


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("size", "bucket"),
    [
        (0, 4096),
        (1, 4096),
        (4092, 4096),
        (4093, 8192),
        (8188, 8192),
        (8189, 16384),
        (65532, 65536),
        (65533, 131072),
    ],
)
def test_the_bucket_is_the_smallest_that_fits(size: int, bucket: int) -> None:
    """A power of two from 4,096 up, the length included."""
    assert bucket == len(format.pad(b"x" * size))


def test_the_padding_is_zeros() -> None:
    """Behind the length and the payload."""
    assert four(3) + b"abc" + bytes(4089) == format.pad(b"abc")


@given(st.binary(max_size=20_000))
def test_unpad_undoes_pad(payload: bytes) -> None:
    """The payload comes back."""
    assert payload == format.unpad(format.pad(payload))


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        b"\0\0",
        bytes(4095),
        bytes(2048),
        format.pad(b"abc")[:-1] + b"\x01",
        format.pad(b"abc")[:-1],
        format.pad(b"abc") + b"\0",
        format.pad(b"abc") + bytes(4096),
        four(2) + b"abc" + bytes(4089),
        four(4093) + bytes(4092),
        four(2**32 - 1) + bytes(4092),
        b"abc",
    ],
    ids=lambda padded: f"{len(padded)} bytes",
)
def test_another_padding_is_malformed(padded: bytes) -> None:
    """What pad does not make is refused: a longer bucket, other fill, a wrong length."""
    with pytest.raises(errors.Malformed):
        format.unpad(padded)
