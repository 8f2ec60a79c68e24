"""Why an exchange refused, in words: from its code to a sentence and the next step.

The causes of a code stand in the exchange's profile, a sentence for each cause in ``refusals.toml``. Where a
code has several causes, all are named, most likely first, and the hint says how to tell them apart.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from .. import errors
from ..base.record import Record
from ..credential.credential import Credential
from ..errors import AnswerRefused, ClockOff, ExchangeError
from ..exchanges.profile import Profile, Verify

SET_CLOCK = (
    "set the clock by the network: timedatectl set-ntp true (Linux), w32tm /resync (Windows), "
    "System Settings, Date & Time (macOS)"
)


class Asked(Record):
    """What was asked of whom: the words of a refusal depend on it.

    Attributes:
        verify: the test request of the profile.
        host: where the request went.
    """

    profile: Profile
    verify: Verify
    credential: Credential
    host: str

    @property
    def site(self) -> str:
        """The exchange, with its environment or site where it has several."""
        title, regions, environment = self.profile.title, [*self.profile.regions], self.credential.environment
        if environment != "live":
            return f"{title}'s {'test network' if environment == 'testnet' else 'demo environment'}"
        if len(regions) < 2:
            return title
        region = self.credential.region or regions[0]
        return f"{title}'s {region.upper() if len(region) < 4 else region} site"

    @property
    def page(self) -> str:
        """The page where keys are managed, as the end of a sentence."""
        return self.profile.page

    def harmless(self, text: str) -> str:
        """Return *text* of the exchange's, unless it repeats a value of the credential."""
        values = (secret.reveal() for secret in self.credential.fields.values())
        repeats = any(len(value) >= 4 and value in text for value in values)
        return "(not shown: it repeats a value of the credential)" if repeats else text


class Reason(Record):
    """One cause of a refusal, with ``{…}`` for the words that :func:`_words` returns.

    Attributes:
        sentence: what happened.
        hint: the next step.
        test: how to tell this cause from others.
    """

    error: type[ExchangeError]
    sentence: str
    hint: str
    test: str


@cache
def reasons() -> Mapping[str, Reason]:
    """Return the reasons of ``refusals.toml``, by cause."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {
        cause: Reason(**{**found, "error": getattr(errors, found["error"])}) for cause, found in table.items()
    }


def refused(asked: Asked, status: int, code: str, message: str) -> ExchangeError:
    """Return the error for a refusal with that HTTP status, the exchange's *code* and its *message*.

    A profile has its causes by the code, or by the status as ``HTTP 403``.
    """
    known = asked.verify.errors
    causes = known.get(code) or known.get(f"HTTP {status}") or (("rate",) if status == 429 else ())
    if "key" in causes:  # another site is the first thing that the hint for an unknown key names
        causes = tuple(cause for cause in causes if cause != "region")
    title, shown = asked.profile.title, asked.harmless(code)
    shown = shown if shown.startswith("HTTP ") else f"code {shown}"
    if not causes:
        return AnswerRefused(
            f"{title} refused the request with {shown}, which coldvault does not know",
            hint=f"look it up in the documentation of {title}'s API; nothing is known about the key",
        )
    named, words = [reasons()[cause] for cause in causes], _words(asked, message)
    sentences = [reason.sentence.format_map(words) for reason in named]
    kind, hint = named[0].error, named[0].hint.format_map(words)
    if len(named) == 1:
        return kind(f"{sentences[0]} ({shown})", hint=hint)
    tests = [reason.test.format_map(words) for reason in named]
    return kind(
        f"{title} refused with {shown}, which has {len(named)} causes, most likely first: "
        f"{_numbered(sentences)}",
        hint=f"to tell them apart: {_numbered(tests)}; {asked.page}",
    )


def clock_off(asked: Asked, skew: int) -> ClockOff:
    """Return the error for a clock that is *skew* milliseconds ahead, or behind if negative."""
    seconds, side = f"{abs(skew) / 1000:,.1f}", "ahead of" if skew > 0 else "behind"
    return ClockOff(f"this machine's clock is {seconds} s {side} {asked.profile.title}'s", hint=SET_CLOCK)


def caller_address(message: str) -> str:
    """Return the IP address that a refusal names, the caller's; empty if it names none or several."""
    from ipaddress import ip_address

    found = set()
    for word in re.findall(
        r"(?<![\w.:])[0-9a-fA-F]{1,4}(?:[.:]{1,2}[0-9a-fA-F]{1,4}){2,8}(?![\w:])", message
    ):
        try:
            found.add(str(ip_address(word)))
        except ValueError:  # a time of day, a version
            pass
    return found.pop() if len(found) == 1 else ""


def _numbered(sentences: list[str]) -> str:
    return "; ".join(f"({number}) {sentence}" for number, sentence in enumerate(sentences, 1))


def _words(asked: Asked, message: str) -> dict[str, str]:
    """Return what the sentences may name."""
    profile, credential = asked.profile, asked.credential
    caller, ips = asked.harmless(caller_address(message)), credential.ips
    labels = {name: profile.field(name).label.replace("_", " ") for name in ("api_key", "secret_key")}
    return {
        **labels,
        "title": profile.title,
        "set_clock": SET_CLOCK,
        "site": asked.site,
        "page": asked.page,
        "name": credential.name,
        "environment": credential.environment,
        "caller": f"{caller} " if caller else "",
        "count": str(len(ips)) if ips else "addresses",
        "bound": f" ({', '.join(ips[:3])}{', …' * (len(ips) > 3)})" if ips else "",
        "other_environment": _other_environment(profile, credential),
        "other_site": _other_site(profile, credential),
        "other_region": _other_region(profile, credential),
    }


def _other_environment(profile: Profile, credential: Credential) -> str:
    if credential.environment != "live":
        return f"if it was made for live trading: vault edit {credential.name} --live"
    known = [name for name in ("demo", "testnet") if profile.host(credential.region, name)] or ["demo"]
    return f"if it was made for {' or '.join(known)}: vault edit {credential.name} --{'|--'.join(known)}"


def _other_site(profile: Profile, credential: Credential) -> str:
    """Return the commands that try the key elsewhere, each with a semicolon behind it."""
    edit, regions = f"vault edit {credential.name}", [*profile.regions]
    others = [region for region in regions if region != (credential.region or regions[0])]
    steps = ""
    if others:
        own = f"is of the site {credential.region}" if credential.region else "has no region"
        steps += f"this credential {own}; if its account is elsewhere: {edit} --region {'|'.join(others)}; "
    if credential.environment != "live":
        steps += f"a key of the live environment: {edit} --live; "
    elif profile.host(credential.region, "demo"):
        steps += f"a demo key: {edit} --demo; "
    return steps


def _other_region(profile: Profile, credential: Credential) -> str:
    others = [region for region in profile.regions if region != credential.region]
    return f": vault edit {credential.name} --region {'|'.join(others)}" if len(others) > 1 else ""
