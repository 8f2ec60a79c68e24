"""What a credential and its profile say of a key."""

from __future__ import annotations

import pytest
from conftest import NOW, okx_credential

from vault.base.secret import Secret
from vault.care import keys
from vault.credential import private_keys
from vault.credential.credential import Credential
from vault.exchanges import profiles

OKX_PROFILE, WALLET = profiles.load("okx"), profiles.load("hyperliquid")
PRIVATE = Secret("0x" + "12" * 32)


def wallet(address: str, **more: tuple[str, ...]) -> Credential:
    fields = {"wallet_address": Secret(address), "private_key": PRIVATE}
    return Credential("agent", "hyperliquid", fields, NOW).changed(**more)


def test_settings_that_are_not_recorded() -> None:
    """They are said to be, rather than taken for none."""
    assert "permissions: not recorded; bound to no address" == keys.settings(okx_credential(ips=()))


def test_the_key_of_the_account_itself() -> None:
    """It gives the address beside it, in whatever case; an agent's gives another; a broken one none."""
    own = private_keys.address(PRIVATE)
    assert keys.is_own_wallet(wallet(own.upper().replace("X", "x")), WALLET)
    assert not keys.is_own_wallet(wallet("0x" + "0" * 40), WALLET)
    broken = wallet(own).changed(fields={"wallet_address": Secret(own), "private_key": Secret("0x12")})
    assert not keys.is_own_wallet(broken, WALLET)


@pytest.mark.parametrize(
    ("permissions", "withdraw"), [((), True), (("read",), False), (("read", "withdraw"), True)]
)
def test_what_a_key_may_do(permissions: tuple[str, ...], withdraw: bool) -> None:
    """What is recorded; anything, if nothing is."""
    assert withdraw == keys.may(okx_credential(permissions=permissions), OKX_PROFILE, "withdraw")


def test_what_a_wallet_may_do() -> None:
    """It trades, and withdraws only if that is recorded, or if it is the account's own."""
    agent = wallet("0x" + "0" * 40)
    assert [True, True, False] == [keys.may(agent, WALLET, right) for right in ("read", "trade", "withdraw")]
    assert keys.may(agent.changed(permissions=("withdraw",)), WALLET, "withdraw")
    assert keys.may(wallet(private_keys.address(PRIVATE)), WALLET, "withdraw")


def test_many_names() -> None:
    """Five, each once, and how many more there are."""
    assert "a, b" == keys.listed(["a", "b", "a"])
    assert "a, b, c, d, e and 2 more" == keys.listed("abcdefg")
