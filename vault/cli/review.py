"""``vault audit``, ``log``, ``exposure`` and ``doctor``."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from ..actions import host, review
from ..base.rules import counted
from ..base.times import day, minute, moment, span
from .group import command
from .opening import open_vault, password_file
from .options import Settings
from .output import emit, print_findings, say, warn


@command
@click.option(
    "--within", default="7d", show_default=True, metavar="SPAN", help="Report what is due within this time."
)
def audit(settings: Settings, within: str) -> int:
    """Report what is wrong, overdue or at risk, worst first; ends with 1 if anything is.

    For cron, with --password-file. Nothing is changed, and no exchange is asked: what ends a key is
    computed from its exchange's rules, what is recorded, and the journal.
    """
    soon = span(within)
    findings = review.audit(open_vault(settings), settings.now(), soon, password_file(settings))
    print_findings(findings, as_json=settings.json)
    if not settings.json and (findings or sys.stdout.isatty()):  # cron mails whatever is printed
        say(counted(len(findings), "finding"))
    return int(bool(findings))


@command
@click.argument("name", required=False)
@click.option("--since", metavar="DATE", help="Only from this day on, as 2027-01-31.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the newest N.")
def log(settings: Settings, name: str | None, since: str | None, limit: int | None) -> int:
    """Show who used what, when: every run, test request, copy and change.

    Ends with 1 if the journal was changed, cut or removed by something else; what was found more than 30
    days ago is shown, and no longer counts.
    """
    begin = (moment(since) if since else None) or 0
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


@command
@click.argument("name")
def exposure(settings: Settings, name: str) -> None:
    """If this key leaked: what it could do, since when, where it was, and what to do, in order."""
    found = review.exposure(open_vault(settings), name, settings.now())
    if settings.json:
        emit(review.plain_exposure(found))
        return
    say(f"whoever has {name}, {found.reckoned} on {day(found.since)}:")
    _bullets("  - ", found.could)
    _bullets("handed to: ", (f"{p.path} in {p.folder}, last on {minute(p.last)}" for p in found.used))
    _bullets("a value was shown or copied ", [f"on {minute(found.shown)}"] if found.shown else [])
    _bullets("also affected: ", found.affected)
    _bullets("not on record: ", found.unknown)
    say("what to do, in this order:")
    for number, step in enumerate(found.steps, 1):
        say(f"  {number}. {step}")


def _bullets(mark: str, lines: Iterable[str]) -> None:
    for line in lines:
        say(f"{mark}{line}")


@command
def doctor(settings: Settings) -> int:
    """Report what endangers the vault on this machine, worst first; nothing is unlocked or changed.

    It looks at rights, copies, sync tools and git around the vault's file; at swap, core dumps, clipboard
    histories and the clock; and at the file with the password. Ends with 1 if it finds more than notes.
    """
    findings = host.examine(settings.path, password_file(settings), settings.now())
    notes = sum(finding.severity == host.NOTE for finding in findings)
    worse = len(findings) - notes
    print_findings(findings, as_json=settings.json)
    if not settings.json:
        say(f"{counted(worse, 'finding')}, {counted(notes, 'note')}")
    return int(worse > 0)
