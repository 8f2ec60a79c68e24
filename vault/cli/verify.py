"""``vault verify``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from ..actions import verify as action
from ..actions.verify import Result
from ..base.times import day
from ..credential.credential import Credential
from ..errors import NoTerminal
from .asking import confirmed
from .group import command
from .opening import open_vault
from .options import Settings
from .output import emit, remark, say, warn, working


@command
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every active one, guarded ones included.")
@click.option("--next", "successor", is_flag=True, help="The staged successor.")
@click.option("--balance", is_flag=True, help="Ask for the account's balance instead, where that is offered.")
@click.option("--record", is_flag=True, help="Store the exchange's answer: permissions, addresses, expiry.")
@click.option("--base-url", metavar="URL", default="", help="Ask this address instead of the exchange's own.")
@click.option("--yes", is_flag=True, help="Record an answer that takes a right or an address away, too.")
def verify(settings: Settings, /, names: tuple[str, ...], every: bool, yes: bool, **how: Any) -> int:
    """Prove that a key works, by one signed request that only reads.

    The clocks are compared first; then the exchange is asked about the key, and its answer is compared with
    what is recorded. There is one attempt, at the exchange's own address; no answer is shown or stored raw.
    """
    request = action.Request(names, every, **how)
    opened = open_vault(settings, writing=request.record)
    chosen = action.choose(opened, request)
    alone = len(chosen) == 1 and not every
    if request.base_url:
        remark(f"asking {request.base_url}, not the exchange's own address")

    def begins(number: int, credential: Credential) -> None:
        if not alone:
            remark(f"{number}/{len(chosen)} {credential.name}")

    warn(action.moved(chosen))
    results = action.verify(
        opened, chosen, request, begins=begins, wait=working, agree=lambda doubt: yes or _agreed(doubt)
    )
    for result in results:
        warn(result.warnings)
        if alone and result.error:
            raise result.error
    _say_results(settings, results, recorded=request.record)
    return int(any(result.error for result in results))


def _agreed(doubt: str) -> bool:
    """Ask whether an answer shall be recorded; without a terminal it is not."""
    try:
        return confirmed(f"{doubt}; record it?", default=False)
    except NoTerminal:
        return False


def _say_results(settings: Settings, results: Sequence[Result], *, recorded: bool) -> None:
    if settings.json:
        emit({"verified": [result.plain() for result in results]})
        return
    for result in results:
        name = result.credential.name
        if result.error is not None:
            say(f"{name}: {result.error}")
            if result.error.hint:
                say(f"{'':{len(name)}}  next: {result.error.hint}")
        else:
            _say_report(result)
            for mismatch in result.mismatches:
                mark, what = "warning" if mismatch.loud else "note", mismatch.what
                remark(f"{mark}: {what}: here {mismatch.recorded}, at the exchange {mismatch.actual}")
            if recorded:
                say(f"{name}: recorded")
            elif result.mismatches:
                remark(f"record what the exchange says: vault verify {name} --record")


def _say_report(result: Result) -> None:
    name, report, clock = result.credential.name, result.report, ""
    if report is None:
        return
    facts = report.facts
    if report.skew_ms is not None:
        side = "ahead" if report.skew_ms >= 0 else "behind"
        clock = f"; this clock is {abs(report.skew_ms) / 1000:.1f} s {side}"
    say(f"{name}: the key works at {report.host}, answered in {report.round_trip_ms} ms{clock}")
    lines = {
        "may": ", ".join(facts.permissions),
        "its words": ", ".join(facts.rights),
        "addresses": "any" if facts.ips == () else ", ".join(facts.ips or ()),
        "account": " ".join(part for part in (facts.account, facts.uid) if part),
        "label": facts.label,
        "state": facts.state,
        "made": day(facts.created),
        "ends": day(facts.expires),
        "last used": day(facts.last_used),
    }
    for key, value in lines.items():
        if value:
            say(f"  {key:12} {value}")
