"""Questions to the person at the controlling terminal; standard input is never read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from ..base.secret import Secret
from ..errors import Cancelled, LineRefused, NoPassword, NoTerminal, PasswordRefused, WrongKey, WrongPassword
from ..system import Terminal, make_undumpable
from .output import remark, safe

T = TypeVar("T")

_TRIES = 3


def ask(
    prompt: str, *, hidden: bool = False, meanwhile: Callable[[], None] | None = None, sole: bool = True
) -> str:
    """Ask for one line, as :meth:`system.Terminal.ask` does; raises NoTerminal, Cancelled."""

    def ready() -> None:
        if hidden:
            make_undumpable()  # before a secret is read, and behind the prompt
        if meanwhile is not None:
            meanwhile()

    with closing(Terminal()) as terminal:
        return terminal.ask(safe(prompt), hidden=hidden, meanwhile=ready, sole=sole)


def paste(prompt: str, ended: Callable[[str], bool] | None = None) -> str:
    """Ask for lines that are not shown, as :meth:`system.Terminal.paste` does."""
    make_undumpable()
    with closing(Terminal()) as terminal:
        return terminal.paste(safe(prompt), ended)


def display(text: str) -> None:
    """Write to the controlling terminal itself, past any redirection."""
    lines = "".join(f"{safe(line)}\n" for line in text.split("\n"))
    with closing(Terminal()) as terminal:
        terminal.write(lines)


def ask_again(question: Callable[[], T]) -> T:
    """Return the answer; ask again if it is refused, and raise the third refusal."""
    for _ in range(_TRIES - 1):
        try:
            return question()
        except (PasswordRefused, WrongPassword, WrongKey, LineRefused) as error:
            remark(f"{error}; try again")
            if isinstance(error, PasswordRefused) and error.hint:
                remark(f"hint: {error.hint}")
    return question()


def confirmed(question: str, *, default: bool = True) -> bool:
    """Ask a yes-or-no question; Enter alone means *default*."""
    answer = ask(f"{question} [{'Y/n' if default else 'y/N'}] ").strip().lower()
    return answer in ("y", "yes") or (default and not answer)


def insist(doubt: str, *, yes: bool) -> None:
    """Ask whether to go on in spite of a doubt; empty: there is none.

    Raises NoTerminal if nobody can be asked, and Cancelled after a no; with *yes*, the answer is known.
    """
    if not doubt or yes:
        return
    try:
        good = confirmed(f"{doubt}; go on?", default=False)
    except NoTerminal:
        raise NoTerminal(doubt, hint="look first; or, if you mean it: --yes") from None
    if not good:
        raise Cancelled("nothing was changed")


def typed_password(*, meanwhile: Callable[[], None] | None = None, sole: bool = True) -> Secret:
    """Ask for the master password, as :func:`ask` does; raises NoPassword without a terminal."""
    try:
        return Secret(ask("master password: ", hidden=True, meanwhile=meanwhile, sole=sole))
    except NoTerminal:
        raise NoPassword("the master password is needed, and there is no terminal to ask at") from None
