"""Every code of every profile becomes one sentence, one class of error and a next step."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import okx_credential

from vault import Secret, errors
from vault.exchanges import profiles
from vault.exchanges.profile import CAUSES, Profile
from vault.verify import refusals
from vault.verify.refusals import Asked

OKX = profiles.load("okx")
VERIFY = {name: profiles.load(name).verify for name in profiles.names()}
CODES = [(name, code) for name, verify in VERIFY.items() if verify for code in verify.errors]
CLASSES = {
    errors.KeyRejected: "environment expired frozen key passphrase region secret",
    errors.AddressRejected: "address",
    errors.ClockOff: "clock",
    errors.RateLimited: "rate locked",
    errors.PermissionMissing: "permission bind",
    errors.ExchangeError: "busy nonce request",
}


def asked(
    name: str = "okx", environment: str = "live", profile: Profile | None = None, **facts: Any
) -> Asked:
    """A request about a live credential without a region."""
    profile = profile or profiles.load(name)
    where = {environment: True} if environment != "live" else {}
    credential = okx_credential(**{"exchange": name, "ips": (), **where, **facts})
    assert profile.verify
    return Asked(profile, profile.verify, credential, "host.example")


def known(code: str, causes: tuple[str, ...], **changes: Any) -> errors.ExchangeError:
    """The error for *code* at an exchange that is like OKX, but that *code* has these causes there."""
    assert OKX.verify
    profile = OKX.changed(verify=OKX.verify.changed(errors={code: causes}))
    return refusals.refused(asked(profile=profile, **changes), 200, code, "")


@pytest.mark.parametrize(("name", "code"), CODES)
def test_a_known_code_is_a_sentence_and_a_next_step(name: str, code: str) -> None:
    """Of the class of its first cause; lower case or a name first, no full stop, the code at hand."""
    profile = profiles.load(name)
    error = refusals.refused(asked(name), 400, code, "Your IP 203.0.113.9 is not included.")
    causes = profile.verify.errors[code] if profile.verify else ()
    expected = [kind for kind, words in CLASSES.items() if causes[0] in words.split()]
    assert expected == [type(error)] or (causes[0] == "region" and "key" in causes)
    assert code in str(error)
    assert error.hint
    for text in (str(error), error.hint):
        assert not text.endswith(".")
        assert not re.search(r"[{}]|None|  ", text)
        assert text[0].islower() or text.startswith(profile.title)


def test_every_cause_has_its_words() -> None:
    """What a profile may say, this module can say; and the table above is of all of them."""
    assert set(CAUSES) == set(refusals.reasons())
    assert sorted(CAUSES) == sorted(word for words in CLASSES.values() for word in words.split())


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("environment", ["live", "demo", "testnet"])
def test_every_cause_in_every_environment(cause: str, environment: str) -> None:
    """Alone, and as the second of two."""
    alone = known("7", (cause,), environment=environment)
    assert alone.hint
    assert str(alone).endswith("(code 7)")
    both = known("7", ("busy", cause), environment=environment)
    assert type(both) is errors.ExchangeError
    if cause != "busy":
        assert "has 2 causes, most likely first: (1)" in str(both)
        assert "(2)" in both.hint


@pytest.mark.parametrize("code", ["59999", "HTTP 404", "EAPI:New thing"])
def test_an_unknown_code_says_so(code: str) -> None:
    """No cause is made up."""
    error = refusals.refused(asked(), 400, code, "")
    assert type(error) is errors.AnswerRefused
    assert f"{code}, which coldvault does not know" in str(error)


def test_too_many_requests_need_no_code() -> None:
    """HTTP 429 is one wherever it comes from."""
    assert type(refusals.refused(asked(), 429, "59999", "")) is errors.RateLimited


def test_a_site_is_named_where_there_are_several() -> None:
    """By the region of the credential, or the usual one; the environment where it is not the live one."""
    assert "OKX's global site" == asked().site
    assert "OKX's EEA site" == asked(region="eea").site
    assert "OKX's demo environment" == asked(environment="demo").site
    assert "Kraken" == asked("kraken").site
    assert "Deribit's test network" == asked("deribit", environment="testnet").site


def test_an_unknown_key_without_a_region() -> None:
    """The hint is the command that tries another site."""
    error = refusals.refused(asked(), 401, "50119", "")
    assert "OKX's global site knows no such key (code 50119)" == str(error)
    assert "this credential has no region" in error.hint
    assert "vault edit okx-main --region eea|us|tr" in error.hint
    assert "vault edit okx-main --demo" in error.hint


def test_an_unknown_key_of_a_region() -> None:
    """Its own is not among the sites to try."""
    hint = refusals.refused(asked(region="eea"), 401, "50119", "").hint
    assert "this credential is of the site eea" in hint
    assert "--region global|us|tr" in hint


@pytest.mark.parametrize(
    ("ips", "words"),
    [
        ((), "is not among the addresses that"),
        (("203.0.113.1",), "is not among the 1 that"),
        (("203.0.113.1",) * 5, "is not among the 5 that"),
    ],
)
def test_the_bound_addresses_are_counted(ips: tuple[str, ...], words: str) -> None:
    """As many as are recorded, of which the hint shows three."""
    error = refusals.refused(asked(ips=ips), 401, "50110", "Your IP 203.0.113.9 is not included")
    assert f"your address 203.0.113.9 {words} this key is bound to" in str(error)
    assert error.hint.count("203.0.113.1") == min(len(ips), 3)


@pytest.mark.parametrize(
    ("message", "address"),
    [
        ("Your IP 203.0.113.9 is not included in your API key's IP whitelist.", "203.0.113.9"),
        ("Invalid API-key, IP, or permissions for action, request ip: 203.0.113.9", "203.0.113.9"),
        ("Your IP 2001:db8::7 is not included", "2001:db8::7"),
        ("ip=203.0.113.9, seen as 203.0.113.9", "203.0.113.9"),
        ("from 203.0.113.9 or 198.51.100.1", ""),
        ("Unmatched IP, please check your API key's bound IP addresses.", ""),
        ("at 12:30:45 by v1.2.3", ""),
        ("999.1.2.3", ""),
        ("1.2.3.4.5.6", ""),
        ("x203.0.113.9y", ""),
        ("", ""),
        ("1:" * 200, ""),
        ("\x1b[31m", ""),
    ],
)
def test_an_address_in_a_message(message: str, address: str) -> None:
    """Only what is one IP address, and the only one."""
    assert address == refusals.caller_address(message)


def test_an_address_that_is_not_told() -> None:
    """The sentence does without it."""
    error = refusals.refused(asked(), 401, "50110", "Unmatched IP")
    assert "your address is not among the addresses that this key is bound to" in str(error)


@pytest.mark.promise(4)
def test_nothing_of_the_credential_is_repeated() -> None:
    """Not even if the exchange sends it back as its code."""
    secrets = (Secret("37c541a1-0b1c-4d2e-9f3a-10fe7a038418"), Secret("22582BD0CFF14C41EDBF1AB98506286D"))
    fields = dict(zip(("api_key", "secret_key"), secrets, strict=True))
    for secret in secrets:
        error = refusals.refused(asked(fields=fields), 400, f"x{secret.reveal()}", secret.reveal())
        assert secret.reveal() not in f"{error} {error.hint}"


@pytest.mark.parametrize(("skew", "words"), [(42_345, "42.3 s ahead of"), (-3_600_000, "3,600.0 s behind")])
def test_a_clock_that_is_off(skew: int, words: str) -> None:
    """By how much, to which side, and how it is set."""
    error = refusals.clock_off(asked(), skew)
    assert f"this machine's clock is {words} OKX's" == str(error)
    assert "timedatectl" in error.hint
