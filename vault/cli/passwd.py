"""``vault passwd``."""

from __future__ import annotations

from typing import Any

import click

from ..actions import vaults
from ..base.secret import Secret
from ..errors import NoPassword
from .group import command
from .new_password import chosen_cost, cost_options, new_password
from .opening import open_vault, password_from_descriptor, password_from_file
from .options import Settings
from .output import report, warn, working


@command
@click.option("--new-password-file", "file", metavar="PATH", help="Read the new password from this file.")
@click.option("--new-password-fd", "descriptor", metavar="N", help="Read it from this descriptor.")
@cost_options
def passwd(settings: Settings, /, file: str | None, descriptor: str | None, **cost: Any) -> None:
    """Change the master password.

    Everything is sealed anew under another key, and the saved file is opened again before success is
    reported. The old password opens nothing that is written from then on.
    """
    opened = open_vault(settings, writing=True)
    password = _next_password(file, descriptor)
    kdf, now = chosen_cost(cost), settings.now()
    done = working(
        "deriving the key, saving, opening again", lambda: vaults.change_password(opened, password, kdf, now)
    )
    warn(done.warnings)
    report(settings.json, done.facts, done.said, done.remarks)


def _next_password(file: str | None, descriptor: str | None) -> Secret:
    given = None
    if descriptor:
        given = password_from_descriptor(descriptor)
    elif file:
        given = password_from_file(file)
    try:
        return new_password(given)
    except NoPassword as error:
        hint = "give one of: --new-password-file FILE, --new-password-fd N"
        raise NoPassword(str(error), hint=hint) from None
