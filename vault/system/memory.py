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
        # Private, since shared memory, which is the default, has no huge pages. Windows has no such flag.
        flags = getattr(mmap, "MAP_PRIVATE", 0) | getattr(mmap, "MAP_ANONYMOUS", 0)
        private: dict[str, Any] = {"flags": flags} if flags else {}
        self._map = mmap.mmap(-1, self.size + self._HUGE, **private)
        self._advise(getattr(mmap, "MADV_HUGEPAGE", None))

    def touch(self) -> None:
        """Fault the pages in now."""
        self._advise(self._POPULATE_WRITE)

    def _advise(self, what: int | None) -> None:
        """Advise the kernel; where it takes no advice, pages are plain and come at first use."""
        advise: Any = getattr(self._map, "madvise", None)
        if advise is None or what is None:
            return
        try:
            advise(what)
        except (OSError, ValueError):
            pass

    def lend(self, ffi: Any) -> tuple[Any, Any]:
        """Return a buffer to release later, and the aligned address in it where C may write."""
        buffer = ffi.from_buffer("uint8_t[]", self._map)
        return buffer, buffer + (-int(ffi.cast("uintptr_t", buffer)) % self._HUGE)

    def close(self) -> None:
        self._map.close()
