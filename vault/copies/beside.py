"""Find the files beside a vault: earlier versions, copies, leftovers of a killed save.

They are read without a key and never changed: nothing from a header is authenticated here.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from ..base.record import Record
from ..core import format, vault
from ..core.format import Header, VaultFile
from ..errors import JournalError, NotAVault, OlderThanSeen, StoreError, VaultError, VaultNotFound
from ..journal import records
from ..store import names, notes
from ..store.file import MAX_FILE
from ..system import Folder, Missing


class Copy(Record):
    """A file beside a vault: a version of it, complete or not.

    Attributes:
        kind: ``previous``, which each save keeps; ``replaced``, which a restore keeps; ``backup``;
            ``leftover`` of a killed save; ``conflict``, named as sync tools name what they set aside;
            ``journal``, the same of a journal; ``copy``, any other.
    """

    path: str
    kind: str
    generation: int = 0  # of its header, as the epoch; 0 unless it is a whole vault
    epoch: int = 0
    same: bool = False  # as the vault, byte for byte


class VaultFiles(Record):
    """A vault's file and the files beside it.

    Attributes:
        newest: the save that this machine has seen, if it is later, or another file of that number.
    """

    path: str  # its links resolved
    header: Header | None = None  # None unless it is a whole vault
    saved: int | None = None  # when the file was last written, seconds since the Unix epoch
    refusal: VaultError | None = None  # why the vault would not be opened
    refusals: tuple[VaultError, ...] = ()  # why its journal, lock or earlier version would not be
    newest: int | None = None
    copies: tuple[Copy, ...] = ()


def read(path: str) -> bytes:
    """Return the bytes of a copy, at most one more than the largest vault's.

    Other users may have access to it, as on a stick without owners: it is sealed, and opening it proves it.
    Raises VaultNotFound, NotAVault, StoreError.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a named pipe would be waited for
            raise NotAVault(f"{path} is not a regular file")
        with open(path, "rb") as file:
            return file.read(MAX_FILE + 1)
    except FileNotFoundError:
        raise VaultNotFound(f"no file at {path}", hint="check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = (getattr(error, "strerror", "") or str(error)).lower()
        raise StoreError(f"cannot read {path}: {reason}") from error


def check_journal(data: bytes, vault_id: bytes) -> bytes:
    """Return the bytes of this vault's journal; raises JournalError if they are anything else."""
    if len(data) > records.MAX_FILE:
        raise JournalError("it has more than 8 MiB")
    if data[:8] != records.MAGIC or data[names.VAULT_ID[names.JOURNAL]] != vault_id:
        raise JournalError("it is not a journal of this vault")
    return data


def read_journal(path: str, vault_id: bytes) -> bytes:
    """Return the bytes of the journal beside a copy; empty if there is none.

    No link is followed, and what does not prove itself is not carried along: it could be any file of the
    owner's. Raises JournalError, and StoreError if the disk refused.
    """
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode):
            raise JournalError(f"{path} is not a regular file")
        with open(path, "rb") as file:
            if not os.path.samestat(found, os.fstat(file.fileno())):
                raise JournalError(f"{path} was replaced while it was read")
            return check_journal(file.read(records.MAX_FILE + 1), vault_id)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise StoreError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from error


def vault_files(path: str) -> VaultFiles:
    """Examine the vault at *path* and its folder without a key; raises nothing."""
    path = os.path.realpath(path)
    file, refusal = _parsed(path), _refusal(path)
    try:
        saved = int(os.stat(path).st_mtime)
    except OSError:
        saved = None
    files = VaultFiles(path, None, saved, refusal, tuple(_refusals(path, refusal)))
    if file is None:
        return files
    known, newest = notes.recall(file.header.vault_id), None
    try:
        notes.check(known, file.header.generation, file.checksum)
    except OlderThanSeen:
        newest = known[0] if known else None
    return files.changed(header=file.header, newest=newest, copies=tuple(_copies(path, file)))


def _parsed(path: str) -> VaultFile | None:
    try:
        return format.parse(read(path), expensive=True)
    except VaultError:
        return None


def _refusal(path: str) -> VaultError | None:
    try:
        vault.open(path, allow_expensive=True)
    except VaultNotFound:
        return None
    except VaultError as error:
        return error
    return None


def _refusals(path: str, own: VaultError | None) -> Iterator[VaultError]:
    folder, name = os.path.split(path)
    for ending in (names.PREVIOUS, names.LOCK, names.JOURNAL, names.JOURNAL + names.LOCK):
        try:
            with Folder(folder) as opened:
                opened.ends(name + ending, 0, 0)
        except Missing:
            pass
        except VaultError as error:
            if str(error) != str(own):  # the folder's own fault is met each time
                yield error


def _copies(path: str, file: VaultFile) -> Iterator[Copy]:
    folder, name = os.path.split(path)
    try:
        entries = sorted(os.listdir(folder))
    except OSError:
        return
    for entry in entries:
        kind, full = names.kind(entry, name), os.path.join(folder, entry)
        if not kind or os.path.islink(full) or not os.path.isfile(full):
            continue
        other = None if kind == "journal" else _parsed(full)
        if other is not None and other.header.vault_id == file.header.vault_id:
            yield Copy(full, kind, other.header.generation, other.header.epoch, other.raw == file.raw)
        elif kind in ("journal", "leftover") or (other is None and "conflict" in entry.lower()):
            yield Copy(full, kind)
