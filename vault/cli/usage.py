"""The usage journal, as commands write and read it. Free of click: ``run`` notes its launch here."""

from __future__ import annotations

import os
import time

from ..errors import VaultError
from .output import remark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.vault import Vault
    from ..journal.history import History
    from ..journal.journal import Journal

SUCCESSOR = "next"  # it was the successor's values
ELSEWHERE = "elsewhere"  # not the exchange itself was asked


def journal(opened: Vault) -> Journal:
    """The journal beside this vault."""
    from ..journal.journal import Journal

    return Journal(opened.path, opened.header.vault_id, opened.payload.journal)


def note(opened: Vault, did: str, names: Iterable[str], *, program: str = "", outcome: str = "ok") -> None:
    """Append what was done; a journal that cannot be written warns, and stops nothing.

    Args:
        program: the path of a program that is about to be launched; where it is launched is noted, too.
        outcome: ``ok``, or why it is no use of the present key: an error's code, :data:`SUCCESSOR`, or
            :data:`ELSEWHERE`.
    """
    from ..journal.journal import Entry

    folder = _here() if program else ""
    try:
        entry = Entry(int(time.time()), did, tuple(names), program=program, folder=folder, outcome=outcome)
        journal(opened).append(entry)
    except VaultError as error:
        remark(f"warning: not noted in the journal: {error}")


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:  # the folder was removed
        return ""


def reading(opened: Vault) -> History:
    """All that the journal tells, what is wrong with it included."""
    return journal(opened).read()


def programs(opened: Vault, name: str, since: int = 0) -> list[str]:
    """The programs that were given any key of that name since then, each with its folder and day."""
    from ..care import usage

    return [program.shown for program in usage.programs(reading(opened), name, since)]


def warn(opened: Vault, names: Iterable[str]) -> None:
    """Say of each credential that is about to be handed over whether it is due within a week, or past it."""
    from ..care import deadlines
    from ..exchanges import profiles

    now = int(time.time())
    for name in names:
        credential = opened.get(name)
        profile = profiles.known(credential.exchange)
        last = None
        if any(d.kind == "use" and d.at <= now for d in deadlines.deadlines(credential, profile, None, now)):
            from ..care.usage import last_used

            last = last_used(
                journal(opened).recent, name, now
            )  # counted from when it was stored; it may have been used
        for due in deadlines.deadlines(credential, profile, last, now):
            # A rule that counts from the last use is kept by this very run, unless it is past already.
            if due.at - now <= (0 if due.kind == "use" else deadlines.SOON):
                remark(f"warning: {deadlines.warning(name, due, now)}")
                break
