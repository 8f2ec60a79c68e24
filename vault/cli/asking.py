"""Questions to the person at the controlling terminal, never to standard input."""

from __future__ import annotations

from ..base.secret import Secret
from ..errors import LineRefused, NoPassword, NoTerminal, PasswordRefused, WrongKey, WrongPassword
from ..system import Terminal, make_undumpable
from .output import remark, safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

TRIES = 3


def ask(
    prompt: str, *, hidden: bool = False, meanwhile: Callable[[], None] | None = None, sole: bool = True
) -> str:
    """One line from the controlling terminal, never from standard input; raises NoTerminal, Cancelled."""
    terminal = Terminal()

    def ready() -> None:
        if hidden:
            make_undumpable()  # before a secret is read, and behind the prompt
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
        make_undumpable()
        return terminal.paste(safe(prompt), ended)
    finally:
        terminal.close()


def display(text: str) -> None:
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


def typed_password(*, meanwhile: Callable[[], None] | None = None, sole: bool = True) -> Secret:
    """The password that a person types; see :func:`ask`. Raises NoPassword without a terminal."""
    try:
        return Secret(ask("master password: ", hidden=True, meanwhile=meanwhile, sole=sole))
    except NoTerminal:
        raise NoPassword("the master password is needed, and there is no terminal to ask at") from None
