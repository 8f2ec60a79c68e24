"""The commands, as click sees them: their modules are imported when one is called or its help is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import click

from .. import __version__
from ..errors import Usage
from .options import GLOBAL, RUN, Option, Settings, together

# In the order of a newcomer's first hour; `vault --help` and docs/cli.md keep it.
_COMMANDS = [
    *("init", "add", "list", "show", "run", "verify", "edit", "correct", "copy", "keygen", "rotate"),
    *("disable", "enable", "remove", "audit", "log", "exposure", "passwd", "status"),
    *("backup", "restore", "merge", "doctor", "completion", "help"),
]


class Commands(click.Group):
    """A group that imports a command when it is needed."""

    def list_commands(self, context: click.Context) -> list[str]:
        return _COMMANDS

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name == "run":  # below: its module does without click
            return run
        return getattr(import_module(f".{name}", __package__), name) if name in _COMMANDS else None

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Resolve as click does; refuse an unknown name with the nearest one."""
        if args[0] not in _COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], _COMMANDS, 1)
            hint = f"did you mean vault {near[0]}?" if near else "list the commands: vault --help"
            context.fail(f"no such command: {args[0]!r}\n{hint}")
        return super().resolve_command(context, args)


def click_options(table: Sequence[Option]) -> Callable[[Any], Any]:
    """Decorate a command with these options."""

    def decorate(command: Any) -> Any:
        for option in reversed(table):
            kind: dict[str, Any] = {"metavar": option.metavar} if option.metavar else {"is_flag": True}
            kind |= {"help": option.help, "multiple": option.many}
            command = click.option(*option.flags, option.key, **kind)(command)
        return command

    return decorate


def command(function: Callable[..., Any]) -> click.Command:
    """Make a command that is passed the settings, and also takes ``--json`` after its name."""
    made = click.command()(click.pass_obj(function))
    how: dict[str, Any] = {"is_flag": True, "expose_value": False, "callback": _note_json}
    made.params.append(click.Option(["--json"], help="Print facts as JSON.", **how))
    return made


def _note_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.obj = context.obj.changed(json=True)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="The master password comes from --password-fd, --password-file, VAULT_PASSWORD_FILE, systemd's "
    "credentials or the terminal; a recovery key is taken in its place. Nothing secret is ever an argument.",
)
@click_options(GLOBAL)
@click.version_option(__version__, "-V", "--version", message="coldvault %(version)s")
@click.pass_context
def vault(context: click.Context, /, **options: Any) -> None:
    """An encrypted offline vault for credentials that an exchange shows only once.

    Store a credential before its page is closed, then launch a bot with it:

    \b
      vault init
      vault add okx-main --exchange okx
      vault run -- python bot.py
    """
    context.obj = Settings(**{key: value for key, value in options.items() if value})


@click.command(context_settings={"allow_interspersed_args": False}, options_metavar="[OPTIONS] [--]")
@click_options(RUN)
@click.argument("command", metavar="COMMAND [ARG]...", nargs=-1, required=True)
@click.pass_context
def run(context: click.Context, /, command: tuple[str, ...], **options: Any) -> int:
    """Launch a program with credentials in its environment.

    Without -c, every active credential that is not guarded is handed over. On Linux and macOS the
    program takes the place of this process: signals, terminal, standard input and exit status are its
    own. Exit status: the program's; 125 if it was not started, 126 if it cannot be executed, 127 if it
    is not found.
    """
    from .run import launch

    return launch(*together(dict(context.obj.__dict__), options, command))


def main(arguments: list[str]) -> int:
    """Run the command that *arguments* name, and return the exit status; raises Usage for click's errors."""
    try:
        status = vault.main(arguments, prog_name="vault", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "")
        return 2
    except click.ClickException as error:
        message, _, hint = error.format_message().partition("\n")
        command = next((word for word in arguments if word in _COMMANDS), "")  # the error seldom knows it
        message = message[:1].lower() + message[1:].rstrip(".")
        raise Usage(message, hint=hint or f"vault {command} --help".replace("  ", " ")) from None
    except click.Abort:  # click's word for Ctrl-C
        raise KeyboardInterrupt from None
