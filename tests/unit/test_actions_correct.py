"""A value of the same key is corrected; a key that is in use is never advised to be deleted."""

from __future__ import annotations

import pytest
from conftest import NOW, OKX, okx_credential

import vault
from vault.actions import change, journal, review, rotate, survey
from vault.care.usage import usage_of
from vault.credential.credential import Values, same_key
from vault.errors import InvalidCredential
from vault.journal.journal import SUCCESSOR

RIGHT = {"passphrase": vault.Secret("Pass-Phrase-One")}
NEXT = {name: vault.Secret(f"{value}1") for name, value in OKX.items()}


def secrets(**changes: str) -> dict[str, vault.Secret]:
    return {name: vault.Secret(value) for name, value in {**OKX, **changes}.items()}


def told(opened: vault.Vault, now: int = NOW) -> str:
    """All that audit and exposure say."""
    exposed = review.exposure(opened, "okx-main", now)
    steps = [step for step in exposed.steps if "before anything else" not in step]
    found = [f"{finding.message} {finding.hint}" for finding in review.audit(opened, now, 0)]
    return "\n".join([*steps, *exposed.affected, *found])


# --- correct ----------------------------------------------------------------------------------------------


def test_a_corrected_value_takes_the_place_of_the_wrong_one(opened: vault.Vault) -> None:
    """The others stay, and those before are kept as the previous ones."""
    saved = change.correct("okx-main", RIGHT, NOW + 9).save(opened)
    assert secrets(passphrase="Pass-Phrase-One") == saved.credential.fields
    assert Values(secrets(), NOW, replaced=NOW + 9, corrected=True) == saved.credential.previous
    assert ["correct"] == [entry.did for entry in journal.read(opened).entries]


def test_a_corrected_key_is_as_old_as_it_was(opened: vault.Vault) -> None:
    """Its dates, its deadline and its uses stay."""
    opened.replace(opened.get("okx-main").changed(issued=NOW - 99, expires=NOW + 99, ips=()))
    opened.save()
    journal.note(opened, "verify", "okx-main")
    before = survey.survey(opened, opened.credentials, NOW)[0]
    after = change.correct("okx-main", RIGHT, NOW + 9).save(opened).credential
    assert (NOW, NOW - 99, NOW + 99) == (after.created, after.issued, after.expires)
    found = survey.survey(opened, opened.credentials, NOW)[0]
    assert (before.due, before.used) == (found.due, found.used)
    assert usage_of(journal.read(opened), after).verified is not None


def test_nothing_advises_to_delete_a_corrected_key(opened: vault.Vault) -> None:
    """Neither the steps, nor audit and exposure in later months, nor a commit of older times."""
    saved = change.correct("okx-main", RIGHT, NOW + 9).save(opened)
    assert (saved.steps, saved.credential.retired) == ((), None)
    later = told(opened, NOW + 8 * 86400)
    assert "the values of okx-main from before a correction" in later
    assert "once the key works: vault rotate okx-main --forget" in later
    assert "the key that it replaced" not in later


def test_a_correction_that_corrects_nothing(opened: vault.Vault) -> None:
    """The same value, or a field that it does not have, is refused."""
    with pytest.raises(InvalidCredential, match="holds these values already"):
        change.correct("okx-main", secrets(), NOW).save(opened)
    with pytest.raises(InvalidCredential, match="has no field 'otp'"):
        change.correct("okx-main", {"otp": vault.Secret("1")}, NOW).save(opened)
    with pytest.raises(InvalidCredential) as caught:
        change.correctable(opened, "okx-main", ["pass"])
    assert caught.value.hint == "it has: api_key, secret_key, passphrase"


def test_the_fields_to_correct(opened: vault.Vault) -> None:
    """Those that are named, each once; else all, in the exchange's order."""
    assert ["passphrase"] == change.correctable(opened, "okx-main", ["passphrase", "passphrase"])
    assert [*OKX] == change.correctable(opened, "okx-main", [])


def test_a_key_that_would_be_dropped_is_named(opened: vault.Vault) -> None:
    """There is one place for previous values: the key before this one would lose it."""
    assert change.loss(opened, "okx-main") == ""
    change.correct("okx-main", RIGHT, NOW).save(opened)
    assert change.loss(opened, "okx-main") == ""
    rotate.stage("okx-main", Values(NEXT, NOW)).save(opened)
    rotate.commit(opened, "okx-main", NOW).save(opened)
    assert change.loss(opened, "okx-main").startswith("the key that okx-main had before")


# --- the same key -----------------------------------------------------------------------------------------


def test_a_key_is_told_by_its_api_key() -> None:
    """A wallet by its private key; anything else by all of its values."""
    assert same_key(secrets(), secrets(passphrase="x"))
    assert not same_key(secrets(), secrets(api_key="x"))
    one, other = ({"wallet_address": vault.Secret("0xa"), "private_key": vault.Secret(key)} for key in "12")
    assert not same_key(one, other)
    assert same_key({"token": vault.Secret("1")}, {"token": vault.Secret("1")})
    assert not same_key({"token": vault.Secret("1")}, {"token": vault.Secret("2")})


def test_a_successor_is_another_key(opened: vault.Vault) -> None:
    """The present key, with or without another value, is refused by name; the way out is named."""
    for values in (secrets(), secrets(passphrase="other")):
        with pytest.raises(InvalidCredential, match="the key that okx-main holds already") as caught:
            rotate.stage("okx-main", Values(values, NOW)).save(opened)
        assert caught.value.hint.endswith("vault correct okx-main")
    assert opened.get("okx-main").staged is None


def test_another_credential_with_the_same_key_is_named(opened: vault.Vault) -> None:
    """As its values, its successor's or its previous ones."""
    assert change.twins(opened, "okx-main", secrets()) == []
    assert ["okx-main has the same key: give programs one name for it"] == change.twins(
        opened, "second", secrets(passphrase="other")
    )
    rotate.stage("okx-main", Values(NEXT, NOW)).save(opened)
    assert change.twins(opened, "second", NEXT) != []
    rotate.commit(opened, "okx-main", NOW).save(opened)
    assert change.twins(opened, "second", secrets()) != []


def test_a_key_that_another_credential_holds_is_not_to_be_deleted(opened: vault.Vault) -> None:
    """By the steps after a removal, a commit and an abort, and by audit."""
    with opened:
        opened.add(okx_credential("twin", fields=NEXT))
        opened.add(okx_credential("double"))
        opened.save()
    rotate.stage("okx-main", Values(NEXT, NOW)).save(opened)
    assert () == rotate.abort(opened, "okx-main", NOW).save(opened).steps
    rotate.stage("okx-main", Values(NEXT, NOW)).save(opened)
    steps = rotate.commit(opened, "okx-main", NOW).save(opened).steps
    assert "leave the old key at the exchange: double has the same one" in steps
    change.disable("double", NOW).save(opened)
    hints = [f.hint for f in review.audit(opened, NOW + 40 * 86400, 0) if f.name in ("okx-main", "double")]
    assert [] == [hint for hint in hints if hint.startswith("delete it")]
    removed = change.remove(opened, "double", NOW, force=True).save(opened)
    assert ("leave the key at the exchange: okx-main has the same one",) == removed.steps


def test_a_key_that_nothing_else_holds_is_to_be_deleted(opened: vault.Vault) -> None:
    """As ever."""
    rotate.stage("okx-main", Values(NEXT, NOW)).save(opened)
    assert (
        rotate.abort(opened, "okx-main", NOW).save(opened).steps[0].startswith("delete its key at https://")
    )
    rotate.stage("okx-main", Values(NEXT, NOW)).save(opened)
    steps = rotate.commit(opened, "okx-main", NOW).save(opened).steps
    assert any(step.startswith("delete the old key at https://") for step in steps)
    hints = [found.hint for found in review.audit(opened, NOW + 40 * 86400, 0)]
    assert any(hint.startswith("delete it at https://") for hint in hints)


# --- a successor that nothing has proved ------------------------------------------------------------------


def test_a_successor_is_proved_by_a_request(opened: vault.Vault) -> None:
    """One with it, since it was staged: neither one with the present key, nor at another address."""
    assert rotate.doubt(opened, "okx-main") == ""
    journal.note(opened, "verify", "okx-main", outcome=SUCCESSOR)
    rotate.stage("okx-main", Values(NEXT, 4_000_000_000)).save(opened)
    for outcome in ("ok", "elsewhere", "key-rejected", SUCCESSOR):
        journal.note(opened, "verify", "okx-main", outcome=outcome)
        assert (
            rotate.doubt(opened, "okx-main") == "no request has proved that the successor of okx-main works"
        )
    opened.replace(opened.get("okx-main").abort(NOW))
    rotate.stage("okx-main", Values(NEXT, NOW)).save(opened)
    assert rotate.doubt(opened, "okx-main") == ""
