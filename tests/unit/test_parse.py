"""A profile's TOML: how a broken one is refused."""

from __future__ import annotations

import pytest

from vault.errors import InvalidCredential
from vault.exchanges.parse import parse

GOOD = """
title = "Example"
[[fields]]
name = "key"
label = "key"
[regions.eu]
host = "eu.example.com"
[limits]
ips = 3
source = "a page, 2026-01"
[rights]
source = "a page, 2026-01"
words = { may_trade = "trade" }
[[expiry]]
days = 30
since = "use"
then = "expires"
source = "a page, 2026-01"
[verify]
path = "/key"
source = "a page, 2026-01"
errors = { 17 = ["key"] }
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
    "shape without words": GOOD.replace('label = "key"', 'label = "key"\nshape = "x"'),
    "words without a shape": GOOD.replace('label = "key"', 'label = "key"\nlooks = "x"'),
    "kind of private key": GOOD.replace('label = "key"', 'label = "key"\nkeys = ["dsa"]'),
    "kind of private key to make": 'keygen = ["dsa"]\n' + GOOD,
    "region without a host": GOOD.replace("host", "demo"),
    "unknown key of a region": GOOD.replace("host", "hots"),
    "unknown key of the limits": GOOD.replace("ips", "ipv6"),
    "limits without a source": GOOD.replace('ips = 3\nsource = "a page, 2026-01"', "ips = 3"),
    "source without a date": GOOD.replace(
        'ips = 3\nsource = "a page, 2026-01"', 'ips = 3\nsource = "a page"'
    ),
    "source with a year only": GOOD.replace(
        'then = "expires"\nsource = "a page, 2026-01"', 'then = "expires"\nsource = "a page, 2026"'
    ),
    "unknown right": GOOD.replace('may_trade = "trade"', 'may_trade = "gamble"'),
    "rule without days": GOOD.replace("days = 30\n", ""),
    "rule of no days": GOOD.replace("days = 30", "days = 0"),
    "unknown beginning": GOOD.replace('since = "use"', 'since = "ever"'),
    "rule for an unknown permission": GOOD.replace("days = 30", 'days = 30\npermissions = ["gamble"]'),
    "unknown key of a rule": GOOD.replace("then", "than"),
    "unknown cause": GOOD.replace('["key"]', '["weather"]'),
    "unknown key of the request": GOOD.replace('path = "/key"', 'path = "/key"\nhost = "evil.example"'),
    "renaming in an environment that is not there": GOOD.replace("rename.eu", "rename.live"),
    "re-typing of a field that is not there": GOOD.replace("default = true", 'retypes = ["kee"]'),
    "fields that are no list": GOOD.replace("[[fields]]", "[fields]"),
    "presets that are no table": 'presets = 1\ntitle = "x"',
    "regions that are no table": 'regions = [1]\ntitle = "x"\n[presets.cli]\nvariables = {}\nrename.eu = {}',
}


def test_the_example_is_no_broken_one() -> None:
    """What the others are made from parses."""
    assert parse("example", GOOD)["title"] == "Example"


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_source_is_refused(case: str) -> None:
    """InvalidCredential, whatever is wrong."""
    with pytest.raises(InvalidCredential):
        parse("example", BROKEN[case])


@pytest.mark.parametrize("bug", [AttributeError, KeyError, TypeError])
def test_a_bug_of_ours_is_not_a_broken_source(bug: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in the code that checks a sound profile is not taken for an error in the profile."""

    def broken(profile: object) -> None:
        raise bug

    monkeypatch.setattr("vault.exchanges.parse._check", broken)
    with pytest.raises(bug):
        parse("example", GOOD)


@pytest.mark.parametrize("shape", ["(", "a{99999999999}"])
def test_a_shape_that_cannot_be_compiled_is_refused(shape: str) -> None:
    """Whatever the compiler of regular expressions raises."""
    with pytest.raises(InvalidCredential):
        parse("example", GOOD.replace('label = "key"', f'label = "key"\nshape = "{shape}"\nlooks = "x"'))


def test_what_is_wrong_is_named() -> None:
    """The key and its type."""
    for wrong, said in (
        ('disables = "no"', "disables is not of its type, bool"),
        ('keygen = "rsa"', "keygen is not of its type, list[str, ...]"),
        ("colour = 1", "unknown key 'colour'"),
    ):
        with pytest.raises(InvalidCredential) as caught:
            parse("example", f"{wrong}\n{GOOD}")
        assert str(caught.value) == f"the profile example cannot be read: {said}"
