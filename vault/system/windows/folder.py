"""Where this user's folders are; files in an open folder."""

from __future__ import annotations

import os
import stat

from ...errors import InsecureFile, StoreError, VaultError
from ..disk import Handle, Lock, NotAFile, OpenFolder
from . import api, rights

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

_REPLACE, _WRITE_THROUGH = 0x1, 0x8  # "MoveFileExW"; the second: back only once the disk has it
_PATIENCE = 2.0  # seconds; virus scanners and indexers open a new file and soon let go of it


def data_home() -> str:
    """Return the folder of the default vault: local, so that no roaming profile copies it to a server."""
    base = os.environ.get("LOCALAPPDATA", "")
    if not os.path.isabs(base):
        base = os.path.expanduser(os.path.join("~", "AppData", "Local"))
    return os.path.join(base, "coldvault")


def state_home() -> str:
    """Return the folder of what this machine has seen."""
    return os.path.join(data_home(), "state")


def _patiently(action: Callable[[], T], *passing: int) -> T:
    """Call *action*, again while it meets one of the *passing* system errors; return its result."""
    from time import monotonic, sleep

    end = monotonic() + _PATIENCE
    while True:
        try:
            return action()
        except OSError as error:
            if getattr(error, "winerror", 0) not in passing or monotonic() >= end:
                raise
        sleep(0.05)


def _is_link(status: os.stat_result) -> bool:
    return bool(getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT)


def _unlock(descriptor: int) -> None:
    """Unlock at once: closing alone frees it only "when available resources allow" ("LockFile")."""
    try:
        api.lock_byte(descriptor, take=False)
    except OSError:
        pass


class Folder(OpenFolder):
    """An open folder, which nobody can rename while it is open: so full paths below it stay true."""

    _confirmed = True

    def _open_folder(self, *, make: bool) -> None:
        self.path = os.path.realpath(self.path)
        if make and not os.path.isdir(self.path):
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            try:
                api.call("CreateDirectoryW", self.path, api.attributes(rights.private(folder=True)))
            except FileExistsError:
                pass
        # Deletion is not shared: that keeps it, and the folders above it, from being renamed.
        access, flags = api.LIST_FOLDER | api.READ_RIGHTS, api.FOLDER_TOO | api.NO_FOLLOW
        how = (access, api.SHARE_NO_DELETE, api.EXISTING, flags)
        self._descriptor = _patiently(lambda: api.open_file(self.path, *how), api.SHARING)

    def _refuse_shared(self) -> None:
        status = os.fstat(self._descriptor)
        if not stat.S_ISDIR(status.st_mode) or _is_link(status):
            raise StoreError(f"cannot open the folder {self.path}: it is not a folder")
        for mask, sid in rights.grants(api.security(self._descriptor))[1]:
            if mask & rights.TAKES_AWAY and sid in rights.EVERYBODY:
                hint = f'icacls "{self.path}" /inheritance:d, then with /remove:g *{rights.sid_text(sid)}'
                raise InsecureFile(f"everybody may write to the folder {self.path}", hint=hint)

    @staticmethod
    def split(path: str) -> tuple[str, str]:
        folder, name = os.path.split(os.path.realpath(path))
        if not name:
            raise NotAFile(f"{path} is a folder")
        return folder, name

    def _open(self, name: str, *, write: bool, make: bool) -> int:
        path, access = self.full(name), api.READ | (api.WRITE if write else 0)
        how, new = (api.EITHER, rights.private()) if make else (api.EXISTING, b"")
        try:
            # Deletion is shared, so that another process can rename a new file over this one meanwhile.
            return _patiently(
                lambda: api.open_file(path, access, api.SHARE_ALL, how, api.NO_FOLLOW, new), api.SHARING
            )
        except OSError as error:
            if os.path.isdir(path) and not isinstance(error, FileNotFoundError):  # "access denied" of Windows
                raise NotAFile(f"{path} is a folder") from None
            raise

    def _refuse_others(self, descriptor: int, path: str) -> None:
        status = os.fstat(descriptor)
        if _is_link(status):
            raise InsecureFile(f"{path} is a symbolic link or another reparse point")
        if not stat.S_ISREG(status.st_mode):
            raise NotAFile(f"{path} is not a regular file")
        rights.refuse_others(descriptor, path)

    def _open_new(self, name: str) -> int:
        return api.open_file(
            self.full(name), api.READ | api.WRITE, api.ALONE, api.NEW, api.NO_FOLLOW, rights.private()
        )

    def _make_private(self, descriptor: int, name: str) -> None:
        """Refuse a volume that keeps no rights, as FAT."""
        rights.refuse_others(descriptor, self.full(name))

    def _flush(self, descriptor: int) -> None:
        os.fsync(descriptor)  # FlushFileBuffers, the drive's cache included; never retried

    def _list(self) -> list[str]:
        return os.listdir(self.path)

    def _rename(self, old: str, new: str) -> None:
        names = (self.full(old), self.full(new), _REPLACE | _WRITE_THROUGH)
        _patiently(lambda: api.call("MoveFileExW", *names), api.SHARING, api.DENIED)

    def _link(self, old: str, new: str) -> None:
        _patiently(lambda: os.link(self.full(old), self.full(new)), api.SHARING)
        try:
            # CreateHardLinkW knows no write-through: flush the file, whose names are part of it on NTFS.
            with Handle(descriptor := self._open_own(new, write=True)):
                os.fsync(descriptor)
        except (OSError, VaultError):
            self._confirmed = False

    def remove(self, name: str) -> None:
        try:
            _patiently(lambda: os.unlink(self.full(name)), api.SHARING, api.DENIED)
        except OSError:
            pass

    def exists(self, name: str) -> bool:
        try:
            os.lstat(self.full(name))
        except OSError:
            return False
        return True

    def sync(self) -> bool:
        # Windows flushes no folders. A rename is written through before it returns, or fails; so only a
        # link can be in doubt.
        return self._confirmed

    def _lock(self, descriptor: int) -> Lock | None:
        try:
            api.lock_byte(descriptor, take=True)
        except PermissionError:
            return None
        return Lock(descriptor, _unlock)
