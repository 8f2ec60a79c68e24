"""A value is taken out of the vault, and the journal has it."""

from __future__ import annotations

import pytest
from conftest import OKX

from vault import Vault
from vault.actions import journal, value
from vault.errors import InvalidCredential, NoClipboard
from vault.system import clipboard


def test_a_value_that_is_shown_is_noted(opened: Vault) -> None:
    """With the name of its credential."""
    secret, warnings = value.reveal(opened, "okx-main", "api_key")
    assert (OKX["api_key"], ()) == (secret.reveal(), warnings)
    assert [("reveal", ("okx-main",))] == [(e.did, e.names) for e in journal.read(opened).entries]


def test_a_field_that_is_not_there_is_refused(opened: Vault) -> None:
    """The hint names those that are; nothing is noted."""
    with pytest.raises(InvalidCredential) as refused:
        value.reveal(opened, "okx-main", "secret")
    assert "it has: api_key, passphrase, secret_key" == refused.value.hint
    assert () == journal.read(opened).entries


def test_a_copy_that_fails_is_not_noted(opened: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clipboard did not take the value."""

    def refuse(_value: object) -> None:
        raise NoClipboard("no clipboard")

    monkeypatch.setattr(clipboard, "put", refuse)
    with pytest.raises(NoClipboard):
        value.copy(opened, "okx-main", value.find(opened, "okx-main", "api_key"))
    assert () == journal.read(opened).entries
