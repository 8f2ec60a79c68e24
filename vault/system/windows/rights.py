"""Who may open a file: owners and access lists, as MS-DTYP writes them down."""

from __future__ import annotations

import struct

from ...errors import InsecureFile
from . import api


def make_sid(authority: int, *parts: int) -> bytes:
    """Return a SID in its binary form, MS-DTYP 2.4.2.2."""
    return bytes((1, len(parts))) + authority.to_bytes(6, "big") + struct.pack(f"<{len(parts)}I", *parts)


def sid_at(data: bytes, at: int) -> bytes:
    """Return the SID that begins at byte *at*."""
    return data[at : at + 8 + 4 * data[at + 1]]


def sid_text(sid: bytes) -> str:
    """Return a SID as Windows shows it, ``S-1-…``."""
    parts = struct.unpack_from(f"<{(len(sid) - 8) // 4}I", sid, 8)
    return "-".join(map(str, ("S", sid[0], int.from_bytes(sid[2:8], "big"), *parts)))


SYSTEM = make_sid(5, 18)
ADMINISTRATORS = make_sid(5, 32, 544)  # may take anything over anyway, and own what an elevated shell makes
OWNER_RIGHTS = make_sid(3, 4)
# Everyone, Network, Interactive, Anonymous, Authenticated Users, Users, Guests: "Well-known SIDs".
EVERYBODY = {
    make_sid(1, 0),
    *(make_sid(5, n) for n in (2, 4, 7, 11)),
    make_sid(5, 32, 545),
    make_sid(5, 32, 546),
}
_FULL = 0x1F01FF  # FILE_ALL_ACCESS
# FILE_DELETE_CHILD, WRITE_DAC, WRITE_OWNER, GENERIC_ALL: what lets somebody take away another's file.
# Only to add files is what the sticky bit leaves on POSIX, and usual outside of users' own folders.
TAKES_AWAY = 0x40 | 0x40000 | 0x80000 | 0x10000000


def private(*, folder: bool = False) -> bytes:
    """Return the rights of a file that is ours alone: nothing inherited, the user and SYSTEM only.

    The owner is named, for otherwise an elevated shell makes the Administrators the owner.
    """
    user, flags = api.user_sid(), 0x3 if folder else 0  # OBJECT_INHERIT_ACE, CONTAINER_INHERIT_ACE
    sids = (user, SYSTEM)
    entries = b"".join(struct.pack("<BBHI", 0, flags, 8 + len(sid), _FULL) + sid for sid in sids)
    entries = struct.pack("<BBHHH", 2, 0, 8 + len(entries), len(sids), 0) + entries
    control = 0x8000 | 0x1000 | 0x4  # SE_SELF_RELATIVE, SE_DACL_PROTECTED, SE_DACL_PRESENT
    return struct.pack("<BBHIIII", 1, 0, control, 20, 0, 0, 20 + len(user)) + user + entries


def grants(security: bytes) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Return the owner, and the rights and SID of each who is granted something."""
    control, owner, _, _, at = struct.unpack_from("<HIIII", security, 2)
    if not control & 0x4 or not at:  # no list means no limits
        return sid_at(security, owner), [(_FULL, make_sid(1, 0))]
    (count,), found = struct.unpack_from("<H", security, at + 4), []
    at += 8
    for _ in range(count):
        kind, flags, size, mask = struct.unpack_from("<BBHI", security, at)
        # Not what denies, nor what is for others to inherit. An entry of a kind with more before its
        # SID seems to have a SID that nobody has: it is refused, which is the safe side.
        if kind not in (1, 6, 10, 12) and not flags & 0x8 and mask:
            found.append((mask, sid_at(security, at + 8)))
        at += size
    return sid_at(security, owner), found


def refuse_others(descriptor: int, path: str) -> None:
    """Raise InsecureFile if the file belongs to another user, or others may open it."""
    user = api.user_sid()
    owner, granted = grants(api.security(descriptor))
    if owner not in (user, ADMINISTRATORS):
        hint = f'run as its owner, or make it yours: takeown /f "{path}"'
        raise InsecureFile(f"{path} belongs to another user ({sid_text(owner)})", hint=hint)
    trusted = (user, SYSTEM, ADMINISTRATORS, OWNER_RIGHTS)
    others = sorted({sid_text(sid) for _, sid in granted if sid not in trusted})
    if others:
        hint = f'icacls "{path}" /inheritance:r /grant:r *{sid_text(user)}:F /remove:g *{" *".join(others)}'
        raise InsecureFile(f"{path} is open to other users ({', '.join(others)})", hint=hint)
