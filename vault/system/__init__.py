"""What differs between operating systems, behind one set of functions.

The only place that asks which system this is. ``posix`` and ``windows`` define the same names, and
tests/unit/test_system.py holds their signatures equal.
"""

from __future__ import annotations

import sys

from .disk import Busy, Exists, Lock, Missing, NotAFile, redirect_to_devnull

if sys.platform == "win32":
    from .windows import (
        Folder,
        Terminal,
        available_memory,
        data_home,
        find_program,
        harden,
        memory_file,
        open_to_others,
        replace_process,
        shield,
        state_home,
        supervise,
    )
else:
    from .posix import (
        Folder,
        Terminal,
        available_memory,
        data_home,
        find_program,
        harden,
        memory_file,
        open_to_others,
        replace_process,
        shield,
        state_home,
        supervise,
    )

__all__ = [
    "Busy",
    "Exists",
    "Folder",
    "Lock",
    "Missing",
    "NotAFile",
    "Terminal",
    "available_memory",
    "data_home",
    "find_program",
    "harden",
    "memory_file",
    "open_to_others",
    "redirect_to_devnull",
    "replace_process",
    "shield",
    "state_home",
    "supervise",
]
