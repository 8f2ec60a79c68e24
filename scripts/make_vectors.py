"""Write the vector kit of the vault format, ``tests/vectors/``, or compare it with what stands there.

Usage: python make_vectors.py [--check]

Every vector is one file that holds one fact; docs/format.md says what a reader has to answer. The writer here
shares no code with the package or with ``recover.py``, and can do what an honest writer cannot: put a wrong
field into a file that is authentic all the same, so that only the check of that very field refuses it.
All "random" bytes are SHA-256 of a label, so that the output is the same, byte for byte, at every run.
"""

from __future__ import annotations

import argparse
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

KIT = Path(__file__).resolve().parent.parent / "tests" / "vectors"
MAGIC = b"\x89CVT\r\n\x1a\n"
PASSWORD = "correct horse battery staple"  # noqa: S105 - a test value
NOW = 1_700_000_000  # seconds since the Unix epoch, UTC
MAX_WORK = 2**20  # KiB x passes; costs above it are never computed here, since a reader has to refuse them
ZERO_NONCE = bytes(12)


def fixed(label: str, length: int = 32) -> bytes:
    """Return *length* bytes that stand for random ones."""
    blocks = (
        hashlib.sha256(f"coldvault vectors/{label}/{i}".encode()).digest() for i in range(length // 32 + 1)
    )
    return b"".join(blocks)[:length]


def hkdf(key: bytes, salt: bytes, info: str, length: int = 32) -> bytes:
    """Return HKDF-SHA256 under one of the labels of docs/format.md."""
    return HKDF(SHA256(), length, salt, f"coldvault/1/{info}".encode()).derive(key)


def private_key(label: str) -> bytes:
    """Return the X25519 private key of the recipient that is called *label*."""
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
    possible = passes >= 1 and lanes >= 1 and memory >= 8 * lanes
    if not possible or memory * passes > MAX_WORK:
        return fixed("not computed")
    kdf = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    return kdf.derive(password)


# HPKE, RFC 9180 base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305


class _Labeled:
    """LabeledExtract and LabeledExpand of RFC 9180 section 4 for one suite_id."""

    def __init__(self, suite_id: bytes) -> None:
        self._prefix = b"HPKE-v1" + suite_id

    def extract(self, salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), self._prefix + label + ikm, "sha256")

    def expand(self, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
        text = length.to_bytes(2, "big") + self._prefix + label + info
        return hmac.digest(prk, text + b"\x01", "sha256")[:length]


_KEM = _Labeled(b"KEM" + bytes.fromhex("0020"))
_HPKE = _Labeled(b"HPKE" + bytes.fromhex("0020 0001 0003"))


def hpke_key(shared_point: bytes, enc: bytes, public: bytes, info: bytes) -> tuple[bytes, bytes]:
    """Return key and first nonce of the sender whose Diffie-Hellman result is *shared_point*."""
    eae_prk = _KEM.extract(b"", b"eae_prk", shared_point)
    shared = _KEM.expand(eae_prk, b"shared_secret", enc + public, 32)
    context = b"\x00" + _HPKE.extract(b"", b"psk_id_hash", b"") + _HPKE.extract(b"", b"info_hash", info)
    secret = _HPKE.extract(shared, b"secret", b"")
    return _HPKE.expand(secret, b"key", context, 32), _HPKE.expand(secret, b"base_nonce", context, 12)


# one sealed text that opens under two keys

_P = 2**130 - 5  # the prime of Poly1305, RFC 8439 section 2.5


def collide(first: tuple[bytes, bytes], second: tuple[bytes, bytes], aad: bytes) -> bytes:
    """Return 48 bytes that ChaCha20-Poly1305 opens under both (key, nonce) pairs with the same *aad*.

    Two free blocks of 16 bytes and two linear equations modulo 2^130 - 5; each solution block has to lie in
    [2^128, 2^129), so a few tags are tried. The construction is that of Len, Grubbs and Ristenpart,
    "Partitioning Oracle Attacks", 2021.
    """
    padded_aad = aad + bytes(-len(aad) % 16)
    blocks = [
        int.from_bytes(padded_aad[i : i + 16], "little") + 2**128 for i in range(0, len(padded_aad), 16)
    ]
    lengths = int.from_bytes(struct.pack("<QQ", len(aad), 32), "little") + 2**128
    rows = []
    for key, nonce in (first, second):
        once = Cipher(ChaCha20(key, bytes(4) + nonce), mode=None).encryptor().update(bytes(32))
        r = int.from_bytes(once[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
        s = int.from_bytes(once[16:], "little")
        known = 0
        for block in blocks:
            known = (known + block) * r % _P
        rows.append((r, s, known * r * r * r + lengths * r))
    (r1, s1, known1), (r2, s2, known2) = rows
    determinant = pow(r1**3 * r2**2 - r2**3 * r1**2, -1, _P)
    for attempt in range(100_000):
        tag = fixed(f"collision/{attempt}", 16)
        number = int.from_bytes(tag, "little")
        left = (number - s1) % 2**128 - known1
        right = (number - s2) % 2**128 - known2
        one = (left * r2**2 - right * r1**2) * determinant % _P - 2**128
        two = (right * r1**3 - left * r2**3) * determinant % _P - 2**128
        if 0 <= one < 2**128 and 0 <= two < 2**128:
            return one.to_bytes(16, "little") + two.to_bytes(16, "little") + tag
    raise RuntimeError("no collision found")


@dataclass(frozen=True)
class Password:
    """A password slot; the fields after ``secret`` are those of the file.

    Attributes:
        secret: As the owner typed it.
        sealed: Data key inside; None takes the vault's own.
        bind: vault_id to bind to; None takes the vault's own.
    """

    secret: str = PASSWORD
    name: str = "password"
    memory: int = 19456  # KiB, the lowest cost that a reader accepts
    passes: int = 1
    lanes: int = 1
    kind: int = 1
    factors: int = 0
    length: int = 136
    zero: bytes = bytes(3)
    slot_id: bytes | None = None
    sealed: bytes | None = None
    bind: bytes | None = None
    wrapped: bytes | None = None

    def identity(self) -> bytes:
        return fixed(f"slot/{self.name}", 8) if self.slot_id is None else self.slot_id

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
class Recipient:
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
    slot_id: bytes | None = None
    sealed: bytes | None = None
    bind: bytes | None = None
    enc: bytes | None = None
    aad: bytes = b""
    bound: int = 12
    wrapped: bytes | None = None

    def identity(self) -> bytes:
        return fixed(f"slot/{self.name}", 8) if self.slot_id is None else self.slot_id

    def entry(self) -> dict[str, Any]:
        public = public_key(private_key(self.name)).hex()
        return {"created": NOW, "kind": self.use, "label": self.name, "public_key": public}

    def ephemeral(self) -> bytes:
        return fixed(f"ephemeral/{self.name}")

    def head(self) -> bytes:
        return struct.pack(">BBH8s", self.kind, self.second, self.length, self.identity())

    def info(self, vault_id: bytes) -> bytes:
        return b"coldvault/1/slot\x00" + (self.bind or vault_id) + self.head()[: self.bound]

    def sender(self, vault_id: bytes, private: bytes) -> tuple[bytes, bytes]:
        public = public_key(private)
        if self.enc is not None:
            return hpke_key(bytes(32), self.enc, public, self.info(vault_id))
        ours = X25519PrivateKey.from_private_bytes(self.ephemeral())
        point = ours.exchange(X25519PublicKey.from_public_bytes(public))
        return hpke_key(point, public_key(self.ephemeral()), public, self.info(vault_id))

    def encode(self, vault_id: bytes, data_key: bytes) -> bytes:
        enc = public_key(self.ephemeral()) if self.enc is None else self.enc
        key, nonce = self.sender(vault_id, private_key(self.name))
        wrapped = self.wrapped or ChaCha20Poly1305(key).encrypt(nonce, self.sealed or data_key, self.aad)
        return self.head() + enc + wrapped


Slot = Password | Recipient


def canonical(value: object) -> bytes:
    """Return canonical JSON in UTF-8."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


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
    json: bytes | None = None
    padded: bytes | None = None
    bucket: int | None = None
    magic: bytes = MAGIC
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
        slots = {
            s.identity().hex(): s.entry() for s in (self.slots if self.declared is None else self.declared)
        }
        return canonical({"created": NOW, "credentials": self.credentials, "slots": slots})

    def sealed_text(self) -> bytes:
        if self.padded is not None:
            return self.padded
        text = struct.pack(">I", len(self.payload())) + self.payload()
        bucket = self.bucket
        if bucket is None:
            bucket = 4096
            while bucket < len(text):
                bucket *= 2
        return text.ljust(bucket, b"\x00")

    def header(self) -> bytes:
        padded = self.sealed_text()
        slots = b"".join(slot.encode(self.vault_id, self.data_key) for slot in self.slots) + self.junk
        slots = slots[: len(slots) - self.cut]
        salt_key = hkdf(self.data_key, self.vault_id, "salt")
        drawn = fixed(f"save/{self.generation}")
        payload_salt = hmac.digest(salt_key, drawn + hashlib.sha256(padded).digest(), "sha256")
        length = 88 + len(slots) if self.header_length is None else self.header_length
        payload_length = len(padded) + 16 if self.payload_length is None else self.payload_length
        count = len(self.slots) if self.count is None else self.count
        return (
            self.magic
            + struct.pack(">HHII", self.version, self.flags, length, payload_length)
            + struct.pack(">16sQI32sB", self.vault_id, self.generation, self.epoch, payload_salt, count)
            + self.zero
            + slots
        )

    def parts(self) -> tuple[bytes, bytes, bytes]:
        """Return header, header MAC and sealed payload."""
        header = self.header()
        mac = hmac.digest(hkdf(self.data_key, self.vault_id, "header-mac"), header, "sha256")
        key = hkdf(self.data_key, header[48:80], "payload")
        return (
            header,
            mac,
            ChaCha20Poly1305(key).encrypt(ZERO_NONCE, self.sealed_text(), self.payload_aad(header, mac)),
        )

    def encode(self) -> bytes:
        return checksummed(*self.parts())


def checksummed(*parts: bytes) -> bytes:
    """Return the parts and their SHA-256."""
    body = b"".join(parts)
    return body + hashlib.sha256(body).digest()


def flipped(data: bytes, offset: int, mask: int = 1) -> bytes:
    """Return *data* with one byte changed and the old checksum."""
    changed = bytearray(data)
    changed[offset] ^= mask
    return bytes(changed)


def patched(data: bytes, offset: int, new: bytes) -> bytes:
    """Return *data* with bytes replaced and the checksum made anew."""
    body = data[:offset] + new + data[offset + len(new) : -32]
    return checksummed(body)


def reflipped(data: bytes, offset: int, mask: int = 1) -> bytes:
    """Return *data* with one byte changed and the checksum made anew."""
    return checksummed(flipped(data, offset, mask)[:-32])


@dataclass(frozen=True)
class Vector:
    """One file of the kit; ``payload`` is set if and only if ``expect`` is success."""

    name: str
    expect: str
    comment: str
    data: bytes
    secret: str = PASSWORD
    payload: bytes | None = None

    def text(self) -> str:
        lines = [f"expect: {self.expect}", f"password: {json.dumps(self.secret)}"]
        if self.payload is not None:
            lines.append(f"payload-sha256: {hashlib.sha256(self.payload).hexdigest()}")
        lines += [f"comment: {self.comment}", ""]
        encoded = base64.b64encode(self.data).decode()
        lines += [encoded[i : i + 76] for i in range(0, len(encoded), 76)]
        return "\n".join(lines) + "\n"


RECOVERY = Recipient()
RECOVERY_TEXT = recovery_text(private_key("recovery"))
BASE = Vault()  # opened by PASSWORD
BOTH = Vault(slots=(Password(), RECOVERY))  # opened by PASSWORD and by RECOVERY_TEXT
KEYED = Vault(slots=(RECOVERY,))  # opened by RECOVERY_TEXT
SLOT = 88  # offset of the first slot
MAC = 88 + 136  # offset of the header MAC in BASE
PAYLOAD = MAC + 32  # offset of the sealed payload in BASE
BOX = 88 + 136  # offset of the recipient slot in BOTH


def good(name: str, comment: str, vault: Vault, secret: str = PASSWORD) -> Vector:
    """Return the vector of an honest file."""
    return Vector(name, "success", comment, vault.encode(), secret, vault.payload())


def successes() -> Iterator[Vector]:
    """Yield the files that open."""
    yield good("empty-vault", "no credentials", replace(BASE, credentials=[]))
    yield good("one-credential", "one credential of an exchange with a passphrase", BASE)
    yield good("both-by-password", "a password slot and a recovery slot, opened by the password", BOTH)
    yield good("both-by-recovery-key", "the same file, opened by the recovery key", BOTH, RECOVERY_TEXT)
    yield good("recovery-only", "no password slot, opened by the recovery key", KEYED, RECOVERY_TEXT)
    swapped = replace(BOTH, slots=(RECOVERY, Password()))
    two = replace(BASE, slots=(RECOVERY, Recipient("machine-1", use="machine")))
    yield good("recipients-first", "two recipient slots, opened by the first", two, RECOVERY_TEXT)
    yield good("password-slot-last", "slots may stand in any order", swapped)
    machines = tuple(Recipient(f"machine-{i}", use="machine") for i in range(1, 31))
    crowd = replace(BASE, slots=(Password(), *machines, RECOVERY))
    yield good("slots-32-last", "32 slots, opened by the recovery key in the last one", crowd, RECOVERY_TEXT)
    yield good(
        "slot-id-zero", "a slot_id may be any 8 bytes", replace(BASE, slots=(Password(slot_id=bytes(8)),))
    )
    yield good("data-key-zero", "a data key may be any 32 bytes", replace(BASE, data_key=bytes(32)))
    yield good("generation-max", "generation 2^64 - 1", replace(BASE, generation=2**64 - 1))
    yield good("epoch-max", "epoch 2^32 - 1", replace(BASE, epoch=2**32 - 1))
    yield from _success_passwords()
    yield from _success_recovery_texts()
    yield from _success_costs()
    yield from _success_payloads()


def _success_passwords() -> Iterator[Vector]:
    def opened(name: str, comment: str, secret: str, typed: str | None = None) -> Vector:
        return good(
            name, comment, replace(BASE, slots=(Password(secret),)), secret if typed is None else typed
        )

    composed = "Z\u00fcrich \u00c5ngstr\u00f6m \u1e9b\u0323"
    yield opened(
        "password-nfd",
        "typed decomposed (NFD), sealed composed (NFC)",
        composed,
        unicodedata.normalize("NFD", composed),
    )
    yield opened(
        "password-blanks", "blanks and a tab at both ends belong to the password", " \tcorrect horse  "
    )
    yield opened("password-newline", "a line feed at the end belongs to the password", "correct horse\n")
    yield opened("password-nul", "NUL is a character like any other", "correct\x00horse")
    yield opened("password-1024", "exactly 1,024 bytes of UTF-8", "\u20ac" * 341 + "x")
    yield opened(
        "password-1024-after-nfc",
        "1,536 bytes as typed, 1,024 bytes after NFC",
        "\u00e9" * 512,
        "e\u0301" * 512,
    )
    yield opened("password-cvr1", "begins as a recovery key does, but is none", "CVR1-staple")


def _success_recovery_texts() -> Iterator[Vector]:
    bare = RECOVERY_TEXT.replace("-", "")
    yield good("recovery-lower-case", "lower case without hyphens", KEYED, bare.lower())
    # Only a text that holds all three letters shows the three confusions.
    number = next(
        i for i in range(1000) if set("OIB") <= set(recovery_text(private_key(f"confused-{i}"))[5:])
    )
    confused = Recipient(f"confused-{number}")
    text = recovery_text(private_key(confused.name)).replace("O", "0").replace("I", "1").replace("B", "8")
    vault = replace(KEYED, slots=(confused,))
    yield good("recovery-digits", "0 for O, 1 for I and 8 for B", vault, text)
    yield good("recovery-prefix-i", "the prefix typed as CVRI", KEYED, "CVRI" + RECOVERY_TEXT[4:])
    half = len(RECOVERY_TEXT) // 2
    broken = f"  {RECOVERY_TEXT[:half]}\r\n\t{RECOVERY_TEXT[half:]} \n"
    yield good("recovery-line-break", "blanks, a tab and line ends around and inside", KEYED, broken)


def _success_costs() -> Iterator[Vector]:
    def cost(name: str, comment: str, **fields: Any) -> Vector:
        return good(name, comment, replace(BASE, slots=(Password(**fields),)))

    yield cost("cost-passes-16", "t = 16, the highest accepted", passes=16)
    yield cost("cost-lanes-16", "p = 16, the highest accepted", lanes=16)
    yield cost("cost-lanes-uneven", "m is not a multiple of 4p", memory=19459, passes=2, lanes=3)


def _success_payloads() -> Iterator[Vector]:
    def value(name: str, comment: str, text: str) -> Vector:
        return good(name, comment, replace(BASE, credentials=with_value(text)))

    yield value(
        "value-control", "all control characters but NUL, and DEL", "".join(map(chr, range(1, 32))) + "\x7f"
    )
    yield value("value-newlines", "LF, CR LF and CR survive", "line one\nline two\r\nline three\rend\n")
    yield value("value-quotes", "quotation mark, reverse solidus and solidus", '"\\/\\u0041"')
    yield value(
        "value-unicode",
        "Latin, Greek, Han and an emoji with joiners",
        "\u00e9\u03b1\u6f22\U0001f469\u200d\U0001f4bb",
    )
    yield value("value-not-normalised", "values are byte-exact: NFD stays NFD", "e\u0301 \ufb01 \u212b")
    yield value(
        "value-separators",
        "line and paragraph separators, BOM, C1 controls, noncharacters: all raw",
        "\u2028\u2029\ufeff\u0080\u009f\ufffe\uffff\U0010ffff",
    )
    room = 4092 - len(replace(BASE, credentials=with_value("")).payload())
    yield value("bucket-full", "the payload fills its bucket of 4,096 bytes", "x" * room)
    yield value("bucket-next", "one byte more takes the bucket of 8,192 bytes", "x" * (room + 1))
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
    yield good("credential-complete", "every optional key of a credential", replace(BASE, credentials=[rich]))
    names = ["0", "a", "a-b", "a.b", "a0", "a_b", "ab", "z"]
    many = [{**OKX, "name": name} for name in names]
    yield good("credentials-sorted", "names sorted by code point", replace(BASE, credentials=many))


def magics() -> Iterator[Vector]:
    """Yield what is not a vault, in its first 8 bytes."""
    whole = BASE.encode()

    def bad(name: str, comment: str, data: bytes) -> Vector:
        return Vector(name, "not-a-vault", comment, data)

    yield bad("magic-empty-file", "an empty file", b"")
    yield bad("magic-seven-bytes", "one byte less than the magic", whole[:7])
    yield bad("magic-first-bit", "the first bit of the file differs", flipped(whole, 0))
    yield bad("magic-last-bit", "the last bit of the magic differs", flipped(whole, 7))
    yield bad("magic-7-bit", "the eighth bit was stripped in transit", bytes(b & 0x7F for b in whole))
    yield bad("magic-crlf-to-lf", "CR LF became LF in transit", whole.replace(b"\r\n", b"\n"))
    yield bad("magic-lf-to-crlf", "LF became CR LF in transit", whole.replace(b"\n", b"\r\n"))
    yield bad("magic-control-z", "the file was cut at the end-of-file character of text mode", whole[:6])


def damages() -> Iterator[Vector]:
    """Yield truncated, extended and bit-flipped files whose checksum tells so."""
    whole = BASE.encode()

    def bad(name: str, comment: str, data: bytes) -> Vector:
        return Vector(name, "damaged", comment, data)

    for length, what in (
        (8, "after the magic"),
        (87, "one byte before the end of the fixed header"),
        (88, "before the first slot"),
        (MAC, "before the header MAC"),
        (PAYLOAD, "before the payload"),
        (len(whole) - 1, "by one byte"),
    ):
        yield bad(f"truncated-{length}", f"truncated {what}", whole[:length])
    yield bad("trailing-newline", "one line feed after the end", whole + b"\n")
    yield bad(
        "trailing-checksummed", "one byte more, under a right checksum", checksummed(whole[:-32] + b"\x00")
    )
    yield bad("short-checksummed", "one byte less, under a right checksum", checksummed(whole[:-33]))
    for name, offset in (
        ("vault-id", 20),
        ("commitment", SLOT + 56),
        ("header-mac", MAC),
        ("payload", PAYLOAD),
    ):
        comment = f"one bit of {name} differs and the checksum does not fit"
        yield bad(f"bit-{name}", comment, flipped(whole, offset))
    yield bad("bit-checksum", "the last bit of the file differs", flipped(whole, len(whole) - 1))
    for name, value in (("8208", 8192 + 16), ("2-gib", 2**31 + 16)):
        data = replace(BASE, payload_length=value).encode()
        yield bad(f"payload-length-{name}", f"P = {value:,}, possible but not the length of this file", data)
    yield bad(
        "header-length-plus-slot",
        "H has room for a slot that is not there",
        replace(BASE, header_length=MAC + 92).encode(),
    )
    yield bad(
        "header-length-4096",
        "H = 4,096, possible but not the length of this file",
        replace(BASE, header_length=4096).encode(),
    )


def malformations() -> Iterator[Vector]:
    """Yield impossible structures, authentic ones, so that nothing but the structure refuses them."""

    def bad(name: str, comment: str, vault: Vault, secret: str = PASSWORD) -> Vector:
        return Vector(name, "malformed", comment, vault.encode(), secret)

    for length in (0, 179, 2**32 - 1):
        yield bad(
            f"header-length-{length}",
            f"H = {length:,}, outside 180 to 4,096",
            replace(BASE, header_length=length),
        )
    yield bad(
        "header-full-of-zeros", "H = 4,096 with zeros after the slot", replace(BASE, junk=bytes(4096 - MAC))
    )
    yield bad(
        "header-one-byte-over",
        "one byte between the slot and the end of the header",
        replace(BASE, junk=b"\x00"),
    )
    yield bad(
        "header-over-maximum",
        "H = 4,097 and the file is as long as that says",
        replace(BASE, junk=bytes(4097 - MAC)),
    )
    yield bad(
        "header-one-byte-short", "the last slot reaches one byte beyond the header", replace(BASE, cut=1)
    )
    for length in (0, 4096, 4111, 4113, 2**32 - 1):
        yield bad(
            f"payload-length-{length}",
            f"P = {length:,} is not a power of two from 4,096 up, plus 16",
            replace(BASE, payload_length=length),
        )
    for bucket in (2048, 4097, 6144):
        yield bad(f"bucket-{bucket}", f"a bucket of {bucket:,} bytes", replace(BASE, bucket=bucket))
    yield bad("bucket-too-large", "a bucket of 8,192 bytes where 4,096 would do", replace(BASE, bucket=8192))
    yield bad("generation-zero", "generation 0", replace(BASE, generation=0))
    yield bad("epoch-zero", "epoch 0", replace(BASE, epoch=0))
    yield bad("slot-count-0", "slot count 0 although a slot is there", replace(BASE, count=0))
    yield bad("slot-count-more", "slot count 2, one slot is there", replace(BASE, count=2))
    yield bad("slot-count-fewer", "slot count 1, two slots are there", replace(BOTH, count=1))
    machines = tuple(Recipient(f"machine-{i}", use="machine") for i in range(1, 33))
    yield bad("slot-count-33", "33 slots, all well formed", replace(BASE, slots=(Password(), *machines)))
    for i in (0, 6):
        zero = bytes(i) + b"\x01" + bytes(6 - i)
        yield bad(f"header-reserved-{81 + i}", f"the reserved byte {81 + i} is 1", replace(BASE, zero=zero))
    for i in (0, 2):
        zero = bytes(i) + b"\x01" + bytes(2 - i)
        yield bad(
            f"slot-reserved-{21 + i}",
            f"byte {21 + i} of the password slot is 1",
            replace(BASE, slots=(Password(zero=zero),)),
        )
    yield bad(
        "recipient-reserved",
        "the second byte of a recipient slot is 1",
        replace(BOTH, slots=(Password(), Recipient(second=1))),
    )
    for length in (0, 92, 135, 137):
        yield bad(
            f"password-slot-length-{length}",
            f"a password slot says that it has {length:,} bytes",
            replace(BASE, slots=(Password(length=length),)),
        )
    for length in (91, 93, 136):
        yield bad(
            f"recipient-slot-length-{length}",
            f"a recipient slot says that it has {length} bytes",
            replace(BOTH, slots=(Password(), Recipient(length=length))),
        )
    yield bad(
        "slots-two-passwords",
        "two password slots",
        replace(BASE, slots=(Password(), Password("another", "second"))),
    )
    yield bad(
        "slots-same-id",
        "two recipient slots with one slot_id",
        replace(BASE, slots=(Password(), RECOVERY, Recipient("machine", slot_id=RECOVERY.identity()))),
    )
    yield bad(
        "slots-same-id-other-type",
        "a password slot and a recipient slot with one slot_id",
        replace(BASE, slots=(Password(), Recipient(slot_id=Password().identity()))),
    )
    yield bad(
        "slot-duplicated",
        "the same recipient slot twice",
        replace(BASE, slots=(Password(), RECOVERY, RECOVERY), declared=(Password(), RECOVERY)),
    )
    yield bad(
        "slot-head-missing",
        "slot count 2, and 3 bytes where the second slot begins",
        replace(BASE, count=2, junk=b"\x02\x00\x00"),
    )
    yield bad(
        "slot-body-missing",
        "slot count 2, and the second slot ends after its head",
        replace(BASE, count=2, junk=b"\x02\x00\x00\x5c"),
    )
    yield from _bad_padding(bad)
    yield from _bad_json(bad)


def _bad_padding(bad: Callable[..., Vector]) -> Iterator[Vector]:
    text = BASE.payload()

    def padded(n: int, body: bytes = text, last: int = 0) -> Vault:
        whole = (struct.pack(">I", n) + body).ljust(4096, b"\x00")
        return replace(BASE, padded=whole[:-1] + bytes([whole[-1] | last]))

    n = len(text)
    yield bad("padding-first-byte", "the first byte of the padding is 1", padded(n, text + b"\x01"))
    yield bad("padding-last-bit", "the last bit of the padding is 1", padded(n, last=1))
    yield bad("payload-n-more", "n counts one byte of the padding", padded(n + 1))
    yield bad("payload-n-fewer", "n leaves out the last byte of the JSON", padded(n - 1))
    yield bad("payload-n-zero", "n = 0", padded(0))
    yield bad("payload-n-bucket", "n = 4,093, one more than fits", padded(4093))
    yield bad("payload-n-max", "n = 2^32 - 1", padded(2**32 - 1))


def _bad_json(bad: Callable[..., Vector]) -> Iterator[Vector]:
    text = BASE.payload()
    created = str(NOW).encode()

    def changed(old: bytes, new: bytes) -> bytes:
        if text.count(old) == 0:
            raise ValueError(f"{old!r} is not in the payload")
        return text.replace(old, new, 1)

    first = b'{"created":' + created + b","
    cases: list[tuple[str, str, bytes]] = [
        ("blank-after-colon", "a blank after a colon", changed(b'"created":', b'"created": ')),
        ("newline-at-end", "a line feed after the object", text + b"\n"),
        ("bom", "a byte order mark", b"\xef\xbb\xbf" + text),
        ("second-value", "a second value after the object", text + b"{}"),
        (
            "unsorted-top",
            "two keys of the top level are out of order",
            b"{" + text[len(first) : -1] + b"," + first[1:-1] + b"}",
        ),
        (
            "unsorted-fields",
            "two field names are out of order",
            changed(
                b'"api_key":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6","passphrase":"not A real 1!"',
                b'"passphrase":"not A real 1!","api_key":"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"',
            ),
        ),
        ("duplicate-key", "a key twice with two values", changed(first, first + b'"created":1,')),
        ("duplicate-same", "a key twice with one value", changed(first, first + first[1:])),
        ("float", "a number with a fraction", changed(created, created + b".0")),
        ("exponent", "a number with an exponent", changed(created, b"17e8")),
        ("minus-zero", "minus zero", changed(created, b"-0")),
        ("leading-zero", "a number with a leading zero", changed(created, b"0" + created)),
        ("nan", "NaN", changed(created, b"NaN")),
        ("escaped-letter", "a letter written as an escape", changed(b"okx-main", b"okx-m\\u0061in")),
        ("escaped-solidus", "a solidus written as an escape", changed(b"not A real", b"not A\\/real")),
        (
            "escaped-non-ascii",
            "a letter beyond ASCII written as an escape",
            changed(b"not A real", b"not \\u00e9 real"),
        ),
        (
            "escaped-pair",
            "an emoji written as a pair of escapes",
            changed(b"not A real", b"not \\ud83d\\udd11 real"),
        ),
        ("escaped-del", "DEL written as an escape", changed(b"not A real", b"not \\u007f real")),
        ("escape-long", "a line feed written as \\u000a", changed(b"not A real", b"not \\u000a real")),
        (
            "escape-upper-case",
            "a control character in upper-case hexadecimal",
            changed(b"not A real", b"not \\u001F real"),
        ),
        ("raw-control", "a raw control character in a string", changed(b"not A real", b"not \x1f real")),
        ("lone-surrogate", "a lone surrogate as an escape", changed(b"not A real", b"not \\ud800 real")),
        (
            "raw-surrogate",
            "a lone surrogate as three bytes",
            changed(b"not A real", b"not \xed\xa0\x80 real"),
        ),
        ("not-utf-8", "a byte that is not UTF-8", changed(b"not A real", b"not \xff real")),
        ("utf-16", "UTF-16 instead of UTF-8", text.decode().encode("utf-16-le")),
        ("array", "the top level is an array", b"[" + text + b"]"),
        (
            "credentials-object",
            "the credentials are an object",
            canonical({**json.loads(text), "credentials": {}}),
        ),
        (
            "credentials-missing",
            "there are no credentials",
            canonical({k: v for k, v in json.loads(text).items() if k != "credentials"}),
        ),
    ]
    for name, comment, payload in cases:
        yield bad(f"json-{name}", comment, replace(BASE, json=payload))


def unsupported() -> Iterator[Vector]:
    """Yield files of other versions; all of them are authentic."""

    def bad(name: str, comment: str, vault: Vault) -> Vector:
        return Vector(name, "unsupported", comment, vault.encode())

    for version in (0, 2, 65535):
        yield bad(f"version-{version}", f"version {version}", replace(BASE, version=version))
    for flags in (1, 0x8000):
        yield bad(f"flags-{flags:04x}", f"flags {flags:#06x}", replace(BASE, flags=flags))
    for kind in (0, 3, 4):
        yield bad(
            f"slot-type-{kind}",
            f"a slot of type {kind} beside a password slot",
            replace(BOTH, slots=(Password(), Recipient(kind=kind))),
        )
    for factors, what in (
        (1, "a key file is mixed in"),
        (2, "an unknown factor"),
        (0x80, "an unknown factor"),
    ):
        yield bad(
            f"factors-{factors:02x}",
            f"factors {factors:#04x}: {what}",
            replace(BASE, slots=(Password(factors=factors),)),
        )


def costs() -> Iterator[Vector]:
    """Yield costs that a reader must not spend."""

    def bad(
        name: str, comment: str, secret: str = PASSWORD, more: tuple[Slot, ...] = (), **fields: Any
    ) -> Vector:
        vault = replace(BASE, slots=(Password(**fields), *more))
        return Vector(f"cost-{name}", "cost-refused", comment, vault.encode(), secret)

    for memory in (0, 19455, 2097153, 2**32 - 1):
        yield bad(f"memory-{memory}", f"m = {memory:,} KiB", memory=memory)
    for passes in (0, 17, 2**32 - 1):
        yield bad(f"passes-{passes}", f"t = {passes:,}", passes=passes)
    for lanes in (0, 17, 255):
        yield bad(f"lanes-{lanes}", f"p = {lanes}", lanes=lanes)
    yield bad(
        "product-memory", "m = 2 GiB and t = 3: each possible, the product is not", memory=2097152, passes=3
    )
    yield bad(
        "product-one-more", "m = 262,145 KiB and t = 16: 16 KiB x passes too many", memory=262145, passes=16
    )
    yield bad("memory-below-lanes", "m < 8p", memory=64, lanes=16)
    yield bad(
        "by-recovery-key",
        "the recovery key needs no Argon2id, and the bounds hold all the same",
        RECOVERY_TEXT,
        (RECOVERY,),
        passes=17,
    )
    yield bad("cheapest", "m = 8 KiB, t = 1: what an attacker would like an owner to accept", memory=8)


def wrong_passwords() -> Iterator[Vector]:
    """Yield files whose password slot does not open with the given text."""

    def bad(name: str, comment: str, data: bytes, secret: str = PASSWORD) -> Vector:
        return Vector(name, "wrong-password", comment, data, secret)

    whole = BASE.encode()
    yield bad("password-wrong", "another password", whole, "incorrect horse battery staple")
    yield bad("password-newline-added", "a line feed after the password", whole, PASSWORD + "\n")
    blanks = replace(BASE, slots=(Password(" \tcorrect horse  "),)).encode()
    yield bad("password-blanks-trimmed", "the blanks at both ends were trimmed", blanks, "correct horse")
    nul = replace(BASE, slots=(Password("correct\x00horse"),)).encode()
    yield bad("password-nul-cut", "the password was cut at its NUL", nul, "correct")
    ligature = replace(BASE, slots=(Password("\ufb01sh"),)).encode()
    yield bad("password-nfkc", "equal under NFKC, not under NFC", ligature, "fish")
    longest = replace(BASE, slots=(Password("x" * 1024),)).encode()
    yield bad("password-1023", "the 1,024th byte counts", longest, "x" * 1023)
    yield bad("password-none", "the vault has no password slot", KEYED.encode())
    for name, offset in (
        ("vault-id", 20),
        ("slot-id", SLOT + 4),
        ("salt", SLOT + 24),
        ("commitment", SLOT + 56),
    ):
        yield bad(
            f"forged-{name}", f"one bit of {name} differs under a right checksum", reflipped(whole, offset)
        )
    costly = replace(BASE, slots=(Password(memory=20480, passes=2, lanes=2),)).encode()
    yield bad(
        "forged-cost-memory",
        "m lowered from 20,480 to 19,456 KiB",
        patched(costly, SLOT + 12, struct.pack(">I", 19456)),
    )
    yield bad("forged-cost-passes", "t lowered from 2 to 1", patched(costly, SLOT + 16, struct.pack(">I", 1)))
    yield bad("forged-cost-lanes", "p lowered from 2 to 1", patched(costly, SLOT + 20, b"\x01"))
    other = replace(BASE, vault_id=fixed("other vault", 16))
    slot = other.encode()[SLOT:MAC]
    yield bad(
        "transplant-slot",
        "the password slot of another vault with the same password and data key",
        patched(whole, SLOT, slot),
    )
    bound = replace(BASE, slots=(Password(bind=fixed("other vault", 16)),)).encode()
    yield bad("bound-to-another-vault", "the slot is bound to another vault_id, all else is authentic", bound)
    yield bad(
        "two-keys-second",
        "a wrapped key that opens under two passwords, opened by the second: it is refused "
        "by the commitment, not after it",
        _two_passwords().encode(),
        "tr0ub4dor&3",
    )
    letter = "A" if RECOVERY_TEXT[20] != "A" else "C"
    yield bad(
        "recovery-typo",
        "a recovery key with one wrong letter is a password",
        BOTH.encode(),
        RECOVERY_TEXT[:20] + letter + RECOVERY_TEXT[21:],
    )
    yield bad(
        "recovery-longer",
        "a recovery key with one letter more is a password",
        BOTH.encode(),
        RECOVERY_TEXT + "A",
    )
    yield bad(
        "recovery-no-prefix", "a recovery key without CVR1 is a password", BOTH.encode(), RECOVERY_TEXT[5:]
    )
    yield bad(
        "recovery-other-version",
        "CVR2 is no recovery key of this version",
        BOTH.encode(),
        "CVR2" + RECOVERY_TEXT[4:],
    )
    raw = base64.b32encode(
        private_key("recovery") + hashlib.sha256(private_key("recovery")).digest()[:3]
    ).decode()
    yield bad("recovery-unlabelled-check", "check bytes without the label", BOTH.encode(), f"CVR1-{raw}")


def _two_passwords() -> Vault:
    slot = Password()
    _, info, first, _ = slot.keys(BASE.vault_id, PASSWORD)
    _, _, second, _ = slot.keys(BASE.vault_id, "tr0ub4dor&3")
    wrapped = collide((first, ZERO_NONCE), (second, ZERO_NONCE), info)
    data_key = ChaCha20Poly1305(first).decrypt(ZERO_NONCE, wrapped, info)
    ChaCha20Poly1305(second).decrypt(ZERO_NONCE, wrapped, info)  # raises if the construction failed
    return replace(BASE, slots=(replace(slot, wrapped=wrapped),), data_key=data_key)


def _two_recovery_keys() -> Vault:
    slot = RECOVERY
    ours = slot.sender(BASE.vault_id, private_key("recovery"))
    theirs = slot.sender(BASE.vault_id, private_key("other"))
    wrapped = collide(ours, theirs, b"")
    data_key = ChaCha20Poly1305(ours[0]).decrypt(ours[1], wrapped, b"")
    ChaCha20Poly1305(theirs[0]).decrypt(theirs[1], wrapped, b"")
    return replace(KEYED, slots=(replace(slot, wrapped=wrapped),), data_key=data_key)


def collisions() -> Iterator[Vector]:
    """Yield the halves of the two-key files that open; the others are hostile."""
    yield good(
        "two-keys-first",
        "a wrapped key that opens under two passwords, opened by the first",
        _two_passwords(),
    )
    yield good(
        "two-recovery-keys-first",
        "a recipient slot that opens under two recovery keys, opened by the first",
        _two_recovery_keys(),
        RECOVERY_TEXT,
    )


def wrong_keys() -> Iterator[Vector]:
    """Yield files whose recipient slots do not open with the given recovery key."""

    def bad(name: str, comment: str, data: bytes, secret: str = RECOVERY_TEXT) -> Vector:
        return Vector(name, "wrong-key", comment, data, secret)

    whole = BOTH.encode()
    yield bad(
        "recovery-wrong", "the recovery key of another vault", whole, recovery_text(private_key("other"))
    )
    yield bad("recovery-none", "the vault has no recipient slot", BASE.encode())
    for name, offset in (("vault-id", 20), ("slot-id", BOX + 4), ("enc", BOX + 12), ("ct", BOX + 44)):
        yield bad(
            f"forged-recipient-{name}",
            f"one bit of the recipient slot's {name} differs under a right checksum",
            reflipped(whole, offset),
        )
    yield bad(
        "forged-recipient-enc-high-bit",
        "the bit of enc that X25519 ignores differs: HPKE hashes it",
        reflipped(whole, BOX + 43, 0x80),
    )

    def sealed(name: str, comment: str, **fields: Any) -> Vector:
        vault = replace(BOTH, slots=(Password(), Recipient(**fields)))
        return bad(f"hpke-{name}", comment, vault.encode())

    yield sealed("other-vault", "info is bound to another vault_id", bind=fixed("other vault", 16))
    yield sealed("short-info", "info leaves out the slot_id", bound=4)
    yield sealed("aad", "sealed with associated data", aad=b"coldvault")
    low = {
        "zero": bytes(32),
        "order-8": bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        "p": (2**255 - 19).to_bytes(32, "little"),
    }
    for name, enc in low.items():
        yield sealed(
            f"low-order-{name}", f"enc is a low-order point ({name}) and ct fits the all-zero result", enc=enc
        )
    other = replace(BOTH, vault_id=fixed("other vault", 16)).encode()
    yield bad(
        "transplant-recipient",
        "the recipient slot of another vault for the same recovery key",
        patched(whole, BOX, other[BOX : BOX + 92]),
    )


def tampered() -> Iterator[Vector]:
    """Yield forgeries under a right checksum and a right password."""

    def bad(name: str, comment: str, data: bytes, secret: str = PASSWORD) -> Vector:
        return Vector(name, "tampered", comment, data, secret)

    whole, both = BASE.encode(), BOTH.encode()
    for name, offset in (
        ("generation", 43),
        ("epoch", 47),
        ("wrapped-key", SLOT + 88),
        ("wrapped-key-tag", SLOT + 135),
        ("header-mac", MAC),
        ("payload", PAYLOAD),
        ("padding", len(whole) - 49),
        ("payload-tag", len(whole) - 33),
    ):
        data = reflipped(whole, offset, 2 if name in ("generation", "epoch") else 1)
        yield bad(f"forged-{name}", f"one bit of {name} differs under a right checksum", data)
    yield bad(
        "forged-recipient-by-password",
        "one bit of the recipient slot differs, opened by the password",
        reflipped(both, BOX + 60),
    )
    yield bad(
        "forged-password-slot-by-recovery-key",
        "one bit of the password slot differs, opened by the recovery key",
        reflipped(both, SLOT + 100),
        RECOVERY_TEXT,
    )
    yield bad(
        "forged-cost-by-recovery-key",
        "t raised from 1 to 2, opened by the recovery key",
        patched(both, SLOT + 16, struct.pack(">I", 2)),
        RECOVERY_TEXT,
    )
    yield from _transplants(bad)
    header, _, _ = BASE.parts()
    mac = hmac.digest(BASE.data_key, header, "sha256")
    bound = replace(BASE, payload_aad=lambda header, _: header + mac).parts()[2]
    comment = "the header MAC is keyed with the data key itself, and the payload is bound to that MAC"
    yield bad("header-mac-other-key", comment, checksummed(header, mac, bound))
    unbound = replace(BASE, payload_aad=lambda header, mac: header)
    yield bad(
        "payload-aad-without-mac", "the payload is bound to the header, not to its MAC", unbound.encode()
    )
    kek = Password().keys(BASE.vault_id, PASSWORD)[2]
    no_aad = ChaCha20Poly1305(kek).encrypt(ZERO_NONCE, BASE.data_key, b"")
    yield bad(
        "wrapped-key-unbound",
        "the wrapped key has no associated data",
        replace(BASE, slots=(Password(wrapped=no_aad),)).encode(),
    )
    yield bad(
        "wrapped-key-other",
        "the password slot holds another data key",
        replace(BASE, slots=(Password(sealed=fixed("another")),)).encode(),
    )
    yield bad(
        "recipient-other-key",
        "the recipient slot holds another data key: whoever knows the public key can write it",
        replace(BOTH, slots=(Password(), Recipient(sealed=fixed("another")))).encode(),
        RECOVERY_TEXT,
    )
    yield bad(
        "two-recovery-keys-second",
        "a recipient slot that opens under two recovery keys, opened by the second: "
        "it gives another data key, which the header MAC refuses",
        _two_recovery_keys().encode(),
        recovery_text(private_key("other")),
    )


def _transplants(bad: Callable[..., Vector]) -> Iterator[Vector]:
    one, two = BASE.parts(), replace(BASE, generation=2).parts()
    yield bad(
        "transplant-payload-older",
        "the payload of generation 1 under the header of generation 2",
        checksummed(two[0], two[1], one[2]),
    )
    yield bad(
        "transplant-mac",
        "the MAC of generation 1 in the file of generation 2",
        checksummed(two[0], one[1], two[2]),
    )
    yield bad(
        "transplant-payload-salt",
        "the payload_salt of generation 2 in the file of generation 1",
        checksummed(one[0][:48] + two[0][48:80] + one[0][80:], *one[1:]),
    )
    header, mac, payload = BOTH.parts()
    front, password, box = header[:88], header[88:BOX], header[BOX:]
    yield bad(
        "slots-swapped", "the two slots changed places", checksummed(front, box, password, mac, payload)
    )
    shorter = front[:12] + struct.pack(">I", BOX) + front[16:80] + b"\x01" + bytes(7)
    yield bad(
        "slot-removed",
        "the recipient slot was taken out, H and slot count fit",
        checksummed(shorter, password, mac, payload),
    )
    header, mac, payload = BASE.parts()
    longer = header[:12] + struct.pack(">I", BOX + 92) + header[16:80] + b"\x02" + bytes(7) + header[88:]
    yield bad(
        "slot-added",
        "a recipient slot was put in, H and slot count fit",
        checksummed(longer, box, mac, payload),
    )
    header, mac, payload = BOTH.parts()
    stranger = replace(BOTH, vault_id=fixed("other vault", 16)).header()[BOX:]
    yield bad(
        "transplant-recipient-by-password",
        "the recipient slot of another vault, opened by the password",
        checksummed(header[:BOX], stranger, mac, payload),
    )
    # A new epoch has a new data key; a slot of the old one still opens, and gives the old key.
    later = replace(BOTH, epoch=2, generation=2, data_key=fixed("data key 2"))
    header, mac, payload = later.parts()
    yield bad(
        "old-password-slot",
        "the password slot of epoch 1 in the file of epoch 2",
        checksummed(header[:88], password, header[BOX:], mac, payload),
    )
    yield bad(
        "old-recipient-slot",
        "the recipient slot of epoch 1 in the file of epoch 2",
        checksummed(header[:BOX], box, mac, payload),
        RECOVERY_TEXT,
    )


def refused_passwords() -> Iterator[Vector]:
    """Yield passwords that no vault can have."""

    def bad(name: str, comment: str, secret: str, vault: Vault = BASE) -> Vector:
        return Vector(name, "password-refused", comment, vault.encode(), secret)

    yield bad("password-empty", "an empty password", "", replace(BASE, slots=(Password(""),)))
    yield bad("password-1025", "1,025 bytes", "x" * 1025, replace(BASE, slots=(Password("x" * 1025),)))
    yield bad("password-longer-after-nfc", "1,023 bytes as typed, 2,046 bytes after NFC", "\u0958" * 341)
    yield bad("password-surrogate", "a lone surrogate has no UTF-8", "correct\ud800horse")


def orders() -> Iterator[Vector]:
    """Yield files with two faults, where the order of the checks decides."""

    def bad(name: str, expect: str, comment: str, data: bytes, secret: str = PASSWORD) -> Vector:
        return Vector(f"order-{name}", expect, comment, data, secret)

    version = replace(BASE, version=2).encode()
    yield bad("short-version", "damaged", "87 bytes come before version 2", version[:87])
    yield bad("version-truncated", "unsupported", "version 2 comes before the missing byte", version[:-1])
    yield bad(
        "length-truncated",
        "malformed",
        "H = 0 comes before the missing byte",
        replace(BASE, header_length=0).encode()[:-1],
    )
    yield bad(
        "generation-truncated",
        "malformed",
        "generation 0 comes before the missing byte",
        replace(BASE, generation=0).encode()[:-1],
    )
    alien = replace(BOTH, slots=(Password(), Recipient(kind=3)))
    yield bad(
        "truncated-slot-type", "damaged", "the missing byte comes before slot type 3", alien.encode()[:-1]
    )
    yield bad(
        "slot-type-length",
        "unsupported",
        "slot type 3 comes before its length",
        replace(BOTH, slots=(Password(), Recipient(kind=3, length=0))).encode(),
    )
    yield bad(
        "zero-slot-type",
        "malformed",
        "a reserved byte of the header comes before slot type 3",
        replace(alien, zero=b"\x01" + bytes(6)).encode(),
    )
    yield bad(
        "slot-type-cost",
        "unsupported",
        "slot type 3 comes before the cost of the slot in front of it",
        replace(BOTH, slots=(Password(passes=17), Recipient(kind=3))).encode(),
    )
    yield bad(
        "id-slot-type",
        "malformed",
        "a slot_id seen twice comes before slot type 3 behind it",
        replace(BASE, slots=(Password(), RECOVERY, RECOVERY, Recipient("alien", kind=3))).encode(),
    )
    yield bad(
        "fill-cost",
        "malformed",
        "a byte after the slots comes before their cost",
        replace(BASE, slots=(Password(passes=17),), junk=b"\x00").encode(),
    )
    costly = replace(BASE, slots=(Password(passes=17),)).encode()
    yield bad("cost-checksum", "cost-refused", "the cost comes before the checksum", flipped(costly, -1))
    yield bad(
        "checksum-password",
        "damaged",
        "the checksum comes before the wrong password",
        flipped(BASE.encode(), -1),
        "wrong",
    )
    yield bad(
        "password-no-slot",
        "password-refused",
        "the empty password comes before the missing password slot",
        KEYED.encode(),
        "",
    )
    yield bad(
        "commitment-key",
        "wrong-password",
        "the commitment comes before the wrapped key",
        reflipped(reflipped(BASE.encode(), SLOT + 56), SLOT + 88),
    )


def kit() -> dict[str, str]:
    """Return the kit: file name to content."""
    groups = (
        successes,
        collisions,
        magics,
        damages,
        malformations,
        unsupported,
        costs,
        wrong_passwords,
        wrong_keys,
        tampered,
        refused_passwords,
        orders,
    )
    files: dict[str, str] = {}
    for vector in (vector for group in groups for vector in group()):
        name = f"{vector.name}.vector"
        if name in files:
            raise ValueError(f"two vectors are called {vector.name}")
        files[name] = vector.text()
    return files


def main() -> int:
    """Write the kit, or compare it; return the exit code."""
    parser = argparse.ArgumentParser(description="Write the vector kit of the vault format.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the kit is stale")
    check = parser.parse_args().check
    wanted = kit()
    found = {path.name: path.read_bytes() for path in KIT.glob("*.vector")}
    stale = {name for name in wanted | found if wanted.get(name, "").encode() != found.get(name)}
    if check:
        for name in sorted(stale):
            print(f"stale: {name}", file=sys.stderr)
        return 1 if stale else 0
    KIT.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (KIT / name).write_bytes(wanted[name].encode())
        else:
            (KIT / name).unlink()
    print(f"{len(wanted)} vectors, {sum(map(len, wanted.values())):,} bytes, {len(stale)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
