"""What one guess at a master password costs: the parameters of Argon2id, their bounds, our choice.

Bounds are those of docs/format.md, "Bounds". What is written comes from here, never from a file.
"""

from __future__ import annotations

from ..base.record import Record
from ..errors import CostRefused

_GIB = 1 << 20  # in KiB


class Kdf(Record):
    """What one guess at the password costs.

    Attributes:
        memory: KiB.
        passes: over that memory.
        lanes: computed side by side.
    """

    memory: int
    passes: int
    lanes: int

    @property
    def work(self) -> int:
        return self.memory * self.passes

    def __str__(self) -> str:
        return f"{self.memory // 1024} MiB, {self.passes} passes, {self.lanes} lanes"


DEFAULT_KDF = Kdf(memory=256 * 1024, passes=3, lanes=4)  # above RFC 9106's second choice, 64 MiB, t=3
TARGET_SECONDS = 0.6  # of waiting at every start of a bot; calibration stays below
LOWEST_KDF = Kdf(memory=64 * 1024, passes=3, lanes=1)  # RFC 9106, section 4, second choice


def check_reading(kdf: Kdf, *, expensive: bool = False) -> None:
    """Raise CostRefused unless a file may ask for this cost: a hostile one asks for all memory."""
    memory, passes, work = (4 * _GIB, 64, 16 * _GIB) if expensive else (2 * _GIB, 16, 4 * _GIB)
    bounded = 19 * 1024 <= kdf.memory <= memory and 1 <= kdf.passes <= passes and kdf.work <= work
    if bounded and 1 <= kdf.lanes <= 16 and kdf.memory >= 8 * kdf.lanes:
        return
    hint = "no vault of ours is made so" if expensive else "if you trust this file: --allow-expensive-kdf"
    raise CostRefused(f"the vault asks for a key derivation out of bounds: {kdf}", hint=hint)


def check_writing(kdf: Kdf) -> None:
    """Raise CostRefused unless we write this cost."""
    enough = kdf.passes >= LOWEST_KDF.passes or kdf.memory >= 2 * _GIB
    bounded = LOWEST_KDF.memory <= kdf.memory <= 2 * _GIB and kdf.work <= 4 * _GIB
    if not (enough and bounded and 1 <= kdf.passes <= 16 and 1 <= kdf.lanes <= 16):
        raise CostRefused(
            f"a vault is not made with this key derivation: {kdf}",
            hint="from 64 MiB and 3 passes up to 2 GiB, memory times passes at most 4 GiB; 1 to 16 lanes",
        )


def calibrated(seconds: float, available: int | None) -> Kdf:
    """The default, or more memory on a machine that is faster than it needs to be.

    Args:
        seconds: what a derivation at :data:`DEFAULT_KDF` takes here.
        available: bytes of memory that are free; None if unknown.
    """
    memory = DEFAULT_KDF.memory
    while seconds * 2 <= TARGET_SECONDS and memory < _GIB and memory * 2 * 8 * 1024 <= (available or 0):
        memory, seconds = memory * 2, seconds * 2
    return DEFAULT_KDF.changed(memory=memory)
