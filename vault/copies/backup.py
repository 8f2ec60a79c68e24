"""Back up a vault: copy its sealed bytes and its journal's, and prove that the copy opens.

The copy is a vault like any other: ``vault --file COPY list``.
"""

from __future__ import annotations

import os

from ..base.record import Record
from ..base.secret import Secret
from ..core import format
from ..core.format import VaultFile
from ..core.vault import LockedVault, Vault
from ..errors import NotDurable, StoreError, VaultError, VaultExists
from ..journal.journal import LOCK_SECONDS
from ..store import names, notes
from ..store.file import MAX_FILE, Store, open_folder
from ..system import Exists
from .beside import check_journal, read


class BackupResult(Record):
    """A copy that was made, read from its disk, compared, and unlocked."""

    path: str
    opened: Vault  # the copy; not to be saved
    journal: str  # path of the journal's copy; empty without one
    problem: str  # why the journal could not be copied; empty otherwise


class Backup:
    """A planned copy of the vault at one path, into a folder."""

    def __init__(
        self, path: str, folder: str, day: str, *, expensive: bool = False, accept_older: bool = False
    ) -> None:
        """Check both paths; write nothing yet.

        Args:
            day: part of the copy's name.
            expensive, accept_older: as for :func:`vault.core.vault.open`.

        Raises:
            StoreError, FormatError: If the vault or the folder is missing or unusable.
            VaultExists: If a copy of this day and save exists.
        """
        self._store, self._folder, self._day = Store(path), open_folder(os.path.abspath(folder)), day
        self._expensive, self._accept_older = expensive, accept_older
        self._vault()

    def make(self, secret: Secret) -> BackupResult:
        """Copy, read the copy from its disk, compare it byte for byte, unlock it, and only then name it.

        Raises:
            UnlockError, OlderThanSeen, StoreError: If it does not open, or a disk refused; no copy is left.
            NotDurable: If the copy is complete, and the disk did not confirm it.
        """
        journal, problem = self._journal()  # first: the vault that is read next has the keys to all of it
        file, name = self._vault()
        stem = names.drafts(os.path.splitext(self._store.name)[0], "copy")
        self._folder.sweep(stem)
        fresh = self._folder.draft(stem, file.raw)
        try:
            copy = self._copy(fresh, file.raw)
            known = notes.recall(copy.header.vault_id)
            opened = LockedVault(self._store, copy, known, self._accept_older).unlock(secret)
            if journal:
                # Only a killed backup has left a journal of that name.
                self._folder.put(name + names.JOURNAL, journal, stem=f"{stem}journal.")
            try:
                self._folder.rename_new(fresh, name)
            except Exists:
                raise self._exists(name) from None
        finally:
            self._folder.remove(fresh)
        self._copy(name, file.raw)
        path = self._folder.full(name)
        if not self._folder.sync():
            raise NotDurable(f"the disk did not confirm {path}", hint="check the disk, or use another one")
        return BackupResult(path, opened, path + names.JOURNAL if journal else "", problem)

    def _exists(self, name: str) -> VaultExists:
        hint = "the vault was not saved since then; a copy is never replaced"
        return VaultExists(f"{self._folder.full(name)} exists already", hint=hint)

    def _vault(self) -> tuple[VaultFile, str]:
        """Return the vault's file, and the name for its copy."""
        file = format.parse(self._store.read(), expensive=self._expensive)
        name = names.backup(self._store.name, self._day, file.header.generation)
        if self._folder.exists(name):
            raise self._exists(name)
        return file, name

    def _copy(self, name: str, data: bytes) -> VaultFile:
        """Read the copy; raise StoreError unless it is *data*."""
        if (copied := read(self._folder.full(name))) != data:
            self._folder.remove(name)
            text = f"the disk gave other bytes back than were written to {self._folder.path}"
            raise StoreError(text, hint="check the disk, or use another one")
        return format.parse(copied, expensive=self._expensive)

    def _journal(self) -> tuple[bytes, str]:
        """Return the journal's bytes, empty without one, and why they cannot be read."""
        folder, name, lock = self._store.folder, self._store.name + names.JOURNAL, None
        if not folder.exists(name):
            return b"", ""
        try:
            lock = folder.lock(name + names.LOCK, LOCK_SECONDS)
        except StoreError:
            pass  # a disk that is only read by now: nobody writes to it either
        try:
            return check_journal(folder.read(name, MAX_FILE), self._vault()[0].header.vault_id), ""
        except VaultError as error:
            return b"", str(error)
        finally:
            if lock is not None:
                lock.close()
