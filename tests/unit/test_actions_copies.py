"""A copy is planned, and made or put back once the password is there; the differences are said."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import NOW, PASSWORD, okx_credential

from vault import Secret, Vault
from vault.actions import copies
from vault.errors import RestoreRefused

SECRET = Secret(PASSWORD)


@pytest.fixture
def copy(opened: Vault, path: Path, tmp_path: Path) -> str:
    """A copy of the vault, which has since been saved with one more credential."""
    made = copies.backup(str(path), str(tmp_path), NOW)(SECRET)
    with opened:
        opened.add(okx_credential("second"))
        opened.save()
    return str(made.facts["path"])


def test_a_backup_says_what_it_holds(path: Path, tmp_path: Path, remembered_kdf: None) -> None:
    """And nothing besides, if all went well."""
    made = copies.backup(str(path), str(tmp_path), NOW)(SECRET)
    assert f"{made.facts['path']}: save 2, 1 credential; read back, compared and unlocked" == made.said
    assert (2, 1, None, ()) == (
        made.facts["generation"], made.facts["credentials"], made.facts["journal"], made.remarks
    )  # fmt: skip


def test_a_later_vault_is_not_replaced(path: Path, copy: str) -> None:
    """Before the password is asked for; a dry run replaces nothing."""
    with pytest.raises(RestoreRefused):
        copies.restore(str(path), copy, NOW)
    done = copies.restore(str(path), copy, NOW, dry_run=True)(SECRET)
    assert "the copy opens: save 2, 1 credential" == done.said
    assert ("not in the copy: second",) == done.remarks


def test_a_later_vault_is_replaced_on_purpose(path: Path, copy: str) -> None:
    """And kept beside the copy."""
    done = copies.restore(str(path), copy, NOW, older=True)(SECRET)
    assert f"restored {path}: save 2, 1 credential" == done.said
    assert (("second",), (), ()) == tuple(done.facts[key] for key in ("missing", "again", "altered"))
    assert Path(done.facts["kept"]).is_file()
