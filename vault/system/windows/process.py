"""This process: its memory, and the program that runs in its place."""

from __future__ import annotations

import os

from ...errors import ProgramNotExecutable, ProgramNotFound
from ..disk import first_executable, write_all
from . import api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from subprocess import Popen
    from threading import Thread
    from typing import NoReturn

    from ..posix.channel import Filter

_ELEVATE = 740  # ERROR_ELEVATION_REQUIRED
_KILL_ON_CLOSE, _BREAKAWAY_OK = 0x2000, 0x800  # "JOBOBJECT_BASIC_LIMIT_INFORMATION"
_STARTED = (".com", ".exe", ".bat", ".cmd")  # what CreateProcessW starts; the rest needs an interpreter
_PATIENCE = 2.0  # seconds that the last output may take


def open_to_others(path: str) -> bool:
    """Return False: to know, the access list would have to be weighed against groups."""
    return False


def available_memory() -> int | None:
    """Return the bytes of memory that are free and may still be committed; None if unknown."""
    import ctypes

    status = (ctypes.c_uint64 * 8)(64)  # MEMORYSTATUSEX; the low half of the first is its length
    try:
        api.call("GlobalMemoryStatusEx", ctypes.byref(status))
    except OSError:
        return None
    return min(status[2], status[4])  # ullAvailPhys, ullAvailPageFile


def find_program(program: str, search: str) -> str:
    """Return the path of an executable: as given if it names a folder, else the first on *search*.

    Endings are tried in the order of PATHEXT. Unlike cmd.exe and CreateProcessW, this looks in the
    current folder only if *search* names it.
    """
    endings = [e.lower() for e in (os.environ.get("PATHEXT") or ";".join(_STARTED)).split(";") if e]
    names = [program]
    if os.path.splitext(program)[1].lower() not in endings:
        names = [*(program + ending for ending in endings), program]
    if any(mark in program for mark in "/\\:"):
        candidates = names
    else:
        folders = [folder.strip('"') for folder in search.split(";")]
        candidates = [os.path.join(folder, name) for folder in folders if folder for name in names]
    hint = "name its interpreter: python bot.py"
    return first_executable(program, candidates, lambda path: path.lower().endswith(_STARTED), hint=hint)


def _refuse_reread(path: str, arguments: Sequence[str]) -> None:
    """Refuse arguments that cmd.exe would interpret: no quoting prevents it (CVE-2024-24576)."""
    if not path.rstrip(" .").lower().endswith((".bat", ".cmd")):  # Windows drops blanks and dots at the end
        return
    for text, special in ((path, '"%!^&|<>'), *((argument, '"%!^&|<>()') for argument in arguments[1:])):
        for mark in text:
            if mark in special or mark < " " or mark == "\x7f":
                raise ProgramNotExecutable(
                    f"{path} is run by cmd.exe, which would not take {mark!r} as a mere character",
                    hint="name the program that the batch file starts",
                )


def _join_job() -> int:
    """Put this process, and so all that it starts later, into a new job; return 0 if that fails."""
    try:
        job = int(api.call("CreateJobObjectW", None, None, handle=True))
        api.limit_job(job, _KILL_ON_CLOSE | _BREAKAWAY_OK)
        api.call("AssignProcessToJobObject", job, -1)  # GetCurrentProcess
    except OSError:
        return 0  # then the program outlives us if we are killed: no reason not to start it
    return job


def replace_process(path: str, arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Run the program at *path* in our place, and end with its status: SystemExit.

    Windows cannot replace a process: ``os.exec*`` there starts another one and ends, so a shell goes
    on at once and the status is lost (cpython#101191). We stay as its parent instead, deaf to Ctrl-C
    and Ctrl-Break, which reach it by themselves; and it ends when we are ended. What we have in
    memory stays there until then.
    """
    raise SystemExit(launch(path, arguments, environment, None))


def launch(
    path: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    fresh: Callable[[], Filter] | None,
) -> int:
    """Run the program at *path*, its output through filters if there are any; return its exit status."""
    import _signal
    import subprocess

    path = os.path.abspath(path)
    _refuse_reread(path, arguments)
    job = _join_job()  # ourselves, not the child: that could start others before it is put there
    numbers = [getattr(_signal, name) for name in ("SIGINT", "SIGBREAK") if hasattr(_signal, name)]
    handlers = [(number, _signal.signal(number, _signal.SIG_IGN)) for number in numbers]
    try:
        # As executable, the path is not searched for. The first argument is the path again: that is
        # what cmd.exe starts for a batch file.
        child = subprocess.Popen(  # noqa: S603
            [path, *arguments[1:]],
            executable=path,
            env=dict(environment),
            stdout=_end_for(1, fresh),
            stderr=_end_for(2, fresh),
        )
    except OSError as error:
        for number, handler in handlers:
            _signal.signal(number, handler)
        if isinstance(error, FileNotFoundError):
            raise ProgramNotFound(f"no such program: {path}") from None
        elevate = getattr(error, "winerror", 0) == _ELEVATE
        hint = "it wants an administrator: run vault in an elevated shell" if elevate else ""
        reason = (error.strerror or str(error)).lower()
        raise ProgramNotExecutable(f"cannot execute {path}: {reason}", hint=hint) from None
    pumps = _pumps(child, fresh)
    status = child.wait()
    if job:
        try:
            api.limit_job(job, _BREAKAWAY_OK)  # what it left running on purpose stays, as on POSIX
        except OSError:
            pass
    for pump in pumps:
        pump.join(_PATIENCE)  # what it left running may hold the pipe for good
    # SystemExit takes a C long: 0xC000013A, as after Ctrl-C, is the same status as its negative.
    return status - (1 << 32) if status >> 31 else status


def _end_for(number: int, fresh: object) -> int | None:
    """Return the program's stream of that number: a pipe to filter, or None to inherit ours."""
    import subprocess

    try:
        return None if fresh is None or os.isatty(number) or not os.fstat(number) else subprocess.PIPE
    except OSError:
        return None  # closed by our caller


def _pumps(child: Popen[bytes], fresh: Callable[[], Filter] | None) -> list[Thread]:
    """Start a thread for each pipe that filters the output and passes it on."""
    if fresh is None:
        return []
    from threading import Thread

    ends = [(source, number) for number, source in ((1, child.stdout), (2, child.stderr)) if source]
    pumps = [
        Thread(target=_pump, args=(source.fileno(), number, fresh()), daemon=True) for source, number in ends
    ]
    for pump in pumps:
        pump.start()
    return pumps


def _pump(source: int, target: int, hide: Filter) -> None:
    """Pass on until the pipe ends, or close it if nobody reads any more, so that the program learns."""
    try:
        while data := os.read(source, 1 << 16):
            write_all(target, hide.feed(data))
        write_all(target, hide.end())
    except OSError:
        os.close(source)


def make_undumpable() -> bool:
    """Keep our heap out of the reports that Windows makes of a crash, best effort, and return False.

    Other processes of this user can read our memory: Windows has nothing against it that a program
    without privileges could use.
    """
    try:
        api.call("WerSetFlags", 1)  # WER_FAULT_REPORTING_FLAG_NOHEAP
    except (AttributeError, OSError):
        pass  # OSError even if it worked, for its success is 0
    return False
