"""Review a vault: its journal, an audit, and the exposure of one key."""

from __future__ import annotations

from typing import Any

from ..base.record import Record
from ..base.times import stamp
from ..care import audit as care
from ..care import exposure as leak
from ..care.exposure import Exposure
from ..care.findings import Finding
from ..care.usage import usage_of
from ..core import vault
from ..core.vault import Vault
from ..errors import Usage, VaultError
from ..exchanges import profiles
from ..journal.records import Entry
from ..store import names
from ..system import open_to_others
from . import journal


class Log(Record):
    """Entries of the journal, oldest first, and the problems of the whole journal."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]
    alarmed: bool  # a problem was found in the last 30 days

    def plain(self) -> dict[str, Any]:
        """Return its JSON form; the keys are documented in docs/cli.md and stable."""
        entries = [
            {
                "at": stamp(entry.at),
                "did": entry.did,
                "credentials": entry.names,
                "program": entry.program,
                "folder": entry.folder,
                "outcome": entry.outcome,
            }
            for entry in self.entries
        ]
        return {"entries": entries, "problems": self.problems}


def log(opened: Vault, now: int, name: str = "", since: int = 0, limit: int | None = None) -> Log:
    """Return the newest entries, at most *limit*, of one credential or of all, *since* a Unix time."""
    history = journal.read(opened)
    known = {name for e in history.entries for name in e.names} | {*history.earlier}
    if name and name not in known:  # a credential that was removed may have a history all the same
        opened.get(name)
    entries = [e for e in history.entries if e.at >= since and (not name or name in e.names)]
    return Log(tuple(entries[-(limit or len(entries) or 1) :]), history.problems, bool(history.alarms(now)))


def audit(opened: Vault, now: int, soon: int, password_file: str = "") -> list[Finding]:
    """Return the findings about a vault and its credentials, worst first.

    A deadline within *soon* seconds is a finding, and a *password_file* that other users may read.
    Raises Usage if *soon* is negative.
    """
    if soon < 0:
        raise Usage("nothing can be due by a time that has passed", hint="as in --within 7d or 2027-01-31")
    history, slot = journal.read(opened, now), opened.header.password_slot
    facts = care.VaultFacts(
        kdf=slot.kdf if slot else None,
        recovery=any(record.kind == "recovery" for record in opened.payload.slots.values()),
        old_backup=_old_backup(opened),
        password_file=password_file if password_file and open_to_others(password_file) else "",
        journal=history.alarms(now),
        later=history.later,
    )
    used = {credential.name: usage_of(history, credential, now) for credential in opened.credentials}
    return care.audit(opened.credentials, profiles.load, used, now, soon, facts)


def _old_backup(opened: Vault) -> str:
    """Return the path of the version beside the vault, if an earlier password opens it."""
    path = opened.path + names.PREVIOUS
    try:
        return path if vault.open(path).header.epoch < opened.header.epoch else ""
    except VaultError:
        return ""


def exposure(opened: Vault, name: str, now: int) -> Exposure:
    """Return the consequences of a leak of one credential, and the steps to take."""
    credential = opened.get(name)
    used = usage_of(journal.read(opened, now), credential, now)
    return leak.exposure(credential, profiles.known(credential.exchange), used, now)


def plain_exposure(found: Exposure) -> dict[str, Any]:
    """Return the JSON form of an exposure; the keys are documented in docs/cli.md and stable."""
    used = [
        {"program": p.path, "folder": p.folder, "first": stamp(p.first), "last": stamp(p.last)}
        for p in found.used
    ]
    return {**found.__dict__, "since": stamp(found.since), "shown": stamp(found.shown), "used": used}
