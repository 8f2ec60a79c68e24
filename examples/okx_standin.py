"""A stand-in for OKX's REST API v5 on this machine: it makes a key, then checks each signed request itself.

It shares no code with the vault or with any client, so an accepted request proves that the three
values arrived unchanged. The rules are those of OKX's API guide (docs-v5, "REST Authentication" and
"Error Code"); the order in which OKX applies them is not published, the order here is our reading.

    python examples/okx_standin.py --create-key

prints one JSON object a line: the address, then the key, shown once. It serves until SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import ipaddress
import json
import random
import re
import secrets
import signal
import socketserver
import string
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

MAX_CLOCK_SKEW = 30.0  # seconds; OKX API guide: a request expires 30 s after its timestamp (50102)
MAX_BODY = 64 * 1024  # bytes; nothing served here needs more
MAX_NETWORKS = 20  # addresses and networks one key may list; OKX API guide
SPECIAL = "!#$%&*+-=?@^_"  # a choice; OKX asks for one special character and lists none

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)

# OKX's own words, from the error table of its API guide.
_MESSAGES = {
    "50011": "Rate limit reached. Please refer to API documentation and throttle requests accordingly.",
    "50100": "API frozen, please contact customer service.",
    "50101": "APIKey does not match current environment.",
    "50102": "Timestamp request expired.",
    "50103": 'Request header "OK-ACCESS-KEY" cannot be empty.',
    "50104": 'Request header "OK-ACCESS-PASSPHRASE" cannot be empty.',
    "50105": 'Request header "OK-ACCESS-PASSPHRASE" incorrect.',
    "50106": 'Request header "OK-ACCESS-SIGN" cannot be empty.',
    "50107": 'Request header "OK-ACCESS-TIMESTAMP" cannot be empty.',
    "50110": "Your IP {ip} is not included in your API key's IP whitelist.",
    "50111": "Invalid OK-ACCESS-KEY.",
    "50112": "Invalid OK-ACCESS-TIMESTAMP.",
    "50113": "Invalid signature.",
    "50115": "Invalid request method.",
    "50119": "API key doesn't exist.",
}
# HTTP statuses of OKX's table; it has 200 or 429 for 50011. 401 for 50119 too: the table says 200, but 401 is
# what its servers were seen to send.
_STATUSES = {"50011": 429, "50100": 400}
_REQUIRED = (
    ("OK-ACCESS-KEY", "50103"),
    ("OK-ACCESS-SIGN", "50106"),
    ("OK-ACCESS-TIMESTAMP", "50107"),
    ("OK-ACCESS-PASSPHRASE", "50104"),
)

_FUNDS = {"USDT": "1234.56", "BTC": "0.5"}
# What OKX's answers have besides (API guide, examples of "Get balance" and "Get instruments"): empty where it
# does not apply. Clients with strict types want it there all the same.
_ACCOUNT = (
    "adjEq availEq borrowFroz imr isoEq mgnRatio mmr notionalUsd notionalUsdForBorrow"
    " notionalUsdForFutures notionalUsdForOption notionalUsdForSwap ordFroz upl"
)
_CURRENCY = (
    "accAvgPx borrowFroz clSpotInUseAmt crossLiab disEq eqUsd fixedBal imr interest isoEq isoLiab isoUpl liab"
    " maxLoan maxSpotInUseAmt mgnRatio mmr notionalLever openAvgPx rewardBal smtSyncEq spotBal"
    " spotCopyTradingEq spotInUseAmt spotIsoBal spotUpl spotUplRatio stgyEq totalPnl totalPnlRatio twap upl"
    " uplLiab"
)
_INSTRUMENT = (
    "alias category ctMult ctType ctVal ctValCcy expTime instFamily listTime maxIcebergSz maxLmtAmt maxLmtSz"
    " maxMktAmt maxMktSz maxStopSz maxTriggerSz maxTwapSz optType ruleType settleCcy stk uly"
)
_PUBLIC = ("/api/v5/public/time", "/api/v5/public/instruments")
# An account that never traded; nautilus_trader asks for all of them when it starts.
_NOTHING = ("/api/v5/trade/orders-pending", "/api/v5/trade/orders-history", "/api/v5/trade/fills")
_PRIVATE = ("/api/v5/account/balance", "/api/v5/account/config", "/api/v5/asset/currencies", *_NOTHING)


class Refused(Exception):
    """A request that OKX would not answer; its only argument is OKX's error code."""


@dataclass(frozen=True, slots=True)
class Key:
    """One API key as the exchange keeps it.

    Attributes:
        perm: Comma separated, of ``read_only``, ``trade``, ``withdraw``.
        ip: Comma separated addresses or networks; empty means any.
        demo: Whether the key belongs to demo trading, which has keys of its own.
        label: Its owner's name for it; up to 50 characters.
        sub: Whether it belongs to a sub-account.
        frozen: Whether OKX has blocked it.
    """

    api_key: str
    secret_key: str = field(repr=False)
    passphrase: str = field(repr=False)
    perm: str = "read_only,trade"
    ip: str = ""
    demo: bool = False
    label: str = "stand-in"
    sub: bool = False
    frozen: bool = False

    def admits(self, address: str) -> bool:
        """Return True if a request may come from *address*."""
        networks = [ipaddress.ip_network(text.strip()) for text in self.ip.split(",") if text.strip()]
        return not networks or any(ipaddress.ip_address(address) in network for network in networks)


class Standin:
    """The exchange, serving on 127.0.0.1 from ``with Standin() as okx`` until the block ends.

    Attributes:
        url: Where it listens, e.g. ``http://127.0.0.1:40123``; no slash at the end.
        log: One ``(path without query, code)`` a request; ``"0"`` on a private path means verified.
        ahead: Seconds by which its clock is ahead of this machine's.
        limited: Whether it refuses private requests as too many.
    """

    def __init__(self, port: int = 0, ahead: float = 0.0) -> None:
        """Take *port* of 127.0.0.1, or a free one; OSError if it is taken."""
        self.log: list[tuple[str, str]] = []
        self.ahead, self.limited = ahead, False
        self._keys: dict[str, Key] = {}
        self._server = _Server(port, self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Serve in a thread."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving and give the port back; keys are forgotten with the object."""
        self._server.shutdown()
        self._server.server_close()

    def create_key(self, **settings: Any) -> dict[str, str]:
        """Make a random key of OKX's shape and return its three values, as OKX's page would show them.

        Args:
            settings: Further fields of :class:`Key`, as ``demo=True``.

        Raises:
            ValueError: If *ip* holds something else than addresses and networks, or too many.
        """
        values = {
            "api_key": str(uuid.uuid4()),
            "secret_key": secrets.token_hex(16).upper(),
            "passphrase": _passphrase(),
        }
        self.add_key(values, **settings)
        return values

    def add_key(self, values: dict[str, str], **settings: Any) -> None:
        """Accept a key that exists already; *values* has the form :meth:`create_key` returns.

        Raises:
            KeyError: If one of the three values is missing.
            ValueError: If *ip* holds something else than addresses and networks, or too many.
        """
        key = Key(values["api_key"], values["secret_key"], values["passphrase"], **settings)
        key.admits("127.0.0.1")  # a network that cannot be parsed fails here, not in a request
        if len(key.ip.split(",")) > MAX_NETWORKS:
            raise ValueError(f"more than {MAX_NETWORKS} addresses")
        self._keys[key.api_key] = key

    def change_key(self, api_key: str, **settings: Any) -> None:
        """Change fields of a key, as its owner could on OKX's page, or OKX itself: ``frozen=True``."""
        self._keys[api_key] = replace(self._keys[api_key], **settings)

    def delete_key(self, api_key: str) -> None:
        """Forget a key."""
        del self._keys[api_key]

    def time(self) -> float:
        """Return the exchange's time, in seconds since the Unix epoch."""
        return time.time() + self.ahead

    def verify(self, method: str, target: str, headers: dict[str, str], body: bytes, peer: str) -> Key:
        """Return the key that signed this request.

        Args:
            target: Path and query exactly as they stood in the request line.
            headers: Names in lower case.
            peer: The caller's address.

        Raises:
            Refused: With OKX's code of the first rule that is broken.
        """
        for name, code in _REQUIRED:
            if not headers.get(name.lower()):
                raise Refused(code)
        stamp = headers["ok-access-timestamp"]
        if abs(self.time() - _seconds(stamp)) > MAX_CLOCK_SKEW:
            raise Refused("50102")
        if not _KEY.fullmatch(headers["ok-access-key"]):
            raise Refused("50111")
        key = self._keys.get(headers["ok-access-key"])
        if key is None:
            raise Refused("50119")
        if key.demo != (headers.get("x-simulated-trading") == "1"):
            raise Refused("50101")
        if not key.admits(peer):
            raise Refused("50110")
        if key.frozen:
            raise Refused("50100")
        if not _same(headers["ok-access-passphrase"], key.passphrase.encode()):
            raise Refused("50105")
        message = f"{stamp}{method}{target}".encode("latin-1") + body
        digest = hmac.new(key.secret_key.encode(), message, hashlib.sha256).digest()
        if not _same(headers["ok-access-sign"], base64.b64encode(digest)):
            raise Refused("50113")
        if self.limited:
            raise Refused("50011")
        return key


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # an idle keep-alive connection must not hold up the end

    def __init__(self, port: int, standin: Standin) -> None:
        self.standin = standin
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own asks the resolver for our name, which takes seconds on a machine without one.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A bot that was killed resets its connection: no reason for a traceback in somebody's terminal.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # both clients keep connections open
    disable_nagle_algorithm = True  # head and body go out in two writes; do not wait 40 ms between them
    server: _Server

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: stdout belongs to the two JSON lines, and a log line could carry a header."""

    def _respond(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # the rest of the stream cannot be told apart from a new request
            self._send(400, "50000", "Body cannot be read.", [])
            return
        body = self.rfile.read(int(length))
        parts = urlsplit(self.path)
        if parts.path not in _PUBLIC + _PRIVATE:
            self._send(404, "404", "Not Found", [])
        elif self.command != "GET":
            self._send(405, "50115", _MESSAGES["50115"], [])
        elif parts.path in _PUBLIC:
            now = str(int(self.server.standin.time() * 1000))  # milliseconds, as all of OKX's times
            self._send(200, "0", "", _public(parts.path, parse_qs(parts.query), now))
        else:
            headers = {name.lower(): value for name, value in self.headers.items()}
            peer = self.client_address[0]
            try:
                key = self.server.standin.verify(self.command, self.path, headers, body, peer)
            except Refused as refused:
                code = str(refused)
                self._send(_STATUSES.get(code, 401), code, _MESSAGES[code].format(ip=peer), [])
            else:
                self._send(200, "0", "", _private(parts.path, parse_qs(parts.query), key))

    def _send(self, status: int, code: str, message: str, data: list[dict[str, Any]]) -> None:
        # The log first: a test may look as soon as its client has the answer.
        self.server.standin.log.append((urlsplit(self.path).path, code))
        answer = json.dumps({"code": code, "msg": message, "data": data}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def _same(header: str, expected: bytes) -> bool:
    # http.server reads headers as Latin-1, so this gives back the bytes that were sent.
    return hmac.compare_digest(header.encode("latin-1"), expected)


def _seconds(stamp: str) -> float:
    """Return the seconds since the Unix epoch of an OKX timestamp, e.g. ``2020-12-08T09:08:57.715Z``."""
    if not _TIMESTAMP.fullmatch(stamp):
        raise Refused("50112")
    try:
        return datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC).timestamp()
    except ValueError:  # a 31st of February
        raise Refused("50112") from None


def _passphrase() -> str:
    # OKX's rule for a passphrase: 8 to 32 characters, a digit, an upper, a lower and a special one.
    classes = (string.digits, string.ascii_uppercase, string.ascii_lowercase, SPECIAL)
    characters = [secrets.choice(classes[index % 4]) for index in range(20)]
    random.SystemRandom().shuffle(characters)
    return "".join(characters)


def _now() -> str:
    return str(time.time_ns() // 1_000_000)  # milliseconds, as all of OKX's times


def _public(path: str, query: dict[str, list[str]], now: str) -> list[dict[str, Any]]:
    if path == "/api/v5/public/time":
        return [{"ts": now}]
    if query.get("instType") != ["SPOT"]:
        return []
    common = {"state": "live", "lever": "10", "lotSz": "0.00000001", "minSz": "0.00001", "tickSz": "0.1"}
    spot = {"instType": "SPOT", "instId": "BTC-USDT", "baseCcy": "BTC", "quoteCcy": "USDT"}
    return [{**_empty(_INSTRUMENT), **spot, **common}]


def _private(path: str, query: dict[str, list[str]], key: Key) -> list[dict[str, Any]]:
    if path == "/api/v5/account/balance":
        wanted = query.get("ccy", [",".join(_FUNDS)])[0].split(",")
        details = [_holding(name, amount) for name, amount in _FUNDS.items() if name in wanted]
        return [{**_empty(_ACCOUNT), "uTime": _now(), "totalEq": "51234.56", "details": details}]
    if path == "/api/v5/account/config":
        uid = "44705892343619585" if key.sub else "44705892343619584"
        account = {"uid": uid, "mainUid": "44705892343619584", "type": "1" if key.sub else "0"}
        mode = {"acctLv": "1", "posMode": "net_mode", "level": "Lv1", "kycLv": "3", "roleType": "0"}
        return [{**account, **mode, "label": key.label, "perm": key.perm, "ip": key.ip}]
    if path in _NOTHING:
        return []
    # ccxt asks for the currencies, signed, before its first fetch_balance.
    chains = {"USDT": "USDT-ERC20", "BTC": "BTC-Bitcoin"}
    return [{"ccy": name, "chain": chain, "canDep": True, "canWd": True} for name, chain in chains.items()]


def _holding(name: str, amount: str) -> dict[str, str]:
    equity = {"eq": amount, "availEq": amount, "cashBal": amount, "availBal": amount}
    return {**_empty(_CURRENCY), "ccy": name, **equity, "frozenBal": "0", "ordFrozen": "0", "uTime": _now()}


def _empty(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "")


def main() -> None:
    """Serve until SIGTERM or SIGINT; see the module's first paragraphs."""
    parser = argparse.ArgumentParser(description="A local stand-in for OKX's REST API v5.")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--create-key", action="store_true", help="make a key and print it, once")
    source.add_argument("--key-file", type=Path, help="accept the key in this JSON file instead")
    parser.add_argument("--demo", action="store_true", help="the key is one for demo trading")
    parser.add_argument("--perm", default="read_only,trade", help="what the key may do (%(default)s)")
    parser.add_argument("--ip", default="", help="addresses that the key is bound to, with commas; none: any")
    parser.add_argument("--label", default="stand-in", help="the key's name")
    parser.add_argument("--frozen", action="store_true", help="the key is frozen")
    parser.add_argument("--ahead", type=float, default=0.0, help="seconds by which its clock is ahead")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    options = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = {name: getattr(options, name) for name in ("demo", "perm", "ip", "label", "frozen")}
    with Standin(options.port, options.ahead) as okx:
        # The key first: a client may send requests as soon as it has read the address.
        key = okx.create_key(**settings) if options.create_key else None
        if options.key_file:
            okx.add_key(json.loads(options.key_file.read_text("utf-8")), **settings)
        print(json.dumps({"url": okx.url}), flush=True)
        if key:
            print(json.dumps(key), flush=True)
        while not stop.wait(0.5):  # seconds; an endless wait cannot be interrupted on Windows
            pass


if __name__ == "__main__":
    main()
