"""The vectors of the format, against two readers that share no code: the package and scripts/recover.py."""

import ast
import base64
import hashlib
import importlib.util
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

ROOT = Path(__file__).resolve().parent.parent.parent
KIT = ROOT / "tests" / "vectors"
SCRIPTS = ROOT / "scripts"
OUTCOMES = {
    "success",
    "not-a-vault",
    "unsupported",
    "malformed",
    "damaged",
    "cost-refused",
    "wrong-password",
    "wrong-key",
    "tampered",
    "password-refused",
}


@dataclass(frozen=True)
class Vector:
    """One file of the kit; ``payload`` is the SHA-256 of the canonical JSON, in hex, if it opens."""

    expect: str
    password: str
    payload: str | None
    data: bytes


def load(path: Path) -> Vector:
    head, _, body = path.read_text("ascii").partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    if set(fields) - {"payload-sha256"} != {"expect", "password", "comment"} or not fields["comment"]:
        raise ValueError(f"{path.name}: the header lines are {sorted(fields)}")
    password = json.loads(fields["password"])
    data = base64.b64decode(body.replace("\n", ""), validate=True)
    return Vector(fields["expect"], password, fields.get("payload-sha256"), data)


def recover() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recover", SCRIPTS / "recover.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RECOVER = recover()
Answer = tuple[str, str | None]


def by_recover(vector: Vector, folder: Path) -> Answer:
    try:
        return "success", hashlib.sha256(RECOVER.read(vector.data, vector.password)).hexdigest()
    except RECOVER.Refused as refused:
        return refused.args[0], None


def by_package(vector: Vector, folder: Path) -> Answer:
    import vault

    path = folder / "x.vault"
    path.touch(0o600)
    path.write_bytes(vector.data)
    try:
        opened = vault.open(path).unlock(vault.Secret(vector.password))
        return "success", hashlib.sha256(opened.payload.to_json()).hexdigest()
    except vault.errors.VaultError as error:
        return error.code, None


@pytest.mark.promise(2)
@pytest.mark.parametrize("reader", [by_recover, by_package], ids=["recover", "package"])
@pytest.mark.parametrize("path", sorted(KIT.glob("*.vector")), ids=lambda path: path.stem)
def test_a_reader_answers_as_the_vector_says(
    path: Path,
    reader: Callable[[Vector, Path], Answer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both readers give the outcome of the vector, and a file that opens gives its payload byte for byte."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    vector = load(path)
    assert (vector.expect, vector.payload) == reader(vector, tmp_path)


def test_the_kit_covers_every_outcome() -> None:
    """The kit is large, knows no outcome that the format does not, and leaves none of them out."""
    count = Counter(load(path).expect for path in KIT.glob("*.vector"))
    assert set(count) == OUTCOMES
    assert count.total() >= 60


def test_the_kit_is_what_its_maker_makes() -> None:
    """No vector was changed by hand, and none is missing."""
    done = subprocess.run([sys.executable, KIT / "make.py", "--check"], capture_output=True, text=True)
    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.promise(10)
def test_the_second_reader_is_short_and_independent() -> None:
    """recover.py has at most 100 lines and imports nothing but the standard library and cryptography."""
    source = (SCRIPTS / "recover.py").read_text("utf-8")
    imported: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
    assert len(source.splitlines()) <= 100
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


@pytest.mark.promise(10)
def test_the_second_reader_opens_what_a_library_sealed() -> None:
    """Its HPKE, written out by hand, is that of RFC 9180 as cryptography implements it."""
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    private = X25519PrivateKey.generate()
    sealed = suite.encrypt(b"data key", private.public_key(), b"info")
    assert RECOVER.hpke_open(private, sealed[:32], sealed[32:], b"info") == b"data key"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_second_reader_as_a_command(end: str, tmp_path: Path) -> None:
    """The command prints the payload and nothing else; one line end after the password is dropped."""
    vector = load(KIT / "one-credential.vector")
    done = command(vector, vector.password + end, tmp_path)
    assert (0, "") == (done.returncode, done.stderr)
    canonical = json.dumps(json.loads(done.stdout), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert vector.payload == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize("end", ["\n\n", " \n", "\r"])
def test_the_second_reader_drops_one_line_end_only(end: str, tmp_path: Path) -> None:
    """Whatever else stands after the password belongs to it; the refusal is one line on stderr."""
    vector = load(KIT / "one-credential.vector")
    done = command(vector, vector.password + end, tmp_path)
    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("recover: wrong-password: ")
    assert done.stderr.count("\n") == 1


def command(vector: Vector, password: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "x.vault").write_bytes(vector.data)
    (folder / "password").write_bytes(password.encode())
    call: list[str | Path] = [sys.executable, SCRIPTS / "recover.py", folder / "x.vault"]
    call += ["--password-file", folder / "password"]
    return subprocess.run(call, capture_output=True, text=True, check=False)
