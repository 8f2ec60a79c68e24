# fmt: off
"""Read a coldvault file without coldvault: docs/format.md a second time, in its order of checks."""
import argparse, base64, contextlib, getpass, hashlib, hmac, json, pathlib, re, struct, unicodedata  # noqa: E401, I001
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

class Refused(Exception):
    """Arguments: an outcome class of docs/format.md, and a sentence for people."""
def _need(condition: bool, outcome: str, sentence: str) -> None:
    if not condition:
        raise Refused(outcome, sentence)

def hpke_open(private: X25519PrivateKey, enc: bytes, sealed: bytes, info: bytes) -> bytes:
    """Open RFC 9180 base mode. Raises InvalidTag, or ValueError for a low-order enc (section 7.1.4)."""
    def labeled(suite: bytes, key: bytes, label: bytes, data: bytes, n: int = 0) -> bytes:
        text = b"HPKE-v1" + suite + label + data  # LabeledExtract; with n (at most 32) LabeledExpand
        return hmac.digest(key, struct.pack(">H", n) + text + b"\1" if n else text, "sha256")[: n or 32]
    kem, suite = b"KEM\0\x20", b"HPKE\0\x20\0\1\0\3"  # DHKEM(X25519), HKDF-SHA256, ChaCha20-Poly1305
    prk = labeled(kem, b"", b"eae_prk", private.exchange(X25519PublicKey.from_public_bytes(enc)))
    shared = labeled(kem, prk, b"shared_secret", enc + private.public_key().public_bytes_raw(), 32)
    secret = labeled(suite, shared, b"secret", b"")
    context = b"\0" + labeled(suite, b"", b"psk_id_hash", b"") + labeled(suite, b"", b"info_hash", info)
    nonce = labeled(suite, secret, b"base_nonce", context, 12)
    return ChaCha20Poly1305(labeled(suite, secret, b"key", context, 32)).decrypt(nonce, sealed, b"")

def _data_key(slots: list[bytes], info: bytes, secret: str) -> bytes:
    clean = secret.upper().translate(str.maketrans("018", "OIB", "- \t\r\n")) if secret.isascii() else ""
    raw = base64.b32decode(clean[4:]) if re.fullmatch("CVRI[A-Z2-7]{56}", clean) else b""
    if raw and hashlib.sha256(b"coldvault/1/recovery-key\0" + raw[:32]).digest()[:3] == raw[32:]:
        private = X25519PrivateKey.from_private_bytes(raw[:32])
        for slot in (slot for slot in slots if slot[0] == 2):
            with contextlib.suppress(InvalidTag, ValueError):
                return hpke_open(private, slot[12:44], slot[44:], info + slot[:12])
        raise Refused("wrong-key", "no recipient slot opens with this recovery key")
    password = unicodedata.normalize("NFC", secret).encode(errors="surrogatepass")
    fits = 1 <= len(password) <= 1024 and not re.search("[\ud800-\udfff]", secret)
    _need(fits, "password-refused", "a password is 1 to 1,024 bytes of Unicode text")
    for slot in (slot for slot in slots if slot[0] == 1):
        m, t, p = struct.unpack(">IIB", slot[12:21])
        a = Argon2id(salt=slot[24:56], length=32, iterations=t, lanes=p, memory_cost=m).derive(password)
        keys = HKDF(SHA256(), 64, slot[24:56], info + slot[:56]).derive(struct.pack(">I", 32) + a)
        _need(hmac.compare_digest(keys[32:], slot[56:88]), "wrong-password", "the password slot stays shut")
        return ChaCha20Poly1305(keys[:32]).decrypt(bytes(12), slot[88:], info + slot[:56])
    raise Refused("wrong-password", "the file has no password slot")

def read(data: bytes, secret: str) -> bytes:
    """Return the canonical JSON inside the vault file *data*. Raises Refused."""
    _need(data[:8] == b"\x89CVT\r\n\x1a\n", "not-a-vault", "the file does not begin as a vault does")
    _need(len(data) >= 88, "damaged", "the file ends inside its header")
    version, flags, h, p, vault_id, *counters = struct.unpack(">HHII16sQI", data[8:48])
    _need((version, flags) == (1, 0), "unsupported", "a newer version made this file")
    _need(180 <= h <= 4096 < p and (p - 16).bit_count() == 1 and all(counters), "malformed", "wrong lengths")
    _need(len(data) == h + p + 64 <= 2**26, "damaged", "the file is truncated or too long")
    _need(1 <= data[80] <= 32 and not any(data[81:88]), "malformed", "the number of slots is impossible")
    rest, slots = data[88:h], list[bytes]()
    for _ in range(data[80]):
        _need(len(rest) >= 4, "malformed", "a slot begins outside the header")
        kind, factors, size = struct.unpack(">BBH", rest[:4])
        _need(kind == 2 or (kind, factors) == (1, 0), "unsupported", "an unknown kind of slot, or a key file")
        fit = size == {1: 136, 2: 92}[kind] <= len(rest) and not any(rest[21:24] if kind == 1 else rest[1:2])
        fresh = all(rest[4:12] != slot[4:12] and kind + slot[0] > 2 for slot in slots)
        _need(fit and fresh, "malformed", "a slot has a wrong length, a reserved byte, or a double")
        rest, slots = rest[size:], [*slots, rest[:size]]
    _need(not rest, "malformed", "the slots do not fill the header")
    for m, t, lanes in (struct.unpack(">IIB", slot[12:21]) for slot in slots if slot[0] == 1):
        cheap = 19456 <= m <= 2097152 and 1 <= t <= 16 and 1 <= lanes <= 16 and m * t <= 4194304  # KiB
        _need(cheap, "cost-refused", f"Argon2id with {m} KiB, {t} passes and {lanes} lanes")
    _need(hashlib.sha256(data[:-32]).digest() == data[-32:], "damaged", "the checksum is wrong")
    try:
        key = _data_key(slots, b"coldvault/1/slot\0" + vault_id, secret)
        mac_key = HKDF(SHA256(), 32, vault_id, b"coldvault/1/header-mac").derive(key)
        _need(hmac.digest(mac_key, data[:h], "sha256") == data[h : h + 32], "tampered", "the header differs")
        cipher = ChaCha20Poly1305(HKDF(SHA256(), 32, data[48:80], b"coldvault/1/payload").derive(key))
        padded = cipher.decrypt(bytes(12), data[h + 32 : -32], data[: h + 32])
    except InvalidTag:
        raise Refused("tampered", "a sealed part was changed") from None
    n = int.from_bytes(padded[:4], "big")  # bytes of JSON
    snug = len(padded) == max(4096, 2 ** (n + 3).bit_length()) and not any(padded[4 + n :])
    with contextlib.suppress(ValueError, RecursionError, LookupError, TypeError):
        value = json.loads(padded[4 : 4 + n], parse_float=str, parse_constant=str)  # as text: unequal below
        again = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        if snug and again == padded[4 : 4 + n] and isinstance(value["credentials"], list):
            return again
    raise Refused("malformed", "the payload is not the canonical form of a list of credentials")

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Print the contents of a coldvault file, secrets included.")
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--password-file", type=pathlib.Path, help="it may end in one newline")
    given = parser.parse_args()
    try:
        held = given.password_file and given.password_file.read_bytes().decode(errors="surrogateescape")
        secret = re.sub(r"\r?\n\Z", "", held) if given.password_file else getpass.getpass()
        print(json.dumps(json.loads(read(given.file.read_bytes(), secret)), indent=2))
    except (Refused, OSError) as error:
        raise SystemExit(f"recover: {getattr(error, 'filename', error.args[0])}: {error.args[1]}") from None
