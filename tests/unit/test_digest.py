"""SHA-256 and HMAC, and the longer way to them."""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import os
import sys
from types import ModuleType

import pytest

from vault.base import digest


@pytest.fixture
def longer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as it is where the interpreter has no SHA-256 of its own."""
    for name in ("_sha2", "_sha256"):
        monkeypatch.setitem(sys.modules, name, None)
    spec = importlib.util.spec_from_file_location("vault.base.digest_again", digest.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_mac_is_hmac_sha256() -> None:
    """RFC 4231, test case 2."""
    wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert wanted == digest.hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex()


def test_digest_is_sha256() -> None:
    """FIPS 180-2, appendix B.1."""
    wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert wanted == digest.sha256(b"abc").hex()


@pytest.mark.parametrize("size", [0, 1, 55, 63, 64, 65, 5000])
def test_mac_is_the_standard_library_s(size: int) -> None:
    """Whatever the length of key and message: a key of more than a block is hashed first."""
    key, message = os.urandom(size), os.urandom(size + 3)
    assert hmac.digest(key, message, "sha256") == digest.hmac_sha256(key, message)


@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20])
def test_a_large_message_has_the_same_digest(size: int) -> None:
    """Whichever way is the faster."""
    data = bytes(size)
    assert hashlib.sha256(data).digest() == digest.sha256(data)


@pytest.mark.parametrize("size", [0, 1, 55, 64, 65, 5000])
def test_both_ways_give_the_same_bytes(longer: ModuleType, size: int) -> None:
    """Whatever the length of key and message."""
    data = os.urandom(size)
    assert longer.sha256(data) == digest.sha256(memoryview(data))
    assert longer.hmac_sha256(data or b"k", data) == digest.hmac_sha256(data or b"k", data)
