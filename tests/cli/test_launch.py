"""``vault run``: options beyond the plain start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import OKX, Cli
from person import Person

ENV = "import json, os; print(json.dumps(dict(os.environ)))"


def environment(cli: Cli, *options: str, **env: str) -> dict[str, str]:
    """What a program finds."""
    done = cli("run", *options, "--", sys.executable, "-I", "-c", ENV, env=env)
    found: dict[str, str] = json.loads(done.stdout)
    return found


# --- --mask -------------------------------------------------------------------------------------------


def test_values_are_hidden(cli: Cli) -> None:
    """On both streams, whole and in halves, as they are and in base64; the rest comes out as it is."""
    code = (
        "import base64, os, sys, time\n"
        "secret = os.environ['OKX_SECRET_KEY']\n"
        "print('plain', secret, 'coded', base64.b64encode(secret.encode()).decode())\n"
        "sys.stdout.flush()\n"
        "os.write(2, secret[:9].encode()); time.sleep(0.2); os.write(2, secret[9:].encode())\n"
    )
    done = cli("run", "--mask", "--", sys.executable, "-I", "-c", code)
    assert (b"plain *** coded ***\n", b"***") == (done.stdout, done.stderr)


def test_without_it_nothing_is(cli: Cli) -> None:
    """So that the test before shows something."""
    done = cli("run", "--", "sh", "-c", "echo $OKX_SECRET_KEY")
    assert OKX["secret_key"].encode() in done.stdout


def test_what_is_handed_over_on_a_descriptor_is_hidden_too(cli: Cli) -> None:
    """All fields, since the program reads them all."""
    code = "import os; os.write(1, os.read(int(os.environ['VAULT_FD']), 9999))"
    done = cli("run", "--mask", "--via", "fd", "--", sys.executable, "-I", "-c", code)
    assert ["***"] * 3 == list(json.loads(done.stdout)["credentials"]["okx-main"]["fields"].values())


def test_a_short_value_is_said_not_to_be_hidden(cli: Cli) -> None:
    """Stars in place of every ``1234`` would tell it, and hide the log."""
    cli.add("pin", "generic", {"code": "1234", "token": "a-longer-one"})
    done = cli("run", "--mask", "-c", "pin", "--", "sh", "-c", "echo $PIN_CODE $PIN_TOKEN")
    assert b"1234 ***\n" == done.stdout
    assert b"not hidden, since shorter than 7 characters: pin.code" in done.stderr


# --- --env-file, --prefix -----------------------------------------------------------------------------


def test_a_file_of_references(cli: Cli, tmp_path: Path) -> None:
    """Its variables and no others; what is no reference is taken as it stands."""
    file = tmp_path / "bot.env"
    file.write_text("KEY=vault://okx-main/api_key\nLEVEL=debug\nCOST='$5'\n")
    found = environment(cli, "--env-file", str(file))
    assert (OKX["api_key"], "debug", "$5") == (found["KEY"], found["LEVEL"], found["COST"])
    assert "OKX_API_KEY" not in found
    assert OKX["secret_key"] not in found.values()


def test_a_file_beside_whole_credentials(cli: Cli, tmp_path: Path) -> None:
    """What is named is handed over whole, and the file's variables besides."""
    file = tmp_path / "bot.env"
    file.write_text("KEY=vault://okx-main/api_key\n")
    found = environment(cli, "--env-file", str(file), "-c", "okx-main")
    assert OKX["api_key"] == found["KEY"] == found["OKX_API_KEY"]


def test_a_variable_of_a_file_that_is_set_already(cli: Cli, tmp_path: Path) -> None:
    """Is a conflict as any other."""
    file = tmp_path / "bot.env"
    file.write_text("LEVEL=debug\n")
    words = ["-c", "okx-main", "--env-file", str(file)]
    done = cli("run", *words, "--", "true", env={"LEVEL": "info"}, check=125)
    assert b"already set to something else: LEVEL" in done.stderr
    assert "debug" == environment(cli, *words, "--override", LEVEL="info")["LEVEL"]


@pytest.mark.promise(9)
def test_a_file_takes_no_guarded_credential(cli: Cli, tmp_path: Path) -> None:
    """Whoever wrote it: it is named on the command line, by its value or whole."""
    cli("edit", "okx-main", "--guarded")
    file = tmp_path / "bot.env"
    file.write_text("KEY=vault://okx-main/api_key\n")
    done = cli("run", "--env-file", str(file), "--", "true", check=125)
    assert b"takes okx-main, which is guarded: a file does not name it" in done.stderr
    for words in (["--env", "OTHER=okx-main.api_key"], ["-c", "okx-main"]):
        assert OKX["api_key"] == environment(cli, "--env-file", str(file), *words)["KEY"]


def test_a_file_says_what_it_takes(cli: Cli, tmp_path: Path) -> None:
    """By name, at each start."""
    file = tmp_path / "bot.env"
    file.write_text("KEY=vault://okx-main/api_key\n")
    done = cli("run", "--env-file", str(file), "--", "true")
    assert f"{file} takes okx-main".encode() in done.stderr


@pytest.mark.promise(9)
def test_a_file_without_a_reference_takes_nothing(cli: Cli, tmp_path: Path) -> None:
    """A line that is gone from it does not hand over everything."""
    file = tmp_path / "bot.env"
    file.write_text("LEVEL=debug\n")
    done = cli("run", "--env-file", str(file), "--", "true", check=125)
    assert b"no credential is named" in done.stderr


def test_a_faulty_file_is_said_before_the_password(cli: Cli, tmp_path: Path) -> None:
    """Nobody types one in vain."""
    env = {name: value for name, value in cli.env.items() if name != "VAULT_PASSWORD_FILE"}
    done = subprocess.run(
        [cli.exe, "run", "--env-file", str(tmp_path / "nosuch"), "--", "true"],
        env=env, stdin=subprocess.DEVNULL, capture_output=True, start_new_session=True,
    )  # fmt: skip
    assert 125 == done.returncode
    assert b"cannot read" in done.stderr


def test_a_prefix(cli: Cli) -> None:
    """Stands before every name but those that are mapped by hand."""
    found = environment(cli, "--prefix", "MAIN_", "--env", "KEY=okx-main.api_key", "-c", "okx-main")
    assert OKX["secret_key"] == found["MAIN_OKX_SECRET_KEY"]
    assert "false" == found["MAIN_OKX_DEMO"]
    assert OKX["api_key"] == found["KEY"]
    assert "OKX_API_KEY" not in found


@pytest.mark.parametrize("prefix", ["1", "A-", "LD_PRELOAD="], ids=ascii)
def test_a_prefix_that_makes_no_name(cli: Cli, prefix: str) -> None:
    """Is refused."""
    cli("run", f"--prefix={prefix}", "--", "true", check=125)


@pytest.mark.parametrize(
    "options",
    [
        ["--for", "ccxt", "--prefix", "X"],
        ["--via", "fd", "--prefix", "X"],
        ["--via", "fd", "--env-file", "x"],
    ],
    ids=" ".join,
)
def test_what_excludes_each_other(cli: Cli, options: list[str]) -> None:
    """Is said, before the password."""
    assert b"vault: error: --" in cli("run", *options, "--", "true", check=125).stderr


# --- --strict -----------------------------------------------------------------------------------------


@pytest.mark.promise(9)
def test_what_could_redirect_is_said_or_refused(cli: Cli) -> None:
    """In one line with all names; --strict starts nothing, --clean has no such variables."""
    env = {"OKX_API_BASE_URL": "https://127.0.0.1", "HTTPS_PROXY": "http://127.0.0.1:1"}
    done = cli("run", "--", "true", env=env)
    assert done.stderr.count(b"\n") == 1
    assert b"already set, and able to redirect the program: HTTPS_PROXY, OKX_API_BASE_URL" in done.stderr
    refused = cli("run", "--strict", "--", "touch", "started", env=env, check=125)
    assert b"vault: hint: unset HTTPS_PROXY OKX_API_BASE_URL" in refused.stderr
    assert not Path("started").exists()
    assert b"" == cli("run", "--strict", "--clean", "--", "true", env=env).stderr


def test_a_demo_key_is_not_worth_a_warning(cli: Cli) -> None:
    """It moves nothing."""
    cli("edit", "okx-main", "--demo")
    assert b"" == cli("run", "--strict", "--", "true", env={"HTTPS_PROXY": "http://127.0.0.1:1"}).stderr


# --- edit --only-for ----------------------------------------------------------------------------------


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "bot.py"
    path.write_text("print('started')\n")
    return path


@pytest.mark.promise(9)
def test_a_bound_credential(cli: Cli, script: Path, tmp_path: Path) -> None:
    """Its script gets it; another gets nothing, not even the start."""
    cli("edit", "okx-main", "--only-for", f"{sys.executable}:{script}")
    assert b"started\n" == cli("run", "--", sys.executable, str(script)).stdout
    other = tmp_path / "other.py"
    other.write_text("print('started')\n")
    done = cli("run", "--", sys.executable, str(other), check=125)
    assert b"" == done.stdout
    assert f"okx-main is handed only to {sys.executable}:{script}".encode() in done.stderr
    shown = json.loads(cli("show", "okx-main", "--json").stdout)
    assert [f"{sys.executable}:{script}"] == shown["only_for"]
    cli("edit", "okx-main", "--only-for", "none")
    cli("run", "--", sys.executable, str(other))


@pytest.mark.promise(9)
def test_a_changed_script_without_a_terminal(cli: Cli, script: Path) -> None:
    """Is refused, and the hint is a line that can be typed."""
    cli("edit", "okx-main", "--only-for", f"{sys.executable}:{script}")
    script.write_text("print('changed')\n")
    done = cli("run", "--", sys.executable, str(script), check=125)
    assert b"has changed since okx-main was bound to it" in done.stderr
    hint = done.stderr.decode().partition("bind it anew: vault ")[2].split()
    cli(*hint)
    assert b"changed\n" == cli("run", "--", sys.executable, str(script)).stdout


@pytest.mark.parametrize("answer", ["y", "n", ""])
def test_a_changed_script_at_a_terminal(cli: Cli, script: Path, tmp_path: Path, answer: str) -> None:
    """Asks; yes is remembered, and everything else starts nothing."""
    cli("edit", "okx-main", "--only-for", f"{sys.executable}:{script}")
    script.write_text("print('changed')\n")
    person = Person(f"{cli.exe} run -- {sys.executable} {script}", cli.env, tmp_path / "notes")
    person.answers(("as it is now, from now on? [y/N] ", answer))
    assert (0 if answer == "y" else 125) == person.ends()
    assert (answer == "y") == ("\nchanged\n" in person.screen)
    cli("run", "--", sys.executable, str(script), check=0 if answer == "y" else 125)


def test_a_dry_run_does_not_ask(cli: Cli, script: Path, tmp_path: Path) -> None:
    """It says what would happen without a person."""
    cli("edit", "okx-main", "--only-for", f"{sys.executable}:{script}")
    script.write_text("print('changed')\n")
    person = Person(f"{cli.exe} run --dry-run -- {sys.executable} {script}", cli.env, tmp_path / "notes")
    assert 125 == person.ends()
