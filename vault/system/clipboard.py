"""The clipboard: put a secret there, and take away what is ours. The only importer of ``pyperclip``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..base.secret import Secret
from ..errors import NoClipboard


def put(value: Secret) -> None:
    """Make *value* the clipboard's text; raises NoClipboard.

    It reaches the desktop's helper program on its standard input, never as an argument.
    """
    _call("copy", value.reveal())


def holds(values: Iterable[Secret]) -> bool:
    """Return True if the clipboard's text holds one of *values*; raises NoClipboard."""
    text = _call("paste") or ""
    return any(value.reveal() in text for value in values)


def clear(values: Iterable[Secret]) -> bool:
    """Empty the clipboard, and return True, if it holds one of *values*; raises NoClipboard."""
    ours = holds(values)
    if ours:
        _call("copy", "")
    return ours


def _call(what: str, *text: str) -> Any:
    import pyperclip

    try:
        copy, paste = pyperclip.determine_clipboard()
        # KDE's old way hands the text over as an argument of qdbus, for every user of the machine to read.
        if getattr(copy, "__name__", "") == "copy_klipper":
            raise NoClipboard("only KDE's Klipper is here, which would show the text to other users")
        return copy(*text) if what == "copy" else paste()
    except (pyperclip.PyperclipException, OSError) as error:
        # pyperclip's own message is a page long, and names packages of one kind of desktop.
        raise NoClipboard(f"there is no clipboard to reach ({type(error).__name__})") from None
