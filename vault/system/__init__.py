"""What differs between operating systems, behind one set of functions: the one door to this folder.

The only place that asks which system this is. Each name is imported when it is first asked for: a bot's
start pays for every module. ``posix`` and ``windows`` hold the same names, and tests/unit/test_system.py
holds their signatures equal.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .disk import Busy, Exists, Lock, Missing, NotAFile, redirect_to_devnull

    if sys.platform == "win32":
        from .windows import machine
        from .windows.folder import Folder, data_home, state_home
        from .windows.memory_file import memory_file
        from .windows.process import (
            available_memory,
            find_program,
            make_undumpable,
            open_to_others,
            replace_process,
        )
        from .windows.session import supervise
        from .windows.terminal import Terminal
    else:
        from .posix import machine
        from .posix.folder import Folder, data_home, state_home
        from .posix.memory_file import memory_file
        from .posix.process import (
            available_memory,
            find_program,
            make_undumpable,
            open_to_others,
            replace_process,
        )
        from .posix.session import supervise
        from .posix.terminal import Terminal

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
    "machine",
    "make_undumpable",
    "memory_file",
    "open_to_others",
    "redirect_to_devnull",
    "replace_process",
    "state_home",
    "supervise",
]

_FOLDER = "windows" if sys.platform == "win32" else "posix"
_FILES = {
    "disk": ("Busy", "Exists", "Lock", "Missing", "NotAFile", "redirect_to_devnull"),
    "folder": ("Folder", "data_home", "state_home"),
    "process": ("available_memory", "find_program", "make_undumpable", "open_to_others", "replace_process"),
    "terminal": ("Terminal",),
    "machine": ("machine",),
    "memory_file": ("memory_file",),
    "session": ("supervise",),
}

if not TYPE_CHECKING:  # or mypy would take every name for one of these

    def __getattr__(name: str) -> object:
        """Import the module that has the name, and keep the name here."""
        for file, names in _FILES.items():
            if name in names:
                path = file if file == "disk" else f"{_FOLDER}.{file}"
                module = __import__(f"{__name__}.{path}", fromlist=names)
                value = globals()[name] = module if name == file == "machine" else getattr(module, name)
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
