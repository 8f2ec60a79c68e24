"""Linux, macOS and the BSDs: a program as a child, with what it prints passed through a filter.

Where all of its output goes to our terminal, :mod:`session` does this. Here the program stays in our
process group and session, with our standard input and controlling terminal, so that kernel and shell treat
it as if it were alone: Ctrl-C, Ctrl-Z, ``fg``, ``kill %1`` and the terminal's end reach it by themselves.
Only its output is another: a pipe where ours is a pipe or a file, and where ours is a terminal a pseudo-
terminal of the same size and modes. Nobody reads or types there; it lets the program see that a person
looks on.

What is left to do here: to hand on signals that were sent to us alone, to stop when it stops, to end as it
ends, and never to be outlived by it.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import termios
from threading import Thread
from time import sleep

from .disk import redirect_to_devnull
from .posix import libc

if sys.platform == "win32":
    raise ImportError("Windows has no signals to hand on; see windows.supervise")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Protocol

    class Filter(Protocol):
        """What one stream goes through; see :class:`vault.launch.mask.Mask`."""

        def feed(self, data: bytes) -> bytes: ...
        def release(self) -> bytes: ...
        def end(self) -> bytes: ...


CHUNK = 256 << 10  # bytes read at once
_PIPE = 1 << 20  # bytes that a pipe holds, where that can be set: /proc/sys/fs/pipe-max-size
_PAUSE = 20  # milliseconds without output after which a byte that was held back is shown
_PATIENCE = 2.0  # seconds that the last output may take before signals end us again

# Faults of our own, and what nobody can wait for, are left alone.
WAITED = signal.valid_signals() - {
    signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL,
}  # fmt: skip


def supervise(
    path: str, arguments: Sequence[str], environment: Mapping[str, str], fresh: Callable[[], Filter]
) -> int:
    """The program's exit status, once it has ended; if a signal ended it, that signal ends us.

    Args:
        fresh: makes the filter of one stream.

    Raises:
        OSError: If the system does not execute it.
    """
    before = Signals()
    guard = _Guard()
    channels = _channels(fresh)

    def prepare() -> None:
        """In the child, before the program."""
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


class Signals:
    """Makes this process fit to wait for a child; what it changed can be restored, in the child too."""

    def __init__(self) -> None:
        self._action = signal.getsignal(signal.SIGCHLD)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if our caller ignored it, no status could be had
        self.mask = signal.pthread_sigmask(signal.SIG_BLOCK, WAITED)  # nothing is missed from here on

    def restore(self) -> None:
        """As our caller left it."""
        signal.signal(signal.SIGCHLD, self._action)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.mask)


def finish(shown: Thread, channels: list[Channel], before: Signals, code: int) -> int:
    """Show what is left, and end as the program did.

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
    return _end(code)


# --- output -------------------------------------------------------------------------------------------


class Channel:
    """One way of the program's output.

    Attributes:
        targets: our own descriptors that it leads to; they are the same pipe, file or terminal.
        inner: the program's end, open until the program has it.
        source: the end that is read.
        busy: something was perhaps read, and is not written yet.
    """

    def __init__(self, target: int, hide: Filter) -> None:
        self.targets, self._hide, self.busy = [target], hide, False
        self._terminal = os.isatty(target)
        if self._terminal:
            self.source, self.inner = (high(end) for end in os.openpty())
            if (
                foreground(target) is not False
            ):  # a shell behind which we are edits a line in modes of its own
                termios.tcsetattr(self.inner, termios.TCSANOW, termios.tcgetattr(target))
            self._modes = termios.tcgetattr(self.inner)
            self.resize()
            return
        self.source, self.inner = pipe()
        try:
            fcntl.fcntl(self.source, fcntl.F_SETPIPE_SZ, _PIPE)  # type: ignore[attr-defined, unused-ignore]
        except (OSError, AttributeError):
            pass  # smaller, and slower

    def resize(self) -> None:
        """Let the program's terminal be as large as ours."""
        if self._terminal:
            try:
                size = fcntl.ioctl(self.targets[0], termios.TIOCGWINSZ, bytes(8))
                fcntl.ioctl(self.source, termios.TIOCSWINSZ, size)
            except OSError:
                pass  # ours went away

    def pass_on(self) -> bool:
        """Whether there was something; otherwise the program's end is closed for good."""
        self.busy = True
        try:
            return self._pass_on()
        finally:
            self.busy = False

    def _pass_on(self) -> bool:
        try:
            data = os.read(self.source, CHUNK)
        except BlockingIOError:
            return True
        except OSError:  # EIO is how a terminal says it
            data = b""
        if self._terminal:
            self.follow()
            data = self.restored(data)
        return self._write(self._hide.feed(data) if data else self._hide.end()) and bool(data)

    def restored(self, data: bytes) -> bytes:
        """*data* without the carriage returns that our terminal puts before new lines once more."""
        both = termios.OPOST | termios.ONLCR
        return data.replace(b"\r\n", b"\n") if self._modes[1] & both == both else data

    def release(self) -> None:
        """Show what need not wait for more."""
        self._write(self._hide.release())

    def follow(self) -> None:
        """Do to our terminal what the program did to its own, as curses does: to the one it prints on."""
        if not self._terminal:
            return
        target = self.targets[0]
        try:
            wanted = termios.tcgetattr(self.source)
            if wanted == self._modes or foreground(target) is False:
                return
            modes = termios.tcgetattr(target)
            for place in range(4):
                changed = wanted[place] ^ self._modes[place]
                modes[place] = (modes[place] & ~changed) | (wanted[place] & changed)
            if wanted[6] != self._modes[6]:
                modes[6] = wanted[6]  # the control characters
            termios.tcsetattr(target, termios.TCSADRAIN, modes)
            self._modes = wanted
        except (OSError, termios.error):
            pass  # ours went away

    def _write(self, data: bytes) -> bool:
        """False if nobody reads it any more: the program is to learn that as it would without us."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self.targets[0], view) :]
            except BlockingIOError:  # another program with the same pipe asked not to wait
                select.select([], self.targets[:1], [])
            except BrokenPipeError:
                return False
            except OSError:
                return True  # a full disk loses these lines, and may take the next
        return True


def foreground(terminal: int) -> bool | None:
    """Whether we are in the foreground there; None if it is not our controlling terminal, or went away."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return None


def _channels(fresh: Callable[[], Filter]) -> list[Channel]:
    """Of standard output and error: one channel if they are the same, so that lines keep their order."""
    channels: dict[tuple[int, int, int], Channel] = {}
    for target in (1, 2):
        try:
            status = os.fstat(target)
            if not os.get_inheritable(target):
                continue  # closed by our caller, and its number given to a file of ours
        except OSError:
            continue  # closed by our caller, and so for the program
        which = (status.st_dev, status.st_ino, status.st_rdev)
        if which in channels:
            channels[which].targets.append(target)
        else:
            channels[which] = Channel(target, fresh())
    return list(channels.values())


def pump(channels: list[Channel], ended: int | None) -> None:
    """Pass on until every channel has ended; those that have are taken out of *channels*.

    Args:
        ended: at its end of file the program has ended: what is there by then is passed on, and no more.
    """
    poll, pause, over = select.poll(), None, False
    for source in [channel.source for channel in channels] + ([] if ended is None else [ended]):
        poll.register(source, select.POLLIN)
    while channels:
        ready = {source for source, _ in poll.poll(pause)}
        if not ready:
            for channel in channels:
                channel.follow()
                channel.release()
            if over:
                return
        if ended is not None and ended in ready:
            poll.unregister(ended)
            over = True
        for channel in [channel for channel in channels if channel.source in ready]:
            if not channel.pass_on():
                poll.unregister(channel.source)
                os.close(channel.source)
                channels.remove(channel)
                for target in channel.targets:
                    redirect_to_devnull(
                        target
                    )  # the program has closed its end: whoever reads ours is to see that
        pause = _PAUSE if ready else None


def pipe() -> tuple[int, int]:
    """Both ends, neither with the number of a standard stream that our caller closed."""
    reader, writer = os.pipe()
    return high(reader), high(writer)


def high(descriptor: int) -> int:
    """The same with a number above those of the standard streams; *descriptor* is closed."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(descriptor)
    return high


def close_all_but(*kept: int) -> None:
    """Close every descriptor but these: the ends of other people's pipes are not to be kept open."""
    bounds = sorted(kept)
    for low, above in zip([-1, *bounds], [*bounds, os.sysconf("SC_OPEN_MAX")], strict=True):
        os.closerange(low + 1, above)


# --- signals and the end ------------------------------------------------------------------------------


def _attend(child: int, guard: _Guard, channels: Sequence[Channel]) -> int:
    """Hand on signals until the program has ended; its wait status."""
    while True:
        number = signal.sigwait(WAITED)
        if number == signal.SIGCHLD:
            if (status := _reap(child, channels)) is not None:
                return status
            continue
        if number in (signal.SIGWINCH, signal.SIGCONT):
            for channel in channels:
                channel.resize()
        # After the first two the program looks once more, and finds the size; twice is as good as once.
        if not guard.has_got(number) or number in (signal.SIGWINCH, signal.SIGCONT):
            os.kill(child, number)  # it is ours until it was reaped: no other has its number


def _reap(child: int, channels: Sequence[Channel]) -> int | None:
    """The wait status of the program, if it ended; if it stopped, so do we, until we are continued."""
    while True:
        try:
            # Whatever child it is: as process 1 of a container, all that nobody else waits for are ours.
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
        except ChildProcessError:
            return None
        if pid == 0:
            return None
        if pid == child and not os.WIFSTOPPED(status):
            return status
        if pid == child:
            stop_like(os.WSTOPSIG(status), channels)


def reap() -> None:
    """Wait for whatever child has ended: as process 1 of a container, we have all that nobody else has."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


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


def _end(code: int) -> int:
    """The exit status, or the end by the signal that ended the program."""
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


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when *parent* ends; where it does not, the guard does."""
    if sys.platform != "linux":
        return
    libc("prctl", 1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG, prctl(2)
    if os.getppid() != parent:  # it ended before that
        os.kill(os.getpid(), signal.SIGKILL)


class _Guard:
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
        """Whether it got the signal, too; it forgets that then."""
        select.select([], [], [], 0.001)  # seconds: the sender may be between us and the others
        self._say(bytes([number]))
        if not select.select([self._told], [], [], 1)[0]:
            return False  # it was stopped
        return os.read(self._told, 1) == b"\1"

    def dismiss(self) -> None:
        """Let it go."""
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
