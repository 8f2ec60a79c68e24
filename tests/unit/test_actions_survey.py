"""Credentials as every face shows them: with their use and their next deadline, without a value."""

from __future__ import annotations

import json

from conftest import NOW, OKX

from vault import Vault
from vault.actions.survey import survey
from vault.credential.credential import Values
from vault.journal.journal import Entry, Journal


def test_its_use_and_its_deadline_stand_beside_it(opened: Vault) -> None:
    """The deadline that its owner set is not an estimate."""
    at = NOW + 60
    Journal.of(opened).append(Entry(at, "run", ("okx-main",), program="/bin/bot", folder="/srv"))
    credential = opened.get("okx-main").changed(expires=NOW + 86400)
    (found,) = survey(opened, [credential], NOW)
    assert (at, NOW + 86400) == (found.used.last, found.due and found.due.at)
    plain = found.plain()
    assert ("expires: the date on record", False) == (plain["due_because"], plain["due_is_estimate"])
    assert [("/bin/bot", "/srv")] == [(use["program"], use["folder"]) for use in plain["used_by"]]


def test_its_plain_form_has_no_value(opened: Vault) -> None:
    """Neither of the present key, nor of its successor, nor of the previous one."""
    credential = opened.get("okx-main")
    staged = credential.stage(Values(credential.fields, NOW)).commit(NOW + 1)
    text = json.dumps(survey(opened, [staged.stage(Values(credential.fields, NOW))], NOW)[0].plain())
    assert [] == [value for value in OKX.values() if value in text]
