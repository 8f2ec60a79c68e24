"""Changes of one credential: made in the newest vault, noted, and kept until they are saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW, OKX, PASSWORD

import vault
from vault.actions import change, facts, journal, saving
from vault.actions.saving import Change
from vault.errors import (
    Cancelled,
    CredentialExists,
    CredentialNotFound,
    InvalidCredential,
    NotDurable,
    StoreError,
    VaultExists,
    WrongPassword,
)
from vault.exchanges import profiles

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = profiles.load("okx")
FIELDS = {name: vault.Secret(value) for name, value in OKX.items()}


def addition(name: str = "second") -> Change:
    return change.add(name, PROFILE, FIELDS, {"tags": ("grid",)}, NOW)


def edit(name: str, given: dict[str, Any], now: int = NOW) -> Change:
    return change.edit(name, given, now)


def reopened(path: Path) -> vault.Vault:
    return vault.open(path).unlock(vault.Secret(PASSWORD))


def refuse(opened: vault.Vault, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let the next saves of *opened* end with *error*."""

    def save(_self: vault.Vault) -> None:
        raise error

    monkeypatch.setattr(vault.Vault, "save", save)


def test_an_addition_is_saved_and_noted(opened: vault.Vault, path: Path) -> None:
    """With what is known about it."""
    saved = addition().save(opened)
    assert (saved.credential, ()) == (reopened(path).get("second"), saved.warnings)
    assert ("grid",) == saved.credential.tags
    assert [("add", ("second",))] == [(e.did, e.names) for e in journal.read(opened).entries]


def test_a_change_is_made_to_the_newest_vault(opened: vault.Vault, path: Path) -> None:
    """What others saved meanwhile stays."""
    edit("okx-main", {"account": "desk 1"}, NOW).save(reopened(path))
    saved = edit("okx-main", {"note": "grid bot"}, NOW + 1).save(opened)
    assert ("desk 1", "grid bot", NOW + 1) == (
        saved.credential.account, saved.credential.note, saved.credential.updated)  # fmt: skip


def test_a_removal_returns_what_was_removed(opened: vault.Vault, path: Path) -> None:
    """A change without a state."""
    saved = Change("okx-main", "remove").save(opened)
    assert "okx-main" == saved.credential.name
    assert [] == reopened(path).credentials


@pytest.mark.parametrize(
    "changed",
    [addition(), edit("okx-main", {"note": "x"}, NOW), Change("okx-main", "remove")],
    ids=["added", "edited", "removed"],
)
def test_a_change_that_fails_leaves_the_vault_as_it_was(
    opened: vault.Vault, monkeypatch: pytest.MonkeyPatch, changed: Change
) -> None:
    """In memory too: it can be saved again, once the disk works."""
    before = opened.credentials
    with monkeypatch.context() as patched:
        refuse(opened, patched, StoreError("the disk is full"))
        with pytest.raises(StoreError):
            changed.save(opened)
    assert before == opened.credentials
    changed.save(opened)
    assert before != opened.credentials


def test_what_was_not_confirmed_stays(opened: vault.Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands in the file, and so in memory."""
    refuse(opened, monkeypatch, NotDurable("not confirmed"))
    with pytest.raises(NotDurable):
        addition().save(opened)
    assert ["okx-main", "second"] == [credential.name for credential in opened.credentials]


def test_a_taken_name_can_be_changed(opened: vault.Vault) -> None:
    """The values are those that were typed."""
    addition("okx-main").renamed("other")
    with pytest.raises(CredentialExists):
        addition("okx-main").save(opened)
    saved = addition("okx-main").renamed("other").save(opened)
    assert ("other", FIELDS) == (saved.credential.name, saved.credential.fields)
    with pytest.raises(InvalidCredential):
        addition().renamed("Not A Name")


def test_a_change_can_be_saved_in_a_copy(opened: vault.Vault, path: Path, tmp_path: Path) -> None:
    """The vault's own file stays; a copy is never replaced."""
    before = path.read_bytes()
    copy = tmp_path / "copy.vault"
    with pytest.raises(VaultExists):
        addition().save_copy(opened, str(path))
    addition().save_copy(opened, str(copy))
    assert before == path.read_bytes()
    copied = vault.open(copy).unlock(vault.Secret(PASSWORD))
    assert FIELDS == copied.get("second").fields


@pytest.mark.parametrize(
    ("error", "retriable"),
    [(StoreError, True), (WrongPassword, True), (VaultExists, True), (NotDurable, False),
     (CredentialExists, False), (Cancelled, False)],
)  # fmt: skip
def test_a_person_can_mend_some_causes(error: type[vault.VaultError], retriable: bool) -> None:
    """The disk, the file and the password; not what the change itself asks for."""
    assert retriable == saving.is_retriable(error("no"))


def test_steps_that_cannot_be_told_do_not_hide_the_save(opened: vault.Vault) -> None:
    """The person is told that it is saved, and what is unknown."""

    def steps(_opened: vault.Vault, _credential: vault.Credential) -> list[str]:
        raise StoreError("the journal cannot be read")

    saved = addition().changed(steps=steps, warnings=("look",)).save(opened)
    assert (("the journal cannot be read", "look"), ()) == (saved.warnings, saved.steps)


def test_a_name_that_is_taken_is_seen_beforehand(opened: vault.Vault) -> None:
    """Before anything is typed."""
    opened.payload.check_free("second")
    with pytest.raises(CredentialExists):
        opened.payload.check_free("okx-main")
    with pytest.raises(CredentialNotFound):
        edit("second", {}, NOW).save(opened)


# --- facts ----------------------------------------------------------------------------------------------


def test_facts_are_fields_of_a_credential() -> None:
    """In the order in which they are kept."""
    given = {"permissions": ("trade", "read", "read"), "tags": ("b", "a"), "environment": "demo", "ips": ()}
    wanted = {"permissions": ("read", "trade"), "tags": ("a", "b"), "demo": True, "testnet": False, "ips": ()}
    assert wanted == facts.read(given, PROFILE, NOW)


@pytest.mark.parametrize(
    "given",
    [
        {"ips": ("203.0.113.7.1",)},
        {"permissions": ("read", "none")},
        {"variables": {"api_key": "LD_PRELOAD"}},
        {"only_for": ("no-such-program",)},
        {"environment": "testnet"},
        {"region": "mars"},
        {"issued": NOW + 601},
        {"preset": "no-such-client"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_facts_that_cannot_be_are_refused(given: dict[str, Any]) -> None:
    """Each by its own rule."""
    with pytest.raises(vault.VaultError):
        facts.read(given, PROFILE, NOW)


def test_a_client_that_misreads_a_value_is_told_of() -> None:
    """With the field's label; a client without a preset is not."""
    fields = {"secret_key": vault.Secret("12345678")}
    (warning,) = facts.client_warnings(PROFILE, "freqtrade", fields)
    assert warning.startswith(f"{PROFILE.field('secret_key').label}: ")
    assert [] == facts.client_warnings(PROFILE, "", fields)
