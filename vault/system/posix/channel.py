"""One stream of a program's output: read from a pipe or a pseudo-terminal, filtered, and passed on."""

from __future__ import annotations

import fcntl
import os
import select
import sys
import termios
from collections.abc import Callable
from typing import Protocol

from ..disk import redirect_to_devnull

if sys.platform == "win32":
    raise ImportError("Windows has no pseudo-terminals of this kind; see windows.process")


class Filter(Protocol):
    """A filter of one stream; see :class:`vault.launch.mask.Mask`."""

    def feed(self, data: bytes) -> bytes: ...
    def release(self) -> bytes: ...
    def end(self) -> bytes: ...


CHUNK = 256 << 10  # bytes read at once
_PIPE = 1 << 20  # bytes that a pipe holds, where that can be set: /proc/sys/fs/pipe-max-size
_PAUSE = 20  # milliseconds without output after which a byte that was held back is shown


class Channel:
    """A stream of the program's output.

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
            # A shell that has the foreground edits its line in modes of its own.
            if foreground(target) is not False:
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
        """Pass on one read; return False at the end of the stream."""
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
        """Remove the carriage returns that our terminal will add again."""
        both = termios.OPOST | termios.ONLCR
        return data.replace(b"\r\n", b"\n") if self._modes[1] & both == both else data

    def release(self) -> None:
        """Write the bytes that the filter need not hold back any longer."""
        self._write(self._hide.release())

    def follow(self) -> None:
        """Copy to our terminal the modes that the program has set on its own, as curses does."""
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
        """Return False if nobody reads it any more, so that the program learns it as without us."""
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
    """Return True if we are in its foreground; None if it is not our controlling terminal, or is gone."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return None


def open_channels(fresh: Callable[[], Filter]) -> list[Channel]:
    """Open channels for standard output and error: one if they are the same, to keep lines in order."""
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
    """Pass on until every channel has ended; ended ones are removed from *channels*.

    Args:
        ended: its end of file marks the program's end; only output written by then is passed on.
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
                    redirect_to_devnull(target)  # so that the reader of ours sees the end, too
        pause = _PAUSE if ready else None


def pipe() -> tuple[int, int]:
    """Return both ends of a pipe, numbered above the standard streams, which a caller may have closed."""
    reader, writer = os.pipe()
    return high(reader), high(writer)


def high(descriptor: int) -> int:
    """Duplicate *descriptor* above the standard streams, and close it."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(descriptor)
    return high


def close_all_but(*kept: int) -> None:
    """Close every other descriptor, so that no pipe of other processes is kept open."""
    bounds = sorted(kept)
    for low, above in zip([-1, *bounds], [*bounds, os.sysconf("SC_OPEN_MAX")], strict=True):
        os.closerange(low + 1, above)
