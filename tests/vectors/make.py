"""Write the vector kit of the vault format into this folder, or compare it with the files in it.

Usage: python tests/vectors/make.py [--check]

Every vector is one file that holds one fact; docs/format.md says what a reader has to answer. The writer here
shares no code with the package or with ``recover.py``, and can do what an honest writer cannot: put a wrong
field into a file that is authentic all the same, so that only the check of that very field refuses it.
All "random" bytes are SHA-256 of a label, so that the output is the same, byte for byte, at every run.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import struct
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KIT = Path(__file__).resolve().parent
MAGIC = b"\x89CVT\r\n\x1a\n"
PASSWORD = "correct horse battery staple"
NOW = 1_700_000_000  # seconds since the Unix epoch, UTC
MAX_WORK = 2**20  # KiB x passes; costs above it are never computed here, since a reader has to refuse them
ZERO_NONCE = bytes(12)


def fixed(label: str, length: int = 32) -> bytes:
    """Return *length* bytes that stand for random ones."""
    texts = (f"coldvault vectors/{label}/{block}" for block in range(length // 32 + 1))
    return b"".join(hashlib.sha256(text.encode()).digest() for text in texts)[:length]


def hkdf(key: bytes, salt: bytes, info: str) -> bytes:
    """Return HKDF-SHA256 under one of the labels of docs/format.md."""
    return HKDF(SHA256(), 32, salt, f"coldvault/1/{info}".encode()).derive(key)


def private_key(label: str) -> bytes:
    """Return the X25519 private key of a recipient."""
    return fixed(f"private/{label}")


def public_key(private: bytes) -> bytes:
    """Return the X25519 public key of *private*."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def recovery_text(private: bytes) -> str:
    """Return the recovery key as it is printed for a person: CVR1- and eight groups of seven."""
    check = hashlib.sha256(b"coldvault/1/recovery-key\x00" + private).digest()[:3]
    text = base64.b32encode(private + check).decode()
    return "-".join(["CVR1", *(text[i : i + 7] for i in range(0, 56, 7))])


@functools.cache
def argon2(password: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    """Return 32 bytes of Argon2id. Costs that are absurd or impossible give other fixed bytes instead."""
    if passes < 1 or lanes < 1 or memory < 8 * lanes or memory * passes > MAX_WORK:
        return fixed("not computed")
    return Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory).derive(password)


# HPKE, RFC 9180 base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305


_KEM, _HPKE = b"KEM" + bytes.fromhex("0020"), b"HPKE" + bytes.fromhex("0020 0001 0003")  # suite_id


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """LabeledExtract of RFC 9180, section 4."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand of RFC 9180, section 4."""
    text = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, text + b"\x01", "sha256")[:length]


def hpke_key(shared_point: bytes, enc: bytes, public: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Return key and first nonce of the sender whose Diffie-Hellman result is *shared_point*."""
    shared = _expand(_KEM, _extract(_KEM, b"", b"eae_prk", shared_point), b"shared_secret", enc + public, 32)
    hashes = (
        _extract(_HPKE, b"", label, text) for label, text in ((b"psk_id_hash", b""), (b"info_hash", info))
    )
    context, secret = b"\x00" + b"".join(hashes), _extract(_HPKE, shared, b"secret", b"")
    return _expand(_HPKE, secret, b"key", context, 32), _expand(_HPKE, secret, b"base_nonce", context, 12)


_P = 2**130 - 5  # the prime of Poly1305, RFC 8439 section 2.5


def collide(first: tuple[bytes, bytes], second: tuple[bytes, bytes], aad: bytes) -> bytes:
    """Return 48 bytes that ChaCha20-Poly1305 opens under both (key, nonce) pairs with the same *aad*.

    Two free blocks of 16 bytes and two linear equations modulo 2^130 - 5; each solution block has to lie in
    [2^128, 2^129), so a few tags are tried. The construction is that of Len, Grubbs and Ristenpart,
    "Partitioning Oracle Attacks", 2021.
    """
    padded_aad = aad + bytes(-len(aad) % 16)
    number = functools.partial(int.from_bytes, byteorder="little")
    blocks = [number(padded_aad[i : i + 16]) + 2**128 for i in range(0, len(padded_aad), 16)]
    lengths = number(struct.pack("<QQ", len(aad), 32)) + 2**128
    rows = []
    for key, nonce in (first, second):
        once = Cipher(ChaCha20(key, bytes(4) + nonce), mode=None).encryptor().update(bytes(32))
        r, s, known = number(once[:16]) & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, number(once[16:]), 0
        for block in blocks:
            known = (known + block) * r % _P
        rows.append((r, s, known * r * r * r + lengths * r))
    (r1, s1, known1), (r2, s2, known2) = rows
    determinant = pow(r1**3 * r2**2 - r2**3 * r1**2, -1, _P)
    for attempt in range(100_000):
        tag = fixed(f"collision/{attempt}", 16)
        left, right = (number(tag) - s1) % 2**128 - known1, (number(tag) - s2) % 2**128 - known2
        one = (left * r2**2 - right * r1**2) * determinant % _P - 2**128
        two = (right * r1**3 - left * r2**3) * determinant % _P - 2**128
        if 0 <= one < 2**128 and 0 <= two < 2**128:
            return one.to_bytes(16, "little") + two.to_bytes(16, "little") + tag
    raise RuntimeError("no collision found")


@dataclass(frozen=True, kw_only=True)
class _Slot:
    """What both kinds of slot have.

    Attributes:
        sealed: Data key inside; None takes the vault's own.
        bind: vault_id to bind to; None takes the vault's own.
    """

    name: str
    slot_id: bytes | None = None
    sealed: bytes | None = None
    bind: bytes | None = None
    wrapped: bytes | None = None

    def identity(self) -> bytes:
        return fixed(f"slot/{self.name}", 8) if self.slot_id is None else self.slot_id


@dataclass(frozen=True)
class Password(_Slot):
    """A password slot, opened by ``secret``."""

    secret: str = PASSWORD
    name: str = "password"
    memory: int = 19456  # KiB, the lowest cost that a reader accepts
    passes: int = 1
    lanes: int = 1
    kind: int = 1
    factors: int = 0
    length: int = 136
    zero: bytes = bytes(3)

    def entry(self) -> dict[str, Any]:
        return {"created": NOW, "kind": "password", "label": self.name}

    def keys(self, vault_id: bytes, secret: str) -> tuple[bytes, bytes, bytes, bytes]:
        """Return the slot's first 56 bytes, its associated data, KEK and commitment."""
        salt = fixed(f"slot-salt/{self.name}")
        head = struct.pack(
            ">BBH8sIIB3s32s",
            *(self.kind, self.factors, self.length, self.identity()),
            *(self.memory, self.passes, self.lanes, self.zero, salt),
        )
        info = b"coldvault/1/slot\x00" + (self.bind or vault_id) + head
        typed = unicodedata.normalize("NFC", secret).encode("utf-8", "surrogatepass")
        derived = argon2(typed, salt, self.memory, self.passes, self.lanes)
        ikm = struct.pack(">I", 32) + derived
        if self.factors & 1:
            ikm += struct.pack(">I", 32) + fixed("key file")
        both = HKDF(SHA256(), 64, salt, info).derive(ikm)
        return head, info, both[:32], both[32:]

    def encode(self, vault_id: bytes, data_key: bytes) -> bytes:
        head, info, kek, commitment = self.keys(vault_id, self.secret)
        wrapped = self.wrapped or ChaCha20Poly1305(kek).encrypt(ZERO_NONCE, self.sealed or data_key, info)
        return head + commitment + wrapped


@dataclass(frozen=True)
class Recipient(_Slot):
    """A recipient slot: a recovery key or a machine key.

    Attributes:
        enc: Encapsulated key to write instead of an honest one; the Diffie-Hellman result is then all zeros.
        aad: HPKE's associated data, empty in the format.
        bound: Bytes of the slot in HPKE's info: 12 in the format.
    """

    name: str = "recovery"
    kind: int = 2
    second: int = 0
    length: int = 92
    use: str = "recovery"
    enc: bytes | None = None
    aad: bytes = b""
    bound: int = 12

    def entry(self) -> dict[str, Any]:
        public = public_key(private_key(self.name)).hex()
        return {"created": NOW, "kind": self.use, "label": self.name, "public_key": public}

    def head(self) -> bytes:
        return struct.pack(">BBH8s", self.kind, self.second, self.length, self.identity())

    def info(self, vault_id: bytes) -> bytes:
        return b"coldvault/1/slot\x00" + (self.bind or vault_id) + self.head()[: self.bound]

    def sender(self, vault_id: bytes, private: bytes) -> tuple[bytes, bytes, bytes]:
        """Return the encapsulated key, the key and the nonce."""
        ours, public = (
            X25519PrivateKey.from_private_bytes(fixed(f"ephemeral/{self.name}")),
            public_key(private),
        )
        enc = self.enc or ours.public_key().public_bytes_raw()
        point = bytes(32) if self.enc else ours.exchange(X25519PublicKey.from_public_bytes(public))
        return enc, *hpke_key(point, enc, public, self.info(vault_id))

    def encode(self, vault_id: bytes, data_key: bytes) -> bytes:
        enc, key, nonce = self.sender(vault_id, private_key(self.name))
        wrapped = self.wrapped or ChaCha20Poly1305(key).encrypt(nonce, self.sealed or data_key, self.aad)
        return self.head() + enc + wrapped


Slot = Password | Recipient


def canonical(value: object) -> bytes:
    """Return canonical JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


OKX: dict[str, Any] = {
    "created": NOW,
    "exchange": "okx",
    "fields": {
        "api_key": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "passphrase": "not A real 1!",
        "secret_key": "0123456789ABCDEF0123456789ABCDEF",
    },
    "name": "okx-main",
    "state": "active",
    "updated": NOW,
}


def with_value(value: str) -> list[dict[str, Any]]:
    """Return one credential whose secret key is *value*."""
    return [{**OKX, "fields": {**OKX["fields"], "secret_key": value}}]


@dataclass(frozen=True)
class Vault:
    """All fields of a file; every one of them can be wrong, and the rest is sealed as if it were right.

    Attributes:
        json: Payload to write instead of the credentials.
        padded: Sealed text to write instead of length, payload and zeros.
        slots: In their order in the file.
        declared: Slots that the payload knows; None means those of the file.
        junk: Bytes between the last slot and the end of the header.
        cut: Bytes of the last slot that are missing.
        bucket: Length of the sealed text; None means the smallest that fits.
        payload_aad: What the payload is bound to, as a function of header and MAC.
    """

    credentials: list[dict[str, Any]] = field(default_factory=lambda: [OKX])
    slots: tuple[Slot, ...] = (Password(),)
    declared: tuple[Slot, ...] | None = None
    ancestors: bytes = b""
    json: bytes | None = None
    padded: bytes | None = None
    bucket: int | None = None
    version: int = 1
    flags: int = 0
    header_length: int | None = None
    payload_length: int | None = None
    vault_id: bytes = fixed("vault", 16)
    generation: int = 1
    epoch: int = 1
    count: int | None = None
    zero: bytes = bytes(7)
    junk: bytes = b""
    cut: int = 0
    data_key: bytes = fixed("data key")
    payload_aad: Callable[[bytes, bytes], bytes] = lambda header, mac: header + mac

    def payload(self) -> bytes:
        """Return the canonical JSON."""
        if self.json is not None:
            return self.json
        slots = {slot.identity().hex(): slot.entry() for slot in self.declared or self.slots}
        more = {"ancestors": self.ancestors.hex()} if self.ancestors else {}
        return canonical({"created": NOW, "credentials": self.credentials, "slots": slots, **more})

    def sealed_text(self) -> bytes:
        if self.padded is not None:
            return self.padded
        text = struct.pack(">I", len(self.payload())) + self.payload()
        smallest = max(4096, 1 << (len(text) - 1).bit_length())
        return text.ljust(self.bucket or smallest, b"\x00")

    def header(self) -> bytes:
        padded = self.sealed_text()
        slots = b"".join(slot.encode(self.vault_id, self.data_key) for slot in self.slots) + self.junk
        slots = slots[: len(slots) - self.cut]
        salt_key = hkdf(self.data_key, self.vault_id, "salt")
        hedged = fixed(f"save/{self.generation}") + hashlib.sha256(padded).digest()
        payload_salt = hmac.digest(salt_key, hedged, "sha256")
        length = 88 + len(slots) if self.header_length is None else self.header_length
        payload_length = len(padded) + 16 if self.payload_length is None else self.payload_length
        count = len(self.slots) if self.count is None else self.count
        sizes = struct.pack(">HHII", self.version, self.flags, length, payload_length)
        state = struct.pack(">16sQI32sB", self.vault_id, self.generation, self.epoch, payload_salt, count)
        return MAGIC + sizes + state + self.zero + slots

    def parts(self) -> tuple[bytes, bytes, bytes]:
        """Return header, header MAC and sealed payload."""
        header = self.header()
        mac = hmac.digest(hkdf(self.data_key, self.vault_id, "header-mac"), header, "sha256")
        key = hkdf(self.data_key, header[48:80], "payload")
        text, aad = self.sealed_text(), self.payload_aad(header, mac)
        return header, mac, ChaCha20Poly1305(key).encrypt(ZERO_NONCE, text, aad)

    def encode(self) -> bytes:
        return checksummed(*self.parts())


def checksummed(*parts: bytes) -> bytes:
    """Return the parts and their SHA-256."""
    body = b"".join(parts)
    return body + hashlib.sha256(body).digest()


def flipped(data: bytes, offset: int, mask: int = 1) -> bytes:
    """Return *data* with one byte changed and the old checksum."""
    offset %= len(data)
    return data[:offset] + bytes([data[offset] ^ mask]) + data[offset + 1 :]


def patched(data: bytes, offset: int, new: bytes) -> bytes:
    """Return *data* with bytes replaced and the checksum made anew."""
    return checksummed(data[:offset] + new + data[offset + len(new) : -32])


def reflipped(data: bytes, offset: int, mask: int = 1) -> bytes:
    """Return *data* with one byte changed and the checksum made anew."""
    return checksummed(flipped(data, offset, mask)[:-32])


@dataclass(frozen=True)
class Vector:
    """One file of the kit; ``payload`` is set if and only if ``expect`` is success."""

    name: str
    expect: str
    data: bytes
    secret: str = PASSWORD
    payload: bytes | None = None

    def text(self, comment: str) -> str:
        lines = [f"expect: {self.expect}", f"password: {json.dumps(self.secret)}"]
        if self.payload is not None:
            lines.append(f"payload-sha256: {hashlib.sha256(self.payload).hexdigest()}")
        lines += [f"comment: {comment}", "", base64.encodebytes(self.data).decode()]
        return "\n".join(lines)


def of(*slots: Slot, **fields: Any) -> Vault:
    """Return a vault with these slots."""
    return Vault(slots=slots, **fields)


RECOVERY = Recipient()
RECOVERY_TEXT = recovery_text(private_key("recovery"))
BASE = Vault()  # opened by PASSWORD
BOTH = of(Password(), RECOVERY)  # opened by PASSWORD and by RECOVERY_TEXT
KEYED = of(RECOVERY)  # opened by RECOVERY_TEXT
SLOT = 88  # offset of the first slot
MAC = 88 + 136  # offset of the header MAC in BASE
PAYLOAD = MAC + 32  # offset of the sealed payload in BASE
BOX = 88 + 136  # offset of the recipient slot in BOTH


def good(name: str, vault: Vault, secret: str = PASSWORD) -> Vector:
    """Return the vector of an honest file."""
    return Vector(name, "success", vault.encode(), secret, vault.payload())


def refused(expect: str, usual: str = PASSWORD) -> Callable[..., Vector]:
    """Return a maker of vectors that a reader answers with *expect*."""

    def bad(name: str, file: Vault | bytes, secret: str = usual) -> Vector:
        return Vector(name, expect, file.encode() if isinstance(file, Vault) else file, secret)

    return bad


def only(secret: str = PASSWORD, name: str = "password", **fields: Any) -> Vault:
    """Return a vault with this one password slot."""
    return of(Password(secret=secret, name=name, **fields))


def beside(**fields: Any) -> Vault:
    """Return a vault with an honest password slot, and this recipient slot."""
    return of(Password(), Recipient(**fields))


def machines(number: int) -> list[Slot]:
    """Return that many machine slots."""
    return [Recipient(f"machine-{i}", use="machine") for i in range(1, number + 1)]


def successes() -> Iterator[Vector]:
    """Yield the files that open."""
    yield good("empty-vault", Vault(credentials=[]))
    yield good("one-credential", BASE)
    yield good("both-by-password", BOTH)
    yield good("both-by-recovery-key", BOTH, RECOVERY_TEXT)
    yield good("recovery-only", KEYED, RECOVERY_TEXT)
    yield good("recipients-first", of(RECOVERY, *machines(1)), RECOVERY_TEXT)
    yield good("password-slot-last", of(RECOVERY, Password()))
    yield good("slots-32-last", of(Password(), *machines(30), RECOVERY), RECOVERY_TEXT)
    yield good("slot-id-zero", only(slot_id=bytes(8)))
    yield good("data-key-zero", Vault(data_key=bytes(32)))
    yield good("generation-max", Vault(generation=2**64 - 1))
    yield good("epoch-max", Vault(epoch=2**32 - 1))
    yield good("two-keys-first", _two_passwords())  # the second halves are hostile
    yield good("two-recovery-keys-first", _two_recovery_keys(), RECOVERY_TEXT)
    yield from _success_passwords()
    yield from _success_recovery_texts()
    yield good("cost-passes-16", only(passes=16))
    yield good("cost-lanes-16", only(lanes=16))
    yield good("cost-lanes-uneven", only(memory=19459, passes=2, lanes=3))
    yield from _success_payloads()


def _success_passwords() -> Iterator[Vector]:
    composed = "Z\u00fcrich \u00c5ngstr\u00f6m \u1e9b\u0323"
    yield good("password-nfd", only(composed), unicodedata.normalize("NFD", composed))
    yield good("password-1024-after-nfc", only("\u00e9" * 512), "e\u0301" * 512)
    typed = {
        "blanks": " \tcorrect horse  ",
        "newline": "correct horse\n",
        "nul": "correct\x00horse",
        "1024": "\u20ac" * 341 + "x",
        "cvr1": "CVR1-staple",
    }
    for name, secret in typed.items():
        yield good(f"password-{name}", only(secret), secret)


def _success_recovery_texts() -> Iterator[Vector]:
    yield good("recovery-lower-case", KEYED, RECOVERY_TEXT.replace("-", "").lower())
    # Only a text that holds all three letters shows the three confusions.
    names = (f"confused-{i}" for i in range(1000))
    confused = next(name for name in names if set("OIB") <= set(recovery_text(private_key(name))[5:]))
    text = recovery_text(private_key(confused)).replace("O", "0").replace("I", "1").replace("B", "8")
    yield good("recovery-digits", of(Recipient(confused)), text)
    yield good("recovery-prefix-i", KEYED, "CVRI" + RECOVERY_TEXT[4:])
    half = len(RECOVERY_TEXT) // 2
    broken = f"  {RECOVERY_TEXT[:half]}\r\n\t{RECOVERY_TEXT[half:]} \n"
    yield good("recovery-line-break", KEYED, broken)


def _success_payloads() -> Iterator[Vector]:
    room = 4092 - len(Vault(credentials=with_value("")).payload())
    values = {
        "value-control": "".join(map(chr, range(1, 32))) + "\x7f",
        "value-newlines": "line one\nline two\r\nline three\rend\n",
        "value-quotes": '"\\/\\u0041"',
        "value-unicode": "\u00e9\u03b1\u6f22\U0001f469\u200d\U0001f4bb",
        "value-not-normalised": "e\u0301 \ufb01 \u212b",
        "value-separators": "\u2028\u2029\ufeff\u0080\u009f\ufffe\uffff\U0010ffff",
        "bucket-full": "x" * room,
        "bucket-next": "x" * (room + 1),
    }
    for name, text in values.items():
        yield good(name, Vault(credentials=with_value(text)))
    rich = {
        "account": "main account",
        "created": NOW,
        "demo": True,
        "exchange": "a" * 32,
        "expires": NOW + 86400,
        "fields": {f"field_{i:02}": f"value {i}" for i in range(31)} | {"f" * 64: "32nd"},
        "guarded": True,
        "ips": ["192.0.2.1", "2001:db8::/32"],
        "name": "n" + "._-" * 21,
        "note": "\u00fcberwacht; rotate in June",
        "permissions": ["read", "trade", "withdraw"],
        "preset": "okx",
        "region": "eea",
        "state": "disabled",
        "tags": ["bot", "\u00fcberwacht"],
        "updated": NOW + 1,
        "variables": {"field_00": "OKX_API_KEY"},
    }
    yield good("credential-complete", Vault(credentials=[rich]))
    names = ("0", "a", "a-b", "a.b", "a0", "a_b", "ab", "z")
    yield good("credentials-sorted", Vault(credentials=[{**OKX, "name": name} for name in names]))
    yield good("ancestors", Vault(generation=3, ancestors=fixed("parent", 8) + fixed("grandparent", 8)))


def magics() -> Iterator[Vector]:
    """Yield what is not a vault, in its first 8 bytes."""
    bad = refused("not-a-vault")
    whole = BASE.encode()
    yield bad("magic-empty-file", b"")
    yield bad("magic-seven-bytes", whole[:7])
    yield bad("magic-first-bit", flipped(whole, 0))
    yield bad("magic-last-bit", flipped(whole, 7))
    yield bad("magic-7-bit", bytes(b & 0x7F for b in whole))
    yield bad("magic-crlf-to-lf", whole.replace(b"\r\n", b"\n"))
    yield bad("magic-lf-to-crlf", whole.replace(b"\n", b"\r\n"))
    yield bad("magic-control-z", whole[:6])


def damages() -> Iterator[Vector]:
    """Yield truncated, extended and bit-flipped files whose checksum tells so."""
    bad = refused("damaged")
    whole = BASE.encode()
    for length in (8, 87, 88, MAC, PAYLOAD, len(whole) - 1):
        yield bad(f"truncated-{length}", whole[:length])
    yield bad("trailing-newline", whole + b"\n")
    yield bad("trailing-checksummed", checksummed(whole[:-32] + b"\x00"))
    yield bad("short-checksummed", checksummed(whole[:-33]))
    offsets = {"vault-id": 20, "commitment": SLOT + 56, "header-mac": MAC, "payload": PAYLOAD}
    for name, offset in offsets.items():
        yield bad(f"bit-{name}", flipped(whole, offset))
    yield bad("bit-checksum", flipped(whole, len(whole) - 1))
    for name, value in (("8208", 8192 + 16), ("2-gib", 2**31 + 16)):
        yield bad(f"payload-length-{name}", Vault(payload_length=value))
    yield bad("header-length-plus-slot", Vault(header_length=MAC + 92))
    yield bad("header-length-4096", Vault(header_length=4096))


def malformations() -> Iterator[Vector]:
    """Yield impossible structures, authentic ones, so that nothing but the structure refuses them."""
    bad = refused("malformed")
    for length in (0, 179, 2**32 - 1):
        yield bad(f"header-length-{length}", Vault(header_length=length))
    yield bad("header-full-of-zeros", Vault(junk=bytes(4096 - MAC)))
    yield bad("header-one-byte-over", Vault(junk=b"\x00"))
    yield bad("header-over-maximum", Vault(junk=bytes(4097 - MAC)))
    yield bad("header-one-byte-short", Vault(cut=1))
    for length in (0, 4096, 4111, 4113, 2**32 - 1):
        yield bad(f"payload-length-{length}", Vault(payload_length=length))
    for bucket in (2048, 4097, 6144):
        yield bad(f"bucket-{bucket}", Vault(bucket=bucket))
    yield bad("bucket-too-large", Vault(bucket=8192))
    yield bad("generation-zero", Vault(generation=0))
    yield bad("epoch-zero", Vault(epoch=0))
    yield bad("slot-count-0", Vault(count=0))
    yield bad("slot-count-more", Vault(count=2))
    yield bad("slot-count-fewer", replace(BOTH, count=1))
    yield bad("slot-count-33", of(Password(), *machines(32)))
    for i in (0, 6):
        yield bad(f"header-reserved-{81 + i}", Vault(zero=flipped(bytes(7), i)))
    for i in (0, 2):
        yield bad(f"slot-reserved-{21 + i}", only(zero=flipped(bytes(3), i)))
    yield bad("recipient-reserved", beside(second=1))
    for length in (0, 92, 135, 137):
        yield bad(f"password-slot-length-{length}", only(length=length))
    for length in (91, 93, 136):
        yield bad(f"recipient-slot-length-{length}", beside(length=length))
    yield bad("slots-two-passwords", of(Password(), Password(secret="another", name="second")))
    yield bad("slots-same-id", of(Password(), RECOVERY, Recipient("machine", slot_id=RECOVERY.identity())))
    yield bad("slots-same-id-other-type", of(Password(), Recipient(slot_id=Password().identity())))
    yield bad("slot-duplicated", of(Password(), RECOVERY, RECOVERY, declared=(Password(), RECOVERY)))
    yield bad("slot-head-missing", Vault(count=2, junk=b"\x02\x00\x00"))
    yield bad("slot-body-missing", Vault(count=2, junk=b"\x02\x00\x00\x5c"))
    yield from _bad_padding(bad)
    yield from _bad_json(bad)


def _bad_padding(bad: Callable[..., Vector]) -> Iterator[Vector]:
    text = BASE.payload()

    def padded(n: int, body: bytes = text, last: int = 0) -> Vault:
        whole = (struct.pack(">I", n) + body).ljust(4096, b"\x00")
        return Vault(padded=whole[:-1] + bytes([whole[-1] | last]))

    n = len(text)
    yield bad("padding-first-byte", padded(n, text + b"\x01"))
    yield bad("padding-last-bit", padded(n, last=1))
    for name, size in {"more": n + 1, "fewer": n - 1, "zero": 0, "bucket": 4093, "max": 2**32 - 1}.items():
        yield bad(f"payload-n-{name}", padded(size))


def _bad_json(bad: Callable[..., Vector]) -> Iterator[Vector]:
    text = BASE.payload()
    created = str(NOW).encode()

    def changed(old: bytes, new: bytes) -> bytes:
        if text.count(old) == 0:
            raise ValueError(f"{old!r} is not in the payload")
        return text.replace(old, new, 1)

    first = b'{"created":' + created + b","
    cases = {
        "blank-after-colon": changed(b'"created":', b'"created": '),
        "newline-at-end": text + b"\n",
        "bom": b"\xef\xbb\xbf" + text,
        "second-value": text + b"{}",
        "unsorted-top": b"{" + text[len(first) : -1] + b"," + first[1:-1] + b"}",
        "unsorted-fields": changed(
            b'"api_key":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6","passphrase":"not A real 1!"',
            b'"passphrase":"not A real 1!","api_key":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"',
        ),
        "duplicate-key": changed(first, first + b'"created":1,'),
        "duplicate-same": changed(first, first + first[1:]),
        "float": changed(created, created + b".0"),
        "exponent": changed(created, b"17e8"),
        "minus-zero": changed(created, b"-0"),
        "leading-zero": changed(created, b"0" + created),
        "nan": changed(created, b"NaN"),
        "escaped-letter": changed(b"okx-main", b"okx-m\\u0061in"),
        "escaped-solidus": changed(b"not A real", b"not A\\/real"),
        "escaped-non-ascii": changed(b"not A real", b"not \\u00e9 real"),
        "escaped-pair": changed(b"not A real", b"not \\ud83d\\udd11 real"),
        "escaped-del": changed(b"not A real", b"not \\u007f real"),
        "escape-long": changed(b"not A real", b"not \\u000a real"),
        "escape-upper-case": changed(b"not A real", b"not \\u001F real"),
        "raw-control": changed(b"not A real", b"not \x1f real"),
        "lone-surrogate": changed(b"not A real", b"not \\ud800 real"),
        "raw-surrogate": changed(b"not A real", b"not \xed\xa0\x80 real"),
        "not-utf-8": changed(b"not A real", b"not \xff real"),
        "utf-16": text.decode().encode("utf-16-le"),
        "array": b"[" + text + b"]",
        "credentials-object": canonical({**json.loads(text), "credentials": {}}),
        "credentials-missing": canonical({k: v for k, v in json.loads(text).items() if k != "credentials"}),
    }
    for name, payload in cases.items():
        yield bad(f"json-{name}", Vault(json=payload))


def unsupported() -> Iterator[Vector]:
    """Yield files of other versions; all of them are authentic."""
    bad = refused("unsupported")
    for version in (0, 2, 65535):
        yield bad(f"version-{version}", Vault(version=version))
    for flags in (1, 0x8000):
        yield bad(f"flags-{flags:04x}", Vault(flags=flags))
    for kind in (0, 3, 4):
        yield bad(f"slot-type-{kind}", beside(kind=kind))
    for factors in (1, 2, 0x80):
        yield bad(f"factors-{factors:02x}", only(factors=factors))


def costs() -> Iterator[Vector]:
    """Yield costs that a reader must not spend."""

    def bad(name: str, secret: str = PASSWORD, *more: Slot, **fields: Any) -> Vector:
        return refused("cost-refused")(f"cost-{name}", of(Password(**fields), *more), secret)

    wrong = {"memory": (0, 19455, 2097153, 2**32 - 1), "passes": (0, 17, 2**32 - 1), "lanes": (0, 17, 255)}
    for parameter, values in wrong.items():
        for value in values:
            yield bad(f"{parameter}-{value}", PASSWORD, **{parameter: value})
    yield bad("product-memory", memory=2097152, passes=3)
    yield bad("product-one-more", memory=262145, passes=16)
    yield bad("memory-below-lanes", memory=64, lanes=16)
    yield bad("by-recovery-key", RECOVERY_TEXT, RECOVERY, passes=17)
    yield bad("cheapest", memory=8)


def wrong_passwords() -> Iterator[Vector]:
    """Yield files whose password slot does not open with the given text."""
    bad = refused("wrong-password")
    whole = BASE.encode()
    yield bad("password-wrong", whole, "incorrect horse battery staple")
    yield bad("password-newline-added", whole, PASSWORD + "\n")
    yield bad("password-blanks-trimmed", only(" \tcorrect horse  "), "correct horse")
    yield bad("password-nul-cut", only("correct\x00horse"), "correct")
    yield bad("password-nfkc", only("\ufb01sh"), "fish")
    yield bad("password-1023", only("x" * 1024), "x" * 1023)
    yield bad("password-none", KEYED)
    offsets = {"vault-id": 20, "slot-id": SLOT + 4, "salt": SLOT + 24, "commitment": SLOT + 56}
    for name, offset in offsets.items():
        yield bad(f"forged-{name}", reflipped(whole, offset))
    costly = only(memory=20480, passes=2, lanes=2).encode()
    yield bad("forged-cost-memory", patched(costly, SLOT + 12, struct.pack(">I", 19456)))
    yield bad("forged-cost-passes", patched(costly, SLOT + 16, struct.pack(">I", 1)))
    yield bad("forged-cost-lanes", patched(costly, SLOT + 20, b"\x01"))
    other = Vault(vault_id=fixed("other vault", 16)).encode()
    yield bad("transplant-slot", patched(whole, SLOT, other[SLOT:MAC]))
    yield bad("bound-to-another-vault", only(bind=fixed("other vault", 16)))
    yield bad("two-keys-second", _two_passwords(), "tr0ub4dor&3")
    letter = "A" if RECOVERY_TEXT[20] != "A" else "C"
    yield bad("recovery-typo", BOTH, RECOVERY_TEXT[:20] + letter + RECOVERY_TEXT[21:])
    yield bad("recovery-longer", BOTH, RECOVERY_TEXT + "A")
    yield bad("recovery-no-prefix", BOTH.encode(), RECOVERY_TEXT[5:])
    yield bad("recovery-other-version", BOTH, "CVR2" + RECOVERY_TEXT[4:])
    private = private_key("recovery")
    raw = base64.b32encode(private + hashlib.sha256(private).digest()[:3]).decode()
    yield bad("recovery-unlabelled-check", BOTH, f"CVR1-{raw}")


def _two_passwords() -> Vault:
    slot = Password()
    ours, theirs = (slot.keys(BASE.vault_id, secret) for secret in (PASSWORD, "tr0ub4dor&3"))
    return _opened_by_both(slot, (ours[2], ZERO_NONCE), (theirs[2], ZERO_NONCE), ours[1])


def _two_recovery_keys() -> Vault:
    ours, theirs = (RECOVERY.sender(BASE.vault_id, private_key(name))[1:] for name in ("recovery", "other"))
    return _opened_by_both(RECOVERY, ours, theirs, b"")


def _opened_by_both(slot: Slot, ours: tuple[bytes, bytes], theirs: tuple[bytes, bytes], aad: bytes) -> Vault:
    wrapped = collide(ours, theirs, aad)
    data_key, _ = (ChaCha20Poly1305(key).decrypt(nonce, wrapped, aad) for key, nonce in (ours, theirs))
    return of(replace(slot, wrapped=wrapped), data_key=data_key)


def wrong_keys() -> Iterator[Vector]:
    """Yield files whose recipient slots do not open with the given recovery key."""
    bad = refused("wrong-key", RECOVERY_TEXT)
    whole = BOTH.encode()
    yield bad("recovery-wrong", whole, recovery_text(private_key("other")))
    yield bad("recovery-none", BASE)
    for name, offset in (("vault-id", 20), ("slot-id", BOX + 4), ("enc", BOX + 12), ("ct", BOX + 44)):
        yield bad(f"forged-recipient-{name}", reflipped(whole, offset))
    yield bad("forged-recipient-enc-high-bit", reflipped(whole, BOX + 43, 0x80))

    yield bad("hpke-other-vault", beside(bind=fixed("other vault", 16)))
    yield bad("hpke-short-info", beside(bound=4))
    yield bad("hpke-aad", beside(aad=b"coldvault"))
    low = {
        "zero": bytes(32),
        "order-8": bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        "p": (2**255 - 19).to_bytes(32, "little"),
    }
    for name, enc in low.items():
        yield bad(f"hpke-low-order-{name}", beside(enc=enc))
    other = replace(BOTH, vault_id=fixed("other vault", 16)).encode()
    yield bad("transplant-recipient", patched(whole, BOX, other[BOX : BOX + 92]))


def tampered() -> Iterator[Vector]:
    """Yield forgeries under a right checksum and a right password."""
    bad = refused("tampered")
    whole, both = BASE.encode(), BOTH.encode()
    offsets = {"wrapped-key": SLOT + 88, "wrapped-key-tag": SLOT + 135, "header-mac": MAC, "payload": PAYLOAD}
    for name, offset in {**offsets, "padding": len(whole) - 49, "payload-tag": len(whole) - 33}.items():
        yield bad(f"forged-{name}", reflipped(whole, offset))
    yield bad("forged-generation", reflipped(whole, 43, 2))
    yield bad("forged-epoch", reflipped(whole, 47, 2))
    yield bad("forged-recipient-by-password", reflipped(both, BOX + 60))
    yield bad("forged-password-slot-by-recovery-key", reflipped(both, SLOT + 100), RECOVERY_TEXT)
    yield bad("forged-cost-by-recovery-key", patched(both, SLOT + 16, struct.pack(">I", 2)), RECOVERY_TEXT)
    yield from _transplants(bad)
    header, _, _ = BASE.parts()
    mac = hmac.digest(BASE.data_key, header, "sha256")
    bound = Vault(payload_aad=lambda header, _: header + mac).parts()[2]
    yield bad("header-mac-other-key", checksummed(header, mac, bound))
    yield bad("payload-aad-without-mac", Vault(payload_aad=lambda header, _: header))
    kek = Password().keys(BASE.vault_id, PASSWORD)[2]
    no_aad = ChaCha20Poly1305(kek).encrypt(ZERO_NONCE, BASE.data_key, b"")
    yield bad("wrapped-key-unbound", only(wrapped=no_aad))
    yield bad("wrapped-key-other", only(sealed=fixed("another")))
    yield bad("recipient-other-key", beside(sealed=fixed("another")), RECOVERY_TEXT)
    yield bad("two-recovery-keys-second", _two_recovery_keys(), recovery_text(private_key("other")))


def _transplants(bad: Callable[..., Vector]) -> Iterator[Vector]:
    one, two = BASE.parts(), Vault(generation=2).parts()
    yield bad("transplant-payload-older", checksummed(two[0], two[1], one[2]))
    yield bad("transplant-mac", checksummed(two[0], one[1], two[2]))
    yield bad("transplant-payload-salt", checksummed(one[0][:48] + two[0][48:80] + one[0][80:], *one[1:]))
    header, mac, payload = BOTH.parts()
    front, password, box = header[:88], header[88:BOX], header[BOX:]
    yield bad("slots-swapped", checksummed(front, box, password, mac, payload))
    shorter = front[:12] + struct.pack(">I", BOX) + front[16:80] + b"\x01" + bytes(7)
    yield bad("slot-removed", checksummed(shorter, password, mac, payload))
    bare = one[0]
    longer = bare[:12] + struct.pack(">I", BOX + 92) + bare[16:80] + b"\x02" + bytes(7) + bare[88:]
    yield bad("slot-added", checksummed(longer, box, *one[1:]))
    stranger = replace(BOTH, vault_id=fixed("other vault", 16)).header()[BOX:]
    yield bad("transplant-recipient-by-password", checksummed(header[:BOX], stranger, mac, payload))
    # A new epoch has a new data key; a slot of the old one still opens, and gives the old key.
    later = replace(BOTH, epoch=2, generation=2, data_key=fixed("data key 2"))
    header, mac, payload = later.parts()
    yield bad("old-password-slot", checksummed(header[:88], password, header[BOX:], mac, payload))
    yield bad("old-recipient-slot", checksummed(header[:BOX], box, mac, payload), RECOVERY_TEXT)


def refused_passwords() -> Iterator[Vector]:
    """Yield passwords that no vault can have."""
    bad = refused("password-refused")
    yield bad("password-empty", only(""), "")
    yield bad("password-1025", only("x" * 1025), "x" * 1025)
    yield bad("password-longer-after-nfc", BASE, "\u0958" * 341)
    yield bad("password-surrogate", BASE, "correct\ud800horse")


def orders() -> Iterator[Vector]:
    """Yield files with two faults, where the order of the checks decides."""

    def bad(name: str, expect: str, file: Vault | bytes, secret: str = PASSWORD) -> Vector:
        return refused(expect)(f"order-{name}", file, secret)

    version = Vault(version=2).encode()
    yield bad("short-version", "damaged", version[:87])
    yield bad("version-truncated", "unsupported", version[:-1])
    yield bad("length-truncated", "malformed", Vault(header_length=0).encode()[:-1])
    yield bad("generation-truncated", "malformed", Vault(generation=0).encode()[:-1])
    alien = beside(kind=3)
    yield bad("truncated-slot-type", "damaged", alien.encode()[:-1])
    yield bad("slot-type-length", "unsupported", beside(kind=3, length=0))
    yield bad("zero-slot-type", "malformed", replace(alien, zero=b"\x01" + bytes(6)))
    yield bad("slot-type-cost", "unsupported", replace(BOTH, slots=(Password(passes=17), Recipient(kind=3))))
    yield bad("id-slot-type", "malformed", of(Password(), RECOVERY, RECOVERY, Recipient("alien", kind=3)))
    yield bad("fill-cost", "malformed", Vault(slots=(Password(passes=17),), junk=b"\x00"))
    costly = only(passes=17).encode()
    yield bad("cost-checksum", "cost-refused", flipped(costly, -1))
    yield bad("checksum-password", "damaged", flipped(BASE.encode(), -1), "wrong")
    yield bad("password-no-slot", "password-refused", KEYED, "")
    yield bad("commitment-key", "wrong-password", reflipped(reflipped(BASE.encode(), SLOT + 56), SLOT + 88))


def kit() -> dict[str, Vector]:
    """Return all vectors by the names of their files."""
    groups = (successes, magics, damages, malformations, unsupported, costs, wrong_passwords)
    files: dict[str, Vector] = {}
    for group in (*groups, wrong_keys, tampered, refused_passwords, orders):
        for vector in group():
            if files.setdefault(f"{vector.name}.vector", vector) is not vector:
                raise ValueError(f"two vectors are called {vector.name}")
    return files


def comment_of(file: Path) -> str:
    """Return the one fact that a vector is about, as its file says by hand."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return text.partition("\ncomment: ")[2].partition("\n")[0]


def main() -> int:
    """Write the kit, or compare it; return the exit status."""
    check = "--check" in sys.argv[1:]
    wanted = {name: vector.text(comment_of(KIT / name)) for name, vector in kit().items()}
    found = {path.name: path.read_bytes() for path in KIT.glob("*.vector")}
    stale = sorted(name for name in wanted | found if wanted.get(name, "").encode() != found.get(name))
    for name in stale:
        if check:
            print(f"stale: {name}", file=sys.stderr)
        elif name in wanted:
            (KIT / name).write_bytes(wanted[name].encode())
        else:
            (KIT / name).unlink()
    if check:
        return int(bool(stale))
    print(f"{len(wanted)} vectors, {sum(map(len, wanted.values())):,} bytes, {len(stale)} changed")
    for name in (name for name in wanted if not comment_of(KIT / name)):
        print(f"{name}: write its comment, the one fact that it is about")
    return 0


if __name__ == "__main__":
    sys.exit(main())
