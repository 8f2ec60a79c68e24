"""`RecoveryKey`: the private key of a recipient, as a person can write it down."""

from __future__ import annotations

import os

from ..base.digest import sha256
from ..base.secret import Secret

_PREFIX = "CVR1"
_CONFUSED = str.maketrans("018", "OIB")  # base32 has no such digits, so they can only be these letters


class RecoveryKey:
    """An X25519 private key that opens a vault in place of its password.

    It is written as ``CVR1-`` and eight groups of seven letters: base32 of the key and of a check of three
    bytes (docs/format.md, "Recovery key").
    """

    __slots__ = ("private",)

    def __init__(self, private: bytes) -> None:
        """*private*: 32 random bytes."""
        if len(private) != 32:
            raise ValueError("a recovery key has 32 bytes")
        self.private = private

    @classmethod
    def read(cls, text: str) -> RecoveryKey | None:
        """Return the key in *text*, whatever its case, blanks and dashes; None if it is not a key."""
        letters = "".join(text.upper().split()).replace("-", "").translate(_CONFUSED)
        if not text.isascii():
            return None
        prefix = _PREFIX.translate(_CONFUSED)
        if not letters.startswith(prefix) or len(letters) != len(prefix) + 56:
            return None
        from base64 import b32decode

        try:
            data = b32decode(letters[len(prefix) :])
        except ValueError:
            return None
        key = cls(data[:32])
        return key if key._check() == data[32:] else None

    def text(self) -> Secret:
        """Return the key in writing."""
        from base64 import b32encode

        letters = b32encode(self.private + self._check()).decode()
        return Secret("-".join([_PREFIX, *(letters[i : i + 7] for i in range(0, 56, 7))]))

    def _check(self) -> bytes:
        return sha256(b"coldvault/1/recovery-key\0" + self.private)[:3]

    def __repr__(self) -> str:
        return "RecoveryKey(***)"


def new_recovery_key() -> RecoveryKey:
    """Return a new recovery key, which opens nothing until it is given to a vault."""
    return RecoveryKey(os.urandom(32))
