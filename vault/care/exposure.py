"""The consequences of a leaked key, and the steps to take, in order.

Pure: whatever is not on record is reported as unknown, and counts as possible.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..base.record import Record
from ..credential.credential import Credential
from ..exchanges.profile import Profile
from .deadlines import due, unbound, warning
from .keys import is_own_wallet, is_wallet, listed, may, settings
from .usage import Program, Used


class Exposure(Record):
    """The consequences of a leak of one credential, in sentences of lower case without a full stop.

    Attributes:
        could: the powers of the key, from where and at which site; the worst first.
        since: the earliest time of the leak, seconds since the Unix epoch.
        reckoned: the event at that time: ``made at the exchange``, ``stored here``.
        used: the programs that were handed it, the latest first.
        shown: when a value was last shown or copied; None if that is not on record.
        affected: other values under the same name, which may have leaked with it.
        unknown: facts that are not on record.
        steps: in their order.
    """

    name: str
    could: tuple[str, ...]
    since: int
    reckoned: str
    used: tuple[Program, ...]
    shown: int | None
    affected: tuple[str, ...]
    unknown: tuple[str, ...]
    steps: tuple[str, ...]


def exposure(credential: Credential, profile: Profile, used: Used, now: int) -> Exposure:
    """Return the consequences of a leak, for a person who has to act at once."""
    born = credential.born(now)
    return Exposure(
        name=credential.name,
        could=tuple(_could(credential, profile, used, now)),
        since=now if born is None else born,
        reckoned="made at the exchange" if born is not None and born == credential.issued else "stored here",
        used=tuple(sorted(used.programs, key=lambda program: (-program.last, program.path, program.folder))),
        shown=used.shown,
        affected=tuple(_affected(credential)),
        unknown=tuple(_unknown(credential, profile, used)),
        steps=tuple(_steps(credential, profile, used)),
    )


def _could(credential: Credential, profile: Profile, used: Used, now: int) -> Iterator[str]:
    if credential.state == "pending":
        yield f"it can do nothing until {profile.issuer} knows its public half"
        return
    if credential.environment != "live":
        world = "demo environment" if credential.environment == "demo" else "test network"
        yield f"nothing of value is in its reach: it belongs to {profile.issuer}'s {world}"
    else:
        yield from _powers(credential, profile)
    yield _from_where(credential, profile)
    if host := profile.host(credential.region, credential.environment):
        site = f" (region {credential.region})" if credential.region else ""
        yield f"it works at {host}{site}"
    if credential.account:
        yield f"it belongs to the account {credential.account}, and may reach sub-accounts of that"
    if ends := due(credential, profile, used.last, now):
        yield f"it may not last: {warning(credential.name, ends, now)}"


def _powers(credential: Credential, profile: Profile) -> Iterator[str]:
    if not credential.permissions and not is_wallet(profile):
        powers = f"all that {profile.issuer} lets a key do, withdrawals included"
        yield f"its permissions are not recorded: it may do {powers}"
        return
    if is_own_wallet(credential, profile):
        yield "it can move all funds of its address, unless that address is an agent's by mistake"
    elif may(credential, profile, "withdraw"):
        yield "it can withdraw the account's funds"
    if may(credential, profile, "trade"):
        yield "it can place and cancel orders, and so lose the account's money to another account"
    if may(credential, profile, "read"):
        yield "it can read balances, positions, orders and history"
    if is_wallet(profile) and not may(credential, profile, "withdraw"):
        # Hyperliquid: an agent signs orders and cannot move funds (exchanges.md, A.11; 2026-11).
        yield "it cannot move funds if it is an agent's key; the account's own key can"


def _from_where(credential: Credential, profile: Profile) -> str:
    if is_wallet(profile):
        return "it works from any address: wallets are not bound to addresses"
    if not credential.ips:
        return "it works from any address, as far as is recorded"
    if unbound(credential):
        return f"it works from any address: it is bound to {', '.join(credential.ips)}"
    number = len(credential.ips)
    what = f"{number} addresses or networks" if number > 1 else "one address or network"
    return f"it works only from {what}: {', '.join(credential.ips)}"


def _affected(credential: Credential) -> Iterator[str]:
    if credential.retired is not None:
        yield "the key that it replaced is still kept here, and may still work at the exchange"
    if credential.staged is not None:
        yield "its successor is staged here: it was in the same vault"


def _unknown(credential: Credential, profile: Profile, used: Used) -> Iterator[str]:
    limited = profile.fields and not is_wallet(profile) and credential.state != "pending"
    if limited and not credential.permissions:
        yield "its permissions"
    if limited and not credential.ips:
        yield "whether it is bound to addresses: not recorded"
    if profile.fields and not credential.account:
        yield "which account it belongs to, a main account or a sub-account: not recorded"
    if credential.issued is None and credential.state != "pending":
        yield "when it was made: it may be older than its record here"
    if not used.programs:
        yield "which programs had it: no run with it is recorded"
    yield "what was done with copies of it outside of this vault"


def _steps(credential: Credential, profile: Profile, used: Used) -> Iterator[str]:
    if credential.state == "pending":
        yield f"do not upload its public half; if you have uploaded it, delete the key at {profile.page}"
        yield f"make another key pair: vault remove {credential.name}; vault keygen {credential.name}"
        return
    yield from _stop(credential, profile)
    if credential.environment == "live" and profile.fields:
        yield from _look(credential, profile)
    yield from _replace(credential, profile)
    yield from _follow(credential, used)


def _stop(credential: Credential, profile: Profile) -> Iterator[str]:
    name, where = credential.name, profile.page
    dangerous = may(credential, profile, "trade") or may(credential, profile, "withdraw")
    first = "before anything else: " if dangerous and credential.environment == "live" else ""
    if is_own_wallet(credential, profile):
        yield f"{first}move the funds to another wallet: a wallet's own key cannot be taken back"
    elif is_wallet(profile):
        # There is no plain revoke, and what an agent has signed could be sent once more if its address came
        # back (Hyperliquid, exchanges.md, A.11; 2026-11).
        yield f"{first}make another agent, and approve it in this one's place at {where}: vault keygen {name}"
        yield "never approve the address of this agent again"
    else:
        yield f"{first}{'disable or delete' if profile.disables else 'delete'} the key at {where}"
    if credential.retired is not None:
        yield f"end the key that it replaced there too; then: vault rotate {name} --forget"
    if credential.staged is not None:
        yield f"end its successor there too; then: vault rotate {name} --abort"


def _look(credential: Credential, profile: Profile) -> Iterator[str]:
    if may(credential, profile, "trade"):
        yield "cancel open orders and check positions, which no program manages now; then look at past trades"
    if may(credential, profile, "withdraw"):
        yield "look at withdrawals and transfers; if one is not yours, tell the exchange's support at once"
    if is_wallet(profile):
        yield "look through the agents that are approved there for any that is not yours"
        if not is_own_wallet(credential, profile):
            yield "if the account's own key may have leaked too: move the funds to another wallet at once"
        return
    if may(credential, profile, "trade") or may(credential, profile, "withdraw"):
        yield "look through API keys, sub-accounts and withdrawal addresses for any that are not yours"
    if may(credential, profile, "read"):
        yield "distrust messages and calls from people who know your balances or trades"
    yield (
        "if more than this key may have leaked, as a mailbox or a machine: change the account's password, "
        "and end its other sessions"
    )


def _replace(credential: Credential, profile: Profile) -> Iterator[str]:
    name = credential.name
    tried = f"try it: vault verify {name} --next; then: " if profile.verify is not None else ""
    if is_own_wallet(credential, profile):
        yield f"make an agent for the other wallet: vault keygen; and drop this key: vault remove {name}"
        return
    if is_wallet(profile):
        yield f"{tried}vault rotate {name} --commit"
    else:
        yield f"make a new key at {profile.page} with the same settings: {settings(credential)}"
        if "withdraw" in credential.permissions:
            yield "leave out the right to withdraw, unless a program cannot do without it"
        if credential.environment == "live" and unbound(credential) and profile.fields:
            yield f"bind it to the addresses of your machines, and note them: vault edit {name} --ip ADDR"
        yield f"store it: vault rotate {name}; {tried}vault rotate {name} --commit"
    yield f"once the leaked key is ended there, forget it here: vault rotate {name} --forget"


def _follow(credential: Credential, used: Used) -> Iterator[str]:
    latest = sorted(used.programs, key=lambda program: -program.last)
    programs = list(dict.fromkeys(program.path for program in latest))
    folders = filter(None, dict.fromkeys(program.folder for program in latest))
    if programs:
        yield f"restart the programs that were handed it: {listed(programs)}"
        yield "replace what else these programs were handed, if one of them may be the leak: vault log"
    else:
        yield "restart every program that was given it"
    if credential.environment == "live" and len(programs) > 1:
        yield f"give each program a key of its own: this one served {len(programs)}"
    if credential.environment == "live" and not credential.is_guarded:
        yield f"have it handed out by its name only: vault edit {credential.name} --guarded"
    places = [*folders, ".env files", "logs", "shell history", "git history", "notes", "backups"]
    yield f"look for copies: {', '.join(places)}"
    if used.shown is not None:
        yield "recall where it was pasted: a value of it was shown or copied here"
    yield "if the vault and its password may be known to others: vault passwd, and replace every key in it"
