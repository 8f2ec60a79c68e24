"""The place of a file: a synced folder, a git work tree, a network disk."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

from ..base.record import Record

# Types of file systems; those of FUSE without their common beginning. The last is what Windows says.
_KERNEL = ("9p", "afs", "beegfs", "ceph", "cifs", "davfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs")
_FUSE = ("cephfs", "davfs2", "gcsfuse", "glusterfs", "onedriver", "rclone", "s3fs", "sshfs")
NETWORK = {*_KERNEL, *(f"fuse.{name}" for name in _FUSE), "network drive"}

# Files in a folder that a service syncs, and names of such a folder, in lower case.
_MARKERS = {
    ".dropbox.cache": "Dropbox",
    ".849c9593-d756-4e56-8d6e-42412f2a707b": "OneDrive",
    ".tmp.drivedownload": "Google Drive",
    ".tmp.driveupload": "Google Drive",
    ".stfolder": "Syncthing",
    ".nextcloudsync.log": "Nextcloud",
    ".owncloudsync.log": "ownCloud",
}
_FOLDERS = {
    "dropbox": "Dropbox",
    "onedrive": "OneDrive",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "mobile documents": "iCloud",  # ~/Library/Mobile Documents, on a Mac
    "icloud drive": "iCloud",
    "iclouddrive": "iCloud",
    "nextcloud": "Nextcloud",
    "owncloud": "ownCloud",
}


class Place(Record):
    """The place of a file.

    Attributes:
        path: with its links resolved.
        file_system: its type; empty if unknown.
        above: the names in each folder from its own up to the root; empty where they cannot be listed.
        tracked: whether git tracks it; None if unknown, or without a work tree.
        ignored: .gitignore names it.
    """

    path: str
    file_system: str = ""
    above: Mapping[str, Collection[str]] = {}
    tracked: bool | None = None
    ignored: bool = False


def synced(place: Place) -> tuple[str, str] | None:
    """Return the service that syncs a folder above, and that folder, or None."""
    for folder, names in place.above.items():
        for name in map(str.lower, names):
            if name in _MARKERS:
                return _MARKERS[name], folder
            if name.startswith((".sync_", "._sync_")) and name.endswith(".db"):
                return "Nextcloud", folder
        called = os.path.basename(folder).lower()
        for name, service in _FOLDERS.items():
            if called == name or called.startswith((f"{name} ", f"{name}-")):  # "OneDrive - Company"
                return service, folder
    return None


def work_tree(place: Place) -> str | None:
    """Return the root of the git work tree around a file; None outside of any."""
    return next((folder for folder, names in place.above.items() if ".git" in names), None)


def tracked(index: bytes, name: str) -> bool | None:
    """Return whether git's index has a file, by its path below the root; None if it cannot be read.

    As in gitformat-index(5): before a name stand its flags, whose low twelve bits are its length; if bit 14
    is set, two bytes more. Version 4 shortens names, and is not read.
    """
    if not index:
        return False  # nothing was ever added
    if index[:4] != b"DIRC" or index[4:8] not in (b"\0\0\0\2", b"\0\0\0\3"):
        return None
    wanted = os.fsencode(name.replace(os.sep, "/"))
    length, at = min(len(wanted), 0xFFF), -1
    while (at := index.find(wanted + b"\0", at + 1)) >= 0:
        flags, before = (int.from_bytes(index[at - n : at - n + 2], "big") for n in (2, 4))
        if flags & 0xFFF == length or (before & 0x4000 and before & 0xFFF == length):
            return True
    return False


def ignore_line(name: str) -> str:
    """Return a line of .gitignore for a file and the files beside it whose names begin with its own."""
    return f"/{name.replace(os.sep, '/')}*"


def end(place: Place) -> str | None:
    """Return when a file there is lost, as the end of a sentence; None if it lasts, as far as is known."""
    if place.file_system in ("tmpfs", "ramfs"):
        return "after a restart"
    if place.file_system == "overlay" and ".dockerenv" in place.above.get("/", ()):
        return "with its container"
    return None
