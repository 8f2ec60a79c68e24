"""Private keys: their kinds, a check without a network that they are complete, new ones, and signatures.

There are four kinds, in the forms that exchanges and their clients take:

* ``ed25519``: PEM (PKCS#8), or base64 of the 32 bytes of the private half, or of both halves, 64 bytes;
* ``rsa``: PEM (PKCS#8 or PKCS#1) of 2,048 bits or more;
* ``p256``: PEM (PKCS#8 or SEC1) on the curve P-256;
* ``secp256k1``: ``0x`` and 64 hexadecimal digits, the key of an Ethereum-style wallet.

An RSA key, a P-256 key and the 64 bytes of Ed25519 contain the public half, which shows a changed character.
Of Ed25519 in 32 bytes and of a wallet's key only the length is checked; their owner can compare the public
key or the address that is derived from them.

No error message quotes any part of a value.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..base.secret import Secret
from ..errors import InvalidCredential

KINDS = ("ed25519", "rsa", "p256", "secp256k1")

# bits; recommended by the key generators of Binance, Bybit and Bitget, and the least that Deribit takes
# (binance-spot-api-docs, faqs/api_key_types.md; Bitget, v3-bitget-api-sdk, api-rsa-generator/src/App.js;
# docs.deribit.com, articles/asymmetric-api-keys, 2026)
RSA_BITS = 2048

_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # SEC 2, section 2.4.1
_BEGIN, _END, _DASHES = "-----BEGIN ", "-----END ", "-----"

# By the label of a PEM's first line: why the block is not a private key that can be read, and a next step.
_OTHER_BLOCKS: dict[str, tuple[str, str | None]] = {
    "ENCRYPTED PRIVATE KEY": (
        "is encrypted with a password of its own, which clients cannot type",
        "openssl pkey -in FILE shows it without that password; the vault encrypts it",
    ),
    "OPENSSH PRIVATE KEY": (
        "is written in OpenSSH's format, which exchanges' clients do not read",
        "write a copy of it anew: ssh-keygen -p -m PKCS8 -f COPY",
    ),
    "EC PARAMETERS": (
        "has a block of parameters in front of it",
        "keep the block that says EC PRIVATE KEY, with its first and last line",
    ),
    "PUBLIC KEY": ("is the public half, not the private key", None),
    "RSA PUBLIC KEY": ("is the public half, not the private key", None),
    "CERTIFICATE": ("is a certificate, not a private key", None),
    "CERTIFICATE REQUEST": ("is a request for a certificate, not a private key", None),
}
_BLOCKS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")


def is_pem(value: Secret) -> bool:
    """Return whether *value* is meant to be a private key in PEM, complete or not."""
    return _is_pem(value.reveal())


def kind(value: Secret) -> str:
    """Return which of :data:`KINDS` *value* is, having checked it as far as its form allows.

    Raises:
        InvalidCredential: If it is not a complete private key; the message says what is wrong.
    """
    return _read(value)[0]


def public(value: Secret) -> str:
    """Return the public half, to be uploaded: PEM (SubjectPublicKeyInfo), or a wallet's address."""
    found, key = _read(value)
    if found == "secp256k1":
        return _address(key)
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def address(value: Secret) -> str:
    """Return the address of a wallet's private key, ``0x`` and 40 digits, with the checksum of EIP-55."""
    found, key = _read(value)
    if found != "secp256k1":
        raise _wrong("is not a wallet's, so it has no address")
    return _address(key)


def checksummed(address: str) -> str:
    """Return *address* with the checksum of EIP-55, which is its mix of upper and lower case.

    An address in mixed case that differs from this has a changed character.

    Raises:
        InvalidCredential: If it is not ``0x`` and 40 hexadecimal digits.
    """
    digits = address[2:].lower()
    if not address.startswith("0x") or len(digits) != 40 or not _is_hexadecimal(digits):
        raise InvalidCredential("not an address of 0x and 40 hexadecimal digits")
    marks = _keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if mark >= "8" else digit for digit, mark in zip(digits, marks, strict=False)
    )


def generate(kind: str) -> Secret:
    """Return a new private key: PEM (PKCS#8, line feeds), or ``0x`` and 64 hexadecimal digits for a wallet.

    Raises:
        InvalidCredential: If *kind* is not one of :data:`KINDS`.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key: Any
    if kind == "secp256k1":
        number = ec.generate_private_key(ec.SECP256K1()).private_numbers().private_value
        return Secret(f"0x{number:064x}")
    if kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    elif kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    elif kind == "p256":
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        raise InvalidCredential(f"private keys are {', '.join(KINDS)}")
    return Secret(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def sign(value: Secret, message: bytes, kinds: Collection[str] = KINDS) -> bytes:
    """Return the raw signature of *message*.

    Ed25519: 64 bytes (RFC 8032). RSA: PKCS #1 v1.5 with SHA-256. P-256: r and s, 64 bytes, with SHA-256,
    deterministic (RFC 6979). A wallet's key signs nothing here: no check needs it.

    Raises:
        InvalidCredential: If *value* is not a complete private key, or its kind is not one of *kinds*.
    """
    found, key = _read(value)
    if found not in kinds or found == "secp256k1":
        raise _wrong(f"is of a kind that cannot sign this: {found}")
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    signature: bytes
    if found == "ed25519":
        signature = key.sign(message)
    elif found == "rsa":
        signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    else:
        written = key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = utils.decode_dss_signature(written)
        signature = r.to_bytes(32) + s.to_bytes(32)
    return signature


# --- reading ----------------------------------------------------------------------------------------


def _wrong(what: str, hint: str | None = None) -> InvalidCredential:
    return InvalidCredential(f"the private key {what}", hint=hint)


def _is_pem(text: str) -> bool:
    return "PRIVATE KEY" in text or _BEGIN in text


def _read(value: Secret) -> tuple[str, Any]:
    """Return the kind, and ``cryptography``'s key; of a wallet its number."""
    text = value.reveal().strip()
    if _is_pem(text):
        return _from_pem(text)
    if text.startswith("0x") and not text.endswith("="):  # one key of 4,096 in base64 begins so too
        return "secp256k1", _from_hexadecimal(text[2:])
    if len(text) == 64 and _is_hexadecimal(text):
        raise _wrong("has 64 hexadecimal digits without 0x in front", "a wallet's key begins with 0x")
    return "ed25519", _from_base64(text)


def _from_hexadecimal(digits: str) -> int:
    if not _is_hexadecimal(digits):
        raise _wrong("has characters after 0x that are not hexadecimal digits")
    if len(digits) == 40:
        raise _wrong("is a wallet's address, which everybody may know")
    if len(digits) != 64:
        raise _wrong(f"has {len(digits)} hexadecimal digits after 0x; a wallet's has 64")
    number = int(digits, 16)
    if not 0 < number < _CURVE_ORDER:
        raise _wrong("is zero or too large: a wallet's is a number below the order of secp256k1")
    return number


def _from_base64(text: str) -> Any:
    decoded = _decoded(text)
    if decoded is None:
        if (data := _decoded("".join(text.split()))) and _is_der(data):
            raise _wrong("has lost its first and last line, which say BEGIN and END")
        raise _wrong("is not complete: expected PEM, base64, or 0x and 64 hexadecimal digits")
    if len(decoded) not in (32, 64):
        if _is_der(decoded):
            raise _wrong("has lost its first and last line, which say BEGIN and END")
        raise _wrong(f"is base64 of {len(decoded)} bytes; an Ed25519 key has 32, or 64 with its public half")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(decoded[:32])
    if decoded[32:] not in (b"", key.public_key().public_bytes_raw()):
        raise _wrong("is damaged: its public half does not belong to its private half")
    return key


def _from_pem(text: str) -> tuple[str, Any]:
    if "\\n" in text:
        raise _wrong("cannot be read: its line breaks are written as \\n", "put real line breaks there")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    label, body = _block(text)
    if label == "PRIVATE KEY" and (data := _decoded(body)) and data[2:5] == b"\x02\x01\x01":
        raise _wrong(
            "is written in the second version of PKCS#8, which exchanges' clients do not read",
            "write it in the first version, without its public half",
        )
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key: Any
    try:
        key = load_pem_private_key(text.encode(), None)
    except Exception:  # damaged numbers raise InternalError too, which is not a ValueError
        raise _wrong("is damaged by a changed character, or of an unknown kind") from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519", key
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < RSA_BITS:
            raise _wrong(f"is RSA of {key.key_size:,} bits; exchanges take {RSA_BITS:,} or more")
        return "rsa", key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1":
        return "p256", key
    if isinstance(key, ec.EllipticCurvePrivateKey):
        raise _wrong(f"is on the curve {key.curve.name}; exchanges take P-256 in PEM")
    raise _wrong("is of a kind that no exchange takes; they take Ed25519, RSA and P-256")


def _block(text: str) -> tuple[str, str]:
    """Return the label of the first line, and the base64 between it and the last, without line breaks.

    Each way in which a copy goes wrong has its own message, which the parser would not give.
    """
    if _BEGIN not in text:
        raise _wrong("has lost its first line, which says BEGIN")
    before, _, rest = text.partition(_BEGIN)
    label, dashes, rest = rest.partition(_DASHES)
    if label in _OTHER_BLOCKS:
        raise _wrong(*_OTHER_BLOCKS[label])
    if label not in _BLOCKS or not dashes:
        raise _wrong("has a first line that names none of the known kinds")
    body, end, rest = rest.partition(_END)
    if not end:
        raise _wrong("is cut off: its last line, which says END, is missing")
    if _BEGIN in body or _BEGIN in rest:
        raise _wrong("is followed by a second block", "keep one block, with its first and last line")
    if rest != label + _DASHES:
        raise _wrong("has a last line that is not like its first, or text after it")
    if before:
        raise _wrong("has other text in front of its first line")
    if "ENCRYPTED" in body:  # "Proc-Type: 4,ENCRYPTED", OpenSSL's older way
        raise _wrong(*_OTHER_BLOCKS["ENCRYPTED PRIVATE KEY"])
    if not body.startswith("\n") or not body.endswith("\n"):
        raise _wrong("has lost its line breaks", "each of its lines has 64 characters, the last fewer")
    body = "".join(body.split())
    data = _decoded(body)
    if data is None:
        raise _wrong("is damaged: a character is missing, added or changed")
    if data[:1] != b"\x30":
        raise _wrong("is damaged: its beginning is missing or changed")
    # The sizes are not named: where a line is missing, they are bytes of the key.
    if _der_size(data) > len(data):
        raise _wrong("is not whole: a line of it, or a part of one, is missing")
    if _der_size(data) < len(data):
        raise _wrong("is damaged: there is more in it than one key")
    return label, body


def _decoded(text: str) -> bytes | None:
    """Return the bytes of base64 *text*; None if it is not base64, or not the one encoding of them."""
    from binascii import a2b_base64, b2a_base64

    try:
        data = a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return data if b2a_base64(data, newline=False).decode() == text else None


def _is_der(data: bytes) -> bool:
    """Return whether *data* begins as a private key in DER does: a sequence, then a version."""
    return data[:1] == b"\x30" and b"\x02\x01" in data[2:7]


def _der_size(data: bytes) -> int:
    """Return the size that DER *data* says it has, its own head included (X.690, 8.1.3)."""
    if len(data) < 2 or data[1] < 0x80:
        return 2 + (data[1] if len(data) > 1 else 0)
    count = data[1] & 0x7F
    return 2 + count + int.from_bytes(data[2 : 2 + count])


def _is_hexadecimal(text: str) -> bool:
    return set(text) <= set("0123456789abcdefABCDEF")


# --- a wallet's address -----------------------------------------------------------------------------


def _keccak(data: bytes) -> bytes:
    """Return Keccak-256 as Ethereum uses it: with the padding from before SHA-3 was a standard."""
    from Crypto.Hash import keccak

    return keccak.new(digest_bits=256, data=data).digest()


def _address(number: int) -> str:
    """Return the last 20 bytes of the Keccak-256 of the public point (Ethereum, yellow paper, appendix F)."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = ec.derive_private_key(number, ec.SECP256K1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return checksummed("0x" + _keccak(point[1:])[-20:].hex())
