"""No data on a descriptor: a program here inherits handles, and does not find them by a number."""

from __future__ import annotations

from ...errors import HostError


def memory_file(data: bytes) -> int:
    """Raise HostError."""
    raise HostError(
        "credentials are not handed over on a descriptor on Windows",
        hint="hand them over in variables, without --via",
    )
