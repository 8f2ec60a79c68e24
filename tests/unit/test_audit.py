"""The audit: what raises each finding and what does not, in which order, and what is never in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from conftest import NOW, OKX, okx_credential
from hypothesis import given
from hypothesis import strategies as st

from vault.base.digest import hmac_sha256
from vault.base.secret import Secret
from vault.care.audit import CODES, VaultFacts, audit
from vault.care.deadlines import DAY
from vault.care.findings import SEVERITIES, Finding
from vault.care.usage import Program, Used
from vault.credential import private_keys
from vault.credential.credential import Credential, Values
from vault.errors import InsecureFile, ProfileNotFound
from vault.exchanges import profiles
from vault.exchanges.profile import Field, Profile, Verify
from vault.unlock.cost import DEFAULT_KDF, LOWEST_KDF

SOURCE = "an example, 2026-11"
EXAMPLE = profiles.make(
    "example",
    {
        "title": "Example",
        "manage": "https://example.com/keys",
        "fields": [
            {"name": "api_key", "label": "API key", "shape": "[^!]+", "looks": "without exclamation marks"},
            {"name": "secret_key", "label": "secret key"},
            {"name": "passphrase", "label": "passphrase"},
        ],
        "regions": {"world": {"host": "api.example.com"}, "eea": {"host": "eea.example.com"}},
        "limits": {"source": SOURCE, "keys": 3, "ips": 2},
        "expiry": [{"days": 14, "since": "use", "then": "expires", "unbound": True, "live": True,
                    "permissions": ["trade", "withdraw"], "source": SOURCE}],
        "verify": {"source": SOURCE, "path": "/key"},
    },
)  # fmt: skip
WALLET = profiles.make(
    "wallet",
    {
        "title": "Wallet",
        "fields": [
            {"name": "wallet_address", "label": "address", "public": True},
            {"name": "private_key", "label": "private key", "keys": ["secp256k1"], "key_only": True},
        ],
        "expiry": [{"days": 180, "since": "creation", "then": "expires", "source": SOURCE}],
    },
)  # fmt: skip
GENERIC = profiles.make("generic", {"title": "generic"})
KNOWN = {"example": EXAMPLE, "wallet": WALLET, "generic": GENERIC}

ANOTHER = "make another key at https://example.com/keys; then: vault rotate main"

# A private key of this test alone; it has never held anything.
PRIVATE = Secret("0x" + "12" * 32)


def load(name: str) -> Profile:
    if name == "broken":
        raise InsecureFile("others can write the profile broken")
    if name not in KNOWN:
        raise ProfileNotFound(f"no profile is named {name}")
    return KNOWN[name]


def quiet(name: str = "main", **changes: Any) -> Credential:
    """A credential that there is nothing to say about, if it is used: its values are its own."""
    own = {field: Secret(f"{field} of {name}") for field in OKX}
    plain: dict[str, Any] = {"exchange": "example", "fields": own, "permissions": ("read", "trade")}
    return okx_credential(name, **{**plain, "ips": ("203.0.113.7",), "account": name, **changes})


def wallet(**changes: Any) -> Credential:
    """An agent wallet of an account that is another's."""
    fields = {"wallet_address": Secret("0x" + "0" * 40), "private_key": PRIVATE}
    return Credential("agent", "wallet", fields, NOW, NOW).changed(**changes)


def sharing(field: str, value: str, **changes: Any) -> Credential:
    """Another credential, which has this value."""
    return quiet("other", **changes).changed(fields={**quiet("other").fields, field: Secret(value)})


USED = Used(run=NOW, verified=NOW)


def findings(
    *credentials: Credential,
    used: Used = USED,
    usage: Mapping[str, Used] | None = None,
    facts: VaultFacts | None = None,
    later: int = 0,
) -> list[Finding]:
    """What is found *later* seconds after everything was used for the last time."""
    everybody = {credential.name: used for credential in credentials}
    return audit(credentials, load, everybody if usage is None else usage, NOW + later, vault=facts)


def codes(*credentials: Credential, **more: Any) -> list[str]:
    return [finding.code for finding in findings(*credentials, **more)]


def values(what: str = "another", at: int = NOW, **more: Any) -> Values:
    return Values({field: Secret(f"{field} {what}") for field in OKX}, at, **more)


# --- each finding, and nothing else -------------------------------------------------------------------

CASES: dict[str, dict[str, Any]] = {
    "journal-damaged": {"facts": VaultFacts(journal=("record 7 was changed",))},
    "used-while-disabled": {"one": {"state": "disabled"}, "used": Used(run=NOW + 61)},
    "overdue": {"one": {"expires": NOW}},
    "withdraw-unbound": {"one": {"permissions": ("withdraw",), "ips": ("::/0",)}},
    "wallet-itself": {
        "many": [
            wallet(fields={"wallet_address": Secret(private_keys.address(PRIVATE)), "private_key": PRIVATE})
        ]
    },
    "overdue-estimate": {"one": {"ips": ()}, "later": 14 * DAY, "but": ["unbound"]},
    "due": {"one": {"expires": NOW + 7 * DAY}},
    "time-ahead": {"one": {"updated": NOW + 601}},
    "unbound": {"one": {"ips": ()}},
    "mixed-environments": {
        "many": [quiet(), sharing("api_key", "api_key of main", demo=True)]
    },
    "password-file-open": {"facts": VaultFacts(password_file="/etc/my password")},
    "withdraw": {"one": {"permissions": ("read", "withdraw")}},
    "permissions-unknown": {"one": {"permissions": ()}},
    "shared-key": {"many": [quiet(), sharing("secret_key", "secret_key of main")]},
    "unused": {"used": Used(verified=NOW), "later": 30 * DAY + 1},
    "previous-kept": {"one": {"previous": values(replaced=NOW - 7 * DAY - 1)}},
    "staged": {"one": {"staged": values(at=NOW - 7 * DAY - 1)}},
    "disabled-kept": {"one": {"state": "disabled"}, "later": 30 * DAY + 1},
    "too-many-keys": {"many": [quiet(name, account="one") for name in ("a", "b", "c", "d")]},
    "too-many-addresses": {"one": {"ips": ("203.0.113.7", "203.0.113.8", "203.0.113.9")}},
    "remark": {"one": {"fields": {**quiet().fields, "api_key": Secret("a!")}}},
    "profile-broken": {"one": {"exchange": "broken"}},
    "weak-kdf": {"facts": VaultFacts(kdf=LOWEST_KDF)},
    "old-backup": {"facts": VaultFacts(old_backup="/home/me/bots.vault.bak")},
    "profile-unknown": {"one": {"exchange": "gone"}},
    "never-verified": {"used": Used(run=NOW)},
    "pending": {"one": {"state": "pending"}},
    "shared-passphrase": {"many": [quiet(), sharing("passphrase", "passphrase of main")]},
    "no-recovery": {"facts": VaultFacts(kdf=DEFAULT_KDF, recovery=False)},
}  # fmt: skip


def case(code: str) -> list[Finding]:
    given = dict(CASES[code])
    given.pop("but", None)
    many = given.pop("many", None) or [quiet(**given.pop("one", {}))]
    return findings(*many, **given)


def test_every_code_has_a_case() -> None:
    """What is documented is raised, and what is raised is documented."""
    assert set(CODES) == set(CASES)


@pytest.mark.parametrize("code", CASES)
def test_a_case_is_found(code: str) -> None:
    """It alone, once, and of the severity that is documented."""
    found = case(code)
    assert [code, *CASES[code].get("but", [])] == [finding.code for finding in found]
    assert CODES[code][0] == found[0].severity


@pytest.mark.parametrize("code", CASES)
def test_a_finding_is_a_sentence_with_a_next_step(code: str) -> None:
    """Lower case but for names, without a full stop or a line break; the hint is never empty."""
    for finding in case(code):
        for text in (finding.message, finding.hint):
            assert text
            assert text == text.strip(" .\n")
            assert "\n" not in text
        assert finding.name == "" or finding.name in finding.message


def test_a_credential_that_is_cared_for() -> None:
    """Nothing is found; nor in a vault about which nothing is known."""
    assert [] == findings(quiet())
    assert [] == findings()
    assert [] == findings(facts=VaultFacts(kdf=DEFAULT_KDF))


def test_severities_go_down_the_table() -> None:
    """The documented order is that of the findings."""
    ranks = [SEVERITIES.index(severity) for severity, _ in CODES.values()]
    assert sorted(ranks) == ranks


# --- where each begins --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"expires": NOW + 7 * DAY + 1}, {}),
        ({"expires": NOW, "state": "disabled"}, {}),
        ({"ips": ()}, {"later": 6 * DAY, "but": ["unbound"]}),
        ({"demo": True, "ips": ()}, {"later": 29 * DAY}),
        ({"permissions": ("read",), "ips": ()}, {"later": 29 * DAY}),
        ({"permissions": ("withdraw",), "ips": (), "testnet": True}, {}),
        ({"permissions": (), "demo": True}, {}),
        ({"permissions": (), "ips": (), "state": "pending"}, {"but": ["pending"]}),
        ({"state": "disabled"}, {"used": Used(run=NOW + 60)}),
        ({"state": "disabled"}, {"used": Used(run=NOW), "later": 30 * DAY}),
        ({"state": "disabled"}, {"used": Used()}),
        ({"created": NOW + 1}, {"used": Used(verified=NOW + 1), "later": 30 * DAY + 1}),
        ({}, {"used": Used(run=NOW + 5, verified=NOW), "later": 30 * DAY + 5}),
        ({"previous": values(replaced=NOW - 7 * DAY)}, {}),
        ({"staged": values(at=NOW - 7 * DAY)}, {}),
        ({"ips": ("203.0.113.7", "203.0.113.8")}, {}),
        ({"exchange": "generic", "permissions": ()}, {"used": Used(run=NOW)}),
    ],
    ids=ascii,
)
def test_what_is_no_finding(changes: dict[str, Any], more: dict[str, Any]) -> None:
    """One second, one day or one thing less than what is found."""
    but = more.get("but", [])
    more = {key: value for key, value in more.items() if key != "but"}
    assert but == codes(quiet(**changes), **more)


def test_within_is_how_far_it_looks() -> None:
    """A longer time finds later deadlines; none at all finds what has passed."""
    credential = quiet(expires=NOW + 30 * DAY)
    looked = [audit([credential], load, {"main": USED}, NOW, days * DAY) for days in (0, 29, 30, 90)]
    assert [0, 0, 1, 1] == [len(found) for found in looked]
    assert ["overdue"] == [f.code for f in audit([quiet(expires=NOW - 1)], load, {"main": USED}, NOW, 0)]


def test_one_deadline_of_a_kind_is_told() -> None:
    """The soonest; a certain one stands beside an estimate."""
    twice = EXAMPLE.changed(expiry=(EXAMPLE.expiry[0], EXAMPLE.expiry[0].changed(days=15)))
    credential = quiet(ips=(), expires=NOW + 9 * DAY)
    found = audit([credential], lambda _: twice, {"main": USED}, NOW, 90 * DAY)
    due = [finding.message for finding in found if finding.code == "due"]
    assert 2 == len(due)
    assert any("in 14 days (estimate: " in message for message in due)


USE = "use it: vault verify main"
BIND = "bind it to an address at https://example.com/keys, and note it: vault edit main --ip ADDR"
LOOK = "see whether it still works: vault verify main; if it does not: vault rotate main"
UNTESTABLE = EXAMPLE.changed(verify=None)
CREATION = EXAMPLE.changed(expiry=(EXAMPLE.expiry[0].changed(since="creation"),))
UNBINDABLE = EXAMPLE.changed(expiry=(EXAMPLE.expiry[0].changed(unbound=False),))


@pytest.mark.parametrize(
    ("known", "days", "hint"),
    [
        (EXAMPLE, 10, f"{USE}; or {BIND}"),
        (EXAMPLE, 15, LOOK),
        (UNTESTABLE, 10, BIND),
        (UNTESTABLE, 15, ANOTHER),
        (UNBINDABLE, 10, USE),
        (UNBINDABLE, 15, LOOK),
        (CREATION, 10, BIND),
        (CREATION, 15, ANOTHER),
        (CREATION.changed(verify=None), 10, BIND),
        (UNBINDABLE.changed(verify=None), 10, ANOTHER),
    ],
)
def test_the_next_step_for_a_deadline(known: Profile, days: int, hint: str) -> None:
    """A use or an address while that helps, a look where it is not certain, else another key."""
    key = quiet(ips=(), issued=NOW)
    found = audit([key], lambda _: known, {"main": USED}, NOW + days * DAY)
    assert [hint] == [
        finding.hint for finding in found if finding.code in ("due", "overdue", "overdue-estimate")
    ]


@pytest.mark.parametrize("days", [0, 1])
def test_the_next_step_for_a_date_that_was_set(days: int) -> None:
    """Another key, before it and after."""
    assert [ANOTHER] == [finding.hint for finding in findings(quiet(expires=NOW + days * DAY))]


def test_a_deadline_of_a_wallet_wants_another() -> None:
    """No use and no address lengthens it."""
    (finding,) = [f for f in findings(wallet(), used=USED, later=175 * DAY) if f.code == "due"]
    assert finding.hint == "make another key at Wallet's page for API keys; then: vault rotate agent"


@pytest.mark.parametrize(
    ("verify", "hint"),
    [
        (EXAMPLE.verify, "ask the exchange: vault verify main --record"),
        (
            None,
            "look at https://example.com/keys, then: vault edit main --permission read --permission trade",
        ),
    ],
    ids=["verify", "no verify"],
)
def test_the_next_step_for_unknown_permissions(verify: Verify | None, hint: str) -> None:
    """The exchange is asked, where it can be."""
    key = quiet(permissions=())
    (finding,) = audit([key], lambda _: EXAMPLE.changed(verify=verify), {"main": USED}, NOW)
    assert hint == finding.hint


@pytest.mark.parametrize(
    ("ips", "end"), [((), ": no address is recorded"), (("::/0",), ": it is bound to any address")]
)
def test_why_a_key_works_from_anywhere(ips: tuple[str, ...], end: str) -> None:
    """Because nothing is recorded, or because of what is."""
    for permission in ("trade", "withdraw"):
        assert findings(quiet(ips=ips, permissions=(permission,)))[0].message.endswith(end)


def test_when_it_was() -> None:
    """Each moment is told from now, and none is said to be in the future."""
    kept = quiet(created=NOW - 40 * DAY, previous=values(replaced=NOW - 9 * DAY))
    (finding,) = findings(kept)
    assert finding.message == "the key that main replaced 9 days ago is still kept, and may still work"
    kept = quiet(created=NOW - 8 * DAY, previous=values())
    assert "replaced 8 days ago" in findings(kept)[0].message
    ahead = quiet(state="disabled", updated=NOW - DAY)
    assert "was handed main just now, after" in findings(ahead, used=Used(run=NOW + 2 * DAY))[0].message
    idle = quiet(created=NOW - 50 * DAY, updated=NOW)
    (finding,) = findings(idle, used=Used(run=NOW - 31 * DAY, verified=NOW))
    assert finding.message == "main is not used: stored 50 days ago, last run 31 days ago"
    assert [] == codes(idle.changed(state="disabled"))


def test_new_values_want_a_new_test_request() -> None:
    """One that succeeded with the values before does not count; one at the same second does."""
    assert ["never-verified"] == codes(quiet(created=NOW), used=Used(run=NOW, verified=NOW - 1))
    assert [] == codes(quiet(created=NOW), used=Used(run=NOW, verified=NOW))


def test_a_wallet_has_no_addresses_to_bind() -> None:
    """Nothing is asked of it that its exchange does not have; an agent's own address is no fault."""
    assert [] == codes(wallet(), used=USED)
    assert [] == codes(wallet(permissions=("trade",)), used=USED)
    assert ["withdraw"] == codes(wallet(permissions=("withdraw",)), used=USED)


def test_the_case_of_an_address_does_not_count() -> None:
    """A wallet's own address is recognised in small letters, as many programs write it."""
    fields = {"wallet_address": Secret(private_keys.address(PRIVATE).lower()), "private_key": PRIVATE}
    assert ["wallet-itself"] == codes(wallet(fields=fields))


def test_a_wallet_without_its_private_key() -> None:
    """Whatever is missing is not this audit's to say."""
    assert [] == codes(wallet(fields={"wallet_address": Secret("0x" + "0" * 40)}))
    assert [] == codes(wallet(fields={"private_key": PRIVATE}))


def test_a_key_that_was_never_changed() -> None:
    """Then it is as old as its values."""
    assert ["disabled-kept"] == codes(quiet(state="disabled", updated=0), later=31 * DAY)
    assert [] == codes(quiet(state="disabled", updated=0))


def test_a_private_key_that_cannot_be_read() -> None:
    """It is remarked upon, and stops nothing."""
    fields = {**wallet().fields, "private_key": Secret("0x12")}
    assert ["remark"] == codes(wallet(fields=fields))


@pytest.mark.parametrize(
    ("verify", "hint"),
    [(EXAMPLE.verify, "see whether it works: vault verify main"),
     (None, "compare it with what was shown when the key was made")],
    ids=["verify", "no verify"],
)  # fmt: skip
def test_the_next_step_for_a_remark(verify: Verify | None, hint: str) -> None:
    """A test request where there is one."""
    bad = quiet(fields={**quiet().fields, "api_key": Secret("a!")})
    (finding,) = audit([bad], lambda _: EXAMPLE.changed(verify=verify), {"main": USED}, NOW)
    assert hint == finding.hint


def test_what_is_wrong_with_a_successor() -> None:
    """Its values are looked at before they are promoted; the previous ones no more."""
    bad = values().changed(fields={"api_key": Secret("a!")})
    (finding,) = findings(quiet(staged=bad))
    assert "its successor's" in finding.message
    assert "--abort" in finding.hint
    assert [] == findings(quiet(previous=bad.changed(replaced=NOW)))


@pytest.mark.parametrize(
    ("without", "hint"),
    [
        ([], "vault verify main --next; then: vault rotate main --commit, or --abort"),
        (["passphrase"], "vault verify main --next; then: vault rotate main --commit, or --abort"),
        (["api_key"], "complete the key pair: vault keygen main; or drop it: vault rotate main --abort"),
    ],
)
def test_the_next_step_for_a_successor(without: list[str], hint: str) -> None:
    """It is tried, or first completed with what the exchange answers; what is optional may be missing."""
    fields = tuple(field.changed(optional=field.name == "passphrase") for field in EXAMPLE.fields)
    staged = {name: value for name, value in values().fields.items() if name not in without}
    credential = quiet(staged=Values(staged, NOW - 8 * DAY))
    (finding,) = audit([credential], lambda _: EXAMPLE.changed(fields=fields), {"main": USED}, NOW)
    assert hint == finding.hint
    assert finding.message == "the successor of main was staged 8 days ago, and still is"


# --- keys of one account ------------------------------------------------------------------------------


def test_keys_are_counted_by_account() -> None:
    """Region, environment and account keep keys apart; the usual region need not be written."""
    same = [quiet(name, account="one") for name in ("a", "b", "c")]
    assert [] == codes(*same)
    assert [] == codes(*same, quiet("d", account="two"))
    assert [] == codes(*same, quiet("d", account="one", region="eea"))
    assert [] == codes(*same, quiet("d", account="one", testnet=True))
    assert ["pending"] == codes(*same, quiet("d", account="one", state="pending"))
    assert ["too-many-keys"] == codes(*same, quiet("d", account="one", region="world"))
    assert ["too-many-keys"] == codes(*same, quiet("d", account="one", state="disabled"), used=Used(NOW, NOW))


def test_keys_are_counted_by_the_exchange_s_number_of_the_account() -> None:
    """Where nobody gave the account a name."""
    same = [quiet(name, account="", uid="7") for name in ("a", "b", "c")]
    assert [] == codes(*same, quiet("d", account="", uid="8"))
    assert ["too-many-keys"] == codes(*same, quiet("d", account="", uid="7"))


def test_a_successor_and_a_predecessor_are_keys() -> None:
    """The exchange counts them, whatever they are called here."""
    one, two = quiet("a", account="one"), quiet("b", account="one")
    assert [] == codes(one, two.changed(staged=values()))
    both = two.changed(staged=values(), previous=values("third", replaced=NOW))
    (finding,) = findings(one, both)
    assert finding.message == "account one has 4 keys here; Example allows 3: a, b"
    assert [finding] == findings(both, one)


def test_an_exchange_that_allows_one() -> None:
    """The least limit there is."""
    limited = EXAMPLE.changed(limits=EXAMPLE.limits.changed(keys=1, ips=1))
    two = [quiet(name, account="one", ips=("192.0.2.1", "192.0.2.2")) for name in ("a", "b")]
    found = audit(two, lambda _: limited, {"a": USED, "b": USED}, NOW)
    assert ["too-many-keys", "too-many-addresses", "too-many-addresses"] == [f.code for f in found]


def test_a_long_list_of_names_is_cut() -> None:
    """A message stays a line."""
    (finding,) = findings(*(quiet(f"k{number}", account="one") for number in range(5)))
    assert finding.message.endswith("k0, k1, k2, k3, k4")
    (finding,) = findings(*(quiet(f"k{number}", account="one") for number in range(9)))
    assert finding.message.endswith("k0, k1, k2, k3, k4 and 4 more")


# --- one value under two names ------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["fields", "staged", "previous"])
def test_values_are_found_wherever_they_are(where: str) -> None:
    """Among the present, the next and the last ones of another credential."""
    ours = {"api_key": Secret("api_key of other")}
    changes: dict[str, Any] = {where: Values(ours, NOW, replaced=NOW)}
    holder = quiet(fields={**quiet().fields, **ours}) if where == "fields" else quiet(**changes)
    found = findings(holder, quiet("other"))
    assert ["shared-key"] == [finding.code for finding in found]
    assert found[0].message == "main, other have the same api_key"


def test_a_credential_does_not_share_with_itself() -> None:
    """A successor may keep the passphrase; a field may hold what another does."""
    own = quiet()
    assert [] == codes(
        own.changed(staged=Values(own.fields, NOW), previous=Values(own.fields, NOW, replaced=NOW))
    )


def test_all_that_two_share_is_one_finding() -> None:
    """The key decides what it is called."""
    found = findings(quiet(), quiet("other", fields=quiet().fields))
    assert ["shared-key"] == [finding.code for finding in found]
    assert found[0].message == "main, other have the same api_key, passphrase, secret_key"


@pytest.mark.parametrize(
    ("changes", "field", "message", "hint"),
    [
        ({}, "api_key", "main, other have the same api_key",
         "give programs one name for it, and remove the other: vault remove other"),
        ({"demo": True}, "api_key", "main, other have the same api_key, though they are demo and live",
         "see where it belongs: vault verify main; and remove or mend the others"),
        ({}, "passphrase", "main, other have the same passphrase",
         "choose another one for the next key of each"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_shared_value(changes: dict[str, Any], field: str, message: str, hint: str) -> None:
    """It stands with the first name; whatever the order of the credentials."""
    pair = [quiet(), sharing(field, f"{field} of main", **changes)]
    for credentials in (pair, pair[::-1]):
        (finding,) = findings(*credentials)
        assert ("main", message, hint) == (finding.name, finding.message, finding.hint)


def test_all_that_a_person_thinks_up_may_be_the_same() -> None:
    """A passphrase and a one-time password are chosen, and not made by an exchange; however short."""
    chosen = {"passphrase": Secret("p-1"), "otp": Secret("o-1")}
    pair = [quiet(name, fields={**quiet(name).fields, **chosen}) for name in ("a", "b")]
    known = EXAMPLE.changed(fields=(*EXAMPLE.fields, Field("otp", "one-time password")))
    (finding,) = audit(pair, lambda _: known, {"a": USED, "b": USED}, NOW)
    assert ("shared-passphrase", "a, b have the same otp, passphrase") == (finding.code, finding.message)


def test_a_shared_passphrase_does_not_mix_environments() -> None:
    """A person may think up the same one for the demo key."""
    assert ["shared-passphrase"] == codes(quiet(), sharing("passphrase", "passphrase of main", demo=True))


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("-----BEGIN X-----\nab\ncd\n", "-----BEGIN X-----\r\nabcd", True),
        ("0xABCDEF", "0xabcdef", True),
        ("ABCDEF", "abcdef", False),
        ("one key", "another", False),
    ],
)
def test_what_makes_two_texts_one_value(ours: str, theirs: str, same: bool) -> None:
    """Blanks and line ends do not count, nor the case of a wallet's digits."""
    main = quiet().changed(fields={**quiet().fields, "secret_key": Secret(ours)})
    assert same == ("shared-key" in codes(main, sharing("secret_key", theirs)))


def test_what_everybody_may_have_is_not_shared() -> None:
    """A public address, and a short word in a field of which nothing is known."""
    second = wallet(name="second", fields={**wallet().fields, "private_key": Secret("0x" + "34" * 32)})
    assert [] == codes(wallet(), second)
    plain = [Credential(name, "generic", {"mode": Secret("testing")}, NOW, NOW) for name in ("a", "b")]
    assert [] == codes(*plain)
    long = [one.changed(fields={"mode": Secret("testing1")}) for one in plain]
    assert ["shared-key"] == codes(*long)


def test_each_value_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work grows with the number of values, not with that of pairs."""
    count = 0

    def counting(key: bytes, message: bytes) -> bytes:
        nonlocal count
        count += 1
        return hmac_sha256(key, message)

    monkeypatch.setattr("vault.care.shared.hmac_sha256", counting)
    assert [] == codes(*(quiet(f"k{number}") for number in range(200)))
    assert count == 600


# --- profiles that are not there ----------------------------------------------------------------------


def test_without_a_profile_the_rest_is_still_found() -> None:
    """Only what the profile would tell is missing."""
    found = codes(quiet(exchange="gone", permissions=("withdraw",), ips=(), expires=NOW))
    assert ["overdue", "withdraw-unbound", "profile-unknown"] == found


def test_the_next_step_for_a_profile_is_its_error_s() -> None:
    """If that has one."""

    def refuse(name: str) -> Profile:
        raise InsecureFile("others can write the profile", hint="chmod 600 it")

    (finding,) = [f for f in audit([quiet()], refuse, {"main": USED}, NOW) if f.code == "profile-broken"]
    assert finding.hint == "chmod 600 it"


def test_a_profile_is_loaded_once() -> None:
    """However many credentials follow it."""
    asked: list[str] = []

    def noting(name: str) -> Profile:
        asked.append(name)
        return load(name)

    audit([quiet("a"), quiet("b"), quiet("c", exchange="gone"), quiet("d", exchange="gone")], noting, {}, NOW)
    assert ["example", "gone"] == asked


# --- whatever is in the vault -------------------------------------------------------------------------

TIMES = st.none() | st.integers(NOW - 100 * DAY, NOW + 10 * DAY)
SECRETS = [f"hidden-{number}" for number in range(6)]
FIELDS = st.fixed_dictionaries({field: st.sampled_from(SECRETS).map(Secret) for field in OKX})
PAST = st.none() | st.builds(Values, FIELDS, st.integers(NOW - 50 * DAY, NOW), replaced=TIMES)


@st.composite
def vaults(draw: st.DrawFn) -> tuple[list[Credential], dict[str, Used]]:
    """Some credentials of all kinds, with what the journal may tell of them."""
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6))
    environments = st.sampled_from([{}, {"demo": True}, {"testnet": True}])
    made: st.SearchStrategy[dict[str, Any]] = st.builds(
        dict,
        exchange=st.sampled_from([*KNOWN, "broken", "gone"]),
        fields=FIELDS,
        created=st.integers(NOW - 100 * DAY, NOW),
        issued=TIMES,
        expires=TIMES,
        state=st.sampled_from(["active", "disabled", "pending"]),
        permissions=st.sampled_from([(), ("read",), ("trade",), ("withdraw",)]),
        ips=st.sampled_from([(), ("203.0.113.7",), ("::/0",), ("192.0.2.1", "192.0.2.2", "192.0.2.3")]),
        account=st.sampled_from(["", "one"]),
        staged=PAST,
        previous=PAST,
    )
    used = st.builds(Used, run=TIMES, verified=TIMES)
    credentials = [quiet(name, **draw(made), **draw(environments)) for name in names]
    return credentials, {name: draw(used) for name in names if draw(st.booleans())}


@given(vaults(), st.randoms(use_true_random=False))
def test_the_order_of_credentials_does_not_matter(
    given_vault: tuple[list[Credential], dict[str, Used]], random: Any
) -> None:
    """The same findings in the same order, the worst first."""
    credentials, usage = given_vault
    found = audit(credentials, load, usage, NOW)
    random.shuffle(credentials)
    assert found == audit(credentials, load, usage, NOW)
    ranks = [SEVERITIES.index(finding.severity) for finding in found]
    assert sorted(ranks) == ranks


@pytest.mark.promise(4)
@given(vaults())
def test_no_finding_holds_a_value(given_vault: tuple[list[Credential], dict[str, Used]]) -> None:
    """Neither in its message nor in its hint; and each is documented."""
    credentials, usage = given_vault
    found = audit(credentials, load, usage, NOW, vault=VaultFacts(LOWEST_KDF, False))
    assert not any("hidden-" in repr(finding) for finding in found)
    assert all(CODES[finding.code][0] == finding.severity for finding in found)
    assert len(found) == len({(finding.code, finding.name, finding.message) for finding in found})


def test_the_last_use_is_a_run_or_a_request() -> None:
    """Showing a value is none that an exchange sees."""
    assert Used().last is None
    assert Used(run=5, verified=7).last == 7
    assert Used(run=5, shown=9, programs=(Program("/bin/bot", "/srv", 1, 5),)).last == 5


# --- the exchanges themselves -------------------------------------------------------------------------


def test_a_wallet_of_hyperliquid() -> None:
    """Its own address is found out, and another's is not; no address binding is asked of it."""
    fields = {"wallet_address": Secret("0x" + "0" * 40), "private_key": PRIVATE}
    agent = Credential("agent", "hyperliquid", fields, NOW, NOW, permissions=("trade",))
    assert [] == audit([agent], profiles.load, {"agent": USED}, NOW)
    own = agent.changed(fields={**fields, "wallet_address": Secret(private_keys.address(PRIVATE))})
    assert ["wallet-itself"] == [f.code for f in audit([own], profiles.load, {"agent": USED}, NOW)]


@pytest.mark.parametrize("exchange", sorted({*profiles.names()} - {"generic", "hyperliquid"}))
def test_a_trading_key_that_works_from_anywhere(exchange: str) -> None:
    """At every exchange that makes keys; and an account of which nothing is recorded is asked about."""
    key = quiet(exchange=exchange, ips=())
    found = {finding.code for finding in audit([key], profiles.load, {"main": USED}, NOW)}
    assert "unbound" in found
    assert "permissions-unknown" not in found
    found = {f.code for f in audit([key.changed(permissions=())], profiles.load, {"main": USED}, NOW)}
    assert "permissions-unknown" in found


def test_fifty_keys_of_okx() -> None:
    """As many as an account may have; one more is found."""
    fifty = [okx_credential(f"k{number}", fields={"api_key": Secret(f"{number:08}")}) for number in range(51)]
    codes = [
        [finding.code for finding in audit(some, profiles.load, {}, NOW)].count("too-many-keys")
        for some in (fifty[:50], fifty)
    ]
    assert [0, 1] == codes


# --- times after now ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"created": NOW + DAY}, "stored"),
        ({"issued": NOW + DAY}, "made"),
        ({"updated": NOW + DAY}, "changed"),
        ({"staged": values(at=NOW + DAY)}, "its successor: stored"),
        ({"staged": values(issued=NOW + DAY)}, "its successor: made"),
        ({"previous": values(at=NOW + DAY, replaced=NOW)}, "the key before it: stored"),
        ({"previous": values(replaced=NOW + DAY)}, "the key before it: replaced"),
    ],
)
def test_each_time_after_now_is_named(changes: dict[str, Any], told: str) -> None:
    """With the day, and how to put it right."""
    (found,) = [found for found in findings(quiet(**changes)) if found.code == "time-ahead"]
    assert f"main has a time after now, which does not count ({told} on 2026-09-22)" == found.message
    assert "vault edit main --issued DATE" in found.hint


def test_clocks_that_differ_by_minutes_are_no_news() -> None:
    """Two machines are never quite of one time."""
    assert [] == findings(quiet(created=NOW + 600, updated=NOW + 600))


def test_times_after_now_in_the_journal_are_named() -> None:
    """How many, and the latest."""
    (found,) = findings(quiet(), facts=VaultFacts(later=(NOW + DAY, NOW + 2 * DAY)))
    assert "the journal has 2 times after now, up to 2026-09-23; they do not count" == found.message
