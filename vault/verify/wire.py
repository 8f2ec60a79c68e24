"""One HTTP request to one address: the only module that opens a connection to the network.

It uses TLS with certificates that this machine trusts, or, to this machine itself, plain HTTP. It follows no
redirect, and knows no proxy: ``http.client`` reads none from the environment. It reads 64 KiB of headers and
256 KiB of body at most, and waits until the deadline at most, however slowly the answer comes. No error holds
a header or a body.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import threading
import time
from typing import Any

from ..base.record import Record
from ..errors import AnswerRefused, InvalidCredential, Unreachable, Usage
from .answer import printable
from .request import Request

MAX_HEAD = 64 << 10  # bytes before the body
MAX_BODY = 256 << 10  # bytes; the longest honest answer, a list of 50 keys, has some 20 KiB
_PIECE = 16 << 10  # bytes read at once
_URL = re.compile(
    r"(https?)://(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::(\d{1,5}))?/?"
)


class Address(Record):
    """Where requests go: a host and a port, by TLS or, on this machine itself, without."""

    host: str
    port: int
    secure: bool

    @property
    def name(self) -> str:
        """The host as it stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def parse_url(url: str) -> Address:
    """Return the address of *url*; raises Usage if it has a path, or is beyond this machine without TLS."""
    found = _URL.fullmatch(url)
    port = int(found[3] or (443 if found[1] == "https" else 80)) if found else 0
    if not found or not 0 < port < 1 << 16:
        raise Usage(
            "not an address to ask", hint="as in https://host.example or http://127.0.0.1:8080, no path"
        )
    address = Address(found[2].strip("[]").lower(), port, found[1] == "https")
    if not address.secure and not _is_loopback(address.host):
        raise Usage(
            f"{address.host} is not asked without TLS",
            hint="http is only for this machine: http://127.0.0.1:8080",
        )
    return address


def is_local(url: str) -> bool:
    """Return whether *url* is of this machine itself; raises as :func:`parse_url`."""
    return _is_loopback(parse_url(url).host)


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Reply(Record):
    """What came back: the status, the body, and the two headers that are looked at."""

    status: int
    body: bytes
    location: str = ""
    encoding: str = ""


def send(address: Address, request: Request, deadline: float) -> Reply:
    """Send *request* once, over a connection of its own, and return the answer, of whatever status.

    Args:
        deadline: seconds for everything, from looking up the name to the last byte of the answer.

    Raises:
        InvalidCredential: If a header, or the path, has characters that cannot be sent.
        Unreachable: If there is no connection, no trusted certificate, or no time left.
        AnswerRefused: If the answer is too large, cut off, or not HTTP.
    """
    for value in (request.target, *request.headers.values()):
        if not value.isascii() or not value.isprintable():  # a line break would begin another header
            raise InvalidCredential("the request has characters that cannot be sent")
    host, end = address.name, time.monotonic() + deadline
    connection = None
    try:
        connection = _Connection(_connect(address, end), end)
        return _exchange(connection, host, request)
    except TimeoutError:
        problem = f"{host} gave no whole answer within {deadline:g} seconds"
    except ssl.SSLCertVerificationError as error:
        why = printable(getattr(error, "verify_message", "")).rstrip(".") or "it cannot be checked"
        problem = f"the certificate of {host} is not trusted: {why}"
    except ssl.SSLError as error:
        why = printable(getattr(error, "reason", "") or "") or "it broke off"
        problem = f"no secure connection to {host}: {why}"
    except ConnectionError:
        problem = f"{host} refused or broke off the connection"
    except socket.gaierror:
        problem = f"no address is known for {host}"
    except OSError as error:
        problem = f"{host} cannot be reached: {error.strerror or 'no connection'}"
    except _TooLarge:
        raise AnswerRefused(
            f"{host} sent more than {MAX_BODY >> 10} KiB, and the rest was not read", hint=_NOT_THE_EXCHANGE
        ) from None
    except http.client.IncompleteRead:
        raise AnswerRefused(
            f"the answer of {host} is cut off", hint="nothing is known about the key; try once more"
        ) from None
    except (http.client.HTTPException, ValueError):
        raise AnswerRefused(f"{host} does not answer in HTTP", hint=_NOT_THE_EXCHANGE) from None
    finally:
        if connection:
            connection.hang_up()
    raise Unreachable(
        problem,
        hint="nothing is known about the key; proxies that the environment names are not used",
    )


_NOT_THE_EXCHANGE = "nothing is known about the key; another program may answer instead of the exchange"


class _TooLarge(Exception):
    """The other side sends more than is read."""


def _exchange(connection: _Connection, host: str, request: Request) -> Reply:
    client = http.client.HTTPConnection("")
    client.sock = connection  # it uses a few methods of a socket only
    ours = {"Host": host, "Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
    headers = {**ours, "User-Agent": "coldvault", **request.headers}
    client.request(request.method, request.target, request.body or None, headers)
    with client.getresponse() as response:
        location, encoding = response.getheader("Location", ""), response.getheader("Content-Encoding", "")
        if 300 <= response.status < 400:
            return Reply(response.status, b"", location)
        connection.left = (
            MAX_BODY + MAX_HEAD
        )  # the latter for what holds the pieces of a chunked body together
        read = bytearray()
        while piece := response.read(_PIECE):
            read += piece
            if len(read) > MAX_BODY:
                raise _TooLarge
        if response.length:
            raise http.client.IncompleteRead(b"")
        return Reply(response.status, bytes(read), encoding=encoding.strip().lower())


class _Connection(io.RawIOBase):
    """A connection with a deadline: as much of a socket as ``http.client`` uses, and the file it reads from.

    A socket's own timeout begins anew with each byte. Here each read may take what is left until the end.

    Attributes:
        left: bytes that may still come.
    """

    def __init__(self, line: socket.socket, end: float) -> None:
        self._line, self._end, self.left = line, end, MAX_HEAD

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return the file that http.client reads the answer from."""
        return io.BufferedReader(self, 4096)

    def readable(self) -> bool:
        """Return that it can be read."""
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
        """Send all of *data*."""
        self._line.settimeout(_time_left(self._end))
        self._line.sendall(data)

    def close(self) -> None:
        """Do nothing: http.client closes its socket before it reads the answer from the file."""

    def hang_up(self) -> None:
        """Close the connection."""
        self._line.close()


def _time_left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connect(address: Address, end: float) -> socket.socket:
    """Return a connection to the first of the host's addresses that takes one."""
    found = _resolve(address, end)
    problem: OSError = ConnectionError()
    for number, (family, kind, protocol, _, target) in enumerate(found):
        try:
            line = socket.socket(family, kind, protocol)  # fails where the system has no IPv6
        except OSError as error:
            problem = error
            continue
        try:
            # One address that swallows everything leaves time for the others.
            line.settimeout(_time_left(end) / (len(found) - number))
            line.connect(target)
            return _secured(line, address.host, end) if address.secure else line
        except OSError as error:
            line.close()
            problem = error
            if isinstance(error, ssl.SSLError):  # a host that is not itself is not asked elsewhere
                break
    raise problem


def _secured(line: socket.socket, host: str, end: float) -> ssl.SSLSocket:
    """Return the connection in TLS 1.2 or later, with the certificates that this machine trusts.

    Not by ``ssl.create_default_context``: it writes the keys of every connection to the file that the
    variable SSLKEYLOGFILE names, and the reader of that file could read the connection.
    """
    line.settimeout(_time_left(end))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks certificate and name
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context.wrap_socket(line, server_hostname=host)


def _resolve(address: Address, end: float) -> list[tuple[Any, ...]]:
    """Return the system's addresses of a host; in a thread, since nothing else bounds the look-up."""
    found: list[list[tuple[Any, ...]] | Exception] = []

    def look() -> None:
        try:
            found.append(socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(_time_left(end))
    if not found:
        raise TimeoutError
    if isinstance(found[0], Exception):
        raise socket.gaierror
    if not address.secure and not all(_is_loopback(one[4][0]) for one in found[0]):
        raise socket.gaierror
    return found[0]
