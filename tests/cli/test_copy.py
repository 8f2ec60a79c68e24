"""``copy`` with a real clipboard: an X server without a screen, and xclip."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator

import pytest
from conftest import OKX, Cli

pytestmark = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xclip")),
    reason="takes Xvfb and xclip: apt install xvfb xclip",
)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An X server of our own."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "64x64x8", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as stream:
        number = stream.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


class Desk:
    """A clipboard, and a ``vault copy`` at work on it."""

    def __init__(self, cli: Cli, display: str, *arguments: str) -> None:
        self.env = {**cli.env, "DISPLAY": display}
        self.process = subprocess.Popen(
            [cli.exe, *arguments], env=self.env, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )

    def told(self) -> str:
        stream = self.process.stderr
        return stream.readline() if stream else ""

    def clipboard(self) -> str:
        command = ["xclip", "-selection", "clipboard", "-o"]
        return subprocess.run(command, env=self.env, capture_output=True, text=True).stdout

    def takes(self, text: str) -> None:
        command = ["xclip", "-selection", "clipboard"]
        nowhere = subprocess.DEVNULL
        subprocess.run(
            command, env=self.env, input=text, text=True, check=True, stdout=nowhere, stderr=nowhere
        )

    def leaves(self) -> str:
        """Press Ctrl-C; what is said then."""
        self.process.send_signal(signal.SIGINT)
        rest = self.told()  # and not to the end of the stream: xclip stays behind, and holds it open
        assert 0 == self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()
        return rest


@pytest.mark.promise(4)
def test_a_value_is_there_until_it_is_taken_away(cli: Cli, display: str) -> None:
    """Byte for byte; Ctrl-C takes it away at once; it is no argument of any program."""
    desk = Desk(cli, display, "copy", "okx-main", "secret_key")
    assert "in the clipboard for 30 seconds" in desk.told()
    assert OKX["secret_key"] == desk.clipboard()
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert OKX["secret_key"] not in listed
    assert "the clipboard was emptied" in desk.leaves()
    assert "" == desk.clipboard()


def test_what_somebody_copied_since_stays(cli: Cli, display: str) -> None:
    """It is not ours to take away."""
    desk = Desk(cli, display, "copy", "okx-main", "secret_key")
    desk.told()
    desk.takes("a recipe")
    assert "something else" in desk.leaves()
    assert "a recipe" == desk.clipboard()


def test_a_copy_is_noted(cli: Cli, display: str) -> None:
    """It was handed out, as by a run."""
    desk = Desk(cli, display, "copy", "okx-main", "secret_key")
    desk.told()
    desk.leaves()
    assert b"copy" in cli("log").stdout


def test_add_empties_a_clipboard_that_holds_the_page(cli: Cli, display: str) -> None:
    """With --clear-clipboard, once the values are saved."""
    page = json.dumps({**OKX, "secret_key": "A2582BD0CFF14C41EDBF1AB98506286D"})
    desk = Desk(cli, display, "status")
    desk.process.communicate()
    desk.takes("Secret key\nA2582BD0CFF14C41EDBF1AB98506286D\n")
    done = subprocess.run(
        [cli.exe, "add", "second", "--exchange", "okx", "--stdin", "--clear-clipboard"],
        env=desk.env, input=page, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert 0 == done.returncode
    assert "" == desk.clipboard()
