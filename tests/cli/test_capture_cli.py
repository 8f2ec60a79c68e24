"""``add``, ``rotate``, ``keygen`` at a terminal and in a pipe: what comes in whole, and what is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import OKX, PASSWORD, Cli
from person import CTRL_C, CTRL_D, Person

from vault.credential import private_keys

At = Callable[[str], Person]
BINANCE = {"api_key": "a1B2" * 16, "secret_key": "Z9y8" * 16}


@pytest.fixture
def person(cli: Cli, tmp_path: Path) -> At:
    """Somebody at a terminal, who is asked for no password."""

    def sit(line: str) -> Person:
        env = {**cli.env, "PATH": f"{Path(cli.exe).parent}:{cli.env['PATH']}", "NO_COLOR": "1"}
        return Person(line, env, tmp_path / "notes")

    return sit


def value(cli: Cli, name: str, field: str) -> str:
    return cli("show", name, "--reveal", field, "--force-stdout").stdout.decode()[:-1]


def known(cli: Cli, name: str) -> dict[str, object]:
    facts: dict[str, object] = json.loads(cli("--json", "show", name).stdout)
    return facts


# --- the form -----------------------------------------------------------------------------------------

VALUES = [
    ("API key (", OKX["api_key"]),
    ("secret key (", OKX["secret_key"]),
    ("passphrase (", OKX["passphrase"]),
]


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["ctrl-c", "ctrl-d"])
def test_whoever_leaves_the_form_has_lost_nothing(person: At, cli: Cli, key: str) -> None:
    """The values are saved before it is shown; the command has done its work."""
    somebody = person("vault add second --exchange okx")
    somebody.answers(*VALUES)
    somebody.sees("what may it do")
    somebody.types("", key)
    assert 0 == somebody.ends()
    assert "vault edit second" in somebody.screen
    assert OKX["secret_key"] == value(cli, "second", "secret_key")


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["ctrl-c", "ctrl-d"])
def test_what_was_answered_before_the_form_is_left_is_recorded(person: At, cli: Cli, key: str) -> None:
    """It is said that the rest is open."""
    somebody = person("vault add second --exchange okx")
    somebody.answers(*VALUES, ("what may it do", "trade"), ("from which addresses", "203.0.113.7"))
    somebody.sees("which account")
    somebody.types("", key)
    assert 0 == somebody.ends()
    assert "the rest is left open; later: vault edit second" in somebody.screen
    facts = known(cli, "second")
    assert (["trade"], ["203.0.113.7"], "") == (facts["permissions"], facts["ips"], facts["account"])


def test_the_form_is_recorded(person: At, cli: Cli) -> None:
    """An answer that is none is asked for again; Enter leaves a question open."""
    somebody = person("vault add second --exchange okx")
    somebody.answers(
        *VALUES,
        ("what may it do", "trde"),
        ("what may it do", "read, trade"),
        ("from which addresses", "203.0.113.7 2001:db8::/48"),
        ("which account", "desk 1"),
        ("which site", "mars"),
        ("which site", "eea"),
        ("which environment", ""),
        ("when does it end", "2027-01-31"),
    )
    assert 0 == somebody.ends()
    facts = known(cli, "second")
    wanted = {"permissions": ["read", "trade"], "ips": ["203.0.113.7", "2001:db8::/48"], "account": "desk 1",
              "region": "eea", "environment": "live", "expires": "2027-01-31T23:59:59Z"}  # fmt: skip
    assert wanted == {key: facts[key] for key in wanted}


def test_whoever_gave_options_is_not_asked(person: At) -> None:
    """The form is for those who gave none."""
    somebody = person("vault add second --exchange okx --tag grid")
    somebody.answers(*VALUES)
    assert 0 == somebody.ends()
    assert "what may it do" not in somebody.screen


# --- pasted -------------------------------------------------------------------------------------------


def test_a_paste_without_marks_ends_with_ctrl_d(person: At, cli: Cli) -> None:
    """A terminal that marks no pastes is understood, too; Backspace works on what is typed."""
    somebody = person("vault add second --exchange kucoin --paste --tag x")
    somebody.sees("paste the whole page")
    lines = [
        "Key: 5f9d2b7c3a1e4d6f8b0c2e4ax\x7f",
        "",
        "Secret: 37c541a1-0b1c-4d2e-9f3a-10fe7a038418",
        "Passphrase: Hunter-2-ok",
    ]
    somebody.types("\r".join(lines), "\r" + CTRL_D)
    somebody.answers(("store these?", "y"))
    assert 0 == somebody.ends()
    found = [value(cli, "second", field) for field in ("api_key", "secret_key", "passphrase")]
    assert ["5f9d2b7c3a1e4d6f8b0c2e4a", "37c541a1-0b1c-4d2e-9f3a-10fe7a038418", "Hunter-2-ok"] == found
    assert [] == [text for text in found if text in somebody.screen]


@pytest.mark.promise(12)
def test_what_is_in_doubt_is_asked(person: At, cli: Cli) -> None:
    """Two values of one shape and no labels: which is which is for the person to say."""
    somebody = person("vault add second --exchange binance --paste --tag x")
    somebody.pastes([BINANCE["secret_key"], BINANCE["api_key"]])
    somebody.answers(("the API key?", "n"), ("the API key?", "y"), ("the secret key?", "y"))
    assert 0 == somebody.ends()
    assert BINANCE == {field: value(cli, "second", field) for field in BINANCE}


@pytest.mark.promise(12)
def test_whoever_says_no_has_stored_nothing(person: At, cli: Cli) -> None:
    """The last question before the save."""
    before = cli.path.read_bytes()
    somebody = person("vault add second --exchange binance --paste")
    somebody.pastes(["API Key", BINANCE["api_key"], "Secret Key", BINANCE["secret_key"]])
    somebody.answers(("store these?", "n"))
    assert 130 == somebody.ends()
    assert before == cli.path.read_bytes()


def test_a_page_can_be_piped(cli: Cli) -> None:
    """With labels nothing is in doubt."""
    page = f"API Key\r\n{BINANCE['api_key']}\r\nSecret Key\r\n{BINANCE['secret_key']}\r\n"
    cli("add", "second", "--exchange", "binance", "--paste", "--stdin", input=page.encode())
    assert BINANCE == {field: value(cli, "second", field) for field in BINANCE}


@pytest.mark.promise(12)
@pytest.mark.parametrize(
    "page",
    [f"{BINANCE['api_key']}\n{BINANCE['secret_key']}\n", f"API Key: {BINANCE['api_key']}\n", "", "\udcff\0"],
    ids=["in doubt", "a field short", "empty", "not a text"],
)
def test_a_piped_page_that_leaves_a_doubt_is_refused(cli: Cli, page: str) -> None:
    """There is nobody to ask; nothing is stored."""
    before = cli.path.read_bytes()
    done = cli("add", "second", "--exchange", "binance", "--paste", "--stdin", check=53,
               input=page.encode(errors="surrogateescape"))  # fmt: skip
    assert before == cli.path.read_bytes()
    assert [] == [secret for secret in BINANCE.values() if secret.encode() in done.stdout + done.stderr]


def test_a_private_key_of_many_lines_is_typed_or_pasted(person: At, cli: Cli) -> None:
    """At the question for the value, line breaks of a page made one; the lines end it by themselves."""
    pem = private_keys.generate("ed25519").reveal().strip()
    somebody = person("vault add second --exchange binance --tag x")
    somebody.answers(("API key (", BINANCE["api_key"]))
    somebody.sees("secret key (")
    somebody.types(pem.replace("\n", "\r"))
    assert 0 == somebody.ends()
    assert pem == value(cli, "second", "secret_key").strip()
    assert "PRIVATE KEY" not in somebody.screen


# --- the clipboard --------------------------------------------------------------------------------------


def test_without_a_clipboard_a_copy_says_so(cli: Cli) -> None:
    """And names what it takes."""
    done = cli("copy", "okx-main", "api_key", check=64, env={"DISPLAY": "", "WAYLAND_DISPLAY": ""})
    assert b"wl-clipboard" in done.stderr


def test_a_clipboard_that_is_not_there_stops_no_save(cli: Cli) -> None:
    """The credential is in; only the clipboard is as it was."""
    done = cli("add", "second", "--exchange", "okx", "--stdin", "--clear-clipboard",
               input=json.dumps(OKX).encode(), env={"DISPLAY": "", "WAYLAND_DISPLAY": ""})  # fmt: skip
    assert b"clipboard is as it was" in done.stderr
    assert OKX["passphrase"] == value(cli, "second", "passphrase")


NEXT_KEY = "0c5f32f4-9f06-4f35-8d39-72d3e7a1b0c4"

# --- rotate -------------------------------------------------------------------------------------------


@pytest.mark.promise(9)
def test_a_key_is_replaced_without_a_gap(cli: Cli) -> None:
    """Staged, tried, committed, forgotten: programs are given the old one until the commit."""
    after = {**OKX, "api_key": NEXT_KEY, "passphrase": "Next-Phrase-9"}

    def given(*options: str) -> str:
        return cli("run", *options, "--", "printenv", "OKX_PASSPHRASE").stdout.decode().strip()

    cli("rotate", "okx-main", "--stdin", input=json.dumps(after).encode())
    assert after["passphrase"] == given("--next")
    assert known(cli, "okx-main")["last_used"] is None, "the successor was tried, and not the key in force"
    assert OKX["passphrase"] == given()
    cli("rotate", "okx-main", "--stdin", input=json.dumps(OKX).encode(), check=52)
    assert b"no request has proved" in cli("rotate", "okx-main", "--commit", check=61).stderr
    assert OKX["passphrase"] == given()
    cli("rotate", "okx-main", "--commit", "--yes")
    assert after["passphrase"] == given()
    cli("run", "--next", "--", "true", check=125)
    assert known(cli, "okx-main")["previous"]
    cli("rotate", "okx-main", "--forget")
    assert known(cli, "okx-main")["previous"] is None
    cli("rotate", "okx-main", "--forget", check=51)


def test_a_successor_can_be_dropped(cli: Cli) -> None:
    """And nothing else changes."""
    cli("rotate", "okx-main", "--stdin", input=json.dumps({**OKX, "api_key": NEXT_KEY}).encode())
    cli("rotate", "okx-main", "--abort")
    assert OKX["passphrase"] == value(cli, "okx-main", "passphrase")
    cli("rotate", "okx-main", "--commit", check=51)


def test_the_typed_password_of_a_rotation_is_asked_first(person: At) -> None:
    """With a wrong one nothing else is asked."""
    somebody = person("env -u VAULT_PASSWORD_FILE vault rotate okx-main")
    somebody.answers(("master password: ", "wrong"), ("master password: ", PASSWORD), ("API key (", ""))
    somebody.sees("try again")
    somebody.types("", CTRL_C)
    assert 130 == somebody.ends()
