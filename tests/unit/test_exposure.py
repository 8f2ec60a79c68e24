"""What a leak means: what a key can do, what is not known, and the steps in their order."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from conftest import NOW, OKX, okx_credential
from hypothesis import given
from hypothesis import strategies as st

from vault.base.secret import Secret
from vault.care.deadlines import DAY
from vault.care.exposure import Exposure, exposure
from vault.care.usage import Program, Used
from vault.credential import private_keys
from vault.credential.credential import Credential, Values
from vault.exchanges import profiles
from vault.exchanges.profile import Profile

SOURCE = "an example, 2026-11"
EXAMPLE = profiles.make(
    "example",
    {
        "title": "Example",
        "manage": "https://example.com/keys",
        "fields": [{"name": field, "label": field} for field in OKX],
        "regions": {"world": {"host": "api.example.com", "testnet": "test.example.com"},
                    "eea": {"host": "eea.example.com"}},
        "expiry": [{"days": 14, "since": "use", "then": "expires", "unbound": True, "live": True,
                    "source": SOURCE}],
        "verify": {"source": SOURCE, "path": "/key"},
    },
)  # fmt: skip
WALLET = profiles.make(
    "wallet",
    {
        "title": "Wallet",
        "manage": "https://wallet.example/api",
        "fields": [
            {"name": "wallet_address", "label": "address", "public": True},
            {"name": "private_key", "label": "private key", "keys": ["secp256k1"], "key_only": True},
        ],
    },
)
GENERIC = profiles.make("generic", {"title": "generic"})

BOT = Program("/usr/bin/python3", "/srv/bot", NOW - 9 * DAY, NOW - DAY)
OTHER = Program("/opt/freqtrade", "/srv/other", NOW - 5 * DAY, NOW)
MOVED = Program("/usr/bin/python3", "", NOW - 7 * DAY, NOW - 6 * DAY)
USED = Used(run=NOW, verified=NOW, programs=(BOT, OTHER, MOVED))


def key(**changes: Any) -> Credential:
    """A key of which everything is recorded."""
    plain: dict[str, Any] = {"exchange": "example", "permissions": ("read", "trade"), "ips": ("203.0.113.7",)}
    return okx_credential("main", **{**plain, "account": "bots", "issued": NOW - 20 * DAY, **changes})


def wallet(**changes: Any) -> Credential:
    return Credential("agent", "wallet", {"private_key": Secret("0x" + "12" * 32)}, NOW).changed(**changes)


def of(credential: Credential, used: Used = USED, known: Profile = EXAMPLE) -> Exposure:
    return exposure(credential, known, used, NOW)


def where(lines: tuple[str, ...], part: str) -> int:
    """The place of the only line that has this part."""
    (place,) = [number for number, line in enumerate(lines) if part in line]
    return place


def has(lines: tuple[str, ...], part: str) -> bool:
    return any(part in line for line in lines)


# --- what it can do -----------------------------------------------------------------------------------

POWERS = {"withdraw": "can withdraw", "trade": "can place and cancel orders", "read": "can read balances"}


@pytest.mark.parametrize(
    "permissions", [*product(POWERS, repeat=1), ("read", "trade"), tuple(POWERS)], ids=ascii
)
def test_a_key_can_do_what_is_recorded(permissions: tuple[str, ...]) -> None:
    """One sentence a permission, and none for the others."""
    could = of(key(permissions=permissions)).could
    assert {may: may in permissions for may in POWERS} == {
        may: has(could, said) for may, said in POWERS.items()
    }


def test_what_is_not_recorded_is_possible_and_said_to_be_unknown() -> None:
    """No permissions on record: anything, and the steps are those of the worst."""
    found = of(key(permissions=(), ips=(), account="", issued=None), Used())
    assert "withdrawals included" in found.could[0]
    for part in ("permissions", "addresses", "account", "when it was made", "which programs"):
        where(found.unknown, part)
    assert has(found.steps, "withdrawals and transfers")
    assert found.steps[0].startswith("before anything else: delete")


def test_what_is_recorded_is_not_unknown() -> None:
    """What remains is what nobody could record."""
    assert ("what was done with copies of it outside of this vault",) == of(key()).unknown


@pytest.mark.parametrize("exchange", ["wallet", "generic", "pending"])
def test_what_a_key_cannot_have_is_not_unknown(exchange: str) -> None:
    """Permissions and addresses are asked of keys that exchanges make, once they have made them."""
    found = {
        "wallet": of(wallet(), known=WALLET),
        "generic": of(Credential("token", "generic", {"token": Secret("x")}, NOW), known=GENERIC),
        "pending": of(key(state="pending", permissions=(), ips=(), issued=None)),
    }[exchange]
    assert not has(found.unknown, "permissions")
    assert not has(found.unknown, "addresses")
    assert (exchange == "pending") != has(found.unknown, "when it was made")
    assert (exchange == "wallet") == has(found.unknown, "which account")


@pytest.mark.parametrize(
    ("environment", "world"), [("demo", "demo environment"), ("testnet", "test network")]
)
def test_a_key_of_no_value(environment: str, world: str) -> None:
    """It is said first, and nothing is urgent."""
    changes: dict[str, Any] = {environment: True, "permissions": (), "ips": ()}
    found = of(key(**changes))
    assert found.could[0] == f"nothing of value is in its reach: it belongs to Example's {world}"
    assert not has(found.steps, "bind it")
    assert found.steps[0] == "delete the key at https://example.com/keys"
    assert not has(found.steps, "withdraw")


def test_a_wallet_can_trade_and_cannot_move_funds() -> None:
    """Whatever is recorded; unless that says that it can."""
    for permissions in ((), ("read",), ("trade",)):
        could = of(wallet(permissions=permissions), known=WALLET).could
        assert has(could, "place and cancel orders")
        assert has(could, "cannot move funds if it is an agent's key")
        assert "it works from any address: wallets are not bound to addresses" in could
        assert not has(could, "can withdraw")
    could = of(wallet(permissions=("withdraw",)), known=WALLET).could
    assert has(could, "can withdraw")
    assert not has(could, "cannot")
    assert has(could, "can read")
    assert not has(of(key()).could, "cannot")


@pytest.mark.parametrize(
    ("ips", "said"),
    [
        ((), "it works from any address, as far as is recorded"),
        (("0.0.0.0/0",), "it works from any address: it is bound to 0.0.0.0/0"),
        (("203.0.113.7",), "it works only from one address or network: 203.0.113.7"),
        (("203.0.113.7", "::1"), "it works only from 2 addresses or networks: 203.0.113.7, ::1"),
    ],
)
def test_from_where_it_works(ips: tuple[str, ...], said: str) -> None:
    """From the addresses that it is bound to."""
    assert said in of(key(ips=ips)).could


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "it works at api.example.com"),
        ({"region": "eea"}, "it works at eea.example.com (region eea)"),
        ({"testnet": True}, "it works at test.example.com"),
    ],
)
def test_at_which_site_it_works(changes: dict[str, Any], said: str) -> None:
    """At that of its region and environment, if it is known."""
    assert said in of(key(**changes)).could


def test_to_which_account_it_belongs() -> None:
    """As it is recorded, or not at all."""
    assert "it belongs to the account bots, and may reach sub-accounts of that" in of(key()).could
    assert not has(of(key(account="")).could, "belongs to")


def test_it_may_have_ended_by_itself() -> None:
    """The next deadline is told, as an estimate where it is one."""
    could = of(key(ips=()), Used(run=NOW - 15 * DAY)).could
    assert has(could, "it may not last: main may have expired 1 day ago (estimate: ")
    assert not has(of(key()).could, "it may not last")


def test_a_pending_pair_can_do_nothing() -> None:
    """The exchange has not seen it; the steps are another pair."""
    found = of(key(state="pending", issued=None), Used())
    assert ("it can do nothing until Example knows its public half",) == found.could
    assert found.steps[0].startswith("do not upload its public half")
    assert "make another key pair: vault remove main; vault keygen main" in found.steps
    assert not has(found.unknown, "permissions")


def test_a_generic_secret() -> None:
    """Nothing is made up about an issuer of which nothing is known."""
    secret = Credential("token", "generic", {"token": Secret("x")}, NOW)
    found = of(secret, Used(), GENERIC)
    powers = "all that its issuer lets a key do, withdrawals included"
    assert found.could[0] == f"its permissions are not recorded: it may do {powers}"
    assert found.steps[0] == "before anything else: delete the key at its issuer's page for API keys"
    assert not has(found.steps, "orders")
    assert not has(found.steps, "bind it")


# --- since when, and where ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issued", "since", "reckoned"),
    [(NOW - DAY, NOW - DAY, "made at the exchange"), (None, NOW, "stored here")],
)
def test_since_when_it_can_have_leaked(issued: int | None, since: int, reckoned: str) -> None:
    """Since it was made, if that is known; else since it was stored."""
    found = of(key(issued=issued))
    assert (since, reckoned) == (found.since, found.reckoned)


def test_programs_are_told_with_their_folders_and_times() -> None:
    """The latest first."""
    assert (OTHER, BOT, MOVED) == of(key()).used


def test_each_program_is_to_be_restarted_once() -> None:
    """By its path, wherever it was started."""
    steps = of(key()).steps
    assert "restart the programs that were handed it: /opt/freqtrade, /usr/bin/python3" in steps
    assert "give each program a key of its own: this one served 2" in steps
    assert has(steps, "what else these programs were handed")
    assert has(steps, "look for copies: /srv/other, /srv/bot, .env files, logs")
    alone = of(key(), Used(programs=(BOT,))).steps
    assert not has(alone, "a key of its own")
    assert "restart every program that was given it" in of(key(), Used()).steps


def test_a_value_that_was_shown() -> None:
    """When, and to think of where it went."""
    found = of(key(), Used(shown=NOW))
    assert found.shown == NOW
    assert has(found.steps, "was shown or copied")
    assert not has(of(key()).steps, "was shown or copied")


def test_other_values_of_the_same_name() -> None:
    """The previous and the staged key lay beside it, and are to be deleted as well."""
    values = Values({"api_key": Secret("x")}, NOW, replaced=NOW)
    found = of(key(previous=values, staged=values))
    assert len(found.affected) == 2
    assert (
        where(found.steps, "that it replaced")
        < where(found.steps, "its successor")
        < where(found.steps, "make a new")
    )
    assert () == of(key()).affected
    assert not has(of(key()).steps, "--abort")


# --- the steps ----------------------------------------------------------------------------------------


def test_the_order_of_the_steps() -> None:
    """First the key's power is taken, then the damage looked at, then a new key made and handed out."""
    steps = of(key(permissions=("trade", "withdraw"))).steps
    parts = ["before anything else: delete the key at https://example.com/keys", "cancel open orders",
             "withdrawals and transfers", "look through API keys", "the account's password", "make a new key",
             "vault rotate main; try it: vault verify main --next; then: vault rotate main --commit",
             "vault rotate main --forget", "restart the programs", "look for copies",
             "vault passwd"]  # fmt: skip
    places = [where(steps, part) for part in parts]
    assert sorted(places) == places
    assert places[0] == 0


@pytest.mark.parametrize("permission", ["trade", "withdraw"])
def test_a_key_that_costs_money_is_urgent(permission: str) -> None:
    """By either right: first the key, then all that it may have left behind."""
    steps = of(key(permissions=(permission,))).steps
    assert steps[0].startswith("before anything else: ")
    assert has(steps, "look through API keys")


def test_a_key_that_only_reads_is_not_urgent() -> None:
    """It is deleted first all the same, and others know what it showed."""
    steps = of(key(permissions=("read",))).steps
    assert steps[0] == "delete the key at https://example.com/keys"
    assert has(steps, "distrust messages")
    assert not has(steps, "orders")
    assert not has(steps, "withdrawals")
    assert not has(steps, "look through API keys")
    assert not has(of(key(permissions=("trade",))).steps, "distrust messages")


def test_an_exchange_that_can_disable() -> None:
    """Then disabling will do."""
    assert (
        of(key(), known=EXAMPLE.changed(disables=True))
        .steps[0]
        .startswith("before anything else: disable or delete the key")
    )


def test_a_wallet_is_replaced_and_never_approved_again() -> None:
    """Another agent takes its place, whose key is made here; nothing is deleted or bound."""
    steps = of(wallet(), known=WALLET).steps
    assert steps[0] == (
        "before anything else: make another agent, and approve it in this one's place at "
        "https://wallet.example/api: vault keygen agent"
    )
    assert steps[1] == "never approve the address of this agent again"
    assert "vault rotate agent --commit" in steps
    assert has(steps, "agents that are approved there")
    assert has(steps, "if the account's own key may have leaked too")
    for part in ("bind it", "same settings", "delete", "password,", "look through API keys"):
        assert not has(steps, part)


def test_the_key_of_the_account_s_own_wallet() -> None:
    """Nothing takes it back: the funds are moved first, and no agent is to be approved with it."""
    private = Secret("0x" + "12" * 32)
    own = wallet(fields={"wallet_address": Secret(private_keys.address(private)), "private_key": private})
    found = of(own, known=WALLET)
    assert (
        found.could[0] == "it can move all funds of its address, unless that address is an agent's by mistake"
    )
    assert not has(found.could, "cannot")
    assert found.steps[0] == (
        "before anything else: move the funds to another wallet: a wallet's own key cannot be taken back"
    )
    assert has(found.steps, "look at withdrawals and transfers")
    assert has(found.steps, "drop this key: vault remove agent")
    for part in ("never approve", "--commit", "--forget", "if the account's own key"):
        assert not has(found.steps, part)


def test_the_new_key_is_like_the_old_one_and_better() -> None:
    """With its settings; without the right to withdraw, and bound to addresses."""
    steps = of(key(permissions=("trade", "withdraw"), ips=(), region="eea")).steps
    assert has(steps, "with the same settings: may trade, withdraw")
    assert has(steps, "leave out the right to withdraw")
    assert has(steps, "bind it to the addresses of your machines")
    plain = of(key()).steps
    assert not has(plain, "leave out")
    assert not has(plain, "bind it")


def test_a_key_that_every_run_is_handed() -> None:
    """It is to be named from now on; one that is guarded already is, and play money needs no guard."""
    assert not has(of(key(demo=True)).steps, "--guarded")
    assert not has(of(key(demo=True)).steps, "a key of its own")
    assert has(of(key()).steps, "--guarded")
    assert not has(of(key(guarded=True)).steps, "--guarded")
    assert not has(of(key(permissions=("withdraw",))).steps, "--guarded")


# --- whatever is recorded -----------------------------------------------------------------------------


@pytest.mark.promise(4)
@given(
    st.sets(st.sampled_from(["read", "trade", "withdraw"])),
    st.sampled_from([(), ("203.0.113.7",), ("::/0",)]),
    st.sampled_from([{}, {"demo": True}, {"testnet": True}]),
    st.sampled_from(["active", "disabled", "pending"]),
    st.booleans(),
    st.sampled_from([Used(), USED, Used(shown=NOW)]),
    st.sampled_from([EXAMPLE, WALLET, GENERIC]),
)
def test_there_is_always_an_answer(
    permissions: set[str],
    ips: tuple[str, ...],
    environment: dict[str, Any],
    state: str,
    kept: bool,
    used: Used,
    known: Profile,
) -> None:
    """Sentences in lower case without a full stop, each once, and no value in any of them."""
    fields = {field: Secret(f"hidden {field}") for field in OKX}
    values = Values(fields, NOW, replaced=NOW) if kept else None
    credential = key(permissions=tuple(sorted(permissions)), ips=ips, state=state, fields=fields,
                     staged=values, previous=values, **environment)  # fmt: skip
    found = of(credential, used, known)
    assert found.could
    assert found.steps
    for lines in (found.could, found.unknown, found.steps, found.affected):
        assert len(set(lines)) == len(lines)
        assert all(line and line == line.strip(" .") and line[0].islower() for line in lines)
    assert "hidden" not in repr(found)


# --- the exchanges themselves -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exchange", "first"),
    [
        ("okx", "before anything else: delete the key at https://www.okx.com/account/my-api"),
        ("deribit", "before anything else: disable or delete the key at "),
        ("hyperliquid", "before anything else: make another agent, and approve it in this one's place at "),
    ],
)
def test_what_comes_first(exchange: str, first: str) -> None:
    """What takes the key's power away at this exchange."""
    assert of(key(exchange=exchange), known=profiles.load(exchange)).steps[0].startswith(first)


def test_a_key_made_after_now_may_have_leaked_before() -> None:
    """A wrong clock is not believed."""
    found = exposure(okx_credential(issued=NOW + 400 * DAY), EXAMPLE, Used(), NOW)
    assert NOW == found.since
