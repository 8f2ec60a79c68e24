"""Ask for a new master password, and for what a guess at it costs: shared by ``init`` and ``passwd``."""

from __future__ import annotations

import time
from typing import Any

import click

from ..actions import vaults
from ..base.secret import Secret
from ..errors import NoPassword, NoTerminal, PasswordRefused
from ..unlock.cost import Kdf
from ..unlock.passwords import generate
from .asking import ask, ask_again, display
from .output import remark, warn, working

_TRIES = 3


def cost_options(command: Any) -> Any:
    """Decorate a command with the options for the cost of the key derivation."""
    for name, metavar, text in (
        ("lanes", "N", "How many run side by side."),
        ("passes", "N", "Passes over that memory."),
        ("memory", "MIB", "Memory of the key derivation [default: measured, from 256 MiB up]."),
    ):
        command = click.option(f"--{name}", type=int, metavar=metavar, help=text)(command)
    return command


def chosen_cost(options: dict[str, int | None]) -> Kdf:
    """Return the cost that the options give, else what this machine can do."""
    return working("measuring this machine", lambda: vaults.cost(time.perf_counter, **options))


def new_password(given: Secret | None) -> Secret:
    """Return *given*, else a new master password that is typed twice or generated."""
    if given is None:
        return ask_again(_typed)
    warn(vaults.judge(given)[1])
    return given


def _typed() -> Secret:
    try:
        typed = Secret(ask("new master password (Enter alone: have six words made): ", hidden=True))
    except NoTerminal:
        raise NoPassword("a new master password is needed, and there is no terminal to ask at") from None
    if len(typed):
        strength, warnings = vaults.judge(typed)
        warn(warnings)
        remark(strength)
    else:
        typed = generate()
        display(f"\n    {typed.reveal()}\n\nwrite it down now; it is not shown again")
    for _ in range(_TRIES):  # of the repetition alone: words that were written down stay the password
        if Secret(ask("once more: ", hidden=True)) == typed:
            return typed
        remark("that is not the same; once more, or Ctrl-C to begin anew")
    raise PasswordRefused("the two passwords differ")
