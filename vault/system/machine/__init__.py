"""What a machine tells of itself, behind one set of functions; for `vault doctor` alone."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .windows import clipboard_histories, core_dumps, file_system, others_may_write, plain_swap, traceable
else:
    from .posix import clipboard_histories, core_dumps, file_system, others_may_write, plain_swap, traceable

__all__ = [
    "clipboard_histories",
    "core_dumps",
    "file_system",
    "others_may_write",
    "plain_swap",
    "traceable",
]
