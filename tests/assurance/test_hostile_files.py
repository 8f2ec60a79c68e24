"""Hostile files: every bit, every length, and whatever a fuzzer makes of them, in front of every reader."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import PASSWORD, Tally, Template
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

import vault
from vault.core import crypto, format
from vault.errors import Damaged, NotAVault
from vault.store.file import Store

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "unit"))
import test_bits as bits  # noqa: E402  (what each bit means is there)
from test_bits import one_derivation  # noqa: E402, F401  (a fixture)

if sys.platform == "win32":
    pytest.skip("limits of POSIX", allow_module_level=True)

pytestmark = pytest.mark.slow

WHO = pytest.mark.parametrize(
    "who", [bits.BY_PASSWORD, bits.BY_RECOVERY_KEY], ids=["password", "recovery-key"]
)

# Inputs of each reader in CI's setting: what it takes in about five seconds.
BY_COVERAGE = {"parser": 72_000, "payload": 40_000, "answer": 42_000, "piped": 25_000, "recovery": 12_000,
               "variables": 4_000, "profile": 5_000, "usage": 1_500, "paste": 400}  # fmt: skip
BY_PROPERTY = 300  # inputs of each reader
BROKEN = {"without_a_bound": "IndexError", "believes_a_size": "MemoryError", "never_ends": "timeout"}

TOOLS = Path(os.environ.get("VAULT_TEST_ASSURANCE", HERE.parents[1] / ".clients/assurance/bin/python"))
needs_atheris = pytest.mark.skipif(
    not any(TOOLS.parents[1].glob("lib/python*/site-packages/atheris")) and os.environ.get("CI") != "true",
    reason="no atheris here: scripts/setup-clients assurance makes it, on Linux, x86-64, Python below 3.14",
)


# --- bits and lengths ------------------------------------------------------------------------------------


def try_bits(
    tally: Tally, data: bytes, span: range, who: int, opened: tuple[Store, vault.Secret] | None
) -> None:
    """Change each of these bits, with a checksum that fits if somebody with a secret is to be deceived."""
    for offset, body in bits.changed(data[:-32] if opened else data, span):
        found = bits.refusal(body + sha256(body).digest(), *opened) if opened else bits.refusal(body)
        tally.case(found is bits.expected(body, offset, who), f"byte {offset}: {found}")


def secret(template: Template, who: int) -> vault.Secret:
    """What opens the vault."""
    return vault.Secret(PASSWORD if who == bits.BY_PASSWORD else template.recovery)


@pytest.mark.assurance("2", "each bit of a vault changed: refused without a key, and called by its name")
def test_every_bit(template: Template, tally: Tally) -> None:
    """The checksum shows it as damage, or the structure as what it is."""
    try_bits(tally, template.data, range(bits.SIZE * 8), bits.ANYONE, None)


@WHO
@pytest.mark.assurance("2", "each bit changed and the checksum made to fit: refused to who has the secret")
@pytest.mark.usefixtures("one_derivation")
def test_every_bit_behind_a_fitting_checksum(template: Template, path: str, tally: Tally, who: int) -> None:
    """Found out at the password or behind it, and called by its name."""
    opened = Store(path), secret(template, who)
    tally.case(bits.refusal(template.data, *opened) is None, "the vault as it is")
    try_bits(tally, template.data, range((bits.SIZE - 32) * 8), who, opened)


@pytest.mark.assurance(
    "2", "cut at each length, with and without a fitting checksum; a byte more at each place"
)
def test_every_length(template: Template, tally: Tally) -> None:
    """A file that is not as long as it was is damaged, or no vault at all."""
    for size in range(bits.SIZE):
        part = template.data[:size]
        tally.case(bits.refusal(part) is (NotAVault if size < 8 else Damaged), f"cut at {size}")
        if size < bits.SIZE - 32:
            found = bits.refusal(part + sha256(part).digest())
            tally.case(found in (NotAVault, Damaged), f"cut at {size}, with a checksum: {found}")
        tally.case(bits.refusal(part + b"\0" + template.data[size:]) is not None, f"a byte more at {size}")


@pytest.mark.broken("a reader that skips the checksum")
def test_a_reader_that_skips_the_checksum_is_caught(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then a changed bit of the payload is damage to nobody."""
    monkeypatch.setattr(format, "sha256", lambda body: template.data[-32:])
    tally = Tally()
    try_bits(tally, template.data, range(400 * 8, 401 * 8), bits.ANYONE, None)
    assert len(tally.failures) == 8


@pytest.mark.broken("a reader that does not authenticate")
@pytest.mark.usefixtures("one_derivation")
def test_a_reader_that_does_not_authenticate_is_caught(
    template: Template, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then changed bits of the payload's tag pass."""

    def unseal(key: bytes, sealed: bytes, info: bytes) -> bytes:
        return Cipher(ChaCha20(key, b"\1\0\0\0" + bytes(12)), None).decryptor().update(sealed[:-16])

    monkeypatch.setattr(crypto, "unseal", unseal)
    tally, opened = Tally(), (Store(path), secret(template, bits.BY_RECOVERY_KEY))
    try_bits(tally, template.data, range(4444 * 8, 4460 * 8), bits.BY_RECOVERY_KEY, opened)
    assert len(tally.failures) == 128


# --- fuzzing ---------------------------------------------------------------------------------------------


def fuzzed(engine: str, reader: str, runs: int) -> tuple[int, str]:
    """How many inputs were tried in a process of its own, and what one of them led to; empty if nothing."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        done = subprocess.run(
            [TOOLS if engine == "atheris" else sys.executable, HERE / "fuzz.py", engine, reader, str(runs),
             folder, HERE / "corpus"],
            env={"PATH": os.environ["PATH"], "HOME": folder, "PYTHONDONTWRITEBYTECODE": "1",
                 "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), sysconfig.get_path("purelib")])},
            capture_output=True,
            text=True,
            errors="replace",
        )  # fmt: skip
    said = done.stdout + done.stderr
    counts = re.findall(r"^(?:cases: |stat::number_of_executed_units:\s*)(\d+)$", said, re.M)
    wrong = re.findall(r"^(?: === Uncaught|[\w.]*(?:Error|Exception)\b|==\d+== ERROR).*", said, re.M)
    trouble = (
        ""
        if done.returncode == 0 and counts
        else f"status {done.returncode}: " + " ".join(wrong or [said[-500:]])
    )
    return int(counts[-1]) if counts else 0, trouble


@pytest.fixture(scope="module")
def by_coverage(many: int) -> Iterator[dict[str, Future[tuple[int, str]]]]:
    """Every reader's run; two at a time."""
    with ThreadPoolExecutor(2) as pool:
        yield {
            reader: pool.submit(fuzzed, "atheris", reader, runs * many)
            for reader, runs in BY_COVERAGE.items()
        }


@pytest.mark.promise(8)
@needs_atheris
@pytest.mark.assurance(
    "8", "inputs that a coverage-guided fuzzer made: no error but this project's, memory bounded"
)
@pytest.mark.parametrize("reader", BY_COVERAGE)
def test_fuzzed_by_coverage(
    by_coverage: dict[str, Future[tuple[int, str]]], tally: Tally, reader: str, many: int
) -> None:
    """libFuzzer changes further what reached new code."""
    count, trouble = by_coverage[reader].result()
    tally.cases = count - bool(trouble)
    tally.case(not trouble, trouble) if trouble else None
    assert trouble or count >= BY_COVERAGE[reader] * many


@pytest.mark.promise(8)
@pytest.mark.assurance("8", "sound inputs with pieces cut, doubled or replaced: no error but this project's")
@pytest.mark.parametrize("reader", BY_COVERAGE)
def test_fuzzed_by_property(tally: Tally, reader: str, many: int) -> None:
    """hypothesis makes each smaller that fails."""
    count, trouble = fuzzed("hypothesis", reader, BY_PROPERTY * many)
    tally.cases = count - bool(trouble)
    tally.case(not trouble, trouble) if trouble else None


@pytest.mark.broken("a reader")
@pytest.mark.parametrize("engine", [pytest.param("atheris", marks=needs_atheris), "hypothesis"])
@pytest.mark.parametrize("reader", BROKEN)
def test_a_broken_reader_is_caught(reader: str, engine: str) -> None:
    """One reads beyond the end, one takes as much memory as the file says, one never ends."""
    _count, trouble = fuzzed(engine, reader, 20_000)
    assert trouble
