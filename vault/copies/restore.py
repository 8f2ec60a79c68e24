"""A copy of a vault, put in its place so that nothing is lost and nothing complains afterwards."""

from __future__ import annotations

import os

from ..base.record import Record
from ..core import format, vault
from ..core.vault import LockedVault
from ..errors import (
    Damaged,
    FormatError,
    Malformed,
    NotDurable,
    RestoreRefused,
    UnlockError,
    VaultChanged,
    VaultError,
    VaultNotFound,
)
from ..journal.journal import LOCK_SECONDS, Journal
from ..store import notes
from ..store.file import Store, open_folder
from ..system import Folder, state_home
from .beside import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.secret import Secret
    from ..core.format import VaultFile
    from ..core.vault import Vault


class Difference(Record):
    """Names of credentials: what a copy has, and the vault in whose place it would be.

    Attributes:
        missing: only the vault has these.
        again: only the copy has these.
        altered: both have these, and something about them differs.
    """

    missing: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()


class Outcome(Record):
    """What came of it.

    Attributes:
        opened: the copy, where it was read from, or from its new place.
        kept: path of what stood there before; empty if nothing was replaced.
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
            StoreError, FormatError: If the copy is no whole vault, or the vault's place cannot be read.
        """
        self._file, self._journal = format.parse(read(copy), expensive=expensive), f"{copy}.journal"
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
            other: another vault may be, or what is none.
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
        if theirs.vault_id != self.header.vault_id and not other:
            hint = "name the right one with --file; if it may be replaced: --other"
            raise RestoreRefused(f"this is a copy of another vault than {self.path}", hint=hint)
        if (
            theirs.vault_id == self.header.vault_id
            and theirs.generation > self.header.generation
            and not older
        ):
            saves = f"the vault is of save {theirs.generation}, the copy of save {self.header.generation}"
            hint = "see what would change: --dry-run; if the later one may be replaced: --older"
            raise RestoreRefused(f"the copy is older: {saves}", hint=hint)

    def compare(self, secret: Secret) -> Outcome:
        """Unlock the copy, and say how it differs from what stands there; nothing is written.

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
        with open_folder(os.path.dirname(self.path)) as folder:
            aside = self._free_name(folder, day)
            known = notes.recall(self.header.vault_id)
            if known is not None and known[0] > self.header.generation:
                # Now, not later: a kill in between leaves a later save than was noted, which is in order.
                notes.remember(self.header.vault_id, self.header.generation, self._file.checksum, lower=True)
            if self._was is None:
                self._store.create(self._file.raw)
            replaced = self._was is not None and self._replace(folder, aside, self._was)
            opened = vault.open(self.path, allow_expensive=True, accept_older=True).unlock(secret)
            journal = self._settle_journal(folder, f"{aside}.journal", opened, standing)
            kept = folder.full(aside) if replaced else ""
            return Outcome(opened, kept, _difference(copy, standing), journal)

    def _unlocked(self, file: VaultFile, secret: Secret) -> Vault:
        """Of bytes in memory; the note of the newest save seen is left as it was."""
        known = notes.recall(file.header.vault_id)
        opened = LockedVault(self._store, file, None, False).unlock(secret)
        if known is not None and known != notes.recall(file.header.vault_id):
            try:
                notes.remember(file.header.vault_id, known[0], bytes.fromhex(known[1]), lower=True)
            except ValueError:
                pass  # that note was damaged
        return opened

    def _standing(self, secret: Secret) -> Vault | None:
        """What stands there, if it opens with the same secret."""
        try:
            return self._unlocked(format.parse(self._was or b"", expensive=True), secret)
        except (FormatError, UnlockError):
            return None

    def _free_name(self, folder: Folder, day: str) -> str:
        """A name for what is replaced, which neither a file nor a journal has."""
        name = f"{self._store.name}.replaced-{day}"
        number, found = 1, name
        while folder.exists(found) or folder.exists(f"{found}.journal"):
            number += 1
            found = f"{name}-{number}"
        return found

    def _replace(self, folder: Folder, aside: str, was: bytes) -> bool:
        """Write the copy in the place of *was*, and that beside it; False if they are the same."""
        with self._store:
            if self._store.read() != was:
                raise VaultChanged("the vault was changed by another program in the meantime")
            if was == self._file.raw:
                return False
            drafts: list[str] = []  # what a kill leaves of these, the next save sweeps
            try:
                for data in (was, self._file.raw):
                    drafts.append(folder.draft(f".{self._store.name}.", data))
                kept, fresh = drafts
                folder.rename_new(kept, aside)
                folder.rename(fresh, self._store.name)
            finally:
                for name in drafts:
                    folder.remove(name)
            if not folder.settled(self._store.name, self._file.raw):
                raise NotDurable("the vault is restored, but the disk did not confirm it")
        return True

    def _settle_journal(self, folder: Folder, aside: str, opened: Vault, standing: Vault | None) -> str:
        """See that a journal stands there which the restored vault reads without complaint; what was done.

        The one that stands there stays if it tells this vault nothing worse than it told the one before.
        Otherwise it was sealed under a later password, or is another vault's: it is set aside, the copy's
        takes its place, and what this machine has noted of its end is forgotten. The older journal is wanted,
        and would be reported as cut, for good.
        """
        name, done = f"{self._store.name}.journal", []
        try:
            data = read(self._journal) if os.path.isfile(self._journal) else b""
            stands = folder.exists(name)
            before = _problems(standing) if standing is not None else ()
            if _problems(opened) == before and (stands or not data):
                return ""
            with folder.lock(f"{name}.lock", LOCK_SECONDS):
                if stands:
                    folder.rename(name, aside)
                    done.append(f"the journal was set aside: {folder.path}/{aside}")
                if data:
                    folder.put(
                        name, data, stem=f".{self._store.name}-journal."
                    )  # as the journal names its own
                    done.append("the copy's journal is in its place")
        except VaultError as error:
            return f"the journal could not be brought in line: {error}"
        _forget_journal(opened)
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
    """What the journal beside the vault tells this version of it of itself."""
    return Journal(opened.path, opened.header.vault_id, opened.payload.journal).read().problems


def _forget_journal(opened: Vault) -> None:
    """Let this machine know nothing of the journal's end; the next record is noted again."""
    try:
        with Folder(os.path.join(state_home(), "seen")) as folder:
            folder.remove(f"{opened.header.vault_id.hex()}.journal")
    except VaultError:
        pass  # nothing was noted then
