"""``vault help``."""

from __future__ import annotations

import click

from .group import Commands, command
from .options import Settings


@command
@click.argument("name", metavar="[COMMAND]", default="")
def help(_settings: Settings, name: str) -> None:
    """Show what a command is for, and its options."""
    context = click.get_current_context().find_root()
    if name and isinstance(context.command, Commands):
        found = context.command.resolve_command(context, [name])[1]
        if found is not None:
            context = click.Context(found, info_name=name, parent=context)
    click.echo(context.get_help())
