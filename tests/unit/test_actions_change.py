"""One credential is changed, kept from programs, or taken out; its own rules refuse."""

from __future__ import annotations

import pytest
from conftest import NOW, okx_credential

from vault import Vault
from vault.actions import change
from vault.errors import CredentialNotFound, InvalidCredential, StillUsed
from vault.journal.journal import Entry, Journal

LATER = NOW + 90 * 86400


def used(opened: Vault, at: int) -> None:
    """Note a run of ``okx-main`` at that time."""
    Journal.of(opened).append(Entry(at, "run", ("okx-main",), program="/bin/bot", folder="/srv"))


def test_a_disabled_one_is_enabled_again(opened: Vault) -> None:
    """Each time its date of change is kept."""
    disabled = change.disable("okx-main", LATER).save(opened).credential
    assert ("disabled", LATER) == (disabled.state, disabled.updated)
    assert "active" == change.enable("okx-main", LATER).save(opened).credential.state


def test_a_pair_without_its_api_key_is_not_enabled(opened: Vault) -> None:
    """It stays as it was."""
    opened.add(okx_credential("pair", state="pending"))
    with pytest.raises(InvalidCredential, match="no API key yet"):
        change.enable("pair", LATER).save(opened)
    assert "pending" == opened.get("pair").state


def test_an_edit_changes_what_it_names(opened: Vault) -> None:
    """The values stay."""
    edited = change.edit("okx-main", {"account": "desk"}, LATER).save(opened).credential
    assert okx_credential(account="desk", updated=LATER) == edited


def test_one_that_a_program_used_is_not_removed(opened: Vault) -> None:
    """For 30 days, to the second; the program is named."""
    used(opened, NOW)
    with pytest.raises(StillUsed, match="/bin/bot in /srv"):
        change.remove(opened, "okx-main", NOW + change.RECENT)
    change.remove(opened, "okx-main", NOW + change.RECENT + 1)


def test_it_is_removed_by_force(opened: Vault) -> None:
    """What is left to do at the exchange is said."""
    used(opened, NOW)
    removed = change.remove(opened, "okx-main", NOW, force=True).save(opened)
    assert [] == opened.credentials
    (step,) = removed.steps
    assert step.startswith("the key itself still works: delete it at https://")


def test_a_name_that_is_not_there_is_refused_before_anything_else(opened: Vault) -> None:
    """By force, too."""
    with pytest.raises(CredentialNotFound):
        change.remove(opened, "okx-mian", NOW, force=True)
