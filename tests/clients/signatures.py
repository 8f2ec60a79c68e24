"""The one check of signatures that all stand-ins share; it shares no code with the vault."""

from __future__ import annotations

import hmac
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256


def by_secret(secret: str | bytes, message: str | bytes, digest: str = "sha256") -> bytes:
    """The HMAC by a secret that both sides know."""
    raw, text = (part.encode() if isinstance(part, str) else part for part in (secret, message))
    return hmac.digest(raw, text, digest)


def genuine(public: Any, signature: bytes, message: bytes) -> bool:
    """Whether the private half of *public* made *signature* over *message*."""
    try:
        if isinstance(public, Ed25519PublicKey):
            public.verify(signature, message)
        elif isinstance(public, RSAPublicKey):
            public.verify(signature, message, padding.PKCS1v15(), SHA256())
        elif len(signature) != 64:
            return False
        else:
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            public.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
