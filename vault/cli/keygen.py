"""``vault keygen``."""

from __future__ import annotations

from typing import Any

import click

from ..actions import keygen as action
from ..actions.keygen import Pair, Target
from ..base.rules import check_name
from ..credential.private_keys import KINDS
from ..errors import Cancelled, NoTerminal
from . import facts, values
from .group import command
from .opening import open_vault
from .options import Settings
from .output import emit, remark, say, warn
from .saving import save, say_saved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.vault import Vault


@command
@click.argument("name")
@click.option("--exchange", metavar="EXCHANGE", default="", help="The profile of a new credential.")
@click.option("--kind", type=click.Choice(KINDS), help="Of private key [default: the exchange's usual].")
@click.option("--later", is_flag=True, help="Do not yet ask for the exchange's answer.")
@values.stdin_option
@facts.options
def keygen(
    settings: Settings, /, name: str, exchange: str, kind: str | None, later: bool, from_stdin: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Make a private key inside the vault, and print its public half alone.

    The public half, or a wallet's address, is what you upload. What the exchange answers with completes
    the credential: at once, or when the command is called again. For a credential that is there already,
    the pair is its successor, as with rotate.

    \b
      vault keygen binance-main --exchange binance
    """
    check_name(name)
    opened = open_vault(settings, writing=True)
    target = action.find(opened, name, exchange)
    credential, steps = target.unanswered, list[str]()
    if credential is None:
        known = facts.read(given, target.profile, settings.now())
        made = action.make(target, kind or "", known, settings.now()).save(opened)
        warn(made.warnings)
        credential, steps = made.credential, [*made.steps]
    pair = action.pair_of(credential, target.profile)
    _show_public(settings, name, pair)
    if not pair.lacking:
        for line in steps:
            remark(line)
    elif from_stdin or not (later or settings.json):
        _complete(settings, opened, target, pair, from_stdin=from_stdin)
    else:
        remark(f"once the exchange has answered: vault keygen {name}")


def _show_public(settings: Settings, name: str, pair: Pair) -> None:
    if settings.json:
        emit({"name": name, "public": pair.public, "lacking": pair.lacking})
        return
    for line in pair.public.splitlines():
        say(line)
    remark(f"that is the public half: upload it at {pair.place}")


def _complete(settings: Settings, opened: Vault, target: Target, pair: Pair, *, from_stdin: bool) -> None:
    name = target.name
    try:
        fields = values.collect(target.profile, pair.lacking, paste=False, from_stdin=from_stdin)
    except (NoTerminal, Cancelled, KeyboardInterrupt):
        remark(f"the pair is saved; once the exchange has answered: vault keygen {name}")
        return
    saved = save(settings, opened, action.answer(name, fields, settings.now()), insist=not from_stdin)
    say_saved(settings, saved, "complete; saved, read back; safe to close the page")
