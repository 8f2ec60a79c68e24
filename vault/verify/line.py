"""The line to one exchange: a request returns the decoded answer, or raises the error that says why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..base.record import Record
from ..errors import AnswerRefused
from . import refusals, wire
from .answer import NOT_JSON, Refusal, decoded
from .refusals import Asked
from .request import Request


class Line(Record):
    """Asks one address, each time over a connection of its own.

    Attributes:
        refusal: reads the exchange's refusals.
        deadline: seconds for each request.
    """

    address: wire.Address
    asked: Asked
    refusal: Callable[[object], Refusal]
    deadline: float

    def ask(self, request: Request, passing: str = "") -> Any:
        """Return the decoded JSON of the answer; None if the exchange refused with the code *passing*.

        Raises:
            ExchangeError: One of its subclasses for every other answer but a good one.
        """
        reply = wire.send(self.address, request, self.deadline)
        host, asked, status = self.address.name, self.asked, reply.status
        if 300 <= status < 400:
            elsewhere = asked.harmless(_host_of(reply.location))
            raise AnswerRefused(
                f"{host} redirects to {elsewhere}, and no redirect is followed",
                hint="nothing was sent there; a wrong address, or a network that wants a login first",
            )
        if reply.encoding not in ("", "identity"):
            raise AnswerRefused(
                f"{asked.profile.title} sent a compressed answer, though none was asked for",
                hint="nothing is known about the key; a proxy may have changed the answer",
            )
        answer = decoded(reply.body)
        if answer is NOT_JSON:
            if status == 429 or f"HTTP {status}" in asked.verify.errors:
                raise refusals.refused(asked, status, f"HTTP {status}", "")
            raise _not_json(host, status, reply.body)
        if refusal := self.refusal(answer):
            if passing and refusal[0] == passing:
                return None
            raise refusals.refused(asked, status, *refusal)
        if status != 200:
            raise refusals.refused(asked, status, f"HTTP {status}", "")
        return answer


def _not_json(host: str, status: int, body: bytes) -> AnswerRefused:
    page = "a web page" if body.lstrip()[:1] == b"<" else "something that is not JSON"
    hint = "a network's login page, a block, or another program may answer instead of the exchange"
    if status >= 500:
        hint = "this says nothing about the key: the server is down or overloaded; try again later"
    return AnswerRefused(f"{host} answered with {page} (HTTP {status})", hint=hint)


def _host_of(location: str) -> str:
    """Return the host that a redirect points to, without its path, which may hold anything."""
    host = r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]"
    found = re.match(rf"(?:https?:)?//({host})(?::[0-9]{{1,5}})?(?=[/?#]|$)", location)
    if found:
        return found[1].lower()
    return "another page of its own" if re.match("/[^/]", location) else "elsewhere"
