"""Exchange profiles: what each one says, a person's own files, and how a broken one is refused."""

from __future__ import annotations

import re
import string
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from conftest import NOW, OKX, PASSWORD, Cli
from test_parse import GOOD

import vault
from vault.credential import private_keys
from vault.errors import InvalidCredential, ProfileNotFound, VaultError
from vault.exchanges import profiles
from vault.exchanges.parse import parse
from vault.exchanges.profile import Profile
from vault.launch.variables import check_target
from vault.system import data_home

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "vault" / "exchanges").glob("*.toml"))
EACH = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


@EACH
def test_a_profile_is_what_its_source_says(source: Path) -> None:
    """The TOML file and the compiled file are one, in the order of their regions too."""
    wanted = profiles.make(source.stem, parse(source.stem, source.read_text()))
    assert (wanted, [*wanted.regions]) == (profiles.load(source.stem), [*profiles.load(source.stem).regions])


def test_the_compiled_profiles_are_current() -> None:
    """scripts/compile-profiles --check finds nothing to write."""
    command = [sys.executable, str(ROOT / "scripts" / "compile-profiles"), "--check"]
    assert subprocess.run(command).returncode == 0


def test_every_source_is_compiled() -> None:
    """And nothing else is."""
    assert [source.stem for source in SOURCES] == profiles.names()


@EACH
def test_a_profile_loads(source: Path) -> None:
    """By its name."""
    assert source.stem == profiles.load(source.stem).name


@EACH
def test_shapes_have_words(source: Path) -> None:
    """What a value should look like is said in words wherever it is checked."""
    assert [] == [f.name for f in profiles.load(source.stem).fields if bool(f.shape) != bool(f.looks)]


@EACH
def test_a_profile_has_one_default_preset(source: Path) -> None:
    """If it has presets, exactly one of them names the variables when no client is chosen."""
    presets = profiles.load(source.stem).presets.values()
    assert len([preset for preset in presets if preset.default]) == bool(presets)


@EACH
def test_every_preset_names_every_field(source: Path) -> None:
    """No field that a credential must have is left to a name that the client does not read."""
    profile = profiles.load(source.stem)
    fields = {field.name for field in profile.fields if not field.optional}
    assert [] == [client for client, preset in profile.presets.items() if preset.variables.keys() != fields]


@EACH
def test_every_variable_is_allowed(source: Path) -> None:
    """No preset sets what steers loaders, interpreters, proxies or TLS."""
    for preset in profiles.load(source.stem).presets.values():
        extras = (preset.live, preset.demo, preset.testnet, *preset.region.values())
        names = [*preset.variables.values(), *(name for extra in extras for name in extra)]
        for name in [*names, *(name for other in preset.rename.values() for name in other.values())]:
            check_target(name)


def test_a_missing_profile_is_not_found() -> None:
    """ProfileNotFound, naming those there are."""
    with pytest.raises(ProfileNotFound) as caught:
        profiles.load("bitfinex")
    assert "okx" in caught.value.hint


@pytest.mark.parametrize("name", ["", "../okx", "OKX", "okx\n", "a" * 33])
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    """It is no path, and is not echoed."""
    with pytest.raises(InvalidCredential):
        profiles.load(name)


def test_the_clients_of_all_profiles() -> None:
    """Sorted, each once."""
    assert sorted({client for preset in PRESETS.values() for client in preset.split()}) == profiles.clients()


# --- what each profile says -------------------------------------------------------------------------

SIGNED = [source.stem for source in SOURCES if source.stem != "generic"]
EXCHANGE = pytest.mark.parametrize("name", SIGNED)

# The clients of each exchange, the one whose names are used when none is chosen first.
PRESETS = {
    "binance": "ccxt nautilus freqtrade binance-connector passivbot",
    "bitget": "ccxt freqtrade passivbot",
    "bybit": "ccxt nautilus freqtrade passivbot",
    "coinbase": "coinbase nautilus ccxt cdp",
    "deribit": "ccxt nautilus",
    "gate": "ccxt freqtrade passivbot",
    "generic": "",
    "hyperliquid": "ccxt nautilus freqtrade",
    "kraken": "ccxt nautilus kraken-sdk freqtrade",
    "kucoin": "ccxt kucoin-sdk freqtrade passivbot",
    "okx": "okx-cli ccxt python-okx nautilus freqtrade passivbot",
}

# Kinds of private key that an owner may make, default first.
KEYGEN = {
    "binance": ("ed25519", "rsa"),
    "bitget": ("rsa",),
    "bybit": ("rsa",),
    "deribit": ("ed25519", "rsa"),
    "hyperliquid": ("secp256k1",),
}

# days, since, unbound, permissions, live; every other exchange has no rule: not established.
EXPIRY = {
    "bybit": (90, "creation", True, (), False),
    "gate": (90, "creation", True, (), False),
    "hyperliquid": (180, "creation", False, (), False),
    "kucoin": (30, "use", True, ("trade",), False),
    "okx": (14, "use", True, ("trade", "withdraw"), True),
}

# Words that let funds out of the account to an address; no other right does.
WITHDRAWS = {
    "binance": {"enableWithdrawals"},
    "bitget": {"withdraw", "wwow"},
    "bybit": {"Withdraw"},
    "coinbase": {"can_transfer"},
    "deribit": {"wallet:read_write"},
    "gate": {"withdraw:write", "withdrawal:write"},
    "hyperliquid": set(),
    "kraken": {"add-withdraw-address", "update-withdraw-address", "withdraw-funds"},
    "kucoin": {"Transfer"},
    "okx": {"withdraw"},
}

# Every code that an exchange is known to refuse a request with, and its likeliest cause.
CODES = {
    "binance": "-1021 clock  -1022 secret  -2008 key  -2014 key  -2015 address",
    "bitget": "40004 clock  40005 clock  40006 key  40008 clock  40009 secret  40012 passphrase"
    "  40014 permission  40018 address  40037 key  40085 request  40099 environment",
    "bybit": "10002 clock  10003 key  10004 secret  10005 permission  10009 region  10010 address"
    "  33004 expired  HTTP_403 region",
    "coinbase": "HTTP_401 secret  PERMISSION_DENIED permission",
    "deribit": "10000 secret  13004 key  13009 secret  13021 permission",
    "gate": "FORBIDDEN permission  INVALID_KEY key  INVALID_SIGNATURE secret  IP_FORBIDDEN address"
    "  READ_ONLY permission  REQUEST_EXPIRED clock",
    "kraken": "EAPI:Invalid_key key  EAPI:Invalid_nonce nonce  EAPI:Invalid_signature secret"
    "  EGeneral:Permission_denied permission  EGeneral:Temporary_lockout locked",
    "kucoin": "400001 request  400002 clock  400003 key  400004 passphrase  400005 secret  400006 address"
    "  400007 permission",
    "okx": "50011 rate  50035 bind  50100 frozen  50101 environment  50102 clock  50103 request"
    "  50104 request  50105 passphrase  50106 request  50107 request  50110 address  50111 key"
    "  50112 request  50113 secret  50119 region  50120 permission  50121 region",
}


@EACH
def test_the_clients_of_a_profile(source: Path) -> None:
    """They are the ones whose names are established, and the first of them is the default."""
    profile, wanted = profiles.load(source.stem), PRESETS[source.stem].split()
    assert [*wanted[:1]] == [profile.default] * bool(wanted)
    assert sorted(wanted) == sorted(profile.presets)


@EACH
def test_freqtrade_re_types_all_but_a_passphrase(source: Path) -> None:
    """Its loader reads every other value as a number, a truth value or a list if it can."""
    profile = profiles.load(source.stem)
    fields = {field.name for field in profile.fields if not field.optional}
    retyped = {client: set(preset.retypes) for client, preset in profile.presets.items() if preset.retypes}
    assert retyped == ({"freqtrade": fields - {"passphrase"}} if "freqtrade" in profile.presets else {})


@EACH
def test_a_preset_knows_the_environments_of_its_exchange(source: Path) -> None:
    """No names are for an environment that the exchange has not."""
    profile = profiles.load(source.stem)
    for preset in profile.presets.values():
        used = {name for name in ("demo", "testnet") if getattr(preset, name) or name in preset.rename}
        assert used <= set(profile.environments)


@pytest.mark.parametrize("name", [name for name in SIGNED if "passivbot" in PRESETS[name]])
def test_passivbot_is_told_its_exchange_for_a_live_key_only(name: str) -> None:
    """It knows no other environment: a demo key would be sent to the live one."""
    preset = profiles.load(name).presets["passivbot"]
    assert preset.live == {"PB_EXCHANGE": "gateio" if name == "gate" else name}
    assert not preset.demo


@EXCHANGE
def test_every_site_has_a_host(name: str) -> None:
    """Each region, and each environment that is said to exist: a bare name, to be asked over TLS."""
    profile = profiles.load(name)
    hosts = [host for site in profile.regions.values() for host in (site.host, site.demo, site.testnet)]
    assert all(profile.host(region) for region in profile.regions)
    assert [] == [host for host in hosts if host and not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host)]
    assert profile.host("") == next(iter(profile.regions.values())).host
    assert profile.host("nowhere") == ""


@EXCHANGE
def test_a_key_can_be_verified(name: str) -> None:
    """Each exchange has a test request, from the root of its host."""
    verify = profiles.load(name).verify
    assert verify is not None
    assert verify.path.startswith("/")
    assert verify.time == "" or verify.time.startswith("/")
    assert verify.method == ("POST" if name in ("hyperliquid", "kraken") else "GET")


def test_a_generic_credential_is_not_verified() -> None:
    """Nothing is known of who issued it."""
    assert profiles.load("generic").verify is None


@EXCHANGE
def test_the_rights_of_an_exchange(name: str) -> None:
    """Each of its words means reading, trading or withdrawing; withdrawing, only those listed here."""
    words = profiles.load(name).rights.words
    assert words
    assert WITHDRAWS[name] == {word for word, right in words.items() if right == "withdraw"}
    assert {"read", "trade", "withdraw"} >= set(words.values())


@EXCHANGE
def test_the_refusals_of_an_exchange(name: str) -> None:
    """Every code that it is known to refuse with has its causes, the likeliest first."""
    verify = profiles.load(name).verify
    assert verify is not None
    pairs = [pair.split(" ") for pair in CODES.get(name, "").split("  ") if pair]
    wanted = {code.replace("_", " ") if ":" in code or "HTTP" in code else code: why for code, why in pairs}
    assert wanted == {code: verify.errors[code][0] for code in wanted}


@pytest.mark.parametrize(
    ("name", "code", "causes"),
    [
        ("binance", "-2015", ("address", "permission", "key")),
        ("bitget", "40012", ("passphrase", "key")),
        ("bybit", "10003", ("key", "environment", "region")),
        ("okx", "50119", ("region", "key")),
    ],
)
def test_a_code_that_stands_for_several_causes(name: str, code: str, causes: tuple[str, ...]) -> None:
    """All of them, most likely first."""
    verify = profiles.load(name).verify
    assert verify is not None
    assert causes == tuple(verify.errors[code])


@EACH
def test_the_rules_by_which_keys_end(source: Path) -> None:
    """One at five exchanges; at the others none is established, or the number changes (Binance)."""
    rules = profiles.load(source.stem).expiry
    wanted = [EXPIRY[source.stem]] if source.stem in EXPIRY else []
    assert wanted == [(r.days, r.since, r.unbound, r.permissions, r.live) for r in rules]
    assert all(rule.then for rule in rules)


@EACH
def test_the_limits_of_an_exchange(source: Path) -> None:
    """Keys of an account and addresses of a key; 0 where they are not established."""
    known = {"okx": (50, 20), "binance": (0, 30), "kucoin": (0, 20)}
    limits = profiles.load(source.stem).limits
    assert known.get(source.stem, (0, 0)) == (limits.keys, limits.ips)


@EACH
def test_the_keys_that_an_owner_may_make(source: Path) -> None:
    """Their kinds, default first; one field takes them, and only Coinbase gives out such keys itself."""
    profile = profiles.load(source.stem)
    assert KEYGEN.get(source.stem, ()) == profile.keygen
    taken = {**KEYGEN, "coinbase": ("p256", "ed25519")}
    wanted = [taken[name] for name in taken if name == source.stem]
    assert wanted == [field.keys for field in profile.fields if field.keys]


def test_who_can_disable_a_key() -> None:
    """Deribit alone, as far as is established."""
    assert ["deribit"] == [name for name in profiles.names() if profiles.load(name).disables]


@pytest.mark.parametrize(
    ("name", "header"), [("okx", {"x-simulated-trading": "1"}), ("bitget", {"paptrading": "1"})]
)
def test_a_demo_key_on_the_live_host(name: str, header: dict[str, str]) -> None:
    """It is told from a live one by a header."""
    profile = profiles.load(name)
    assert profile.verify is not None
    assert header == profile.verify.demo
    assert profile.host("", "demo") == profile.host("")


@EXCHANGE
def test_hosts_are_those_of_ccxt(name: str) -> None:
    """Of the usual site in every environment, and of each site that ccxt has a class for."""
    ccxt = pytest.importorskip("ccxt")
    classes = {"okx": "eea=myokx us=okxus", "bybit": "eu=bybiteu id=bybitid", "gate": "eu=gateeu"}
    pairs = [pair.split("=") for pair in classes.get(name, "").split()]
    profile = profiles.load(name)
    for region, client in [["global", name], *pairs]:
        exchange = getattr(ccxt, client)()
        asked = ("api", "test", "demo", "demotrading")
        urls = exchange.implode_hostname(repr([exchange.urls.get(kind) for kind in asked]))
        for environment in ("live", *(["demo", "testnet"] if region == "global" else [])):
            host = profile.host(region, environment)
            assert not host or f"https://{host}" in urls, (region, environment, host)


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("okx", profiles.load("okx").manage),
        ("generic", "its issuer's page for API keys"),
    ],
)
def test_the_page_where_keys_are_managed(name: str, page: str) -> None:
    """Its address, or words for it."""
    assert page == profiles.load(name).page


# --- fields -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields", [["api_key", "secret_key", "passphrase"], ["passphrase", "api_key", "secret_key"]]
)
def test_the_fields_of_a_profile_are_accepted(fields: list[str]) -> None:
    """In whatever order."""
    profiles.load("okx").check_fields(fields)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        ["api_key"],
        ["api_key", "secret_key"],
        ["api_key", "secret_key", "passphrase", "other"],
        ["API_KEY"],
    ],
    ids=len,
)
def test_other_fields_are_refused(fields: list[str]) -> None:
    """One that is missing or unknown is said before the exchange's page is closed."""
    with pytest.raises(InvalidCredential):
        profiles.load("okx").check_fields(fields)


@pytest.mark.parametrize("fields", [["anything"], ["a", "b"]], ids=len)
def test_a_generic_credential_has_any_fields(fields: list[str]) -> None:
    """The generic profile knows none."""
    profiles.load("generic").check_fields(fields)


def remarks(field: str, value: str, profile: str = "okx") -> int:
    return len(profiles.load(profile).remarks(field, vault.Secret(value)))


@pytest.mark.parametrize("field", OKX)
def test_a_value_as_it_should_be(field: str) -> None:
    """Nothing is remarked."""
    assert remarks(field, OKX[field]) == 0


@pytest.mark.parametrize(
    ("field", "value", "count"),
    [
        ("api_key", OKX["api_key"].upper(), 1),
        ("api_key", OKX["api_key"][:-1], 1),
        ("api_key", OKX["api_key"] + "\n", 3),
        ("api_key", " " + OKX["api_key"], 2),
        ("secret_key", OKX["secret_key"].lower(), 1),
        ("secret_key", OKX["secret_key"] + "0", 1),
        ("passphrase", "no-digit-Here", 1),
        ("passphrase", "short1A!"[:7], 1),
        ("passphrase", "Umlaut-ü-1", 2),
        ("passphrase", "tab\tInside-1", 2),
    ],
)
def test_a_value_that_looks_wrong(field: str, value: str, count: int) -> None:
    """Each thing that looks wrong is one remark; none is a refusal."""
    assert count == remarks(field, value)


@pytest.mark.parametrize(
    ("value", "count"), [("anything", 0), (" x", 1), ("a\nb", 1), ("ü", 1), ("\x1b[31m\n", 2)]
)
def test_a_value_of_a_generic_credential(value: str, count: int) -> None:
    """Only what is odd everywhere is remarked."""
    assert count == remarks("token", value, "generic")


UUID = "37c541a1-0b1c-4d2e-9f3a-10fe7a038418"
ALNUM = (string.ascii_letters + string.digits) * 2

# Values as each exchange shows them: examples of its documentation, and made-up ones of the same form.
EXAMPLES = {
    "binance": {
        "api_key": ["vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"],
        "secret_key": ["NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"],
    },
    "bitget": {
        "api_key": ["bg_0123456789abcdef0123456789abcdef"],
        "secret_key": ["0123456789abcdef" * 4],
        "passphrase": ["hunter2"],
    },
    "bybit": {"api_key": ["x" * 18, "opjSlSOzqIeXROT5rq"], "secret_key": ["x" * 36]},
    "coinbase": {
        "api_key": [f"organizations/{UUID}/apiKeys/{UUID}", UUID],
        # 32 bytes; and a seed with its public half, RFC 8032 section 7.1, test 1.
        "secret_key": [
            f"{'A' * 43}=",
            "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==",
        ],
    },
    "deribit": {
        "api_key": ["aD-KFx-H", "1sXMQBhM", "TiA4AyLPq3"],
        "secret_key": ["SjM57m1T2CfXZ4vZ76X1APjqRlJdtzHI8IwVXoQnfoM"],
    },
    "gate": {"api_key": ["c5dcfbf1f3a7"], "secret_key": ["any"]},
    "hyperliquid": {
        "wallet_address": ["0x5e9ee1089755c3435139848e47e6635505d5a13a"],
        "private_key": [f"0x{'1' * 64}"],
    },
    "kraken": {
        "api_key": [f"{ALNUM[:54]}+/"],
        "secret_key": [
            "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
        ],
        "otp": ["123456"],
    },
    "kucoin": {"api_key": ["5c2db93503aa674c74a31734"], "secret_key": [UUID], "passphrase": ["seven-7"]},
    "okx": {field: [value] for field, value in OKX.items()},
}


def cut(name: str) -> bool:
    """Whether a value of these fields can be known to be cut off."""
    return name not in ("bitget", "gate")


@EXCHANGE
def test_values_as_an_exchange_shows_them(name: str) -> None:
    """Nothing is remarked, and no field is without an example."""
    assert list(EXAMPLES[name]) == [field.name for field in profiles.load(name).fields]
    for field, values in EXAMPLES[name].items():
        assert [0] * len(values) == [remarks(field, value, name) for value in values]


@pytest.mark.parametrize("name", [name for name in SIGNED if cut(name)])
def test_a_value_that_is_cut_off(name: str) -> None:
    """A key or secret that lacks its last character is remarked, at every exchange whose shapes are known."""
    fields = [field for field in EXAMPLES[name] if field not in ("passphrase", "otp")]
    for field in fields:
        assert remarks(field, EXAMPLES[name][field][0][:-1], name) == 1, field


@pytest.mark.parametrize("name", SIGNED)
def test_a_value_with_what_a_page_adds(name: str) -> None:
    """A blank behind it, or a line break, is remarked even where no shape is known."""
    for field, values in EXAMPLES[name].items():
        assert remarks(field, f"{values[0]} ", name)
        assert remarks(field, f"{values[0]}\n", name)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("binance", "api_key", "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8-"),
        ("bybit", "api_key", "x" * 36),
        ("bybit", "secret_key", "x" * 18),
        ("coinbase", "api_key", f"organizations/{UUID}"),
        ("coinbase", "secret_key", "A" * 44),
        ("deribit", "api_key", "SjM57m1T2CfXZ4vZ76X1APjqRlJdtzHI8IwVXoQnfoM"),
        ("deribit", "api_key", "TiA4AyLPq3x"),
        ("deribit", "secret_key", "aD-KFx-H"),
        ("hyperliquid", "wallet_address", f"0x{'1' * 64}"),
        ("hyperliquid", "wallet_address", "5e9ee1089755c3435139848e47e6635505d5a13a"),
        ("hyperliquid", "private_key", "1" * 64),
        ("hyperliquid", "private_key", f"0x{'0' * 64}"),
        ("hyperliquid", "private_key", "0x5e9ee1089755c3435139848e47e6635505d5a13a"),
        ("kraken", "api_key", "A" * 88),
        ("kraken", "secret_key", "A" * 88),
        ("kucoin", "api_key", UUID),
        ("kucoin", "secret_key", "5c2db93503aa674c74a31734"),
        ("kucoin", "passphrase", "sixsix"),
        ("kucoin", "passphrase", "a blank inside"),
    ],
)
def test_a_value_of_another_kind(name: str, field: str, value: str) -> None:
    """What stands in the wrong field, or lacks its beginning, is remarked."""
    assert remarks(field, value, name) == 1


def test_a_base64_of_another_size() -> None:
    """A value that has the characters, but not the bytes, is remarked."""
    field = {"name": "key", "label": "key", "decodes": 64}
    profile = profiles.make("example", {"title": "Example", "fields": [field]})
    found = [
        len(profile.remarks("key", vault.Secret(text))) for text in ("A" * 86 + "==", "A" * 88, "A" * 87)
    ]
    assert [0, 1, 1] == found


@cache
def private_key(kind: str) -> vault.Secret:
    """One private key of that kind for the whole run."""
    return private_keys.generate(kind)


@EXCHANGE
@pytest.mark.parametrize("kind", private_keys.KINDS)
def test_private_keys_that_an_exchange_takes(name: str, kind: str) -> None:
    """One of a kind that a field may be is in order; one of another kind is one remark."""
    for field in profiles.load(name).fields:
        if field.keys:
            found = profiles.load(name).remarks(field.name, private_key(kind))
            # A wallet's key is a text of hexadecimal digits: no news where secrets have no known shape.
            told = bool(field.shape) or kind != "secp256k1"
            assert len(found) == (kind not in field.keys and told), found


@pytest.mark.parametrize("name", ["binance", "bitget", "bybit", "deribit"])
def test_a_private_key_that_is_cut_off(name: str) -> None:
    """It is one remark, which does not hold the value."""
    text = private_key("rsa").reveal()
    found = profiles.load(name).remarks("secret_key", vault.Secret(text[: len(text) // 2]))
    assert len(found) == 1
    assert text[100:140] not in found[0]


def test_an_optional_field() -> None:
    """It may be there, or not."""
    profile = profiles.load("kraken")
    profile.check_fields(["api_key", "secret_key"])
    profile.check_fields(["api_key", "secret_key", "otp"])


def test_a_public_field() -> None:
    """The address of an account is the only one."""
    every = [(name, field.name) for name in SIGNED for field in profiles.load(name).fields if field.public]
    assert [("hyperliquid", "wallet_address")] == every


@pytest.mark.promise(4)
def test_a_remark_does_not_hold_the_value() -> None:
    """It goes to a terminal, and perhaps to a log."""
    said = profiles.load("okx").remarks("passphrase", vault.Secret("hunter2-\tsecret "))
    assert "hunter2" not in "".join(said)


# --- a person's own files ---------------------------------------------------------------------------


def own(name: str, text: str | bytes, mode: int = 0o600) -> Path:
    """Write *text* where a person's own profile of that name is looked for."""
    folder = Path(data_home()) / "profiles"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    file.chmod(mode)
    return file


def test_without_own_files_the_profiles_are_ours() -> None:
    """No file is named as theirs."""
    assert [""] * len(SOURCES) == [profiles.load(name).file for name in profiles.names()]


def test_an_own_file_changes_a_limit() -> None:
    """That number; whatever else is known of the exchange stays, and the file is named."""
    file = own("okx", "[limits]\nips = 40\n")
    before = profiles.make("okx", parse("okx", (ROOT / "vault/exchanges/okx.toml").read_text()))
    after = profiles.load("okx")
    assert (50, 40) == (after.limits.keys, after.limits.ips)
    assert str(file) == after.file
    assert before == after.changed(file="", limits=before.limits)


def test_an_own_file_adds_a_region() -> None:
    """Behind ours, so that the usual one stays the usual one."""
    own("okx", '[regions.apac]\nhost = "apac.okx.example"\n')
    profile = profiles.load("okx")
    assert [*profile.regions] == ["global", "eea", "us", "tr", "apac"]
    assert profile.host("apac") == "apac.okx.example"
    assert profile.host("apac", "demo") == ""
    assert profile.host("") == "www.okx.com"


def test_an_own_file_changes_one_host() -> None:
    """The others of that region stay."""
    own("okx", '[regions.global]\nhost = "openapi.okx.com"\n')
    assert profiles.load("okx").host("global") == "openapi.okx.com"
    assert profiles.load("okx").host("global", "demo") == "www.okx.com"


def test_an_own_file_adds_a_client_and_a_cause() -> None:
    """A preset of ours can lose its place as the default."""
    own(
        "okx",
        """
[presets.okx-cli]
default = false
[presets.mine]
default = true
variables = { api_key = "MY_KEY", secret_key = "MY_SECRET", passphrase = "MY_PASSPHRASE" }
[verify.errors]
99999 = ["frozen"]
""",
    )
    profile = profiles.load("okx")
    assert profile.default == "mine"
    assert "mine" in profiles.clients()
    assert profile.verify is not None
    assert ("frozen",) == tuple(profile.verify.errors["99999"])
    assert ("region", "key") == tuple(profile.verify.errors["50119"])


def test_own_rules_take_the_place_of_ours() -> None:
    """A list is theirs as a whole."""
    own("okx", """
[[expiry]]
days = 90
since = "creation"
then = "expires"
source = "my own account, 2026-11"
""")  # fmt: skip
    assert [90] == [rule.days for rule in profiles.load("okx").expiry]


def test_an_own_file_adds_an_exchange() -> None:
    """It is one like ours: named, loaded, with its clients; ours stay."""
    file = own("bitfinex", GOOD)
    assert sorted(["bitfinex", *(source.stem for source in SOURCES)]) == profiles.names()
    profile = profiles.load("bitfinex")
    assert ("bitfinex", "Example", str(file)) == (profile.name, profile.title, profile.file)
    assert "cli" in profiles.clients()
    assert profiles.load("okx").file == ""


def test_an_own_exchange_names_the_variables(cli: Cli) -> None:
    """A program is given its credential by the names of that file."""
    own("bitfinex", GOOD)
    store(cli, vault.Credential("bfx", "bitfinex", {"key": vault.Secret("k")}, created=NOW, updated=NOW))
    done = cli("run", "-c", "bfx", "--", "printenv", "KEY", "DEMO")
    assert done.stdout.split() == [b"k", b"0"]


def store(cli: Cli, credential: vault.Credential) -> None:
    """Add one to the vault of the command line."""
    with vault.open(cli.path).unlock(vault.Secret(PASSWORD)) as opened:
        opened.add(credential)
        opened.save()


SPOILT: dict[str, tuple[str | bytes, int]] = {
    "broken TOML": ("= 1\n", 0o600),
    "unknown key": ("colour = 'red'\n", 0o600),
    "unknown key of a table": ("[limits]\nip = 1\n", 0o600),
    "a rule without its source": ("[[expiry]]\ndays = 1\nsince = 'use'\nthen = 'ends'\n", 0o600),
    "a cause that is none": ("[verify.errors]\n50119 = ['weather']\n", 0o600),
    "not UTF-8": (b"title = '\xff'\n", 0o600),
    "too large": ("#" * (256 << 10) + "\n", 0o600),
    "writable by the group": ("[limits]\nips = 40\n", 0o620),
    "writable by everybody": ("[limits]\nips = 40\n", 0o602),
}


def spoil(case: str) -> Path:
    """Put a file in the way of the profile of OKX, as *case* says."""
    if case in SPOILT:
        return own("okx", *SPOILT[case])
    file = own("okx", "")
    file.unlink()
    if case == "a folder":
        file.mkdir()
    else:
        file.symlink_to(own("elsewhere", "[limits]\nips = 40\n"))
    return file


CASES = [*SPOILT, "a folder", "a symbolic link"]


@pytest.mark.promise(7)
@pytest.mark.parametrize("case", CASES)
def test_a_spoilt_own_file_is_one_error(case: str) -> None:
    """It names the exchange or the file, in one line; every other profile is as it was."""
    spoil(case)
    with pytest.raises(VaultError) as caught:
        profiles.load("okx")
    assert "okx" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "Binance" == profiles.load("binance").title
    assert "okx" in profiles.names()


@pytest.mark.parametrize("case", ["broken TOML", "writable by the group"])
def test_a_spoilt_own_file_stops_no_other_program(case: str, cli: Cli) -> None:
    """`vault run` starts with a credential of another exchange; with one of this, it says why not."""
    store(cli, vault.Credential("other", "binance", binance(), created=NOW, updated=NOW))
    spoil(case)
    done = cli("run", "-c", "other", "--", "printenv", "BINANCE_APIKEY")
    assert done.stdout.decode() == f"{EXAMPLES['binance']['api_key'][0]}\n"
    refused = cli("run", "-c", "okx-main", "--", "true", check=125)
    errors = [line for line in refused.stderr.decode().splitlines() if line.startswith("vault: error: ")]
    assert len(errors) == 1
    assert "okx" in errors[0]


def binance() -> dict[str, vault.Secret]:
    """A credential's fields, as Binance shows them."""
    return {field: vault.Secret(values[0]) for field, values in EXAMPLES["binance"].items()}


@pytest.mark.promise(7)
def test_a_folder_that_everybody_may_write_to_is_refused() -> None:
    """Anybody could say where signed requests go."""
    file = own("okx", "[limits]\nips = 40\n")
    file.parent.chmod(0o707)
    with pytest.raises(VaultError):
        profiles.load("okx")


def test_other_files_beside_own_profiles_are_nothing() -> None:
    """Only what ends in .toml is looked at."""
    folder = own("okx", "[limits]\nips = 40\n").parent
    (folder / "notes.txt").write_text("= 1\n")
    (folder / "okx.toml~").write_text("= 1\n")
    assert [source.stem for source in SOURCES] == profiles.names()


def test_a_profile_that_cannot_be_read_is_known_by_its_name_alone() -> None:
    """Whoever only shows a credential needs no more."""
    spoil("broken TOML")
    assert profiles.known("okx") == Profile("okx", "okx")
    assert profiles.known("nowhere") == Profile("nowhere", "nowhere")


def test_a_folder_in_the_place_of_a_profile() -> None:
    """The profile is at fault and not the vault: no hint speaks of --file."""
    own("okx", "").unlink()
    (Path(data_home()) / "profiles" / "okx.toml").mkdir()
    with pytest.raises(InvalidCredential, match=r"the profile okx cannot be read: .* is a folder") as caught:
        profiles.load("okx")
    assert caught.value.hint == ""


# --- what a file of one's own cannot do ---------------------------------------------------------------------


@pytest.mark.promise(13)
@pytest.mark.parametrize(
    "line",
    ['method = "POST"', 'path = "/api/v5/asset/withdrawal"', 'query = "a=b"', "body = '{\"amt\": \"1\"}'",
     'balance = "/api/v5/asset/withdrawal"', 'time = "/x"',
     '[verify.elsewhere]\nlive = "/x"', '[verify.otherwise]\n"1" = "/x"', '[verify.demo]\nx = "y"'],
)  # fmt: skip
def test_what_is_signed_for_a_built_in_exchange_stays(line: str) -> None:
    """A profile may come from somebody else: it would have a withdrawal signed by `vault verify`."""
    own("okx", line if line.startswith("[") else f"[verify]\n{line}\n")
    with pytest.raises(InvalidCredential, match="what is signed for a built-in exchange stays: verify"):
        profiles.load("okx")


def test_what_explains_a_refusal_can_be_laid_over() -> None:
    """Codes, pauses and how far a clock may be off."""
    own("okx", '[verify]\npause = 2.0\n[verify.errors]\n"99999" = ["busy"]\n')
    assert (2.0, ("busy",)) == (
        profiles.load("okx").verify.pause,  # type: ignore[union-attr]
        profiles.load("okx").verify.errors["99999"],  # type: ignore[union-attr]
    )


@pytest.mark.promise(13)
def test_an_exchange_of_one_s_own_is_asked_by_get() -> None:
    """Nothing else is sent for it."""
    own("mine", GOOD.replace("[verify]", '[verify]\nmethod = "POST"'))
    with pytest.raises(InvalidCredential, match="asked by GET alone"):
        profiles.load("mine")


@pytest.mark.promise(11)
def test_redirects_are_not_taken_away() -> None:
    """A variable that leads a client elsewhere goes on being reported."""
    own("okx", "[presets.okx-cli]\nredirects = []\n")
    with pytest.raises(InvalidCredential, match="redirects can be added to, not taken away"):
        profiles.load("okx")
    usual = profiles.make("okx", profiles._compiled("okx")).presets["okx-cli"].redirects
    own("okx", f"[presets.okx-cli]\nredirects = {[*usual, 'MINE']}\n")
    assert {*usual, "MINE"} == {*profiles.load("okx").presets["okx-cli"].redirects}


def test_hosts_that_a_file_moves_are_known() -> None:
    """Each that the built-in profile does not name."""
    own("okx", '[regions.global]\nhost = "okx.example"\n')
    assert ("okx.example",) == profiles.load("okx").moved
    own("okx", "disables = true\n")
    assert () == profiles.load("okx").moved
