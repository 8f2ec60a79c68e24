"""``vault completion``."""

from __future__ import annotations

import click

from .group import vault


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a completion script for a shell.

    \b
      bash:  vault completion bash > ~/.local/share/bash-completion/completions/vault
      zsh:   vault completion zsh > a folder of $fpath, as _vault
      fish:  vault completion fish > ~/.config/fish/completions/vault.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(kind(vault, {}, "vault", "_VAULT_COMPLETE").source())
