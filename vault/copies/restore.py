"""A copy of a vault, put in its place so that nothing is lost and nothing complains afterwards."""

from __future__ import annotations

import os

from ..base.record import Record
from ..base.secret import Secret
from ..core import format, slots, vault
from ..core.format import VaultFile
from ..core.vault import Vault
from ..errors import Damaged, FormatError, Malformed, RestoreRefused, UnlockError, VaultError, VaultNotFound
from ..journal.journal import LOCK_SECONDS, Journal
from ..store import names, notes
from ..store.file import Store
from .beside import read


class Difference(Record):
    """Names of credentials by which a copy differs from the vault in whose place it would be.

    Attributes:
        missing: only the vault has these.
        again: only the copy has these.
        altered: both have these, and they are not the same.
    """

    missing: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()


class Outcome(Record):
    """The result of a restore, or of a comparison.

    Attributes:
        opened: the copy, from its new place, or from where it was read.
        kept: path of the file that was replaced; empty if nothing was.
        difference: None if what stood there does not open with the same secret.
        journal: what became of the journal, a sentence; empty if it stayed as it was.
    """

    opened: Vault
    kept: str = ""
    difference: Difference | None = None
    journal: str = ""


class Restore:
    """A copy that is to take the place of the vault at one path.

    Attributes:
        path: the vault's, its links resolved.
        stands: whether something stands there.
        header: the copy's.
    """

    def __init__(self, path: str, copy: str, *, expensive: bool = False, make_folder: bool = False) -> None:
        """Read both; nothing is written yet.

        Args:
            expensive, make_folder: as for :func:`vault.core.vault.open` and ``create``.

        Raises:
            StoreError, FormatError: If the copy is not a whole vault, or the vault's place cannot be read.
        """
        self._file, self._journal = format.parse(read(copy), expensive=expensive), copy + names.JOURNAL
        self._store = Store(path, make=make_folder)
        self.path, self.header = self._store.path, self._file.header
        try:
            self._was: bytes | None = self._store.read()
        except VaultNotFound:
            self._was = None
        self.stands = self._was is not None

    def refuse(self, *, older: bool = False, other: bool = False) -> None:
        """Raise RestoreRefused unless an earlier version of the copy, a damaged file or nothing stands there.

        Args:
            older: a later version may be replaced.
            other: another vault may be, or a file that is not a vault.
        """
        if self._was is None:
            return
        try:
            theirs = format.parse(self._was, expensive=True).header
        except (Damaged, Malformed):
            return  # what a copy is for
        except FormatError as error:
            if not other:
                raise RestoreRefused(f"{self.path}: {error}", hint="if it may be replaced: --other") from None
            return
        if theirs.vault_id != self.header.vault_id:
            if not other:
                hint = "name the right one with --file; if it may be replaced: --other"
                raise RestoreRefused(f"this is a copy of another vault than {self.path}", hint=hint)
        elif theirs.generation > self.header.generation and not older:
            saves = f"the vault is of save {theirs.generation}, the copy of save {self.header.generation}"
            hint = "see what would change: --dry-run; if the later one may be replaced: --older"
            raise RestoreRefused(f"the copy is older: {saves}", hint=hint)

    def compare(self, secret: Secret) -> Outcome:
        """Unlock the copy and compare it with what stands there; nothing is written.

        Raises:
            UnlockError, Tampered, Malformed: If the copy does not open.
        """
        copy = self._unlocked(self._file, secret)
        return Outcome(copy, difference=_difference(copy, self._standing(secret)))

    def put(self, secret: Secret, day: str) -> Outcome:
        """Put the copy there, keep what stood there, and open the copy from there.

        Args:
            day: as it stands in the name of what is kept.

        Raises:
            UnlockError, Tampered, Malformed: If the copy does not open; nothing is written then.
            VaultChanged: If the vault was saved in the meantime; nothing is written then.
            StoreError: If the disk refused; the vault stands as before.
            NotDurable: If the copy stands there, and the disk did not confirm it.
        """
        copy, standing = self._unlocked(self._file, secret), self._standing(secret)
        data, aside, kept = self._file.raw, self._free_name(day), ""
        known = notes.recall(self.header.vault_id)
        if known is not None and known[0] > self.header.generation:
            # Now, not later: a kill in between leaves a later save than was noted, which is in order.
            notes.remember(self.header.vault_id, self.header.generation, self._file.checksum, lower=True)
        if self._was is None:
            self._store.create(data)
        elif self._store.read() != data:
            self._store.replace(data, was=self._was, backup=self._was, check=_whole, aside=aside)
            kept = self._store.folder.full(aside)
        opened = vault.open(self.path, allow_expensive=True, accept_older=True).unlock(secret)
        journal = self._settle_journal(aside + names.JOURNAL, opened, standing)
        return Outcome(opened, kept, _difference(copy, standing), journal)

    def _unlocked(self, file: VaultFile, secret: Secret) -> Vault:
        """Unlock bytes in memory, whatever this machine has seen, and note nothing."""
        return Vault(self._store, file, slots.unwrap(file.header, secret))

    def _standing(self, secret: Secret) -> Vault | None:
        """Unlock what stands there; None if it does not open with the same secret."""
        try:
            return self._unlocked(format.parse(self._was or b"", expensive=True), secret)
        except (FormatError, UnlockError):
            return None

    def _free_name(self, day: str) -> str:
        """Return a name for what is replaced, which neither a file nor a journal has."""
        folder, number, name = self._store.folder, 1, names.replaced(self._store.name, day)
        while folder.exists(name) or folder.exists(name + names.JOURNAL):
            number += 1
            name = names.replaced(self._store.name, f"{day}-{number}")
        return name

    def _settle_journal(self, aside: str, opened: Vault, standing: Vault | None) -> str:
        """Put a journal there that the restored vault reads without complaint; return what was done.

        The one that stands there stays if the restored vault finds no other problems in it than the vault
        before did. Otherwise it was sealed under a later password, or is another vault's: it is set aside,
        the copy's takes its place, and this machine's note of its end is forgotten. With that note, the
        older journal would be reported as cut, for good.
        """
        folder, name, done = self._store.folder, self._store.name + names.JOURNAL, []
        try:
            data = read(self._journal) if os.path.isfile(self._journal) else b""
            stands = folder.exists(name)
            before = _problems(standing) if standing is not None else ()
            if _problems(opened) == before and (stands or not data):
                return ""
            with folder.lock(name + names.LOCK, LOCK_SECONDS):
                if stands:
                    folder.rename(name, aside)
                    done.append(f"the journal was set aside: {folder.path}/{aside}")
                if data:
                    folder.put(name, data, stem=names.drafts(self._store.name, "journal"))
                    done.append("the copy's journal is in its place")
        except VaultError as error:
            return f"the journal could not be brought in line: {error}"
        notes.forget_journal(opened.header.vault_id)
        return "; ".join(done)


def _difference(copy: Vault, standing: Vault | None) -> Difference | None:
    if standing is None:
        return None
    theirs = {credential.name: credential for credential in standing.credentials}
    ours = {credential.name: credential for credential in copy.credentials}
    return Difference(
        tuple(name for name in theirs if name not in ours),
        tuple(name for name in ours if name not in theirs),
        tuple(name for name in ours if name in theirs and ours[name] != theirs[name]),
    )


def _problems(opened: Vault) -> tuple[str, ...]:
    """Return the problems that this version of the vault finds in the journal beside it."""
    return Journal.of(opened).read().problems


def _whole(data: bytes) -> None:
    """Raise FormatError unless what was written is a whole vault."""
    format.parse(data, expensive=True)
