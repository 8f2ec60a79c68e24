"""What one guess costs: bounds for reading and writing, and calibration."""

from __future__ import annotations

import pytest

from vault.errors import CostRefused
from vault.unlock.cost import (
    DEFAULT_KDF,
    LOWEST_KDF,
    TARGET_SECONDS,
    Kdf,
    calibrated,
    check_reading,
    check_writing,
)

MIB, GIB = 1 << 10, 1 << 20  # KiB

READABLE = [
    (19 * MIB, 1, 1),
    (19 * MIB, 16, 16),
    (64 * MIB, 3, 4),
    (256 * MIB, 16, 1),
    (2 * GIB, 2, 16),
    (GIB, 4, 1),
]
EXPENSIVE = [
    (2 * GIB + 1, 1, 1),
    (4 * GIB, 4, 16),
    (19 * MIB, 17, 1),
    (19 * MIB, 64, 1),
    (GIB, 5, 1),
    (GIB + 1, 4, 1),
    (256 * MIB, 64, 1),
]
NEVER = [
    (19 * MIB - 1, 1, 1),
    (0, 1, 1),
    (8, 1, 1),
    (19 * MIB, 0, 1),
    (19 * MIB, 1, 0),
    (19 * MIB, 1, 17),
    (19 * MIB, 1, 255),
    (19 * MIB, 65, 1),
    (4 * GIB + 1, 1, 1),
    (4 * GIB, 5, 1),
    (2**32 - 1, 1, 1),
    (19 * MIB, 2**32 - 1, 1),
    (2**32 - 1, 2**32 - 1, 255),
]
WRITABLE = [
    (64 * MIB, 3, 1),
    (256 * MIB, 3, 4),
    (64 * MIB, 16, 16),
    (2 * GIB, 1, 1),
    (2 * GIB, 2, 1),
    (GIB, 4, 1),
]
UNWRITABLE = [
    (64 * MIB - 1, 3, 1),
    (19 * MIB, 16, 1),
    (64 * MIB, 2, 1),
    (64 * MIB, 1, 1),
    (2 * GIB - 1, 2, 1),
    (2 * GIB + 1, 1, 1),
    (2 * GIB, 3, 1),
    (GIB, 5, 1),
    (256 * MIB, 17, 1),
    (64 * MIB, 3, 17),
    (64 * MIB, 3, 0),
]
EACH = "x".join


def _label(case: tuple[int, int, int]) -> str:
    return EACH(map(str, case))


@pytest.mark.parametrize("cost", READABLE, ids=_label)
def test_a_usual_cost_is_read(cost: tuple[int, int, int]) -> None:
    """Within the bounds, the bounds included, a file may ask for it."""
    check_reading(Kdf(*cost))


@pytest.mark.promise(8)
@pytest.mark.parametrize("cost", EXPENSIVE + NEVER, ids=_label)
def test_an_unusual_cost_is_refused(cost: tuple[int, int, int]) -> None:
    """One step beyond each bound nothing is derived."""
    with pytest.raises(CostRefused):
        check_reading(Kdf(*cost))


@pytest.mark.parametrize("cost", READABLE + EXPENSIVE, ids=_label)
def test_an_expensive_cost_is_read_when_asked_for(cost: tuple[int, int, int]) -> None:
    """With the explicit flag the outer bounds hold."""
    check_reading(Kdf(*cost), expensive=True)


@pytest.mark.promise(8)
@pytest.mark.parametrize("cost", NEVER, ids=_label)
def test_beyond_the_outer_bounds_nothing_is_read(cost: tuple[int, int, int]) -> None:
    """No flag lifts the outer bounds."""
    with pytest.raises(CostRefused):
        check_reading(Kdf(*cost), expensive=True)


@pytest.mark.parametrize("cost", WRITABLE, ids=_label)
def test_it_is_written(cost: tuple[int, int, int]) -> None:
    """Within the bounds of writing, the bounds included."""
    check_writing(Kdf(*cost))


@pytest.mark.promise(1)
@pytest.mark.parametrize("cost", UNWRITABLE + NEVER, ids=_label)
def test_it_is_not_written(cost: tuple[int, int, int]) -> None:
    """A vault is made neither with a cheap key derivation nor with one it could not be read by."""
    with pytest.raises(CostRefused):
        check_writing(Kdf(*cost))


@pytest.mark.parametrize("kdf", [DEFAULT_KDF, LOWEST_KDF], ids=["default", "lowest"])
def test_our_own_choices_are_writable(kdf: Kdf) -> None:
    """Default and floor pass their own checks."""
    check_writing(kdf)


@pytest.mark.promise(1)
def test_the_default() -> None:
    """256 MiB, three passes, four lanes: not lowered by accident."""
    assert Kdf(256 * MIB, 3, 4) == DEFAULT_KDF


@pytest.mark.parametrize("cost", WRITABLE, ids=_label)
def test_what_is_written_can_be_read(cost: tuple[int, int, int]) -> None:
    """No flag is needed to open what we make."""
    check_reading(Kdf(*cost))


@pytest.mark.parametrize(
    ("seconds", "free", "memory"),
    [
        (TARGET_SECONDS / 2, 64 << 30, 512 * MIB),
        (TARGET_SECONDS / 4, 64 << 30, GIB),
        (0.001, 64 << 30, GIB),
        (TARGET_SECONDS / 2 + 0.001, 64 << 30, 256 * MIB),
        (10.0, 64 << 30, 256 * MIB),
        (0.001, None, 256 * MIB),
        (0.001, 0, 256 * MIB),
        (0.001, 4 << 30, 512 * MIB),
        (0.001, (4 << 30) - 1, 256 * MIB),
    ],
)
def test_calibration(seconds: float, free: int | None, memory: int) -> None:
    """Upwards while it stays quick and takes an eighth of the free memory; never below the default."""
    assert DEFAULT_KDF.changed(memory=memory) == calibrated(seconds, free)
