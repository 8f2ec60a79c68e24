"""Which credentials a program is given, under which names, and every reason to refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from conftest import NOW, okx_credential

import vault
from vault.credential.credential import Values
from vault.errors import (
    CredentialNotFound,
    ProfileNotFound,
    SelectionRefused,
    VariableConflict,
    VariableRefused,
    VaultError,
)
from vault.exchanges import profiles
from vault.launch import quirks
from vault.launch.environment import build, plan, select
from vault.launch.variables import Assignment, Mapped


def okx(name: str = "okx-main", **changes: Any) -> vault.Credential:
    """With values that say where they belong."""
    values = {"api_key": "K", "secret_key": "S", "passphrase": "P"}
    return okx_credential(name, **changes).changed(
        fields={field: vault.Secret(f"{name}:{value}") for field, value in values.items()}
    )


def generic(name: str, *fields: str, **changes: Any) -> vault.Credential:
    secrets = {field: vault.Secret(f"{name}:{field}") for field in fields or ("token",)}
    return vault.Credential(name, "generic", secrets, created=NOW, updated=NOW).changed(**changes)


MAIN, DEMO = okx(), okx("okx-demo", demo=True)
EEA, US = okx("okx-eea", region="eea"), okx("okx-us", region="us")
GUARDED, DISABLED = okx("okx-cold", guarded=True), okx("okx-old", state="disabled")
WITHDRAW = okx("okx-pay", permissions=("read", "withdraw"))
OWN = okx("okx-own", variables={"api_key": "MY_KEY"})
CCXT = okx("okx-ccxt", preset="ccxt")
TOKEN = generic("telegram")
TWO = generic("mail.smtp-2", "user", "password")
DIGIT = generic("3commas", "key")


# --- select -----------------------------------------------------------------------------------------

# Credentials, the names asked for, the names chosen.
CHOSEN: dict[str, tuple[list[vault.Credential], list[str], list[str]]] = {
    "the only one": ([MAIN], [], ["okx-main"]),
    "all active ones": ([MAIN, TOKEN], [], ["okx-main", "telegram"]),
    "not the disabled one": ([MAIN, DISABLED], [], ["okx-main"]),
    "not the guarded one": ([MAIN, GUARDED], [], ["okx-main"]),
    "not one that can withdraw": ([MAIN, WITHDRAW], [], ["okx-main"]),
    "the guarded one by name": ([MAIN, GUARDED], ["okx-cold"], ["okx-cold"]),
    "one that can withdraw by name": ([WITHDRAW], ["okx-pay"], ["okx-pay"]),
    "one of several": ([MAIN, EEA, TOKEN], ["okx-eea"], ["okx-eea"]),
    "in the order asked for": ([MAIN, TOKEN], ["telegram", "okx-main"], ["telegram", "okx-main"]),
    "each once": ([MAIN], ["okx-main", "okx-main"], ["okx-main"]),
    "two live ones of an exchange": ([MAIN, EEA], [], ["okx-main", "okx-eea"]),
    "demo alone": ([DEMO], [], ["okx-demo"]),
    "demo by name beside a live one": ([MAIN, DEMO], ["okx-demo"], ["okx-demo"]),
    "live and a disabled demo": ([MAIN, DEMO.changed(state="disabled")], [], ["okx-main"]),
    "live and demo of no exchange": ([TOKEN, generic("other", demo=True)], [], ["telegram", "other"]),
    "demo of one, live of another": ([DEMO, TOKEN], [], ["okx-demo", "telegram"]),
}

NOT_CHOSEN: dict[str, tuple[list[vault.Credential], list[str], type[VaultError]]] = {
    "an empty vault": ([], [], SelectionRefused),
    "only disabled ones": ([DISABLED], [], SelectionRefused),
    "only guarded ones": ([GUARDED, WITHDRAW], [], SelectionRefused),
    "a disabled one by name": ([MAIN, DISABLED], ["okx-old"], SelectionRefused),
    "a missing name": ([MAIN], ["okx-mian"], CredentialNotFound),
    "a missing name beside one that is there": ([MAIN], ["okx-main", "none"], CredentialNotFound),
    "a name in an empty vault": ([], ["none"], CredentialNotFound),
    "live and demo of an exchange": ([MAIN, DEMO], [], SelectionRefused),
    "live and demo by name": ([MAIN, DEMO], ["okx-main", "okx-demo"], SelectionRefused),
    "demo and live in the other order": ([DEMO, MAIN], [], SelectionRefused),
    "guarded and disabled by name": ([GUARDED.changed(state="disabled")], ["okx-cold"], SelectionRefused),
}


@pytest.mark.promise(9)
@pytest.mark.parametrize("case", CHOSEN)
def test_what_is_chosen(case: str) -> None:
    """Every active credential that is not guarded; or those that are named."""
    credentials, asked, wanted = CHOSEN[case]
    assert wanted == [credential.name for credential in select(credentials, asked)]


@pytest.mark.promise(9)
@pytest.mark.parametrize("case", NOT_CHOSEN)
def test_what_is_not_chosen(case: str) -> None:
    """Nothing is handed over by halves: one reason, one class."""
    credentials, asked, error = NOT_CHOSEN[case]
    with pytest.raises(error):
        select(credentials, asked)


# --- plan -------------------------------------------------------------------------------------------


def names(
    prefix: str, key: str, secret: str, phrase: str, name: str = "okx-main", **more: str
) -> dict[str, str]:
    return {
        f"{prefix}{key}": f"{name}:K",
        f"{prefix}{secret}": f"{name}:S",
        f"{prefix}{phrase}": f"{name}:P",
        **more,
    }


def default(name: str = "okx-main", **more: str) -> dict[str, str]:
    return names("OKX_", "API_KEY", "SECRET_KEY", "PASSPHRASE", name, **{"OKX_DEMO": "false", **more})


def mapped(*texts: str) -> list[Mapped]:
    return [Mapped.read(text) for text in texts]


# Credentials, how the plan is made, the variables.
PLANNED: dict[str, tuple[list[vault.Credential], dict[str, Any], dict[str, str]]] = {
    "the profile's own names": ([MAIN], {}, default()),
    "for its own client": ([MAIN], {"clients": ["okx-cli"]}, default()),
    "for ccxt": ([MAIN], {"clients": ["ccxt"]}, names("OKX_", "APIKEY", "SECRET", "PASSWORD")),
    "for python-okx": (
        [MAIN],
        {"clients": ["python-okx"]},
        names("OKX_", "API_KEY", "API_SECRET", "PASSPHRASE", OKX_FLAG="0"),
    ),
    "for nautilus": (
        [MAIN],
        {"clients": ["nautilus"]},
        names("OKX_", "API_KEY", "API_SECRET", "API_PASSPHRASE"),
    ),
    "for freqtrade": (
        [MAIN],
        {"clients": ["freqtrade"]},
        names("FREQTRADE__EXCHANGE__", "API_KEY", "SECRET", "PASSWORD"),
    ),
    "demo": ([DEMO], {}, default("okx-demo", OKX_DEMO="true")),
    "demo for python-okx": (
        [DEMO],
        {"clients": ["python-okx"]},
        names("OKX_", "API_KEY", "API_SECRET", "PASSPHRASE", "okx-demo", OKX_FLAG="1"),
    ),
    "a region": ([EEA], {}, default("okx-eea", OKX_SITE="eea")),
    "another region": ([US], {}, default("okx-us", OKX_SITE="us")),
    "the global region": ([okx(region="global")], {}, default(OKX_SITE="global")),
    "ccxt in Europe": (
        [EEA],
        {"clients": ["ccxt"]},
        names("MYOKX_", "APIKEY", "SECRET", "PASSWORD", "okx-eea"),
    ),
    "ccxt in America": (
        [US],
        {"clients": ["ccxt"]},
        names("OKXUS_", "APIKEY", "SECRET", "PASSWORD", "okx-us"),
    ),
    "ccxt in a region of the usual names": (
        [okx(region="tr")],
        {"clients": ["ccxt"]},
        names("OKX_", "APIKEY", "SECRET", "PASSWORD"),
    ),
    "its own preset": ([CCXT], {}, names("OKX_", "APIKEY", "SECRET", "PASSWORD", "okx-ccxt")),
    "another client than its own preset": (
        [CCXT],
        {"clients": ["nautilus"]},
        names("OKX_", "API_KEY", "API_SECRET", "API_PASSPHRASE", "okx-ccxt"),
    ),
    "its own name for one field": (
        [OWN],
        {},
        {
            "MY_KEY": "okx-own:K",
            "OKX_SECRET_KEY": "okx-own:S",
            "OKX_PASSPHRASE": "okx-own:P",
            "OKX_DEMO": "false",
        },
    ),
    "a client instead of its own names": (
        [OWN],
        {"clients": ["ccxt"]},
        names("OKX_", "APIKEY", "SECRET", "PASSWORD", "okx-own"),
    ),
    "two clients at once": (
        [MAIN],
        {"clients": ["ccxt", "nautilus"]},
        {
            **names("OKX_", "APIKEY", "SECRET", "PASSWORD"),
            **names("OKX_", "API_KEY", "API_SECRET", "API_PASSPHRASE"),
        },
    ),
    "generic": ([TOKEN], {}, {"TELEGRAM_TOKEN": "telegram:token"}),
    "generic with dots and dashes": (
        [TWO],
        {},
        {"MAIL_SMTP_2_USER": "mail.smtp-2:user", "MAIL_SMTP_2_PASSWORD": "mail.smtp-2:password"},
    ),
    "generic that begins with a digit": ([DIGIT], {}, {"_3COMMAS_KEY": "3commas:key"}),
    "generic with a name of its own": (
        [generic("telegram", variables={"token": "BOT_TOKEN"})],
        {},
        {"BOT_TOKEN": "telegram:token"},
    ),
    "generic beside a client's": (
        [MAIN, TOKEN],
        {"clients": ["ccxt"]},
        {**names("OKX_", "APIKEY", "SECRET", "PASSWORD"), "TELEGRAM_TOKEN": "telegram:token"},
    ),
    "a field that no preset names": (
        [MAIN.changed(fields={"api_key": vault.Secret("okx-main:K"), "extra": vault.Secret("okx-main:E")})],
        {},
        {"OKX_API_KEY": "okx-main:K", "OKX_MAIN_EXTRA": "okx-main:E", "OKX_DEMO": "false"},
    ),
    "two of an exchange where the names differ": (
        [EEA, US],
        {"clients": ["ccxt"]},
        {
            **names("MYOKX_", "APIKEY", "SECRET", "PASSWORD", "okx-eea"),
            **names("OKXUS_", "APIKEY", "SECRET", "PASSWORD", "okx-us"),
        },
    ),
    "mapped by hand alone": ([MAIN, TOKEN], {"mapped": mapped("X=okx-main.api_key")}, {"X": "okx-main:K"}),
    "mapped from a name with dots": (
        [TWO],
        {"mapped": mapped("X=mail.smtp-2.user")},
        {"X": "mail.smtp-2:user"},
    ),
    "one value under two names": (
        [TOKEN],
        {"mapped": mapped("A=telegram.token", "B=telegram.token")},
        {"A": "telegram:token", "B": "telegram:token"},
    ),
    "the same mapping twice": (
        [TOKEN],
        {"mapped": mapped("A=telegram.token", "A=telegram.token")},
        {"A": "telegram:token"},
    ),
    "mapped by hand beside a named one": (
        [MAIN, TOKEN],
        {"names": ["telegram"], "mapped": mapped("X=okx-main.api_key")},
        {"TELEGRAM_TOKEN": "telegram:token", "X": "okx-main:K"},
    ),
    "mapped by hand and named": (
        [TOKEN],
        {"names": ["telegram"], "mapped": mapped("X=telegram.token")},
        {"TELEGRAM_TOKEN": "telegram:token", "X": "telegram:token"},
    ),
    "a guarded one mapped by hand": (
        [GUARDED],
        {"mapped": mapped("X=okx-cold.api_key")},
        {"X": "okx-cold:K"},
    ),
    "a lower-case variable": ([TOKEN], {"mapped": mapped("x=telegram.token")}, {"x": "telegram:token"}),
}

NOT_PLANNED: dict[str, tuple[list[vault.Credential], dict[str, Any], type[VaultError]]] = {
    "two of an exchange under the same names": ([MAIN, EEA], {}, VariableConflict),
    "two clients that disagree about a value": (
        [okx("a"), okx("b")],
        {"names": ["a", "b"], "clients": ["ccxt"]},
        VariableConflict,
    ),
    "equal values of two credentials": (
        [TOKEN.changed(variables={"token": "X"}), TOKEN.changed(name="other", variables={"token": "X"})],
        {},
        VariableConflict,
    ),
    "one variable by hand and by preset": (
        [MAIN],
        {"names": ["okx-main"], "mapped": mapped("OKX_API_KEY=okx-main.passphrase")},
        VariableConflict,
    ),
    "one variable by hand twice": (
        [TWO],
        {"mapped": mapped("X=mail.smtp-2.user", "X=mail.smtp-2.password")},
        VariableConflict,
    ),
    "a secret where a client has a setting": (
        [MAIN],
        {"names": ["okx-main"], "mapped": mapped("OKX_DEMO=okx-main.api_key")},
        VariableConflict,
    ),
    "two generic names that fall together": ([generic("a-b"), generic("a.b")], {}, VariableConflict),
    "an unknown client": ([MAIN], {"clients": ["nobody"]}, ProfileNotFound),
    "a client of none of these": ([TOKEN], {"clients": ["ccxt"]}, ProfileNotFound),
    "a client known beside one that is not": ([MAIN], {"clients": ["ccxt", "nobody"]}, ProfileNotFound),
    "an unknown preset of its own": ([okx(preset="nobody")], {}, ProfileNotFound),
    "a preset of another exchange": ([generic("a", preset="ccxt")], {}, ProfileNotFound),
    "an unknown exchange": ([MAIN.changed(exchange="nowhere")], {}, ProfileNotFound),
    "a missing name by hand": ([MAIN], {"mapped": mapped("X=none.api_key")}, CredentialNotFound),
    "a missing field by hand": ([MAIN], {"mapped": mapped("X=okx-main.none")}, CredentialNotFound),
    "a disabled one by hand": ([DISABLED], {"mapped": mapped("X=okx-old.api_key")}, SelectionRefused),
    "live and demo by hand": (
        [MAIN, DEMO],
        {"mapped": mapped("X=okx-main.api_key", "Y=okx-demo.api_key")},
        SelectionRefused,
    ),
    "a name of its own that steers": ([generic("a", variables={"token": "LD_PRELOAD"})], {}, VariableRefused),
    "a name of its own that is ours": (
        [generic("a", variables={"token": "VAULT_FILE"})],
        {},
        VariableRefused,
    ),
    "a generic name that steers": ([generic("node", "options")], {}, VariableRefused),
    "a generic name that is ours": ([generic("vault", "file")], {}, VariableRefused),
}


@pytest.mark.parametrize("case", PLANNED)
def test_the_variables(case: str) -> None:
    """Each credential's values under the names that its reader looks for, and nothing else."""
    credentials, how, wanted = PLANNED[case]
    assert wanted == {entry.variable: entry.value for entry in plan(credentials, **how)}


@pytest.mark.parametrize("case", NOT_PLANNED)
def test_a_plan_that_is_refused(case: str) -> None:
    """What would mix up two values, or help somebody else, is never handed over."""
    credentials, how, error = NOT_PLANNED[case]
    with pytest.raises(error):
        plan(credentials, **how)


@pytest.mark.parametrize("case", PLANNED)
def test_a_plan_can_be_shown(case: str) -> None:
    """Neither the plan's repr nor its sources hold a value out of the vault."""
    credentials, how, _ = PLANNED[case]
    planned = plan(credentials, **how)
    shown = repr(planned) + "".join(entry.source for entry in planned)
    assert [] == [entry.variable for entry in planned if entry.secret and entry.value in shown]


@pytest.mark.parametrize(
    ("credential", "wanted"),
    [
        (MAIN, ["okx-main.api_key", "okx-main.passphrase", "okx-main.secret_key", "okx-cli"]),
        (TOKEN, ["telegram.token"]),
    ],
    ids=["okx", "generic"],
)
def test_every_variable_says_where_it_is_from(credential: vault.Credential, wanted: list[str]) -> None:
    """A field of a credential, or the client whose setting it is."""
    assert sorted(wanted) == sorted(entry.source for entry in plan([credential], clients=_client(credential)))


def _client(credential: vault.Credential) -> Sequence[str]:
    return ["okx-cli"] if credential.exchange == "okx" else []


def test_only_values_of_the_vault_are_secret() -> None:
    """A client's settings can be shown."""
    assert ["OKX_DEMO"] == [entry.variable for entry in plan([MAIN]) if not entry.secret]


# --- build ------------------------------------------------------------------------------------------

X = [Assignment("X", "new", "a.token")]

BUILT: dict[str, tuple[list[Assignment], dict[str, str], dict[str, Any], dict[str, str]]] = {
    "added": (X, {"A": "1"}, {}, {"A": "1", "X": "new"}),
    "nothing": ([], {"A": "1"}, {}, {"A": "1"}),
    "already set to the same": (X, {"X": "new"}, {}, {"X": "new"}),
    "overridden": (X, {"X": "old"}, {"override": True}, {"X": "new"}),
    "our own variables go": (
        X,
        dict.fromkeys(["VAULT_FILE", "VAULT_PASSWORD_FILE", "VAULT_DEBUG", "_VAULT_COMPLETE"], "x"),
        {},
        {"X": "new"},
    ),
    "those of another vault stay": (
        [],
        {"VAULT_ADDR": "x", "VAULT_TOKEN": "y"},
        {},
        {"VAULT_ADDR": "x", "VAULT_TOKEN": "y"},
    ),
    "clean": (X, {"A": "1", "LD_PRELOAD": "x"}, {"clean": True}, {"X": "new"}),
    "clean keeps the usual": (
        [],
        {
            "PATH": "/bin",
            "HOME": "/h",
            "LANG": "C",
            "LC_ALL": "C",
            "TZ": "UTC",
            "TERM": "x",
            "TMPDIR": "/t",
            "B": "1",
        },
        {"clean": True},
        {"PATH": "/bin", "HOME": "/h", "LANG": "C", "LC_ALL": "C", "TZ": "UTC", "TERM": "x", "TMPDIR": "/t"},
    ),
    "clean keeps what is asked for": (
        [],
        {"A": "1", "B": "2"},
        {"clean": True, "keep": ["A", "C"]},
        {"A": "1"},
    ),
    "clean does not keep our own": ([], {"VAULT_FILE": "x"}, {"clean": True, "keep": ["VAULT_FILE"]}, {}),
    "clean over a conflict": (X, {"X": "old"}, {"clean": True}, {"X": "new"}),
    "keep without clean": ([], {"A": "1", "B": "2"}, {"keep": ["A"]}, {"A": "1", "B": "2"}),
    "a line break": ([Assignment("X", "a\nb", "a.t")], {}, {}, {"X": "a\nb"}),
}


@pytest.mark.promise(9)
@pytest.mark.parametrize("case", BUILT)
def test_the_environment(case: str) -> None:
    """The caller's without our own, and the assignments."""
    assignments, base, how, wanted = BUILT[case]
    assert wanted == build(assignments, base, **how)


@pytest.mark.parametrize(
    ("base", "how"),
    [({"X": "old"}, {}), ({"X": ""}, {}), ({"X": "old"}, {"clean": True, "keep": ["X"]})],
    ids=["other", "empty", "kept"],
)
def test_what_is_already_set_is_not_replaced(base: dict[str, str], how: dict[str, Any]) -> None:
    """Somebody set it for a reason, an empty value too: VariableConflict unless it is overridden."""
    with pytest.raises(VariableConflict):
        build(X, base, **how)


def test_the_refusal_holds_neither_value() -> None:
    """What is set, and what was to be, stay out of the message."""
    with pytest.raises(VariableConflict) as caught:
        build([Assignment("X", "hunter2", "a.t")], {"X": "letmein"})
    assert [] == [word for word in ("hunter2", "letmein") if word in str(caught.value) + caught.value.hint]


def test_the_callers_environment_stays() -> None:
    """A new dictionary is made."""
    base = {"VAULT_FILE": "x"}
    build(X, base)
    assert base == {"VAULT_FILE": "x"}


@pytest.mark.parametrize("value", ["x" * (131072 - 3), "ü" * (131072 // 2 - 2)], ids=["bytes", "characters"])
def test_the_longest_variable(value: str) -> None:
    """Name, equals sign, value and final NUL in 128 KiB, counted in bytes."""
    assert {"X": value} == build([Assignment("X", value, "a.t")], {})


@pytest.mark.parametrize("value", ["x" * (131072 - 2), "ü" * (131072 // 2 - 1)], ids=["bytes", "characters"])
def test_a_variable_that_is_too_long(value: str) -> None:
    """One byte more than execve(2) takes is refused here, by name."""
    with pytest.raises(VariableRefused):
        build([Assignment("X", value, "a.t")], {})


def test_the_tables_are_long_enough() -> None:
    """Some cases fall out of a table by mistake; not so many."""
    assert len(CHOSEN) + len(NOT_CHOSEN) + len(PLANNED) + len(NOT_PLANNED) + len(BUILT) >= 60


# --- what is said -----------------------------------------------------------------------------------

PENDING = okx("okx-new", state="pending")
NEXT = MAIN.stage(Values({"api_key": vault.Secret("next:K"), "secret_key": vault.Secret("next:S")}, NOW))
KRAKEN = generic("kraken-main", "api_key", exchange="kraken")

SAID: dict[str, tuple[Callable[[], object], str, str]] = {
    "disabled": (
        lambda: select([MAIN, DISABLED], ["okx-old"]),
        "okx-old is disabled",
        "vault enable okx-old",
    ),
    "pending": (
        lambda: select([PENDING], ["okx-new"]),
        "okx-new is a key pair without an API key yet",
        "upload its public half, then: vault keygen okx-new",
    ),
    "empty": (
        lambda: select([], []),
        "the vault holds no credentials",
        "store one: vault add NAME --exchange okx",
    ),
    "only guarded": (
        lambda: select([DISABLED, GUARDED], []),
        "every active credential is guarded: handed over only by name",
        "name it: -c okx-cold",
    ),
    "only pending": (
        lambda: select([DISABLED, PENDING], []),
        "no credential is active",
        "a key pair awaits its API key: vault keygen okx-new",
    ),
    "only disabled": (lambda: select([DISABLED], []), "every credential is disabled", "vault enable okx-old"),
    "live and demo": (
        lambda: select([okx("a", demo=True), okx("z")], []),
        "z is live and a is demo: one program would mix them up",
        "choose one: -c z, or -c a",
    ),
    "no field": (
        lambda: plan([MAIN], mapped=[Mapped("X", "okx-main", "nope")]),
        "okx-main has no field 'nope'",
        "it has: api_key, secret_key, passphrase",
    ),
    "no successor": (
        lambda: plan([MAIN, EEA], successors=True),
        "no successor is staged for: okx-main, okx-eea",
        "store one: vault rotate NAME",
    ),
    "no client": (
        lambda: plan([MAIN], clients=["nope"]),
        "no client is known as 'nope'",
        f"there are: {', '.join(profiles.clients())}",
    ),
    "not this client": (
        lambda: plan([TOKEN, TWO], clients=["ccxt"]),
        "the names that ccxt reads are not known for: telegram, mail.smtp-2",
        "map them by hand: --env VAR=NAME.FIELD",
    ),
    "one variable": (
        lambda: plan([MAIN, EEA]),
        "okx-main.api_key and okx-eea.api_key both want OKX_API_KEY",
        "choose one with -c, or give one its own names: vault edit NAME --variable FIELD=VAR",
    ),
    "already set": (
        lambda: build(plan([MAIN]), {"OKX_API_KEY": "a", "OKX_PASSPHRASE": "b"}),
        "already set to something else: OKX_API_KEY, OKX_PASSPHRASE",
        "unset OKX_API_KEY OKX_PASSPHRASE; or let the vault win: --override",
    ),
    "too long": (
        lambda: build([Assignment("X", "x" * 131072, "a.b")], {}),
        "a.b is too long for a variable: 131,075 bytes",
        "",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_a_refusal_says(case: str) -> None:
    """What it is about, and the next step, with the names that are to be typed."""
    call, message, hint = SAID[case]
    with pytest.raises(VaultError) as caught:
        call()
    assert (message, hint) == (str(caught.value), caught.value.hint)


def test_environments_of_two_exchanges_go_together() -> None:
    """A demo key of one and a live key of another cannot be mixed up."""
    assert [DEMO, KRAKEN] == select([DEMO, KRAKEN], [])


def test_a_successor_takes_its_place() -> None:
    """Where it is asked for; a credential that has none is handed over as it is."""
    chosen = select([NEXT, KRAKEN], [], successors=True)
    assert [NEXT.successor(), KRAKEN] == chosen
    assert [NEXT, KRAKEN] == select([NEXT, KRAKEN], [])
    assert ["next:K", "next:S", "false", "kraken-main:api_key"] == [
        a.value for a in plan([NEXT, KRAKEN], successors=True)
    ]


def test_an_environment_has_names_of_its_own() -> None:
    """Binance's demo keys are read from variables of their own, and its live ones are not."""
    demo = generic("b", "api_key", exchange="binance", preset="nautilus", demo=True)
    assert "BINANCE_DEMO_API_KEY" in [a.variable for a in plan([demo])]
    assert "BINANCE_DEMO_API_KEY" not in [a.variable for a in plan([demo.changed(demo=False)])]


def test_what_a_client_would_garble_is_said() -> None:
    """Of the field, by the exchange's name of it; of any other value nothing."""
    odd = MAIN.changed(fields={**MAIN.fields, "passphrase": vault.Secret("pä€")}, preset="freqtrade")
    warned = {a.source: a.warnings for a in plan([odd])}
    label = profiles.load("okx").field("passphrase").label
    assert {
        "okx-main.api_key": (),
        "okx-main.secret_key": (),
        "okx-main.passphrase": (
            f"okx-main.passphrase ({label}): freqtrade cannot send characters beyond Latin-1",
        ),
    } == {source: said for source, said in warned.items() if "." in source}


@pytest.mark.parametrize("value", ["123", "-----BEGIN PRIVATE KEY-----\\n", "密码", "37c541a1"])
@pytest.mark.parametrize("exchange", profiles.names())
def test_no_quirk_of_a_client_is_missed(exchange: str, value: str) -> None:
    """The shortcut past quirks.py, for values that no client misreads, leaves no warning out."""
    profile = profiles.load(exchange)
    fields = {field.name: vault.Secret(value) for field in profile.fields} or {"token": vault.Secret(value)}
    credential = vault.Credential("a", exchange, fields, created=NOW)
    for client in profile.presets:
        said = [text for a in plan([credential], clients=[client]) for text in a.warnings]
        found = [text for field in fields for text in quirks.warnings(profile, client, field, value)]
        assert all(line.endswith(text) for text, line in zip(found, said, strict=True))


def test_a_setting_is_no_secret() -> None:
    """What a client is told besides is marked as such, and nothing else is."""
    assert [False, True] == sorted({a.secret for a in plan([MAIN])})
    assert all(isinstance(a.secret, bool) for a in plan([MAIN]))
