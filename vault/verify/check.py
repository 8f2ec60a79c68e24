"""The test request: does the exchange take this key, and what does it say about it. The only network code.

First the exchange's clock, by a request that is not signed; then exactly one signed request, once. (Two at
Bitget, if the account turns out to be of the unified kind. None at Hyperliquid: two questions about public
addresses.)

It speaks to the hosts of the profile, over TLS with certificates that this machine trusts, or to the address
that its caller names. It follows no redirect, and knows no proxy: ``http.client`` reads none from the
environment. It reads 64 KiB of headers and 256 KiB of body at most, and waits 15 seconds at most for each
answer, however slowly it comes. No error holds a header, a body, or a value of the credential.
"""

from __future__ import annotations

import http.client
import io
import json
import re
import socket
import ssl
import threading
import time

from ..base.record import Record
from ..errors import AnswerRefused, ExchangeError, InvalidCredential, KeyRejected, Unreachable, Usage
from . import answers, refusals
from .answers import Difference as Difference
from .answers import Facts as Facts
from .answers import compare as compare
from .answers import learned as learned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any, NoReturn

    from ..base.secret import Secret
    from ..exchanges.profiles import Profile, Verify
    from .signing import Call

DEADLINE = 15.0  # seconds for one request, from looking up the name to the last byte of the answer
MAX_HEAD = 64 << 10  # bytes before the body
MAX_BODY = 256 << 10  # bytes; the longest honest answer, a list of 50 keys, has some 20 KiB
_PIECE = 16 << 10  # bytes read at once
_OWN_REQUEST = 60  # seconds; a last use as recent as this is the test request itself
_URL = re.compile(
    r"(https?)://(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::(\d{1,5}))?/?"
)


class Report(Record):
    """What came of a test request that the exchange answered.

    Attributes:
        host: where it was sent.
        skew_ms: milliseconds by which this machine's clock is ahead of the exchange's; None: not measured.
        round_trip_ms: milliseconds from the request to the end of its answer.
        facts: what the exchange says about the key.
        own_address: the address that the request came from, if the exchange says it.
        differences: in words, from what is recorded: for the caller to set, from :func:`compare`.
    """

    host: str
    skew_ms: int | None
    round_trip_ms: int
    facts: Facts
    own_address: str = ""
    differences: tuple[str, ...] = ()


def check(
    profile: Profile,
    fields: Mapping[str, Secret],
    *,
    region: str,
    environment: str,
    clock: Callable[[], float],
    base_url: str = "",
    balance: bool = False,
    name: str = "NAME",
    ips: Collection[str] = (),
    deadline: float = DEADLINE,
) -> Report:
    """Ask the exchange about the key with these *fields*.

    Args:
        region, environment: of the credential; the environment is ``live``, ``demo`` or ``testnet``.
        clock: this machine's time, in seconds since the Unix epoch.
        base_url: the address to ask instead of the exchange's, as ``https://mirror.example``; ``http`` only
            for this machine itself.
        balance: send the signed request for the balance instead: it proves the key and describes nothing.
        name, ips: the credential's name, and the addresses recorded for it: both for messages.
        deadline: seconds for each request.

    Raises:
        ExchangeError: One of its subclasses for each way in which this can end otherwise.
        InvalidCredential: If a value is no key, or cannot be sent.
        Usage: If *base_url* is none, or there is no request for the balance.
    """
    verify = profile.verify
    if verify is None or not verify.path:
        raise ExchangeError(f"no test request is known for {profile.title}")
    profile.check_fields(fields)
    if balance and not verify.balance:
        raise Usage(f"no request for the balance is known for {profile.title}")
    host = profile.host(region, environment)
    if not base_url and not host:
        site = f" at the site {region}" if region else ""
        raise ExchangeError(
            f"no address of {profile.title} is known for the {environment} environment{site}",
            hint=f"its sites: {', '.join(profile.regions) or 'none'}; vault edit {name} --region SITE",
        )
    place = _place(base_url or f"https://{host}")
    asked = refusals.Asked(profile, region, environment, place.name, name, tuple(ips), tuple(fields.values()))
    line = _Line(place, asked, deadline)
    if profile.name == "hyperliquid":
        return _check_agent(line, verify, fields)
    if profile.name not in answers.SIGNED_AS:
        raise ExchangeError(f"requests to {profile.title} cannot be signed here")
    skew = _check_clock(line, verify, clock)
    return _check_key(line, verify, fields, clock, skew, balance)


def _check_clock(line: _Line, verify: Verify, clock: Callable[[], float]) -> int | None:
    """Milliseconds by which this machine's clock is ahead; raises ClockOff before anything is signed."""
    if not verify.time:
        return None
    before = clock()
    answer = line.ask("GET", verify.time)
    after = clock()
    skew = round((before + after) * 500) - answers.moment(line.asked.profile.name, answer)
    # The middle of the round trip is wrong by half of it at most.
    if verify.skew and abs(skew) - (after - before) * 500 > verify.skew * 1000:
        raise refusals.clock_off(line.asked, skew)
    return skew


def _check_key(
    line: _Line,
    verify: Verify,
    fields: Mapping[str, Secret],
    clock: Callable[[], float],
    skew: int | None,
    balance: bool,
) -> Report:
    from .signing import Call

    profile = line.asked.profile
    call = Call(verify.method, verify.path, verify.query, verify.body)
    if balance:
        call = Call("GET", verify.balance)
    elif elsewhere := verify.elsewhere.get(line.asked.environment):
        call = Call("GET", elsewhere)
    start = time.monotonic()
    # Nothing says beforehand that an account is of the other kind: its answer to the first request does.
    code, other = next(iter(verify.otherwise.items()), ("", ""))
    now, answer = _signed(line, call, fields, clock, code)
    if answer is None:
        now, answer = _signed(line, Call("GET", other), fields, clock)
    took = round((time.monotonic() - start) * 1000)
    facts = Facts()
    if not balance:
        key = fields["api_key"].reveal() if "api_key" in fields else ""
        facts = answers.facts(profile.name, answer, key, profile.rights.words)
        if facts.last_used is not None and facts.last_used > now - _OWN_REQUEST:
            facts = facts.changed(last_used=None)
    return Report(line.place.name, skew, took, _harmless(facts, line.asked))


def _signed(
    line: _Line, call: Call, fields: Mapping[str, Secret], clock: Callable[[], float], passing: str = ""
) -> tuple[float, Any]:
    """When *call* was signed, and the decoded answer to it."""
    from .signing import sign

    asked, now = line.asked, clock()
    signed = sign(asked.profile.name, call, fields, now=int(now * 1000), host=line.place.name)
    demo = asked.profile.verify.demo if asked.profile.verify and asked.environment == "demo" else {}
    headers = {**signed.headers, **demo}
    return now, line.ask(signed.method, signed.target, headers, signed.body, passing=passing)


def _harmless(facts: Facts, asked: refusals.Asked) -> Facts:
    """*facts* without a text that repeats a value of the credential."""
    texts = {key: asked.harmless(getattr(facts, key)) for key in ("uid", "label", "account", "state")}
    return facts.changed(**texts, rights=tuple(asked.harmless(right) for right in facts.rights))


def _check_agent(line: _Line, verify: Verify, fields: Mapping[str, Secret]) -> Report:
    """Hyperliquid: whether the account has approved this agent.

    Two questions: ``userRole`` knows every agent and no date, ``extraAgents`` the date of those with a name.
    """
    from ..credential import private_keys

    wallet, agent = (
        fields["wallet_address"].reveal().lower(),
        private_keys.address(fields["private_key"]).lower(),
    )
    if not re.fullmatch(r"0x[0-9a-f]{40}", wallet):
        raise InvalidCredential("the wallet address is not 0x and 40 hexadecimal digits")
    if wallet == agent:
        raise KeyRejected(
            "the wallet address is the private key's own: an agent needs that of the account it acts for",
            hint="record the account's address; if this is the account's own key, it can move all its funds: "
            f"approve an agent and store that one's key instead, {line.asked.page}",
        )
    start = time.monotonic()

    def ask(kind: str, user: str) -> Any:
        body = json.dumps({**verify.body, "type": kind, "user": user}).encode()
        return line.ask(verify.method, verify.path, {"Content-Type": "application/json"}, body)

    role, master = answers.agent(ask("userRole", agent))
    if role != "agent":
        raise refusals.no_agent(line.asked, role)
    if master != wallet:
        raise KeyRejected(
            "this agent acts for another account than the wallet address that is recorded",
            hint="record the address of the account that approved it; of a sub-account, its master's",
        )
    answer = ask("extraAgents", wallet)
    took = round((time.monotonic() - start) * 1000)
    facts = answers.agent_facts(answer, agent, line.asked.profile.rights.words)
    return Report(line.place.name, None, took, _harmless(facts, line.asked))


# --- one request ----------------------------------------------------------------------------------------


class _Place(Record):
    """Where requests go: a host and a port, by TLS or, on this machine itself, without."""

    host: str
    port: int
    secure: bool

    @property
    def name(self) -> str:
        """As it stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def _place(url: str) -> _Place:
    found = _URL.fullmatch(url)
    port = int(found[3] or (443 if found[1] == "https" else 80)) if found else 0
    if not found or not 0 < port < 1 << 16:
        raise Usage(
            "not an address to ask", hint="as in https://host.example or http://127.0.0.1:8080, no path"
        )
    place = _Place(found[2].strip("[]").lower(), port, found[1] == "https")
    if not place.secure and not _is_loopback(place.host):
        raise Usage(
            f"{place.host} is not asked without TLS",
            hint="http is only for this machine: http://127.0.0.1:8080",
        )
    return place


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _TooLarge(Exception):
    """The other side sends more than is read."""


class _Line:
    """Asks one place, each time over a connection of its own, and raises for every answer but a good one."""

    def __init__(self, place: _Place, asked: refusals.Asked, deadline: float) -> None:
        self.place, self.asked, self.deadline = place, asked, deadline

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] = {},
        body: bytes = b"",
        passing: str = "",
    ) -> Any:
        """The decoded JSON of the answer; raises the error that says why there is none, or a refusal.

        None stands for a refusal with the code *passing*.
        """
        status, reply = self._exchange(method, target, headers, body)
        title = self.asked.profile.title
        if 300 <= status < 400:
            elsewhere = self.asked.harmless(_host_of(reply.location))
            raise AnswerRefused(
                f"{self.place.name} redirects to {elsewhere}, and no redirect is followed",
                hint="nothing was sent there; a wrong address, or a network that wants a login first",
            )
        if reply.encoding not in ("", "identity"):
            raise AnswerRefused(f"{title} sent a compressed answer, though none was asked for")
        decoded = _decoded(reply.body)
        if decoded is _NOT_JSON:
            verify = self.asked.profile.verify
            if status == 429 or (verify and f"HTTP {status}" in verify.errors):
                raise refusals.refused(self.asked, status, f"HTTP {status}", "")
            raise _no_data(self.place.name, status, reply.body)
        if refusal := answers.refusal(self.asked.profile.name, decoded):
            if passing and refusal[0] == passing:
                return None
            raise refusals.refused(self.asked, status, *refusal)
        if status != 200:
            raise refusals.refused(self.asked, status, f"HTTP {status}", "")
        return decoded

    def _exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, _Reply]:
        """Send one request and read its answer, of whatever status."""
        for value in (target, *headers.values()):
            if not value.isascii() or not value.isprintable():  # a line break would begin another header
                raise InvalidCredential("the request has characters that cannot be sent")
        host = self.place.name
        end = time.monotonic() + self.deadline
        wire = None
        try:
            wire = _Wire(_connected(self.place, end), end)
            return _answered(wire, host, method, target, headers, body)
        except TimeoutError:
            problem = f"{host} gave no whole answer within {self.deadline:g} seconds"
        except ssl.SSLCertVerificationError as error:
            why = answers.visible(getattr(error, "verify_message", "")).rstrip(".") or "it cannot be checked"
            problem = f"the certificate of {host} is not trusted: {why}"
        except ssl.SSLError as error:
            why = answers.visible(getattr(error, "reason", "") or "") or "it broke off"
            problem = f"no secure connection to {host}: {why}"
        except ConnectionError:
            problem = f"{host} refused or broke off the connection"
        except socket.gaierror:
            problem = f"no address is known for {host}"
        except OSError as error:
            problem = f"{host} cannot be reached: {error.strerror or 'no connection'}"
        except _TooLarge:
            raise AnswerRefused(
                f"{host} sent more than {MAX_BODY >> 10} KiB, and the rest was not read"
            ) from None
        except http.client.IncompleteRead:
            raise AnswerRefused(f"the answer of {host} is cut off") from None
        except (http.client.HTTPException, ValueError):
            raise AnswerRefused(f"what answers at {host} is no web server, or a broken one") from None
        finally:
            if wire:
                wire.hang_up()
        raise Unreachable(
            problem,
            hint="nothing is known about the key; proxies that the environment names are not used",
        )


class _Reply(Record):
    """What came back: the body, and the two headers that are looked at."""

    body: bytes
    location: str = ""
    encoding: str = ""


def _answered(
    wire: _Wire, host: str, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, _Reply]:
    connection = http.client.HTTPConnection("")
    connection.sock = wire  # it uses a few methods of a socket only
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    ours = {"Host": host, "Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
    ours["User-Agent"] = "coldvault"
    if body or method == "POST":
        ours["Content-Length"] = str(len(body))
    for header, value in {**ours, **headers}.items():
        connection.putheader(header, value)
    connection.endheaders(body)
    with connection.getresponse() as response:
        location, encoding = response.getheader("Location", ""), response.getheader("Content-Encoding", "")
        if 300 <= response.status < 400:
            return response.status, _Reply(b"", location)
        wire.left = MAX_BODY + MAX_HEAD  # the latter for what holds the pieces of a chunked body together
        read = bytearray()
        while piece := response.read(_PIECE):
            read += piece
            if len(read) > MAX_BODY:
                raise _TooLarge
        if response.length:
            raise http.client.IncompleteRead(b"")
        return response.status, _Reply(bytes(read), encoding=encoding.strip().lower())


class _Wire(io.RawIOBase):
    """A connection with an end: as much of a socket as ``http.client`` uses, and the file it reads from.

    A socket's own timeout begins anew with each byte. Here each read may take what is left until the end.

    Attributes:
        left: bytes that may still come.
    """

    def __init__(self, line: socket.socket, end: float) -> None:
        self._line, self._end, self.left = line, end, MAX_HEAD

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client reads the answer from."""
        return io.BufferedReader(self, 4096)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read once; raises TimeoutError at the end of the time, _TooLarge at the end of the bytes."""
        if self.left <= 0:
            raise _TooLarge
        self._line.settimeout(_time_left(self._end))
        got = self._line.recv_into(buffer)
        self.left -= got
        return got

    def sendall(self, data: bytes) -> None:
        """Send it all."""
        self._line.settimeout(_time_left(self._end))
        self._line.sendall(data)

    def close(self) -> None:
        """Do nothing: http.client closes its socket before it reads the answer from the file."""

    def hang_up(self) -> None:
        """End the connection."""
        self._line.close()


def _time_left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connected(place: _Place, end: float) -> socket.socket:
    """A connection to the first of the host's addresses that takes one."""
    found = _addresses(place, end)
    problem: OSError = ConnectionError()
    for number, (family, kind, protocol, _, address) in enumerate(found):
        try:
            line = socket.socket(family, kind, protocol)  # fails where the system has no IPv6
        except OSError as error:
            problem = error
            continue
        try:
            # One address that swallows everything leaves time for the others.
            line.settimeout(_time_left(end) / (len(found) - number))
            line.connect(address)
            return _secured(line, place.host, end) if place.secure else line
        except OSError as error:
            line.close()
            problem = error
            if isinstance(error, ssl.SSLError):  # a host that is not itself is not asked elsewhere
                break
    raise problem


def _secured(line: socket.socket, host: str, end: float) -> ssl.SSLSocket:
    line.settimeout(_time_left(end))
    return _tls().wrap_socket(line, server_hostname=host)


def _tls() -> ssl.SSLContext:
    """TLS 1.2 or later, with the certificates that this machine trusts.

    Not ``ssl.create_default_context``: it writes the keys of every connection to the file that the variable
    SSLKEYLOGFILE names, so that whoever reads that file can read the connection.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks certificate and name
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _addresses(place: _Place, end: float) -> list[tuple[Any, ...]]:
    """The system's addresses of a host; in a thread, since nothing else bounds how long it looks for them."""
    found: list[list[tuple[Any, ...]] | Exception] = []

    def look() -> None:
        try:
            found.append(socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(_time_left(end))
    if not found:
        raise TimeoutError
    if isinstance(found[0], Exception):
        raise socket.gaierror
    if not place.secure and not all(_is_loopback(address[4][0]) for address in found[0]):
        raise socket.gaierror
    return found[0]


# --- what came back -------------------------------------------------------------------------------------

_NOT_JSON = object()


def _decoded(body: bytes) -> Any:
    """The JSON of *body*, or _NOT_JSON."""
    try:
        return json.loads(body.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):  # a number of 5,000 digits is a ValueError too
        return _NOT_JSON


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)  # NaN and Infinity are Python's, not JSON's


def _no_data(host: str, status: int, body: bytes) -> AnswerRefused:
    """The error for an answer that is no JSON."""
    page = "a web page" if body.lstrip()[:1] == b"<" else "something that is not JSON"
    hint = "a network's login page, a block, or another program may answer instead of the exchange"
    if status >= 500:
        hint = "this says nothing about the key: the server is down or overloaded; try again later"
    return AnswerRefused(f"{host} answered with {page} (HTTP {status})", hint=hint)


def _host_of(location: str) -> str:
    """The host that a redirect points to; no path, which may hold anything."""
    host = r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]"
    found = re.match(rf"(?:https?:)?//({host})(?::[0-9]{{1,5}})?(?=[/?#]|$)", location)
    if found:
        return found[1].lower()
    return "another page of its own" if re.match("/[^/]", location) else "elsewhere"
