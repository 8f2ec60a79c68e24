"""What a person is told to do when a key is replaced."""

from __future__ import annotations

import pytest
from conftest import OKX, okx_credential

from vault.care import checklist
from vault.exchanges import profiles

PROFILE = profiles.load("okx")
CREDENTIAL = okx_credential(permissions=("read", "trade"), ips=("203.0.113.7",), account="desk", region="eea")


def test_the_settings_to_carry_over_are_named() -> None:
    """Permissions, addresses, account and site: a successor that lacks one would stop a bot."""
    told = " ".join(checklist.making(CREDENTIAL, PROFILE))
    assert [] == [
        word for word in ("read, trade", "203.0.113.7", "desk", "eea", PROFILE.manage) if word not in told
    ]


def test_the_next_commands_name_the_credential() -> None:
    """They can be typed as they stand."""
    told = " ".join(checklist.trying(CREDENTIAL, PROFILE))
    assert "vault verify okx-main --next" in told
    assert "vault rotate okx-main --commit" in told


def test_an_exchange_that_cannot_be_asked_is_not() -> None:
    """A generic credential has no test request."""
    told = " ".join(checklist.trying(CREDENTIAL, profiles.load("generic")))
    assert "verify" not in told


def test_programs_are_to_be_restarted_first() -> None:
    """Before the old key is deleted; without programs there is nothing to restart."""
    first, *_ = checklist.retiring(CREDENTIAL, PROFILE, ["/usr/bin/python3 in /srv/grid"])
    assert "/srv/grid" in first
    assert "restart" not in " ".join(checklist.retiring(CREDENTIAL, PROFILE, []))


@pytest.mark.promise(4)
def test_no_value_is_told() -> None:
    """Whatever is said."""
    told = " ".join(
        [
            *checklist.making(CREDENTIAL, PROFILE),
            *checklist.trying(CREDENTIAL, PROFILE),
            *checklist.retiring(CREDENTIAL, PROFILE, ["x"]),
        ]
    )
    assert [] == [value for value in OKX.values() if value in told]
