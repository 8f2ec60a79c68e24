"""Facts about a credential that are not secret: as options of a command, and as a short form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from ..actions import facts as action
from ..base.rules import shortened
from ..base.times import moment
from ..credential.credential import PERMISSIONS
from ..errors import CredentialError, InvalidCredential
from ..exchanges.profile import Profile
from .asking import ask
from .output import remark


def options(command: Any) -> Any:
    """Decorate a command with an option for each fact."""
    table = (
        click.option("--permission", "permissions", multiple=True, type=click.Choice([*PERMISSIONS, "none"]),
                     help="What it may do (repeatable); none: clear."),
        click.option("--ip", "ips", multiple=True, metavar="ADDR",
                     help="An address or network it is bound to (repeatable); none: clear."),
        click.option("--account", metavar="TEXT", help="Its account or sub-account."),
        click.option("--region", metavar="TEXT", help="The site it works at, as its profile names it."),
        click.option("--live", "environment", flag_value="live", help="A key of the real exchange."),
        click.option("--demo", "environment", flag_value="demo", help="A key of its demo environment."),
        click.option("--testnet", "environment", flag_value="testnet", help="A key of its test network."),
        click.option("--issued", metavar="DATE", help="The day the exchange made it; never: not known."),
        click.option("--expires", metavar="DATE", help="The day it ends, as 2027-01-31; or never."),
        click.option("--label", metavar="TEXT", help="Its name at the exchange."),
        click.option("--tag", "tags", multiple=True, metavar="TEXT",
                     help="A word to find it by (repeatable); none: clear."),
        click.option("--note", metavar="TEXT", help="Anything else, on one line."),
        click.option("--preset", metavar="CLIENT", help="The client whose variable names it uses."),
        click.option("--variable", "variables", multiple=True, metavar="FIELD=VAR",
                     help="A variable name of its own (repeatable); none: clear."),
        click.option("--only-for", "only_for", multiple=True, metavar="PROGRAM[:SCRIPT]",
                     help="Handed only to this program, as it is now (repeatable); none: clear."),
        click.option("--guarded/--unguarded", default=None, help="Handed over only when it is named."),
    )  # fmt: skip
    for option in reversed(table):
        command = option(command)
    return command


def read(given: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """Return the fields of a Credential that these options set; raises as :func:`actions.facts.read`."""
    facts = {key: value for key, value in given.items() if value is not None and value != ()}
    for key in facts.keys() & {"permissions", "ips", "tags", "variables", "only_for"}:
        if facts[key] == ("none",):
            facts[key] = ()
    if "none" in facts.get("permissions", ()):
        raise InvalidCredential("--permission none stands alone")
    for key in facts.keys() & {"expires", "issued"}:
        facts[key] = moment(facts[key])
    if "variables" in facts:
        facts["variables"] = dict(_variable(text) for text in facts["variables"])
    return action.read(facts, profile)


def _variable(text: str) -> tuple[str, str]:
    field, equals, variable = text.partition("=")
    if not equals:
        raise InvalidCredential(f"not of the form FIELD=VAR: {shortened(text)}")
    return field, variable


# --- the form -----------------------------------------------------------------------------------------


def form(profile: Profile) -> dict[str, Any]:
    """Ask for what a person knows of a credential just stored: a line each, Enter leaves one open."""
    words = lambda line: tuple(line.replace(",", " ").split())  # noqa: E731
    sites, environments = ", ".join(profile.regions), ", ".join(profile.environments)
    questions: list[tuple[str, str, Callable[[str], Any]]] = [
        ("permissions", "what may it do (read, trade, withdraw)?", words),
        ("ips", "from which addresses alone?", words),
        ("account", "which account or sub-account?", str),
    ]
    if len(profile.regions) > 1:
        questions.append(("region", f"which site ({sites})?", str))
    if len(profile.environments) > 1:
        questions.append(("environment", f"which environment ({environments})?", str))
    questions.append(("expires", "when does it end (as 2027-01-31)?", str))
    remark("a few facts, for its deadlines and for audit; Enter leaves one open")
    facts: dict[str, Any] = {}
    for key, question, parse in questions:
        facts |= _answer(key, question, parse, profile)
    return facts


def _answer(key: str, question: str, parse: Callable[[str], Any], profile: Profile) -> dict[str, Any]:
    while line := ask(f"{question} ").strip():
        try:
            return read({key: parse(line)}, profile)
        except CredentialError as error:
            remark(f"{error}{f'; {error.hint}' if error.hint else ''}; once more")
    return {}
