"""The controlling terminal itself: standard input and output may be anything else."""

from __future__ import annotations

import os
import sys

from ...errors import Cancelled, LineRefused, NoTerminal
from ..disk import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_LINE = 4095  # bytes; the kernel keeps no more of a typed line (N_TTY_BUF_SIZE) and drops the rest
_PASTE_BEGIN, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_MAX_BLOCK = 64 << 10  # bytes; a page that shows a key has a few hundred
_ONE_LINE = "give long values and values of several lines as JSON: --stdin"


class Terminal:
    """The controlling terminal, open to ask questions."""

    def __init__(self) -> None:
        """Open it; raises NoTerminal if this process has none."""
        try:
            self._descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            raise NoTerminal("there is no terminal to ask at") from None
        self._wakeup = -1  # readable once a signal has come, while a question stands

    def close(self) -> None:
        os.close(self._descriptor)

    def write(self, text: str) -> None:
        """Show *text*, whatever standard output is."""
        write_all(self._descriptor, text.encode(errors="replace"))

    def ask(
        self, prompt: str, *, hidden: bool, meanwhile: Callable[[], None] | None = None, sole: bool = True
    ) -> str:
        """Ask for one line, and return it without its newline.

        Args:
            hidden: do not show what is typed.
            meanwhile: work to do once the prompt stands and before the line is read.
            sole: refuse a paste of several lines. Otherwise what follows the line stays for the
                program that runs next.

        Raises:
            Cancelled: At the end of input.
            LineRefused: If the line cannot be taken whole.
        """

        def line() -> bytes:
            if meanwhile is not None:
                meanwhile()
            read = self._line()
            if sole and self._waiting():
                self._forget_typed()
                raise LineRefused("that was more than one line; nothing was taken", hint=_ONE_LINE)
            return read

        return self._asked(prompt, line, hidden=hidden, by_line=True)

    def paste(self, prompt: str, ended: Callable[[str], bool] | None = None) -> str:
        """Ask for any number of hidden lines: one paste, or lines up to Ctrl-D or an empty one.

        Args:
            ended: returns True once the lines are complete; it replaces the empty line.

        Raises:
            Cancelled: If nothing comes.
            LineRefused: If it is more than 64 KiB, or not UTF-8.
        """

        def block() -> bytes:
            # A terminal that knows bracketed paste says where the paste ends (xterm, "Bracketed Paste Mode").
            self.write("\x1b[?2004h")
            try:
                return self._block(ended)
            finally:
                self.write("\x1b[?2004l\n")

        text = self._asked(prompt, block, hidden=True, by_line=False)
        self._forget_typed()  # the Enter that many press after a paste
        return text

    def _asked(self, prompt: str, read: Callable[[], bytes], *, hidden: bool, by_line: bool) -> str:
        """Return what *read* returns, with the echo and the signals set for a question."""
        import _signal  # signal itself builds three enums, 4 ms before the first prompt
        import termios

        saved = termios.tcgetattr(self._descriptor)
        quiet = list(saved)
        quiet[3] = saved[3] & ~termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG
        if not by_line:
            quiet[3] &= ~(termios.ICANON | termios.ECHONL | termios.IEXTEN)

        def restore(number: int, frame: object) -> None:
            """Restore the terminal, then let the signal take its default action."""
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, saved)
            _signal.signal(number, _signal.SIG_DFL)
            os.kill(os.getpid(), number)
            if number == _signal.SIGTSTP:  # continued: ask again
                _signal.signal(number, restore)
                termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, quiet if hidden else saved)
                self.write(prompt)

        # A signal that was ignored, as under nohup, stays ignored.
        numbers = [_signal.SIGTERM, _signal.SIGHUP, _signal.SIGQUIT, _signal.SIGTSTP]
        taken = {n: h for n in numbers if (h := _signal.getsignal(n)) == _signal.SIG_DFL}
        self._wakeup, wakeup_write = os.pipe()  # self-pipe: signal.set_wakeup_fd
        os.set_blocking(wakeup_write, False)
        before = _signal.set_wakeup_fd(wakeup_write, warn_on_full_buffer=False)
        said, sys.unraisablehook = sys.unraisablehook, _ignore_lost_interrupt
        try:
            for number in taken:
                _signal.signal(number, restore)
            # What was typed before the question is no answer to it.
            termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, quiet if hidden else saved)
            try:
                self.write(prompt)
                data = read()
            except LineRefused:
                raise
            except BaseException:
                self.write("\n")  # what is said next begins a line of its own
                raise
        finally:
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, saved)
            for number, handler in taken.items():
                _signal.signal(number, handler)
            _signal.set_wakeup_fd(before)
            sys.unraisablehook = said
            os.close(self._wakeup)
            os.close(wakeup_write)
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise LineRefused("the terminal did not send UTF-8") from None

    def _forget_typed(self) -> None:
        import termios

        termios.tcflush(self._descriptor, termios.TCIFLUSH)

    def _block(self, ended: Callable[[str], bool] | None) -> bytes:
        data = b""
        while True:
            data += self._part(1 << 16)
            text, end, _ = data.replace(_PASTE_BEGIN, b"").partition(_PASTE_END)
            if len(text) > _MAX_BLOCK:
                raise LineRefused(f"that is more than {_MAX_BLOCK >> 10} KiB; nothing was taken")
            bracketed = _PASTE_BEGIN in data
            if not bracketed:
                text = _edited(text)
            if not bracketed and b"\x04" in text:
                text, end = text.partition(b"\x04")[0], b"\x04"
                if not text.strip():
                    raise Cancelled("cancelled; nothing was changed")
            if end or (not bracketed and text.endswith(b"\n") and self._all(text, ended)):
                return text

    def _all(self, text: bytes, ended: Callable[[str], bool] | None) -> bool:
        """Return True if lines that came without bracketed paste are complete."""
        if ended is not None:
            return ended(text.decode(errors="replace"))
        return text.endswith(b"\n\n") and bool(text.strip()) and not self._waiting(0.3)

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            line += self._part(_MAX_LINE + 1)
        if len(line) > _MAX_LINE:
            raise LineRefused("a terminal passes on only the first 4,095 bytes of a line", hint=_ONE_LINE)
        return line[:-1]

    def _part(self, size: int) -> bytes:
        import _signal
        import select

        # Not a read alone: a signal that comes just before it would wait for the next key to be handled.
        while self._descriptor not in select.select([self._descriptor, self._wakeup], [], [])[0]:
            heard = os.read(self._wakeup, 64)
            if _signal.SIGINT in heard and _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
                raise KeyboardInterrupt  # once more: it was lost, see below
        try:
            part = os.read(self._descriptor, size)
        except OSError as error:
            raise Cancelled("the terminal went away") from error
        if not part:
            raise Cancelled("cancelled; nothing was changed")
        return part

    def _waiting(self, seconds: float = 0.05) -> bool:
        import select

        return bool(select.select([self._descriptor], [], [], seconds)[0])


def _ignore_lost_interrupt(unraisable: sys.UnraisableHookArgs) -> None:
    """Ignore a Ctrl-C that the interpreter could not raise, as at the end of an import."""
    if unraisable.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(unraisable)


def _edited(text: bytes) -> bytes:
    """Apply Backspace and Ctrl-U to typed characters."""
    left = bytearray()
    for byte in text:
        if byte in b"\x7f\x08":
            del left[-1:]
        elif byte == 0x15:  # Ctrl-U, to the beginning of the line
            del left[left.rfind(b"\n") + 1 :]
        else:
            left.append(byte)
    return bytes(left)
