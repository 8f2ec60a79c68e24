"""Verify keys: ask each exchange by one signed request, note that, and compare its answer with the record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

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


class Request(Record):
    """What is to be verified, and how.

    Attributes:
        names: of the credentials.
        every: all that are active, in place of *names*.
        successor: the staged successors.
        balance: ask for the account's balance instead, where that is offered.
        record: store what the exchange says.
        base_url: the address to ask instead of the exchange's own.
    """

    names: tuple[str, ...] = ()
    every: bool = False
    successor: bool = False
    balance: bool = False
    record: bool = False
    base_url: str = ""

    def check(self) -> None:
        if bool(self.names) == self.every:
            raise Usage("name the credentials to verify, or say --all", hint="vault verify okx-main")
        if self.record and self.successor:
            raise Usage(
                "a successor has no record of its own yet", hint="once it is committed: verify --record"
            )


class Result(Record):
    """What came of verifying one credential: a report, or an error.

    Attributes:
        mismatches: where the exchange's answer differs from the record.
        warnings: what failed besides.
    """

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
            "account": facts.account,
            "uid": facts.uid,
            "label": facts.label,
            "state": facts.state,
            "issued": stamp(facts.created),
            "expires": stamp(facts.expires),
            "last_used": stamp(facts.last_used),
            "differences": [dict(mismatch.__dict__) for mismatch in self.mismatches],
        }


def choose(opened: Vault, request: Request) -> list[Credential]:
    """Return the credentials that *request* names; raises Usage if one address is to be that of several."""
    if request.every:
        chosen = [credential for credential in opened.credentials if credential.state == "active"]
    else:
        chosen = [opened.get(name) for name in request.names]
    if request.base_url and len({credential.exchange for credential in chosen}) > 1:
        raise Usage("one address is not that of several exchanges", hint="name credentials of one of them")
    return chosen


def verify(
    opened: Vault,
    chosen: Iterable[Credential],
    request: Request,
    *,
    begins: Callable[[int, Credential], None] = lambda _number, _credential: None,
    wait: Callable[[str, Callable[[], Report]], Report] = lambda _, ask: ask(),
) -> list[Result]:
    """Verify one after another, with the pause that each exchange asks for; an error ends none of the others.

    Args:
        begins: called before each, with its number from 1.
        wait: called with what is done and the call that does it, which takes seconds; returns its result.
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


def _verify(
    opened: Vault,
    credential: Credential,
    request: Request,
    wait: Callable[[str, Callable[[], Report]], Report],
) -> Result:
    name = credential.name
    warnings: tuple[str, ...] = ()
    try:
        if credential.state == "pending":
            raise SelectionRefused(f"{name} has no API key yet", hint=f"vault keygen {name}")
        tried = credential.successor() if request.successor else credential
        profile = profiles.load(credential.exchange)

        def ask() -> Report:
            return check.ask(
                tried, profile, clock=time.time, base_url=request.base_url, balance=request.balance
            )

        try:
            report = wait(f"asking {profile.title}", ask)
        except ExchangeError as error:
            warnings = journal.note(opened, "verify", name, outcome=error.code)
            raise
        outcome = ELSEWHERE if request.base_url else SUCCESSOR if request.successor else "ok"
        warnings = journal.note(opened, "verify", name, outcome=outcome)
        if request.record:
            _record(opened, name, report)
    except VaultError as error:
        return Result(credential, error=error, warnings=warnings)
    return Result(tried, report, tuple(compare(tried, report.facts, profile)), warnings=warnings)


def _record(opened: Vault, name: str, report: Report) -> None:
    now = int(time.time())
    change = Change(name, "", lambda credential: credential.changed(**learned(report.facts), updated=now))
    change.save(opened)
