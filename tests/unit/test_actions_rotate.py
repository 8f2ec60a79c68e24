"""A successor is staged, tried, and takes the place of the values; key pairs are completed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import NOW, OKX

import vault
from vault.actions import journal, keygen, rotate
from vault.credential.credential import Values
from vault.errors import CredentialExists, CredentialNotFound, InvalidCredential, JournalError

if TYPE_CHECKING:
    from pathlib import Path

VALUES = Values({name: vault.Secret(f"{value}1") for name, value in OKX.items()}, NOW)


def test_a_rotation_asks_for_all_fields(opened: vault.Vault) -> None:
    """And begins at the exchange."""
    begun = rotate.begin(opened, "okx-main")
    assert list(OKX) == begun.wanted
    assert begun.steps[0].startswith("make the new key at ")


def test_a_successor_whose_day_has_passed_is_said(opened: vault.Vault) -> None:
    """As of a new credential."""
    saved = rotate.stage("okx-main", VALUES.changed(expires=NOW)).save(opened)
    assert ("it has ended by its own date, 2026-09-21",) == saved.warnings


def test_a_second_successor_is_refused_before_anything_is_typed(opened: vault.Vault) -> None:
    """One at a time."""
    rotate.stage("okx-main", VALUES).save(opened)
    with pytest.raises(CredentialExists):
        rotate.begin(opened, "okx-main")


def test_a_successor_takes_the_place_of_the_values(opened: vault.Vault) -> None:
    """Then it is said what is left to do; the old values are kept until they are dropped."""
    staged = rotate.stage("okx-main", VALUES).save(opened)
    assert "does it work? vault verify okx-main --next" == staged.steps[0]
    saved = rotate.commit(opened, "okx-main", NOW + 1).save(opened)
    assert (VALUES.fields, ()) == (saved.credential.fields, saved.warnings)
    assert saved.steps[-1].endswith("vault rotate okx-main --forget")
    assert rotate.forget(opened, "okx-main", NOW + 2).save(opened).credential.previous is None
    assert ["rotate"] * 3 == [entry.did for entry in journal.read(opened).entries]


def test_values_that_were_still_kept_are_told_of(opened: vault.Vault) -> None:
    """A commit drops the previous values of the one before."""
    for end in "12":
        values = {name: vault.Secret(value + end) for name, value in OKX.items()}
        rotate.stage("okx-main", Values(values, NOW)).save(opened)
        saved = rotate.commit(opened, "okx-main", NOW + 1).save(opened)
    assert ("the values before those were still kept, and are dropped now",) == saved.warnings


def test_a_successor_can_be_dropped(opened: vault.Vault) -> None:
    """The values stay; without one, there is nothing to drop."""
    rotate.stage("okx-main", VALUES).save(opened)
    assert rotate.abort(opened, "okx-main", NOW).save(opened).credential.staged is None
    with pytest.raises(CredentialNotFound):
        rotate.abort(opened, "okx-main", NOW).save(opened)


def test_a_commit_is_said_although_the_journal_cannot_be_read(opened: vault.Vault, path: Path) -> None:
    """It is saved; which programs to restart is not known."""
    rotate.stage("okx-main", VALUES).save(opened)
    file = path.with_name(f"{path.name}.journal")
    file.unlink()
    file.mkdir()
    with pytest.raises(JournalError):
        journal.read(opened)
    saved = rotate.commit(opened, "okx-main", NOW).save(opened)
    assert (2, ()) == (len(saved.warnings), saved.steps)


# --- key pairs ------------------------------------------------------------------------------------------


def test_a_new_pair_awaits_an_answer(opened: vault.Vault) -> None:
    """It is saved first; what the exchange answers makes it usable."""
    target = keygen.find(opened, "binance-main", "binance")
    saved = keygen.make(target, "", {}, NOW).save(opened)
    pair = keygen.pair_of(saved.credential, target.profile)
    assert ("pending", ["api_key"]) == (saved.credential.state, pair.lacking)
    assert "-----BEGIN PUBLIC KEY-----" in pair.public
    assert keygen.find(opened, "binance-main").unanswered
    done = keygen.answer("binance-main", {"api_key": vault.Secret("a1B2" * 16)}, NOW + 1).save(opened)
    assert ("active", ()) == (done.credential.state, done.steps)
    assert not keygen.find(opened, "binance-main").unanswered


def test_a_pair_of_a_credential_that_is_there_is_its_successor(opened: vault.Vault) -> None:
    """As with rotate: it is not committed before it is complete."""
    keygen.make(keygen.find(opened, "b", "binance"), "", {}, NOW).save(opened)
    first, answer = ({"api_key": vault.Secret(text * 16)} for text in ("a1B2", "c3D4"))
    keygen.answer("b", first, NOW).save(opened)
    staged = keygen.make(keygen.find(opened, "b"), "", {}, NOW + 1).save(opened)
    assert staged.credential.staged is not None
    with pytest.raises(InvalidCredential):
        rotate.commit(opened, "b", NOW + 2).save(opened)
    with pytest.raises(InvalidCredential, match="holds already"):
        keygen.answer("b", first, NOW + 2).save(opened)
    done = keygen.answer("b", answer, NOW + 2).save(opened)
    assert any("--commit" in step for step in done.steps)
    rotate.commit(opened, "b", NOW + 3).save(opened)
