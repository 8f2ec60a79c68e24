"""Survey credentials: their facts that are not secret, their use, and their next deadline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..base.record import Record
from ..base.times import stamp
from ..care.deadlines import Deadline, due
from ..care.usage import Used, usage_of
from ..core.vault import Vault
from ..credential.credential import Credential
from ..exchanges import profiles
from . import journal


class Surveyed(Record):
    """One credential, the uses of its present key, and the soonest of its deadlines, passed or not."""

    credential: Credential
    used: Used
    due: Deadline | None

    def plain(self) -> dict[str, Any]:
        """Return its JSON form; the keys are documented in docs/cli.md and stable."""
        credential, used, due = self.credential, self.used, self.due
        programs = [{"program": p.path, "folder": p.folder, "last": stamp(p.last)} for p in used.programs]
        return {
            "name": credential.name,
            "exchange": credential.exchange,
            "state": credential.state,
            "fields": sorted(credential.fields),
            **{key: getattr(credential, key) for key in ("account", "uid", "label", "region", "environment")},
            "permissions": list(credential.permissions),
            "ips": list(credential.ips),
            "guarded": credential.is_guarded,
            "preset": credential.preset,
            "variables": dict(credential.variables),
            "only_for": [bound.shown for bound in credential.only_for],
            "tags": list(credential.tags),
            "note": credential.note,
            "created": stamp(credential.created),
            "updated": stamp(credential.updated or credential.created),
            "issued": stamp(credential.issued),
            "expires": stamp(credential.expires),
            "due": stamp(due.at) if due else None,
            "due_because": f"{due.what}: {due.why}" if due else None,
            "due_is_estimate": due.estimate if due else None,
            "last_used": stamp(used.last),
            "used_by": programs,
            "staged": stamp(credential.staged.created) if credential.staged else None,
            "previous": stamp(credential.previous.replaced) if credential.previous else None,
        }


def survey(opened: Vault, credentials: Iterable[Credential], now: int) -> list[Surveyed]:
    """Return the survey of these credentials; the journal is read once."""
    history = journal.read(opened, now)
    usages = [(credential, usage_of(history, credential, now)) for credential in credentials]
    return [Surveyed(c, used, due(c, profiles.known(c.exchange), used.last, now)) for c, used in usages]
