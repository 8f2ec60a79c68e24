"""What no terminal asks for and nobody should give: each refused with its status and one clear line."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from conftest import CHEAPEST_KDF, NOW, OKX, PASSWORD, Cli

import vault
from vault import cli as cli_package
from vault import errors

OWN = {2: "usage", 70: "bug", 125: "launch failed", 130: "interrupted"}  # docs/cli.md, "Exit codes"
TITLE = "\x1b]0;x\x07"  # sets a terminal's title, if it is ever shown raw


def classes(root: type[errors.VaultError] = errors.VaultError) -> list[type[errors.VaultError]]:
    """Every class of error there is."""
    return [root, *(found for sub in root.__subclasses__() for found in classes(sub))]


STATUSES = {found.exit_code for found in classes()} | OWN.keys()


def check_complaint(stderr: str, status: int) -> None:
    """One line that says what is wrong, perhaps one with the next step, nothing raw, no traceback."""
    lines = stderr.splitlines()
    said = [line for line in lines if line.startswith("vault: error: ")]
    assert 1 == len(said), stderr
    rest = lines[lines.index(said[0]) + 1 :]
    assert len(rest) <= 1, stderr
    assert all(line.startswith("vault: hint: ") and len(line) > 14 for line in rest), stderr
    assert said[0][14:].strip(), "an empty message"
    assert not said[0].endswith("."), "no full stop"
    assert all(line.startswith("vault: ") for line in lines), stderr
    assert all(len(line) < 400 for line in lines), "a line is as long as the input"
    assert all(character.isprintable() or character == "\n" for character in stderr)
    assert status in STATUSES
    assert not any(value in stderr for value in (*OKX.values(), PASSWORD)), "a secret in an error"


@dataclass
class Here:
    """The command line in this process, each key derived once: for tables of bad input."""

    cli: Cli
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *arguments: str, input: bytes = b"") -> tuple[int, str, str]:
        """Status, standard output, standard error."""
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(input)))
        self.capsys.readouterr()
        status = cli_package.main(list(arguments))
        out, err = self.capsys.readouterr()
        return status, out, err

    def refuses(self, status: int, *arguments: str, input: bytes = b"") -> str:
        """It ends with *status*, one clear line, and the vault as it was; what it said."""
        before = self.cli.path.read_bytes()
        given, out, err = self(*arguments, input=input)
        assert status == given, err
        assert "" == out
        check_complaint(err, status)
        assert before == self.cli.path.read_bytes()
        return err


@pytest.fixture
def here(
    cli: Cli, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, remembered_kdf: None
) -> Here:
    """The command line in this process, on a copy of the template vault."""
    for name in ("VAULT_FILE", "VAULT_PASSWORD_FILE"):
        monkeypatch.setenv(name, cli.env[name])
    return Here(cli, capsys, monkeypatch)


def refuses(cli: Cli, status: int, *arguments: str, **given: Any) -> str:
    """As :meth:`Here.refuses`, by the installed command."""
    before = cli.path.read_bytes()
    done = cli(*arguments, check=status, **given)
    assert b"" == done.stdout
    check_complaint(done.stderr.decode(), status)
    assert before == cli.path.read_bytes()
    return done.stderr.decode()


def make(path: Path, password: str) -> None:
    """A vault with that password."""
    with vault.create(path, vault.Secret(password), now=NOW, kdf=CHEAPEST_KDF) as opened:
        opened.save()


# --- passwords --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"wrong", 41),
        (b"", 43),
        (b"\n", 43),
        (b"short", 41),
        (b"x" * 1024, 41),
        (b"x" * 1025, 43),
        (b"x" * 10_000_000, 43),
        (b"caf\xe9 au lait, s'il vous plait", 43),
        (f"{PASSWORD} ".encode(), 41),
        (f" {PASSWORD}".encode(), 41),
        (f"{PASSWORD}\n\n".encode(), 41),
        (f"{PASSWORD}\r".encode(), 41),
        (PASSWORD.upper().encode(), 41),
        (f"{PASSWORD}\0".encode(), 41),
    ],
)
def test_a_password_file_that_does_not_fit(here: Here, content: bytes, status: int) -> None:
    """Nothing is trimmed, cut or guessed."""
    here.cli.password_file.write_bytes(content)
    here.refuses(status, "list")


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_one_line_ending_is_dropped(here: Here, ending: bytes) -> None:
    """As editors and ``echo`` of any system write it."""
    here.cli.password_file.write_bytes(PASSWORD.encode() + ending)
    assert 0 == here("list")[0]


@pytest.mark.parametrize(
    "content", [b"", b"short", b"passwordpassword", b" " * 20, b"\xff" * 20, b"x" * 1025]
)
def test_a_new_password_file_that_is_refused(here: Here, content: bytes, tmp_path: Path) -> None:
    """For a vault that is to be made and for a change alike; no vault is made."""
    here.cli.password_file.write_bytes(content)
    fresh = tmp_path / "fresh.vault"
    here.refuses(43, "--file", str(fresh), "init", "--memory", "64")
    assert not fresh.exists()
    (tmp_path / "right").write_text(PASSWORD)
    new = str(here.cli.password_file)
    here.refuses(43, "--password-file", str(tmp_path / "right"), "passwd", "--new-password-file", new)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_one_password_in_two_encodings(here: Here, folder: Path, form: str) -> None:
    """What one system composes and another takes apart is the same password."""
    password = "drei große Äpfel und zwölf Bäume"
    other = "NFD" if form == "NFC" else "NFC"
    make(folder / "n.vault", unicodedata.normalize(form, password))  # type: ignore[arg-type]
    here.cli.password_file.write_text(unicodedata.normalize(other, password), encoding="utf-8")  # type: ignore[arg-type]
    assert 0 == here("--file", str(folder / "n.vault"), "list")[0]


def test_a_trailing_blank_belongs_to_the_password(here: Here, folder: Path) -> None:
    """With it the vault opens, without it it does not."""
    make(folder / "b.vault", f"{PASSWORD} ")
    where = ("--file", str(folder / "b.vault"))
    here.refuses(41, *where, "list")
    here.cli.password_file.write_text(f"{PASSWORD} \n")
    assert 0 == here(*where, "list")[0]


@pytest.mark.parametrize("source", [["--password-fd", "77"], ["--password-fd", "x"], ["--password-fd", "-1"],
                                    ["--password-fd", "9" * 20],
                                    ["--password-file", "/nowhere/x"], ["--password-file", "/"]])  # fmt: skip
def test_a_source_of_a_password_that_is_not_there(here: Here, source: list[str]) -> None:
    """A source that was named and fails is an error; the next one is not tried in silence."""
    here.refuses(42, *source, "list")


@pytest.mark.parametrize("command", ["list", "show okx-main", "add x --stdin", "passwd", "remove okx-main",
                                     "disable okx-main", "edit okx-main --note x"])  # fmt: skip
def test_no_source_of_a_password_fails_at_once(cli: Cli, command: str) -> None:
    """Without a terminal nothing waits for one."""
    del cli.env["VAULT_PASSWORD_FILE"]
    begin = time.monotonic()
    said = refuses(cli, 42, *command.split())
    assert time.monotonic() - begin < 3
    assert "--password-file" in said


def test_no_source_of_a_password_for_a_program(cli: Cli) -> None:
    """``run`` fails as a launcher does, and the program is not started."""
    del cli.env["VAULT_PASSWORD_FILE"]
    begin = time.monotonic()
    refuses(cli, 125, "run", "--", "echo", "started")
    assert time.monotonic() - begin < 3


# --- files that are no vault of ours ------------------------------------------------------------------


def resummed(data: bytes) -> bytes:
    """*data* with the checksum that fits."""
    return data[:-32] + sha256(data[:-32]).digest()


def cost(memory: int, passes: int, lanes: int) -> Callable[[bytes], bytes]:
    """The vault with another cost in its password slot, which begins at byte 88."""
    slot = memory.to_bytes(4, "big") + passes.to_bytes(4, "big") + bytes([lanes])
    return lambda data: resummed(data[:100] + slot + data[109:])


FILES: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "empty": (31, lambda data: b""),
    "one byte": (31, lambda data: data[:1]),
    "magic only": (34, lambda data: data[:8]),
    "half": (34, lambda data: data[: len(data) // 2]),
    "one byte short": (34, lambda data: data[:-1]),
    "one byte long": (34, lambda data: data + b"\0"),
    "twice": (34, lambda data: data + data),
    "zeros": (31, lambda data: bytes(len(data))),
    "png": (31, lambda data: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100)),
    "age": (31, lambda data: b"age-encryption.org/v1\n-> X25519 " + b"x" * 100),
    "text": (31, lambda data: b"OKX_API_KEY=37c541a1\n"),
    "sqlite": (31, lambda data: b"SQLite format 3\0" + bytes(100)),
    "gzip": (31, lambda data: b"\x1f\x8b\x08\0" + bytes(100)),
    "as text": (31, lambda data: data.replace(b"\r\n", b"\n", 1)),
    "newer version": (32, lambda data: data[:8] + b"\0\2" + data[10:]),
    "unknown feature": (32, lambda data: data[:10] + b"\0\1" + data[12:]),
    "no slot": (33, lambda data: resummed(data[:80] + b"\0" + data[81:])),
    "a changed bit": (34, lambda data: data[:-40] + bytes([data[-40] ^ 1]) + data[-39:]),
    "4 TiB": (35, cost(0xFFFFFFFF, 3, 4)),
    "above the bound": (35, cost((2 << 20) + 1, 1, 4)),
    "billions of passes": (35, cost(65536, 0xFFFFFFFF, 4)),
    "below the bound": (35, cost(8, 1, 1)),
    "no lanes": (35, cost(65536, 3, 0)),
    "a forged cost": (41, cost(65536, 4, 4)),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_vault(here: Here, kind: str) -> None:
    """Refused before any key is derived where that can be; the file is left alone."""
    status, change = FILES[kind]
    here.cli.path.write_bytes(change(here.cli.path.read_bytes()))
    said = here.refuses(status, "list")
    assert "vault: hint: " in said
    assert "malloc" not in said


def test_a_file_that_is_no_vault_starts_no_program(cli: Cli) -> None:
    """``run`` says the same, with a launcher's status."""
    cli.path.write_bytes(b"OKX_API_KEY=37c541a1\n")
    assert "not a vault" in refuses(cli, 125, "run", "--", "echo", "started")


def test_a_folder_is_no_vault(here: Here, folder: Path) -> None:
    """Nor is the root."""
    for path in (str(folder), f"{folder}/", "/"):
        here.refuses(31, "--file", path, "list")


def test_a_named_pipe_or_device_is_no_vault(here: Here, folder: Path) -> None:
    """And opening one does not wait for its other end."""
    os.mkfifo(folder / "pipe", 0o600)
    here.refuses(31, "--file", str(folder / "pipe"), "list")
    here.refuses(31, "--file", "/dev/null", "list")


def test_a_link_is_followed_and_stays(here: Here, folder: Path) -> None:
    """The file behind it is read and replaced; the link goes on pointing there."""
    link = folder / "link.vault"
    link.symlink_to("bots.vault")
    assert 0 == here("--file", str(link), "disable", "okx-main")[0]
    assert link.is_symlink()
    assert "disabled" in here("show", "okx-main")[1]


def test_a_link_to_nowhere(here: Here, folder: Path) -> None:
    """There is no vault to read, and none is made through it."""
    link = folder / "link.vault"
    link.symlink_to(folder / "gone.vault")
    here.refuses(21, "--file", str(link), "list")
    here.refuses(22, "--file", str(link), "init", "--memory", "64")
    assert link.is_symlink()
    assert not (folder / "gone.vault").exists()


def test_a_link_to_itself(here: Here, folder: Path) -> None:
    """A loop ends in an error."""
    link = folder / "loop.vault"
    link.symlink_to(link)
    status, _, err = here("--file", str(link), "list")
    assert status in (21, 25)
    check_complaint(err, status)


def test_init_never_replaces(here: Here, folder: Path) -> None:
    """A vault, a text, an empty file and a folder are all left alone."""
    (folder / "text").write_text("x")
    (folder / "empty").touch()
    for name in ("bots.vault", "text", "empty", "."):
        here.refuses(22, "--file", str(folder / name), "init", "--memory", "64")
    assert "x" == (folder / "text").read_text()


def test_a_folder_that_is_not_there(here: Here, tmp_path: Path) -> None:
    """It is named; a folder of one's own choice is not made by a slip of the finger."""
    path = tmp_path / "none" / "x.vault"
    for command in (["list"], ["init", "--memory", "64"]):
        assert str(path.parent) in here.refuses(21, "--file", str(path), *command)
    assert not path.parent.exists()


def test_a_file_as_a_folder(here: Here, path: Path) -> None:
    """A path through a file is an error of the store."""
    status, _, err = here("--file", str(path / "x.vault"), "list")
    assert status in (20, 21)
    check_complaint(err, status)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602])
def test_a_vault_that_others_can_open(here: Here, mode: int) -> None:
    """Refused, with the command that closes it."""
    here.cli.path.chmod(mode)
    assert f"chmod 600 {here.cli.path}" in here.refuses(25, "list")


def test_a_folder_that_everybody_writes_to(here: Here, folder: Path) -> None:
    """Others could put another file in the vault's place."""
    folder.chmod(0o777)
    assert "chmod o-w" in here.refuses(25, "list")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_vault_of_somebody_else(here: Here) -> None:
    """Refused even for root, who could read it."""
    os.chown(here.cli.path, 65534, 65534)
    assert "chown" in here.refuses(25, "list")


@pytest.mark.parametrize("command", ["add x --stdin", "passwd", "disable okx-main"])
def test_a_folder_that_cannot_be_written(cli: Cli, folder: Path, command: str) -> None:
    """Said before anything is asked; nothing is lost, since nothing was given."""
    words = command.split()
    if os.geteuid() == 0:  # root writes everywhere, unless it gives that up
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("needs setpriv, or another user than root")
        words = ["--bounding-set", "-dac_override,-dac_read_search", cli.exe, *words]
        cli.exe = setpriv
    del cli.env["VAULT_PASSWORD_FILE"]
    folder.chmod(0o500)
    try:
        assert "permission denied" in refuses(cli, 20, *words)
    finally:
        folder.chmod(0o700)


@pytest.mark.parametrize("option", ["--memory", "--passes", "--lanes"])
def test_a_cost_of_nothing(here: Here, tmp_path: Path, option: str) -> None:
    """Zero is out of bounds, and not the same as nothing said."""
    here.refuses(35, "--file", str(tmp_path / "fresh.vault"), "init", option, "0")
    assert not (tmp_path / "fresh.vault").exists()


# --- names and values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "a/b",
        "../../etc/passwd",
        "a\nb",
        TITLE,
        "Okx",
        "okx main",
        "",
        ".hidden",
        "é",
        "x" * 65,
        "x" * 10_000,
        "a\u202eb",
    ],
)
def test_a_name_that_is_none(here: Here, name: str) -> None:
    """Refused before a password is asked for, wherever a credential is named."""
    here.cli.password_file.unlink()
    here.refuses(53, "add", name, "--stdin")
    here.cli.password_file.write_text(PASSWORD)
    here.refuses(53, "show", name)
    here.refuses(53, "remove", name, "--force")


@pytest.mark.parametrize(
    ("text", "exchange"),
    [
        (b"", "generic"),
        (b"{", "generic"),
        (b"{}", "generic"),
        (b"[]", "generic"),
        (b"null", "generic"),
        (b'"text"', "generic"),
        (b'{"v": "x"} {}', "generic"),
        (b'{"v": 5}', "generic"),
        (b'{"v": null}', "generic"),
        (b'{"v": true}', "generic"),
        (b'{"v": ["x"]}', "generic"),
        (b'{"v": {"w": "x"}}', "generic"),
        (b'{"v": NaN}', "generic"),
        (b'{"v": "x", "v": "y"}', "generic"),
        (b'{"v": "x", "v": "x"}', "generic"),
        (b'{"v": {"w": "x", "w": "y"}}', "generic"),
        (b'{"v": ""}', "generic"),
        (b'{"v": "a\\u0000b"}', "generic"),
        (b'{"v": "\\ud800"}', "generic"),
        (b'{"v": "caf\xe9"}', "generic"),
        (b'{"\\ud800": "x"}', "generic"),
        (b'{"": "x"}', "generic"),
        (b'{"V": "x"}', "generic"),
        (b'{"a-b": "x"}', "generic"),
        (b'{"1": "x"}', "generic"),
        (b'{"a\\nb": "x"}', "generic"),
        (b'{"\\u001b]0;x\\u0007": "x"}', "generic"),
        (b'{"' + b"n" * 5000 + b'": "x"}', "generic"),
        (b'{"v": "' + b"x" * 200_000 + b'"}', "generic"),
        (b'{"v": "' + b"x" * 10_000_000 + b'"}', "generic"),
        (b"[" * 100_000, "generic"),
        (b'{"v": ' * 100_000, "generic"),
        (json.dumps({f"f{n}": "x" for n in range(33)}).encode(), "generic"),
        (b'{"api_key": "k", "secret_key": "s"}', "okx"),
        (b'{"api_key": "k", "secret_key": "s", "passphrase": "p", "more": "m"}', "okx"),
        (b'{"apiKey": "k", "secret": "s", "password": "p"}', "okx"),
        (b'{"api_key": "k", "secret_key": "s", "\\u001b]0;x\\u0007": "p"}', "okx"),
    ],
    ids=lambda value: str(value[:24]) if isinstance(value, bytes) else value,
)
def test_json_that_is_no_credential(here: Here, text: bytes, exchange: str) -> None:
    """Each is refused whole; nothing of it is stored."""
    here.refuses(53, "add", "x", "--exchange", exchange, "--stdin", input=text)


VALUES = ["a\nb\n", "\r\n", " padded ", "\ttab\t", "-----BEGIN KEY-----\nMIGH\n-----END KEY-----\n",
          "päss", "💰", "e\u0301", "\u00e9", "\x7f\x01\x1b[31m", "\u2028", "'\"$`\\%", "x" * 65_536,
          "plain"]  # fmt: skip


def test_a_value_is_kept_byte_for_byte(cli: Cli, here: Here) -> None:
    """What goes in by JSON comes out of ``show --reveal``, and arrives in the program."""
    fields = {f"v{number}": value for number, value in enumerate(VALUES)}
    status, _, err = here("add", "x", "--stdin", input=json.dumps(fields).encode())
    assert 0 == status
    for field, value in fields.items():
        assert not value.strip() or value.strip() not in err, "a value in a warning"
        odd = value != value.strip() or not value.isprintable() or not value.isascii()
        assert odd == (f"warning: {field}: " in err)
        assert value + "\n" == here("show", "x", "--reveal", field, "--force-stdout")[1]
    given = cli("run", "-c", "x", "--", "cat", "/proc/self/environ").stdout.split(b"\0")
    for field, value in fields.items():
        assert f"X_{field.upper()}={value}".encode() in given
    shown = cli("show", "x", "--reveal", "v0", "--force-stdout").stdout
    assert b"a\nb\n\n" == shown


@pytest.mark.parametrize(
    ("option", "text", "status"),
    [
        ("--ip", "999.1.1.1", 53),
        ("--ip", TITLE, 53),
        ("--expires", "someday", 53),
        ("--expires", "99999-01-01", 53),
        ("--expires", "1900-01-01", 53),
        ("--region", "mars", 53),
        ("--preset", "nobody", 53),
        ("--note", "two\nlines", 53),
        ("--note", "x" * 2000, 53),
        ("--account", TITLE, 53),
        ("--tag", TITLE, 53),
        ("--variable", "api_key", 53),
        ("--variable", "api_key=1X", 53),
        ("--variable", "nofield=X", 53),
        ("--variable", "api_key=LD_PRELOAD", 56),
        ("--variable", "api_key=https_proxy", 56),
        ("--variable", "api_key=VAULT_FILE", 56),
        ("--permission", "steal", 2),
    ],
)  # fmt: skip
def test_metadata_that_is_none(here: Here, option: str, text: str, status: int) -> None:
    """Checked when it is given, by ``add`` and ``edit`` alike."""
    here.refuses(status, "edit", "okx-main", option, text)
    here.refuses(
        status, "add", "x", "--exchange", "okx", "--stdin", option, text, input=json.dumps(OKX).encode()
    )


def test_a_name_that_is_taken(here: Here) -> None:
    """The old values stay."""
    here.refuses(52, "add", "okx-main", "--exchange", "okx", "--stdin", input=json.dumps(OKX).encode())


def test_a_slip_of_the_finger_is_understood(here: Here) -> None:
    """The nearest name is suggested: of a credential, and of a command."""
    assert "did you mean okx-main?" in here.refuses(51, "show", "okx-mian")
    assert "did you mean vault list?" in here.refuses(2, "lsit")
    assert "vault --help" in here.refuses(2, "zzz")


@pytest.mark.parametrize("arguments", [["--josn", "list"], ["list", "--reveal"], ["show"], ["show", "a", "b"],
                                       ["init", "--memory", "lots"], ["init", "--memory", "-x"], ["run"],
                                       ["run", "--nope", "x"], ["--file"],
                                       ["add", "x", "--stdin=yes"]])  # fmt: skip
def test_usage(here: Here, arguments: list[str]) -> None:
    """Status 2, and where help is."""
    assert "vault: hint: " in here.refuses(2, *arguments)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--file", "--json", "status"], 21),
        (["--file", "-x", "status"], 21),
        (["--password-file", "--json", "list"], 42),
    ],
)
def test_an_option_takes_the_next_word(here: Here, arguments: list[str], status: int) -> None:
    """Whatever it looks like: an option left empty would open another vault than the one that was meant."""
    given, out, err = here(*arguments)
    assert status == given
    assert "" == out
    assert arguments[1] in err


@pytest.mark.parametrize("word", ["run", "--json"])
def test_a_credential_may_be_called_like_a_command(here: Here, word: str) -> None:
    """Its name does not change what an error looks like."""
    if word == "run":
        here.refuses(51, "show", "run")
    else:
        here.refuses(53, "show", "--", "--json")


# --- running --------------------------------------------------------------------------------------------


def test_two_credentials_for_one_variable(cli: Cli) -> None:
    """Both are named, and the way out."""
    cli.add("okx-two", "okx", {**OKX, "api_key": "another"})
    said = refuses(cli, 125, "run", "--", "true")
    assert "okx-main" in said
    assert "okx-two" in said
    assert "-c" in said
    cli("run", "-c", "okx-two", "--", "true")


def test_a_variable_that_is_set_already(cli: Cli) -> None:
    """The same value is no conflict, another one is, and --override decides for the vault."""
    name, value = "OKX_API_KEY", OKX["api_key"]
    assert value == cli("run", "--", "printenv", name, env={name: value}).stdout.decode().strip()
    assert name in refuses(cli, 125, "run", "--", "printenv", name, env={name: "mine"})
    done = cli("run", "--override", "--", "printenv", name, env={name: "mine"})
    assert value == done.stdout.decode().strip()


@pytest.mark.parametrize("kind", ["missing", "missing path", "folder", "not executable", "no interpreter"])
def test_a_program_that_cannot_be_started(cli: Cli, tmp_path: Path, kind: str) -> None:
    """The status is the one that env(1) gives."""
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    script = tmp_path / "script"
    script.write_text("#!/nowhere/interpreter\n")
    script.chmod(0o755)
    program = {"missing": "no-such-program", "missing path": f"{tmp_path}/none", "folder": str(tmp_path),
               "not executable": f"{tmp_path}/plain", "no interpreter": str(script)}[kind]  # fmt: skip
    expected = subprocess.run(["env", program], env=cli.env, capture_output=True).returncode
    said = refuses(cli, expected, "run", "--", program)
    assert program in said
    assert (expected == 127) == (kind in ("missing", "missing path", "no interpreter"))


def test_a_script_without_its_first_line(cli: Cli, tmp_path: Path) -> None:
    """No shell is guessed for it; the hint says what is missing."""
    script = tmp_path / "script"
    script.write_text("echo started\n")
    script.chmod(0o755)
    assert "#!" in refuses(cli, 126, "run", "--", str(script))


def test_an_empty_program_name(cli: Cli) -> None:
    """As an unset shell variable leaves behind."""
    refuses(cli, 127, "run", "--", "")


# --- what errors look like ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [["show", "nope"], ["show", "NOPE"], ["lsit"], ["--nope", "list"], ["show"],
     ["--file", "/nowhere/x", "list"], ["--file", "/", "status"], ["init"],
     ["--password-file", "/nowhere/x", "list"],
     ["add", "okx-main", "--exchange", "okx", "--stdin"], ["show", "okx-main", "--reveal", "api_key"],
     ["edit", "okx-main", "--expires", TITLE]],
    ids=lambda arguments: " ".join(arguments)[:20].encode("ascii", "backslashreplace").decode(),
)  # fmt: skip
def test_an_error_as_json(here: Here, arguments: Sequence[str]) -> None:
    """One object with four keys, and the same status inside as outside."""
    status, out, err = here("--json", *arguments)
    assert "" == out
    fields = json.loads(err)
    assert ["error", "message", "hint", "exit_code"] == list(fields)
    assert status == fields["exit_code"]
    assert "\x1b" not in err
    known = {(found.code, found.exit_code) for found in classes()}
    assert (fields["error"], status) in known | {("usage", 2)}
    assert fields["message"]


def test_json_may_follow_the_command(here: Here) -> None:
    """``--json`` behind the name of a command is for its errors too."""
    status, _, err = here("show", "nope", "--json")
    assert status == json.loads(err)["exit_code"] == 51


def test_the_program_s_own_json_is_not_ours(cli: Cli) -> None:
    """``--json`` among the program's arguments does not change our errors."""
    for words in (["--", "no-such-program", "--json"], ["no-such-program", "--json"]):
        refuses(cli, 127, "run", *words)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--file", f"/{TITLE}/x", "list"],
        ["--file", f"/nowhere/{TITLE}", "list"],
        ["--password-file", f"/{TITLE}", "list"],
        ["--password-fd", TITLE, "list"],
        [TITLE],
        [f"--{TITLE}", "list"],
        ["list", f"--{TITLE}"],
        ["list", TITLE],
        ["show", TITLE],
        ["show", "okx-main", "--reveal", TITLE, "--force-stdout"],
        ["add", TITLE, "--stdin"],
        ["add", "x", "--exchange", TITLE, "--stdin"],
        ["add", "x", "--field", TITLE],
        ["edit", "okx-main", "--variable", f"api_key={TITLE}"],
        ["edit", "okx-main", "--variable", f"{TITLE}=X"],
        ["edit", "okx-main", "--variable", TITLE],
        ["edit", "okx-main", "--preset", TITLE],
        ["edit", "okx-main", "--region", TITLE],
        ["edit", "okx-main", "--permission", TITLE],
        ["init", "--memory", TITLE],
        ["completion", TITLE],
        ["passwd", "--new-password-file", f"/{TITLE}"],
        ["passwd", "--new-password-fd", TITLE],
    ],
    ids=lambda arguments: " ".join(arguments).encode("ascii", "backslashreplace").decode()[:40],
)  # fmt: skip
@pytest.mark.parametrize("as_json", [False, True], ids=["lines", "json"])
def test_control_characters_are_never_shown_raw(here: Here, arguments: list[str], as_json: bool) -> None:
    """Whoever names a file or a credential does not write to somebody's terminal."""
    status, out, err = here(*(["--json"] if as_json else []), *arguments)
    assert status
    assert all(character.isprintable() or character == "\n" for character in out + err)
    if as_json:
        assert status == json.loads(err)["exit_code"]
    else:
        check_complaint(err, status)


@pytest.mark.parametrize(
    "arguments",
    [["--", TITLE], ["--", f"/{TITLE}"], ["-c", TITLE, "--", "true"], ["--for", TITLE, "--", "true"],
     ["--env", TITLE, "--", "true"], ["--env", f"{TITLE}=okx-main.api_key", "--", "true"],
     ["--env", f"X={TITLE}.api_key", "--", "true"], ["--env", f"X=okx-main.{TITLE}", "--", "true"]],
    ids=range(8),
)  # fmt: skip
def test_control_characters_are_never_shown_raw_by_run(cli: Cli, arguments: list[str]) -> None:
    """Nor does a program's name, or a variable's."""
    done = cli("run", *arguments, check=None)
    assert done.returncode in (125, 127)
    check_complaint(done.stderr.decode(), done.returncode)


def test_a_warning_shows_inherited_names_escaped(cli: Cli) -> None:
    """A variable whose name is a terminal's command is reported, not obeyed."""
    done = cli("run", "--", "true", env={f"LD_{TITLE}": "x"})
    assert b"\x1b" not in done.stderr
    assert b"LD_" in done.stderr


def test_a_path_with_control_characters_is_shown_escaped(here: Here, folder: Path) -> None:
    """Also where all is well."""
    here.cli.password_file.write_text("purple tractor violin mongoose")
    status, out, err = here("--file", str(folder / TITLE), "init", "--memory", "64")
    assert 0 == status
    assert r"created" in out
    assert r"\x1b]0;x\x07" in out
    assert "\x1b" not in out + err


# --- streams that are closed, full or left ------------------------------------------------------------

PRINTING = ["list", "--json list", "show okx-main --reveal api_key --force-stdout", "status", "--help",
            "run --dry-run -- true"]  # fmt: skip


def through_shell(cli: Cli, line: str, vault_exe: str) -> subprocess.CompletedProcess[str]:
    env = {**cli.env, "VAULT": vault_exe}
    return subprocess.run(
        ["/bin/sh", "-c", line], env=env, capture_output=True, text=True, start_new_session=True, timeout=60
    )


@pytest.mark.parametrize("where", [">&-", ">/dev/full", "| head -0"])
@pytest.mark.parametrize("command", PRINTING)
def test_an_output_that_takes_nothing(cli: Cli, vault_exe: str, command: str, where: str) -> None:
    """No traceback, no talk of a bug; and a failure is a failure, but where the reader just left."""
    status = Path(cli.env["HOME"]) / "status"
    done = through_shell(cli, f'( "$VAULT" {command}; echo $? > {status} ) {where}', vault_exe)
    for word in ("Traceback", "Exception ignored", "bug", "Errno"):
        assert word not in done.stderr
    code = int(status.read_text())
    assert code in STATUSES | {0, 1, 141}
    if where == ">/dev/full":
        assert code not in (0, 70)
        if "--json" in command:
            assert code == json.loads(done.stderr)["exit_code"]
        else:
            assert "vault: error: " in done.stderr


@pytest.mark.parametrize(
    ("command", "status"), [("list", 0), ("show nope", 51), ("--json show nope", 51), ("lsit", 2)]
)
@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full"])
def test_a_standard_error_that_takes_nothing(
    cli: Cli, vault_exe: str, where: str, command: str, status: int
) -> None:
    """What nobody hears is not said elsewhere; the status stays."""
    done = through_shell(cli, f'"$VAULT" {command} {where}', vault_exe)
    assert status == done.returncode
    assert "" == done.stderr
    if status:
        assert "" == done.stdout


def test_remarks_never_go_to_standard_output(cli: Cli, vault_exe: str) -> None:
    """Not even with standard error closed: a program reads it."""
    done = through_shell(cli, '"$VAULT" status 2>&-', vault_exe)
    assert 0 == done.returncode
    assert "vault: " not in done.stdout


def test_a_closed_standard_input(cli: Cli, vault_exe: str) -> None:
    """A password file needs none; JSON does, and its absence is no bug."""
    assert 0 == through_shell(cli, '"$VAULT" list <&-', vault_exe).returncode
    done = through_shell(cli, '"$VAULT" add x --stdin <&-', vault_exe)
    assert 53 == done.returncode
    check_complaint(done.stderr, 53)


@pytest.mark.parametrize("closed", ["<&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_streams_do_no_harm_to_the_vault(cli: Cli, vault_exe: str, closed: str) -> None:
    """A file that is opened as descriptor 0, 1 or 2 is not written to by mistake."""
    done = through_shell(cli, f'"$VAULT" disable okx-main {closed}', vault_exe)
    assert 0 == done.returncode
    assert "disabled" == json.loads(cli("--json", "show", "okx-main").stdout)["state"]


# --- the tree of errors ---------------------------------------------------------------------------------


def test_every_status_is_one_cause() -> None:
    """No two classes of vault.errors share a status or a code; a class elsewhere is a case of one of them."""
    found = [kind for kind in classes() if kind.__module__ == errors.__name__]
    for case in classes():
        if case not in found:
            assert case.__base__ in found
            assert (case.__base__.exit_code, case.__base__.code) == (case.exit_code, case.code)
    assert len(found) == len({kind.exit_code for kind in found})
    assert len(found) == len({kind.code for kind in found})
    assert all(kind.__doc__ for kind in found)
    assert 125 not in {kind.exit_code for kind in found}, "a status of 'run' alone"


@pytest.mark.parametrize("debug", [None, "", "0", "1"])
def test_a_bug_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], debug: str | None
) -> None:
    """Its kind and nothing it says, which may be a secret; a traceback under VAULT_DEBUG=1 alone."""

    def broken(arguments: list[str]) -> int:
        raise LookupError(OKX["secret_key"])

    monkeypatch.setattr(cli_package, "_dispatch", broken)
    if debug is not None:
        monkeypatch.setenv("VAULT_DEBUG", debug)
    assert 70 == cli_package.main(["list"])
    err = capsys.readouterr().err
    assert "LookupError" in err
    assert (debug == "1") == ("Traceback" in err)
    if debug != "1":
        assert OKX["secret_key"] not in err
        check_complaint(err, 70)
