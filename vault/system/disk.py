"""Files and open folders, where they are the same on every system; the errors of a disk."""

from __future__ import annotations

import errno
import os

from ..errors import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

PRIVATE = 0o600
FAILING = "the disk may be failing: copy the vault to another one, and check it"
_HINTS = {
    errno.ENOSPC: "free some space; nothing was lost",
    getattr(errno, "EDQUOT", 0): "free some space; nothing was lost",
    errno.EROFS: "mount it for writing, or use another place",
    errno.EIO: FAILING,
    errno.EINTR: "try again",
    errno.EFBIG: "the size of files is limited here: ulimit -f",
}


class Missing(StoreError):
    """There is no file, or no folder, of that name."""


class Exists(StoreError):
    """Something has that name already."""


class NotAFile(StoreError):
    """A folder, a pipe or a device has that name."""


class Busy(StoreError):
    """Another process holds the lock."""


def reason(error: OSError, doing: str, path: str) -> StoreError:
    """Return the StoreError for an error of the system, with a hint if we have one."""
    hint = _HINTS.get(error.errno or -1, "")
    return StoreError(f"cannot {doing} {path}: {(error.strerror or str(error)).lower()}", hint=hint)


def read_all(descriptor: int, limit: int) -> bytes:
    """Read up to the end of the file, *limit* bytes at most."""
    parts, left = [], limit
    while left and (part := os.read(descriptor, min(left, 1 << 20))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of *data*, in as many calls as that takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def redirect_to_devnull(descriptor: int) -> None:
    """Point a standard stream at /dev/null, keeping its descriptor taken."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


class Handle:
    """A descriptor that is closed once: at the end of a ``with`` block, by ``close``, or with its object."""

    _descriptor = -1

    def close(self) -> None:
        """Close it; does nothing the second time."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            self._release(descriptor)

    def _release(self, descriptor: int) -> None:
        os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


class Lock(Handle):
    """A lock that is held until it is closed."""

    def __init__(self, descriptor: int, unlock: Callable[[int], None] | None = None) -> None:
        """Take over the descriptor of a locked file; *unlock* is called before it is closed."""
        self._descriptor, self._unlock = descriptor, unlock

    def _release(self, descriptor: int) -> None:
        try:
            if self._unlock is not None:
                self._unlock(descriptor)
        finally:
            os.close(descriptor)


class OpenFolder(Handle):
    """An open folder; every name below is one of its entries.

    A file "that is ours alone" is a regular file of this user, which no other user can open. The errors
    are Missing, NotAFile, InsecureFile and, where the disk refused, StoreError.

    Attributes:
        path: where it was when it was opened.
    """

    path: str

    # --- what each system does in its own way -----------------------------------------------------------

    if TYPE_CHECKING:

        def _open_own(self, name: str, *, write: bool = False, make: bool = False) -> int:
            """Open a file that is ours alone; with *make*, create it if it is missing."""

        def _open_new(self, name: str) -> int:
            """Create a file and open it to read and write; raises FileExistsError."""

        def _make_private(self, descriptor: int, name: str) -> None:
            """See that a new file is its owner's alone."""

        def _flush(self, descriptor: int) -> None:
            """Have the disk confirm the file."""

        def _lock(self, descriptor: int) -> Lock | None:
            """Return None if another process holds the lock."""

        def names(self) -> list[str]:
            """List the folder's entries, sorted."""

        def rename(self, old: str, new: str) -> None:
            """Put *old* in the place of *new*, which is never absent in between."""

        def link(self, old: str, new: str) -> bool:
            """Give *old* the name *new* too; False if this folder cannot do so at all.

            Raises:
                Exists: If something has that name.
            """

        def remove(self, name: str) -> None:
            """Remove a file if it is there; best effort."""

        def exists(self, name: str) -> bool:
            """Return True if anything has that name, a link that leads nowhere included."""

        def sync(self) -> bool:
            """Have the disk confirm the folder's entries; False if it does not."""

    # --- the same everywhere ----------------------------------------------------------------------------

    def full(self, name: str) -> str:
        """Return the path of an entry."""
        return os.path.join(self.path, name)

    def read(self, name: str, limit: int) -> bytes:
        """Return the bytes of a file that is ours alone: *limit* and one more at most."""
        descriptor = self._open_own(name)
        try:
            return read_all(descriptor, limit + 1)
        except OSError as error:
            raise reason(error, "read", self.full(name)) from error
        finally:
            os.close(descriptor)

    def ends(self, name: str, first: int, last: int) -> tuple[int, bytes, bytes]:
        """Return the length of a file that is ours alone, and its *first* and its *last* bytes."""
        descriptor = self._open_own(name)
        try:
            size = os.fstat(descriptor).st_size
            beginning = read_all(descriptor, min(first, size))
            os.lseek(descriptor, max(0, size - last), os.SEEK_SET)
            return size, beginning, read_all(descriptor, min(last, size))
        except OSError as error:
            raise reason(error, "read", self.full(name)) from error
        finally:
            os.close(descriptor)

    def write_at(self, name: str, at: int, data: bytes, *, make: bool = False, last: bool = False) -> None:
        """Write *data* into a file that is ours alone, from byte *at* on, in place.

        It outlives this process at once, and a power cut as soon as the system writes it back. If the disk
        refuses, the file is as long as before; the bytes at *at* may be lost.

        Args:
            make: create the file, for its owner alone, if it is missing.
            last: let the file end with *data*.
        """
        descriptor = self._open_own(name, write=True, make=make)
        try:
            size, end = os.fstat(descriptor).st_size, at + len(data)
            try:
                os.lseek(descriptor, at, os.SEEK_SET)
                write_all(descriptor, data)
                if last and size > end:
                    os.ftruncate(descriptor, end)
            except BaseException:
                os.ftruncate(descriptor, size)
                raise
        except OSError as error:
            raise reason(error, "write", self.full(name)) from error
        finally:
            os.close(descriptor)

    def write(self, name: str, data: bytes) -> None:
        """Make a new file of *data*, for its owner alone, and have the disk confirm it.

        Raises:
            Exists: If something has that name.
            StoreError: If the disk refused, or gave other bytes back; the file is removed again.
        """
        try:
            descriptor = self._open_new(name)
        except FileExistsError:
            raise Exists(f"{self.full(name)} exists already") from None
        except OSError as error:
            raise reason(error, "write to the folder", self.path) from error
        try:
            try:
                self._make_private(descriptor, name)
                write_all(descriptor, data)
                self._flush(descriptor)
                os.lseek(descriptor, 0, os.SEEK_SET)
                if read_all(descriptor, len(data) + 1) != data:
                    raise StoreError(
                        f"the disk gave other bytes back than were written to {self.path}", hint=FAILING
                    )
            finally:
                os.close(descriptor)  # Windows removes no open file
        except BaseException as error:
            self.remove(name)
            if isinstance(error, OSError):
                raise reason(error, "write to the folder", self.path) from error
            raise

    def draft(self, stem: str, data: bytes) -> str:
        """Write *data* to a new file whose name begins with *stem*, for :meth:`sweep`; return the name."""
        name = f"{stem}{os.urandom(8).hex()}.tmp"
        self.write(name, data)
        return name

    def put(self, name: str, data: bytes, *, stem: str = "") -> None:
        """Replace or create the file *name*; a crash leaves the old file or the new one, whole.

        Args:
            stem: the beginning of the temporary file's name; if none is given, ``.NAME.``.
        """
        stem = stem or f".{name}."
        self.sweep(stem)
        fresh = self.draft(stem, data)
        try:
            self.rename(fresh, name)
        except BaseException:
            self.remove(fresh)
            raise

    def rename_new(self, old: str, new: str) -> None:
        """Rename *old* to *new*, which nothing may have as its name; raises Exists."""
        if self.link(old, new):
            self.remove(old)
        elif self.exists(new):
            raise Exists(f"{self.full(new)} exists already")
        else:
            self.rename(old, new)

    def sweep(self, stem: str) -> None:
        """Remove the leftovers of killed writers: the files named *stem*, then anything, then ``.tmp``."""
        for name in self.names():
            if name.startswith(stem) and name.endswith(".tmp"):
                self.remove(name)

    def settled(self, name: str, data: bytes) -> bool:
        """Have the disk confirm the folder; raises StoreError if *name* does not hold *data*."""
        durable = self.sync()
        if self.read(name, len(data)) != data:
            raise StoreError(f"{self.full(name)} is not what was just put there", hint=FAILING)
        return durable

    def lock(self, name: str, seconds: float, *, pause: float = 0.02) -> Lock:
        """Take the lock whose file is *name*; the file stays for good, or two could hold it.

        Args:
            seconds: to wait for it.
            pause: seconds between two attempts; the shorter, the fairer where many take it in turns.

        Raises:
            Busy: If another process holds it for *seconds*.
        """
        from time import monotonic, sleep

        descriptor = self._open_own(name, write=True, make=True)
        end = monotonic() + seconds
        try:
            while (lock := self._lock(descriptor)) is None:
                if monotonic() >= end:
                    raise Busy(f"another process has held {self.full(name)} for {seconds:.0f} seconds")
                sleep(pause)
            return lock
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, OSError):
                raise reason(error, "lock", self.full(name)) from error
            raise
