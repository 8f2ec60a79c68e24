"""This process: its memory, its C library, and the program that it becomes."""

from __future__ import annotations

import errno
import os
import sys

from ...errors import ProgramNotExecutable, ProgramNotFound
from ..disk import first_executable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, NoReturn


def find_program(program: str, search: str) -> str:
    """Return the path of an executable: as given if it has a slash, else the first on *search*.

    Raises:
        ProgramNotFound, ProgramNotExecutable: As ``env`` tells the two apart.
    """
    folders = [""] if "/" in program else [folder or "." for folder in search.split(os.pathsep)]
    candidates = [os.path.join(folder, program) for folder in folders]
    hint = "chmod +x {}, or name its interpreter"
    return first_executable(program, candidates, lambda path: os.access(path, os.X_OK), hint=hint)


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
        raise not_executed(path, error) from None


def not_executed(path: str, error: OSError) -> ProgramNotFound | ProgramNotExecutable:
    """Return what the refusal to execute the program means to a person."""
    if isinstance(error, FileNotFoundError):
        hint = "check its first line"
        return ProgramNotFound(f"the interpreter that {path} names is not there", hint=hint)
    reason = (error.strerror or str(error)).lower()
    hint = "does it begin with #! and an interpreter?" if error.errno == errno.ENOEXEC else ""
    if error.errno == errno.E2BIG:
        hint = "arguments and environment are larger than this system takes"
    return ProgramNotExecutable(f"cannot execute {path}: {reason}", hint=hint)


def open_to_others(path: str) -> bool:
    """Return True if other users can read or write the file; False if it is missing."""
    try:
        return bool(os.stat(path).st_mode & 0o077)
    except OSError:
        return False


def available_memory() -> int | None:
    """Return the bytes of memory still available, within this process's limits; None if unknown.

    The limits are those of its control group and of each above it, of either version (cgroups(7)).
    """
    _, found, rest = _text("/proc/meminfo").partition("MemAvailable:")
    figures = [int(rest.split()[0]) * 1024] if found else []
    limits = [text for path in _limits(_text("/proc/self/cgroup")) if (text := _text(path).strip()).isdigit()]
    return min([*figures, *map(int, limits)], default=None)


def _limits(groups: str) -> Iterator[str]:
    """Yield the files with the memory limits of these control groups, as in /proc/self/cgroup."""
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root, name = ("/sys/fs/cgroup/memory", "memory.limit_in_bytes") if controllers else (
            "/sys/fs/cgroup", "memory.max"
        )  # fmt: skip
        while path.strip("/"):
            yield f"{root}{path}/{name}"
            path = path.rpartition("/")[0]
        yield f"{root}/{name}"


def _text(path: str) -> str:
    """Return the beginning of one of the kernel's files; empty if it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        return file.read(4096).decode("ascii", "replace")


def libc(name: str, *arguments: Any) -> int:
    """Call a function of the C library; raises AttributeError, ImportError or OSError if it is missing.

    Args:
        arguments: bytes, and numbers that a register takes.
    """
    # Argon2 comes by cffi anyway, and ctypes would cost 2 ms at every start of a bot, half a millisecond its
    # core (scripts/bench/shortcuts.py). tests/unit/test_posix_process.py holds both to the same answers.
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


def make_undumpable() -> bool:
    """Close this process's memory and /proc entries to core dumps and to other processes of its user.

    Return False if that is not possible here: it is on Linux only. Processes forked from here are closed
    too; the kernel undoes it for a program that is executed.
    """
    if sys.platform != "linux":
        return False
    try:
        return libc("prctl", 4, 0, 0, 0, 0) == 0  # PR_SET_DUMPABLE, prctl(2)
    except (AttributeError, ImportError, OSError):
        return False
