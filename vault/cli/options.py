"""The options of the command line that a plain ``vault run`` needs, as one table.

Click reads it for help, completion and errors; :func:`direct` reads it to start a bot without click,
which would cost more than the rest of the start (``scripts/bench/shortcuts.py``).
"""

from __future__ import annotations

import os

from ..actions.launch import Request
from ..base.clock import present
from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


class Option(Record):
    """One option: its key, its spellings, and how often and with what it is given."""

    key: str
    flags: tuple[str, ...]
    help: str
    metavar: str = ""  # empty: a switch
    many: bool = False


class Settings(Record):
    """The global options, and the present moment: what every command gets."""

    file: str = ""
    password_fd: str = ""
    password_file: str = ""
    json: bool = False
    accept_older: bool = False
    allow_expensive_kdf: bool = False

    @property
    def path(self) -> str:
        """Return the vault's path: the option, else ``VAULT_FILE``, else the platform's default."""
        return self.file or os.environ.get("VAULT_FILE", "") or default_path()

    def now(self) -> int:
        """Return the time in seconds since the Unix epoch; raises HostError."""
        return present()


def default_path() -> str:
    """Return the path of the vault where no option or variable names one."""
    from ..system import data_home

    return os.path.join(data_home(), "default.vault")


GLOBAL = (
    Option("file", ("--file",), "The vault [VAULT_FILE; default: in the user's data folder].", "PATH"),
    Option("password_fd", ("--password-fd",), "Read the master password from this descriptor.", "N"),
    Option("password_file", ("--password-file",), "Read it from this file [VAULT_PASSWORD_FILE].", "PATH"),
    Option("json", ("--json",), "Print facts, and errors, as JSON."),
    Option("accept_older", ("--accept-older",), "Open a vault older than one seen on this machine."),
    Option("allow_expensive_kdf", ("--allow-expensive-kdf",), "Derive keys beyond the usual bounds of cost."),
)

RUN = (
    Option("credential", ("-c", "--credential"), "Hand over this one (repeatable).", "NAME", many=True),
    Option("client", ("--for",), "Use the variable names of this client (repeatable).", "CLIENT", many=True),
    Option("env", ("--env",), "Set VAR to this value (repeatable).", "VAR=NAME.FIELD", many=True),
    Option(
        "env_file",
        ("--env-file",),
        "Add a file's variables; vault://NAME/FIELD stands for a value (repeatable).",
        "FILE",
        many=True,
    ),
    Option("prefix", ("--prefix",), "Put this before the variables' names.", "TEXT"),
    Option("via", ("--via",), "Hand over on a descriptor, not in variables: fd, or file:CLIENT.", "WAY"),
    Option("mask", ("--mask",), "Hide the values in what the program prints (best effort)."),
    Option("override", ("--override",), "Replace variables that are already set."),
    Option("strict", ("--strict",), "Refuse if variables are set that could redirect the program."),
    Option("clean", ("--clean",), "Start from a short list of the caller's variables."),
    Option("keep", ("--keep",), "With --clean: this variable too (repeatable).", "VAR", many=True),
    Option("successor", ("--next",), "Hand over the staged successor instead, where there is one."),
    Option("dry_run", ("--dry-run",), "Print the variables and where each comes from; launch nothing."),
    Option("json", ("--json",), "With --dry-run: as JSON."),
)


def direct(arguments: Sequence[str]) -> tuple[Settings, Request] | None:
    """Return the options of a plain ``run``; None where click must read, or explain, the arguments."""
    outer, rest = _take(GLOBAL, list(arguments))
    if outer is None or not rest or rest[0] != "run":
        return None
    inner, command = _take(RUN, rest[1:])
    return together(outer, inner, command) if inner is not None and command else None


def together(
    outer: dict[str, Any], inner: dict[str, Any], command: Iterable[str]
) -> tuple[Settings, Request]:
    """Return the options as records; ``--json`` may stand on either side of ``run``."""
    outer["json"] = bool(inner.pop("json", False)) or bool(outer.get("json"))
    return Settings(**outer), Request(tuple(command), **inner)


def _take(table: Iterable[Option], left: list[str]) -> tuple[dict[str, Any] | None, list[str]]:
    """Return the options before the first other word, and the rest; None where click must look."""
    by_flag = {flag: option for option in table for flag in option.flags}
    taken: dict[str, Any] = {}
    while left and left[0].startswith("-"):
        word = left.pop(0)
        if word == "--":
            break
        flag, equals, value = word.partition("=")
        option = by_flag.get(flag)
        if option is None or (equals and not (option.metavar and flag.startswith("--"))):
            return None, left
        if not option.metavar:
            taken[option.key] = True
            continue
        if not equals and not left:
            return None, left
        value = value if equals else left.pop(0)
        taken[option.key] = (*taken.get(option.key, ()), value) if option.many else value
    return taken, left
