"""Hyperliquid: an agent that signs for an account. Nothing is signed to ask about it."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..credential import private_keys
from ..errors import InvalidCredential, KeyRejected
from .answer import as_list, as_object, refusal_at, seconds, text, unexpected
from .facts import KeyFacts
from .refusals import Asked
from .request import JSON, Call, Fields, Request

refusal = refusal_at("error", "error")  # ``{"error": …}``


def inquire(ask: Callable[[Request], object], asked: Asked) -> KeyFacts:
    """Ask two questions about public addresses, of which the agent's is derived here.

    ``userRole`` knows every agent but no date, ``extraAgents`` the date of those with a name.
    """
    fields, verify = asked.credential.fields, asked.verify
    wallet = fields["wallet_address"].reveal().lower()
    agent = private_keys.address(fields["private_key"]).lower()
    if not re.fullmatch(r"0x[0-9a-f]{40}", wallet):
        raise InvalidCredential("the wallet address is not 0x and 40 hexadecimal digits")
    if wallet == agent:
        raise KeyRejected(
            "the wallet address is the private key's own: an agent needs that of the account it acts for",
            hint="record the account's address; if this is the account's own key, it can move all its funds: "
            f"approve an agent and store that one's key instead, {asked.page}",
        )

    def answer_to(kind: str, user: str) -> object:
        body = {**verify.body, "type": kind, "user": user}
        return ask(sign(Call(verify.method, verify.path, body=body), fields, 0, asked.host))

    role, master = role_of(answer_to("userRole", agent))
    if role != "agent":
        raise _not_an_agent(asked, role)
    if master != wallet:
        raise KeyRejected(
            "this agent acts for another account than the wallet address that is recorded",
            hint="record the address of the account that approved it; of a sub-account, its master's",
        )
    return facts(answer_to("extraAgents", wallet), agent)


def sign(call: Call, fields: Fields, now: int, host: str) -> Request:
    """Sign nothing: /info answers about public addresses, to anybody."""
    return Request(call.method, call.target, JSON, call.posted.encode())


def role_of(answer: object) -> tuple[str, str]:
    """Read ``userRole`` (2026-05): the role of an address, and the account that it acts for."""
    said = as_object(answer)
    role = text(said, "role")  # user, agent, vault, subAccount or missing
    if not re.fullmatch(r"[A-Za-z]{1,20}", role):
        raise unexpected("role is missing")
    return role, text(as_object(said.get("data", {}), "data"), "user").lower()


def facts(answer: object, key: str) -> KeyFacts:
    """Read ``extraAgents`` of an account (2026-05); an agent without a name is not among them."""
    every = [as_object(entry, "an agent") for entry in as_list(answer)]
    named = [entry for entry in every if text(entry, "address").lower() == key.lower()]
    known = named[0] if len(named) == 1 else {}
    return KeyFacts(
        rights=("agent",),
        expires=seconds(known, "validUntil", unit=1000),
        label=text(known, "name"),
    )


def _not_an_agent(asked: Asked, role: str) -> KeyRejected:
    if role == "missing":
        return KeyRejected(
            f"{asked.site} knows no such agent: it was never approved, was replaced, or has expired",
            hint=f"approve a new one, with an address that was never used before, {asked.page}; then: "
            f"vault rotate {asked.credential.name}",
        )
    return KeyRejected(
        "the private key is not an agent's but an account's own, which can move its funds",
        hint=f"approve an agent and store that one's key instead, {asked.page}",
    )
