"""Key pairs made here: what is kept, what is shown, what completes them."""

from __future__ import annotations

import pytest
from conftest import NOW, okx_credential

from vault.base.secret import Secret
from vault.credential import private_keys
from vault.credential.credential import Credential
from vault.errors import InvalidCredential
from vault.exchanges import keypair, profiles

KINDS = [(name, kind) for name in profiles.names() for kind in profiles.load(name).keygen]


@pytest.mark.parametrize(("exchange", "kind"), KINDS)
def test_what_is_made_is_what_the_exchange_takes(exchange: str, kind: str) -> None:
    """A whole private key of that kind, in the field for it, and nothing looks wrong about it."""
    profile = profiles.load(exchange)
    made = keypair.make(profile, kind, NOW)
    [(field, value)] = made.fields.items()
    assert kind == private_keys.kind(value)
    assert [] == profile.remarks(field, value)


def test_the_usual_kind_is_made_when_none_is_named() -> None:
    """The first of its profile."""
    binance = profiles.load("binance")
    assert binance.keygen[0] == private_keys.kind(next(iter(keypair.make(binance, "", NOW).fields.values())))


@pytest.mark.parametrize(("exchange", "kind"), [("okx", ""), ("generic", ""), ("binance", "secp256k1")])
def test_a_key_that_the_exchange_does_not_take_is_not_made(exchange: str, kind: str) -> None:
    """It would be of no use, and its owner would find out too late."""
    with pytest.raises(InvalidCredential):
        keypair.make(profiles.load(exchange), kind, NOW)


@pytest.mark.promise(13)
@pytest.mark.parametrize(("exchange", "kind"), KINDS)
def test_the_public_half_holds_nothing_of_the_private_one(exchange: str, kind: str) -> None:
    """No line of the one is in the other."""
    profile = profiles.load(exchange)
    made = keypair.make(profile, kind, NOW)
    public = keypair.public_half(profile, made.fields)
    secret = next(iter(made.fields.values())).reveal()
    assert [] == [line for line in secret.splitlines() if line in public and not line.startswith("-----")]
    assert public.startswith(("-----BEGIN PUBLIC KEY-----", "0x"))


def pending() -> Credential:
    made = keypair.make(profiles.load("binance"), "", NOW)
    return Credential("b", "binance", made.fields, created=NOW, state="pending")


def test_a_pair_waits_for_the_exchange() -> None:
    """The API key is lacking; whatever is optional is not."""
    binance = profiles.load("binance")
    assert ["api_key"] == keypair.lacking(binance, pending().fields)
    assert keypair.is_unanswered(pending(), binance)
    assert not keypair.is_unanswered(okx_credential(), profiles.load("okx"))


def test_the_answer_completes_it() -> None:
    """It is active then, and as old as its answer."""
    done = keypair.answered(pending(), {"api_key": Secret("k")}, NOW + 5)
    assert ("active", NOW + 5, {"api_key", "secret_key"}) == (done.state, done.created, set(done.fields))
    assert not keypair.is_unanswered(done, profiles.load("binance"))


def test_the_answer_completes_a_successor() -> None:
    """The credential's own values stay until it is committed."""
    binance = profiles.load("binance")
    whole = keypair.answered(pending(), {"api_key": Secret("old")}, NOW)
    staged = whole.stage(keypair.make(binance, "", NOW))
    assert keypair.is_unanswered(staged, binance)
    done = keypair.answered(staged, {"api_key": Secret("new")}, NOW + 5)
    assert Secret("old") == done.fields["api_key"]
    assert done.staged
    assert Secret("new") == done.staged.fields["api_key"]


def test_an_answer_needs_a_pair() -> None:
    """A credential without one is not changed."""
    with pytest.raises(InvalidCredential):
        keypair.answered(okx_credential(), {"api_key": Secret("k")}, NOW)


def test_a_successor_keeps_what_is_public() -> None:
    """The account that a wallet's agent acts for does not change with the agent."""
    hyperliquid = profiles.load("hyperliquid")
    before = {"wallet_address": Secret("0x" + "ab" * 20), "private_key": Secret("0x" + "cd" * 32)}
    made = keypair.make(hyperliquid, "", NOW, before)
    assert before["wallet_address"] == made.fields["wallet_address"]
    assert before["private_key"] != made.fields["private_key"]
    assert [] == keypair.lacking(hyperliquid, made.fields)
