"""Owners and access lists of Windows, on a simulated system."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from simulated_windows import (  # noqa: F401  (fixtures)
    EVERYONE,
    FROM_WINE,
    ME,
    STRANGER,
    System,
    fake_folder,
    fake_place,
    fake_win,
    grant_list,
)

from vault import errors
from vault.system.windows import rights
from vault.system.windows.folder import Folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a simulation on POSIX files")


def test_new_files_are_for_their_owner_and_the_system_only(win: System) -> None:
    made = rights.private()
    assert (ME, [(0x1F01FF, ME), (0x1F01FF, rights.SYSTEM)]) == rights.grants(made)
    assert 0x1000 & struct.unpack_from("<H", made, 2)[0]  # protected: nothing comes from above


def test_rights_that_another_system_wrote_down_are_understood() -> None:
    owner, granted = rights.grants(FROM_WINE)
    assert "S-1-5-21-0-0-0-1000" == rights.sid_text(owner)
    expected = [(0x1F01FF, "S-1-5-18"), (0x1F01FF, "S-1-5-21-0-0-0-1000")]
    assert expected == [(mask, rights.sid_text(sid)) for mask, sid in granted]


def test_a_file_of_somebody_else_is_refused(win: System, folder: Folder, place: Path) -> None:
    folder.write("a", b"x")
    win.rights[(place / "a").stat().st_ino] = grant_list(STRANGER, (0, 0, 0x1F01FF, ME))
    with pytest.raises(errors.InsecureFile, match="another user"):
        folder.read("a", 10)


@pytest.mark.parametrize(
    "granted",
    [
        grant_list(ME, (0, 0, 0x1F01FF, ME), (0, 0, 0x120089, STRANGER)),
        grant_list(ME, (0, 0x10, 0x1, EVERYONE)),
        grant_list(ME, (5, 0, 0x1F01FF, bytes((3, 0, 0, 0)) + bytes(32) + ME)),  # its SID comes later
        grant_list(ME, (9, 0, 0x1F01FF, STRANGER)),  # a condition stands behind the SID
        grant_list(ME, present=False),
    ],
    ids=["one reader", "everyone, inherited", "object", "conditional", "no list at all"],
)
def test_a_file_that_is_open_to_others_is_refused(
    win: System, folder: Folder, place: Path, granted: bytes
) -> None:
    folder.write("a", b"x")
    win.rights[(place / "a").stat().st_ino] = granted
    with pytest.raises(errors.InsecureFile, match="open to other users"):
        folder.read("a", 10)


def test_the_hint_names_the_file_its_owner_and_the_others(win: System, folder: Folder, place: Path) -> None:
    folder.write("a", b"x")
    both = grant_list(ME, (0, 0, 1, STRANGER), (0, 0, 1, EVERYONE))
    win.rights[(place / "a").stat().st_ino] = both
    with pytest.raises(errors.InsecureFile) as caught:
        folder.read("a", 10)
    grants = "/inheritance:r /grant:r *S-1-5-21-1-2-3-1001:F /remove:g *S-1-1-0 *S-1-5-21-1-2-3-1002"
    assert f'icacls "{place}/a" {grants}' == caught.value.hint


@pytest.mark.parametrize(
    "granted",
    [
        grant_list(rights.ADMINISTRATORS, (0, 0, 0x1F01FF, ME)),
        grant_list(ME, *((0, 0x10, 0x1F01FF, sid) for sid in (rights.SYSTEM, rights.ADMINISTRATORS, ME))),
        grant_list(ME, (0, 0, 0x1F01FF, rights.OWNER_RIGHTS)),
        grant_list(ME, (1, 0, 0x1F01FF, STRANGER), (0, 0, 0x1F01FF, ME)),  # to deny is not to grant
    ],
    ids=["made in an elevated shell", "a profile's default", "owner rights", "denied"],
)
def test_what_only_owner_system_and_administrators_open_is_accepted(
    win: System, folder: Folder, place: Path, granted: bytes
) -> None:
    folder.write("a", b"x")
    win.rights[(place / "a").stat().st_ino] = granted
    assert b"x" == folder.read("a", 10)
