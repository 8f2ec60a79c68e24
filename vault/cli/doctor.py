"""``vault doctor``."""

from __future__ import annotations

from ..actions import host
from ..base.rules import counted
from .group import command
from .opening import password_file
from .options import Settings
from .output import print_findings, say


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
