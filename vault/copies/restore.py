"""Restore a vault from a copy, without losing a file or leaving a false warning behind."""

from __future__ import annotations

from functools import partial

from ..base.record import Record
from ..base.secret import Secret
from ..core import format, slots, vault
from ..core.format import VaultFile
from ..core.vault import Vault
from ..errors import Damaged, FormatError, Malformed, RestoreRefused, UnlockError, VaultError, VaultNotFound
from ..journal.journal import LOCK_SECONDS, Journal
from ..store import descent, names, notes
from ..store.file import Store
from .beside import read, read_journal
from .compare import Difference, difference


class Outcome(Record):
    """The result of a restore, or of a comparison."""

    opened: Vault  # the copy
    difference: Difference | None  # None if the vault in its place does not open with the same secret
    kept: str = ""  # path of the replaced file
    journal: str = ""  # a sentence, if the journal was changed or could not be


class Restore:
    """A planned restore of the vault at :attr:`path`, its links resolved, from a copy with :attr:`header`."""

    def __init__(self, path: str, copy: str, *, expensive: bool = False, make_folder: bool = False) -> None:
        """Read both; write nothing yet. The flags are those of :func:`vault.core.vault.open` and ``create``.

        Raises StoreError, FormatError if the copy is not a whole vault, or the vault's path cannot be read.
        """
        self._file, self._journal = format.parse(read(copy), expensive=expensive), copy + names.JOURNAL
        self._store = Store(path, make=make_folder)
        self.path, self.header = self._store.path, self._file.header
        try:
            self._was: bytes | None = self._store.read()
        except VaultNotFound:
            self._was = None
        self.stands, self._older, self._expensive = self._was is not None, True, expensive

    def refuse(self, *, older: bool = False, other: bool = False) -> None:
        """Raise RestoreRefused unless an earlier version, a damaged file or nothing would be replaced.

        With *older*, a later version or a fork may be, which is seen once the copy is unlocked; with *other*,
        another vault, or a file that is not a vault.
        """
        self._older = older
        if self._was is None:
            return
        try:
            theirs = format.parse(self._was, expensive=True).header
        except (Damaged, Malformed):
            return  # to replace such a file is the purpose of a copy
        except FormatError as error:
            if other:
                return
            raise RestoreRefused(f"{self.path}: {error}", hint="if it may be replaced: --other") from None
        if theirs.vault_id != self.header.vault_id:
            if not other:
                hint = "name the right one with --file; if it may be replaced: --other"
                raise RestoreRefused(f"not a copy of {self.path}, but of another vault", hint=hint)
        elif theirs.generation > self.header.generation and not older:
            hint = "see what would change: --dry-run; if the later one may be replaced: --older"
            text = (
                f"the copy (save {self.header.generation}) is older than the vault (save {theirs.generation})"
            )
            raise RestoreRefused(text, hint=hint)

    def _refuse_fork(self, copy: Vault, standing: Vault) -> None:
        was, theirs = self._was or b"", standing.header
        seen = theirs.generation, was[-notes.CHECKSUM :]
        if self._file.raw == was or theirs.vault_id != self.header.vault_id:
            return
        if not descent.follows(self.header.generation, copy.payload.ancestors, *seen):
            hint = "join the two: vault merge COPY; if the vault may be replaced: --older"
            raise RestoreRefused("the vault was saved since it and the copy had the same contents", hint=hint)

    def compare(self, secret: Secret) -> Outcome:
        """Unlock the copy and compare it with the present vault; raises UnlockError, Tampered, Malformed."""
        copy = self._unlocked(self._file, secret)
        return self._outcome(copy, self._standing(secret))

    def put(self, secret: Secret, day: str) -> Outcome:
        """Replace the vault by the copy, keep its file under a name with *day*, and open the result.

        Raises:
            RestoreRefused: If the copy is numbered as a later version, and is a fork; see :meth:`refuse`.
            UnlockError, Tampered, Malformed: If the copy does not open; nothing is written.
            VaultChanged: If the vault was saved in the meantime; nothing is written.
            StoreError: If the disk refused; the vault is as before.
            NotDurable: If the copy is in place, and the disk did not confirm it.
        """
        copy, standing = self._unlocked(self._file, secret), self._standing(secret)
        if standing is not None and not self._older:
            self._refuse_fork(copy, standing)
        data, aside, kept = self._file.raw, self._free_name(day), ""
        known = notes.recall(self.header.vault_id)
        if known is not None and known[0] > self.header.generation:
            # Before the write: after a kill in between, the save is later than noted, which is accepted.
            notes.remember(self.header.vault_id, self.header.generation, self._file.raw, lower=True)
        if self._was is None:
            self._store.create(data)
        elif self._store.read() != data:
            whole = partial(format.parse, expensive=True)  # raises FormatError unless it is a whole vault
            self._store.replace(data, was=self._was, backup=self._was, check=whole, aside=aside)
            kept = self._store.folder.full(aside)
        opened = vault.open(self.path, allow_expensive=True, accept_older=True).unlock(secret)
        journal = self._settle_journal(aside + names.JOURNAL, opened, standing)
        return self._outcome(copy, standing).changed(opened=opened, kept=kept, journal=journal)

    def _outcome(self, copy: Vault, standing: Vault | None) -> Outcome:
        return Outcome(copy, None if standing is None else difference(copy, standing))

    def _unlocked(self, file: VaultFile, secret: Secret) -> Vault:
        """Unlock in memory, without a look at this machine's notes, and note nothing."""
        return Vault(self._store, file, slots.unwrap(file.header, secret))

    def _standing(self, secret: Secret) -> Vault | None:
        """Unlock the present vault; return None if it does not open with the same secret."""
        try:
            return self._unlocked(format.parse(self._was or b"", expensive=self._expensive), secret)
        except (FormatError, UnlockError):
            return None

    def _free_name(self, day: str) -> str:
        """Return an unused name for the replaced file and its journal."""
        folder, number, name = self._store.folder, 1, names.replaced(self._store.name, day)
        while folder.exists(name) or folder.exists(name + names.JOURNAL):
            number += 1
            name = names.replaced(self._store.name, f"{day}-{number}")
        return name

    def _settle_journal(self, aside: str, opened: Vault, standing: Vault | None) -> str:
        """Give the restored vault a journal that it can read; return a sentence about changes.

        The present one stays if the restored vault finds the same problems in it as the vault before.
        Otherwise it was sealed under a later password, or belongs to another vault: it is set aside, the
        copy's takes its place, and this machine's note of its end is forgotten. With that note, the older
        journal would be reported as cut, for good.
        """
        folder, name, done = self._store.folder, self._store.name + names.JOURNAL, []
        try:
            data = read_journal(self._journal, self.header.vault_id)
            stands = folder.exists(name)
            before = Journal.of(standing).read().problems if standing is not None else ()
            if Journal.of(opened).read().problems == before and (stands or not data):
                return ""
            with folder.lock(name + names.LOCK, LOCK_SECONDS):
                if stands:
                    folder.rename(name, aside)
                    done.append(f"the journal was set aside: {folder.path}/{aside}")
                if data:
                    folder.put(name, data, stem=names.drafts(self._store.name, "journal"))
                    done.append("the copy's journal is in its place")
        except VaultError as error:
            return f"the journal could not be replaced: {error}"
        notes.forget_journal(opened.header.vault_id)
        return "; ".join(done)
