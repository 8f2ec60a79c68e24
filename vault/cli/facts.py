"""What is recorded of a credential beside its values: as options of a command, and as a short form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
        click.option("--issued", metavar="WHEN",
                     help="When the exchange made it: a date, yesterday, 30d; never: unknown."),
        click.option("--expires", metavar="WHEN", help="When it ends: a date, 90d, or never."),
        click.option("--label", metavar="TEXT", help="Its name at the exchange."),
        click.option("--tag", "tags", multiple=True, metavar="TEXT",
                     help="A word to find it by (repeatable); none: clear."),
        click.option("--note", metavar="TEXT", help="Anything else, on one line."),
        click.option("--preset", metavar="CLIENT", help="The client whose variable names it uses."),
        click.option("--variable", "variables", multiple=True, metavar="FIELD=VAR",
                     help="A variable name of its own (repeatable); none: clear."),
        click.option("--only-for", "only_for", multiple=True, metavar="PROGRAM[:SCRIPT]",
                     help="Hand it only to this program, as it is now (repeatable); none: clear."),
        click.option("--guarded/--unguarded", default=None, help="Hand it over only when it is named."),
    )  # fmt: skip
    for option in reversed(table):
        command = option(command)
    return command


def dates(given: Mapping[str, str | None], now: int) -> dict[str, Any]:
    """Read ``expires`` and ``issued``, where they are given; never is None."""
    texts = {key: text for key, text in given.items() if text}
    return {
        key: None if text == "never" else moment(text, now, ahead=key == "expires")
        for key, text in texts.items()
    }


def read(given: dict[str, Any], profile: Profile, now: int) -> dict[str, Any]:
    """Return the fields of a Credential that these options set; raises as :func:`actions.facts.read`."""
    facts = {key: value for key, value in given.items() if value is not None and value != ()}
    for key in facts.keys() & {"permissions", "ips", "tags", "variables", "only_for"}:
        if facts[key] == ("none",):
            facts[key] = ()
    if "none" in facts.get("permissions", ()):
        raise InvalidCredential("--permission none stands alone")
    facts |= dates({key: facts[key] for key in facts.keys() & {"expires", "issued"}}, now)
    if "variables" in facts:
        if wrong := [text for text in facts["variables"] if "=" not in text]:
            raise InvalidCredential(f"not of the form FIELD=VAR: {shortened(wrong[0])}")
        facts["variables"] = dict(text.split("=", 1) for text in facts["variables"])
    return action.read(facts, profile, now)


def form(profile: Profile, now: int, facts: dict[str, Any]) -> None:
    """Ask what a person knows of a credential just stored, and add it to *facts*; Enter skips a question."""
    words = lambda line: tuple(line.replace(",", " ").split())  # noqa: E731
    questions: list[tuple[str, str, Callable[[str], Any]]] = [
        ("permissions", "what may it do (read, trade, withdraw)?", words),
        ("ips", "from which addresses alone?", words),
        ("account", "which account or sub-account?", str),
    ]
    for key, what, known in (
        ("region", "site", profile.regions),
        ("environment", "environment", profile.environments),
    ):
        if len(known) > 1:
            questions.append((key, f"which {what} ({', '.join(known)})?", str))
    questions.append(("expires", "when does it end (as 2027-01-31)?", str))
    remark("a few facts, for its deadlines and for audit; Enter leaves one open")
    for key, question, parse in questions:
        facts |= _answer(key, question, parse, profile, now)


def _answer(
    key: str, question: str, parse: Callable[[str], Any], profile: Profile, now: int
) -> dict[str, Any]:
    while line := ask(f"{question} ").strip():
        try:
            return read({key: parse(line)}, profile, now)
        except CredentialError as error:
            remark(f"{error}{f'; {error.hint}' if error.hint else ''}; try again")
    return {}
