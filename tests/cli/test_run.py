"""``vault run``: what the program gets, what it does not, and what its end looks like from outside."""

from __future__ import annotations

import json
import os
import resource
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from conftest import NOW, OKX, Cli, okx_credential

import vault
from vault.actions.launch import Request
from vault.cli import group, options
from vault.cli.options import Settings

EXPORTS = {"OKX_API_KEY": OKX["api_key"], "OKX_SECRET_KEY": OKX["secret_key"],
           "OKX_PASSPHRASE": OKX["passphrase"], "OKX_DEMO": "false"}  # fmt: skip


def python(code: str) -> list[str]:
    """A program that says something about itself, as JSON."""
    return ["--", sys.executable, "-I", "-c", f"import json, os, sys; print(json.dumps({code}))"]


def said(done: subprocess.CompletedProcess[bytes]) -> Any:
    return json.loads(done.stdout)


def environment(cli: Cli, *run: str, env: dict[str, str] | None = None) -> dict[str, str]:
    """What the program finds in its environment."""
    found: dict[str, str] = said(cli("run", *run, *python("dict(os.environ)"), env=env))
    return found


# --- its end ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_its_status_is_ours(cli: Cli, status: int) -> None:
    """Whatever the program ends with."""
    cli("run", "--", "sh", "-c", f"exit {status}", check=status)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_its_death_is_ours(cli: Cli, number: signal.Signals) -> None:
    """A signal that ends the program is what the caller sees, no number made of it."""
    cli("run", "--", "sh", "-c", f"ulimit -c 0; kill -{int(number)} $$", check=-number)


def test_it_is_the_process_that_was_started(cli: Cli) -> None:
    """No parent of ours stays: a supervisor's signals reach the program itself."""
    with subprocess.Popen(
        [cli.exe, "run", *python("[os.getpid(), os.getppid()]")], env=cli.env, stdout=subprocess.PIPE
    ) as process:
        out, _ = process.communicate(timeout=60)
    assert [process.pid, os.getpid()] == json.loads(out)


# --- what it inherits -----------------------------------------------------------------------------------


def signals(cli: Cli, field: str, before: list[str] | None = None) -> set[int]:
    """The signals in a line of the program's /proc/self/status."""
    done = subprocess.run(
        [*(before or []), cli.exe, "run", "--", "cat", "/proc/self/status"],
        env=cli.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    lines = dict(line.split(":", 1) for line in done.stdout.decode().splitlines() if ":" in line)
    mask = int(lines[field], 16)
    return {number for number in range(1, 65) if mask >> (number - 1) & 1}


def test_no_signal_is_ignored_or_blocked(cli: Cli) -> None:
    """SIGPIPE, which the interpreter ignores for itself, ends a program again; SIGINT does."""
    assert not signals(cli, "SigIgn")
    assert not signals(cli, "SigBlk")


def test_an_ignored_hangup_stays_ignored(cli: Cli) -> None:
    """As under nohup."""
    assert {signal.SIGHUP} == signals(cli, "SigIgn", ["nohup"])


def test_a_broken_pipe_ends_it(cli: Cli) -> None:
    """``yes | head`` ends by the signal, in silence."""
    line = f'{{ "{cli.exe}" run -- yes; echo $? >&2; }} | head -1'
    done = subprocess.run(["/bin/sh", "-c", line], env=cli.env, stdin=subprocess.DEVNULL, capture_output=True)
    assert b"y\n" == done.stdout
    assert b"141\n" == done.stderr


def test_folder_umask_and_limits_are_the_caller_s(cli: Cli, tmp_path: Path) -> None:
    """Nothing that protects the vault's own process is left to the program."""
    program = "sh -c 'pwd; umask; ulimit -c; ulimit -n'"
    line = f"cd {tmp_path} && umask 027 && ulimit -c 4096 && ulimit -n 123 && exec {cli.exe} run -- {program}"
    if resource.getrlimit(resource.RLIMIT_CORE)[1] not in (-1, resource.RLIM_INFINITY):
        pytest.skip("core files are limited for good here")
    done = subprocess.run(["/bin/sh", "-c", line], env=cli.env, stdin=subprocess.DEVNULL, capture_output=True)
    assert [str(tmp_path), "0027", "4096", "123"] == done.stdout.decode().split()


def test_it_may_be_traced_and_may_dump_core(cli: Cli) -> None:
    """The kernel makes the program dumpable again: its own /proc entries are its owner's."""
    stat = "os.stat('/proc/self/status').st_uid"
    assert os.geteuid() == said(cli("run", *python(stat)))


ARGUMENTS = ["", " ", "two words", "-c", "--", "--json", "päß", "日本", "a\nb", "'\"$HOME`\\", "*", "-"]


def test_its_arguments_are_untouched(cli: Cli) -> None:
    """Blanks, empty ones, what looks like an option, and what is not ASCII."""
    assert ARGUMENTS == said(cli("run", *python("sys.argv[1:]"), *ARGUMENTS))


def test_arguments_that_are_no_text_are_untouched(cli: Cli) -> None:
    """Bytes that are no UTF-8 go through as they are."""
    done = subprocess.run(
        [cli.exe, "run", "--", "printf", "%s", b"caf\xe9"],
        env=cli.env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert b"caf\xe9" == done.stdout


def test_its_name_is_as_it_was_typed(cli: Cli) -> None:
    """The first argument is not the path that was found for it."""
    assert b"sh\n" == cli("run", "--", "sh", "-c", "echo $0").stdout


def test_standard_input_is_its_own(cli: Cli) -> None:
    """To the last byte."""
    data = os.urandom(100_000)
    assert data == cli("run", "--", "cat", input=data).stdout


@pytest.mark.parametrize("source", ["file", "descriptor", "standard input"])
def test_no_descriptor_of_ours_is_left(cli: Cli, source: str) -> None:
    """It has the three standard streams and no more or fewer, however the password came."""
    words = {"file": "--password-file {}", "descriptor": "--password-fd 9 9< {}",
             "standard input": "--password-fd 0 < {}"}[source].format(cli.password_file)  # fmt: skip
    program = shlex.join(python("sorted(int(n) for n in os.listdir('/proc/self/fd'))"))
    line = f"exec {cli.exe} {words} run {program}"
    done = subprocess.run(["/bin/sh", "-c", line], env=cli.env, stdin=subprocess.DEVNULL, capture_output=True)
    # The fourth is the folder that is being listed.
    assert [0, 1, 2, 3] == json.loads(done.stdout)


def test_a_descriptor_of_the_caller_s_is_left_alone(cli: Cli, tmp_path: Path) -> None:
    """Sockets of a supervisor, and files that a shell opened, stay open."""
    (tmp_path / "note").write_text("for the bot\n")
    line = f'exec "{cli.exe}" run -- sh -c "cat <&7" 7< {tmp_path}/note'
    done = subprocess.run(["/bin/sh", "-c", line], env=cli.env, stdin=subprocess.DEVNULL, capture_output=True)
    assert b"for the bot\n" == done.stdout


# --- its environment --------------------------------------------------------------------------------------


def test_the_environment_is_the_caller_s_and_the_credentials(cli: Cli) -> None:
    """All of the caller's, none of ours, and what was asked for."""
    env = {"VAULT_DEBUG": "0", "VAULT_ADDR": "https://vault.example", "VAULT_TOKEN": "other", "EMPTY": "",
           "ODD NAME": "kept", "päß": "日本"}  # fmt: skip
    found = environment(cli, env=env)
    expected = {**cli.env, **env, **EXPORTS}
    for own in ("VAULT_FILE", "VAULT_PASSWORD_FILE", "VAULT_DEBUG"):
        del expected[own]
    found.pop("LC_CTYPE", None)  # which the program's own interpreter may set
    expected.pop("LC_CTYPE", None)
    assert expected == found


def test_no_variable_comes_twice(cli: Cli) -> None:
    """A caller's environment may have one name twice; the program's has not."""
    code = (
        "import ctypes, sys\n"
        "twice = [b'OKX_API_KEY=first', b'OKX_API_KEY=second', b'A=1', b'A=2']\n"
        "entries = [*twice, *sys.argv[2].encode().split(b'\\n')]\n"
        "env = (ctypes.c_char_p * (len(entries) + 1))(*entries, None)\n"
        "words = [sys.argv[1].encode(), b'run', b'--override', b'--', b'cat', b'/proc/self/environ']\n"
        "argv = (ctypes.c_char_p * (len(words) + 1))(*words, None)\n"
        "ctypes.CDLL(None).execve(words[0], argv, env)\n"
    )
    known = "\n".join(f"{name}={value}" for name, value in cli.env.items())
    done = subprocess.run(
        [sys.executable, "-c", code, cli.exe, known],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    names = [entry.partition(b"=")[0] for entry in done.stdout.split(b"\0") if entry]
    assert len(names) == len(set(names))
    assert f"OKX_API_KEY={OKX['api_key']}".encode() in done.stdout.split(b"\0")


CLIENTS = {
    "okx-cli": ("OKX_API_KEY", "OKX_SECRET_KEY", "OKX_PASSPHRASE", {"OKX_DEMO": "false"}),
    "ccxt": ("OKX_APIKEY", "OKX_SECRET", "OKX_PASSWORD", {}),
    "python-okx": ("OKX_API_KEY", "OKX_API_SECRET", "OKX_PASSPHRASE", {"OKX_FLAG": "0"}),
    "nautilus": ("OKX_API_KEY", "OKX_API_SECRET", "OKX_API_PASSPHRASE", {}),
    "freqtrade": (
        "FREQTRADE__EXCHANGE__API_KEY",
        "FREQTRADE__EXCHANGE__SECRET",
        "FREQTRADE__EXCHANGE__PASSWORD",
        {},
    ),
}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_s_names(cli: Cli, client: str) -> None:
    """``--for`` gives the names that the client reads, and what belongs to them; no others."""
    *names, besides = CLIENTS[client]
    expected = dict(zip(map(str, names), OKX.values(), strict=True)) | dict(besides)
    found = environment(cli, "--for", client)
    assert expected == {
        name: value for name, value in found.items() if name not in cli.env and name != "LC_CTYPE"
    }


def test_two_clients_at_once(cli: Cli) -> None:
    """Both read their own names."""
    found = environment(cli, "--for", "ccxt", "--for", "nautilus")
    assert {"OKX_APIKEY", "OKX_API_KEY", "OKX_SECRET", "OKX_API_SECRET"} <= found.keys()


def test_a_variable_mapped_by_hand(cli: Cli) -> None:
    """``--env`` hands over that field and nothing else, unless a credential is named besides."""
    found = environment(cli, "--env", "MY_KEY=okx-main.api_key", "--env", "MY_SECRET=okx-main.secret_key")
    assert OKX["api_key"] == found["MY_KEY"]
    assert OKX["secret_key"] == found["MY_SECRET"]
    assert not any(name.startswith("OKX") for name in found)
    found = environment(cli, "-c", "okx-main", "--env", "MY_KEY=okx-main.api_key")
    assert EXPORTS | {"MY_KEY": OKX["api_key"]} == {
        n: v for n, v in found.items() if n.startswith(("OKX", "MY"))
    }


def test_a_clean_environment(cli: Cli) -> None:
    """``--clean`` leaves what finds programs, a home and a language; ``--keep`` adds to it."""
    env = {"AWS_SECRET": "x", "KEEP_ME": "y", "LC_ALL": "C.UTF-8", "TZ": "UTC", "LD_LIBRARY_PATH": "/nowhere"}
    found = environment(cli, "--clean", "--keep", "KEEP_ME", "--keep", "NOT_SET", env=env)
    assert {"PATH", "HOME", "LC_ALL", "TZ", "KEEP_ME", *EXPORTS} == found.keys() - {"LANG", "LC_CTYPE"}
    assert cli.env["PATH"] == found["PATH"]


def test_what_could_redirect_a_program_is_remarked_on(cli: Cli) -> None:
    """An inherited proxy or loader's variable is reported by name, and passed on."""
    done = cli("run", "--", "printenv", "https_proxy", env={"https_proxy": "http://user:pass@proxy.example"})
    assert b"https_proxy" in done.stderr
    assert b"proxy.example" not in done.stderr
    assert b"http://user:pass@proxy.example\n" == done.stdout


@pytest.mark.promise(14)
@pytest.mark.parametrize("options", [(), ("--mask",)], ids=["plain", "masked"])
def test_a_program_that_never_started_is_no_run(cli: Cli, tmp_path: Path, options: tuple[str, ...]) -> None:
    """The interpreter in its first line is not there: the log says so, and it is no use of the key."""
    script = tmp_path / "bot"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    cli("run", *options, "--", str(script), check=127)
    entries = json.loads(cli("log", "--json").stdout)["entries"]
    assert [("run", "program-not-found")] == [(entry["did"], entry["outcome"]) for entry in entries]
    assert None is json.loads(cli("list", "--json").stdout)["credentials"][0]["last_used"]
    cli("run", *options, "--", "true")
    assert "ok" == json.loads(cli("log", "--json").stdout)["entries"][-1]["outcome"]


def test_the_log_of_nobody(cli: Cli) -> None:
    """A name that no credential and no record has is refused, with the nearest."""
    assert b"no credential is named okx-mian" in cli("log", "okx-mian", check=51).stderr
    cli("run", "--", "true")
    cli("remove", "okx-main", "--force")
    assert b"okx-main" in cli("log", "okx-main").stdout


def test_a_dry_run_names_and_does_nothing(cli: Cli) -> None:
    """Names and where each comes from; no value, and nothing is started."""
    done = cli("run", "--dry-run", "--", "touch", "/nowhere/started")
    lines = [line.split() for line in done.stdout.decode().splitlines()]
    assert ["VARIABLE", "FROM"] == lines[0]
    assert EXPORTS.keys() == {line[0] for line in lines[1:]}
    assert not any(value in done.stdout.decode() for value in OKX.values())


@pytest.mark.parametrize(
    "words", [["--json", "run", "--dry-run"], ["run", "--json", "--dry-run"]], ids=" ".join
)
def test_a_dry_run_as_json(cli: Cli, words: list[str]) -> None:
    """The same as JSON, wherever --json stands."""
    done = cli(*words, "--for", "python-okx", "--", "true")
    assert {
        "variables": [
            {"variable": "OKX_API_KEY", "source": "okx-main.api_key"},
            {"variable": "OKX_PASSPHRASE", "source": "okx-main.passphrase"},
            {"variable": "OKX_API_SECRET", "source": "okx-main.secret_key"},
            {"variable": "OKX_FLAG", "source": "python-okx"},
        ]
    } == said(done)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--for", "nobody"], "no client is known as 'nobody'"),
        (["--env", "X"], "not of the form VAR=NAME.FIELD"),
        (["--env", "X=okx-main"], "not of the form VAR=NAME.FIELD"),
        (["--env", "X=okx-main.nope"], "has no field 'nope'"),
        (["--env", "LD_PRELOAD=okx-main.api_key"], "LD_PRELOAD steers"),
        (["--env", "https_proxy=okx-main.api_key"], "https_proxy steers"),
        (["--env", "VAULT_FILE=okx-main.api_key"], "VAULT_FILE steers"),
        (["--env", "1X=okx-main.api_key"], "not a name for an environment variable"),
        (["--env", "X=okx-main.api_key", "--env", "X=okx-main.passphrase"], "both want X"),
        (["-c", "okx-main", "--env", "OKX_API_KEY=okx-main.passphrase"], "both want OKX_API_KEY"),
    ],
)  # fmt: skip
def test_what_cannot_be_handed_over(cli: Cli, words: list[str], message: str) -> None:
    """Refused with a launcher's status; nothing is started."""
    done = cli("run", *words, "--", "echo", "started", check=125)
    assert message in done.stderr.decode()
    assert b"" == done.stdout


def test_which_credentials(cli: Cli) -> None:
    """Every active one that is not guarded; a live and a demo one of one exchange never together."""
    with vault.open(cli.path).unlock(vault.Secret(cli.password_file.read_text().strip())) as opened:
        opened.add(okx_credential("okx-demo", demo=True, variables={f: f"DEMO_{f}".upper() for f in OKX}))
        for name, changes in (("a", {}), ("b", {"guarded": True}), ("c", {"state": "disabled"})):
            plain: dict[str, Any] = {"fields": {"v": vault.Secret(name)}, "created": NOW, "updated": NOW}
            opened.add(vault.Credential(name, "generic", **{**plain, **changes}))
        opened.save()
    assert b"mix them up" in cli("run", "--", "true", check=125).stderr
    found = environment(cli, "-c", "a", "-c", "b", "-c", "a", "-c", "okx-demo")
    assert "a" == found["A_V"]
    assert "b" == found["B_V"]
    assert "true" == found["OKX_DEMO"]
    assert OKX["api_key"] == found["DEMO_API_KEY"]
    cli("disable", "okx-demo")
    found = environment(cli)
    assert {"A_V", *EXPORTS} == {name for name in found if name.endswith("_V") or name.startswith("OKX")}
    assert b"c is disabled" in cli("run", "-c", "c", "--", "true", check=125).stderr


# --- two readers of one command line ----------------------------------------------------------------------


def by_click(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, Request] | None:
    """What click makes of a ``run``; None if it complains or does something else."""
    from vault.cli import run

    seen: list[tuple[Settings, Request]] = []

    def note(settings: Settings, request: Request) -> int:
        seen.append((settings, request))
        return 0

    monkeypatch.setattr(run, "launch", note)
    try:
        group.vault.main(list(arguments), prog_name="vault", standalone_mode=False)
    except (click.ClickException, click.Abort, SystemExit):
        return None
    return seen[0] if seen else None


# As typed in a shell; every combination of the three is read by both.
OUTER = ["", "--file f", "--file=f", "--file=", "--file ''", "--file -x", "--file --", "--file a --file b",
         "--password-fd 3", "--password-file p --json", "--json --json", "--fil f",
         "--accept-older --allow-expensive-kdf", "--json=1", "--file", "-c x", "--", "--help", "--version",
         "-h"]  # fmt: skip
INNER = ["", "-c a", "-c a -c b", "-ca", "-c=a", "--credential a", "--credential=a", "--credential=a=b",
         "--cred a",
         "--for ccxt --for=okx-cli", "--env X=a.b", "--env=X=a.b", "--clean --keep A --keep=B", "--file f",
         "--override --dry-run", "--json", "--dry-run=1", "-c", "-c --", "--unknown", "-x", "-", "--help",
         "--env ''", "-c '' --clean"]  # fmt: skip
REST = ["", "cmd", "-- cmd", "-- -- cmd", "cmd -c x", "cmd --json", "-- cmd -- x", "-- -c x", "'' x", "-- ''",
        "--", "- x", "cmd '' ' ' ä --help"]  # fmt: skip


@pytest.mark.parametrize("outer", OUTER)
def test_both_readers_agree(outer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick reader understands a ``run`` as click does, or leaves it to click."""
    lines = [shlex.split(f"{outer} run {inner} {rest}") for inner in INNER for rest in REST]
    understood = [(line, plain) for line in lines if (plain := options.direct(line)) is not None]
    assert [] == [shlex.join(line) for line, plain in understood if by_click(line, monkeypatch) != plain]


@pytest.mark.parametrize(
    "json", [["--json", "run"], ["run", "--json"], ["--json", "run", "--json"]], ids=" ".join
)
def test_what_click_reads_is_the_same_request(json: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A spelling that only click takes means what the plain one means."""
    plain = options.direct([*json, "-c", "a", "cmd"])
    assert plain == by_click([*json, "-ca", "cmd"], monkeypatch)


@pytest.mark.parametrize(
    "line", ["--file --json run cmd", "--file", "run -c", "--password-file --json run cmd"]
)
def test_an_option_without_its_value_is_a_complaint(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never means the option is empty: another vault than the one that was meant would be opened."""
    request = by_click(line.split(), monkeypatch)
    assert request is None or "--json" in (request[0].file, request[0].password_file)


@pytest.mark.parametrize(
    "line",
    ["run cmd", "run -- cmd", "--file f run -c a -- cmd x", "run --for ccxt --env X=a.b --override -- cmd",
     "--password-fd 3 run --clean --keep A -- cmd", "--json run --dry-run cmd",
     "--password-file=p run --env=X=a.b cmd"],
)  # fmt: skip
def test_a_usual_run_does_without_click(line: str) -> None:
    """What people and unit files write is read by the quick reader."""
    assert options.direct(line.split()) is not None


# --- what it costs to start -----------------------------------------------------------------------------

OURS = [
    "vault", "vault.actions", "vault.actions.launch", "vault.base", "vault.base.canonical",
    "vault.base.clock",
    "vault.base.digest", "vault.base.record", "vault.base.rules", "vault.base.secret", "vault.care",
    "vault.care.deadlines", "vault.cli", "vault.cli.opening", "vault.cli.options", "vault.cli.output",
    "vault.cli.run", "vault.core", "vault.core.crypto", "vault.core.format", "vault.core.model",
    "vault.core.slots", "vault.core.vault", "vault.credential", "vault.credential.credential", "vault.errors",
    "vault.exchanges", "vault.exchanges.profile", "vault.exchanges.profiles", "vault.journal",
    "vault.journal.journal", "vault.journal.records", "vault.launch", "vault.launch.environment",
    "vault.launch.variables", "vault.store", "vault.store.file", "vault.store.names", "vault.store.notes",
    "vault.store.descent",
    "vault.system", "vault.system.disk", "vault.system.memory", "vault.system.posix",
    "vault.system.posix.folder", "vault.system.posix.process", "vault.unlock", "vault.unlock.cost",
    "vault.unlock.passwords",
]  # fmt: skip
THIRD_PARTY = ["_argon2_cffi_bindings", "_argon2_cffi_bindings._ffi", "_cffi_backend", "cryptography",
               "cryptography.__about__", "cryptography.hazmat", "cryptography.hazmat.bindings",
               "cryptography.hazmat.bindings._rust"]  # fmt: skip
NEVER = ["argon2", "argparse", "asyncio", "click", "dataclasses", "datetime", "email", "enum",
         "hashlib", "hmac", "http",
         "inspect", "json", "logging", "pathlib", "prettytable", "pyperclip", "random", "re", "signal",
         "socket", "ssl", "subprocess", "tempfile", "threading", "tomllib", "typing", "urllib", "wcwidth",
         "xkcdpass", "zxcvbn"]  # fmt: skip


def imported(cli: Cli) -> set[str]:
    """Modules that a plain ``vault run`` imports, with what the interpreter's own start brings taken away."""

    def names(*words: str) -> set[str]:
        # -S and .pth files aside: those of an editable install are not the program's doing.
        done = subprocess.run(
            [sys.executable, "-X", "importtime", *words],
            env=cli.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
        )
        lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
        return {line.rpartition("|")[2].strip() for line in lines[1:]}

    return names(cli.exe, "run", "--", "true") - names("-c", "pass")


@pytest.mark.promise(11)
def test_a_start_imports_what_it_needs(cli: Cli) -> None:
    """Every bot's start pays for each module: a new one is added here on purpose, or not at all."""
    found = imported(cli)
    assert set() == {name for name in found if name.partition(".")[0] in NEVER}
    foreign = {name for name in found if name.partition(".")[0] not in sys.stdlib_module_names}
    assert set() == foreign - {*OURS, *THIRD_PARTY}
