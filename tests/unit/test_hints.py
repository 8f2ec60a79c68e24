"""Hints that are meant to be pasted."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from vault.errors import InsecureFile, ProgramNotExecutable
from vault.store.file import Store, way_back
from vault.system import find_program

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX rights and shells")

NAME = "it's my vault; rm -rf $HOME"


def words(hint: str, command: str) -> list[str]:
    """The words of the command in a hint, as a shell takes them."""
    return shlex.split(hint[hint.index(command) :])


def test_a_path_is_one_word(tmp_path: Path) -> None:
    """Whatever it has in it: blanks, quotes, or another command."""
    path = tmp_path / NAME
    assert ["vault", "restore", str(path)] == words(way_back(str(path)), "vault restore")
    path.write_bytes(b"")
    path.chmod(0o644)
    with pytest.raises(InsecureFile) as caught:
        Store(str(path)).read()
    assert ["chmod", "600", str(path)] == words(caught.value.hint, "chmod")
    path.chmod(0o600)
    with pytest.raises(ProgramNotExecutable) as refused:
        find_program(str(path), "")
    assert ["chmod", "+x", f"{path},"] == words(refused.value.hint, "chmod")[:3]


def test_a_folder_is_one_word(tmp_path: Path) -> None:
    """As well."""
    folder = tmp_path / NAME
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(InsecureFile) as caught:
        Store(str(folder / "a.vault"))
    assert ["chmod", "o-w", str(folder)] == words(caught.value.hint, "chmod")
