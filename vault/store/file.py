"""One file: read it, replace it so that a crash leaves the old or the new one.

The bytes are not interpreted here. The order of the steps is that of docs/format.md, "Saving".
"""

from __future__ import annotations

import os

from ..core.format import MAX_FILE
from ..errors import NotAVault, NotDurable, VaultBusy, VaultChanged, VaultExists, VaultNotFound
from ..system import Busy, Exists, Folder, Missing, NotAFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..system import Lock

LOCK_SECONDS = 10.0


class _AsVault:
    """A block in which the disk's errors about files become those about the vault at one path."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, Missing):
            raise VaultNotFound(f"no vault at {self._path}") from None
        if isinstance(error, NotAFile):
            raise NotAVault(str(error)) from None
        if isinstance(error, Exists):
            raise VaultExists(str(error)) from None
        if isinstance(error, Busy):
            raise VaultBusy(f"the vault has been in use for {LOCK_SECONDS:.0f} seconds") from None


def open_folder(path: str, *, make: bool = False) -> Folder:
    """Open the folder of a vault, or of its copies; raises VaultNotFound if it is missing."""
    try:
        return Folder(path, make=make)
    except Missing:
        raise VaultNotFound(f"no folder at {path}", hint="create it, or name another file") from None


class Store:
    """The file at one path, its links resolved once, and what stands beside it."""

    def __init__(self, path: str, *, make: bool = False) -> None:
        """Open the folder of *path*; with *make*, create the folder if it is missing."""
        with _AsVault(path := os.fspath(path)):
            folder, self.name = Folder.split(path)
        self._folder = open_folder(folder, make=make)
        self._given, self.path = path, os.path.join(folder, self.name)
        self._as_vault = _AsVault(self.path)
        self._lock: Lock | None = None
        self._depth = 0

    def read(self) -> bytes:
        """The file's bytes, one more than the largest vault at most."""
        with self._as_vault:
            return self._folder.read(self.name, MAX_FILE)

    def __enter__(self) -> None:
        """Keep other writers out until the matching end; within, a further beginning costs nothing."""
        if not self._depth:
            with self._as_vault:
                self._lock = self._folder.lock(f"{self.name}.lock", LOCK_SECONDS)
        self._depth += 1

    def __exit__(self, *error: object) -> None:
        self._depth -= 1
        if self._lock is not None and not self._depth:
            self._lock.close()

    def probe(self, size: int) -> None:
        """Try whether *size* bytes could be saved now; raises StoreError, VaultBusy as a save would."""
        with self:
            self._folder.remove(self._temporary(bytes(size)))

    def probe_new(self, size: int) -> None:
        """The same where nothing may stand yet, and without leaving a lock; raises VaultExists."""
        self._refuse_existing()
        self._folder.remove(self._temporary(bytes(size)))

    def create(self, data: bytes) -> None:
        """Make the file, where nothing stands; raises VaultExists otherwise, and as :meth:`replace`."""
        with self, self._as_vault:
            self._refuse_existing()
            self._sweep()
            name = self._temporary(data)
            try:
                self._folder.rename_new(name, self.name)
            finally:
                self._folder.remove(name)
            self._confirm(data)

    def replace(self, data: bytes, *, was: bytes, backup: bytes, check: Callable[[bytes], None]) -> None:
        """Write *data* in the place of *was*, and *backup* beside it.

        Args:
            was: what the file was read as; anything else there now is somebody's work.
            backup: what the previous version is to be from now on.
            check: called with the bytes read back, before anything is replaced.

        Raises:
            VaultChanged: If the file is not *was*; nothing is written.
            StoreError: If the disk refused; the old file stands, whole.
            NotDurable: If the new file stands and the disk did not confirm it.
        """
        with self, self._as_vault:
            if self.read() != was:
                raise VaultChanged("the vault was changed by another program in the meantime")
            self._sweep()
            fresh = self._temporary(data)
            try:
                check(self._folder.read(fresh, MAX_FILE))
                self._folder.rename(self._temporary(backup), f"{self.name}.bak")
                self._folder.rename(fresh, self.name)
            except BaseException:
                self._sweep()
                raise
            self._confirm(data)

    def copies(self) -> list[str]:
        """Paths of what stands beside the vault and begins with its name, locks and the journal aside."""
        ours, others = (f"{self.name}.", f".{self.name}."), (".lock", ".journal")
        names = (n for n in self._folder.names() if n.startswith(ours) and not n.endswith(others))
        return [os.path.join(self._folder.path, name) for name in names]

    def _temporary(self, data: bytes) -> str:
        return self._folder.draft(f".{self.name}.", data)

    def _sweep(self) -> None:
        """Remove what a killed save left; the lock says that no other save is at work."""
        self._folder.sweep(f".{self.name}.")

    def _refuse_existing(self) -> None:
        # A link that leads nowhere counts: whoever planted it would choose where the vault is made.
        if self._folder.exists(self.name) or os.path.lexists(self._given):
            raise VaultExists(f"{self.path} exists already")

    def _confirm(self, data: bytes) -> None:
        with self._as_vault:
            durable = self._folder.settled(self.name, data)
        if not durable:
            raise NotDurable("the vault is written, but the disk did not confirm it")
