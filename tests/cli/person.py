"""Somebody at a terminal: reads what stands on the screen, types the answer, sends a signal."""

from __future__ import annotations

import os
import re
import signal
import termios
import time
from collections.abc import Mapping
from pathlib import Path

import pexpect

PATIENCE = 30  # seconds until a prompt must stand; a loaded machine is no failure
ENTER, CTRL_C, CTRL_D, CTRL_Z = "\r", "\x03", "\x04", "\x1a"

# The shell outlives Ctrl-C, and notes the terminal's settings around the one line it runs.
_AROUND = """
trap : INT QUIT
stty -a > "$2/before"
eval "$1"
echo "$?" > "$2/status"
stty -a > "$2/after"
"""


class Person:
    """At a pseudo-terminal of their own, where a shell runs one command line.

    Attributes:
        screen: everything that was shown so far, escape sequences included, ``\\r\\n`` as ``\\n``.
    """

    def __init__(
        self, line: str, env: Mapping[str, str], notes: Path, *, rows: int = 24, columns: int = 80
    ) -> None:
        """Type *line* in a shell with *env*; *notes* is a folder for what the shell writes down."""
        notes.mkdir(exist_ok=True)
        for note in notes.iterdir():
            note.unlink()
        self._notes = notes
        self._seen: list[str] = []
        self.child = pexpect.spawn(
            "/bin/sh",
            ["-c", _AROUND, "sh", line, str(notes)],
            env={"TERM": "xterm", **env},
            dimensions=(rows, columns),
            timeout=PATIENCE,
            encoding="utf-8",
            codec_errors="backslashreplace",
        )
        self.child.delaybeforesend = None
        self.child.ptyproc.delayafterclose = 0
        self.child.logfile_read = self

    # What pexpect asks of a log file.

    def write(self, text: str) -> None:
        self._seen.append(text)

    def flush(self) -> None:
        pass

    @property
    def screen(self) -> str:
        return "".join(self._seen).replace("\r\n", "\n")

    def sees(self, text: str) -> None:
        """Wait until *text* is shown, after all that was waited for before."""
        self.child.expect_exact(text)

    def types(self, text: str, end: str = ENTER) -> None:
        """Type *text* and then *end*."""
        self.child.send(text + end)

    def pastes(self, lines: list[str]) -> None:
        """Paste *lines* at once, marked as a terminal does that was asked to."""
        self.sees("\x1b[?2004h")
        self.child.send("\x1b[200~" + "\r".join(lines) + "\x1b[201~")

    def answers(self, *dialog: tuple[str, str]) -> None:
        """Wait for each prompt, and type what belongs to it."""
        for prompt, answer in dialog:
            self.sees(prompt)
            self.types(answer)

    def ends(self) -> int:
        """Wait for the end of the command; its status as the shell tells it."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return int((self._notes / "status").read_text())

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        flags: int = termios.tcgetattr(self.child.child_fd)[3]
        return bool(flags & termios.ECHO)

    @property
    def settings_kept(self) -> bool:
        """Whether ``stty -a`` says the same after the command as before."""
        return (self._notes / "before").read_text() == (self._notes / "after").read_text()

    def signals(self, number: signal.Signals, program: str) -> None:
        """Send a signal to the process in this session whose command line holds *program*."""
        os.kill(self.process(program), number)

    def process(self, program: str) -> int:
        """The process in this session whose command line holds *program*."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for entry in Path("/proc").iterdir():
                if not entry.name.isdigit():
                    continue
                try:
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                # proc(5): state, parent, group, session
                if int(fields[3]) == self.child.pid and any(
                    word.endswith(program.encode()) for word in words
                ):
                    return int(entry.name)
            time.sleep(0.01)
        raise AssertionError(f"no {program} in the session")


def plain(text: str) -> str:
    """*text* without the sequences that colour it, or say how pastes are to be marked."""
    return re.sub(r"\x1b\[([0-9;]*m|\?2004[hl])", "", text)


def shown(screen: str) -> list[str]:
    """The lines that are left to be read, blank ones aside: what was erased is gone, colours too.

    So a spinner, which a busy machine may show at any derivation, makes no difference.
    """
    lines = [plain(line.rpartition("\x1b[K")[2]).rstrip() for line in screen.split("\n")]
    return [line for line in lines if line]
