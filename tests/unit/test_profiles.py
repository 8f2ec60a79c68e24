"""Exchange profiles: every one parses, the table is current, and a broken one is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import OKX

import vault
from vault import profiles
from vault.errors import InvalidCredential, ProfileNotFound
from vault.launch.environment import check_target

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "vault" / "exchanges").glob("*.toml"))
EACH = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


@EACH
def test_a_profile_is_what_the_table_says(source: Path) -> None:
    """The TOML file and the compiled table are one."""
    from vault.exchanges.table import TABLE

    assert profiles.parse(source.stem, source.read_text()) == TABLE[source.stem]


def test_the_table_is_current() -> None:
    """scripts/compile-profiles --check finds nothing to write."""
    command = [sys.executable, str(ROOT / "scripts" / "compile-profiles"), "--check"]
    assert subprocess.run(command).returncode == 0


def test_every_source_is_in_the_table() -> None:
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
    """No field of a client's credential is left to a name that the client does not read."""
    profile = profiles.load(source.stem)
    fields = {field.name for field in profile.fields}
    assert [] == [client for client, preset in profile.presets.items() if preset.variables.keys() != fields]


@EACH
def test_every_variable_is_allowed(source: Path) -> None:
    """No preset sets what steers loaders, interpreters, proxies or TLS."""
    for preset in profiles.load(source.stem).presets.values():
        extras = (preset.live, preset.demo, *preset.region.values())
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
    assert ["ccxt", "freqtrade", "nautilus", "okx-cli", "python-okx"] == profiles.clients()


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


def test_a_remark_does_not_hold_the_value() -> None:
    """It goes to a terminal, and perhaps to a log."""
    said = profiles.load("okx").remarks("passphrase", vault.Secret("hunter2-\tsecret "))
    assert "hunter2" not in "".join(said)


# --- sources that are broken ------------------------------------------------------------------------

GOOD = """
title = "Example"
[[fields]]
name = "key"
label = "key"
[regions.eu]
host = "eu.example.com"
[presets.cli]
default = true
variables = { key = "KEY" }
rename.eu = { key = "EU_KEY" }
region.eu = { SITE = "eu" }
live = { DEMO = "0" }
"""

BROKEN = {
    "no TOML": GOOD + "=",
    "no title": GOOD.replace('title = "Example"', ""),
    "unknown key": GOOD.replace("title", "tilte"),
    "another key": 'colour = "red"\n' + GOOD,
    "unknown key of a field": GOOD.replace("label", "lable"),
    "field without label": GOOD.replace('label = "key"', ""),
    "name of a field": GOOD.replace('name = "key"', 'name = "KEY"'),
    "shape": GOOD.replace('label = "key"', 'label = "key"\nshape = "("\nlooks = "x"'),
    "unknown key of a preset": GOOD.replace("default", "defualt"),
    "preset without variables": GOOD.replace("variables = ", "live = ").replace('live = { DEMO = "0" }', ""),
    "variables of a field that is not there": GOOD.replace('{ key = "KEY" }', '{ kee = "KEY" }'),
    "renaming of a field that is not there": GOOD.replace('{ key = "EU_KEY" }', '{ kee = "EU_KEY" }'),
    "renaming in a region that is not there": GOOD.replace("rename.eu", "rename.us"),
    "settings of a region that is not there": GOOD.replace("region.eu", "region.us"),
    "settings no variable can be": GOOD.replace("DEMO", '"DE MO"'),
    "settings of a region no variable can be": GOOD.replace("SITE", '"SI-TE"'),
    "variable that no system takes": GOOD.replace('"KEY"', '"K EY"'),
    "renamed variable that no system takes": GOOD.replace('"EU_KEY"', '"EU KEY"'),
    "fields that are no list": GOOD.replace("[[fields]]", "[fields]"),
    "presets that are no table": 'presets = 1\ntitle = "x"',
    "regions that are no table": 'regions = [1]\ntitle = "x"\n[presets.cli]\nvariables = {}\nrename.eu = {}',
}


def test_the_example_is_no_broken_one() -> None:
    """What the others are made from parses."""
    assert profiles.parse("example", GOOD)["title"] == "Example"


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_source_is_refused(case: str) -> None:
    """InvalidCredential, whatever is wrong."""
    with pytest.raises(InvalidCredential):
        profiles.parse("example", BROKEN[case])
