"""Data that a program executed from here reads from a descriptor."""

from __future__ import annotations

import os
import sys

from ...errors import HostError
from ..disk import PRIVATE, write_all
from .process import libc


def memory_file(data: bytes) -> int:
    """Return an inheritable descriptor that *data* can be read from.

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
    """Create an empty file in memory, to be sealed; -1 if this system has none."""
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
    """Return the read end of a pipe that holds *data*, its write end closed."""
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
