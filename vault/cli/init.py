"""``vault init``."""

from __future__ import annotations

from typing import Any

import click

from ..actions import vaults
from ..base.secret import Secret
from ..errors import NotDurable, VaultExists
from ..unlock.recovery import RecoveryKey
from .asking import ask, confirmed, display
from .group import command
from .new_password import chosen_cost, cost_options, new_password
from .opening import given_password
from .options import Settings, default_path
from .output import emit, remark, say, working


@command
@cost_options
@click.option("--recovery", is_flag=True, help="Make a recovery key, and print it once.")
def init(settings: Settings, /, recovery: bool, **cost: Any) -> None:
    """Create a vault.

    On a terminal, everything is asked. With --password-file or --password-fd nothing is, and a recovery
    key is made only with --recovery.
    """
    path, make = settings.path, settings.path == default_path()
    vaults.probe_new(path, make_folder=make)  # before anything is asked
    given = _given(settings)
    password = new_password(given)
    key = _recovery_key(recovery, typed=given is None)
    kdf = chosen_cost(cost)
    shown = key.text().reveal() if key is not None and given is not None else None
    try:
        opened = working(
            "deriving the key",
            lambda: vaults.create(
                path, password, now=settings.now(), kdf=kdf, recovery=key, make_folder=make
            ),
        )
    except NotDurable:  # the vault stands, and nobody has seen its recovery key
        if shown is not None:
            emit({"path": path, "vault_id": None, "recovery_key": shown}) if settings.json else say(shown)
        raise
    if settings.json:
        emit({"path": opened.path, "vault_id": opened.header.vault_id.hex(), "recovery_key": shown})
        return
    say(f"created {opened.path}")
    remark(f"each guess at the password costs {kdf}")
    if shown is not None:
        say(shown)


def _given(settings: Settings) -> Secret | None:
    """Return the password that the options give; where a vault has left copies, ask for leave first.

    Raises VaultExists if nobody can be asked, or does not want a new vault there.
    """
    given, path = given_password(settings), settings.path
    if not (copy := vaults.left_behind(path)):
        return given
    error = VaultExists(f"a vault that stood at {path} has left copies", hint=vaults.way_back(copy))
    if given is not None:
        raise error
    remark(str(error))
    remark(f"hint: {error.hint}")
    if not confirmed("make a new vault all the same? the copies stay", default=False):
        raise error
    return None


def _recovery_key(wanted: bool, *, typed: bool) -> RecoveryKey | None:
    """Return a new recovery key, or None; ask a person who types, and show it."""
    question = "make a recovery key, for the day the password is forgotten?"
    if not wanted and not (typed and confirmed(question)):
        return None
    key = vaults.new_recovery_key()
    if typed:
        display(
            f"\n    {key.text().reveal()}\n\n"
            "it opens the vault without the password: keep it on paper, elsewhere; it is not shown again"
        )
        ask("Enter when it is written down: ")
    return key
