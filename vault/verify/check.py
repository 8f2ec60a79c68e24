"""The test request: whether the exchange takes a key, and what it says about it.

First the exchange's clock, by a request that is not signed; then exactly one signed request, once. (Two at
Bitget, if the account turns out to be of the unified kind. None at Hyperliquid: two questions about public
addresses.) No error holds a header, a body, or a value of the credential.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

from ..base.record import Record
from ..base.rules import check_exchange
from ..credential.credential import Credential
from ..errors import ExchangeError, Usage
from ..exchanges.profile import Profile
from . import refusals, wire
from .answer import Refusal
from .facts import KeyFacts, permissions
from .line import Line
from .refusals import Asked
from .request import Call, Fields, Request


class Exchange(Protocol):
    """A module of an exchange: how it is asked, and how its answers are read; nothing else is its own.

    It may have ``WRITING_READS``, and ``inquire`` where no signed request describes a key.
    """

    def clock(self, answer: object) -> int: ...
    def sign(self, call: Call, fields: Fields, now: int, host: str) -> Request: ...
    def facts(self, answer: object, key: str) -> KeyFacts: ...
    def refusal(self, answer: object) -> Refusal: ...


DEADLINE = 15.0  # seconds for one request, from looking up the name to the last byte of the answer
_OWN_REQUEST = 60  # seconds; a last use as recent as this is the test request itself


class Report(Record):
    """What came of a test request that the exchange answered.

    Attributes:
        host: where it was sent.
        skew_ms: milliseconds by which this machine's clock is ahead of the exchange's; None: not measured.
        round_trip_ms: milliseconds from the request to the end of its answer.
        facts: what the exchange says about the key.
    """

    host: str
    skew_ms: int | None
    round_trip_ms: int
    facts: KeyFacts


def ask(
    credential: Credential,
    profile: Profile,
    *,
    clock: Callable[[], float],
    base_url: str = "",
    balance: bool = False,
    deadline: float = DEADLINE,
) -> Report:
    """Ask the exchange of *profile* about a credential's key.

    Args:
        clock: this machine's time, in seconds since the Unix epoch.
        base_url: the address to ask instead of the exchange's, as ``https://mirror.example``; ``http`` only
            for this machine itself.
        balance: send the signed request for the balance instead: it proves the key and describes nothing.
        deadline: seconds for each request.

    Raises:
        ExchangeError: One of its subclasses for each way in which this can end otherwise.
        InvalidCredential: If a value is missing, is not a key, or cannot be sent.
        Usage: If *base_url* cannot be asked, or the exchange has no request for the balance.
    """
    verify = profile.verify
    if verify is None or not verify.path:
        raise ExchangeError(
            f"coldvault knows no test request for {profile.title}", hint="use the key with its own client"
        )
    profile.check_fields(credential.fields)
    if balance and not verify.balance:
        raise Usage(
            f"coldvault knows no request for the balance at {profile.title}", hint="leave out --balance"
        )
    exchange = module_of(profile)
    address = wire.parse_url(base_url or f"https://{_host(profile, credential)}")
    asked = Asked(profile, verify, credential, address.name)
    line = Line(address, asked, exchange.refusal, deadline)
    skew = None
    if verify.time:
        skew = _measure_skew(line, asked, exchange, clock)
    start = time.monotonic()
    if hasattr(exchange, "inquire"):
        facts = exchange.inquire(line.ask, asked)
    else:
        facts = _describe(line, asked, exchange, clock, balance)
    took = round((time.monotonic() - start) * 1000)
    writing_reads = getattr(exchange, "WRITING_READS", False)
    may = permissions(facts.rights, profile.rights.words, writing_reads)
    return Report(address.name, skew, took, _harmless(facts.changed(permissions=may), asked))


def module_of(profile: Profile) -> Any:
    """Return the module of this folder that is named as the exchange; its interface is :class:`Exchange`.

    Raises:
        ExchangeError: If coldvault cannot sign for it.
    """
    check_exchange(profile.name)  # no dot: nothing outside this folder
    name = f"{__package__}.{profile.name.replace('-', '_')}"
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        module = None
    if not hasattr(module, "sign"):  # a profile of one's own may be named as another module of this folder
        raise ExchangeError(
            f"coldvault cannot sign requests to {profile.title}", hint="use the key with its own client"
        )
    return module


def _host(profile: Profile, credential: Credential) -> str:
    region, environment = credential.region, credential.environment
    if host := profile.host(region, environment):
        return host
    site = f" at the site {region}" if region else ""
    raise ExchangeError(
        f"no address of {profile.title} is known for the {environment} environment{site}",
        hint=f"its sites: {', '.join(profile.regions) or 'none'}; vault edit {credential.name} --region SITE",
    )


def _measure_skew(line: Line, asked: Asked, exchange: Exchange, clock: Callable[[], float]) -> int:
    """Return the milliseconds by which this machine's clock is ahead; raises ClockOff if too many."""
    before = clock()
    answer = line.ask(Request("GET", asked.verify.time))
    after = clock()
    skew = round((before + after) * 500) - exchange.clock(answer)
    # The middle of the round trip is wrong by half of it at most.
    if asked.verify.skew and abs(skew) - (after - before) * 500 > asked.verify.skew * 1000:
        raise refusals.clock_off(asked, skew)
    return skew


def _describe(
    line: Line, asked: Asked, exchange: Exchange, clock: Callable[[], float], balance: bool
) -> KeyFacts:
    """Send the signed request, and return what its answer says; no facts if the balance was asked for."""
    verify, credential = asked.verify, asked.credential
    call = Call(verify.method, verify.path, verify.query, verify.body)
    if balance:
        call = Call("GET", verify.balance)
    elif elsewhere := verify.elsewhere.get(credential.environment):
        call = Call("GET", elsewhere)
    demo = verify.demo if credential.environment == "demo" else {}

    def answer_to(call: Call, passing: str = "") -> tuple[float, Any]:
        now = clock()
        signed = exchange.sign(call, credential.fields, int(now * 1000), asked.host)
        return now, line.ask(signed.changed(headers={**signed.headers, **demo}), passing)

    # Nothing says beforehand that an account is of the other kind: its answer to the first request does.
    code, other = next(iter(verify.otherwise.items()), ("", ""))
    now, answer = answer_to(call, code)
    if answer is None:
        now, answer = answer_to(Call("GET", other))
    if balance:
        return KeyFacts()
    key = credential.fields["api_key"].reveal() if "api_key" in credential.fields else ""
    facts = exchange.facts(answer, key)
    fresh = facts.last_used is not None and facts.last_used > now - _OWN_REQUEST
    return facts.changed(last_used=None) if fresh else facts


def _harmless(facts: KeyFacts, asked: Asked) -> KeyFacts:
    """Return *facts* without a text that repeats a value of the credential."""
    texts = {key: asked.harmless(getattr(facts, key)) for key in ("uid", "label", "account", "state")}
    return facts.changed(**texts, rights=tuple(asked.harmless(right) for right in facts.rights))
