"""Stand-ins for nine exchanges on this machine, each of which verifies what it is sent by itself.

They share no code with the vault: signatures are checked (signatures.py) after each exchange's
documentation, so a request that is answered was signed as that exchange wants it. The facts that
they answer with are the documented examples, with the key of the test in them. For OKX there is
examples/okx_standin.py.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote_plus, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from signatures import by_secret, genuine

Answer = tuple[int, object]


class Request:
    """One request as it came: its raw target and body, headers in lower case."""

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        """Keep them."""
        self.method, self.target, self.headers, self.body = method, target, headers, body
        parts = urlsplit(target)
        self.path, self.raw_query = parts.path, parts.query
        self.query = {name: values[0] for name, values in parse_qs(parts.query, True).items()}


class Exchange:
    """An exchange that serves on 127.0.0.1 in a ``with`` block.

    Attributes:
        key: the credential's values, as its owner has them.
        public: the public half, where the secret is a private key.
        url: where it listens.
        log: paths that were asked for, in their order.
        answer: another answer to the signed request than the documented one.
    """

    time_path = ""
    path = ""
    method = "GET"

    def __init__(self, key: dict[str, str], public: Any = None) -> None:
        """Take a free port."""
        self.key, self.public, self.log = key, public, list[str]()
        self.answer: object = None
        self._server = _Server(self)
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"

    def __enter__(self) -> Self:
        """Serve in a thread."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def respond(self, request: Request) -> Answer:
        """What is answered."""
        self.log.append(request.path)
        if (request.method, request.path) == ("GET", self.time_path):
            return 200, self.time(time.time_ns() // 1_000_000)
        if (request.method, request.path) != (self.method, self.path):
            return 404, {"code": "404"}
        refusal = self.refusal(request)
        if refusal is not None:
            return refusal
        return 200, self.facts() if self.answer is None else self.answer

    def time(self, now: int) -> object:
        """The answer to the unsigned request, *now* in milliseconds."""
        raise NotImplementedError

    def refusal(self, request: Request) -> Answer | None:
        """What is wrong with a signed request."""
        raise NotImplementedError

    def facts(self) -> object:
        """The documented answer to the signed request."""
        raise NotImplementedError

    def hmac(self, message: str, digest: str = "sha256") -> bytes:
        """By the secret's text."""
        return by_secret(self.key["secret_key"], message, digest)

    def verified(self, signature: str, message: str, shown: Callable[[bytes], str]) -> bool:
        """Whether *signature* is this key's: base64 by a private key, or an HMAC as *shown* writes it."""
        if self.public is None:
            return hmac.compare_digest(signature, shown(self.hmac(message)))
        return genuine(self.public, base64.b64decode(signature), message.encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's own asks the resolver for our name
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, answer = self.server.exchange.respond(Request(self.command, self.path, headers, body))
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


def b64(data: bytes) -> str:
    """In base64."""
    return base64.b64encode(data).decode()


def late(stamp: str, seconds: float, unit: int = 1000) -> bool:
    """Whether a time of *unit* parts of a second is further off than *seconds*."""
    return not stamp.isdecimal() or abs(time.time() - int(stamp) / unit) > seconds


class Binance(Exchange):
    """binance-spot-api-docs, rest-api.md, "SIGNED", and errors.md."""

    time_path = "/api/v3/time"
    path = "/sapi/v1/account/apiRestrictions"

    def time(self, now: int) -> object:
        return {"serverTime": now}

    def refusal(self, request: Request) -> Answer | None:
        key = request.headers.get("x-mbx-apikey", "")
        if not key.isalnum():
            return 401, {"code": -2014, "msg": "API-key format invalid."}
        if key != self.key["api_key"]:
            return 401, {
                "code": -2015,
                "msg": "Invalid API-key, IP, or permissions for action, request ip: 203.0.113.9",
            }
        signed, _, signature = request.raw_query.rpartition("&signature=")
        if late(request.query.get("timestamp", ""), 5):
            return 400, {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}
        if not self.verified(unquote_plus(signature.replace("+", "%2B")), signed, bytes.hex):
            return 400, {"code": -1022, "msg": "Signature for this request is not valid."}
        return None

    def facts(self) -> object:
        return {
            "ipRestrict": False,
            "createTime": 1698645219000,
            "tradingAuthorityExpirationTime": 1628985600000,
            "enableInternalTransfer": False,
            "enableFutures": False,
            "enablePortfolioMarginTrading": False,
            "enableVanillaOptions": False,
            "permitsUniversalTransfer": False,
            "enableReading": True,
            "enableSpotAndMarginTrading": True,
            "enableWithdrawals": False,
            "enableMargin": False,
        }


class BinanceTestnet(Binance):
    """Its test network: no /sapi, so the account is asked for (rest-api.md, "Account information")."""

    path = "/api/v3/account"

    def facts(self) -> object:
        return {
            "canTrade": True,
            "canWithdraw": True,
            "accountType": "SPOT",
            "balances": [],
            "uid": 354937868,
        }


class Bybit(Exchange):
    """bybit-exchange/docs, v5/guide.mdx and v5/user/apikey-info.mdx."""

    time_path = "/v5/market/time"
    path = "/v5/user/query-api"

    def time(self, now: int) -> object:
        seconds = str(now // 1000)
        result = {"timeSecond": seconds, "timeNano": f"{now}000000"}
        return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": now}

    def refusal(self, request: Request) -> Answer | None:
        headers = request.headers
        stamp, window = headers.get("x-bapi-timestamp", ""), headers.get("x-bapi-recv-window", "")
        if late(stamp, 5):
            return 200, {"retCode": 10002, "retMsg": "invalid request, please check your server timestamp"}
        if headers.get("x-bapi-api-key") != self.key["api_key"]:
            return 200, {"retCode": 10003, "retMsg": "API key is invalid."}
        message = f"{stamp}{self.key['api_key']}{window}{request.raw_query}"
        if not self.verified(headers.get("x-bapi-sign", ""), message, bytes.hex):
            return 200, {"retCode": 10004, "retMsg": "error sign! origin_string[...]"}
        return None

    def facts(self) -> object:
        permissions = {
            "ContractTrade": ["Order", "Position"],
            "Spot": ["SpotTrade"],
            "Wallet": ["AccountTransfer"],
        }
        result = {
            "id": "16651472",
            "note": "testxxx",
            "apiKey": self.key["api_key"],
            "readOnly": 0,
            "secret": "",
            "permissions": {**permissions, "Options": [], "Derivatives": [], "Exchange": [], "NFT": []},
            "ips": ["*"],
            "type": 1,
            "deadlineDay": 88,
            "expiredAt": "2023-05-15T03:13:24Z",
            "createdAt": "2023-02-15T03:13:24Z",
            "userID": 53888001,
            "isMaster": True,
            "parentUid": "0",
        }
        return {"retCode": 0, "retMsg": "", "result": result, "retExtInfo": {}, "time": 1676430843547}


class Coinbase(Exchange):
    """docs.cdp.coinbase.com: a JWT for each request, by the key pair; a refusal is a line of text."""

    time_path = "/api/v3/brokerage/time"
    path = "/api/v3/brokerage/key_permissions"
    portfolio = "5f0c9e2c-0f0b-4d8b-8a43-6f1bb0e9c7a1"

    def time(self, now: int) -> object:
        return {"iso": "2026-11-23T00:00:00Z", "epochSeconds": str(now // 1000), "epochMillis": str(now)}

    def refusal(self, request: Request) -> Answer | None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        signed, _, signature = bearer.rpartition(".")
        head, claims = (json.loads(self._part(part)) for part in signed.split("."))
        good = (
            head["kid"] == claims["sub"] == self.key["api_key"]
            and head["alg"] == ("EdDSA" if isinstance(self.public, Ed25519PublicKey) else "ES256")
            and f"GET {self.host}{self.path}" in (claims.get("uri"), *claims.get("uris", ()))
            and claims["nbf"] <= time.time() + 1 < claims["exp"] <= claims["nbf"] + 120
            and genuine(self.public, self._part(signature), signed.encode())
        )
        return None if good else (401, b"Unauthorized\n")

    @staticmethod
    def _part(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    def facts(self) -> object:
        return {
            "can_view": True,
            "can_trade": True,
            "can_transfer": False,
            "portfolio_uuid": self.portfolio,
            "portfolio_type": "DEFAULT",
        }


class Kraken(Exchange):
    """docs.kraken.com: spot REST authentication, get-api-key-info."""

    time_path = "/0/public/Time"
    path = "/0/private/GetApiKeyInfo"
    method = "POST"

    def time(self, now: int) -> object:
        return {"error": [], "result": {"unixtime": now // 1000, "rfc1123": "Mon, 23 Nov 26 00:00:00 +0000"}}

    def refusal(self, request: Request) -> Answer | None:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.headers.get("api-key") != self.key["api_key"]:
            return 200, {"error": ["EAPI:Invalid key"]}
        digest = hashlib.sha256(form["nonce"].encode() + request.body).digest()
        secret = base64.b64decode(self.key["secret_key"])
        expected = b64(by_secret(secret, self.path.encode() + digest, "sha512"))
        if not hmac.compare_digest(expected, request.headers.get("api-sign", "")):
            return 200, {"error": ["EAPI:Invalid signature"]}
        return None if len(form["nonce"]) == 13 else (200, {"error": ["EAPI:Invalid nonce"]})

    def facts(self) -> object:
        result = {
            "apiKeyName": "my-api-key",
            "apiKey": self.key["api_key"],
            "nonce": "1772627060997",
            "nonceWindow": 0,
            "permissions": ["query-funds", "query-open-trades", "modify-trades"],
            "iban": "AA88 N84G WOAK NMOI",
            "validUntil": "0",
            "queryFrom": "0",
            "queryTo": "0",
            "createdTime": "1772542900",
            "modifiedTime": "1772543095",
            "ipAllowlist": ["203.0.113.0/24"],
            "lastUsed": "1772627061",
        }
        return {"error": [], "result": result}


class KuCoin(Exchange):
    """KuCoin's authentication, key version 2; facts from kucoin-universal-sdk 1.3.2."""

    time_path = "/api/v1/timestamp"
    path = "/api/v1/user/api-key"

    def time(self, now: int) -> object:
        return {"code": "200000", "data": now}

    def refusal(self, request: Request) -> Answer | None:
        headers = request.headers
        stamp = headers.get("kc-api-timestamp", "")
        if late(stamp, 5):
            return 400, {"code": "400002", "msg": "KC-API-TIMESTAMP Invalid"}
        if headers.get("kc-api-key") != self.key["api_key"]:
            return 401, {"code": "400003", "msg": "KC-API-KEY not exists"}
        if not self.verified(headers.get("kc-api-sign", ""), f"{stamp}GET{request.target}", b64):
            return 401, {"code": "400005", "msg": "Signature validation failed"}
        if headers.get("kc-api-passphrase") != b64(self.hmac(self.key["passphrase"])):
            return 401, {"code": "400004", "msg": "KC-API-PASSPHRASE error"}
        return None

    def facts(self) -> object:
        data = {
            "remark": "account1",
            "apiKey": self.key["api_key"],
            "apiVersion": 3,
            "permission": "General,Spot",
            "ipWhitelist": "203.**.154,103.**.34",
            "createdAt": 1728443843000,
            "uid": 165111215,
            "isMaster": True,
        }
        return {"code": "200000", "data": data}


class Bitget(Exchange):
    """Bitget's signature and account/info."""

    time_path = "/api/v2/public/time"
    path = "/api/v2/spot/account/info"

    def time(self, now: int) -> object:
        return {"code": "00000", "msg": "success", "requestTime": now, "data": {"serverTime": str(now)}}

    def refusal(self, request: Request) -> Answer | None:
        headers = request.headers
        stamp = headers.get("access-timestamp", "")
        if late(stamp, 30):
            return 400, {"code": "40008", "msg": "Request timestamp expired"}
        if headers.get("access-key") != self.key["api_key"]:
            return 400, {"code": "40006", "msg": "Invalid ACCESS_KEY"}
        if headers.get("access-passphrase") != self.key["passphrase"]:
            return 400, {"code": "40012", "msg": "apikey/password is incorrect"}
        if not self.verified(headers.get("access-sign", ""), f"{stamp}GET{request.target}", b64):
            return 400, {"code": "40009", "msg": "sign signature error"}
        return None

    def facts(self) -> object:
        data = {
            "userId": "1234567890",
            "inviterId": "1",
            "ips": "127.0.0.1",
            "authorities": ["stow", "coor", "cpor"],
            "parentId": 1234567890,
            "traderType": "trader",
            "channelCode": "XXX",
            "channel": "YYY",
            "regisTime": "1246566789345",
        }
        return {"code": "00000", "msg": "success", "requestTime": 1695808949356, "data": data}


class UnifiedBitget(Bitget):
    """The same for an account of the unified kind: its other request only (uta/account/Get-Account-Info)."""

    classic = "/api/v2/spot/account/info"
    path = "/api/v3/account/info"

    def respond(self, request: Request) -> Answer:
        if request.path != self.classic:
            return super().respond(request)
        self.log.append(request.path)
        return self.refusal(request) or (400, {"code": "40085", "msg": "You are in Unified Account mode"})

    def facts(self) -> object:
        data = {
            "uid": "123456789",
            "inviterId": "987654321",
            "parentId": "",
            "channelCode": "6258",
            "channel": "official",
            "ips": "192.168.1.1,192.168.1.2",
            "permType": "read-and-write",
            "permissions": [
                "uta_mgt",
                "uta_trade",
                "withdraw",
                "copy_futures_position",
                "copy_futures_order",
            ],
            "regisTime": "1704067200000",
        }
        return {"code": "00000", "msg": "success", "requestTime": 1744617600000, "data": data}


class Gate(Exchange):
    """Gate API v4: authentication, account/main_keys."""

    time_path = "/api/v4/spot/time"
    path = "/api/v4/account/main_keys"

    def time(self, now: int) -> object:
        return {"server_time": now}

    def refusal(self, request: Request) -> Answer | None:
        headers = request.headers
        stamp = headers.get("timestamp", "")
        if late(stamp, 60, unit=1):
            return 403, {
                "label": "REQUEST_EXPIRED",
                "message": "gap between request Timestamp and server time",
            }
        if headers.get("key") != self.key["api_key"]:
            return 401, {"label": "INVALID_KEY", "message": "Invalid key provided"}
        empty = hashlib.sha512(b"").hexdigest()
        message = f"GET\n{request.path}\n{request.raw_query}\n{empty}\n{stamp}"
        if headers.get("sign") != self.hmac(message, "sha512").hex():
            return 401, {"label": "INVALID_SIGNATURE", "message": "Signature mismatch"}
        return None

    def facts(self) -> object:
        common = {"state": 1, "mode": 1, "user_id": 1, "ip_whitelist": [], "currency_pairs": ["BTC_USD"]}
        other = {**common, "name": "test2", "perms": [{"name": "wallet", "read_only": False}]}
        perms = [{"name": "account", "read_only": True}, {"name": "spot", "read_only": False}]
        own = {**common, "name": "test1", "perms": perms, "key": f"{self.key['api_key'][:12]}*****"}
        times = {"created_at": 1753030929, "update_at": 1756300567, "last_access": 1753030929}
        return [{**other, **times, "key": "52fd0035f665*****"}, {**own, **times}]


class Deribit(Exchange):
    """docs.deribit.com: public/auth by client_signature; its answer holds two tokens."""

    time_path = "/api/v2/public/get_time"
    path = "/api/v2/public/auth"
    tokens = (
        "1582628593469.1MbQ-J_4.CBP-OqOwm_FBdMYj4cRK2dMX",
        "1582628593469.1GP4rQd0.A9Wa78o5kFRIUP49mScaD1Cq",
    )

    def time(self, now: int) -> object:
        return {"jsonrpc": "2.0", "result": now, "usIn": now * 1000, "usOut": now * 1000, "usDiff": 3}

    def refusal(self, request: Request) -> Answer | None:
        asked = request.query
        stamp = asked.get("timestamp", "")
        message = f"{stamp}\n{asked.get('nonce')}\n{asked.get('data')}"
        good = (
            asked.get("grant_type") == "client_signature"
            and asked.get("client_id") == self.key["api_key"]
            and not late(stamp, 60)
        )
        if good and self.public is not None:
            signature = base64.urlsafe_b64decode(asked["signature"] + "==")
            good = genuine(self.public, signature, message.encode())
        elif good:
            good = hmac.compare_digest(asked["signature"], self.hmac(message).hex())
        if good:
            return None
        error = {"message": "invalid_credentials", "code": 13004}
        return 400, {"jsonrpc": "2.0", "error": error, "usIn": 1, "usOut": 2, "usDiff": 1}

    def facts(self) -> object:
        result = {
            "access_token": self.tokens[0],
            "expires_in": 900,
            "refresh_token": self.tokens[1],
            "scope": "account:read block_trade:none mainaccount name:bots trade:read_write wallet:read",
            "enabled_features": [],
            "token_type": "bearer",
        }
        return {"jsonrpc": "2.0", "result": result, "testnet": False}


class Hyperliquid(Exchange):
    """POST /info: nothing is signed.

    Attributes:
        agents: addresses by the account that approved them.
        bodies: what was asked, decoded.
    """

    path = "/info"
    method = "POST"

    def __init__(self, key: dict[str, str], agents: Mapping[str, str]) -> None:
        """Know these agents."""
        super().__init__(key)
        self.agents, self.bodies = {a.lower(): m.lower() for a, m in agents.items()}, list[dict[str, str]]()

    def refusal(self, request: Request) -> Answer | None:
        asked = json.loads(request.body)
        self.bodies.append(asked)
        user = asked["user"]
        if asked["type"] == "userRole":
            if user in self.agents:
                return 200, {"role": "agent", "data": {"user": self.agents[user]}}
            return 200, {"role": "user" if user in self.agents.values() else "missing"}
        named = [agent for agent, master in self.agents.items() if master == user]
        return 200, [{"name": "p1", "address": agent, "validUntil": 1766846919956} for agent in named]
