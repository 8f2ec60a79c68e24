"""What stands beside a vault: earlier versions, copies, what a killed save left.

Read without a key, and changed never. So what a header says is only said: nobody has authenticated it.
"""

from __future__ import annotations

import os
import stat

from ..base.record import Record
from ..core import format, vault
from ..errors import NotAVault, StoreError, VaultError, VaultNotFound
from ..store import notes
from ..system import Folder, Missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.format import Header, VaultFile


class Copy(Record):
    """A file beside a vault that is a version of it, or was to become one.

    Attributes:
        kind: ``previous``, the one that each save keeps; ``replaced``, that a restore keeps; ``backup``;
            ``leftover`` of a killed save; ``conflict``, named as sync tools name what they set aside;
            ``journal``, such a one of its journal; ``copy``, any other.
        generation, epoch: what its header says; 0 if it is no whole vault.
        same: it is the vault byte for byte.
    """

    path: str
    kind: str
    generation: int = 0
    epoch: int = 0
    same: bool = False


class Beside(Record):
    """A vault's file and what stands beside it.

    Attributes:
        path: the file, its links resolved.
        header: None if there is no whole vault.
        saved: when the file was last written, seconds since the Unix epoch; None without a file.
        refusal: why the vault would not be opened; None if it would be.
        refusals: why files that belong to it would not be.
        newest: the save of it that this machine has seen, if that is another one, and not an older.
    """

    path: str
    header: Header | None = None
    saved: int | None = None
    refusal: VaultError | None = None
    refusals: tuple[VaultError, ...] = ()
    newest: int | None = None
    copies: tuple[Copy, ...] = ()


def read(path: str) -> bytes:
    """The bytes of a copy, wherever it lies: one more than the largest vault at most.

    Who else can read or write it makes no difference: it is sealed, and proves itself when it is opened.
    So it may lie on a disk that keeps no owners, like most sticks.

    Raises:
        VaultNotFound, NotAVault, StoreError: If there is no such file, or it cannot be read.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a named pipe would be waited for
            raise NotAVault(f"{path} is not a regular file")
        with open(path, "rb") as file:
            return file.read(format.MAX_FILE + 1)
    except FileNotFoundError:
        raise VaultNotFound(f"no file at {path}", hint="check the path") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = (getattr(error, "strerror", "") or str(error)).lower()
        raise StoreError(f"cannot read {path}: {reason}") from error


def beside(path: str) -> Beside:
    """What can be known of the vault at *path* and its folder without a key; nothing is raised."""
    path = os.path.realpath(path)
    file, refusal = _parsed(path), _refusal(path)
    try:
        saved = int(os.stat(path).st_mtime)
    except OSError:
        saved = None
    refusals = tuple(_refusals(path, refusal))
    if file is None:
        return Beside(path, saved=saved, refusal=refusal, refusals=refusals)
    known, newest = notes.recall(file.header.vault_id), None
    if known is not None and known != (file.header.generation, file.checksum.hex()):
        newest = known[0] if known[0] >= file.header.generation else None
    return Beside(path, file.header, saved, refusal, refusals, newest, tuple(_copies(path, file)))


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
    for ending in (".bak", ".lock", ".journal", ".journal.lock"):
        try:
            with Folder(folder) as opened:
                opened.ends(f"{name}{ending}", 0, 0)
        except Missing:
            pass
        except VaultError as error:
            if str(error) != str(own):  # the folder's own fault is met each time
                yield error


def _copies(path: str, file: VaultFile) -> list[Copy]:
    folder, name = os.path.split(path)
    try:
        entries = sorted(os.listdir(folder))
    except OSError:
        return []
    found = []
    for entry in entries:
        kind, full = _kind(entry, name), os.path.join(folder, entry)
        if not kind or os.path.islink(full) or not os.path.isfile(full):
            continue
        other = None if kind == "journal" else _parsed(full)
        if other is not None and other.header.vault_id == file.header.vault_id:
            header = other.header
            found.append(Copy(full, kind, header.generation, header.epoch, other.raw == file.raw))
        elif kind in ("journal", "leftover") or (other is None and "conflict" in entry.lower()):
            found.append(Copy(full, kind))
    return found


def _kind(entry: str, name: str) -> str:
    """What a file is to the vault *name*, by its own name; empty: nothing to look at.

    As sync tools name what they set aside, for ``default.vault``: ``default (conflicted copy …).vault``
    Dropbox, Nextcloud; ``default.sync-conflict-….vault`` Syncthing; ``default-HOST.vault`` OneDrive;
    ``default (1).vault`` Google Drive; ``default 2.vault`` iCloud. Another vault may be named so, too.
    """
    stem, ending = os.path.splitext(name)
    if entry == f"{name}.bak":
        return "previous"
    if entry.startswith(f".{name}.") and entry.endswith(".tmp"):
        return "leftover"
    if entry == name:
        return ""
    if ".journal" in entry:
        return "journal" if entry.startswith(stem) and "conflict" in entry.lower() else ""
    if entry.startswith(f"{name}.replaced-"):
        return "replaced"
    if entry.startswith(f"{stem}.") and ".save-" in entry:
        return "backup"
    if not ending or not entry.endswith(ending):
        return ""
    marked = entry.startswith(stem) and (entry[len(stem)] in " -_(" or "conflict" in entry.lower())
    return "conflict" if marked else "copy"
