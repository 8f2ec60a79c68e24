"""``vault log``."""

from __future__ import annotations

import click

from ..actions import review
from ..base.times import minute, moment
from .group import command
from .opening import open_vault
from .options import Settings
from .output import emit, say, warn


@command
@click.argument("name", required=False)
@click.option("--since", metavar="DATE", help="Only from then on: a date, yesterday, 7d.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the newest N.")
def log(settings: Settings, name: str | None, since: str | None, limit: int | None) -> int:
    """Show who used what, when: every run, test request, copy and change.

    Ends with 1 if the journal was changed, cut or removed by something else; what was found more than 30
    days ago is shown, and no longer counts.
    """
    begin = moment(since, settings.now()) if since else 0
    found = review.log(open_vault(settings), settings.now(), name or "", begin, limit)
    if settings.json:
        emit(found.plain())
        return int(found.alarmed)
    for entry in found.entries:
        # a path may be long, and so stands at the end
        who = f"  {entry.program} in {entry.folder}" if entry.program else ""
        outcome = "" if entry.outcome in ("", "ok") else f": {entry.outcome}"
        say(f"{minute(entry.at)}Z  {entry.did:8} {', '.join(entry.names)}{outcome}{who}")
    warn(found.problems)
    return int(found.alarmed)
