"""Signed requests against two oracles: ccxt, offline, and what exchanges publish.

ccxt is the oracle for every exchange and every kind of key that it signs with: HMAC everywhere, Ed25519 and
RSA at Binance, RSA at Bybit, P-256 and Ed25519 (its base64) at Coinbase. Each comparison is of the whole
request, address, headers and body, for generated keys, times, parameters and bodies.

Bitget's RSA keys, Deribit's Ed25519 and RSA keys and Coinbase's Ed25519 keys in PEM are unknown to ccxt.
There the oracle is the text to sign that the exchange documents, and the public half of the key.
"""

from __future__ import annotations

import base64
import functools
import json
import random
import string
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from signatures import by_secret, genuine

from vault import Secret
from vault.credential import private_keys
from vault.errors import InvalidCredential
from vault.exchanges import profiles
from vault.verify import check
from vault.verify.request import Call, Request

ccxt = pytest.importorskip("ccxt")
requests = pytest.importorskip("requests")  # what ccxt sends with

CASES = 60
MANY = 2000  # for `pytest -m slow`
LETTERS = string.ascii_letters + string.digits

# What has to be encoded, and what a careless encoder gets wrong.
ODD = "-._~ !\"#$%&'()*+,/:;<=>?@\\^`{|}éß中文🔑\u00a0"
# ccxt puts the parameters of Bybit and KuCoin into the address as they are, where these would mean something
# else; test_what_separates_parameters_is_encoded has them.
NOT_IN_AN_ADDRESS = "#%&+;"


class Endpoint(NamedTuple):
    """One call, in our words and in ccxt's."""

    method: str
    path: str
    api: list[str]
    name: str


# The first of each exchange is what a verification asks.
ENDPOINTS: dict[str, list[Endpoint]] = {
    "okx": [
        Endpoint("GET", "/api/v5/account/config", ["private"], "account/config"),
        Endpoint("GET", "/api/v5/account/balance", ["private"], "account/balance"),
        Endpoint("POST", "/api/v5/account/set-leverage", ["private"], "account/set-leverage"),
    ],
    "binance": [
        Endpoint("GET", "/sapi/v1/account/apiRestrictions", ["sapi"], "account/apiRestrictions"),
        Endpoint("GET", "/api/v3/account", ["private"], "account"),
        Endpoint("POST", "/sapi/v1/asset/transfer", ["sapi"], "asset/transfer"),
    ],
    "bybit": [
        Endpoint("GET", "/v5/user/query-api", ["private"], "v5/user/query-api"),
        Endpoint("GET", "/v5/position/list", ["private"], "v5/position/list"),
        Endpoint("POST", "/v5/account/set-margin-mode", ["private"], "v5/account/set-margin-mode"),
    ],
    "coinbase": [
        Endpoint("GET", "/api/v3/brokerage/key_permissions", ["v3", "private"], "brokerage/key_permissions"),
        Endpoint("GET", "/api/v3/brokerage/accounts", ["v3", "private"], "brokerage/accounts"),
        Endpoint("POST", "/api/v3/brokerage/portfolios", ["v3", "private"], "brokerage/portfolios"),
    ],
    "kraken": [
        Endpoint("POST", "/0/private/GetApiKeyInfo", ["private"], "GetApiKeyInfo"),
        Endpoint("POST", "/0/private/Balance", ["private"], "Balance"),
    ],
    "kucoin": [
        Endpoint("GET", "/api/v1/user/api-key", ["private"], "user/api-key"),
        Endpoint("GET", "/api/v1/accounts", ["private"], "accounts"),
        Endpoint("POST", "/api/v1/orders/test", ["private"], "orders/test"),
    ],
    "bitget": [
        Endpoint("GET", "/api/v2/spot/account/info", ["private", "spot"], "v2/spot/account/info"),
        Endpoint("GET", "/api/v2/spot/account/assets", ["private", "spot"], "v2/spot/account/assets"),
        Endpoint("POST", "/api/v2/spot/wallet/transfer", ["private", "spot"], "v2/spot/wallet/transfer"),
    ],
    "gate": [
        Endpoint("GET", "/api/v4/account/main_keys", ["private", "account"], "main_keys"),
        Endpoint("GET", "/api/v4/account/detail", ["private", "account"], "detail"),
        Endpoint("GET", "/api/v4/spot/accounts", ["private", "spot"], "accounts"),
        Endpoint("POST", "/api/v4/wallet/transfers", ["private", "wallet"], "transfers"),
    ],
    "deribit": [
        Endpoint("GET", "/api/v2/private/list_api_keys", ["private"], "list_api_keys"),
        Endpoint("GET", "/api/v2/private/get_account_summary", ["private"], "get_account_summary"),
    ],
    "hyperliquid": [Endpoint("POST", "/info", ["public"], "info")],
}

HOSTS = {
    "okx": "www.okx.com",
    "binance": "api.binance.com",
    "bybit": "api.bybit.com",
    "coinbase": "api.coinbase.com",
    "kraken": "api.kraken.com",
    "kucoin": "api.kucoin.com",
    "bitget": "api.bitget.com",
    "gate": "api.gateio.ws",
    "deribit": "www.deribit.com",
    "hyperliquid": "api.hyperliquid.xyz",
}

# exchange: kinds of secret, of which the first is the usual one; "text" is one that both sides know.
KINDS = {
    "okx": ["text"],
    "binance": ["text", "ed25519", "rsa"],
    "bybit": ["text", "rsa"],
    "coinbase": ["p256", "p256-sec1", "ed25519-64", "ed25519-32"],
    "kraken": ["base64"],
    "kucoin": ["text"],
    "bitget": ["text"],
    "gate": ["text"],
    "deribit": ["text"],
    "hyperliquid": ["wallet"],
}
LOGIN = "/api/v2/public/auth"
PAIRS = [(exchange, kind) for exchange, kinds in KINDS.items() for kind in kinds]


class Case(NamedTuple):
    """One call by one credential at one time."""

    endpoint: Endpoint
    fields: dict[str, str]
    now: int
    parameters: dict[str, Any]

    @property
    def call(self) -> Call:
        if self.endpoint.method == "GET":
            return Call("GET", self.endpoint.path, query=self.parameters)
        return Call("POST", self.endpoint.path, body=self.parameters)


class Wire(NamedTuple):
    """A request as it is sent."""

    method: str
    host: str
    path: str
    query: str
    headers: dict[str, str]
    body: str


# --- generating -------------------------------------------------------------------------------------


@functools.cache
def rsa_keys() -> list[str]:
    """Two keys for the whole run: making and proving one takes longest."""
    return [private_keys.generate("rsa").reveal() for _ in range(2)]


def secret(chance: random.Random, kind: str) -> str:
    """A secret of that kind; but for RSA, the same one in every run."""
    if kind == "rsa":
        return chance.choice(rsa_keys())
    if kind == "base64":
        return base64.b64encode(chance.randbytes(64)).decode()
    if kind == "wallet":
        return f"0x{chance.randbytes(32).hex()}"
    if kind.startswith("ed25519"):
        key = ed25519.Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        seed, public = key.private_bytes_raw(), key.public_key().public_bytes_raw()
        if kind == "ed25519":
            return pem(key)
        return base64.b64encode(seed + public if kind.endswith("64") else seed).decode()
    if kind.startswith("p256"):
        drawn = ec.derive_private_key(int.from_bytes(chance.randbytes(31)) + 1, ec.SECP256R1())
        sec1 = serialization.PrivateFormat.TraditionalOpenSSL
        return pem(drawn, sec1) if kind.endswith("sec1") else pem(drawn)
    return text(chance, LETTERS, 1, 64)


def pem(key: Any, form: Any = serialization.PrivateFormat.PKCS8) -> str:
    written: bytes = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return written.decode()


def text(chance: random.Random, alphabet: str, least: int, most: int) -> str:
    return "".join(chance.choices(alphabet, k=chance.randint(least, most)))


def cases(exchange: str, kind: str, count: int) -> Iterator[Case]:
    """The same ones in every run; the first asks what a verification asks, without parameters."""
    chance = random.Random(f"{exchange} {kind}")
    odd = "".join(c for c in ODD if exchange not in ("bybit", "kucoin") or c not in NOT_IN_AN_ADDRESS)
    for number in range(count):
        endpoint = ENDPOINTS[exchange][0] if number == 0 else chance.choice(ENDPOINTS[exchange])
        fields = {"api_key": text(chance, LETTERS + "-_", 1, 64), "secret_key": secret(chance, kind)}
        if exchange in ("okx", "kucoin", "bitget"):
            fields["passphrase"] = text(chance, LETTERS + string.punctuation, 7, 32)
        if exchange == "hyperliquid":
            fields = {
                "wallet_address": "0x" + chance.randbytes(20).hex(),
                "private_key": fields["secret_key"],
            }
        if exchange == "coinbase" and chance.random() < 0.5:
            fields["api_key"] = (
                f"organizations/{chance.randbytes(16).hex()}/apiKeys/{chance.randbytes(16).hex()}"
            )
        alphabet = LETTERS if number % 3 == 0 else LETTERS + odd * 4
        parameters: dict[str, Any] = {
            text(chance, LETTERS + "_", 1, 12): text(chance, alphabet, 0, 20)
            for _ in range(0 if number == 0 else chance.randint(0, 4))
        }
        if endpoint.method == "POST" and exchange not in ("binance", "kraken") and number % 2:
            nested = [{"a": text(chance, alphabet, 0, 9)}, True, None, chance.randint(-9, 10**9)]
            parameters["nested"] = nested
        yield Case(endpoint, fields, chance.randint(1_500_000_000_000, 4_000_000_000_000), parameters)


# --- what ccxt makes of it --------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="module")
def pem_read_once() -> Iterator[None]:
    """Proving an RSA key takes 40 ms, hundreds of times: what the library found is remembered."""
    with pytest.MonkeyPatch.context() as patch:
        remembered = functools.cache(serialization.load_pem_private_key)
        patch.setattr(serialization, "load_pem_private_key", remembered)
        patch.setattr(sys.modules["ccxt.base.exchange"], "load_pem_private_key", remembered)
        yield


@functools.cache
def client(exchange: str) -> Any:
    """The ccxt class, without what it adds of its own: the broker's name, and Binance's longer window."""
    made = getattr(ccxt, exchange)()
    made.options["partner"] = {}
    if exchange == "binance":
        del made.options["recvWindow"]
    return made


def theirs(exchange: str, case: Case) -> Wire:
    """The request that ccxt would send."""
    oracle, fields, endpoint = client(exchange), case.fields, case.endpoint
    oracle.apiKey, oracle.secret = fields.get("api_key"), fields.get("secret_key")
    oracle.password = fields.get("passphrase")
    oracle.milliseconds, oracle.seconds = (lambda: case.now), (lambda: case.now // 1000)
    oracle.options["lastNonce"] = 0  # one instance stands for many credentials
    made = oracle.sign(endpoint.name, endpoint.api, endpoint.method, dict(case.parameters))
    url = requests.Request(made["method"], made["url"]).prepare().url
    brokers = ("X-CHANNEL-API-CODE", "Referer")
    headers = {name: value for name, value in (made["headers"] or {}).items() if name not in brokers}
    return wire(exchange, case, made["method"], url, headers, made["body"] or "")


def ours(exchange: str, case: Case) -> Wire:
    """The request that we would send."""
    signed = signed_of(exchange, case)
    url = f"https://{HOSTS[exchange]}{signed.target}"
    return wire(exchange, case, signed.method, url, dict(signed.headers), signed.body.decode())


def sign(exchange: str, call: Call, fields: dict[str, Secret], *, now: int, host: str) -> Request:
    """The request for *call*, as that exchange's module signs it."""
    made: Request = check.module_of(profiles.load(exchange)).sign(call, fields, now, host)
    return made


def signed_of(exchange: str, case: Case) -> Request:
    fields = {name: Secret(value) for name, value in case.fields.items()}
    return sign(exchange, case.call, fields, now=case.now, host=HOSTS[exchange])


def wire(exchange: str, case: Case, method: str, url: str, headers: dict[str, str], body: str) -> Wire:
    parts = urlsplit(url)
    query = parts.query
    if exchange in ("bybit", "kucoin"):  # ccxt leaves it to requests what it encodes: the parameters count
        query = repr(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    if exchange == "coinbase":
        headers = {
            **headers,
            "Authorization": repr(token(headers["Authorization"], case.fields["secret_key"])),
        }
    return Wire(method, parts.netloc, parts.path, query, headers, body)


def token(authorization: str, secret: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Head and claims, sorted and without the random nonce, of a token that the key has signed."""
    assert authorization.startswith("Bearer ")
    written, _, signature = authorization.removeprefix("Bearer ").rpartition(".")
    assert genuine(public_key(secret), from_base64url(signature), written.encode())
    head, claims = (json.loads(from_base64url(part)) for part in written.split("."))
    assert len(head.pop("nonce")) > 24
    return dict(sorted(head.items())), dict(sorted(claims.items()))


def from_base64url(text: str) -> bytes:
    assert not set(text) - set(LETTERS + "-_")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_key(secret: str) -> Any:
    if "PRIVATE KEY" in secret:
        return serialization.load_pem_private_key(secret.encode(), None).public_key()
    return ed25519.Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret)[:32]).public_key()


@pytest.mark.promise(11)
@pytest.mark.parametrize(("exchange", "kind"), PAIRS)
def test_a_request_is_the_one_that_ccxt_makes(exchange: str, kind: str) -> None:
    """Method, address, headers and body are the same; of a token what it says, and that it is signed."""
    for case in cases(exchange, kind, CASES):
        assert theirs(exchange, case) == ours(exchange, case), case.endpoint


@pytest.mark.slow
@pytest.mark.parametrize(("exchange", "kind"), PAIRS)
def test_many_requests_are_the_ones_that_ccxt_makes(exchange: str, kind: str) -> None:
    """The same, for many more cases."""
    for case in cases(exchange, kind, MANY):
        assert theirs(exchange, case) == ours(exchange, case), case.endpoint


def test_every_exchange_has_its_cases() -> None:
    """Each of the ten is compared on fifty or more different requests."""
    counts = dict.fromkeys(ENDPOINTS, 0)
    for exchange, kind in PAIRS:
        counts[exchange] += len({repr(case) for case in cases(exchange, kind, CASES)})
    assert {} == {exchange: count for exchange, count in counts.items() if count < 50}
    assert len(counts) == 10


@pytest.mark.parametrize("exchange", ENDPOINTS)
def test_what_a_profile_asks_is_compared(exchange: str) -> None:
    """The test request of each exchange's profile is one of the endpoints above, or Deribit's login."""
    asked = profiles.load(exchange).verify
    assert asked is not None
    known = {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS[exchange]} | {("GET", LOGIN)}
    paths = {(asked.method, asked.path)} | ({("GET", asked.balance)} if asked.balance else set())
    assert set() == paths - known


# --- kinds of key that ccxt does not know -----------------------------------------------------------


def test_an_rsa_key_of_bitget_signs_the_documented_text() -> None:
    """Oracle: ccxt for all but the signature; for it Bitget's API documentation, "RSA", with the public key.

    Time, method in capitals, path, the sorted query and the body are signed with SHA256withRSA, in base64.
    """
    for case in cases("bitget", "rsa", CASES):
        by_text = theirs("bitget", case._replace(fields={**case.fields, "secret_key": "text"}))
        by_key = ours("bitget", case)
        signature = by_key.headers.pop("ACCESS-SIGN")
        assert by_text.headers.pop("ACCESS-SIGN") != signature
        assert by_text == by_key
        query = "&".join(f"{name}={value}" for name, value in sorted(case.call.query.items()))
        message = f"{case.now}{case.call.method}{case.call.path}{'?' * bool(query)}{query}{by_key.body}"
        assert genuine(
            public_key(case.fields["secret_key"]),
            base64.b64decode(signature, validate=True),
            message.encode(),
        )


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "text"])
def test_deribits_login_signs_the_documented_text(kind: str) -> None:
    """Oracle: docs.deribit.com, "Asymmetric API keys" and "public/auth", with the public key.

    Time, nonce and data are signed, a line each; in base64url without padding by a private key, as a
    hexadecimal HMAC-SHA256 by a client secret.
    """
    for case in cases("deribit", kind, CASES):
        key = Secret(case.fields["secret_key"])
        fields = {"api_key": Secret(case.fields["api_key"]), "secret_key": key}
        signed = sign("deribit", Call("GET", LOGIN), fields, now=case.now, host=HOSTS["deribit"])
        path, _, query = signed.target.partition("?")
        sent = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True))
        message = f"{sent['timestamp']}\n{sent['nonce']}\n{sent['data']}".encode()
        signature = sent.pop("signature")
        assert ("GET", LOGIN, {}, b"") == (signed.method, path, dict(signed.headers), signed.body)
        assert sent == {
            "grant_type": "client_signature",
            "client_id": case.fields["api_key"],
            "timestamp": str(case.now),
            "nonce": str(case.now),
            "data": "",
        }
        if kind == "text":
            assert by_secret(key.reveal(), message).hex() == signature
        else:
            assert genuine(public_key(key.reveal()), from_base64url(signature), message)


def test_an_ed25519_key_of_coinbase_may_be_pem() -> None:
    """Oracle: ccxt with the same key in base64, the one form of it that ccxt takes."""
    for case in cases("coinbase", "ed25519", CASES):
        key = serialization.load_pem_private_key(case.fields["secret_key"].encode(), None)
        assert isinstance(key, ed25519.Ed25519PrivateKey)
        seed = base64.b64encode(key.private_bytes_raw()).decode()
        assert theirs("coinbase", case._replace(fields={**case.fields, "secret_key": seed})) == ours(
            "coinbase", case
        )


def test_coinbases_own_library_says_the_same() -> None:
    """What coinbase-advanced-py 1.8.4 claims of itself is in each token: subject, times, method and place.

    Its issuer is "cdp" for both kinds and its place is always in ``uri``; ccxt differs there, and so do we.
    """
    for kind in ("p256", "ed25519"):
        case = next(cases("coinbase", kind, 1))
        signed = signed_of("coinbase", case)
        _, claims = token(signed.headers["Authorization"], case.fields["secret_key"])
        begun, place = case.now // 1000, "GET api.coinbase.com/api/v3/brokerage/key_permissions"
        assert (case.fields["api_key"], begun, begun + 120) == (claims["sub"], claims["nbf"], claims["exp"])
        assert place == claims.get("uri", claims.get("uris", [None])[0])


def test_krakens_published_signature_is_ours() -> None:
    """docs.kraken.com, "Spot REST authentication": key, nonce, body and signature of its example."""
    secret = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
    order = {"ordertype": "limit", "pair": "XBTUSD", "price": 37500, "type": "buy", "volume": "1.25"}
    fields = {"api_key": Secret("key"), "secret_key": Secret(secret)}
    signed = sign(
        "kraken",
        Call("POST", "/0/private/AddOrder", body=order),
        fields,
        now=1616492376594,
        host=HOSTS["kraken"],
    )
    wanted = "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
    assert wanted == signed.headers["API-Sign"]
    assert signed.body.decode() == (
        "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
    )


# --- what no oracle tells ---------------------------------------------------------------------------


@pytest.mark.parametrize("exchange", ["bybit", "kucoin"])
def test_what_separates_parameters_is_encoded(exchange: str) -> None:
    """A value with such characters is one value when it arrives; signed is what it stands for."""
    query = {"a": NOT_IN_AN_ADDRESS + "=?", "b c": "\u00e9"}
    fields = {name: Secret("x") for name in ("api_key", "secret_key", "passphrase")}
    signed = sign(exchange, Call("GET", "/path", query=query), fields, now=1, host=HOSTS[exchange])
    assert signed.target == "/path?a=%23%25%26%2B%3B%3D%3F&b%20c=%C3%A9"
    plain = "a=#%&+;=?&b c=\u00e9"
    message = {"bybit": f"1x5000{plain}", "kucoin": f"1GET/path?{plain}"}[exchange].encode()
    digest = by_secret(b"x", message)
    wanted = digest.hex() if exchange == "bybit" else base64.b64encode(digest).decode()
    assert wanted == signed.headers["X-BAPI-SIGN" if exchange == "bybit" else "KC-API-SIGN"]


def test_truth_values_in_a_form_are_json_words() -> None:
    """A form has no types: true and false, as in JSON, and numbers in digits."""
    fields = {"api_key": Secret("x"), "secret_key": Secret("eA==")}
    call = Call("POST", "/0/private/X", body={"a": True, "b": False, "c": 12})
    signed = sign("kraken", call, fields, now=1, host="")
    assert signed.body == b"nonce=1&a=true&b=false&c=12"


def test_krakens_second_factor_is_sent() -> None:
    """A key with a password of its own has it in every request, behind the nonce and signed with it."""
    case = next(cases("kraken", "base64", 1))
    with_otp = case._replace(fields={**case.fields, "otp": "p w"})
    wanted = theirs("kraken", case._replace(parameters={"otp": "p w"}))
    assert wanted == ours("kraken", with_otp)


@pytest.mark.parametrize("exchange", ENDPOINTS)
def test_a_signature_depends_on_nothing_else(exchange: str) -> None:
    """The same call, fields and time make the same request, and leave the call as it was."""
    for kind in KINDS[exchange]:
        case = list(cases(exchange, kind, 4))[-1]
        before = repr(case)
        assert ours(exchange, case) == ours(exchange, case)
        assert before == repr(case)


def test_every_token_has_its_own_nonce() -> None:
    """Coinbase's nonce is random; 16 bytes, in hexadecimal."""
    case = next(cases("coinbase", "p256", 1))
    heads = [signed_of("coinbase", case).headers["Authorization"].split()[1].split(".")[0] for _ in range(20)]
    nonces = {json.loads(from_base64url(head))["nonce"] for head in heads}
    assert {32} == {len(nonce) for nonce in nonces}
    assert len(nonces) == 20


@pytest.mark.promise(4)
def test_a_request_shows_no_secret_of_its_own() -> None:
    """Neither repr nor str holds a parameter, a header or the body."""
    for exchange in ENDPOINTS:
        case = next(case for case in cases(exchange, KINDS[exchange][0], CASES) if case.parameters)
        signed = signed_of(exchange, case)
        assert f"Request({signed.method} {case.endpoint.path})" == repr(signed) == str(signed)


def test_a_missing_field_is_named() -> None:
    """Each field that an exchange wants is asked for by its name."""
    for exchange in ENDPOINTS:
        case = next(cases(exchange, KINDS[exchange][0], 1))
        for name in case.fields if exchange != "hyperliquid" else ():
            rest = {other: value for other, value in case.fields.items() if other != name}
            with pytest.raises(InvalidCredential, match=f"the credential has no {name}$"):
                signed_of(exchange, case._replace(fields=rest))


HEADERS = ["okx", "binance", "bybit", "kraken", "kucoin", "bitget", "gate", "deribit"]


@pytest.mark.parametrize("exchange", HEADERS)
def test_nothing_breaks_out_of_a_header(exchange: str) -> None:
    """A key or a passphrase with a line break, a control character or beyond ASCII is refused, not sent."""
    case = next(cases(exchange, KINDS[exchange][0], 1))
    for name in ("api_key", *(["passphrase"] if exchange in ("okx", "bitget") else [])):
        for value in ("a\r\nX-Other: b", "a\nb", "a\0", "Passwort-\u00fc", "\u2028"):
            with pytest.raises(InvalidCredential) as caught:
                signed_of(exchange, case._replace(fields={**case.fields, name: value}))
            assert f"the {name} has characters that no header of a request can carry" == str(caught.value)


def test_no_header_holds_a_line_break() -> None:
    """Whatever is signed by whatever key: the headers of all cases are printable ASCII."""
    for exchange, kind in PAIRS:
        for case in cases(exchange, kind, 10):
            signed = signed_of(exchange, case)
            parts = [signed.target, *signed.headers, *signed.headers.values()]
            assert [] == [part for part in parts if not (part.isascii() and part.isprintable())]
            assert " " not in signed.target


@pytest.mark.parametrize(
    ("exchange", "kind"),
    [
        ("binance", "p256"),
        ("bybit", "ed25519"),
        ("bitget", "p256"),
        ("bitget", "ed25519"),
        ("coinbase", "rsa"),
        ("coinbase", "wallet"),
        ("coinbase", "text"),
        ("deribit", "p256"),
    ],
)
def test_a_key_of_another_kind_signs_nothing(exchange: str, kind: str) -> None:
    """An exchange that cannot have such a key is not asked with it; the key is in no message."""
    case = next(cases(exchange, kind, 1))
    if exchange == "deribit":
        case = case._replace(endpoint=case.endpoint._replace(path=LOGIN))
    with pytest.raises(InvalidCredential) as caught:
        signed_of(exchange, case)
    assert case.fields["secret_key"] not in f"{caught.value} {caught.value.hint}"


def test_a_private_key_signs_deribits_login_only() -> None:
    """Any other call says what to ask in its place."""
    with pytest.raises(InvalidCredential, match="nothing at Deribit but the login") as caught:
        signed_of("deribit", next(cases("deribit", "ed25519", 1)))
    assert LOGIN in caught.value.hint


def test_a_damaged_private_key_is_no_text_secret() -> None:
    """A PEM that lost a line is not taken for a secret of characters."""
    case = next(cases("binance", "ed25519", 1))
    cut = case.fields["secret_key"].replace("-----END PRIVATE KEY-----\n", "")
    with pytest.raises(InvalidCredential, match="cut off"):
        signed_of("binance", case._replace(fields={**case.fields, "secret_key": cut}))


def test_a_secret_of_krakens_is_base64() -> None:
    """Another text is refused, and not shown."""
    case = next(cases("kraken", "base64", 1))
    good = case.fields["secret_key"]
    for secret in (good[:-1], f"{good[:8]}!{good[8:]}", f" {good}", "k\u00e9y"):
        with pytest.raises(InvalidCredential) as caught:
            signed_of("kraken", case._replace(fields={**case.fields, "secret_key": secret}))
        assert "the secret_key is not base64: a character is missing or changed" == str(caught.value)
        assert caught.value.__suppress_context__


def test_a_call_gets_or_posts() -> None:
    """No other method, and no other writing of one."""
    for method in ("get", "DELETE", "GET /x HTTP/1.1\r\n", ""):
        with pytest.raises(InvalidCredential):
            Call(method, "/")


def test_a_call_has_a_plain_path() -> None:
    """A query, a fragment, blanks and encoded characters have no place in it."""
    for path in ("", "api", "/a?b=c", "/a#b", "/a b", "/a\r\nHost: x", "/\u00e9", "/%41", "/x@y"):
        with pytest.raises(InvalidCredential):
            Call("GET", path)
