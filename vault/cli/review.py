"""``log``, ``audit``, ``exposure``: what was done with the credentials, what is to be done about them."""

from __future__ import annotations

import sys
import time

import click

from ..base.times import day, minute, moment, span, stamp
from ..care import audit as care_audit
from ..care import exposure as care_exposure
from ..care.audit import VaultFacts
from ..care.usage import usage_of
from ..core import vault
from ..errors import VaultError
from ..exchanges import profiles
from ..store import names
from ..system import open_to_others
from . import usage
from .group import as_json
from .opening import open_vault, password_file
from .output import emit, remark, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..care.exposure import Exposure
    from ..care.findings import Finding
    from ..core.vault import Vault
    from ..journal.journal import Entry
    from .options import Settings


# --- log ----------------------------------------------------------------------------------------------


@click.command()
@click.argument("name", required=False)
@click.option("--since", metavar="DATE", help="Only from this day on, as 2027-01-31.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the newest N.")
@as_json
@click.pass_obj
def log(settings: Settings, name: str | None, since: str | None, limit: int | None) -> int:
    """Show who used what, when: every run, test request, copy and change.

    Ends with 1 if the journal was changed, cut or removed by something else; what was found more than 30
    days ago is shown, and no longer counts.
    """
    opened = open_vault(settings)
    reading = usage.reading(opened)
    begin = (moment(since) if since else None) or 0
    entries = [e for e in reading.entries if e.at >= begin and (name is None or name in e.names)]
    entries = entries[-(limit or len(entries) or 1) :]
    alarms = reading.alarms(int(time.time()))
    if settings.json:
        emit({"entries": [_plain(entry) for entry in entries], "problems": list(reading.problems)})
        return int(bool(alarms))
    for entry in entries:
        say(_line(entry))
    for problem in reading.problems:
        remark(f"warning: {problem}")
    return int(bool(alarms))


def _plain(entry: Entry) -> dict[str, Any]:
    return {
        "at": stamp(entry.at),
        "did": entry.did,
        "credentials": list(entry.names),
        "program": entry.program,
        "folder": entry.folder,
        "outcome": entry.outcome,
    }


def _line(entry: Entry) -> str:
    """One entry; a path may be long, and so stands at the end."""
    who = f"  {entry.program} in {entry.folder}" if entry.program else ""
    outcome = "" if entry.outcome in ("", "ok") else f": {entry.outcome}"
    return f"{minute(entry.at)}Z  {entry.did:8} {', '.join(entry.names)}{outcome}{who}"


# --- audit --------------------------------------------------------------------------------------------


@click.command()
@click.option(
    "--within", default="7d", show_default=True, metavar="SPAN", help="What is due this soon counts."
)
@as_json
@click.pass_obj
def audit(settings: Settings, within: str) -> int:
    """Say what is wrong, overdue or at risk, worst first; ends with 1 if anything is.

    For cron, with --password-file. Nothing is changed, and no exchange is asked: what ends a key is
    computed from its exchange's rules, what is recorded, and the journal.
    """
    soon = span(within)
    opened = open_vault(settings)
    reading = usage.reading(opened)
    used = {credential.name: usage_of(reading, credential) for credential in opened.credentials}
    now = int(time.time())
    facts = _vault_facts(settings, opened, reading.alarms(now))
    findings = care_audit.audit(opened.credentials, profiles.load, used, now, soon, facts)
    if settings.json:
        emit({"findings": [dict(finding.__dict__) for finding in findings]})
    else:
        for finding in findings:
            _say_finding(finding)
        if findings or sys.stdout.isatty():  # cron mails whatever is said
            say(f"{len(findings) or 'no'} finding{'s' * (len(findings) != 1)}")
    return int(bool(findings))


def _say_finding(finding: Finding) -> None:
    say(f"{finding.severity:8} {finding.message}")
    if finding.hint:
        say(f"{'':8} next: {finding.hint}")


def _vault_facts(settings: Settings, opened: Vault, alarms: tuple[str, ...]) -> VaultFacts:
    slot = opened.header.password_slot
    recovery = any(record.kind == "recovery" for record in opened.payload.slots.values())
    file = password_file(settings)
    return VaultFacts(
        kdf=slot.kdf if slot else None,
        recovery=recovery,
        old_backup=_old_backup(opened),
        password_file=file if file and open_to_others(file) else "",
        journal=alarms,
    )


def _old_backup(opened: Vault) -> str:
    """The path of the version beside the vault, if it opens with an earlier password."""
    path = opened.path + names.PREVIOUS
    try:
        return path if vault.open(path).header.epoch < opened.header.epoch else ""
    except VaultError:
        return ""


# --- exposure -----------------------------------------------------------------------------------------


@click.command()
@click.argument("name")
@as_json
@click.pass_obj
def exposure(settings: Settings, name: str) -> None:
    """If this key leaked: what it could do, since when, where it was, and what to do, in order."""
    opened = open_vault(settings)
    credential = opened.get(name)
    used = usage_of(usage.reading(opened), credential)
    found = care_exposure.exposure(credential, profiles.known(credential.exchange), used, int(time.time()))
    if settings.json:
        emit(_exposed(found))
        return
    say(f"whoever has {name}, {found.reckoned} on {day(found.since)}:")
    _bullets(found.could, "  - ")
    _bullets([f"{p.path} in {p.folder}, last on {minute(p.last)}" for p in found.used], "handed to: ")
    _bullets([f"on {minute(found.shown)}"] if found.shown else [], "a value was shown or copied ")
    _bullets(found.affected, "also affected: ")
    _bullets(found.unknown, "not on record: ")
    say("what to do, in this order:")
    for number, step in enumerate(found.steps, 1):
        say(f"  {number}. {step}")


def _bullets(lines: Iterable[str], mark: str) -> None:
    for line in lines:
        say(f"{mark}{line}")


def _exposed(found: Exposure) -> dict[str, Any]:
    used = [
        {"program": p.path, "folder": p.folder, "first": stamp(p.first), "last": stamp(p.last)}
        for p in found.used
    ]
    facts = {key: list(value) if isinstance(value, tuple) else value for key, value in found.__dict__.items()}
    return {**facts, "since": stamp(found.since), "shown": stamp(found.shown), "used": used}
