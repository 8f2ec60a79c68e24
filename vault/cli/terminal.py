"""Between the commands and the person or program that called: questions, secrets, lines, tables, JSON."""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, start_new_thread

from ..base.rules import shortened
from ..base.secret import Secret
from ..errors import (
    LineRefused,
    NoPassword,
    NoTerminal,
    OutputFailed,
    PasswordRefused,
    VaultError,
    VaultNotFound,
    WrongKey,
    WrongPassword,
)
from ..system import Terminal, harden, redirect_to_devnull
from ..unlock.passwords import MAX_PASSWORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TypeVar

    from ..core.vault import LockedVault, Vault
    from .options import Settings

    T = TypeVar("T")

TRIES = 3
_SPINNER = "|/-\\"


# --- lines ------------------------------------------------------------------------------------------


def safe(text: str) -> str:
    """*text* with everything escaped that a terminal would obey rather than show."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text)


def say(text: str) -> None:
    """A result: one line on standard output."""
    print(safe(text))


def remark(text: str) -> None:
    """A line beside the results, on standard error."""
    _tell(f"vault: {safe(text)}\n")


def complain(error: VaultError, *, as_json: bool) -> None:
    """Say what went wrong, and the next step, on standard error."""
    if as_json:
        import json

        fields = {
            "error": error.code,
            "message": str(error),
            "hint": error.hint,
            "exit_code": error.exit_code,
        }
        _tell(f"{json.dumps(fields)}\n")
        return
    _tell(f"{_painted('vault: error:', '31', sys.stderr)} {safe(str(error))}\n")
    if error.hint:
        _tell(f"{_painted('vault: hint:', '36', sys.stderr)} {safe(error.hint)}\n")


def _tell(text: str) -> None:
    """Write to standard error; if nobody can listen, the exit status has to say it all."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.stderr = None  # or the interpreter would try once more at its end, and change the status


def emit(facts: Any) -> None:
    """Facts as JSON on standard output, every character beyond ASCII escaped."""
    import json

    print(json.dumps(facts, indent=2))


def hand_out(secret: Secret) -> None:
    """A value and one newline on standard output, byte for byte; on a terminal, controls are escaped."""
    text = secret.reveal()
    if sys.stdout is None:
        raise OutputFailed("standard output is closed")
    if sys.stdout.isatty():
        for line in text.split("\n"):
            say(line)
        return
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.flush()


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows for a person, below their titles, as wide as the terminal allows."""
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


def _is_terminal(stream: Any) -> bool:
    """Whether a person sees it; a stream that was closed before we began is None."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def _painted(text: str, colour: str, stream: Any) -> str:
    plain = os.environ.get("NO_COLOR") or not _is_terminal(stream)
    return text if plain else f"\x1b[{colour}m{text}\x1b[0m"


# --- waiting ----------------------------------------------------------------------------------------


_HEAD_START = 0.002  # seconds until a call is in its C code: before, two threads of Python hinder each other


class _Background:
    """A call on its way in a thread of its own (``threading`` does the same for 3 ms more)."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._lock = allocate_lock()
        self._lock.acquire()
        self._result: Any = None
        self._error: BaseException | None = None
        start_new_thread(self._run, (call,))

    def _run(self, call: Callable[[], Any]) -> None:
        try:
            self._result = call()
        except BaseException as error:  # handed to the thread that asks for the result
            self._error = error
        finally:
            self._lock.release()

    def wait(self, seconds: float) -> bool:
        if self._lock.acquire(timeout=seconds):
            self._lock.release()
            return True
        return False

    def result(self) -> Any:
        with self._lock:
            if self._error is not None:
                raise self._error
            return self._result


def working(what: str, call: Callable[[], T], meanwhile: Callable[[], None] | None = None) -> T:
    """The result of *call*; a person who waits for more than half a second sees that it goes on.

    Args:
        meanwhile: done in this thread while the call, which should be C code mostly, is on its way.
    """
    background = _Background(call)
    if meanwhile is not None:
        background.wait(_HEAD_START)
        meanwhile()
    if _is_terminal(sys.stderr):
        step = 0
        try:
            while not background.wait(0.1 if step else 0.5):
                _tell(f"\r{_SPINNER[step % 4]} {what}")
                step += 1
        finally:
            if step:
                _tell("\r\x1b[K")
    result: T = background.result()
    return result


# --- questions --------------------------------------------------------------------------------------


def ask(
    prompt: str, *, hidden: bool = False, meanwhile: Callable[[], None] | None = None, sole: bool = True
) -> str:
    """One line from the controlling terminal, never from standard input; raises NoTerminal, Cancelled."""
    terminal = Terminal()

    def ready() -> None:
        if hidden:
            harden()  # before a secret is read, and behind the prompt
        if meanwhile is not None:
            meanwhile()

    try:
        return terminal.ask(safe(prompt), hidden=hidden, meanwhile=ready, sole=sole)
    finally:
        terminal.close()


def paste(prompt: str, ended: Callable[[str], bool] | None = None) -> str:
    """Lines from the controlling terminal, not shown; see :meth:`system.Terminal.paste`."""
    terminal = Terminal()
    try:
        harden()
        return terminal.paste(safe(prompt), ended)
    finally:
        terminal.close()


def show(text: str) -> None:
    """Write to the controlling terminal itself, past any redirection."""
    terminal = Terminal()
    try:
        terminal.write("".join(f"{safe(line)}\n" for line in text.split("\n")))
    finally:
        terminal.close()


def ask_again(question: Callable[[], T]) -> T:
    """The answer, asked for anew while it is refused; at the third time the refusal stands."""
    for _ in range(TRIES - 1):
        try:
            return question()
        except (PasswordRefused, WrongPassword, WrongKey, LineRefused) as error:
            remark(f"{error}; try again")
            if isinstance(error, PasswordRefused) and error.hint:
                remark(f"hint: {error.hint}")
    return question()


def confirmed(question: str, *, default: bool = True) -> bool:
    """Whether the person says yes; Enter alone is *default*."""
    answer = ask(f"{question} [{'Y/n' if default else 'y/N'}] ").strip().lower()
    return answer in ("y", "yes") or (default and not answer)


# --- the master password ----------------------------------------------------------------------------


def given_password(settings: Settings) -> Secret | None:
    """The password from the first source that applies; None when the terminal is to be asked.

    The order is that of docs/cli.md: descriptor, file, VAULT_PASSWORD_FILE, systemd's credentials.
    """
    if settings.password_fd:
        return password_from_descriptor(settings.password_fd)
    path = password_file(settings)
    return password_from_file(path) if path else None


def password_file(settings: Settings) -> str:
    """The path that the password is to be read from; empty if it comes from elsewhere."""
    if settings.password_fd:
        return ""
    if path := settings.password_file or os.environ.get("VAULT_PASSWORD_FILE", ""):
        return path
    if folder := os.environ.get("CREDENTIALS_DIRECTORY"):  # systemd.exec(5)
        for name in ("vault-password", "vault-machine-key"):
            if os.path.exists(path := os.path.join(folder, name)):
                return path
    return ""


def typed_password(*, meanwhile: Callable[[], None] | None = None, sole: bool = True) -> Secret:
    """The password that a person types; see :func:`ask`. Raises NoPassword without a terminal."""
    try:
        return Secret(ask("master password: ", hidden=True, meanwhile=meanwhile, sole=sole))
    except NoTerminal:
        raise NoPassword("the master password is needed, and there is no terminal to ask at") from None


def password_from_descriptor(number: str) -> Secret:
    """The password that an open descriptor yields; it is closed, or if it is a standard stream, emptied."""
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NoPassword(f"not the number of a descriptor: {shortened(number)}")
    descriptor = int(number)
    try:
        with open(descriptor, "rb", buffering=0, closefd=descriptor > 2) as stream:
            password = _password_in(stream, f"descriptor {number}")
        if descriptor <= 2:  # a program that is launched has all three, and what comes next takes none
            redirect_to_devnull(descriptor)
    except OSError:
        raise NoPassword(f"cannot read the password from descriptor {number}") from None
    return password


def password_from_file(path: str) -> Secret:
    """The password that a file holds, without its final line break."""
    try:
        with open(path, "rb", buffering=0) as stream:
            return _password_in(stream, path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = (getattr(error, "strerror", "") or str(error)).lower()
        raise NoPassword(f"cannot read the password from {path}: {reason}") from None


def _password_in(stream: Any, name: str) -> Secret:
    harden()
    data = b""
    # One byte more than any password and a line break: enough to see that it is too long.
    while len(data) <= MAX_PASSWORD + 2 and (part := stream.read(MAX_PASSWORD + 3 - len(data))):
        data += part
    if data.endswith(b"\n"):
        data = data[:-2] if data.endswith(b"\r\n") else data[:-1]
    if len(data) > MAX_PASSWORD:
        raise PasswordRefused(f"the password in {name} has more than {MAX_PASSWORD} bytes")
    if not data:
        raise PasswordRefused(f"the password in {name} is empty")
    try:
        return Secret(data.decode())
    except UnicodeDecodeError:
        raise PasswordRefused(f"the password in {name} is not UTF-8") from None


def check_there(settings: Settings) -> None:
    """Raise VaultNotFound if nothing has the vault's name: the one fault that newcomers meet."""
    if not os.path.lexists(settings.path):
        raise VaultNotFound(f"no vault at {settings.path}")


def locked(settings: Settings) -> LockedVault:
    """The vault that was named, its credentials still sealed."""
    check_there(settings)
    from ..core import vault  # behind the prompt, where `run` calls this while a person types

    return vault.open(
        settings.path, allow_expensive=settings.allow_expensive_kdf, accept_older=settings.accept_older
    )


def unlocked(
    settings: Settings, opening: Callable[[], LockedVault], *, meanwhile: Callable[[], None] | None = None
) -> Vault:
    """The vault, opened with the password from wherever it comes.

    Args:
        opening: gives the locked vault; called once the prompt stands, if there is one.
        meanwhile: imports for later, done while the person types or the key is derived. Whoever gives
            it launches a program next: what is typed behind the password stays for that program.

    Raises:
        NoPassword: If there is no source and no terminal; at once.
    """
    secret = given_password(settings)
    if secret is not None:
        closed = opening()
        return working("deriving the key", lambda: closed.unlock(secret), meanwhile)

    def attempt() -> Vault:
        prepared: list[LockedVault] = []

        def prepare() -> None:
            prepared.append(opening())
            if meanwhile is not None:
                meanwhile()
            prepared[0].prepare()

        typed = typed_password(meanwhile=prepare, sole=meanwhile is None)
        return working("deriving the key", lambda: prepared[0].unlock(typed))

    return ask_again(attempt)


def opened(settings: Settings, *, writing: bool = False) -> Vault:
    """The vault, unlocked; what is wrong with its file is said before the password is asked for.

    Args:
        writing: try before, too, whether a change could be saved.
    """
    closed = locked(settings)
    if writing:
        closed.probe()
    return unlocked(settings, lambda: closed)
