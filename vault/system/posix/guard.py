"""A small process beside a supervised program: it sees who got a signal, and outlives no one."""

from __future__ import annotations

import os
import select
import signal
import sys

from .channel import close_all_but, pipe
from .process import libc


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when *parent* ends; where it does not, the guard does."""
    if sys.platform != "linux":
        return
    libc("prctl", 1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG, prctl(2)
    if os.getppid() != parent:  # it ended before that
        os.kill(os.getpid(), signal.SIGKILL)


class Guard:
    """A small process beside the program, in the same process group, with all signals blocked.

    It answers what no system call tells: whether a signal was sent to the whole group, as terminals, shells
    and service managers do, so that the program has got it already, or to us alone. And when we are killed,
    it kills the program.
    """

    def __init__(self) -> None:
        self.parent = os.getpid()
        reader, self._ask = pipe()
        self._told, writer = pipe()
        if os.fork() == 0:
            try:
                close_all_but(reader, writer)
                _stand_guard(reader, writer)
            finally:
                os._exit(0)
        os.close(reader)
        os.close(writer)

    def watch(self, child: int) -> None:
        """Kill the process *child* if we end before :meth:`dismiss`."""
        self._say(child.to_bytes(8, "little"))

    def has_got(self, number: int) -> bool:
        """Return True if the guard received the signal, too, and clear that."""
        select.select([], [], [], 0.001)  # seconds: the sender may be between us and the others
        self._say(bytes([number]))
        if not select.select([self._told], [], [], 1)[0]:
            return False  # it was stopped
        return os.read(self._told, 1) == b"\1"

    def dismiss(self) -> None:
        """End the guard, and leave the program alone."""
        self._say(bytes(1))

    def _say(self, words: bytes) -> None:
        try:
            os.write(self._ask, words)
        except BrokenPipeError:
            pass  # somebody killed it; on Linux the kernel does the more important half


def _stand_guard(reader: int, writer: int) -> None:
    child = int.from_bytes(os.read(reader, 8), "little")
    while question := os.read(reader, 1):
        number = question[0]
        if number == 0:
            return
        got = number in signal.sigpending()
        if got:
            signal.sigwait({number})
        os.write(writer, bytes([got]))
    if child:
        os.kill(child, signal.SIGKILL)
