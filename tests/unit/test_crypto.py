"""The constructions of format 1, against their RFCs and against other implementations."""

from __future__ import annotations

import hmac
import mmap
import struct
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from vault.core import crypto
from vault.system.memory import Workspace

# --- HKDF ----------------------------------------------------------------------------

# RFC 5869, appendix A.1 to A.3: key, salt, info, output.
RFC_5869 = {
    "A.1": (
        b"\x0b" * 22,
        bytes(range(0x0D)),
        bytes(range(0xF0, 0xFA)),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    ),
    "A.2": (
        bytes(range(0x50)),
        bytes(range(0x60, 0xB0)),
        bytes(range(0xB0, 0x100)),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
    ),
    "A.3": (
        b"\x0b" * 22,
        b"",
        b"",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    ),
}


@pytest.mark.parametrize("case", RFC_5869)
def test_expand_is_hkdf(case: str) -> None:
    """The test vectors of RFC 5869 for SHA-256."""
    key, salt, info, output = RFC_5869[case]
    wanted = bytes.fromhex(output)
    assert wanted == crypto.hkdf(key, salt=salt, info=info, size=len(wanted))


@pytest.mark.parametrize("size", [1, 31, 32, 33, 64, 65])
def test_a_shorter_output_is_the_beginning(size: int) -> None:
    """Sizes around a block cut the same stream."""
    whole = crypto.hkdf(b"key", salt=b"salt", info=b"info", size=96)
    assert whole[:size] == crypto.hkdf(b"key", salt=b"salt", info=b"info", size=size)


@pytest.mark.parametrize(
    ("left", "right", "same"), [(b"a", b"a", True), (b"a", b"b", False), (b"a", b"aa", False)]
)
def test_equal_compares(left: bytes, right: bytes, same: bool) -> None:
    """In constant time it says the same as ==."""
    assert same == crypto.equal(left, right)


def test_random_does_not_repeat() -> None:
    """A thousand draws of eight bytes differ."""
    assert len({crypto.random(8) for _ in range(1000)}) == 1000


# --- AEAD -------------------------------------------------------------------------------------------

KEY = bytes(range(32))
AAD = b"associated"


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 64, 4096])
def test_seal_is_chacha20_poly1305(size: int) -> None:
    """The public class of cryptography, with the zero nonce, gives the same bytes."""
    text = bytes(i % 251 for i in range(size))
    assert ChaCha20Poly1305(KEY).encrypt(bytes(12), text, AAD) == crypto.seal(KEY, text, AAD)


@pytest.mark.parametrize("lost", ["cryptography.hazmat.bindings._rust", None], ids=["public", "private"])
def test_both_ways_to_the_class_seal_alike(monkeypatch: pytest.MonkeyPatch, lost: str | None) -> None:
    """Without the private module the public one serves, with the same bytes."""
    if lost:
        monkeypatch.setitem(sys.modules, lost, None)
    assert ChaCha20Poly1305(KEY).encrypt(bytes(12), b"text", AAD) == crypto.seal(KEY, b"text", AAD)


def test_a_private_module_without_the_class_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later cryptography may move the class: AttributeError is no failure either."""
    name = "cryptography.hazmat.bindings._rust"
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(openssl=SimpleNamespace()))
    assert crypto.unseal(KEY, crypto.seal(KEY, b"text", AAD), AAD) == b"text"


def test_unseal_undoes_seal() -> None:
    """The plaintext comes back."""
    assert crypto.unseal(KEY, crypto.seal(KEY, b"text", AAD), AAD) == b"text"


SEALED = crypto.seal(KEY, b"text", AAD)


@pytest.mark.promise(2)
@pytest.mark.parametrize(
    ("key", "sealed", "aad"),
    [
        (KEY[::-1], SEALED, AAD),
        (KEY, SEALED, b""),
        (KEY, SEALED, AAD + b"x"),
        (KEY, SEALED[:-1], AAD),
        (KEY, SEALED[1:], AAD),
        (KEY, SEALED[:15], AAD),
        (KEY, b"", AAD),
        *[
            (KEY, SEALED[:i] + bytes([SEALED[i] ^ 1 << bit]) + SEALED[i + 1 :], AAD)
            for i in range(20)
            for bit in (0, 7)
        ],
    ],
)
def test_other_bytes_do_not_open(key: bytes, sealed: bytes, aad: bytes) -> None:
    """Another key, text, tag or associated data is an OpenError."""
    with pytest.raises(crypto.OpenError):
        crypto.unseal(key, sealed, aad)


@pytest.mark.parametrize("lost", ["cryptography.hazmat.bindings._rust", None], ids=["public", "private"])
def test_both_ways_to_the_class_refuse_alike(monkeypatch: pytest.MonkeyPatch, lost: str | None) -> None:
    """The refusal is recognised by whichever way the class was found."""
    if lost:
        monkeypatch.setitem(sys.modules, lost, None)
    with pytest.raises(crypto.OpenError):
        crypto.unseal(KEY, SEALED, b"")


def test_a_mistake_of_ours_is_not_taken_for_another_key() -> None:
    """A key of impossible size is a ValueError, not a refusal of the vault."""
    with pytest.raises(ValueError, match="32 bytes"):
        crypto.unseal(KEY[:16], SEALED, AAD)


# --- Argon2id ---------------------------------------------------------------------------------------

COSTS = [(8, 1, 1), (64, 1, 4), (129, 3, 16), (1024, 2, 3), (19456, 1, 1), (19457, 2, 1), (65536, 3, 4)]
SALT = bytes(range(32))


@pytest.fixture
def no_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if argon2-cffi's own function is used."""

    def fail(*_: object) -> bytes:
        raise AssertionError("the fallback was used")

    monkeypatch.setattr(crypto, "_argon2id_plain", fail)


@pytest.mark.parametrize(("memory", "passes", "lanes"), COSTS)
def test_argon2id_is_that_of_argon2_cffi(no_fallback: None, memory: int, passes: int, lanes: int) -> None:
    """On our own pages the key is the one that the public function derives."""
    wanted = hash_secret_raw(b"password", SALT, passes, memory, lanes, 32, Type.ID, version=19)
    assert wanted == crypto.argon2id(b"password", SALT, memory, passes, lanes)


@pytest.mark.parametrize(("memory", "passes", "lanes"), COSTS)
def test_argon2id_is_that_of_cryptography(memory: int, passes: int, lanes: int) -> None:
    """OpenSSL's implementation, which shares no code, derives the same key."""
    other = Argon2id(salt=SALT, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    assert other.derive(b"password") == crypto.argon2id(b"password", SALT, memory, passes, lanes)


@pytest.mark.parametrize("password", [b"x", b"\0", b"a\0b", bytes(1024), "Zürich".encode()])
def test_a_password_is_taken_whole(no_fallback: None, password: bytes) -> None:
    """NUL does not end it."""
    wanted = hash_secret_raw(password, SALT, 1, 64, 1, 32, Type.ID, version=19)
    assert wanted == crypto.argon2id(password, SALT, 64, 1, 1)


def test_pages_touched_before_give_the_same_key(no_fallback: None) -> None:
    """A workspace prepared while somebody types changes nothing but the time."""
    workspace = Workspace(1024)
    workspace.touch()
    wanted = hash_secret_raw(b"password", SALT, 2, 1024, 2, 32, Type.ID, version=19)
    assert wanted == crypto.argon2id(b"password", SALT, 1024, 2, 2, workspace)


def test_a_larger_workspace_gives_the_same_key(no_fallback: None) -> None:
    """Only as much as is asked for is used."""
    wanted = hash_secret_raw(b"password", SALT, 2, 64, 2, 32, Type.ID, version=19)
    assert wanted == crypto.argon2id(b"password", SALT, 64, 2, 2, Workspace(4096))


def test_a_workspace_that_is_too_small_is_never_overrun() -> None:
    """Argon2 is refused the memory; it does not write beyond it."""
    with pytest.raises(crypto.DeriveError):
        crypto.argon2id(b"password", SALT, 8192, 1, 1, Workspace(4096))


def test_the_workspace_is_given_back() -> None:
    """After a derivation its pages are the system's again."""
    workspace = Workspace(64)
    crypto.argon2id(b"password", SALT, 64, 1, 1, workspace)
    assert workspace._map.closed


class _Unwilling:
    """An FFI whose callbacks the kernel forbids."""

    def __init__(self, ffi: Any, error: type[BaseException]) -> None:
        self._ffi, self._error = ffi, error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ffi, name)

    def callback(self, *_: object) -> Any:
        raise self._error("cannot allocate executable memory")


def _no_bindings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "_argon2_cffi_bindings", None)


def _no_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(mmap, "mmap", refuse)


def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(mmap, "mmap", refuse)


def _no_callbacks(monkeypatch: pytest.MonkeyPatch) -> None:
    import _argon2_cffi_bindings as bindings

    unwilling = SimpleNamespace(ffi=_Unwilling(bindings.ffi, MemoryError), lib=bindings.lib)
    monkeypatch.setitem(sys.modules, "_argon2_cffi_bindings", unwilling)


def _no_executable_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    import _argon2_cffi_bindings as bindings

    unwilling = SimpleNamespace(ffi=_Unwilling(bindings.ffi, SystemError), lib=bindings.lib)
    monkeypatch.setitem(sys.modules, "_argon2_cffi_bindings", unwilling)


FALLBACKS = [_no_bindings, _no_pages, _no_memory, _no_callbacks, _no_executable_pages]


@pytest.mark.parametrize("lack", FALLBACKS, ids=lambda lack: lack.__name__)
def test_what_is_missing_does_not_change_the_key(monkeypatch: pytest.MonkeyPatch, lack: Any) -> None:
    """Without the bindings, the pages or callbacks, argon2-cffi's own function derives the same key."""
    wanted = crypto.argon2id(b"password", SALT, 1024, 2, 2)
    plain, calls = crypto._argon2id_plain, []

    def counted(*inputs: Any) -> bytes:
        calls.append(inputs)
        return plain(*inputs)

    monkeypatch.setattr(crypto, "_argon2id_plain", counted)
    lack(monkeypatch)
    assert (wanted, 1) == (crypto.argon2id(b"password", SALT, 1024, 2, 2), len(calls))


@pytest.mark.parametrize("lack", [None, _no_bindings], ids=["pages", "fallback"])
def test_an_impossible_cost_is_a_derive_error(monkeypatch: pytest.MonkeyPatch, lack: Any) -> None:
    """What the library refuses has one class here, by whichever way it was called."""
    if lack:
        lack(monkeypatch)
    with pytest.raises(crypto.DeriveError):
        crypto.argon2id(b"password", SALT, 8, 1, 4)


def test_no_room_for_pages_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without huge pages serves plain ones."""
    monkeypatch.delattr(mmap, "MADV_HUGEPAGE", raising=False)
    wanted = hash_secret_raw(b"password", SALT, 1, 64, 1, 32, Type.ID, version=19)
    assert wanted == crypto.argon2id(b"password", SALT, 64, 1, 1)


# --- recipients -------------------------------------------------------------------------------------

PRIVATE = bytes(range(1, 33))
INFO = b"coldvault/1/slot\0info"


def hpke_open(private: bytes, sealed: bytes, info: bytes) -> bytes:
    """RFC 9180, sections 4.1, 5.1 and 5.2, by hand: base mode, X25519, HKDF-SHA256, ChaCha20-Poly1305."""
    kem, suite = b"KEM\0\x20", b"HPKE\0\x20\0\x01\0\x03"

    def extract(name: bytes, salt: bytes, label: bytes, key: bytes) -> bytes:
        return hmac.digest(salt, b"HPKE-v1" + name + label + key, "sha256")

    def expand(name: bytes, key: bytes, label: bytes, more: bytes, size: int) -> bytes:
        labelled = struct.pack(">H", size) + b"HPKE-v1" + name + label + more
        return hmac.digest(key, labelled + b"\x01", "sha256")[:size]

    ours, enc = X25519PrivateKey.from_private_bytes(private), sealed[:32]
    point = ours.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + ours.public_key().public_bytes_raw()
    shared = expand(kem, extract(kem, b"", b"eae_prk", point), b"shared_secret", context, 32)
    schedule = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    secret = extract(suite, shared, b"secret", b"")
    key, nonce = (
        expand(suite, secret, b"key", schedule, 32),
        expand(suite, secret, b"base_nonce", schedule, 12),
    )
    return ChaCha20Poly1305(key).decrypt(nonce, sealed[32:], b"")


def test_a_public_key_is_x25519() -> None:
    """RFC 7748, section 6.1: Alice's keys."""
    private = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
    public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    assert public == crypto.public_key(bytes.fromhex(private)).hex()


def test_what_is_wrapped_opens_by_hand() -> None:
    """A reader written from RFC 9180 alone opens what we wrap."""
    assert KEY == hpke_open(PRIVATE, crypto.wrap_to(crypto.public_key(PRIVATE), KEY, INFO), INFO)


def test_unwrap_undoes_wrap() -> None:
    """The plaintext comes back."""
    sealed = crypto.wrap_to(crypto.public_key(PRIVATE), KEY, INFO)
    assert KEY == crypto.unwrap_with(PRIVATE, sealed, INFO)


def test_each_wrapping_is_new() -> None:
    """The same key wrapped twice looks unrelated."""
    public = crypto.public_key(PRIVATE)
    assert crypto.wrap_to(public, KEY, INFO)[:32] != crypto.wrap_to(public, KEY, INFO)[:32]


def test_a_wrapped_key_has_eighty_bytes() -> None:
    """32 of the encapsulated key, 32 of the data key, 16 of the tag: the slot's room."""
    assert len(crypto.wrap_to(crypto.public_key(PRIVATE), KEY, INFO)) == 80


WRAPPED = crypto.wrap_to(crypto.public_key(PRIVATE), KEY, INFO)


def test_a_library_that_refuses_a_point_by_value_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether cryptography calls it an invalid tag or an invalid value, it does not open."""

    def refuse(*_: object) -> bytes:
        raise ValueError("Error computing shared key.")

    monkeypatch.setattr(crypto, "_suite", lambda: SimpleNamespace(decrypt=refuse))
    with pytest.raises(crypto.OpenError):
        crypto.unwrap_with(PRIVATE, WRAPPED, INFO)


# Points of small order, RFC 7748 section 7 and https://cr.yp.to/ecdh.html: the shared point would be zero.
LOW_ORDER = [
    bytes(32),
    b"\x01" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    bytes.fromhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]


@pytest.mark.promise(2)
@pytest.mark.parametrize(
    ("private", "sealed", "info"),
    [
        (PRIVATE[::-1], WRAPPED, INFO),
        (PRIVATE, WRAPPED, INFO + b"x"),
        (PRIVATE, WRAPPED, b""),
        (PRIVATE, WRAPPED[:-1], INFO),
        (PRIVATE, WRAPPED[:31], INFO),
        (PRIVATE, b"", INFO),
        (PRIVATE, WRAPPED[:31] + bytes([WRAPPED[31] ^ 0x80]) + WRAPPED[32:], INFO),
        *[(PRIVATE, point + WRAPPED[32:], INFO) for point in LOW_ORDER],
        *[(PRIVATE, WRAPPED[:i] + bytes([WRAPPED[i] ^ 1]) + WRAPPED[i + 1 :], INFO) for i in range(80)],
    ],
    ids=map(str, range(7 + len(LOW_ORDER) + 80)),  # what is wrapped is random, and no name for a test
)
def test_other_bytes_do_not_unwrap(private: bytes, sealed: bytes, info: bytes) -> None:
    """Another key, other info, a changed bit or a point of small order is an OpenError."""
    with pytest.raises(crypto.OpenError):
        crypto.unwrap_with(private, sealed, info)
