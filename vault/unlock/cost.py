"""The cost of one guess at a master password: Argon2id's parameters, their bounds, and our choice.

The bounds are those of docs/format.md, "Bounds". A vault is written with a cost from here, never from a file.
"""

from __future__ import annotations

from ..base.record import Record
from ..errors import CostRefused

_GIB = 1 << 20  # in KiB


class Kdf(Record):
    """The parameters of Argon2id."""

    memory: int  # KiB
    passes: int  # over that memory
    lanes: int  # computed in parallel

    @property
    def work(self) -> int:
        return self.memory * self.passes

    def __str__(self) -> str:
        return f"{self.memory // 1024} MiB, {self.passes} passes, {self.lanes} lanes"


DEFAULT_KDF = Kdf(memory=256 * 1024, passes=3, lanes=4)  # above RFC 9106's second choice, 64 MiB, t=3
TARGET_SECONDS = 0.6  # that a bot's start waits at most, where the cost is calibrated
LOWEST_KDF = Kdf(memory=64 * 1024, passes=3, lanes=1)  # RFC 9106, section 4, second choice


def check_reading(kdf: Kdf, *, expensive: bool = False) -> None:
    """Raise CostRefused if a file may not ask for this cost; a hostile one could ask for all memory."""
    memory, passes, work = (4 * _GIB, 64, 16 * _GIB) if expensive else (2 * _GIB, 16, 4 * _GIB)
    bounded = 19 * 1024 <= kdf.memory <= memory and 1 <= kdf.passes <= passes and kdf.work <= work
    if bounded and 1 <= kdf.lanes <= 16 and kdf.memory >= 8 * kdf.lanes:
        return
    hint = "coldvault makes no such vault" if expensive else "if you trust this file: --allow-expensive-kdf"
    raise CostRefused(f"the vault asks for a key derivation out of bounds: {kdf}", hint=hint)


def check_writing(kdf: Kdf) -> None:
    """Raise CostRefused unless a vault may be written with this cost."""
    enough = kdf.passes >= LOWEST_KDF.passes or kdf.memory >= 2 * _GIB
    bounded = LOWEST_KDF.memory <= kdf.memory <= 2 * _GIB and kdf.work <= 4 * _GIB
    if not (enough and bounded and 1 <= kdf.passes <= 16 and 1 <= kdf.lanes <= 16):
        raise CostRefused(
            f"the key derivation for a new vault is out of bounds: {kdf}",
            hint="from 64 MiB and 3 passes up to 2 GiB, memory times passes at most 4 GiB; 1 to 16 lanes",
        )


def calibrated(seconds: float, available: int | None) -> Kdf:
    """Return the default cost, with more memory on a fast machine.

    A derivation at :data:`DEFAULT_KDF` takes *seconds* here; *available* bytes of memory are free.
    """
    memory = DEFAULT_KDF.memory
    while seconds * 2 <= TARGET_SECONDS and memory < _GIB and memory * 2 * 8 * 1024 <= (available or 0):
        memory, seconds = memory * 2, seconds * 2
    return DEFAULT_KDF.changed(memory=memory)
