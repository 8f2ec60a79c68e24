"""The cryptography of format 1, as in docs/format.md, "Keys": bytes in, bytes out, no files or slots.

Besides ``credential/private_keys``, nothing else imports ``cryptography``; nothing else imports Argon2.
"""

from __future__ import annotations

import os
from _operator import _compare_digest  # hmac.compare_digest, without hmac's own imports

from ..base.digest import hmac_sha256
from ..system.memory import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.hpke import Suite

KEY_SIZE = 32

_ARGON2_VERSION = 0x13  # RFC 9106; argon2-cffi takes any number in silence and gives other keys

# Each key seals one message: a new salt makes a new key in every save, and each slot has its own
# salt. So a constant nonce cannot repeat under a key; see docs/format.md, "Why the nonce is zero".
_NONCE = bytes(12)


class OpenError(Exception):
    """The tag does not verify: another key, or other bytes."""


class DeriveError(Exception):
    """Argon2 could not run; the message says why."""


random = os.urandom
equal = _compare_digest  # its time does not depend on where the two differ


def hkdf(key: bytes, *, salt: bytes, info: bytes, size: int = KEY_SIZE) -> bytes:
    """HKDF-SHA256 (RFC 5869), both steps: extract, then expand."""
    pseudorandom = hmac_sha256(salt, key)
    block, output = b"", b""
    for counter in range(1, -(-size // 32) + 1):
        block = hmac_sha256(pseudorandom, block + info + bytes([counter]))
        output += block
    return output[:size]


def _chacha(key: bytes) -> ChaCha20Poly1305:
    # The public import path of the same class takes 10 ms more at every start of a bot
    # (scripts/bench/shortcuts.py); tests/unit/test_crypto.py holds both to the same bytes.
    try:
        from cryptography.hazmat.bindings._rust import openssl

        return openssl.aead.ChaCha20Poly1305(key)
    except (ImportError, AttributeError):
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        return ChaCha20Poly1305(key)


def preload() -> None:
    """Import now, during another wait, what :func:`seal` needs."""
    _chacha(bytes(KEY_SIZE))


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Encrypt one message under *key*, which seals no other: ChaCha20-Poly1305 (RFC 8439)."""
    return _chacha(key).encrypt(_NONCE, plaintext, aad)


def unseal(key: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """Decrypt what :func:`seal` made; raises OpenError if key, ciphertext or *aad* is another."""
    try:
        return _chacha(key).decrypt(_NONCE, ciphertext, aad)
    except Exception as error:  # InvalidTag; naming it would import cryptography.exceptions
        if type(error).__name__ != "InvalidTag":
            raise
        raise OpenError from None


def _suite() -> Suite:
    """HPKE base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305."""
    from cryptography.hazmat.primitives import hpke

    return hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


def public_key(private: bytes) -> bytes:
    """Return the X25519 public key, 32 bytes, of a private one."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def wrap_to(public: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Encrypt to one recipient by HPKE (RFC 9180): 32 bytes of encapsulated key, then the ciphertext."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    return _suite().encrypt(plaintext, X25519PublicKey.from_public_bytes(public), info)


def unwrap_with(private: bytes, sealed: bytes, info: bytes) -> bytes:
    """Decrypt what :func:`wrap_to` made; raises OpenError if key, bytes or *info* is another."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    try:
        return _suite().decrypt(sealed, X25519PrivateKey.from_private_bytes(private), info)
    except (InvalidTag, ValueError):  # ValueError: a point of low order, which no writer makes
        raise OpenError from None


def argon2id(
    password: bytes, salt: bytes, memory: int, passes: int, lanes: int, workspace: Workspace | None = None
) -> bytes:
    """Derive 32 bytes by Argon2id (RFC 9106); *memory* in KiB. Raises DeriveError without that memory."""
    try:
        workspace = workspace or Workspace(memory)
        from _argon2_cffi_bindings import ffi, lib
    except (ImportError, MemoryError, OSError):
        return _argon2id_plain(password, salt, memory, passes, lanes)
    buffer, base = workspace.lend(ffi)
    try:

        @ffi.callback("int(uint8_t **, size_t)")  # type: ignore[untyped-decorator]
        def allocate(pointer: Any, size: int) -> int:
            if size > workspace.size:
                return -22  # ARGON2_MEMORY_ALLOCATION_ERROR
            pointer[0] = base
            return 0

        # Nothing is freed: the workspace outlives the call and is closed below.
        free = ffi.callback("void(uint8_t *, size_t)", lambda _pointer, _size: None)
        output = ffi.new("uint8_t[]", KEY_SIZE)
        secret, salted = ffi.new("uint8_t[]", password), ffi.new("uint8_t[]", salt)
        context = ffi.new(
            "argon2_context *",
            {
                "out": output, "outlen": KEY_SIZE,
                "pwd": secret, "pwdlen": len(password),
                "salt": salted, "saltlen": len(salt),
                "t_cost": passes, "m_cost": memory, "lanes": lanes, "threads": lanes,
                "version": _ARGON2_VERSION, "allocate_cbk": allocate, "free_cbk": free,
            },
        )  # fmt: skip
        code = lib.argon2_ctx(context, lib.Argon2_id)
        if code != lib.ARGON2_OK:
            raise DeriveError(ffi.string(lib.argon2_error_message(code)).decode())
        return bytes(output)
    except (MemoryError, SystemError):
        # A hardened kernel may forbid the executable page that a callback needs.
        return _argon2id_plain(password, salt, memory, passes, lanes)
    finally:
        ffi.release(buffer)
        workspace.close()


def _argon2id_plain(password: bytes, salt: bytes, memory: int, passes: int, lanes: int) -> bytes:
    """Derive the same key with argon2-cffi's public function, in memory of its own."""
    from argon2.exceptions import HashingError
    from argon2.low_level import Type, hash_secret_raw

    try:
        return hash_secret_raw(
            password, salt, passes, memory, lanes, KEY_SIZE, Type.ID, version=_ARGON2_VERSION
        )
    except HashingError as error:
        raise DeriveError(str(error)) from None
