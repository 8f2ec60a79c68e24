"""``vault audit``."""

from __future__ import annotations

import sys

import click

from ..actions import review
from ..base.rules import counted
from ..base.times import moment
from .group import command
from .opening import open_vault, password_file
from .options import Settings
from .output import print_findings, say


@command
@click.option(
    "--within",
    default="7d",
    show_default=True,
    metavar="WHEN",
    help="Report what is due by then: 7d, 2w, or a date.",
)
def audit(settings: Settings, within: str) -> int:
    """Report what is wrong, overdue or at risk, worst first; ends with 1 if anything is.

    For cron, with --password-file. Nothing is changed, and no exchange is asked: what ends a key is
    computed from its exchange's rules, what is recorded, and the journal.
    """
    now = settings.now()
    soon = moment(within, now, ahead=True) - now
    findings = review.audit(open_vault(settings), now, soon, password_file(settings))
    print_findings(findings, as_json=settings.json)
    if not settings.json and (findings or sys.stdout.isatty()):  # cron mails whatever is printed
        say(counted(len(findings), "finding"))
    return int(bool(findings))
