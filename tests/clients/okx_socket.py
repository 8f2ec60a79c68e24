"""OKX's private WebSocket on this machine, which checks a login by itself.

Rules: OKX API v5, "WebSocket", Login, and RFC 6455, as much of it as a client needs that sends short texts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socketserver
import struct
import threading
import time
from typing import Any, Self

from signatures import by_secret

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10  # RFC 6455 section 5.2
_ID = "a4d3ae55"  # of a connection; the documentation's
_MAX_AGE = 30  # seconds; a login expires that long after its timestamp


class Socket:
    """It serves from ``with Socket(key) as socket`` until the block ends.

    Attributes:
        url: of its private channel.
        log: what was asked, with the code of its answer: ``login 0``, ``orders 0``.
    """

    def __init__(self, key: dict[str, str]) -> None:
        """Take a free port."""
        self.key, self.log = key, list[str]()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.okx = self
        self.url = f"ws://127.0.0.1:{self._server.server_address[1]}/ws/v5/private"

    def __enter__(self) -> Self:
        """Serve in a thread."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def answers(self, asked: dict[str, Any], known: bool) -> list[dict[str, Any]]:
        """What is answered to one message of a client that has logged in, or has not."""
        names = [argument.get("channel", asked["op"]) for argument in asked["args"]]
        code = "0" if known else "60011"  # please log in
        if asked["op"] == "login":
            code = "0" if self._genuine(asked["args"][0]) else "60009"
        self.log += [f"{name} {code}" for name in names]
        if code != "0":
            return [{"event": "error", "code": code, "msg": "", "connId": _ID}]
        if asked["op"] == "login":
            return [{"event": "login", "code": code, "msg": "", "connId": _ID}]
        return [{"event": asked["op"], "arg": argument, "connId": _ID} for argument in asked["args"]]

    def _genuine(self, login: dict[str, str]) -> bool:
        expected = by_secret(self.key["secret_key"], f"{login['timestamp']}GET/users/self/verify")
        return (
            (login["apiKey"], login["passphrase"]) == (self.key["api_key"], self.key["passphrase"])
            and abs(time.time() - float(login["timestamp"])) < _MAX_AGE
            and hmac.compare_digest(base64.b64decode(login["sign"]), expected)
        )


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    okx: Socket


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        lines = iter(lambda: self.rfile.readline().strip(), b"")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        digest = hashlib.sha1(headers[b"sec-websocket-key"] + _GUID, usedforsecurity=False).digest()
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.wfile.write(head + b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n")
        known = False
        while True:
            kind, data = self._frame()
            if kind == _PING:
                self._send(_PONG, data)
            elif kind == _TEXT and data == b"ping":  # OKX's own, beside the protocol's
                self._send(_TEXT, b"pong")
            elif kind == _TEXT:
                for answer in self.server.okx.answers(json.loads(data), known):
                    known = known or answer["event"] == "login"
                    self._send(_TEXT, json.dumps(answer).encode())
            elif kind == _CLOSE:
                self._send(_CLOSE, data)
                return

    def _frame(self) -> tuple[int, bytes]:
        head = self.rfile.read(2)
        if len(head) < 2:
            return _CLOSE, b""
        size = head[1] & 127
        if size == 126:
            [size] = struct.unpack(">H", self.rfile.read(2))
        mask = self.rfile.read(4)
        data = self.rfile.read(size)
        return head[0] & 15, bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))

    def _send(self, kind: int, data: bytes) -> None:
        size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
        self.wfile.write(bytes([128 | kind]) + size + data)
