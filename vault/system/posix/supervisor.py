"""Linux, macOS and the BSDs: a program as a child, with what it prints passed through a filter.

Where all of its output goes to our terminal, :mod:`session` does this. Here the program stays in our
process group and session, with our standard input and controlling terminal, so that kernel and shell treat
it as if it were alone: Ctrl-C, Ctrl-Z, ``fg``, ``kill %1`` and the terminal's end reach it by themselves.
Only its output is another: a pipe where ours is a pipe or a file, and where ours is a terminal a pseudo-
terminal of the same size and modes. Nobody reads or types there; it lets the program see that a person
looks on.

What remains to do: pass on signals that were sent to us alone, stop when the program stops, end as it ends,
and never be outlived by it.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from threading import Thread

from .channel import Channel, Filter, open_channels, pipe, pump
from .guard import Guard, die_with_parent
from .signals import WAITED, Signals, end_like, reap, stop_like

_PATIENCE = 2.0  # seconds that the last output may take before signals end us again


def supervise(
    path: str, arguments: Sequence[str], environment: Mapping[str, str], fresh: Callable[[], Filter]
) -> int:
    """Run the program and return its exit status; if a signal ended it, that signal ends us.

    Args:
        fresh: makes the filter of one stream.

    Raises:
        OSError: If the system does not execute it.
    """
    before = Signals()
    guard = Guard()
    channels = open_channels(fresh)

    def prepare() -> None:
        """Prepare the child, before the program."""
        die_with_parent(guard.parent)
        before.restore()

    outputs = {target: channel.inner for channel in channels for target in channel.targets}
    try:
        child = subprocess.Popen(  # noqa: S603  (a shell is what it avoids)
            list(arguments),
            executable=path,
            env=dict(environment),
            stdout=outputs.get(1),
            stderr=outputs.get(2),
            close_fds=False,  # what the caller opened for the program is the program's
            preexec_fn=prepare,  # safe: no thread is running yet
        )
    except OSError:
        guard.dismiss()
        before.restore()
        raise
    finally:
        for channel in channels:
            os.close(channel.inner)
    guard.watch(child.pid)
    ended, tell = pipe()
    shown = Thread(target=pump, args=(channels, ended), daemon=True)
    shown.start()
    status = _attend(child.pid, guard, channels)
    child.returncode = os.waitstatus_to_exitcode(status)  # or the module would look for it again
    guard.dismiss()
    os.close(tell)
    return finish(shown, channels, before, child.returncode)


def _attend(child: int, guard: Guard, channels: Sequence[Channel]) -> int:
    """Pass on signals until the program has ended; return its wait status."""

    def stop(number: int) -> None:
        stop_like(number, channels)

    while True:
        number = signal.sigwait(WAITED)
        if number == signal.SIGCHLD:
            if (status := reap(child, stop)) is not None:
                return status
            continue
        if number in (signal.SIGWINCH, signal.SIGCONT):
            for channel in channels:
                channel.resize()
        # After the first two the program looks once more, and finds the size; twice is as good as once.
        if not guard.has_got(number) or number in (signal.SIGWINCH, signal.SIGCONT):
            os.kill(child, number)  # it is ours until it was reaped: no other has its number


def finish(shown: Thread, channels: list[Channel], before: Signals, code: int) -> int:
    """Pass on the remaining output, and end as the program did.

    Args:
        shown: passes on until what *channels* held at the program's end is shown.
        code: the program's exit status, or the negative number of the signal that ended it.
    """
    shown.join(_PATIENCE)
    if shown.is_alive():  # whoever reads our output has stopped: what is sent to us now ends us
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        before.restore()
        shown.join()
    if channels and os.fork() == 0:
        # What the program started and left behind still prints: as without us, our caller goes on, and the
        # output too. Signals stay blocked; this ends when nobody can print any more.
        signal.pthread_sigmask(signal.SIG_BLOCK, WAITED)
        pump(channels, None)
        os._exit(0)
    return end_like(code)
