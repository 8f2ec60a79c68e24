"""Sessions that a person could type, kept as text: ``*.txt`` beside this file.

The first line says where the session takes place: ``# at a terminal`` (80 by 24, NO_COLOR set), or
``# without a terminal``; and, after a comma, ``with an exchange``: OKX's stand-in, at $OKX, which has two
keys. It begins in an empty folder with VAULT_FILE naming ``bots.vault`` in it, and nothing else of ours in
the environment. Then, line by line:

    $ command       given to sh
    < text          typed where nothing is shown; without a terminal: a line of standard input
    > text          typed where it is shown
    | text          a line of one paste, where nothing is shown
    ? status        that the command must end with; 0 if nothing is said
    # text          a remark, between commands

Anything else is a line that must appear, and no other may: at a terminal in this order, without one
standard output first and standard error after it. Blanks at the end of a line and empty lines do not
count, nor does what was erased again. ``…``
stands for any part of a line, and alone on a line for any number of lines.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from person import Person, shown

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
from okx_standin import Standin

KEYS = [
    ("37c541a1-0b1c-4d2e-9f3a-10fe7a038418", "22582BD0CFF14C41EDBF1AB98506286D", "Pass-Phrase-1"),
    ("5c0de1a9-77b2-4e0f-8a6d-3f1b9c2d4e5f", "7F3A9C1E5B2D4806A1C3E5F709B2D4F6", "Pass-Phrase-2"),
]
SESSIONS = sorted(Path(__file__).parent.glob("*.txt"))


@dataclass
class Step:
    """One command, and what belongs to it."""

    line: int
    command: str
    script: list[tuple[str, str]] = field(default_factory=list)  # kind ('<', '>' or ' ') and text
    status: int = 0

    @property
    def shown(self) -> list[str]:
        """The lines that must appear."""
        lines: list[str] = []
        for kind, text in self.script:
            if kind == " ":
                lines.append(text)
            elif kind == ">":
                lines[-1] += f" {text}"
        return lines

    @property
    def stdin(self) -> str:
        return "".join(f"{text}\n" for kind, text in self.script if kind != " ")


def read(text: str) -> tuple[bool, bool, list[Step]]:
    """Whether a session wants a terminal, and an exchange, and its steps."""
    first, *lines = text.splitlines()
    place, _, besides = first.partition(", ")
    at_terminal = {"# at a terminal": True, "# without a terminal": False}[place]
    steps: list[Step] = []
    for number, line in enumerate(lines, 2):
        kind, text = line[:1], line[2:]
        if kind == "$":
            steps.append(Step(number, text))
        elif kind == "?":
            steps[-1].status = int(text)
        elif kind in ("<", ">", "|"):
            steps[-1].script.append((kind, text))
        elif kind != "#" and line:
            steps[-1].script.append((" ", line.rstrip()))
    return at_terminal, besides == "with an exchange", steps


def pattern(lines: list[str]) -> str:
    """A regular expression of these lines."""
    parts = []
    for line in lines:
        inside = ".*".join(re.escape(part) for part in line.rstrip().split("…"))
        parts.append("(?:.*\n)*" if line == "…" else f"{inside}\n")
    return "".join(parts)


def at_terminal(step: Step, env: dict[str, str], folder: Path) -> tuple[int, str]:
    person = Person(f"cd '{folder}' && {step.command}", env, folder.parent / "notes")
    prompt, pasted = "", list[str]()
    for number, (kind, text) in enumerate(step.script):
        if kind == "|":
            pasted.append(text)
            if step.script[number + 1][0] != "|":
                person.pastes(pasted)
                pasted = []
            continue
        if kind == " ":
            prompt = text
            continue
        person.sees(prompt.rpartition("…")[2])
        assert (kind == ">") == person.echoes, (
            f"line {step.line}: what is typed is {'not ' * (kind == '>')}shown"
        )
        person.types(text)
    status = person.ends()
    return status, "".join(f"{line}\n" for line in shown(person.screen))


def without_terminal(step: Step, env: dict[str, str], folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        ["/bin/sh", "-c", step.command],
        input=step.stdin,
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


@contextmanager
def exchange(wanted: bool) -> Iterator[dict[str, str]]:
    """What a session finds in its environment of the exchange, if it wants one."""
    if not wanted:
        yield {}
        return
    with Standin() as okx:
        for values in KEYS:
            key = dict(zip(("api_key", "secret_key", "passphrase"), values, strict=True))
            okx.add_key(key, perm="read_only,trade", ip="127.0.0.1", label="grid bot")
        yield {"OKX": okx.url}


QUICK = ("first-hour", "tutorial", "refusals", "scripts")  # the others are for CI


@pytest.mark.promise(4, 6, 13, 14)
@pytest.mark.parametrize(
    "session",
    [pytest.param(p, marks=[] if p.stem in QUICK else pytest.mark.slow, id=p.stem) for p in SESSIONS],
)
def test_session(session: Path, tmp_path: Path, vault_exe: str) -> None:
    """What is shown, and each status, is what the session says."""
    folder = tmp_path / "bots"
    folder.mkdir(mode=0o700)
    env = {name: os.environ[name] for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    env |= {
        "PATH": f"{Path(vault_exe).parent}:{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "VAULT_FILE": str(folder / "bots.vault"),
    }
    wants_terminal, wants_exchange, steps = read(session.read_text())
    with exchange(wants_exchange) as more:
        for step in steps:
            status, output = (at_terminal if wants_terminal else without_terminal)(
                step, {**env, **more}, folder
            )
            output = "".join(f"{line.rstrip()}\n" for line in output.split("\n") if line.strip())
            expected = pattern(step.shown)
            assert re.fullmatch(expected, output), (
                f"{session.name}, line {step.line}: $ {step.command}\nexpected:\n"
                + "\n".join(step.shown)
                + f"\n\nshown:\n{output}"
            )
            assert step.status == status, f"{session.name}, line {step.line}: $ {step.command}\n{output}"
