"""One request, against servers that do everything wrong.

Nothing of the credential may be in an error, nothing may go to a second origin, and time and memory are
bounded. Deadlines are short here, and the servers would wait much longer: a test that ends shows that the
deadline held.
"""

from __future__ import annotations

import gzip
import ipaddress
import json
import socket
import ssl
import struct
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

import pytest
from asking import KEY, LATE, SOON, ask, record, refusal
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from okx_standin import Standin

from vault import errors
from vault.exchanges import profiles
from vault.verify import check


@pytest.fixture
def okx() -> Iterator[Standin]:
    """A stand-in of this test's own."""
    with Standin() as standin:
        yield standin


# --- a server that misbehaves -----------------------------------------------------------------------------

TIME = "/api/v5/public/time"
Deed = Callable[["Rogue", socket.socket], None]


class Rogue:
    """A server that answers the first *honest* requests rightly and then does its worst.

    Attributes:
        heard: every request's first line and headers, as they came.
    """

    def __init__(self, deed: Deed, honest: int = 1, family: int = socket.AF_INET) -> None:
        """Listen on a free port of this machine."""
        self.deed, self.honest, self.heard = deed, honest, list[bytes]()
        self.over = threading.Event()
        self._socket = socket.socket(family)
        self._socket.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self._socket.listen(8)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        """Serve in a thread, each connection in one of its own."""
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and end what still waits."""
        self.over.set()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(line,), daemon=True).start()

    def _one(self, line: socket.socket) -> None:
        line.settimeout(LATE)
        with line:
            try:
                head = b""
                while b"\r\n\r\n" not in head:
                    if not (piece := line.recv(4096)):
                        return
                    head += piece
                self.heard.append(head)
                if len(self.heard) <= self.honest:
                    line.sendall(whole(good_time()))
                else:
                    self.deed(self, line)
            except OSError:  # the other side had enough
                pass


def good_time() -> bytes:
    """What OKX says on its time."""
    return json.dumps({"code": "0", "msg": "", "data": [{"ts": str(int(time.time() * 1000))}]}).encode()


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def sends(*parts: bytes) -> Deed:
    """Sends just that, and hangs up."""

    def deed(rogue: Rogue, line: socket.socket) -> None:
        for part in parts:
            line.sendall(part)
        line.shutdown(socket.SHUT_WR)
        line.recv(1)

    return deed


def drips(start: bytes, drop: bytes, pause: float = 0.02) -> Deed:
    """Sends *drop* again and again, without an end: each read succeeds, and nothing is ever whole."""

    def deed(rogue: Rogue, line: socket.socket) -> None:
        line.sendall(start)
        for _ in range(int(LATE / pause)):
            if rogue.over.wait(pause):
                return
            line.sendall(drop)

    return deed


def floods(start: bytes, piece: bytes) -> Deed:
    """Sends 100 MB as fast as they are taken."""

    def deed(rogue: Rogue, line: socket.socket) -> None:
        line.sendall(start)
        for _ in range(100_000_000 // len(piece)):
            line.sendall(piece)

    return deed


def resets(rogue: Rogue, line: socket.socket) -> None:
    """Resets the connection: a linger time of zero."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(rogue: Rogue, line: socket.socket) -> None:
    """Says nothing."""
    rogue.over.wait(LATE)


PAGE = b"<!DOCTYPE html><html><body>Pass-Phrase-1 please wait</body></html>"
OPEN = b"HTTP/1.1 200 OK\r\n"
DEEP = b'{"code":"0","data":' + b"[" * 100_000
CONFIG = b'{"code":"0","msg":"","data":[{"perm":"read_only","ip":"","uid":"1","mainUid":"1","label":""}]}'

# What it does, the class of the error, words of its sentence.
DEEDS: dict[str, tuple[Deed, type[errors.VaultError], str]] = {
    "html-200": (sends(whole(PAGE)), errors.AnswerRefused, "a web page (HTTP 200)"),
    "html-502": (sends(whole(PAGE, "502 Bad Gateway")), errors.AnswerRefused, "a web page (HTTP 502)"),
    "empty": (sends(whole(b"")), errors.AnswerRefused, "not JSON"),
    "html-429": (sends(whole(PAGE, "429 Too Many Requests")), errors.RateLimited, "fewer requests"),
    "cut-off": (sends(whole(CONFIG)[:-20]), errors.AnswerRefused, "cut off"),
    "cut-off-chunk": (
        sends(OPEN + b"Transfer-Encoding: chunked\r\n\r\n40\r\n" + CONFIG[:20]),
        errors.AnswerRefused,
        "cut off",
    ),
    "length-too-short": (
        sends(OPEN + b"Content-Length: 20\r\n\r\n" + CONFIG),
        errors.AnswerRefused,
        "not JSON",
    ),
    "no-answer": (sends(), errors.Unreachable, "broke off"),
    "half-a-header": (sends(b"HTTP/1.1 200 OK\r\nContent-Le"), errors.AnswerRefused, "not JSON"),
    "not-http": (sends(b"SSH-2.0-OpenSSH_9.6\r\n"), errors.AnswerRefused, "not answer in HTTP"),
    "reset": (resets, errors.Unreachable, "broke off"),
    "gzip": (
        sends(whole(gzip.compress(CONFIG), "200 OK", "Content-Encoding: gzip")),
        errors.AnswerRefused,
        "compressed",
    ),
    "not-utf-8": (sends(whole(b'{"code":"0","msg":"\xff"}')), errors.AnswerRefused, "not JSON"),
    "deep": (sends(whole(DEEP)), errors.AnswerRefused, "not JSON"),
    "huge-number": (sends(whole(b'{"code":' + b"9" * 200_000 + b"}")), errors.AnswerRefused, "not JSON"),
    "large-number": (sends(whole(b'{"code":' + b"9" * 4000 + b"}")), errors.AnswerRefused, "does not know"),
    "infinity": (sends(whole(b'{"code":"0","data":Infinity}')), errors.AnswerRefused, "not JSON"),
    "good-news-of-a-broken-server": (
        sends(whole(CONFIG, "500 Internal Server Error")),
        errors.AnswerRefused,
        "HTTP 500",
    ),
    "257-kib": (sends(whole(CONFIG + b" " * (257 << 10))), errors.AnswerRefused, "256 KiB"),
    "no-object": (sends(whole(b"[1]")), errors.AnswerRefused, "documented form"),
    "other-form": (sends(whole(b'{"code":"0","data":{"perm":7}}')), errors.AnswerRefused, "documented form"),
    "many-objects": (
        sends(whole(b'{"code":"0","data":[' + b"{}," * 80_000 + b"{}]}")),
        errors.AnswerRefused,
        "documented form",
    ),
    "another-exchanges-code": (
        sends(whole(b'{"code":"40085","msg":"no"}')),
        errors.AnswerRefused,
        "code 40085",
    ),
    "unknown-code": (sends(whole(b'{"code":"59999","msg":"no"}')), errors.AnswerRefused, "code 59999"),
    "code-with-key": (
        sends(whole(json.dumps({"code": KEY["api_key"], "msg": KEY["passphrase"]}).encode())),
        errors.AnswerRefused,
        "not shown",
    ),
    "header-too-long": (
        sends(OPEN, b"X: " + b"y" * 70_000 + b"\r\n\r\n"),
        errors.AnswerRefused,
        "",
    ),
    "endless-headers": (floods(OPEN, b"X-A: b\r\n" * 512), errors.AnswerRefused, ""),
    "endless-continue": (floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 64), errors.AnswerRefused, "256 KiB"),
    "100-mb": (
        floods(OPEN + b"Content-Length: 100000000\r\n\r\n", b" " * 65536),
        errors.AnswerRefused,
        "256 KiB",
    ),
    "100-mb-unannounced": (floods(OPEN + b"\r\n", b" " * 65536), errors.AnswerRefused, "256 KiB"),
    "100-mb-chunks": (
        floods(OPEN + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 8192),
        errors.AnswerRefused,
        "256 KiB",
    ),
    "negative-chunk": (
        floods(OPEN + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b" " * 65536),
        errors.AnswerRefused,
        "",
    ),
}


@pytest.mark.promise(11)
@pytest.mark.parametrize("honest", [0, 1], ids=["first", "second"])
@pytest.mark.parametrize("name", DEEDS)
def test_a_server_that_misbehaves(name: str, honest: int) -> None:
    """Whatever it sends, at the first or the second request: the right class and words, and 8 MiB at most."""
    deed, kind, words = DEEDS[name]
    profiles.load("okx")
    tracemalloc.start()
    try:
        with Rogue(deed, honest) as rogue:
            error = refusal(kind, base_url=rogue.url)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert words in str(error)
    assert len(rogue.heard) == honest + 1


# What never ends: the deadline must end it.
ENDLESS: dict[str, Deed] = {
    "silence": silent,
    "body": drips(OPEN + b"Content-Length: 100000\r\n\r\n", b" "),
    "headers": drips(OPEN, b"X: y\r\n"),
    "a-header": drips(OPEN + b"X: ", b"y"),
    "chunks": drips(OPEN + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "status": drips(b"HTTP/1.1 200 ", b"O"),
}


@pytest.mark.promise(11)
@pytest.mark.parametrize("name", ENDLESS)
def test_an_answer_that_never_ends_is_ended(name: str) -> None:
    """The deadline is for the whole answer: a byte now and then does not put it off."""
    with Rogue(ENDLESS[name]) as rogue:
        error = refusal(errors.Unreachable, base_url=rogue.url, deadline=SOON)
    assert "no whole answer within 0.3 seconds" in str(error)


@pytest.mark.promise(11)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("honest", [0, 1], ids=["first", "second"])
def test_no_redirect_is_followed(status: int, honest: int) -> None:
    """The host it points to is named, without its path, and never hears of us."""
    with Rogue(sends(whole(CONFIG)), honest=0) as second:
        location = f"Location: {second.url.replace('127.0.0.1', 'localhost')}/steal?k={KEY['api_key']}"
        with Rogue(sends(whole(b"", f"{status} Moved", location)), honest) as first:
            error = refusal(errors.AnswerRefused, base_url=first.url)
            assert len(first.heard) == honest + 1
        assert [] == second.heard
    assert "redirects to localhost" in str(error)
    assert "steal" not in f"{error} {error.hint}"


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("/login", "another page of its own"),
        ("//evil.example/x", "evil.example"),
        ("https://user:pass@evil.example/", "elsewhere"),
        ("https://\x1b[31mevil/", "elsewhere"),
        (f"https://{KEY['api_key']}/", "not shown"),
        ("", "elsewhere"),
    ],
)
def test_a_redirects_words_are_harmless(location: str, words: str) -> None:
    """A host is shown if it is one, and repeats nothing of the credential."""
    with Rogue(sends(whole(b"", "302 Found", f"Location: {location}"))) as rogue:
        assert words in str(refusal(errors.AnswerRefused, base_url=rogue.url))


def test_nothing_listens() -> None:
    """A refused connection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        assert "refused or broke off" in str(refusal(errors.Unreachable, base_url=url))


@pytest.mark.promise(11)
def test_no_request_is_repeated() -> None:
    """One attempt each: a reset is not tried again."""
    with Rogue(resets) as rogue:
        refusal(errors.Unreachable, base_url=rogue.url)
        time.sleep(0.05)  # seconds in which a second attempt would come
        assert len(rogue.heard) == 2


@pytest.mark.promise(11)
def test_the_requests_are_what_they_should_be() -> None:
    """No compression is asked for, no connection is kept, and the unsigned request has no header of OKX's."""
    with Rogue(sends(whole(CONFIG))) as rogue:
        ask(base_url=rogue.url)
    first, second = (head.decode().lower().split("\r\n") for head in rogue.heard)
    assert f"get {TIME} http/1.1" == first[0]
    assert {f"host: 127.0.0.1:{rogue.port}", "accept-encoding: identity", "connection: close"} <= set(first)
    assert [] == [line for line in first if "ok-access" in line]
    assert "get /api/v5/account/config http/1.1" == second[0]
    assert 4 == len([line for line in second if "ok-access" in line])


def test_a_label_cannot_write_to_the_terminal() -> None:
    """What the exchange says loses its control characters, and is cut."""
    config = json.loads(CONFIG)
    config["data"][0]["label"] = "\x1b]0;owned\x07\u202e" + "x" * 500
    config["data"][0]["uid"] = f"x{KEY['secret_key']}"
    with Rogue(sends(whole(json.dumps(config).encode()))) as rogue:
        facts = ask(base_url=rogue.url).facts
    assert facts.label.isprintable()
    assert len(facts.label) <= 80
    assert KEY["secret_key"] not in repr(facts)


def test_a_large_answer_is_read_whole() -> None:
    """Up to 256 KiB."""
    with Rogue(sends(whole(CONFIG + b" " * (255 << 10)))) as rogue:
        assert ask(base_url=rogue.url).facts.rights


def test_repeated_keys_do_no_harm() -> None:
    """The last one counts, as in every parser."""
    with Rogue(sends(whole(CONFIG.replace(b'"perm"', b'"perm":"withdraw","perm"', 1)))) as rogue:
        assert ("read",) == ask(base_url=rogue.url).facts.permissions


@pytest.mark.promise(11)
@pytest.mark.parametrize("passphrase", ["two\r\nX-Injected: lines", "密码", "tab\t", "nul\x01"])
def test_a_value_that_no_header_can_carry_is_not_sent(passphrase: str) -> None:
    """A line break would begin another header; other characters arrive as something else."""
    with Rogue(sends(whole(CONFIG))) as rogue:
        key = {**KEY, "passphrase": passphrase}
        refusal(errors.InvalidCredential, key, base_url=rogue.url)
        assert 1 == len(rogue.heard)


@pytest.mark.promise(11)
def test_a_header_of_a_profile_begins_no_other() -> None:
    """A person's own profile adds headers: what could not be one is refused."""
    okx = profiles.load("okx")
    assert okx.verify
    odd = okx.changed(verify=okx.verify.changed(demo={"X-Demo": "1\r\nX-Other: 2"}))
    with Rogue(sends(whole(CONFIG))) as rogue:
        with pytest.raises(errors.InvalidCredential):
            check.ask(record(KEY, "okx", "demo"), odd, clock=time.time, base_url=rogue.url)
        assert 1 == len(rogue.heard)


# --- where requests go ------------------------------------------------------------------------------------


@pytest.mark.promise(11)
@pytest.mark.parametrize(
    "url",
    [
        "http://www.okx.com",
        "http://203.0.113.1",
        "http://localhost.example",
        "ftp://127.0.0.1",
        "https://user@www.okx.com",
        "https://www.okx.com/path",
        "https://www.okx.com?x",
        "https://www okx.com",
        "https://127.0.0.1:0",
        "https://127.0.0.1:65536",
        "www.okx.com",
        "https://",
        "https://-",
        "https://www.okx.com\r\nX: y",
    ],
)
def test_an_address_that_must_not_be_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain HTTP beyond this machine, and what is no bare address: nothing is looked up, nothing is sent."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was looked up"))
    refusal(errors.Usage, base_url=url)


@pytest.mark.promise(11)
def test_a_name_that_only_pretends_to_be_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain HTTP goes to loopback addresses, whatever the system says that localhost is."""
    told = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: told)
    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("a connection was begun"))
    refusal(errors.Unreachable, base_url="http://localhost")


@pytest.mark.promise(11)
@pytest.mark.parametrize(
    ("region", "environment", "host"),
    [("", "live", "www.okx.com"), ("eea", "live", "eea.okx.com"), ("us", "demo", "us.okx.com")],
)
def test_the_hosts_are_the_exchanges_own(
    monkeypatch: pytest.MonkeyPatch, region: str, environment: str, host: str
) -> None:
    """Without a base URL the profile's host is looked up, for port 443, and no proxy's."""
    asked = []

    def look(name: str, port: int, **_: Any) -> list[Any]:
        asked.append((name, port))
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    error = refusal(errors.Unreachable, region=region, environment=environment, base_url="")
    assert [(host, 443)] == asked
    assert f"no address is known for {host}" in str(error)


def test_a_site_that_does_not_exist() -> None:
    """A region of no profile is no host."""
    assert "eea" in refusal(errors.ExchangeError, region="mars", base_url="").hint


@pytest.mark.promise(11)
def test_looking_up_a_name_has_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that does not answer is not waited for beyond the deadline."""
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(LATE))
    try:
        error = refusal(errors.Unreachable, base_url="", deadline=SOON)
    finally:
        over.set()
    assert "within 0.3 seconds" in str(error)


@pytest.mark.slow
def test_an_address_that_swallows_everything_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second address of a name is tried when the first does not answer."""
    with Rogue(sends(whole(CONFIG))) as rogue, socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for line in waiting:  # until its queue is full, after which it drops whatever comes
            line.setblocking(False)
            line.connect_ex(full.getsockname())
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
            for address in (full.getsockname(), ("127.0.0.1", rogue.port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert ask(base_url=f"http://localhost:{rogue.port}", deadline=4 * SOON).facts.rights
        for line in waiting:
            line.close()


def test_a_system_without_ipv6_uses_the_next_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may have addresses of a family that this system cannot speak."""
    with Rogue(sends(whole(CONFIG))) as rogue:
        found: list[Any] = [(9999, socket.SOCK_STREAM, 6, "", ("::1", rogue.port))]
        found += [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", rogue.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert ask(base_url=f"http://localhost:{rogue.port}").facts.rights


def test_ipv6_works() -> None:
    """By an address in brackets."""
    try:
        rogue = Rogue(sends(whole(CONFIG)), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    with rogue:
        report = ask(base_url=f"http://[::1]:{rogue.port}")
    assert f"[::1]:{rogue.port}" == report.host
    assert f"Host: [::1]:{rogue.port}".encode() in rogue.heard[0]


# --- TLS --------------------------------------------------------------------------------------------------


@cache
def certificate(host: str) -> tuple[bytes, bytes]:
    """A certificate that signed itself, and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    known: x509.GeneralName = x509.DNSName(host)
    if host[0].isdigit():
        known = x509.IPAddress(ipaddress.ip_address(host))
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([known]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return made.public_bytes(kind), key.private_bytes(kind, form, serialization.NoEncryption())


class Secure(Rogue):
    """The same, behind TLS."""

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        """With a certificate for *host*, which stands in ``folder/cert.pem``."""
        super().__init__(sends(whole(CONFIG)))
        certificate_pem, key_pem = certificate(host)
        (folder / "cert.pem").write_bytes(certificate_pem)
        (folder / "key.pem").write_bytes(key_pem)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self.url = f"https://127.0.0.1:{self.port}"

    def _one(self, line: socket.socket) -> None:
        try:
            super()._one(self._context.wrap_socket(line, server_side=True))
        except OSError:
            line.close()


@pytest.mark.promise(11)
def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    """Self-signed: nothing is sent, not even the unsigned request."""
    with Secure(tmp_path) as server:
        error = refusal(errors.Unreachable, base_url=server.url)
        assert [] == server.heard
    assert "the certificate of 127.0.0.1" in str(error)
    assert "self-signed" in str(error)


def test_a_trusted_certificate_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine trusts, as SSL_CERT_FILE names it for everything that uses OpenSSL."""
    with Secure(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert ask(base_url=server.url).facts.rights


@pytest.mark.promise(11)
def test_a_certificate_for_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trusted, and still somebody else's."""
    with Secure(tmp_path, "other.example") as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        error = refusal(errors.Unreachable, base_url=server.url)
        assert [] == server.heard
    assert "the certificate of 127.0.0.1" in str(error)


@pytest.mark.promise(11)
def test_a_host_that_is_not_itself_is_not_asked_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a certificate that is refused, the name's next address is not tried."""
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    with Secure(folders[0], "other.example") as first, Secure(folders[1], "localhost") as second:
        monkeypatch.setenv("SSL_CERT_FILE", str(folders[1] / "cert.pem"))
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
            for server in (first, second)
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        refusal(errors.Unreachable, base_url="https://localhost")
        assert [] == first.heard + second.heard
        found.reverse()
        assert ask(base_url="https://localhost").facts.rights


@pytest.mark.promise(11)
def test_the_keys_of_a_connection_are_not_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSLKEYLOGFILE, with which others can read every connection of a program, is not followed."""
    log = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    with Secure(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert ask(base_url=server.url).facts.rights
    assert not log.exists()


@pytest.mark.promise(11)
def test_a_server_without_tls_is_no_exchange(okx: Standin) -> None:
    """Plain HTTP where TLS is expected."""
    error = refusal(errors.Unreachable, base_url=okx.url.replace("http:", "https:"))
    assert "no secure connection" in str(error)


def test_a_handshake_may_take_all_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the share that its address had for the connection alone, and no more than the deadline."""
    given: list[float] = []

    class Context:
        def wrap_socket(self, line: socket.socket, server_hostname: str) -> None:
            given.append(line.gettimeout() or 0)
            raise ssl.SSLError("enough")

    with Rogue(silent) as rogue:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", rogue.port))] * 2
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(ssl, "SSLContext", lambda _: Context())
        monkeypatch.setattr(Context, "load_default_certs", lambda _: None, raising=False)
        monkeypatch.setattr(Context, "set_alpn_protocols", lambda *_: None, raising=False)
        refusal(errors.Unreachable, base_url="https://localhost", deadline=10)
    assert 1 == len(given)
    assert 5 < given[0] <= 10


def test_a_handshake_has_an_end() -> None:
    """A server that takes the connection and never answers the first bytes of TLS."""
    with Rogue(silent) as rogue:
        url = rogue.url.replace("http:", "https:")
        assert "within 0.3 seconds" in str(refusal(errors.Unreachable, base_url=url, deadline=SOON))
