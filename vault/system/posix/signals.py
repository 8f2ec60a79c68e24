"""Signals of a process that waits for a child: blocked, taken one by one, and passed on."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Sequence
from time import sleep

from .channel import Channel

# Faults of our own, and what nobody can wait for, are left alone.
WAITED = signal.valid_signals() - {
    signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL,
}  # fmt: skip


class Signals:
    """The signal handling of a process that waits for a child; can be undone, in the child too."""

    def __init__(self) -> None:
        self._action = signal.getsignal(signal.SIGCHLD)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if our caller ignored it, no status could be had
        self.mask = signal.pthread_sigmask(signal.SIG_BLOCK, WAITED)  # nothing is missed from here on

    def restore(self) -> None:
        """Restore the handling that our caller had."""
        signal.signal(signal.SIGCHLD, self._action)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.mask)


def reap(child: int = 0, stopped: Callable[[int], None] = lambda number: None) -> int | None:
    """Wait for every child that has ended; return the wait status of *child* if it is one of them.

    Whatever child it is: as process 1 of a container, we have all that nobody else waits for.

    Args:
        stopped: called with the signal that stopped *child*.
    """
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
        except ChildProcessError:
            return None
        if pid == 0:
            return None
        if pid == child and not os.WIFSTOPPED(status):
            return status
        if pid == child:
            stopped(os.WSTOPSIG(status))


def stop_like(number: int, channels: Sequence[Channel], alone: Callable[[], bool] = lambda: False) -> None:
    """Stop by that signal, for our shell to see, until we are continued; what was printed is shown before.

    Afterwards SIGCONT is pending, unless nobody could continue us: then nobody stops, SIGSTOP excepted.

    Args:
        alone: whether there is no shell any more, of which the kernel does not know yet.
    """
    for _ in range(50):  # a hundredth of a second each: what goes on printing is not waited for
        try:
            waiting = select.select([channel.source for channel in channels], [], [], 0)[0]
        except (OSError, ValueError):  # one has ended
            break
        if not waiting and not any(channel.busy for channel in channels):
            break
        sleep(0.01)
    if signal.SIGCONT in signal.sigpending():
        return  # which a stop would take back, and nobody says it twice
    os.kill(os.getpid(), number)
    if number != signal.SIGSTOP and alone():
        signal.signal(number, signal.signal(number, signal.SIG_IGN))  # takes it back
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})  # here we stop
    signal.pthread_sigmask(signal.SIG_BLOCK, {number} & WAITED)


def end_like(code: int) -> int:
    """Return the exit status, or end this process by the signal that ended the program."""
    if code >= 0:
        return code
    import resource

    number = -code
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the program's core file was enough
    except (OSError, ValueError):
        pass
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    return 128 + number  # still here: process 1 of a container cannot be ended so
