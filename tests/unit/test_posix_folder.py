"""Where the folders of a user are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vault import system

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux")


@linux_only
@pytest.mark.parametrize("given", [True, False], ids=["variable", "home"])
@pytest.mark.parametrize("place", ["data", "state"])
def test_the_places_are_those_of_platformdirs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, given: bool
) -> None:
    """With and without the variables of the XDG Base Directory Specification."""
    platformdirs = pytest.importorskip("platformdirs")
    if not given:
        monkeypatch.delenv("XDG_DATA_HOME")
        monkeypatch.delenv("XDG_STATE_HOME")
    dirs = platformdirs.PlatformDirs("coldvault", appauthor=False)
    assert getattr(dirs, f"user_{place}_dir") == getattr(system, f"{place}_home")()


@linux_only
@pytest.mark.parametrize("value", ["", "relative", "./here", "~/there"])
def test_a_relative_place_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str) -> None:
    """The specification: all paths must be absolute, others are invalid."""
    monkeypatch.setenv("XDG_DATA_HOME", value)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert str(tmp_path / ".local" / "share" / "coldvault") == system.data_home()
