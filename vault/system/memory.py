"""Large, short-lived memory: on huge pages where the platform has them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Workspace:
    """The memory that one derivation works in: on huge pages where the platform has them.

    A fifth to two fifths of Argon2's time is the first touch of its memory, page by page. Pages of
    2 MiB take most of that away; touched ahead of time, while a person types, they take all of it.
    """

    _HUGE = 2 << 20  # bytes; x86-64 and arm64 with pages of 4 KiB
    _POPULATE_WRITE = 23  # MADV_POPULATE_WRITE, Linux 5.14; not named by the mmap module

    def __init__(self, memory: int) -> None:
        """Reserve *memory* KiB; raises MemoryError or OSError if the system has not got them."""
        import mmap

        self.size = memory * 1024
        self._map = mmap.mmap(-1, self.size + self._HUGE)
        try:
            self._map.madvise(mmap.MADV_HUGEPAGE)
        except (AttributeError, OSError):
            pass  # plain pages: slower, and the same key

    def touch(self) -> None:
        """Have the system hand out the pages now."""
        try:
            self._map.madvise(self._POPULATE_WRITE)
        except (AttributeError, OSError, ValueError):
            pass  # they come at first use

    def lend(self, ffi: Any) -> tuple[Any, Any]:
        """A buffer to release later, and the aligned address in it that C may write from."""
        buffer = ffi.from_buffer("uint8_t[]", self._map)
        return buffer, buffer + (-int(ffi.cast("uintptr_t", buffer)) % self._HUGE)

    def close(self) -> None:
        self._map.close()
