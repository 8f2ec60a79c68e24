"""At a terminal: what is asked, what is shown, and what is left behind when somebody leaves."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from conftest import OKX, PASSWORD, Cli, Template
from person import CTRL_C, CTRL_D, CTRL_Z, Person, plain, shown

NEW = "purple tractor violin mongoose"
At = Callable[..., Person]

INIT = [("new master password", NEW), ("once more: ", NEW), ("recovery key", "y"), ("written down: ", "")]
ADD = [("master password: ", PASSWORD), ("API key", OKX["api_key"]), ("secret key", OKX["secret_key"]),
       ("passphrase", OKX["passphrase"])]  # fmt: skip
PASSWD = [("master password: ", PASSWORD), ("new master password", NEW), ("once more: ", NEW)]
RUN = [("master password: ", PASSWORD)]
REMOVE = [("master password: ", PASSWORD), ("for good: ", "okx-main")]
DIALOGS = {
    "init --memory 64": INIT,
    "add second --exchange okx --permission read": ADD,
    "passwd --memory 64": PASSWD,
    "run -- true": RUN,
    "remove okx-main": REMOVE,
}


@pytest.fixture
def at(tmp_path: Path, vault_exe: str, cli: Cli) -> At:
    """Sit down at a terminal, and type a command line: ``at("vault list")``."""

    def sit(line: str, rows: int = 24, columns: int = 80, **env: str) -> Person:
        known = {name: value for name, value in cli.env.items() if name != "VAULT_PASSWORD_FILE"}
        known["PATH"] = f"{Path(vault_exe).parent}:{known['PATH']}"
        return Person(line, {**known, **env}, tmp_path / "notes", rows=rows, columns=columns)

    return sit


@pytest.fixture
def empty(folder: Path) -> Path:
    """Where a vault may be made."""
    return folder / "new.vault"


def leftovers(path: Path) -> list[str]:
    """What stands beside a vault and is neither a lock nor the journal."""
    ours = (".lock", ".journal")
    return sorted(entry.name for entry in path.parent.iterdir() if not entry.name.endswith(ours))


# --- questions --------------------------------------------------------------------------------------


@pytest.mark.promise(4)
@pytest.mark.parametrize("command", DIALOGS)
def test_what_is_secret_is_never_shown(at: At, empty: Path, command: str) -> None:
    """Every prompt that takes a secret turns the echo off, and nothing typed there appears."""
    person = at(f"vault {command}", **({"VAULT_FILE": str(empty)} if command.startswith("init") else {}))
    for prompt, answer in DIALOGS[command]:
        person.sees(prompt)
        assert (answer in ("y", "", "okx-main")) == person.echoes
        person.types(answer)
    assert 0 == person.ends()
    for secret in (PASSWORD, NEW, *OKX.values()):
        assert secret not in person.screen
    assert person.settings_kept


def test_each_field_is_asked_for_by_its_label(at: At, cli: Cli) -> None:
    """A profile's fields are asked in its order, and the values kept are those that were typed."""
    person = at("vault add second --exchange okx --permission read")
    person.answers(*ADD)
    assert 0 == person.ends()
    # A slow machine shows the progress of the derivation before, and erases it.
    labels = re.findall(r"^(?:.*\x1b\[K)?(.*) \(not shown\):", person.screen, re.M)
    assert ["API key", "secret key", "passphrase"] == labels
    assert "safe to close the page" in person.screen
    for name, value in OKX.items():
        assert value == cli("show", "second", "--reveal", name, "--force-stdout").stdout.decode()[:-1]


def test_named_fields_are_asked_for_one_by_one(at: At, cli: Cli) -> None:
    """A generic credential has the fields that --field names."""
    person = at("vault add rpc --field url --field token")
    person.answers(
        ("master password: ", PASSWORD),
        ("url", "https://example.org"),
        ("token", " pädded "),
        ("keep it", "y"),
    )
    assert 0 == person.ends()
    done = cli("show", "rpc", "--reveal", "token", "--force-stdout")
    assert " pädded \n" == done.stdout.decode()
    assert "begins or ends with a blank" in person.screen


# --- leaving ----------------------------------------------------------------------------------------


# The signal is taken by another thread, so that no system call of the one that asks is interrupted: as when
# it comes in the microsecond before that one reads.
UNHEARD = """
import signal, threading, time
from vault.system import Terminal
def press():
    time.sleep(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
    time.sleep(100)
threading.Thread(target=press, daemon=True).start()
try:
    Terminal().ask("question: ", hidden=True)
except KeyboardInterrupt:
    print("heard")
"""


# The signal comes where the interpreter cannot raise what it means, as in a callback at an import's end.
LOST = """
import os, signal
from vault.system import Terminal
class Ending:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
try:
    Terminal().ask("question: ", hidden=True, meanwhile=Ending)
except KeyboardInterrupt:
    print("heard")
"""


def test_what_else_cannot_be_raised_at_a_question_is_said(at: At, tmp_path: Path) -> None:
    """As the interpreter says it elsewhere."""
    script = tmp_path / "ignored.py"
    script.write_text(LOST.replace("os.kill(os.getpid(), signal.SIGINT)", "raise ValueError"))
    person = at(f"{sys.executable} {script}")
    person.sees("ValueError")
    person.types("", CTRL_D)
    assert 1 == person.ends()


@pytest.mark.parametrize("program", [UNHEARD, LOST], ids=["by another thread", "and lost"])
def test_ctrl_c_is_heard_at_any_moment(at: At, tmp_path: Path, program: str) -> None:
    """It does not wait for the next key."""
    script = tmp_path / "unheard.py"
    script.write_text(program)
    person = at(f"{sys.executable} {script}")
    person.sees("question: ")
    person.sees("heard")
    assert (0, True) == (person.ends(), person.settings_kept)
    assert "Traceback" not in person.screen


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize(
    ("command", "answered"),
    [(command, n) for command, dialog in DIALOGS.items() for n in range(len(dialog))],
)
def test_leaving_changes_nothing(
    at: At, path: Path, empty: Path, command: str, answered: int, key: str
) -> None:
    """Ctrl-C or Ctrl-D at any prompt: status 130, the file as it was, the terminal as it was."""
    fresh = command.startswith("init")
    before = path.read_bytes(), leftovers(path)
    person = at(f"vault {command}", **({"VAULT_FILE": str(empty)} if fresh else {}))
    person.answers(*DIALOGS[command][:answered])
    person.sees(DIALOGS[command][answered][0])
    person.types("", key)
    assert 130 == person.ends()
    assert before == (path.read_bytes(), leftovers(path))
    assert person.settings_kept
    lines = [line for line in shown(person.screen) if "error:" in line]
    assert 1 == len(lines)
    assert lines[0].startswith("vault: error:"), "the error has a line of its own"
    assert "Traceback" not in person.screen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_at_a_prompt_restores_the_terminal(at: At, number: signal.Signals) -> None:
    """Whoever ends the command from outside leaves a terminal that echoes."""
    person = at("vault list")
    person.sees("master password: ")
    assert not person.echoes
    person.signals(number, "/vault")
    assert 128 + number == person.ends()
    assert person.settings_kept
    assert "Traceback" not in person.screen


def test_an_ignored_hangup_stays_ignored_at_a_prompt(at: At) -> None:
    """Under nohup, a hangup at the prompt does nothing."""
    person = at("trap '' HUP; vault list")
    person.sees("master password: ")
    person.signals(signal.SIGHUP, "/vault")
    person.types(PASSWORD)
    assert 0 == person.ends()


def test_stopping_and_continuing_asks_again(at: At, tmp_path: Path) -> None:
    """Ctrl-Z gives the terminal back as it was; fg shows the prompt anew and still hides the answer."""
    person = at(f"bash -c 'set -m; vault show okx-main; stty -a > {tmp_path}/stopped; echo stopped; fg'")
    person.sees("master password: ")
    person.types("", CTRL_Z)
    person.sees("stopped\r\n")
    person.sees("master password: ")
    assert not person.echoes
    person.types(PASSWORD)
    assert 0 == person.ends()
    assert (tmp_path / "notes" / "before").read_text() == (tmp_path / "stopped").read_text()
    assert person.settings_kept
    assert "okx-main" in person.screen
    assert PASSWORD not in person.screen


def test_leaving_while_the_key_is_derived(at: At, slow: Path) -> None:
    """Ctrl-C does not wait for a derivation."""
    person = at("vault list", VAULT_FILE=str(slow))
    person.answers(("master password: ", PASSWORD))
    person.sees("deriving the key")
    person.types("", CTRL_C)
    assert 130 == person.ends()
    assert person.settings_kept
    assert shown(person.screen)[-1].startswith("vault: error:")


# --- what a terminal cannot take whole ---------------------------------------------------------------


def test_a_paste_of_two_lines_is_refused(at: At, path: Path) -> None:
    """Nothing of it is taken, the rest does not reach the shell, and the value is asked for again."""
    before = path.read_bytes()
    add = "vault add second --exchange okx --permission read"
    person = at(f"{add}; status=$?; timeout --foreground 0.3 cat; (exit $status)")
    person.answers(*ADD[:1])
    person.sees("API key")
    person.types("first line\rrm -rf everything")
    person.sees("API key (not shown): ")
    person.types("\x03")
    assert 130 == person.ends()
    assert before == path.read_bytes()
    assert "more than one line" in person.screen
    assert "--stdin" in person.screen, "the way out"
    assert "everything" not in person.screen
    assert person.settings_kept


@pytest.mark.parametrize(("size", "status"), [(4094, 0), (4096, 130), (10_000, 130)])
def test_a_line_that_a_terminal_cuts_is_refused(at: At, cli: Cli, size: int, status: int) -> None:
    """What the kernel passes on whole is kept; a line beyond 4,095 bytes is not taken at all."""
    before = cli.path.read_bytes()
    person = at("vault add long --field value")
    person.answers(*ADD[:1], ("value", "x" * size))
    if status:
        person.sees("value (not shown): ")
        person.types("\x03")
    assert status == person.ends()
    assert person.settings_kept
    if status:
        assert before == cli.path.read_bytes()
        assert "4,095 bytes" in person.screen
    else:
        assert b"x" * size + b"\n" == cli("show", "long", "--reveal", "value", "--force-stdout").stdout


def test_bytes_that_are_no_text_are_refused(at: At) -> None:
    """A terminal that sends Latin-1 is told so."""
    person = at("vault list")
    person.sees("master password: ")
    os.write(person.child.child_fd, "café\r".encode("latin-1"))
    person.sees("master password: ")
    person.types("\x03")
    assert 130 == person.ends()
    assert "did not send UTF-8" in person.screen
    assert person.settings_kept


# --- passwords ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "status"), [("list", 41), ("run -- true", 125)])
def test_three_wrong_passwords_end_it(at: At, command: str, status: int) -> None:
    """Two are asked again, the third is the last."""
    person = at(f"vault {command}")
    person.answers(*[("master password: ", "wrong")] * 3)
    assert status == person.ends()
    assert 3 == person.screen.count("wrong password")
    assert 2 == person.screen.count("try again")


@pytest.mark.parametrize("command", ["show okx-main", "run -- echo okx-main"])
def test_a_second_try_may_be_right(at: At, command: str) -> None:
    """One slip of the finger is no failure."""
    person = at(f"vault {command}")
    person.answers(("master password: ", "wrong"), ("master password: ", PASSWORD))
    assert 0 == person.ends()
    assert "okx-main" in person.screen


def test_an_empty_password_is_asked_again(at: At) -> None:
    """Enter alone at the master password is no password."""
    person = at("vault list")
    person.answers(("master password: ", ""), ("master password: ", PASSWORD))
    assert 0 == person.ends()
    assert "the password is empty" in person.screen


def test_a_new_password_that_is_refused_is_asked_again(at: At, empty: Path) -> None:
    """Too short, among the first that anyone tries: each with its reason; then a good one is taken."""
    person = at("vault init --memory 64", VAULT_FILE=str(empty))
    person.answers(("new master password", "too short"))
    person.sees("the password has 9 characters; it needs at least 15")
    person.answers(("new master password", "passwordpassword"))
    person.sees("among the first that anyone tries")
    person.answers(("new master password", NEW), ("once more: ", NEW), ("recovery key", "n"))
    assert 0 == person.ends()
    assert empty.exists()


def test_a_third_refusal_stands(at: At, empty: Path) -> None:
    """After three passwords that cannot be taken nothing is made."""
    person = at("vault init --memory 64", VAULT_FILE=str(empty))
    person.answers(*[("new master password", "too short")] * 3)
    assert 43 == person.ends()
    assert not empty.exists()


def test_a_wrong_repeat_is_asked_once_more(at: At, path: Path) -> None:
    """It alone; after the third both are, and the old password stays until they are the same."""
    before = path.read_bytes()
    person = at("vault passwd --memory 64")
    person.answers(*PASSWD[:2], *[("once more: ", NEW + "x")] * 3)
    person.sees("the two passwords differ")
    assert before == path.read_bytes()
    person.answers(PASSWD[1], ("once more: ", NEW + "x"), ("once more: ", NEW))
    assert 0 == person.ends()
    assert before != path.read_bytes()


def test_six_words_are_made_for_whom_presses_enter(at: At, empty: Path) -> None:
    """They are shown once, must be typed once, and open the vault."""
    person = at("vault init --memory 64", VAULT_FILE=str(empty))
    person.answers(("new master password", ""))
    person.sees("once more: ")
    found = re.search(r"^    ([a-z-]+(?: [a-z-]+){5})$", person.screen, re.M)
    assert found
    words = found[1]
    person.types(words + "x")
    person.sees("that is not the same; once more")
    person.answers(("once more: ", words), ("recovery key", "n"))
    assert 0 == person.ends()
    assert 1 == person.screen.count(words)
    again = at("vault list", VAULT_FILE=str(empty))
    again.answers(("master password: ", words))
    assert 0 == again.ends()


def test_a_recovery_key_opens_the_vault(at: At, empty: Path) -> None:
    """It is offered, shown once, waits for Enter, and is taken in place of the password."""
    person = at("vault init --memory 64", VAULT_FILE=str(empty))
    person.answers(*INIT[:3])
    person.sees("written down: ")
    assert not empty.exists(), "nothing is made before the key is on paper"
    keys = re.findall(r"CVR1(?:-[A-Z2-7]{7}){8}", person.screen)
    assert 1 == len(keys)
    person.types("")
    assert 0 == person.ends()
    assert 1 == person.screen.count(keys[0])
    again = at("vault list", VAULT_FILE=str(empty))
    again.answers(("master password: ", keys[0].lower()))
    assert 0 == again.ends()


# --- redirections, type-ahead ------------------------------------------------------------------------


def test_what_is_typed_ahead_is_for_the_program(at: At) -> None:
    """Under ``vault run`` only the password's line is taken; the next one is the program's."""
    person = at("vault run -- cat")
    person.sees("master password: ")
    person.types(f"{PASSWORD}\rfor the bot\r", CTRL_D)
    assert 0 == person.ends()
    assert ["for the bot"] == shown(person.screen)[1:]


def test_redirections_are_left_alone(at: At, tmp_path: Path) -> None:
    """The prompt goes to the terminal even if all three standard streams go elsewhere."""
    (tmp_path / "in").write_text("for the bot\n")
    person = at(f"cd {tmp_path} && vault run -- cat < in > out 2> err")
    person.answers(("master password: ", PASSWORD))
    assert 0 == person.ends()
    assert "for the bot\n" == (tmp_path / "out").read_text()
    assert "" == (tmp_path / "err").read_text()


def test_a_value_revealed_on_a_terminal_obeys_nothing_in_it(at: At, cli: Cli) -> None:
    """Escape sequences in a value are shown, not obeyed."""
    cli.add("odd", "generic", {"v": "a\x1b]0;x\x07b"})
    person = at("vault show odd --reveal v")
    person.answers(("master password: ", PASSWORD))
    assert 0 == person.ends()
    assert r"a\x1b]0;x\x07b" in person.screen
    assert "\x1b]" not in person.screen


# --- what is shown -----------------------------------------------------------------------------------


@pytest.fixture
def slow(folder: Path, template: Template) -> Path:
    """A vault that takes seconds to open; no password opens it, since the cost was changed."""
    data = bytearray(template.data)
    data[88 + 12 : 88 + 20] = (256 * 1024).to_bytes(4, "big") + (16).to_bytes(4, "big")
    data[-32:] = sha256(data[:-32]).digest()
    path = folder / "slow.vault"
    path.write_bytes(data)
    path.chmod(0o600)
    return path


def test_a_wait_is_shown_and_leaves_no_trace(at: At, slow: Path, password_file: Path) -> None:
    """A spinner on standard error after half a second, gone when the work is done."""
    person = at(f"vault --password-file {password_file} --file {slow} list > /dev/null")
    assert 41 == person.ends()
    assert "deriving the key" in person.screen
    assert "vault: error: wrong password" == shown(person.screen)[0]


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
@pytest.mark.parametrize("command", ["list", "show missing"])
def test_a_plain_terminal_gets_no_escape_sequence(at: At, command: str, env: dict[str, str]) -> None:
    """Neither for an error nor for a table; only a spinner is erased, where a terminal can do that."""
    person = at(f"vault {command}", **env)
    person.answers(("master password: ", PASSWORD))
    person.ends()
    assert person.screen == plain(person.screen)
    if "TERM" in env:
        assert "\x1b" not in person.screen


def test_the_word_error_is_coloured(at: At) -> None:
    """On a terminal that can, and only the label."""
    person = at("vault --file /nowhere/x list")
    assert 21 == person.ends()
    assert "\x1b[31mvault: error:\x1b[0m no vault at /nowhere/x\n" in person.screen


def test_colours_do_not_change_a_table(at: At) -> None:
    """With and without them the same lines appear, at the width that a terminal usually has."""
    screens = []
    for env in ({}, {"NO_COLOR": "1"}):
        person = at("vault list", **env)
        person.answers(("master password: ", PASSWORD))
        assert 0 == person.ends()
        screens.append(shown(person.screen))
    assert screens[1] == screens[0]
    assert "\x1b" not in "".join(screens[0])


@pytest.mark.parametrize("columns", [1, 40])
def test_a_narrow_window_is_no_failure(at: At, columns: int) -> None:
    """A window narrower than the table shows it as well as it can."""
    person = at("vault list", columns=columns)
    person.answers(("master password: ", PASSWORD))
    assert 0 == person.ends()
    assert "Traceback" not in person.screen


def test_enter_alone_does_not_keep_what_looks_wrong(at: At, cli: Cli) -> None:
    """A value that was pointed out is asked for again, unless its owner says that it is right."""
    person = at("vault add second --exchange okx --permission read")
    person.answers(*ADD[:1], ("API key", OKX["api_key"]), ("secret key", OKX["secret_key"][:-1]))
    person.answers(("keep it", ""), ("secret key", OKX["secret_key"]), ("passphrase", OKX["passphrase"]))
    assert 0 == person.ends()
    shown = cli("show", "second", "--reveal", "secret_key", "--force-stdout").stdout
    assert OKX["secret_key"].encode() + b"\n" == shown


def outrun(at: At, cli: Cli) -> Person:
    """They typed all values of ``second``, and before the last one somebody else stored that name."""
    person = at("vault add second --exchange okx --permission read")
    person.answers(*ADD[:3])
    person.sees("passphrase")
    cli.add("second", "generic", {"token": "somebody else's"})
    person.types(OKX["passphrase"])
    return person


def test_a_name_that_somebody_else_takes_meanwhile(at: At, cli: Cli) -> None:
    """What was typed cannot be had again: it is kept, and stored by another name."""
    person = outrun(at, cli)
    person.answers(
        ("that name was taken meanwhile", "no/name"),
        ("that name was taken meanwhile", "okx-main"),
        ("that name was taken meanwhile", "third"),
    )
    assert 0 == person.ends()
    assert "third: saved, read back; safe to close the page" in person.screen
    shown = cli("show", "third", "--reveal", "secret_key", "--force-stdout").stdout
    assert OKX["secret_key"].encode() + b"\n" == shown
    assert "somebody else's\n" == cli("show", "second", "--reveal", "token", "--force-stdout").stdout.decode()


def test_giving_up_a_name_ends_as_it_would_have(at: At, cli: Cli) -> None:
    """With the status of a name that is taken."""
    person = outrun(at, cli)
    person.answers(("that name was taken meanwhile", ""))
    assert 52 == person.ends()


def test_others_can_save_while_a_question_is_open(at: At, cli: Cli) -> None:
    """Nobody is kept out for as long as a person thinks."""
    person = at("vault remove okx-main")
    person.answers(*ADD[:1])
    person.sees("for good: ")
    cli("edit", "okx-main", "--note", "meanwhile")
    person.types("okx-main")
    assert 0 == person.ends()
