"""Fixtures: real vaults in temporary folders, the installed command, and nothing of this user's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import vault
from vault.base.digest import hmac_sha256
from vault.core import crypto

PASSWORD = "correct horse battery staple"
CHEAPEST_KDF = vault.Kdf(memory=64 * 1024, passes=3, lanes=4)  # the least that a vault is made with
OKX = {
    "api_key": "37c541a1-0b1c-4d2e-9f3a-10fe7a038418",
    "secret_key": "22582BD0CFF14C41EDBF1AB98506286D",
    "passphrase": "Pass-Phrase-1",
}
NOW = 1_790_000_000  # seconds since the Unix epoch, UTC


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test a home of its own, and none of this user's settings."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        folder = tmp_path / name.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(folder))
    for name in list(os.environ):
        if name.startswith(("VAULT_", "OKX", "FREQTRADE_")) or name == "CREDENTIALS_DIRECTORY":
            monkeypatch.delenv(name)
    # What a workplace sets to reach its mirrors; `vault run` would rightly remark on it.
    for name in (
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def derived() -> dict[tuple[bytes, bytes, int, int, int], bytes]:
    """Keys that Argon2 gave to this test run, by all of its inputs."""
    return {}


@pytest.fixture
def remembered_kdf(
    monkeypatch: pytest.MonkeyPatch, derived: dict[tuple[bytes, bytes, int, int, int], bytes]
) -> None:
    """Derive each key once: for tests that open one file hundreds of times."""
    derive = crypto.argon2id

    def once(
        password: bytes, salt: bytes, memory: int, passes: int, lanes: int, workspace: object = None
    ) -> bytes:
        key = (password, salt, memory, passes, lanes)
        if key not in derived:
            derived[key] = derive(password, salt, memory, passes, lanes)
        return derived[key]

    monkeypatch.setattr(crypto, "argon2id", once)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for a vault."""
    place = tmp_path / "vaults"
    place.mkdir(mode=0o700)
    return place


@dataclass
class Template:
    """A vault made once, to be copied."""

    data: bytes
    recovery: str


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A vault with a recovery key and one OKX credential, made once for the whole run."""
    place = tmp_path_factory.mktemp("template")
    state = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(place / "state")
    try:
        path, key = place / "t.vault", vault.new_recovery_key()
        with vault.create(path, vault.Secret(PASSWORD), now=NOW, kdf=CHEAPEST_KDF, recovery=key) as opened:
            opened.add(okx_credential())
            opened.save()
    finally:
        if state is None:
            del os.environ["XDG_STATE_HOME"]
        else:
            os.environ["XDG_STATE_HOME"] = state
    return Template(path.read_bytes(), key.text().reveal())


def okx_credential(name: str = "okx-main", **changes: object) -> vault.Credential:
    """A credential as OKX shows it; bound to an address, so that no day of idleness ends it."""
    fields = {field: vault.Secret(value) for field, value in OKX.items()}
    bound = vault.Credential(name, "okx", fields, created=NOW, updated=NOW, ips=("203.0.113.7",))
    return bound.changed(**changes)


@pytest.fixture
def path(folder: Path, template: Template) -> Path:
    """A fresh copy of the template vault."""
    target = folder / "bots.vault"
    target.write_bytes(template.data)
    target.chmod(0o600)
    return target


@pytest.fixture
def opened(path: Path, remembered_kdf: None) -> vault.Vault:
    """The copy, unlocked."""
    return vault.open(path).unlock(vault.Secret(PASSWORD))


# --- the command line -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def vault_exe() -> str:
    """The installed command, beside the interpreter that runs the tests."""
    found = shutil.which("vault", path=str(Path(sys.executable).parent))
    assert found, "install the project first: scripts/test"
    return found


@dataclass
class Cli:
    """The installed command, told its vault and its password file only."""

    exe: str
    path: Path
    password_file: Path
    env: dict[str, str] = field(default_factory=dict)

    def __call__(
        self,
        *arguments: str,
        input: bytes | None = None,
        env: dict[str, str] | None = None,
        check: int | None = 0,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run it without a terminal, in a session of its own."""
        done = subprocess.run(
            [self.exe, *arguments],
            input=input if input is not None else b"",
            env={**self.env, **(env or {})},
            capture_output=True,
            timeout=timeout,
            start_new_session=True,
        )
        if check is not None:
            assert check == done.returncode, done.stderr.decode(errors="replace")
        return done

    def add(self, name: str, exchange: str, fields: dict[str, str], *options: str) -> None:
        """Store a credential by ``add --stdin``."""
        self("add", name, "--exchange", exchange, "--stdin", *options, input=json.dumps(fields).encode())


def _environment(path: Path, password_file: Path | None) -> dict[str, str]:
    kept = ("PATH", "HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "LANG")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env["VAULT_FILE"] = str(path)
    if password_file is not None:
        env["VAULT_PASSWORD_FILE"] = str(password_file)
    return env


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """A file that holds the template's master password."""
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def cli(path: Path, password_file: Path, vault_exe: str) -> Cli:
    """The command, on a copy of the template vault (it holds ``okx-main``), with its password file."""
    return Cli(vault_exe, path, password_file, _environment(path, password_file))


@pytest.fixture
def bare(folder: Path, password_file: Path, vault_exe: str) -> Cli:
    """The command, before any vault, with VAULT_FILE alone: no source of a password."""
    path = folder / "new.vault"
    return Cli(vault_exe, path, password_file, _environment(path, None))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What Argon2 was asked; another key comes back for other inputs, at once."""
    given: list[tuple[Any, ...]] = []

    def derive(*arguments: Any) -> bytes:
        given.append(arguments)
        return hmac_sha256(arguments[1], arguments[0])

    monkeypatch.setattr(crypto, "argon2id", derive)
    return given


# --- experiments: what SECURITY.md promises, tried in many cases that are counted ---------------------


class Tally:
    """The cases of one experiment, and what failed among them."""

    def __init__(self) -> None:
        self.cases = 0
        self.failures: list[str] = []

    def case(self, good: bool, what: str) -> None:
        """Count one; *what* says which it was, if it is not *good*."""
        self.cases += 1
        if not good:
            self.failures.append(what)


_NOT_TRIED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test skipped itself."""
    report = yield
    item.stash[_NOT_TRIED] = item.stash.get(_NOT_TRIED, False) or report.skipped
    return report


@pytest.fixture
def tally(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Iterator[Tally]:
    """Counts, for scripts/assure; the test fails at its end if a case did, or if there was none."""
    promise, experiment = request.node.get_closest_marker("assurance").args
    counted = Tally()
    yield counted
    if request.node.stash.get(_NOT_TRIED, False):
        return
    record_property("promise", promise)
    record_property("experiment", experiment)
    record_property("cases", counted.cases)
    record_property("failures", len(counted.failures))
    if counted.failures or not counted.cases:
        first = "\n".join(counted.failures[:20])
        pytest.fail(f"{len(counted.failures)} of {counted.cases} cases failed:\n{first}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what is broken on purpose into the report, for scripts/assure."""
    for item in items:
        if mark := item.get_closest_marker("broken"):
            item.user_properties.append(("broken", mark.args[0]))


@pytest.fixture(scope="session")
def many() -> int:
    """By how much a number of cases that costs only time is multiplied: 1 in CI, 10 nightly."""
    return 10 if os.environ.get("ASSURE") == "full" else 1
