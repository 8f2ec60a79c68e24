"""Linux, macOS and the BSDs: a program at a terminal, with what it shows passed through a filter.

As ssh and sudo do, we stand between the person's terminal and a pseudo-terminal, which is the program's own
controlling terminal: keys go in, what it shows comes out. Three processes take part, since a terminal has
a session, a session has a leader, and a shell waits for us:

- we, in the person's session: keys, output, window size; when the program stops, so do we, for our shell;
- the leader of the program's session, which outlives it by a moment: it starts the program, says when it
  stops or ends, and does what we order; if we are killed, it kills the program and gives the terminal back;
- the program, in a process group of its own, in the foreground of its terminal while we are in ours.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Thread
from time import sleep
from typing import Any, NoReturn

from .channel import Channel, Filter, close_all_but, foreground, pipe, pump
from .guard import die_with_parent
from .process import not_executed
from .screen import Screen
from .signals import WAITED, Signals, reap, stop_like
from .supervisor import finish
from .supervisor import supervise as supervise_in_our_session

# What the leader reports, and what it is ordered; each with a number.
_STARTED, _FAILED, _STOPPED, _ENDED = b"O", b"E", b"S", b"X"
_SIGNAL, _FOREGROUND, _BACKGROUND, _ALONE = b"s", b"f", b"b", b"a"
_LETTER = 9  # bytes of a report or an order
_TURN = 0.05  # seconds in which a program does what it was stopped at


def supervise(
    path: str, arguments: Sequence[str], environment: Mapping[str, str], fresh: Callable[[], Filter]
) -> int:
    """Launch the program at *path*, filter its output, and end as it ends; return its exit status.

    If a signal ended it, the same signal ends this process. If this process is killed, so is the program.

    Args:
        fresh: makes the filter of one stream of output.

    Raises:
        ProgramNotFound, ProgramNotExecutable: If the system refuses to execute it.
    """
    launch = _supervise if _is_at_terminal() else supervise_in_our_session
    try:
        return launch(path, arguments, environment, fresh)
    except OSError as error:
        raise not_executed(path, error) from None


def _supervise(
    path: str, arguments: Sequence[str], environment: Mapping[str, str], fresh: Callable[[], Filter]
) -> int:
    """Do the same where standard output and error are our controlling terminal; raises OSError."""
    before = Signals()
    screen = Screen(fresh())
    reports, report = pipe()
    ordered, order = pipe()
    us, inner = os.getpid(), screen.inner
    leader = os.fork()
    if leader == 0:
        os.close(reports)
        os.close(order)
        ends = {"stdin": inner if _is(0, os.fstat(1).st_rdev) else None, "stdout": inner, "stderr": inner}
        options = {"executable": path, "env": dict(environment), **ends}
        _Leader(us, report, ordered, screen).lead(list(arguments), options, before.restore)
    os.close(inner)
    os.close(report)
    os.close(ordered)
    kind, number = _letter(os.read(reports, _LETTER))
    if kind != _STARTED:
        os.waitpid(leader, 0)
        before.restore()
        raise OSError(number, os.strerror(number))
    ended, tell = pipe()
    channels: list[Channel] = [screen]
    shown = Thread(target=pump, args=(channels, ended), daemon=True)
    shown.start()
    screen.take()
    status = _attend(reports, order, screen)
    screen.give_back()
    os.close(tell)
    return finish(shown, channels, before, os.waitstatus_to_exitcode(status))


def _is(descriptor: int, rdev: int) -> bool:
    """Return True if the descriptor is that terminal."""
    try:
        return os.isatty(descriptor) and os.fstat(descriptor).st_rdev == rdev
    except OSError:
        return False


def _is_at_terminal() -> bool:
    """Return True if standard output and error are our controlling terminal."""
    return foreground(1) is not None and _is(2, os.fstat(1).st_rdev)


def _letter(data: bytes) -> tuple[bytes, int]:
    return data[:1], int.from_bytes(data[1:], "little")


def _send(descriptor: int, kind: bytes, number: int = 0) -> None:
    try:
        os.write(descriptor, kind + number.to_bytes(_LETTER - 1, "little"))
    except BrokenPipeError:
        pass  # the other end was killed; what follows from that is on its way


# --- our side -----------------------------------------------------------------------------------------


def _attend(reports: int, order: int, screen: Screen) -> int:
    """Pass on signals and the terminal until the program has ended; return its wait status."""
    while True:
        number = signal.sigwait(WAITED)
        if number == signal.SIGCHLD:
            reap()
            while select.select([reports], [], [], 0)[0]:
                kind, value = _letter(os.read(reports, _LETTER))
                if kind == _ENDED:
                    return value
                if kind != _STOPPED:  # the leader was killed, and the program with it
                    return signal.SIGKILL
                _stopped(value, order, screen)
        elif number == signal.SIGCONT:
            _continued(order, screen)
        elif number == signal.SIGWINCH:
            screen.resize()  # of which the kernel tells the program
        else:
            _send(order, _SIGNAL, number)


def _stopped(number: int, order: int, screen: Screen) -> None:
    """Stop as the program did, for our shell to see, until we are continued."""
    if number in (signal.SIGTTIN, signal.SIGTTOU) and screen.in_foreground():
        screen.take()  # it wanted the terminal that it did not have, and by now we do
        _send(order, _FOREGROUND)
        return
    screen.give_back()
    stop_like(number, [screen], screen.is_hung_up)
    if signal.SIGCONT in signal.sigpending():
        return
    # Without a shell that could continue us, nobody stops.
    if number in (signal.SIGTTIN, signal.SIGTTOU):
        _send(order, _ALONE)
        sleep(_TURN)
        screen.end_typing()
        _send(order, _BACKGROUND)  # to be asked when it reads again
    else:
        _continued(order, screen)


def _continued(order: int, screen: Screen) -> None:
    screen.resize()
    had_keys = screen.has_keys
    screen.take()
    if not screen.has_keys:
        _send(order, _BACKGROUND)
    elif had_keys:
        # Which of its processes are in the foreground is its own affair.
        _send(order, _SIGNAL, signal.SIGCONT)
    else:
        _send(order, _FOREGROUND)


# --- the program's side -------------------------------------------------------------------------------


class _Leader:
    """The leader of the program's session, in a process of its own, with all signals blocked."""

    def __init__(self, us: int, report: int, ordered: int, screen: Screen) -> None:
        self._us, self._report, self._ordered, self._screen = us, report, ordered, screen
        self._child = 0
        self._in_front = screen.in_foreground()
        self._modes = screen.modes if self._in_front else None
        self._ended = False

    def lead(
        self, arguments: Sequence[str], options: dict[str, Any], prepare: Callable[[], None]
    ) -> NoReturn:
        """Start the program, and stay until the channel of orders is closed.

        Args:
            prepare: done in the program's process, before the program.
        """
        try:
            os.setsid()
            fcntl.ioctl(self._screen.inner, termios.TIOCSCTTY, 0)
            self._start(arguments, options, prepare)
            close_all_but(self._report, self._ordered, self._screen.outer)
            _send(self._report, _STARTED)
            Thread(target=self._obey, daemon=True).start()
            self._watch()
        except OSError as error:
            _send(self._report, _FAILED, error.errno or errno.ENOEXEC)
        finally:
            os._exit(0)

    def _start(self, arguments: Sequence[str], options: dict[str, Any], prepare: Callable[[], None]) -> None:
        us = os.getpid()

        def begin() -> None:
            die_with_parent(us)
            if self._in_front:
                os.tcsetpgrp(self._screen.inner, os.getpid())
            prepare()

        child = subprocess.Popen(  # noqa: S603  (a shell is what it avoids)
            arguments, **options, close_fds=False, process_group=0, preexec_fn=begin
        )
        self._child = child.pid

    def _watch(self) -> None:
        while not self._ended:
            _, status = os.waitpid(self._child, os.WUNTRACED)
            self._ended = not os.WIFSTOPPED(status)
            self._in_front = False  # by then the person's terminal is given back
            kind, value = (_ENDED, status) if self._ended else (_STOPPED, os.WSTOPSIG(status))
            _send(self._report, kind, value)
            os.kill(self._us, signal.SIGCHLD)
        # The end of a session's leader takes the terminal from what the program left behind.
        Event().wait()

    def _obey(self) -> None:
        """Follow orders; once their channel is closed, kill the program and restore the terminal."""
        poll = select.poll()
        poll.register(self._ordered, select.POLLIN)
        poll.register(self._screen.outer, 0)  # tells that it was hung up
        try:
            while True:
                ready = [source for source, _ in poll.poll()]
                if self._screen.outer in ready:
                    # The end of our shell may have found us about to stop, and so nobody to be continued.
                    poll.unregister(self._screen.outer)
                    os.kill(self._us, signal.SIGCONT)
                if self._ordered in ready:
                    if not (letter := os.read(self._ordered, _LETTER)):
                        break
                    self._do(*_letter(letter))
            if not self._ended:
                os.kill(self._child, signal.SIGKILL)
            if self._in_front and self._modes:
                termios.tcsetattr(self._screen.outer, termios.TCSANOW, self._modes)
        finally:  # whatever went away meanwhile
            os._exit(0)

    def _do(self, kind: bytes, number: int) -> None:
        if self._ended:
            return
        if kind == _SIGNAL:
            os.kill(self._child, number)
            return
        self._in_front = kind == _FOREGROUND
        try:
            terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
            if self._in_front and not self._modes:
                self._modes = termios.tcgetattr(terminal)  # by now those of the person's
            os.tcsetpgrp(terminal, os.getpgrp() if kind == _BACKGROUND else self._child)
            os.close(terminal)
        except (OSError, termios.error):
            pass  # it was hung up, and nobody types there
        os.killpg(self._child, signal.SIGCONT)
