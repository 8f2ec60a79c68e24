"""What a command prints: results, remarks, errors, tables, JSON, and a sign of life while it works."""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, start_new_thread

from ..errors import OutputFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeVar

    from ..base.secret import Secret
    from ..care.findings import Finding
    from ..errors import VaultError

    T = TypeVar("T")

_SPINNER = "|/-\\"
_HEAD_START = 0.002  # seconds for the worker to enter argon2's C code and release the GIL


def safe(text: str) -> str:
    """Escape everything in *text* that a terminal would obey rather than show."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text)


def say(text: str) -> None:
    """Print one line of the result."""
    print(safe(text))


def remark(text: str) -> None:
    """Print one line on standard error."""
    _tell(f"vault: {safe(text)}\n")


def warn(texts: Iterable[str]) -> None:
    """Print warnings on standard error."""
    for text in texts:
        remark(f"warning: {text}")


def complain(error: VaultError, status: int, *, as_json: bool) -> None:
    """Print an error and its hint on standard error; *status* is this process's exit status."""
    if as_json:
        import json

        fields = {"error": error.code, "message": str(error), "hint": error.hint, "exit_code": status}
        _tell(f"{json.dumps(fields)}\n")
        return
    _tell(f"{_painted('vault: error:', '31', sys.stderr)} {safe(str(error))}\n")
    if error.hint:
        _tell(f"{_painted('vault: hint:', '36', sys.stderr)} {safe(error.hint)}\n")


def _tell(text: str) -> None:
    """Write to standard error; if it is closed, the exit status alone reports the outcome."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.stderr = None  # or the interpreter would try once more at its end, and change the status


def report(as_json: bool, facts: Any, said: str, remarks: Iterable[str]) -> None:
    """Print a result, *facts* as JSON or *said* for a person, and remarks beside it."""
    emit(facts) if as_json else say(said)
    for text in remarks:
        remark(text)


def emit(facts: Any) -> None:
    """Print facts as JSON, in ASCII."""
    import json

    print(json.dumps(facts, indent=2))


def hand_out(secret: Secret) -> None:
    """Print a value and one newline byte for byte, or with controls escaped on a terminal."""
    text = secret.reveal()
    if sys.stdout is None:
        raise OutputFailed("standard output is closed")
    if sys.stdout.isatty():
        for line in text.split("\n"):
            say(line)
        return
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.flush()


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows below their titles, as wide as the terminal allows."""
    from shutil import get_terminal_size

    from prettytable import PrettyTable, TableStyle

    grid = PrettyTable(titles)
    grid.set_style(TableStyle.PLAIN_COLUMNS)
    grid.align = "l"
    grid.left_padding_width, grid.right_padding_width = 0, 2
    for row in rows:
        grid.add_row([safe(cell) for cell in row])
    width = get_terminal_size().columns
    if _is_terminal(sys.stdout) and max(map(len, grid.get_string().splitlines())) > width + 2:
        grid.max_table_width = width  # only then, since it makes narrow columns narrower than they need
    first, *rest = (line.rstrip() for line in grid.get_string().splitlines())
    print("\n".join([_painted(first, "1", sys.stdout), *rest]))


def print_findings(findings: Iterable[Finding], *, as_json: bool) -> None:
    """Print findings, each with its next step."""
    if as_json:
        emit({"findings": [finding.__dict__ for finding in findings]})
        return
    for finding in findings:
        say(f"{finding.severity:8} {finding.message}")
        if finding.hint:
            say(f"{'':8} next: {finding.hint}")


def _is_terminal(stream: Any) -> bool:
    """Return whether a person sees the stream; it is None if it was closed before the start."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def _painted(text: str, colour: str, stream: Any) -> str:
    plain = os.environ.get("NO_COLOR") or not _is_terminal(stream)
    return text if plain else f"\x1b[{colour}m{text}\x1b[0m"


def working(what: str, call: Callable[[], T], meanwhile: Callable[[], None] | None = None) -> T:
    """Return the result of *call*; after half a second, show a person that it is still running.

    Args:
        meanwhile: done in this thread while *call*, mostly C code, runs in another.
    """
    results: list[T] = []
    errors: list[BaseException] = []
    running = allocate_lock()
    running.acquire()

    def work() -> None:
        try:
            results.append(call())
        except BaseException as error:  # raised below, in the caller's thread
            errors.append(error)
        finally:
            running.release()

    start_new_thread(work, ())  # threading would take 3 ms more
    if meanwhile is not None:
        if running.acquire(timeout=_HEAD_START):
            running.release()
        meanwhile()
    step = 0
    try:
        while not running.acquire(timeout=(0.1 if step else 0.5) if _is_terminal(sys.stderr) else -1):
            _tell(f"\r{_SPINNER[step % 4]} {safe(what)}")
            step += 1
    finally:
        if step:
            _tell("\r\x1b[K")
    if errors:
        raise errors[0]
    return results[0]
