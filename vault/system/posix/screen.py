"""The person's terminal, and the program's own behind it: keys go in, output comes out."""

from __future__ import annotations

import os
import select
import termios
import tty
from threading import Thread

from .channel import CHUNK, Channel, Filter, foreground, high, pipe

_END = b"\4"  # Ctrl-D


class Screen(Channel):
    """The person's terminal, and the program's.

    Attributes:
        outer: the person's.
        modes: the person's terminal's, as it was before it was taken.
        has_keys: every key is passed on, and the person's terminal has no modes of its own.
    """

    def __init__(self, hide: Filter) -> None:
        super().__init__(1, hide)
        self.outer, self.modes = high(os.dup(1)), termios.tcgetattr(1)
        os.set_blocking(self.source, False)  # a program that reads nothing does not keep us from anything
        self._typing: Thread | None = None
        self._enough = -1

    @property
    def has_keys(self) -> bool:
        return self._typing is not None

    def follow(self) -> None:
        """Do nothing: the program's modes apply to its own terminal."""

    def restored(self, data: bytes) -> bytes:
        return data if self.has_keys else super().restored(data)

    def in_foreground(self) -> bool:
        """Return True if we are in the foreground of the person's terminal."""
        return foreground(self.outer) is True

    def is_hung_up(self) -> bool:
        """Return True if the person's terminal was hung up."""
        poll = select.poll()
        poll.register(self.outer, 0)
        return bool(poll.poll(0))

    def take(self) -> None:
        """Pass on every key from now on, if they are for us."""
        if not self.in_foreground():
            self.give_back()
            return
        try:
            if self._typing is None:
                self._adopt()
            tty.setraw(self.outer, termios.TCSADRAIN)
        except termios.error:
            return  # it went away
        if self._typing is None:
            enough, self._enough = pipe()
            self._typing = Thread(target=self._type, args=(enough,), daemon=True)
            self._typing.start()

    def _adopt(self) -> None:
        """Give the program's terminal the modes of the person's, unless the program has set its own.

        Of a program that began in the background, these are the first that are meant for a job.
        """
        self.modes = termios.tcgetattr(self.outer)
        if termios.tcgetattr(self.source) == self._modes:
            termios.tcsetattr(self.source, termios.TCSANOW, self.modes)
            self._modes = termios.tcgetattr(self.source)

    def give_back(self) -> None:
        """Leave the person's terminal as it was, if it is ours to set."""
        if self._typing is None:
            return
        os.close(self._enough)
        self._typing.join()
        self._typing = None
        if self.in_foreground():
            try:
                termios.tcsetattr(self.outer, termios.TCSADRAIN, self.modes)
            except termios.error:
                pass  # it went away

    def end_typing(self) -> None:
        """Send the program an end of file."""
        try:
            modes = termios.tcgetattr(self.source)
            modes[3] |= termios.ICANON
            modes[6][termios.VEOF] = _END
            termios.tcsetattr(self.source, termios.TCSANOW, modes)
            os.write(self.source, _END)
        except (OSError, termios.error):
            pass  # it went away, or is full

    def _type(self, enough: int) -> None:
        """Pass on keys until the other end of *enough* is closed."""
        watched = [self.outer, enough]
        while enough not in (ready := select.select(watched, [], [])[0]):
            try:
                data = os.read(self.outer, CHUNK) if ready else b""
                if not data:
                    break
                os.write(self.source, data)
            except BlockingIOError:
                pass  # as a terminal whose queue is full forgets what is typed
            except OSError:
                break  # it went away, or the program ended
        os.close(enough)
