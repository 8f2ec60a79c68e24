"""Files, open folders and programs, where they are the same on every system; the errors of a disk."""

from __future__ import annotations

import errno
import os
import stat

from ..base.rules import pasted
from ..errors import ProgramNotExecutable, ProgramNotFound, StoreError

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


class AsStoreError:
    """A block that turns an OSError into a StoreError: "cannot DOING PATH: …", perhaps with a hint."""

    def __init__(self, doing: str, path: str) -> None:
        self._doing, self._path = doing, path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, OSError):
            hint, reason = _HINTS.get(error.errno or -1, ""), (error.strerror or str(error)).lower()
            raise StoreError(f"cannot {self._doing} {self._path}: {reason}", hint=hint) from error


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
    _unlock: Callable[[int], None] | None = None

    def __init__(self, descriptor: int, unlock: Callable[[int], None] | None = None) -> None:
        """Take over the descriptor; *unlock* is called before it is closed."""
        self._descriptor, self._unlock = descriptor, unlock

    def close(self) -> None:
        """Close it; does nothing the second time."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            try:
                if self._unlock is not None:
                    self._unlock(descriptor)
            finally:
                os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


class Lock(Handle):
    """A lock that is held until it is closed."""


class OpenFolder(Handle):
    """An open folder, at *path* when it was opened; every name below is one of its entries.

    A file "that is ours alone" is a regular file of this user, which no other user can open. The errors
    are Missing, NotAFile, InsecureFile and, where the disk refused, StoreError.
    """

    path: str

    if TYPE_CHECKING:  # what each system does in its own way; they raise OSError, or one of our errors

        def _open_folder(self, *, make: bool) -> None: ...
        def _open(self, name: str, *, write: bool, make: bool) -> int: ...
        def _open_new(self, name: str) -> int: ...
        def _flush(self, descriptor: int) -> None: ...
        def _list(self) -> list[str]: ...
        def _rename(self, old: str, new: str) -> None: ...
        def _link(self, old: str, new: str) -> None: ...
        def _refuse_shared(self) -> None: ...
        def _refuse_others(self, descriptor: int, path: str) -> None: ...
        def _make_private(self, descriptor: int, name: str) -> None: ...
        def _lock(self, descriptor: int) -> Lock | None: ...

        def remove(self, name: str) -> None:
            """Remove a file if it is there; best effort."""

        def exists(self, name: str) -> bool:
            """Return True if anything has that name, a link that leads nowhere included."""

        def sync(self) -> bool:
            """Have the disk confirm the folder's entries; False if it does not."""

    def __init__(self, path: str, *, make: bool = False) -> None:
        """Open the folder at *path*; with *make*, create it for its owner alone if it is missing.

        Raises InsecureFile if everybody may write to it.
        """
        self.path = path
        with AsStoreError("open the folder", path):
            try:
                self._open_folder(make=make)
                self._refuse_shared()
            except FileNotFoundError:
                raise Missing(f"no folder at {path}", hint="create it, or name another one") from None
            except BaseException:
                self.close()
                raise

    def _open_own(self, name: str, *, write: bool = False, make: bool = False) -> int:
        """Open a file that is ours alone; with *make*, create it if it is missing."""
        path = self.full(name)
        with AsStoreError("open", path):
            try:
                descriptor = self._open(name, write=write, make=make)
            except FileNotFoundError:
                raise Missing(f"no file at {path}") from None
            try:
                self._refuse_others(descriptor, path)
                if make:
                    self._make_private(descriptor, name)
            except BaseException:
                os.close(descriptor)
                raise
        return descriptor

    def names(self) -> list[str]:
        """List the folder's entries, sorted."""
        with AsStoreError("list the folder", self.path):
            return sorted(self._list())

    def rename(self, old: str, new: str) -> None:
        """Put *old* in the place of *new*, which is never absent in between."""
        with AsStoreError("replace", self.full(new)):
            self._rename(old, new)

    def link(self, old: str, new: str) -> bool:
        """Give *old* the name *new* too; raises Exists. Returns False if this folder cannot do so at all."""
        try:
            self._link(old, new)
        except FileExistsError:
            raise Exists(f"{self.full(new)} exists already") from None
        except OSError:
            return False  # FAT and some network file systems have no second names
        return True

    def full(self, name: str) -> str:
        """Return the path of an entry."""
        return os.path.join(self.path, name)

    def read(self, name: str, limit: int) -> bytes:
        """Return the bytes of a file that is ours alone: *limit* and one more at most."""
        descriptor = self._open_own(name)
        with AsStoreError("read", self.full(name)), Handle(descriptor):
            return read_all(descriptor, limit + 1)

    def ends(self, name: str, first: int, last: int) -> tuple[int, bytes, bytes]:
        """Return the length of a file that is ours alone, and its *first* and its *last* bytes."""
        descriptor = self._open_own(name)
        with AsStoreError("read", self.full(name)), Handle(descriptor):
            size = os.fstat(descriptor).st_size
            beginning = read_all(descriptor, min(first, size))
            os.lseek(descriptor, max(0, size - last), os.SEEK_SET)
            return size, beginning, read_all(descriptor, min(last, size))

    def write_at(self, name: str, at: int, data: bytes, *, make: bool = False, last: bool = False) -> None:
        """Write *data* into a file that is ours alone, from byte *at* on, in place.

        It outlives this process at once, and a power cut as soon as the system writes it back. If the disk
        refuses, the file is as long as before; the bytes at *at* may be lost.

        Args:
            make: create the file, for its owner alone, if it is missing.
            last: let the file end with *data*.
        """
        descriptor = self._open_own(name, write=True, make=make)
        with AsStoreError("write", self.full(name)), Handle(descriptor):
            size, end = os.fstat(descriptor).st_size, at + len(data)
            try:
                os.lseek(descriptor, at, os.SEEK_SET)
                write_all(descriptor, data)
                if last and size > end:
                    os.ftruncate(descriptor, end)
            except BaseException:
                os.ftruncate(descriptor, size)
                raise

    def write(self, name: str, data: bytes) -> None:
        """Make a new file of *data*, for its owner alone, and have the disk confirm it; raises Exists.

        Where the disk refuses, or gives other bytes back, the file is removed again.
        """
        with AsStoreError("write to the folder", self.path):
            try:
                descriptor = self._open_new(name)
            except FileExistsError:
                raise Exists(f"{self.full(name)} exists already") from None
            try:
                with Handle(descriptor):  # closed before it is removed: Windows removes no open file
                    self._make_private(descriptor, name)
                    write_all(descriptor, data)
                    self._flush(descriptor)
                    os.lseek(descriptor, 0, os.SEEK_SET)
                    if read_all(descriptor, len(data) + 1) != data:
                        message = f"the disk gave other bytes back than were written to {self.path}"
                        raise StoreError(message, hint=FAILING)
            except BaseException:
                self.remove(name)
                raise

    def draft(self, stem: str, data: bytes) -> str:
        """Write *data* to a new file whose name begins with *stem*, for :meth:`sweep`; return the name."""
        name = f"{stem}{os.urandom(8).hex()}.tmp"
        self.write(name, data)
        return name

    def put(self, name: str, data: bytes, *, stem: str = "") -> None:
        """Replace or create the file *name*; a crash leaves the old file or the new one, whole.

        The temporary file's name begins with *stem*, by default ``.NAME.``.
        """
        self.sweep(stem := stem or f".{name}.")
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
            pause: seconds between two attempts; the shorter, the fairer where many take it in turns.

        Raises:
            Busy: If another process holds it for *seconds*.
        """
        from time import monotonic, sleep

        descriptor = self._open_own(name, write=True, make=True)
        end = monotonic() + seconds
        with AsStoreError("lock", self.full(name)):
            try:
                while (lock := self._lock(descriptor)) is None:
                    if monotonic() >= end:
                        raise Busy(f"another process has held {self.full(name)} for {seconds:.0f} seconds")
                    sleep(pause)
            except BaseException:
                os.close(descriptor)
                raise
        return lock


def first_executable(program: str, candidates: list[str], runs: Callable[[str], bool], *, hint: str) -> str:
    """Return the first of the paths that is a regular file and *runs*; else raise as ``env`` does.

    Args:
        hint: for a file that does not run; ``{}`` is its path.
    """
    found = ""
    for path in candidates:
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(mode) and runs(path):
            return path
        found = found or path
    if not program or not found:
        raise ProgramNotFound(f"no such program: {program or repr('')}", hint="check the spelling, and PATH")
    if os.path.isdir(found):
        raise ProgramNotExecutable(f"{found} is a folder")
    raise ProgramNotExecutable(f"{found} is not executable", hint=hint.format(pasted(found)))
