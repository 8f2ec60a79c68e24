"""The console of Windows, on a simulated system."""

from __future__ import annotations

import _signal
import errno
import os
import signal
import time

import pytest
from simulated_windows import (  # noqa: F401  (fixtures)
    ENTER_RELEASED,
    KEY_PRESSED,
    MOUSE_MOVED,
    System,
    fake_clock,
    fake_win,
)

from vault import errors
from vault.system.windows.terminal import _MAX_LINE, Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a simulation on POSIX files")


@pytest.fixture
def terminal(win: System, clock: list[float]) -> Terminal:
    return Terminal()


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


def test_without_windows_there_is_no_console() -> None:
    with pytest.raises(errors.NoTerminal):
        Terminal()


def test_a_hidden_answer_is_not_shown(win: System, terminal: Terminal) -> None:
    win.typed = [utf16("pässwörd 🔑\r\n")]
    before = win.mode
    assert "pässwörd 🔑" == terminal.ask("Password: ", hidden=True)
    assert not win.modes[0] & 0x4
    assert win.modes[0] & 0x3 == 0x3  # by line, and Ctrl-C is a signal
    assert before == win.mode
    assert "Password: \n" == win.screen


def test_an_open_answer_is_shown(win: System, terminal: Terminal) -> None:
    win.typed, win.mode = [utf16("okx-main\r\n")], 0x200
    assert "okx-main" == terminal.ask("Name: ", hidden=False)
    assert 0x7 == win.modes[0]  # and keys come as characters, not as sequences
    assert 0x200 == win.mode


def test_the_work_is_done_once_the_prompt_stands(win: System, terminal: Terminal) -> None:
    win.typed = [utf16("x\r\n")]
    seen: list[str] = []
    terminal.ask("Password: ", hidden=True, meanwhile=lambda: seen.append(win.screen))
    assert ["Password: "] == seen


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.EBADF, "gone")])
def test_the_mode_is_put_back_after_ctrl_c_and_when_the_console_goes(
    win: System, terminal: Terminal, error: BaseException
) -> None:
    win.typed, before = [error], win.mode
    expected = errors.Cancelled if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        terminal.ask("Password: ", hidden=True)
    assert before == win.mode


def test_ctrl_c_whose_signal_comes_late_is_ctrl_c(
    win: System, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ReadConsoleW returns nothing, and the signal a moment later, on another thread."""

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    win.typed, before = [b""], win.mode
    with pytest.raises(KeyboardInterrupt):
        terminal.ask("Password: ", hidden=True)
    assert before == win.mode


def test_ctrl_break_does_not_leave_the_echo_off(
    win: System, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    handler, before = signal.getsignal(signal.SIGUSR1), win.mode
    with pytest.raises(KeyboardInterrupt):
        terminal.ask("Password: ", hidden=True, meanwhile=lambda: os.kill(os.getpid(), signal.SIGUSR1))
    assert before == win.mode
    assert handler == signal.getsignal(signal.SIGUSR1)


@pytest.mark.parametrize(
    "typed",
    [b"", utf16("\x1a\r\n"), utf16("a" * _MAX_LINE), b"\x3d\xd8\r\0\n\0"],
    ids=["end", "Ctrl-Z", "too long", "half a character"],
)
def test_a_line_that_cannot_be_taken_whole_is_none(win: System, terminal: Terminal, typed: bytes) -> None:
    win.typed, before = [typed], win.mode
    with pytest.raises((errors.Cancelled, errors.LineRefused)):
        terminal.ask("Password: ", hidden=True)
    assert before == win.mode


def test_a_paste_of_several_lines_is_refused(win: System, terminal: Terminal) -> None:
    win.typed, win.events = [utf16("a\r\n")], ENTER_RELEASED + KEY_PRESSED
    with pytest.raises(errors.LineRefused, match="more than one line"):
        terminal.ask("Password: ", hidden=True)
    assert "FlushConsoleInputBuffer" in win.calls[-3:]


def test_a_released_key_and_a_moved_mouse_are_no_second_line(win: System, terminal: Terminal) -> None:
    win.typed, win.events = [utf16("a\r\n")], ENTER_RELEASED + MOUSE_MOVED
    assert "a" == terminal.ask("Password: ", hidden=True)


def test_what_follows_the_line_may_be_for_the_program(win: System, terminal: Terminal) -> None:
    win.typed, win.events = [utf16("a\r\n")], KEY_PRESSED
    assert "a" == terminal.ask("Password: ", hidden=True, sole=False)


def test_no_console_is_no_terminal(win: System) -> None:
    for name in ("CreateFileW", "GetConsoleMode"):
        win.refuse[name] = [OSError(errno.EBADF, "The handle is invalid")]
        with pytest.raises(errors.NoTerminal):
            Terminal()
    assert 2 == win.calls.count("CloseHandle")
