"""Verify keys: send each exchange one signed request, note it, compare the answer with the record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from ..base.clock import present
from ..base.record import Record
from ..base.times import stamp
from ..core.vault import Vault
from ..credential.credential import Credential
from ..errors import ExchangeError, SelectionRefused, Usage, VaultError
from ..exchanges import profiles
from ..journal.journal import ELSEWHERE, SUCCESSOR
from ..verify import check
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


def verify(
    opened: Vault,
    chosen: Iterable[Credential],
    request: Request,
    *,
    begins: Callable[[int, Credential], None] = lambda _number, _credential: None,
    wait: Wait = lambda _, ask: ask(),
) -> list[Result]:
    """Verify one after another, with the pause that each exchange asks for; an error does not stop the rest.

    Args:
        begins: called before each, with its number from 1.
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
        results.append(_verify(opened, credential, request, wait))
        asked[exchange] = time.monotonic()
    return results


def _verify(opened: Vault, credential: Credential, request: Request, wait: Wait) -> Result:
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
            Change(name, "", lambda credential: credential.changed(**facts)).save(opened)
    except VaultError as error:
        return Result(credential, error=error, warnings=warnings)
    return Result(tried, report, tuple(compare(tried, report.facts, profile)), warnings=warnings)
