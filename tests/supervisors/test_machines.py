"""systemd, supervisord and cron themselves, each in a Linux of its own, with the examples as they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import OKX, PASSWORD, Template
from machine import EXAMPLES, ROOT, Booted, Machine, needs, until

pytestmark = pytest.mark.slow

KEYS = {"OKX_APIKEY": OKX["api_key"], "OKX_SECRET": OKX["secret_key"], "OKX_PASSWORD": OKX["passphrase"]}
TERM = 15
DOCUMENT = (ROOT / "docs" / "supervisors.md").read_text(encoding="utf-8")
UNITS = ("bot.service", "audit.service", "audit.timer")
PASSWORD_FILE = "/etc/credstore.encrypted/vault-password"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """An empty folder for a machine."""
    folder = tmp_path / "room"
    folder.mkdir(mode=0o700)
    return folder


def handed(start: dict[str, Any]) -> dict[str, Any]:
    """The keys that a bot noted at its start, and every variable of ours that it should not have."""
    return {name: value for name, value in start.items() if name.startswith(("OKX", "VAULT"))}


def ended(machine: Machine, start: dict[str, Any]) -> bool:
    """Whether the bot that noted this and its worker are gone."""
    return not machine.runs(start["pid"]) and not machine.runs(start["worker"])


# --- systemd --------------------------------------------------------------------------------------------


@pytest.fixture
def booted(room: Path, template: Template) -> Booted:
    """A machine for systemd, not yet started."""
    return Booted(room, template.data, PASSWORD)


_ENCRYPT = "systemd-creds encrypt --name=vault-password"


def told(words: str) -> str:
    """The line of the document that holds these words, as root types it."""
    (line,) = [line for line in DOCUMENT.splitlines() if line.startswith("$ ") and words in line]
    return line.removeprefix("$ ").replace("sudo ", "")


def encrypt(machine: Machine) -> None:
    """What the document says of the master password, which is in a file instead of asked for."""
    machine("sh", "-ec", told("install -d -m 700 /etc/credstore"))
    asked = 'systemd-ask-password -n "master password"'
    machine("sh", "-ec", told(asked).replace(asked, "cat password"))


def drop_in(machine: Booted, unit: str, text: str) -> None:
    """Change a unit before the machine is started."""
    folder = machine.room / "units" / f"{unit}.d"
    folder.mkdir()
    (folder / "change.conf").write_text(text)


def test_systemd_starts_and_stops_a_bot(booted: Booted) -> None:
    """The process that it watches is the bot; SIGTERM reaches it, and nothing is left when it has stopped."""
    with booted as machine:
        encrypt(machine)
        machine("systemctl", "start", "bot")
        (start,) = machine.notes()
        assert [str(start["pid"]), "active"] == booted.shows("bot", "MainPID", "ActiveState")
        assert KEYS == handed(start)
        assert "bots" == machine("id", "--name", "--user", str(start["uid"])).strip()
        machine("systemctl", "stop", "bot")
        assert {"pid": start["pid"], "signal": TERM} == machine.notes(2)[1]
        assert ["inactive", "success"] == booted.shows("bot", "ActiveState", "Result")
        until(lambda: ended(machine, start))


def test_the_credential_of_systemd_is_its_unit_s(booted: Booted) -> None:
    """The bot's user can read the master password while the unit runs; others cannot, and then nobody."""
    with booted as machine:
        encrypt(machine)
        machine("systemctl", "start", "bot")
        (start,) = machine.notes()
        file = f"{start['CREDENTIALS_DIRECTORY']}/vault-password"
        assert f"{PASSWORD}\n" == machine("cat", file, user="bots")
        machine("cat", file, user="daemon", check=1)
        assert "ramfs" == machine("stat", "--file-system", "--format=%T", file).strip()
        machine("systemctl", "stop", "bot")
        machine("ls", file, check=2)


def test_systemd_starts_a_killed_bot_again(booted: Booted) -> None:
    """Its worker goes with it, and ten seconds later there is another bot."""
    with booted as machine:
        encrypt(machine)
        machine("systemctl", "start", "bot")
        (first,) = machine.notes()
        machine("kill", "-KILL", str(first["pid"]))
        second = machine.notes(2)[1]
        assert KEYS == handed(second)
        until(lambda: ended(machine, first))
        assert ["1"] == booted.shows("bot", "NRestarts")


_SAME = ("", "")
_PROGRAM = ("-- /srv/bots/.venv/bin/python", "-- ./program")
# What is done before the start, in a shell; what is changed in the unit; the status; what is said.
REFUSED = {
    "wrong password": (f"{_ENCRYPT} bot.py - >{PASSWORD_FILE}", _SAME, 125, "wrong password"),
    "no password": (f"rm {PASSWORD_FILE}", _SAME, 125, "no terminal to ask at"),
    "no vault": ("rm bots.vault", _SAME, 125, "no vault at /srv/bots/bots.vault"),
    "no such credential": ("", ("-c okx-main", "-c nobody"), 125, "no credential is named nobody"),
    "program not executable": ("touch program", _PROGRAM, 126, "./program is not executable"),
    "no program": ("", _PROGRAM, 127, "no such program"),
    "no command of ours": ("rm .venv/bin/vault", _SAME, 203, ""),
    "credential of no machine": (f"cp password {PASSWORD_FILE}", _SAME, 243, ""),
}


@pytest.mark.parametrize("why", REFUSED)
def test_systemd_leaves_a_refused_start_alone(booted: Booted, why: str) -> None:
    """What another start cannot mend is not tried again."""
    before, words, status, message = REFUSED[why]
    unit = booted.room / "units" / "bot.service"
    unit.write_text(unit.read_text().replace(*words))
    with booted as machine:
        encrypt(machine)
        machine("sh", "-ec", before)
        machine("systemctl", "start", "bot", check=None)
        until(lambda: booted.shows("bot", "ActiveState") != ["active"])
        found = booted.shows("bot", "ActiveState", "ExecMainStatus", "NRestarts")
        assert ["failed", str(status), "0"] == found
        assert message in machine("sh", "-c", "cat /run/bot.said || true")


def _settings(first: str) -> str:
    """The lines of a unit that the document shows, from this one on."""
    return f"{first}{DOCUMENT.partition(first)[2].partition('```')[0]}"


def test_before_systemd_250(booted: Booted) -> None:
    """A file of root's in plain text takes the encrypted one's place."""
    drop_in(booted, "bot.service", f"[Service]\nLoadCredentialEncrypted=\n{_settings('LoadCredential=')}")
    with booted as machine:
        machine("install", "-m", "600", "password", "/etc/bots.password")
        machine("systemctl", "start", "bot")
        assert KEYS == handed(machine.notes()[0])


def test_systemd_can_keep_the_password_from_the_bot(booted: Booted) -> None:
    """It opens root's file for the vault; the bot finds nothing to read, and may not read the file."""
    settings = _settings("StandardInput=")
    drop_in(booted, "bot.service", f"[Service]\nLoadCredentialEncrypted=\nExecStart=\n{settings}")
    with booted as machine:
        machine("install", "-m", "600", "password", "/etc/bots.password")
        machine("rm", "password")
        machine("systemctl", "start", "bot")
        (start,) = machine.notes()
        assert OKX["api_key"] == start["OKX_API_KEY"]
        assert "CREDENTIALS_DIRECTORY" not in start
        descriptors = machine("sh", "-c", f"readlink /proc/{start['pid']}/fd/*").splitlines()
        assert "/dev/null" == descriptors[0]
        assert not any("password" in name for name in descriptors)
        machine("cat", "/etc/bots.password", user="bots", check=1)


def test_systemd_s_timer_runs_the_audit(booted: Booted) -> None:
    """Its findings are in the log, and make the unit fail with 1."""
    drop_in(booted, "audit.timer", "[Timer]\nOnActiveSec=1\n")
    with booted as machine:
        encrypt(machine)
        machine("systemctl", "start", "audit.timer")
        until(lambda: booted.shows("audit", "ActiveState") == ["failed"])
        assert ["1", "exit-code"] == booted.shows("audit", "ExecMainStatus", "Result")
        assert "okx-main" in machine("cat", "/run/audit.said")
        assert "08:00:00" in machine("systemctl", "show", "audit.timer", "--property=TimersCalendar")


def test_systemd_and_a_masking_parent(booted: Booted) -> None:
    """With ``--mask`` the bot gets the SIGTERM that all its processes are sent once, and nobody is left."""
    unit = booted.room / "units" / "bot.service"
    unit.write_text(unit.read_text().replace("vault run", "vault run --mask"))
    with booted as machine:
        encrypt(machine)
        machine("systemctl", "start", "bot")
        (start,) = machine.notes()
        machine("systemctl", "stop", "bot")
        assert [TERM] == [note["signal"] for note in machine.notes()[1:]]
        assert ["inactive", "success"] == booted.shows("bot", "ActiveState", "Result")
        until(lambda: ended(machine, start))


def test_the_units_are_sound(booted: Booted) -> None:
    """systemd finds nothing to say of them, and they can be enabled."""
    with booted as machine:
        for unit in UNITS:
            assert "" == machine("systemd-analyze", "verify", "--man=no", f"/run/units/{unit}")
        machine(
            "cp",
            "/run/units/bot.service",
            "/run/units/audit.timer",
            "/run/units/audit.service",
            "/etc/systemd/system",
        )
        machine("systemctl", "--root=/", "enable", "bot.service", "audit.timer")
        machine("test", "-e", "/etc/systemd/system/multi-user.target.wants/bot.service")
        machine("test", "-e", "/etc/systemd/system/timers.target.wants/audit.timer")


# --- supervisord ----------------------------------------------------------------------------------------


@pytest.fixture
def machine(room: Path, template: Template) -> Iterator[Machine]:
    """A machine that runs."""
    with Machine(room, template.data, PASSWORD) as made:
        yield made


def supervised(machine: Machine, **changes: str) -> Callable[[str], str]:
    """Start supervisord with the example, and *changes* to its settings; the example's supervisorctl."""
    needs("supervisord:supervisor", "supervisorctl:supervisor")
    text = (EXAMPLES / "supervisord.conf").read_text()
    for name, value in changes.items():
        text = re.sub(f"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
    (machine.bots / "supervisord.conf").write_text(text)
    machine("supervisord", "-c", "supervisord.conf")
    return lambda words: machine("supervisorctl", "-c", "supervisord.conf", *words.split(), check=None)


def test_supervisord_starts_and_stops_a_bot(machine: Machine) -> None:
    """The process that it watches is the bot; SIGTERM reaches it, and nothing is left when it has stopped."""
    control = supervised(machine)
    (start,) = machine.notes()
    assert str(start["pid"]) == control("pid bot").strip()
    assert KEYS == handed(start)
    assert ["/srv/bots", "bots"] == [start["HOME"], start["USER"]]
    assert "bots" == machine("id", "--name", "--user", str(start["uid"])).strip()
    control("stop bot")
    assert {"pid": start["pid"], "signal": TERM} == machine.notes(2)[1]
    until(lambda: ended(machine, start))
    assert "STOPPED" in control("status bot")


def test_supervisord_gives_up_on_a_refused_start(machine: Machine) -> None:
    """A wrong password is tried as often as is said, and no more."""
    machine("cp", "bot.py", "password")
    control = supervised(machine, startretries="2")
    until(lambda: "FATAL" in control("status bot"))
    assert 3 == machine("cat", "/var/log/supervisord.log").count("exited: bot (exit status 125")
    assert 3 == machine("cat", "/var/log/bot.log").count("vault: error: wrong password")


@pytest.mark.parametrize(("status", "state"), [(3, "STARTING"), (125, "EXITED")])
def test_supervisord_and_an_end_later_on(machine: Machine, status: int, state: str) -> None:
    """A crash is followed by another start, a status that is said to be in vain is not."""
    control = supervised(machine)
    (start,) = machine.notes()
    until(lambda: "RUNNING" in control("status bot"))
    (machine.bots / "later").write_text(str(status))
    machine("kill", "-USR1", str(start["pid"]))
    until(lambda: "RUNNING" not in control("status bot"))
    assert state in control("status bot")


# --- cron -----------------------------------------------------------------------------------------------


def test_cron_runs_what_stands_in_the_crontab(machine: Machine) -> None:
    """Bots get their keys in cron's bare environment, and the findings of the audit are mailed."""
    needs("cron", "crontab:cron", "flock:util-linux")
    mailer = '#!/bin/sh\n{ echo "to $*"; cat; } >>/srv/bots/mail\n'
    (machine.room / "sendmail").write_text(mailer)
    machine("install", "-m", "755", str(machine.room / "sendmail"), "/usr/sbin/sendmail")
    text = (EXAMPLES / "crontab").read_text()
    text = re.sub(r"^(0 8|\*/15 \*) \* \* \*", "* * * * *", text, flags=re.MULTILINE)
    text = text.replace("#@reboot", "@reboot")
    (machine.bots / "crontab").write_text(text)
    machine("sh", "-ec", told("crontab -u bots"))
    machine("cron")
    for start in machine.notes(2):  # the one of @reboot at once, the other at the next full minute
        assert KEYS == handed(start)
        assert ["/srv/bots", "bots", "/bin/sh", "/usr/bin:/bin"] == [
            start[name] for name in ("HOME", "LOGNAME", "SHELL", "PATH")
        ]
    mail = machine.bots / "mail"
    until(lambda: mail.exists() and "okx-main" in mail.read_text())
    assert "you@example.org" in mail.read_text()
    assert "" == (machine.bots / "bot.log").read_text()
