"""Verify keys: send each exchange one signed request, note it, compare the answer with the record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ..base.clock import present
from ..base.record import Record
from ..base.times import stamp
from ..core.vault import Vault
from ..credential.credential import Credential
from ..errors import Cancelled, ExchangeError, SelectionRefused, Usage, VaultError
from ..exchanges import profiles
from ..journal.journal import ELSEWHERE, SUCCESSOR
from ..verify import check, wire
from ..verify.check import Report
from ..verify.facts import Mismatch, compare, learned
from . import journal
from .saving import Change

Wait = Callable[[str, Callable[[], Report]], Report]


class Request(Record):
    """The credentials to verify, and how."""

    names: tuple[str, ...] = ()
    every: bool = False  # all active ones, instead of *names*
    successor: bool = False  # the staged successors
    balance: bool = False  # ask for the account's balance instead, where that is offered
    record: bool = False  # store the exchange's answer
    base_url: str = ""  # the address to ask, instead of the exchange's own

    def check(self) -> None:
        if bool(self.names) == self.every:
            raise Usage("name the credentials to verify, or say --all", hint="vault verify okx-main")
        if self.record and self.base_url and not wire.is_local(self.base_url):
            hint = "record what the exchange itself says: leave out --base-url"
            raise Usage("another address has nothing to say about what a key may do", hint=hint)
        if self.record and self.successor:
            hint = "once it is committed: verify --record"
            raise Usage("a successor has no record of its own yet", hint=hint)


class Result(Record):
    """The result for one credential: a report, with its mismatches with the record, or an error."""

    credential: Credential
    report: Report | None = None
    mismatches: tuple[Mismatch, ...] = ()
    error: VaultError | None = None
    warnings: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return its JSON form; the keys are documented in docs/cli.md and stable."""
        name, report, error = self.credential.name, self.report, self.error
        if report is None:
            problem = {"error": error.code, "message": str(error), "hint": error.hint} if error else {}
            return {"name": name, "works": False, **problem}
        facts = report.facts
        return {
            "name": name,
            "works": True,
            "host": report.host,
            "skew_ms": report.skew_ms,
            "round_trip_ms": report.round_trip_ms,
            "permissions": list(facts.permissions),
            "rights": list(facts.rights),
            "ips": None if facts.ips is None else list(facts.ips),
            **{key: getattr(facts, key) for key in ("account", "uid", "label", "state")},
            "issued": stamp(facts.created),
            "expires": stamp(facts.expires),
            "last_used": stamp(facts.last_used),
            "differences": [dict(mismatch.__dict__) for mismatch in self.mismatches],
        }


def choose(opened: Vault, request: Request) -> list[Credential]:
    """Return the credentials of *request*; raises Usage if one address would serve several exchanges."""
    active = [credential for credential in opened.credentials if credential.state == "active"]
    chosen = active if request.every else [opened.get(name) for name in request.names]
    if request.base_url and len({credential.exchange for credential in chosen}) > 1:
        raise Usage("one address cannot serve several exchanges", hint="name credentials of one of them")
    return chosen


def moved(chosen: Iterable[Credential]) -> list[str]:
    """Return a sentence for each exchange whose requests a person's own profile sends elsewhere."""
    known = {credential.exchange: profiles.known(credential.exchange) for credential in chosen}
    return [
        f"your own profile {p.file} names {', '.join(p.moved)} for {p.title}"
        for p in known.values()
        if p.moved
    ]


def verify(
    opened: Vault,
    chosen: Iterable[Credential],
    request: Request,
    *,
    begins: Callable[[int, Credential], None] = lambda _number, _credential: None,
    wait: Wait = lambda _, ask: ask(),
    agree: Callable[[str], bool] = lambda _lowered: False,
) -> list[Result]:
    """Verify one after another, with the pause that each exchange asks for; an error does not stop the rest.

    Args:
        begins: called before each, with its number from 1.
        agree: asked whether an answer that lowers what is on record shall be recorded.
        wait: called with a title and a function that takes seconds; returns that function's result.
    """
    results: list[Result] = []
    asked: dict[str, float] = {}
    for number, credential in enumerate(chosen, 1):
        exchange = credential.exchange
        rules = profiles.known(exchange).verify
        if rules and exchange in asked:
            time.sleep(max(asked[exchange] + rules.pause - time.monotonic(), 0))
        begins(number, credential)
        results.append(_verify(opened, credential, request, wait, agree))
        asked[exchange] = time.monotonic()
    return results


def lowered(credential: Credential, facts: Mapping[str, Any]) -> str:
    """Return what is on record of a key and would not be with these facts, in words; empty if nothing is."""
    rights = [right for right in credential.permissions if right not in facts.get("permissions", (right,))]
    parts = [f"the right to {' and '.join(rights)}"] if rights else []
    if credential.ips and not facts.get("ips", credential.ips):
        parts.append("all of its addresses")
    return " and ".join(parts)


def _recorded(credential: Credential, facts: Mapping[str, Any]) -> Credential:
    """Return it with these facts; a guard that rested on the right to withdraw stays for good."""
    after = credential.changed(**facts)
    return after.changed(guarded=True) if credential.is_guarded and not after.is_guarded else after


def _verify(
    opened: Vault, credential: Credential, request: Request, wait: Wait, agree: Callable[[str], bool]
) -> Result:
    name = credential.name
    warnings: tuple[str, ...] = ()
    try:
        if credential.state == "pending":
            raise SelectionRefused(f"{name} has no API key yet", hint=f"vault keygen {name}")
        tried = credential.successor() if request.successor else credential
        profile = profiles.load(credential.exchange)
        ask = partial(check.ask, tried, profile, clock=time.time, base_url=request.base_url)
        try:
            report = wait(f"asking {profile.title}", partial(ask, balance=request.balance))
        except ExchangeError as error:
            warnings = journal.note(opened, "verify", name, outcome=error.code)
            raise
        outcome = ELSEWHERE if request.base_url else SUCCESSOR if request.successor else "ok"
        warnings = journal.note(opened, "verify", name, outcome=outcome)
        if request.record:
            facts = {**learned(report.facts), "updated": present()}
            lost = lowered(credential, facts)
            if lost and not agree(f"{name}: the exchange's answer takes away {lost}"):
                raise Cancelled(f"not recorded: the answer takes away {lost}", hint="if you mean it: --yes")
            Change(name, "", partial(_recorded, facts=facts)).save(opened)
    except VaultError as error:
        return Result(credential, error=error, warnings=warnings)
    return Result(tried, report, tuple(compare(tried, report.facts, profile)), warnings=warnings)
