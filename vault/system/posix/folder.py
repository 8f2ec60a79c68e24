"""Where this user's folders are; files relative to an open folder."""

from __future__ import annotations

import errno
import os
import stat
import sys

from ...base.rules import pasted
from ...errors import InsecureFile, StoreError
from ..disk import PRIVATE, Lock, NotAFile, OpenFolder


def _home(variable: str, linux: str) -> str:
    base = os.environ.get(variable, "")
    if os.path.isabs(base):
        return os.path.join(base, "coldvault")
    mac = os.path.join("~", "Library", "Application Support")
    path = os.path.expanduser(os.path.join(mac if sys.platform == "darwin" else linux, "coldvault"))
    if not os.path.isabs(path):  # a user without HOME and without an entry in passwd
        raise StoreError("this user has no home folder", hint=f"set HOME, or {variable}")
    return path


def data_home() -> str:
    """Return the folder of the default vault (XDG Base Directory Specification 0.8; Apple's own on macOS)."""
    return _home("XDG_DATA_HOME", os.path.join("~", ".local", "share"))


def state_home() -> str:
    """Return the folder of what this machine has seen."""
    return _home("XDG_STATE_HOME", os.path.join("~", ".local", "state"))


def _make_folders(path: str) -> None:
    """Create *path* and the missing folders above it, each for its owner alone, whatever the umask."""
    if os.path.isdir(path):
        return
    _make_folders(os.path.dirname(path))
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return  # another process was faster; if it is not a folder, opening it will fail
    os.chmod(path, 0o700)


class Folder(OpenFolder):
    """An open folder; every name below is one of its entries, so no later swap of a path matters."""

    def _open_folder(self, *, make: bool) -> None:
        if make:
            _make_folders(self.path)
        self._descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def _refuse_shared(self) -> None:
        mode = os.fstat(self._descriptor).st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise InsecureFile(
                f"everybody may write to the folder {self.path}", hint=f"chmod o-w {pasted(self.path)}"
            )

    @staticmethod
    def split(path: str) -> tuple[str, str]:
        """Return the folder and the name that *path* stands for, its symbolic links resolved this once."""
        if "\0" in path:
            raise StoreError("a path cannot contain a NUL character")
        folder, name = os.path.split(os.path.realpath(path))
        if not name or path.endswith("/"):
            raise NotAFile(f"{path} is a folder")
        return folder, name

    def _open(self, name: str, *, write: bool, make: bool) -> int:
        # O_NONBLOCK: opening a named pipe would wait for its other end.
        flags = (os.O_RDWR if write else os.O_RDONLY) | (os.O_CREAT if make else 0)
        flags |= os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            return os.open(name, flags, PRIVATE, dir_fd=self._descriptor)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise InsecureFile(f"{self.full(name)} is a symbolic link") from None
            if error.errno in (errno.EISDIR, errno.ENXIO):
                raise NotAFile(f"{self.full(name)} is not a regular file") from None
            raise

    def _open_new(self, name: str) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, PRIVATE, dir_fd=self._descriptor)

    def _refuse_others(self, descriptor: int, path: str) -> None:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotAFile(
                f"{path} is {'a folder' if stat.S_ISDIR(status.st_mode) else 'not a regular file'}"
            )
        if status.st_uid != os.geteuid():
            hint = "run as its owner, or make it yours: chown"
            raise InsecureFile(f"{path} belongs to another user (uid {status.st_uid})", hint=hint)
        if status.st_mode & 0o077:
            mode = status.st_mode & 0o777
            raise InsecureFile(
                f"{path} is open to other users (mode {mode:04o})", hint=f"chmod 600 {pasted(path)}"
            )

    def _make_private(self, descriptor: int, name: str) -> None:
        os.fchmod(descriptor, PRIVATE)  # whatever the umask took away

    def _flush(self, descriptor: int) -> None:
        """Call fsync, once: after a failure the kernel may drop the pages and call the next one good."""
        if sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync alone leaves the data in the drive's cache
        else:
            os.fsync(descriptor)

    def _list(self) -> list[str]:
        return os.listdir(self._descriptor)

    def _rename(self, old: str, new: str) -> None:
        os.rename(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def _link(self, old: str, new: str) -> None:
        os.link(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor, follow_symlinks=False)

    def remove(self, name: str) -> None:
        try:
            os.unlink(name, dir_fd=self._descriptor)
        except OSError:
            pass

    def exists(self, name: str) -> bool:
        try:
            os.lstat(name, dir_fd=self._descriptor)
        except OSError:
            return False
        return True

    def sync(self) -> bool:
        try:
            os.fsync(self._descriptor)
        except OSError:
            return False
        return True

    def _lock(self, descriptor: int) -> Lock | None:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        return Lock(descriptor)
