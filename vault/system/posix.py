"""Linux, macOS and the BSDs: files relative to an open folder, the terminal, the hand-over."""

from __future__ import annotations

import errno
import os
import stat
import sys

from ..errors import (
    Cancelled,
    HostError,
    InsecureFile,
    LineRefused,
    NoTerminal,
    ProgramNotExecutable,
    ProgramNotFound,
    StoreError,
)
from .disk import PRIVATE, Exists, Lock, Missing, NotAFile, OpenFolder, reason, write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, NoReturn

    from .supervisor import Filter

_MAX_LINE = 4095  # bytes; the kernel keeps no more of a typed line (N_TTY_BUF_SIZE) and drops the rest


# --- places -----------------------------------------------------------------------------------------


def _home(variable: str, linux: str) -> str:
    base = os.environ.get(variable, "")
    if os.path.isabs(base):
        return os.path.join(base, "coldvault")
    mac = os.path.join("~", "Library", "Application Support")
    path = os.path.expanduser(os.path.join(mac if sys.platform == "darwin" else linux, "coldvault"))
    if not os.path.isabs(path):  # a user without HOME and without an entry in passwd
        raise StoreError("this user has no home folder", hint=f"set HOME, or {variable}")
    return path


def data_home() -> str:
    """The folder of the default vault (XDG Base Directory Specification 0.8; Apple's own on macOS)."""
    return _home("XDG_DATA_HOME", os.path.join("~", ".local", "share"))


def state_home() -> str:
    """The folder of what this machine has seen."""
    return _home("XDG_STATE_HOME", os.path.join("~", ".local", "state"))


# --- files ------------------------------------------------------------------------------------------


def _make_folders(path: str) -> None:
    """*path* and what is missing above it, each for its owner alone, whatever the umask."""
    if os.path.isdir(path):
        return
    _make_folders(os.path.dirname(path))
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return  # somebody else was faster; what is no folder cannot be opened as one
    os.chmod(path, 0o700)


class Folder(OpenFolder):
    """An open folder; every name below is one of its entries, so no later swap of a path matters."""

    def __init__(self, path: str, *, make: bool = False) -> None:
        """Open the folder at *path*; with *make*, create it for its owner alone if it is missing.

        Raises:
            Missing, StoreError, InsecureFile: If it cannot be opened, or everybody may write to it.
        """
        self.path = path
        try:
            if make:
                _make_folders(path)
            self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise Missing(f"no folder at {path}", hint="create it, or name another one") from None
        except OSError as error:
            raise reason(error, "open the folder", path) from error
        mode = os.fstat(self._descriptor).st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            self.close()
            raise InsecureFile(f"everybody may write to the folder {path}", hint=f"chmod o-w {path}")

    @staticmethod
    def split(path: str) -> tuple[str, str]:
        """Return the folder and the name that *path* stands for, its symbolic links resolved this once."""
        if "\0" in path:
            raise StoreError("a path cannot contain a NUL character")
        folder, name = os.path.split(os.path.realpath(path))
        if not name or path.endswith("/"):
            raise NotAFile(f"{path} is a folder")
        return folder, name

    def _open_own(self, name: str, *, write: bool = False, make: bool = False) -> int:
        path = self.full(name)
        # O_NONBLOCK: opening a named pipe would wait for its other end.
        flags = (os.O_RDWR if write else os.O_RDONLY) | (os.O_CREAT if make else 0)
        flags |= os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            descriptor = os.open(name, flags, PRIVATE, dir_fd=self._descriptor)
        except FileNotFoundError:
            raise Missing(f"no file at {path}") from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise InsecureFile(f"{path} is a symbolic link") from None
            if error.errno in (errno.EISDIR, errno.ENXIO):
                raise NotAFile(f"{path} is not a regular file") from None
            raise reason(error, "open", path) from error
        try:
            _refuse_others(os.fstat(descriptor), path)
            if make:
                os.fchmod(descriptor, PRIVATE)  # whatever the umask took away
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, OSError):
                raise reason(error, "open", path) from error
            raise
        return descriptor

    def _open_new(self, name: str) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, PRIVATE, dir_fd=self._descriptor)

    def _make_private(self, descriptor: int, name: str) -> None:
        os.fchmod(descriptor, PRIVATE)  # whatever the umask took away

    def _flush(self, descriptor: int) -> None:
        """Call fsync, once: after a failure the kernel may drop the pages and call the next one good."""
        if sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync alone leaves the data in the drive's cache
        else:
            os.fsync(descriptor)

    def rename(self, old: str, new: str) -> None:
        """Put *old* in the place of *new*, which is never absent in between."""
        try:
            os.rename(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        except OSError as error:
            raise reason(error, "replace", self.full(new)) from error

    def link(self, old: str, new: str) -> bool:
        """Give *old* the name *new*, if nothing has it; False if this folder cannot do so at all.

        Raises:
            Exists: If something has that name.
        """
        try:
            os.link(old, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor, follow_symlinks=False)
        except FileExistsError:
            raise Exists(f"{self.full(new)} exists already") from None
        except OSError:
            return False  # FAT and some network file systems have no second names
        return True

    def remove(self, name: str) -> None:
        """Remove a file if it is there; best effort."""
        try:
            os.unlink(name, dir_fd=self._descriptor)
        except OSError:
            pass

    def names(self) -> list[str]:
        """List the folder's entries, sorted."""
        try:
            return sorted(os.listdir(self._descriptor))
        except OSError as error:
            raise reason(error, "list the folder", self.path) from error

    def exists(self, name: str) -> bool:
        """Return True if anything has that name, a link that leads nowhere included."""
        try:
            os.lstat(name, dir_fd=self._descriptor)
        except OSError:
            return False
        return True

    def sync(self) -> bool:
        """Have the disk confirm the folder's entries; False if it does not."""
        try:
            os.fsync(self._descriptor)
        except OSError:
            return False
        return True

    def _lock(self, descriptor: int) -> Lock | None:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        return Lock(descriptor)


def _refuse_others(status: os.stat_result, path: str) -> None:
    """Raise NotAFile or InsecureFile unless it is a regular file that is ours alone."""
    if not stat.S_ISREG(status.st_mode):
        raise NotAFile(f"{path} is {'a folder' if stat.S_ISDIR(status.st_mode) else 'not a regular file'}")
    if status.st_uid != os.geteuid():
        hint = "run as its owner, or make it yours: chown"
        raise InsecureFile(f"{path} belongs to another user (uid {status.st_uid})", hint=hint)
    if status.st_mode & 0o077:
        mode = status.st_mode & 0o777
        raise InsecureFile(f"{path} is open to other users (mode {mode:04o})", hint=f"chmod 600 {path}")


# --- the terminal -----------------------------------------------------------------------------------


class Terminal:
    """The controlling terminal itself: standard input and output may be anything else."""

    def __init__(self) -> None:
        """Open it; raises NoTerminal if this process has none."""
        try:
            self._descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            raise NoTerminal("there is no terminal to ask at") from None
        self._bell = -1  # readable once a signal has come, while a question stands

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)

    def write(self, text: str) -> None:
        """Show *text*, whatever standard output is."""
        write_all(self._descriptor, text.encode(errors="replace"))

    def ask(
        self, prompt: str, *, hidden: bool, meanwhile: Callable[[], None] | None = None, sole: bool = True
    ) -> str:
        """One line that the person types, without its newline.

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
        """Any number of lines, not shown: one paste, or what is typed up to Ctrl-D or an empty line.

        Args:
            ended: whether the lines so far are all; it takes the place of the empty line.

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
        """What *read* returns, with the terminal's echo and signals as a question needs them."""
        import _signal  # signal itself builds three enums, 4 ms before the first prompt
        import termios

        saved = termios.tcgetattr(self._descriptor)
        quiet = list(saved)
        quiet[3] = saved[3] & ~termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG
        if not by_line:
            quiet[3] &= ~(termios.ICANON | termios.ECHONL | termios.IEXTEN)

        def restore(number: int, frame: object) -> None:
            """Leave the terminal as it was, then let the signal do what it does."""
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
        self._bell, button = os.pipe()
        os.set_blocking(button, False)
        before = _signal.set_wakeup_fd(button, warn_on_full_buffer=False)
        said, sys.unraisablehook = sys.unraisablehook, _lost
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
            os.close(self._bell)
            os.close(button)
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
                text = _erased(text)
            if not bracketed and b"\x04" in text:
                text, end = text.partition(b"\x04")[0], b"\x04"
                if not text.strip():
                    raise Cancelled("cancelled; nothing was changed")
            if end or (not bracketed and text.endswith(b"\n") and self._all(text, ended)):
                return text

    def _all(self, text: bytes, ended: Callable[[str], bool] | None) -> bool:
        """Whether lines that came without a mark of their end are all there is."""
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
        while self._descriptor not in select.select([self._descriptor, self._bell], [], [])[0]:
            heard = os.read(self._bell, 64)
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


def _lost(unraisable: sys.UnraisableHookArgs) -> None:
    """Say nothing of a Ctrl-C that came while the interpreter could not raise it: as an import ended, say."""
    if unraisable.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(unraisable)


def _erased(text: bytes) -> bytes:
    """What is left of typed characters once Backspace and Ctrl-U did their work."""
    left = bytearray()
    for byte in text:
        if byte in b"\x7f\x08":
            del left[-1:]
        elif byte == 0x15:  # Ctrl-U, to the beginning of the line
            del left[left.rfind(b"\n") + 1 :]
        else:
            left.append(byte)
    return bytes(left)


_PASTE_BEGIN, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_MAX_BLOCK = 64 << 10  # bytes; a page that shows a key has a few hundred
_ONE_LINE = "give long values and values of several lines as JSON: --stdin"


# --- programs ---------------------------------------------------------------------------------------


def find_program(program: str, search: str) -> str:
    """The path of an executable: as given if it has a slash, else the first on *search*.

    Raises:
        ProgramNotFound, ProgramNotExecutable: As ``env`` tells the two apart.
    """
    if "/" in program:
        candidates = [program]
    else:
        candidates = [os.path.join(folder or ".", program) for folder in search.split(os.pathsep)]
    found = ""
    for path in candidates:
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(mode) and os.access(path, os.X_OK):
            return path
        found = found or path
    if not program or not found:
        raise ProgramNotFound(
            f"no such program: {program or repr(program)}", hint="check the spelling, and PATH"
        )
    if os.path.isdir(found):
        raise ProgramNotExecutable(f"{found} is a folder")
    hint = f"chmod +x {found}, or name its interpreter"
    raise ProgramNotExecutable(f"{found} is not executable", hint=hint)


def replace_process(path: str, arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Become the program at *path*: same process, no parent, nothing of ours left in memory.

    Raises:
        ProgramNotFound, ProgramNotExecutable: If the system will not; nothing has changed then.
    """
    import _signal

    # The interpreter ignores these two for itself, and a new program would inherit that: `yes | head`
    # would then print an error instead of ending.
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(_signal, name):
            _signal.signal(getattr(_signal, name), _signal.SIG_DFL)
    try:
        os.execve(path, list(arguments), environment)  # noqa: S606  (a shell is what it avoids)
    except OSError as error:
        raise _not_executed(path, error) from None


def supervise(
    path: str, arguments: Sequence[str], environment: Mapping[str, str], fresh: Callable[[], Filter]
) -> int:
    """Launch the program at *path*, filter what it prints, and end as it ends: its exit status.

    If a signal ended it, the same signal ends this process. If this process is killed, so is the program.

    Args:
        fresh: makes the filter of one stream of output.

    Raises:
        ProgramNotFound, ProgramNotExecutable: If the system will not.
    """
    from . import session, supervisor  # only where it is asked for: they import ten modules

    try:
        if session.is_at_terminal():
            return session.supervise(path, arguments, environment, fresh)
        return supervisor.supervise(path, arguments, environment, fresh)
    except OSError as error:
        raise _not_executed(path, error) from None


def _not_executed(path: str, error: OSError) -> ProgramNotFound | ProgramNotExecutable:
    if isinstance(error, FileNotFoundError):
        hint = "check its first line"
        return ProgramNotFound(f"the interpreter that {path} names is not there", hint=hint)
    reason = (error.strerror or str(error)).lower()
    hint = "does it begin with #! and an interpreter?" if error.errno == errno.ENOEXEC else ""
    if error.errno == errno.E2BIG:
        hint = "arguments and environment are larger than this system takes"
    return ProgramNotExecutable(f"cannot execute {path}: {reason}", hint=hint)


def harden() -> None:
    """Keep other processes of this user, and core dumps, from this process's memory; best effort.

    On Linux only. The kernel undoes it for a program that is executed.
    """
    shield()


def open_to_others(path: str) -> bool:
    """Whether other users can read or write the file; a file that is not there is not."""
    try:
        return bool(os.stat(path).st_mode & 0o077)
    except OSError:
        return False


def available_memory() -> int | None:
    """Bytes that a program can still have, the limits of its container included; None if unknown."""
    figures = []
    for path, key in (("/proc/meminfo", b"MemAvailable:"), ("/sys/fs/cgroup/memory.max", b"")):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            text = file.read(4096)
        if key and key in text:
            figures.append(int(text.partition(key)[2].split()[0]) * 1024)
        elif not key and text.strip().isdigit():
            figures.append(int(text))
    return min(figures, default=None)


# --- the hand-over on a descriptor --------------------------------------------------------------------


def libc(name: str, *arguments: Any) -> int:
    """What a function of the C library returns; AttributeError, ImportError or OSError if it is not there.

    Args:
        arguments: bytes, and numbers that a register takes.
    """
    # Argon2 comes by cffi anyway, and ctypes would cost 2 ms at every start of a bot, half a millisecond its
    # core (scripts/bench/launch.py). tests/unit/test_system.py holds both to the same answers.
    try:
        import _cffi_backend as cffi  # type: ignore[import-untyped, unused-ignore]

        integer, number = cffi.new_primitive_type("int"), cffi.new_primitive_type("long")
        text = cffi.new_pointer_type(cffi.new_primitive_type("char"))
        kinds = tuple(text if isinstance(argument, bytes) else number for argument in arguments)
        function = cffi.load_library(None, 0).load_function(cffi.new_function_type(kinds, integer), name)
        return int(function(*arguments))
    except (ImportError, AttributeError, TypeError):
        import ctypes

        return int(getattr(ctypes.CDLL(None), name)(*arguments))


def shield() -> bool:
    """Close this process's memory and /proc entries to other processes of its user; whether that was done.

    On Linux only. Processes forked from here are closed too; the kernel undoes it for a program that is
    executed.
    """
    if sys.platform != "linux":
        return False
    try:
        return libc("prctl", 4, 0, 0, 0, 0) == 0  # PR_SET_DUMPABLE, prctl(2)
    except (AttributeError, ImportError, OSError):
        return False


def memory_file(data: bytes) -> int:
    """A descriptor, for a program executed from here to inherit, that *data* can be read from.

    On Linux it is a file in memory that nobody can change. It has a path, /proc/self/fd/N, and can be read
    by that as often as one likes. Elsewhere it is a pipe, which is read once.

    Raises:
        HostError: If there is no memory for it, or if *data* is longer than what a pipe keeps.
    """
    import fcntl

    descriptor = -1
    try:
        descriptor = _file_in_memory()
        if descriptor < 0:
            descriptor = _pipe_with(data)
        else:
            write_all(descriptor, data)
            os.lseek(descriptor, 0, os.SEEK_SET)
            fcntl.fcntl(descriptor, 1033, 0xF)  # F_ADD_SEALS: no more seals, nor shrinking, growing, writing
        # Inherited, and never a standard stream: where the caller closed one, its number was free.
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD, 3)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise HostError(f"cannot keep the credentials in memory for the program: {reason}") from error
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _file_in_memory() -> int:
    """An empty one of our own, to be sealed; -1 if there are none here."""
    if sys.platform != "linux":
        return -1
    # memfd_create(2) with MFD_CLOEXEC, MFD_ALLOW_SEALING and MFD_NOEXEC_SEAL. A kernel can be told to refuse
    # files without the last; one before 6.3 does not know it. os has the function only where the C library
    # that the interpreter was built with had it: not in the builds of uv and conda, so far.
    for flags in (1 | 2 | 8, 1 | 2):
        try:
            descriptor = libc("memfd_create", b"vault", flags)
        except (AttributeError, ImportError, OSError):
            return -1
        if descriptor >= 0:
            os.fchmod(descriptor, PRIVATE)
            return descriptor
    return -1


def _pipe_with(data: bytes) -> int:
    """The end to read from, of a pipe that holds *data* and is closed at the other end."""
    reader, writer = os.pipe()
    try:
        os.set_blocking(writer, False)
        try:
            whole = os.write(writer, data) == len(data)
        except BlockingIOError:
            whole = False
        if not whole:
            raise HostError(
                f"this system has no files in memory, and a pipe does not hold {len(data):,} bytes",
                hint="hand over fewer credentials: -c NAME; or hand them over in variables, without --via",
            )
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
    return reader
