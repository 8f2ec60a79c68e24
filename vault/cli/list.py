"""``vault list``."""

from __future__ import annotations

import time

from ..actions.survey import Surveyed, survey
from ..base.times import ago, day
from .group import command
from .opening import open_vault
from .options import Settings
from .output import emit, print_table, remark

_TITLES = ("NAME", "EXCHANGE", "ACCOUNT", "MAY", "FROM", "STATE", "STORED", "USED", "DUE")


@command
def list(settings: Settings) -> None:
    """List the credentials, without their values."""
    opened, now = open_vault(settings), int(time.time())
    found = survey(opened, opened.credentials, now)
    if settings.json:
        emit({"credentials": [surveyed.plain() for surveyed in found]})
    elif found:
        print_table(_TITLES, [_row(surveyed, now) for surveyed in found])
    else:
        remark("the vault holds no credentials yet; store one: vault add NAME --exchange okx")


def _row(surveyed: Surveyed, now: int) -> tuple[str, ...]:
    credential, due = surveyed.credential, surveyed.due
    environment = "" if credential.environment == "live" else f" {credential.environment}"
    marks = [credential.state, "guarded" * credential.is_guarded, "staged" * (credential.staged is not None)]
    return (
        credential.name,
        credential.exchange + environment,
        credential.account or "-",
        " ".join(credential.permissions) or "-",
        " ".join(credential.ips) or "-",
        ", ".join(mark for mark in marks if mark),
        day(credential.created),
        ago(surveyed.used.last, now),
        f"{'~' * due.estimate}{day(due.at)}" if due else "-",
    )
