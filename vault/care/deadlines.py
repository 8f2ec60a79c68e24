"""Deadlines of a key, by the rules of its profile and the dates on record.

`vault run` may print one before a program starts, so nothing heavy is imported here. Moments are seconds
since the Unix epoch.
"""

from __future__ import annotations

from ..base.clock import MAX_TIME
from ..base.record import Record
from ..base.rules import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..credential.credential import Credential
    from ..exchanges.profile import Expiry, Profile

DAY = 86400  # seconds
SOON = 7 * DAY  # how long before a deadline a warning begins

# Simple past and participle of the verbs in the rules of profiles.
_PAST = {
    "becomes": ("became", "become"),
    "ends": ("ended", "ended"),
    "expires": ("expired", "expired"),
    "is": ("was", "been"),
    "lapses": ("lapsed", "lapsed"),
    "loses": ("lost", "lost"),
    "stops": ("stopped", "stopped"),
}


class Deadline(Record):
    """A moment at which a key ends, or loses rights, by itself.

    Attributes:
        what: the event, as the end of a sentence: ``expires``, ``loses trading``.
        why: the rule in words, with the basis of its date.
        source: of the rule; empty for a date that the owner set.
        estimate: it rests on our own record, which may be incomplete.
        kind: ``use``: counted from the last use; ``creation``: from the day the key was made; ``set``: given.
        bindable: it does not apply to a key that is bound to addresses.
    """

    at: int
    what: str
    why: str
    source: str
    estimate: bool
    kind: str
    bindable: bool = False


def deadlines(credential: Credential, profile: Profile, last_used: int | None, now: int) -> list[Deadline]:
    """Return all deadlines of a key, soonest first, passed ones included.

    *last_used* is the last run or signed request on record, or None.
    """
    rules = [rule for rule in profile.expiry if applies(rule, credential)]
    found = [_by_rule(rule, credential, last_used, now) for rule in rules]
    if credential.expires is not None:
        found.append(Deadline(credential.expires, "expires", "the date on record", "", False, "set"))
    return sorted(found, key=lambda deadline: (deadline.at, deadline.what, deadline.kind))


def due(credential: Credential, profile: Profile, last_used: int | None, now: int) -> Deadline | None:
    """Return the soonest deadline, passed or not, or None."""
    return next(iter(deadlines(credential, profile, last_used, now)), None)


def unbound(credential: Credential) -> bool:
    """Return whether the key works from any address, as far as is recorded."""
    return not credential.ips or any(address.endswith("/0") for address in credential.ips)


def applies(rule: Expiry, credential: Credential) -> bool:
    """Return whether a rule applies to this key; unrecorded permissions may be any."""
    if credential.state == "pending":
        return False  # the exchange has no such key yet
    if rule.unbound and not unbound(credential):
        return False
    if rule.live and credential.environment != "live":
        return False
    wanted, recorded = rule.permissions, credential.permissions
    return not wanted or not recorded or not set(wanted).isdisjoint(recorded)


def warning(name: str, deadline: Deadline, now: int) -> str:
    """Return the deadline in a line: ``okx-main expires in 3 days (…)``."""
    label = "estimate: " if deadline.estimate else ""
    return f"{name} {_told(deadline, now)} ({label}{deadline.why})"


def _by_rule(rule: Expiry, credential: Credential, last_used: int | None, now: int) -> Deadline:
    why, doubts = f"{counted(rule.days, 'day')} after it was made", []
    used = now if last_used is None else min(last_used, now)
    born = credential.born(now)
    since = used if born is None else born  # it was made before it was used
    if rule.since == "use":
        why = f"{counted(rule.days, 'day')} without a request"
        # A use before the key was made was its predecessor's; one after now comes from a wrong clock.
        since = max(since, min(last_used or 0, now))
        doubts.append("no use is recorded" if last_used is None else "use elsewhere is not known")
    elif born is None or born != credential.issued:
        doubts.append("counted from when it was stored here")
    if rule.unbound:
        why += ", bound to any address" if credential.ips else ", no address recorded"
    if rule.permissions and not credential.permissions:
        doubts.append("permissions are not recorded")
    why = "; ".join([why, *doubts])
    at = min(since + rule.days * DAY, MAX_TIME)
    return Deadline(at, rule.then, why, rule.source, bool(doubts), rule.since, rule.unbound)


def _told(deadline: Deadline, now: int) -> str:
    """Return ``expires in 3 days``, ``expired 6 days ago``, ``may have expired 6 days ago``."""
    left = deadline.at - now
    if left > 0:
        return f"{deadline.what} in {_span(left)}"
    words = deadline.what.split(" ")
    if words[0] not in _PAST:  # a person's own profile may say it with any verb
        be = "may be" if deadline.estimate else "is"
        return f"{be} {_span(-left)} past the day on which it {deadline.what}"
    for number, word in enumerate(words):
        if word in _PAST and (number == 0 or words[number - 1] in ("and", "or")):
            words[number] = _PAST[word][deadline.estimate]
    return f"{'may have ' * deadline.estimate}{' '.join(words)} {_span(-left)} ago"


def _span(seconds: int) -> str:
    return counted(seconds // DAY, "day") if seconds >= DAY else "less than a day"
