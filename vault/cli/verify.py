"""``vault verify``."""

from __future__ import annotations

import click

from ..actions import verify as action
from ..base.times import day
from .group import command
from .opening import open_vault
from .output import emit, remark, say, warn, working

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..actions.verify import Result
    from ..credential.credential import Credential
    from ..verify.check import Report
    from ..verify.facts import Mismatch
    from .options import Settings


@command
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every active one, guarded ones included.")
@click.option("--next", "successor", is_flag=True, help="The staged successor.")
@click.option("--balance", is_flag=True, help="Ask for the account's balance instead, where that is offered.")
@click.option("--record", is_flag=True, help="Store what the exchange says: permissions, addresses, expiry.")
@click.option("--base-url", metavar="URL", default="", help="Ask this address instead of the exchange's own.")
def verify(settings: Settings, /, names: tuple[str, ...], every: bool, **how: Any) -> int:
    """Prove that a key works, by one signed request that reads and changes nothing.

    The clocks are compared first; then the exchange is asked what the key is, and its answer is compared
    with what is recorded. One attempt, at the exchange's own address; no answer is shown or stored as it is.
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

    results = action.verify(opened, chosen, request, begins=begins, wait=working)
    for result in results:
        warn(result.warnings)
        if alone and result.error:
            raise result.error
    _say_results(settings, results, recorded=request.record)
    return int(any(result.error for result in results))


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
        elif result.report is not None:
            _say_report(name, result.report)
            _say_mismatches(name, result.mismatches, recorded=recorded)


def _say_report(name: str, report: Report) -> None:
    facts, clock = report.facts, ""
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


def _say_mismatches(name: str, mismatches: Sequence[Mismatch], *, recorded: bool) -> None:
    for mismatch in mismatches:
        mark = "warning" if mismatch.loud else "note"
        remark(f"{mark}: {mismatch.what}: here {mismatch.recorded}, at the exchange {mismatch.actual}")
    if recorded:
        say(f"{name}: recorded")
    elif mismatches:
        remark(f"record what the exchange says: vault verify {name} --record")
