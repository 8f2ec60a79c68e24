"""SHA-256 and HMAC-SHA256, with the interpreter's own SHA-256."""

from __future__ import annotations

import sys

# hashlib and hmac load OpenSSL's library, of which cryptography has a copy of its own: 5 ms at every start
# of a bot (scripts/bench/shortcuts.py). tests/unit/test_digest.py holds both ways to the same bytes.
try:
    if sys.version_info >= (3, 12):
        from _sha2 import sha256 as _sha256
    else:
        from _sha256 import sha256 as _sha256  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha256 as _sha256

_BLOCK = 64  # bytes; RFC 2104 section 2, and FIPS 180-4 for the size of SHA-256's block
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def sha256(message: bytes | memoryview) -> bytes:
    """Return the SHA-256, 32 bytes."""
    if len(message) >= 1 << 20:  # OpenSSL is six times as fast, which is worth its import from here on
        from hashlib import sha256 as openssl

        return openssl(message).digest()
    digest: bytes = _sha256(message).digest()
    return digest


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the HMAC-SHA256 (RFC 2104), 32 bytes."""
    block = (key if len(key) <= _BLOCK else sha256(key)).ljust(_BLOCK, b"\0")
    inner = _sha256(block.translate(_INNER))
    inner.update(message)
    return sha256(block.translate(_OUTER) + inner.digest())
