"""The stand-in refuses what OKX refuses: else a client test against it would prove nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from okx_standin import Standin

EXAMPLES = Path(__file__).parents[2] / "examples"
BALANCE = "/api/v5/account/balance"
CONFIG = "/api/v5/account/config"
Answer = tuple[int, dict[str, Any]]


@pytest.fixture
def okx() -> Iterator[Standin]:
    """A stand-in of this test's own."""
    with Standin() as standin:
        yield standin


def stamp(offset: float = 0) -> str:
    """OKX's form of the time *offset* seconds from now."""
    moment = datetime.now(UTC) + timedelta(seconds=offset)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def signed(
    key: dict[str, str], target: str, /, when: str | None = None, **changes: str | None
) -> dict[str, str]:
    """Headers by OKX's published rule; *changes* replaces one or, with None, leaves one out."""
    when = stamp() if when is None else when
    signature = hmac.digest(key["secret_key"].encode(), (when + "GET" + target).encode(), hashlib.sha256)
    headers: dict[str, str | None] = {
        "OK-ACCESS-KEY": key["api_key"],
        "OK-ACCESS-SIGN": base64.b64encode(signature).decode("ascii"),
        "OK-ACCESS-TIMESTAMP": when,
        "OK-ACCESS-PASSPHRASE": key["passphrase"],
    }
    headers |= {f"OK-ACCESS-{name.upper()}": value for name, value in changes.items()}
    return {name: value for name, value in headers.items() if value is not None}


def get(okx: Standin, target: str, headers: dict[str, str], method: str = "GET") -> Answer:
    """Send exactly these headers; the answer's status and body."""
    connection = http.client.HTTPConnection(okx.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, target, headers=headers)
        response = connection.getresponse()
        return response.status, json.load(response)
    finally:
        connection.close()


def refusal(answer: Answer) -> tuple[int, str]:
    """Status and code of an answer that must carry no data."""
    status, body = answer
    assert [] == body["data"]
    return status, body["code"]


def test_the_documented_signature_example_is_ours() -> None:
    """OKX's rule as another implementation's test vector gives it (nautilus_trader, crates/adapters/okx)."""
    key = {
        "api_key": "985d5b66-57ce-40fb-b714-afc0b9787083",
        "secret_key": "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO",
        "passphrase": "1234567890",
    }
    headers = signed(key, BALANCE, when="2020-12-08T09:08:57.715Z")
    assert "PJ61e1nb2F2Qd7D8SPiaIcx2gjdELc+o0ygzre9z33k=" == headers["OK-ACCESS-SIGN"]


def test_a_right_signature_is_answered(okx: Standin) -> None:
    """A signed request gets the balance, and the log says it was verified."""
    status, body = get(okx, BALANCE, signed(okx.create_key(), BALANCE))
    assert (200, "0", "") == (status, body["code"], body["msg"])
    assert {"USDT": "1234.56", "BTC": "0.5"} == {
        held["ccy"]: held["cashBal"] for held in body["data"][0]["details"]
    }
    assert [(BALANCE, "0")] == okx.log


def test_the_query_string_is_signed_too(okx: Standin) -> None:
    """With the query inside the signature the request is answered, and the query obeyed."""
    target = BALANCE + "?ccy=BTC"
    _, body = get(okx, target, signed(okx.create_key(), target))
    assert ["BTC"] == [held["ccy"] for held in body["data"][0]["details"]]


def test_a_signature_without_the_query_string_is_refused(okx: Standin) -> None:
    """A signature over the bare path does not cover a request with a query."""
    headers = signed(okx.create_key(), BALANCE)
    assert (401, "50113") == refusal(get(okx, BALANCE + "?ccy=BTC", headers))


def test_a_signature_for_another_path_is_refused(okx: Standin) -> None:
    """A signature is good for one path only."""
    assert (401, "50113") == refusal(get(okx, CONFIG, signed(okx.create_key(), BALANCE)))


def test_one_changed_character_of_the_secret_is_refused(okx: Standin) -> None:
    """A secret with its last character changed signs wrongly."""
    key = okx.create_key()
    last = "0" if key["secret_key"][-1] != "0" else "1"
    wrong = key | {"secret_key": key["secret_key"][:-1] + last}
    assert (401, "50113") == refusal(get(okx, BALANCE, signed(wrong, BALANCE)))
    assert [(BALANCE, "50113")] == okx.log


def test_a_hexadecimal_signature_is_refused(okx: Standin) -> None:
    """The digest has to be base64."""
    key, when = okx.create_key(), stamp()
    digest = hmac.digest(key["secret_key"].encode(), f"{when}GET{BALANCE}".encode(), hashlib.sha256)
    assert (401, "50113") == refusal(get(okx, BALANCE, signed(key, BALANCE, when=when, sign=digest.hex())))


@pytest.mark.parametrize("change", [str.lower, lambda text: text + " x", lambda text: text[:-1]])
def test_a_wrong_passphrase_is_refused(okx: Standin, change: Callable[[str], str]) -> None:
    """The passphrase must match exactly, though it is not part of the signature."""
    key = okx.create_key()
    headers = signed(key, BALANCE, passphrase=change(key["passphrase"]))
    assert (401, "50105") == refusal(get(okx, BALANCE, headers))


@pytest.mark.parametrize("offset", [-31, 31])
def test_a_timestamp_beyond_thirty_seconds_is_refused(okx: Standin, offset: int) -> None:
    """A correctly signed request expires, and cannot be dated ahead."""
    assert (401, "50102") == refusal(get(okx, BALANCE, signed(okx.create_key(), BALANCE, when=stamp(offset))))


@pytest.mark.parametrize("offset", [-25, 25])
def test_a_timestamp_within_thirty_seconds_is_accepted(okx: Standin, offset: int) -> None:
    """A clock a little off still works."""
    status, _ = get(okx, BALANCE, signed(okx.create_key(), BALANCE, when=stamp(offset)))
    assert 200 == status


@pytest.mark.parametrize(
    "when",
    [
        "1700000000.000",
        "2026-02-31T00:00:00.000Z",
        "2026-02-01 00:00:00.000Z",
        "2026-02-01T00:00:00Z",
        "2026-02-01T00:00:00.000000Z",
    ],
)
def test_a_timestamp_of_another_form_is_refused(okx: Standin, when: str) -> None:
    """Only ISO-8601 in UTC with milliseconds counts; Unix seconds are for the websocket."""
    assert (401, "50112") == refusal(get(okx, BALANCE, signed(okx.create_key(), BALANCE, when=when)))


@pytest.mark.parametrize(
    ("name", "code"), [("key", "50103"), ("passphrase", "50104"), ("sign", "50106"), ("timestamp", "50107")]
)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_or_empty_header_is_refused(okx: Standin, name: str, code: str, value: str | None) -> None:
    """Each of the four headers has an error of its own."""
    assert (401, code) == refusal(get(okx, BALANCE, signed(okx.create_key(), BALANCE, **{name: value})))


def test_an_unknown_key_is_refused(okx: Standin) -> None:
    """A key that was never created here, as when a key meets another region's host."""
    with Standin() as other:
        stranger = other.create_key()
    assert (401, "50119") == refusal(get(okx, BALANCE, signed(stranger, BALANCE)))


def test_a_malformed_key_is_refused(okx: Standin) -> None:
    """Something that cannot be a key at all, as when key and secret were swapped."""
    key = okx.create_key()
    assert (401, "50111") == refusal(get(okx, BALANCE, signed(key, BALANCE, key=key["secret_key"])))


@pytest.mark.parametrize(("demo", "header"), [(False, "1"), (True, "0"), (True, None)])
def test_a_key_in_the_wrong_environment_is_refused(okx: Standin, demo: bool, header: str | None) -> None:
    """A live key with the demo header, and a demo key without it."""
    extra = {} if header is None else {"x-simulated-trading": header}
    headers = signed(okx.create_key(demo=demo), BALANCE) | extra
    assert (401, "50101") == refusal(get(okx, BALANCE, headers))


@pytest.mark.parametrize(("demo", "header"), [(False, "0"), (True, "1")])
def test_a_key_in_its_own_environment_is_answered(okx: Standin, demo: bool, header: str) -> None:
    """python-okx sends the header always, with 0 for live."""
    headers = signed(okx.create_key(demo=demo), BALANCE) | {"x-simulated-trading": header}
    assert 200 == get(okx, BALANCE, headers)[0]


def test_a_key_bound_to_another_address_is_refused(okx: Standin) -> None:
    """OKX's message names the caller's own address."""
    status, body = get(okx, BALANCE, signed(okx.create_key(ip="203.0.113.0/24"), BALANCE))
    assert (401, "50110", True) == (status, body["code"], "127.0.0.1" in body["msg"])


def test_the_configuration_tells_permissions_and_addresses(okx: Standin) -> None:
    """account/config is how a key learns about itself."""
    key = okx.create_key(perm="read_only", ip="127.0.0.0/8,2001:db8::1")
    _, body = get(okx, CONFIG, signed(key, CONFIG))
    assert ("read_only", "127.0.0.0/8,2001:db8::1") == (body["data"][0]["perm"], body["data"][0]["ip"])


def test_the_configuration_tells_name_and_account(okx: Standin) -> None:
    """A sub-account's uid is not the main one's."""
    for sub in (False, True):
        key = okx.create_key(label="bots", sub=sub)
        config = get(okx, CONFIG, signed(key, CONFIG))[1]["data"][0]
        assert "bots" == config["label"]
        assert sub is (config["uid"] != config["mainUid"])


def test_a_frozen_key_is_refused(okx: Standin) -> None:
    """Until it is thawed; before passphrase and signature are looked at."""
    key = okx.create_key(frozen=True)
    assert (400, "50100") == refusal(get(okx, BALANCE, signed(key, BALANCE, sign="x")))
    okx.change_key(key["api_key"], frozen=False)
    assert 200 == get(okx, BALANCE, signed(key, BALANCE))[0]


def test_a_deleted_key_does_not_exist(okx: Standin) -> None:
    """As one that never did."""
    key = okx.create_key()
    okx.delete_key(key["api_key"])
    assert (401, "50119") == refusal(get(okx, BALANCE, signed(key, BALANCE)))


def test_too_many_requests_are_refused(okx: Standin) -> None:
    """A good request is, too, and public ones are not."""
    okx.limited = True
    assert (429, "50011") == refusal(get(okx, BALANCE, signed(okx.create_key(), BALANCE)))
    assert 200 == get(okx, "/api/v5/public/time", {})[0]


def test_its_clock_can_be_ahead() -> None:
    """Its time says so, and requests are judged by it."""
    with Standin(ahead=40) as okx:
        _, body = get(okx, "/api/v5/public/time", {})
        assert 35 < int(body["data"][0]["ts"]) / 1000 - datetime.now(UTC).timestamp() < 45
        key = okx.create_key()
        assert (401, "50102") == refusal(get(okx, BALANCE, signed(key, BALANCE)))
        assert 200 == get(okx, BALANCE, signed(key, BALANCE, when=stamp(40)))[0]


def test_the_time_needs_no_key(okx: Standin) -> None:
    """public/time is in milliseconds, and ours."""
    _, body = get(okx, "/api/v5/public/time", {})
    assert abs(int(body["data"][0]["ts"]) / 1000 - datetime.now(UTC).timestamp()) < 5


@pytest.mark.parametrize(
    ("method", "target", "status"), [("GET", "/api/v5/trade/orders", 404), ("POST", BALANCE, 405)]
)
def test_what_it_does_not_serve_is_refused(okx: Standin, method: str, target: str, status: int) -> None:
    """Nothing is answered by accident, signed or not."""
    assert status == get(okx, target, signed(okx.create_key(), target), method=method)[0]


def test_a_created_key_has_the_shape_of_okx(okx: Standin) -> None:
    """UUID, 32 upper-case hex characters, and a passphrase that OKX's rule accepts."""
    key = okx.create_key()
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key["api_key"])
    assert re.fullmatch(r"[0-9A-F]{32}", key["secret_key"])
    assert 8 <= len(key["passphrase"]) <= 32
    assert all(re.search(kind, key["passphrase"]) for kind in ("[0-9]", "[A-Z]", "[a-z]", "[^0-9A-Za-z]"))


def test_a_client_that_goes_away_is_no_error(okx: Standin, capfd: pytest.CaptureFixture[str]) -> None:
    """A reset connection leaves no traceback, and the next request is answered."""
    connection = socket.create_connection(("127.0.0.1", int(okx.url.rpartition(":")[2])), timeout=10)
    # Closing with a linger time of zero sends a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sendall(b"GET /api/v5/public/time HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
    connection.recv(1)
    connection.close()
    assert 200 == get(okx, "/api/v5/public/time", {})[0]
    time.sleep(0.1)  # seconds; the other connection's thread may still be at it
    assert ("", "") == capfd.readouterr()


def start(*options: str) -> subprocess.Popen[bytes]:
    """The stand-in as a command of its own."""
    command = [sys.executable, str(EXAMPLES / "okx_standin.py"), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def line_of(process: subprocess.Popen[bytes]) -> bytes:
    """The next line that *process* prints."""
    assert process.stdout
    return process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_prints_address_and_key_and_nothing_else(number: signal.Signals) -> None:
    """Two JSON lines, silence while serving, and a clean end by signal."""
    process = start("--create-key")
    try:
        url, key = (json.loads(line_of(process)) for _ in range(2))
        assert ({"url"}, {"api_key", "secret_key", "passphrase"}) == (set(url), set(key))
        connection = http.client.HTTPConnection(url["url"].removeprefix("http://"), timeout=10)
        connection.request("GET", BALANCE, headers=signed(key, BALANCE))
        assert 200 == connection.getresponse().status
        connection.close()
        process.send_signal(number)
        assert (b"", b"") == process.communicate(timeout=10)
        assert 0 == process.returncode
    finally:
        process.kill()


def test_the_command_makes_a_key_of_a_kind() -> None:
    """What may be said of a key in a test can be said on the command line."""
    options = ("--perm", "read_only", "--ip", "127.0.0.1", "--label", "bots", "--ahead", "-10")
    process = start("--create-key", *options)
    try:
        url, key = (json.loads(line_of(process)) for _ in range(2))
        connection = http.client.HTTPConnection(url["url"].removeprefix("http://"), timeout=10)
        connection.request("GET", CONFIG, headers=signed(key, CONFIG))
        config = json.load(connection.getresponse())["data"][0]
        assert ("read_only", "127.0.0.1", "bots") == (config["perm"], config["ip"], config["label"])
        connection.request("GET", "/api/v5/public/time")
        told = int(json.load(connection.getresponse())["data"][0]["ts"]) / 1000
        assert -15 < told - time.time() < -5
        connection.close()
    finally:
        process.kill()
        process.communicate()


def test_the_command_takes_a_key_from_a_file(tmp_path: Path, okx: Standin) -> None:
    """--key-file accepts what --create-key printed, and does not show it again."""
    key = okx.create_key()
    file = tmp_path / "key.json"
    file.write_text(json.dumps(key))
    process = start("--key-file", str(file), "--demo")
    try:
        url = json.loads(line_of(process))["url"]
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.request("GET", BALANCE, headers=signed(key, BALANCE) | {"x-simulated-trading": "1"})
        assert 200 == connection.getresponse().status
        connection.close()
        process.terminate()
        assert b"" == process.communicate(timeout=10)[0]
    finally:
        process.kill()
