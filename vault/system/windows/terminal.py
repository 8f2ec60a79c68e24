"""The console itself: standard input and output may be anything else."""

from __future__ import annotations

import struct

from ...errors import Cancelled, LineRefused, NoTerminal
from . import api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PROCESSED, _BY_LINE, _ECHO, _VT_INPUT = 0x1, 0x2, 0x4, 0x200  # "SetConsoleMode", input
_MAX_LINE = 16 << 10  # characters; older consoles lend no more than 64 KiB ("ReadConsole")
_RECORD = 20  # bytes of an INPUT_RECORD
_MAX_BLOCK = 64 << 10  # characters; a page that shows a key has a few hundred
_ONE_LINE = "give long values and values of several lines as JSON: --stdin"


class Terminal:
    """The console, open to ask questions."""

    def __init__(self) -> None:
        """Open it; raises NoTerminal if this process has none."""
        self._handles: list[int] = []
        try:
            for name in ("CONIN$", "CONOUT$"):
                self._handles.append(
                    api.create(name, api.READ | api.WRITE, api.SHARE_NO_DELETE, api.EXISTING)
                )
            self._input, self._output = self._handles
            api.console_mode(self._input)
        except OSError:
            self.close()
            raise NoTerminal("there is no terminal to ask at") from None

    def close(self) -> None:
        for handle in self._handles:
            api.call("CloseHandle", handle)

    def write(self, text: str) -> None:
        data = text.encode("utf-16-le", errors="replace")
        while data:
            data = data[api.console_write(self._output, data[: 2 * _MAX_LINE]) :]

    def ask(
        self, prompt: str, *, hidden: bool, meanwhile: Callable[[], None] | None = None, sole: bool = True
    ) -> str:
        """Ask for one line; Ctrl-Z is the end of input."""
        api.call("FlushConsoleInputBuffer", self._input)  # typed before the question: no answer to it
        return self._asked(prompt, hidden=hidden, meanwhile=meanwhile, sole=sole)

    def _asked(
        self, prompt: str, *, hidden: bool, meanwhile: Callable[[], None] | None = None, sole: bool = True
    ) -> str:
        import _signal

        # The mode belongs to the console, not to this process: it is put back, whatever happens.
        saved = api.console_mode(self._input)
        mode = (saved | _PROCESSED | _BY_LINE | _ECHO) & ~_VT_INPUT
        stop = getattr(_signal, "SIGBREAK", None)  # by default it would end us with the echo still off
        handler = _signal.signal(stop, _signal.default_int_handler) if stop else None
        try:
            api.call("SetConsoleMode", self._input, mode & ~_ECHO if hidden else mode)
            self.write(prompt)
            try:
                if meanwhile is not None:
                    meanwhile()
            except BaseException:
                self.write("\n")  # what is said next begins a line of its own
                raise
            line = self._line(hidden)
            if sole and self._waiting():
                api.call("FlushConsoleInputBuffer", self._input)
                raise LineRefused("that was more than one line; nothing was taken", hint=_ONE_LINE)
        finally:
            api.call("SetConsoleMode", self._input, saved)
            if stop:
                _signal.signal(stop, handler)
        return line

    def paste(self, prompt: str, ended: Callable[[str], bool] | None = None) -> str:
        """Ask for hidden lines, up to an empty one with nothing behind it, or to Ctrl-Z."""
        api.call("FlushConsoleInputBuffer", self._input)
        text, question = "", prompt
        while True:
            try:
                line = self._asked(question, hidden=True, sole=False)
            except Cancelled:
                if text.strip():
                    return text
                raise
            if ended is None and not line and text.strip() and not self._waiting():
                return text
            text, question = f"{text}{line}\n", ""
            if ended is not None and ended(text):
                return text
            if len(text) > _MAX_BLOCK:
                raise LineRefused(f"that is more than {_MAX_BLOCK >> 10} KiB; nothing was taken")

    def _line(self, hidden: bool) -> str:
        from time import sleep

        try:
            data = api.console_read("ReadConsoleW", self._input, 2, _MAX_LINE, None)
        except OSError as error:
            raise Cancelled("the terminal went away") from error
        if not data:
            sleep(0.1)  # after Ctrl-C: its signal comes a moment later, on another thread, and raises here
        if hidden or not data:
            self.write("\n")
        try:
            line = data.decode("utf-16-le")
        except UnicodeDecodeError:
            raise LineRefused("the terminal did not send Unicode") from None
        if not line or line.startswith("\x1a"):
            raise Cancelled("cancelled; nothing was changed")
        if not line.endswith("\n"):
            api.call("FlushConsoleInputBuffer", self._input)
            most = f"{_MAX_LINE - 2:,}"
            raise LineRefused(f"a console passes on only the first {most} characters", hint=_ONE_LINE)
        return line.removesuffix("\n").removesuffix("\r")

    def _waiting(self) -> bool:
        """Return True if a key was pressed since; the release of Enter is an event, too."""
        from time import sleep

        sleep(0.05)
        events = api.console_read("PeekConsoleInputW", self._input, _RECORD, 128)
        for at in range(0, len(events), _RECORD):
            kind, down, character = struct.unpack_from("<H2xi6xH", events, at)  # "KEY_EVENT_RECORD"
            if kind == 1 and down and character:
                return True
        return False
