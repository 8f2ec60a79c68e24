"""One file: read it, and replace it so that a crash leaves the old or the new one.

The order of the steps is that of docs/format.md, "Saving".
"""

from __future__ import annotations

import os

from ..base.rules import pasted
from ..errors import NotAVault, NotDurable, StoreError, VaultBusy, VaultChanged, VaultExists, VaultNotFound
from ..system import Busy, Exists, Folder, Missing, NotAFile
from . import names, notes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..system import Lock

LOCK_SECONDS = 10.0
MAX_FILE = 64 << 20  # bytes; no vault is larger (docs/format.md, "Layout"), and no more is read


class _AsVault:
    """A block that turns errors about a file into errors about the vault at one path."""

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


def way_back(copy: str) -> str:
    """Return the hint that leads from a copy back to its vault."""
    return f"a copy is left; to put it back: vault restore {pasted(copy)}"


class Store:
    """The file at one path, its links resolved once: a :attr:`name` in an open :attr:`folder`."""

    def __init__(self, path: str, *, make: bool = False) -> None:
        """Open the folder of *path*; with *make*, create the folder if it is missing."""
        with _AsVault(path := os.fspath(path)):
            folder, self.name = Folder.split(path)
        self.folder = open_folder(folder, make=make)
        self._given, self.path = path, os.path.join(folder, self.name)
        self._as_vault = _AsVault(self.path)
        self._lock: Lock | None = None
        self._depth = 0

    def read(self) -> bytes:
        """Return the file's bytes, at most one more than the largest vault's.

        If it is missing, the error's hint is the way back to it.
        """
        try:
            with self._as_vault:
                return self.folder.read(self.name, MAX_FILE)
        except VaultNotFound as error:
            if copy := self.left_behind():
                error.hint = way_back(copy)
            raise

    def left_behind(self) -> str:
        """Return the path of the best copy of a vault that is missing here; empty if there seems to be none.

        That is the version which this machine saw last; else a copy beside it, as its name says.
        """
        for ending, part in names.VAULT_ID.items():
            if kept := notes.kept(self._head(self.name + ending)[part]):
                return kept
        kinds = {names.kind(entry, self.name): entry for entry in self.folder.names()}
        found = next((kinds[kind] for kind in ("previous", "replaced", "backup") if kind in kinds), "")
        return found and self.folder.full(found)

    def __enter__(self) -> None:
        """Lock out other writers; nested blocks take the lock once."""
        if not self._depth:
            with self._as_vault:
                self._lock = self.folder.lock(self.name + names.LOCK, LOCK_SECONDS)
        self._depth += 1

    def __exit__(self, *error: object) -> None:
        self._depth -= 1
        if self._lock is not None and not self._depth:
            self._lock.close()

    def probe(self, size: int) -> None:
        """Try whether *size* bytes could be saved now; raises StoreError, VaultBusy as a save would."""
        with self:
            self.folder.remove(self._temporary(bytes(size)))

    def probe_new(self, size: int) -> None:
        """Try the same for a new file, without leaving a lock; raises VaultExists too."""
        self._refuse_existing()
        self.folder.remove(self._temporary(bytes(size)))

    def create(self, data: bytes) -> None:
        """Create the file; raises VaultExists if its path is taken, and as :meth:`replace`."""
        with self, self._as_vault:
            self._refuse_existing()
            self._sweep()
            name = self._temporary(data)
            try:
                self.folder.rename_new(name, self.name)
            finally:
                self.folder.remove(name)
            self._confirm(data)

    def replace(
        self, data: bytes, *, was: bytes, backup: bytes, check: Callable[[bytes], object], aside: str = ""
    ) -> None:
        """Replace *was* by *data*, and write *backup* beside it.

        Args:
            was: the bytes that the file had when it was read.
            backup: the content of the previous version's file from now on.
            check: called with the bytes read back, before anything is replaced.
            aside: a new name for *backup*, instead of the previous version's.

        Raises:
            VaultChanged: If the file is not *was*; nothing is written.
            StoreError: If the disk refused; the old file is intact.
            NotDurable: If the new file is in place, and the disk did not confirm it.
        """
        with self, self._as_vault:
            if self.read() != was:
                raise VaultChanged("the vault was changed by another program in the meantime")
            self._sweep()
            fresh = self._temporary(data)
            try:
                check(self.folder.read(fresh, MAX_FILE))
                kept = self._temporary(backup)
                if aside:
                    self.folder.rename_new(kept, aside)
                else:
                    self._spare(data)
                    self.folder.rename(kept, self.name + names.PREVIOUS)
                self.folder.rename(fresh, self.name)
            except BaseException:
                self._sweep()
                raise
            self._confirm(data)

    def copies(self) -> list[str]:
        """Return the paths of older versions and leftovers beside the vault."""
        return [self.folder.full(n) for n in self.folder.names() if names.is_version(n, self.name)]

    def _head(self, name: str) -> bytes:
        """Return the first bytes of a file beside the vault; empty if it cannot be read."""
        try:
            return self.folder.ends(name, 36, 0)[1]
        except StoreError:
            return b""

    def _spare(self, data: bytes) -> None:
        """Rename the previous version's file if it is not one of the vault *data*."""
        previous, part = self.name + names.PREVIOUS, names.VAULT_ID[names.PREVIOUS]
        head, number = self._head(previous), 1
        if head and head[part] != data[part]:
            while self.folder.exists(aside := names.replaced(self.name, f"other-{number}")):
                number += 1
            self.folder.rename_new(previous, aside)

    def _temporary(self, data: bytes) -> str:
        return self.folder.draft(names.drafts(self.name), data)

    def _sweep(self) -> None:
        # The leftovers of a killed save: while we hold the lock, no other save is at work.
        self.folder.sweep(names.drafts(self.name))

    def _refuse_existing(self) -> None:
        # A link that leads nowhere counts, or its maker would choose where the vault is made.
        if self.folder.exists(self.name) or os.path.lexists(self._given):
            raise VaultExists(f"{self.path} exists already")

    def _confirm(self, data: bytes) -> None:
        with self._as_vault:
            durable = self.folder.settled(self.name, data)
        if not durable:
            raise NotDurable("the vault is written, but the disk did not confirm it")
