"""``verify``: the one command that uses the network."""

from __future__ import annotations

import time

import click

from ..base.record import Record
from ..base.times import day, stamp
from ..errors import ExchangeError, SelectionRefused, Usage, VaultError
from ..exchanges import profiles
from ..verify import check
from ..verify.facts import compare, learned
from . import usage
from .group import as_json
from .opening import open_vault
from .output import emit, remark, say, working

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..core.vault import Vault
    from ..credential.credential import Credential
    from ..verify.check import Report
    from ..verify.facts import Mismatch
    from .options import Settings


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every active one, guarded ones included.")
@click.option("--next", "successor", is_flag=True, help="The staged successor.")
@click.option("--balance", is_flag=True, help="Ask for the account's balance instead, where that is offered.")
@click.option("--record", is_flag=True, help="Store what the exchange says: permissions, addresses, expiry.")
@click.option("--base-url", metavar="URL", default="", help="Ask this address instead of the exchange's own.")
@as_json
@click.pass_obj
def verify(settings: Settings, /, names: tuple[str, ...], every: bool, **how: Any) -> int:
    """Prove that a key works, by one signed request that reads and changes nothing.

    The clocks are compared first; then the exchange is asked what the key is, and its answer is compared
    with what is recorded. One attempt, at the exchange's own address; no answer is shown or stored as it is.
    """
    if bool(names) == every:
        raise Usage("name the credentials to verify, or say --all", hint="vault verify okx-main")
    if how["record"] and how["successor"]:
        raise Usage("a successor has no record of its own yet", hint="once it is committed: verify --record")
    opened = open_vault(settings, writing=how["record"])
    chosen = (
        [c for c in opened.credentials if c.state == "active"] if every else [opened.get(n) for n in names]
    )
    if how["base_url"] and len({credential.exchange for credential in chosen}) > 1:
        raise Usage("one address is not that of several exchanges", hint="name credentials of one of them")
    if how["base_url"]:
        remark(f"asking {how['base_url']}, not the exchange's own address")
    if len(chosen) == 1 and not every:
        results = [_verify(opened, chosen[0], how)]
    else:
        results = _verify_many(opened, chosen, how)
    _tell(settings, results, recorded=how["record"])
    return int(any(result.error for result in results))


class Result(Record):
    """What came of verifying one credential: a report, or an error."""

    credential: Credential
    report: Report | None = None
    differences: tuple[Mismatch, ...] = ()
    error: VaultError | None = None


def _verify_many(opened: Vault, chosen: Sequence[Credential], how: dict[str, Any]) -> list[Result]:
    """One after another, with the pause that each exchange asks for; an error ends none of the others."""
    results: list[Result] = []
    last: dict[str, float] = {}
    for number, credential in enumerate(chosen, 1):
        known = profiles.known(credential.exchange)
        pause = (
            last.get(credential.exchange, 0) + (known.verify.pause if known.verify else 0) - time.monotonic()
        )
        time.sleep(max(pause, 0))
        remark(f"{number}/{len(chosen)} {credential.name}")
        try:
            results.append(_verify(opened, credential, how))
        except VaultError as error:
            results.append(Result(credential, error=error))
        last[credential.exchange] = time.monotonic()
    return results


def _verify(opened: Vault, credential: Credential, how: dict[str, Any]) -> Result:
    """Ask about one credential, note it in the journal, and store what was learned if that is wanted."""
    tried = credential.successor() if how["successor"] else credential
    if credential.state == "pending":
        raise SelectionRefused(
            f"{credential.name} has no API key yet", hint=f"vault keygen {credential.name}"
        )
    profile = profiles.load(credential.exchange)
    profile.check_fields(tried.fields)
    try:
        report = working(
            f"asking {profile.title}",
            lambda: check.ask(
                tried, profile, clock=time.time, base_url=how["base_url"], balance=how["balance"]
            ),
        )
    except ExchangeError as error:
        usage.note(opened, "verify", [credential.name], outcome=error.code)
        raise
    outcome = usage.ELSEWHERE if how["base_url"] else usage.SUCCESSOR if how["successor"] else "ok"
    usage.note(opened, "verify", [credential.name], outcome=outcome)
    differences = tuple(compare(tried, report.facts, profile))
    if how["record"]:
        _record(opened, credential.name, report)
    return Result(tried, report, differences)


def _record(opened: Vault, name: str, report: Report) -> None:
    with opened:
        opened.replace(opened.get(name).changed(**learned(report.facts), updated=int(time.time())))
        opened.save()


# --- saying it ----------------------------------------------------------------------------------------


def _tell(settings: Settings, results: Sequence[Result], *, recorded: bool) -> None:
    if settings.json:
        emit({"verified": [_plain(result) for result in results]})
        return
    for result in results:
        name = result.credential.name
        if result.error is not None:
            say(f"{name}: {result.error}")
            if result.error.hint:
                say(f"{'':{len(name)}}  next: {result.error.hint}")
        elif result.report is not None:
            _tell_report(name, result.report, result.differences, recorded=recorded)


def _tell_report(name: str, report: Report, differences: Sequence[Mismatch], *, recorded: bool) -> None:
    facts = report.facts
    clock = (
        ""
        if report.skew_ms is None
        else f"; this clock is {abs(report.skew_ms) / 1000:.1f} s {_side(report)}"
    )
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
    for difference in differences:
        mark = "warning" if difference.loud else "note"
        remark(f"{mark}: {difference.what}: here {difference.recorded}, at the exchange {difference.actual}")
    if recorded:
        say(f"{name}: recorded")
    elif differences:
        remark(f"record what the exchange says: vault verify {name} --record")


def _side(report: Report) -> str:
    return "ahead" if (report.skew_ms or 0) >= 0 else "behind"


def _plain(result: Result) -> dict[str, Any]:
    """Its keys are documented in docs/cli.md and stable."""
    name, report, error = result.credential.name, result.report, result.error
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
        "differences": [dict(difference.__dict__) for difference in result.differences],
    }
