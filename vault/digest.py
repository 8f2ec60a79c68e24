"""SHA-256 and HMAC-SHA256 of the standard library, by the shortest way to them."""

from __future__ import annotations

# hashlib and hmac load BLAKE2 and warnings besides, 2.5 ms at every start of a bot
# (scripts/bench/launch.py); tests/unit/test_digest.py holds both ways to the same bytes.
try:
    from _hashlib import hmac_digest as _hmac
    from _hashlib import openssl_sha256 as _sha256
except ImportError:
    from hashlib import sha256 as _sha256
    from hmac import digest as _hmac  # type: ignore[assignment]  # its arguments may be of more kinds


def sha256(message: bytes | memoryview) -> bytes:
    """SHA-256, 32 bytes."""
    return _sha256(message).digest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256, 32 bytes."""
    return _hmac(key, message, "sha256")
