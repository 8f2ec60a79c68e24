"""One credential is changed, kept from programs, or taken out; its own rules refuse."""

from __future__ import annotations

import pytest
from conftest import NOW, okx_credential

from vault import Vault
from vault.actions import change
from vault.credential.credential import Values
from vault.errors import CredentialNotFound, InvalidCredential, StillUsed
from vault.exchanges import profiles
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


# --- times ----------------------------------------------------------------------------------------------


def test_a_day_that_has_passed_is_said(opened: Vault) -> None:
    """When a key is stored with it, and when it is noted later."""
    for changed in (
        change.edit("okx-main", {"expires": NOW - 1}, NOW),
        change.add("late", profiles.load("okx"), okx_credential().fields, {"expires": NOW}, NOW),
    ):
        assert ("it has ended by its own date, 2026-09-21",) == changed.save(opened).warnings
    assert () == change.edit("okx-main", {"expires": NOW + 1}, NOW).save(opened).warnings


def test_a_time_after_now_is_put_right_by_an_edit(opened: Vault) -> None:
    """It was stored by a wrong clock: no later than now."""
    values = Values(okx_credential().fields, LATER, issued=LATER, replaced=LATER)
    late = {"created": LATER, "issued": LATER, "updated": LATER, "staged": values, "previous": values}
    opened.replace(opened.get("okx-main").changed(**late))
    opened.save()
    edited = change.edit("okx-main", {"issued": NOW - 5}, NOW).save(opened).credential
    assert (NOW, NOW - 5, NOW) == (edited.created, edited.issued, edited.updated)
    right = Values(values.fields, NOW)
    assert (right, right) == (edited.staged, edited.previous)


def test_another_edit_leaves_times_alone(opened: Vault) -> None:
    """It may be this clock that is wrong, and behind."""
    long_ago = NOW - 20 * 365 * 86400
    edited = change.edit("okx-main", {"note": "grid"}, long_ago).save(opened).credential
    assert NOW == edited.created


def test_a_run_after_now_does_not_keep_a_key_for_ever(opened: Vault) -> None:
    """A removal goes by credible times."""
    used(opened, NOW + 400 * 86400)
    change.check_unused(opened, "okx-main", NOW)
    used(opened, NOW)
    with pytest.raises(StillUsed):
        change.check_unused(opened, "okx-main", NOW)
