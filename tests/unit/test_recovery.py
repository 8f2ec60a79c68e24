"""Recovery keys in writing."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vault
from vault.unlock.recovery import RecoveryKey

KEYS = st.binary(min_size=32, max_size=32)
# Its text has all letters that are confused with digits.
PRIVATE = next(
    key
    for key in (sha256(bytes([i])).digest() for i in range(256))
    if set("OIB") <= set(RecoveryKey(key).text().reveal()[5:])
)
TEXT = RecoveryKey(PRIVATE).text().reveal()


def by_hand(private: bytes) -> str:
    """docs/format.md, "Recovery key", once more."""
    check = sha256(b"coldvault/1/recovery-key\0" + private).digest()[:3]
    letters = base64.b32encode(private + check).decode()
    return "CVR1-" + "-".join(letters[i : i + 7] for i in range(0, 56, 7))


@given(KEYS)
def test_the_text_is_that_of_the_format(private: bytes) -> None:
    """Prefix, base32 of key and check, eight groups of seven."""
    assert by_hand(private) == RecoveryKey(private).text().reveal()


@given(KEYS)
def test_what_is_written_is_read(private: bytes) -> None:
    """read undoes text."""
    key = RecoveryKey.read(RecoveryKey(private).text().reveal())
    assert key is not None
    assert private == key.private


@pytest.mark.parametrize(
    "typed",
    [
        TEXT.lower(),
        TEXT.title(),
        TEXT.replace("-", ""),
        TEXT.replace("-", " "),
        TEXT.replace("-", "\n"),
        f"  {TEXT}\r\n",
        " ".join(TEXT),
        TEXT[:5] + TEXT[5:].replace("O", "0").replace("I", "1").replace("B", "8"),
        TEXT.replace("-", "- "),
    ],
    ids=ascii,
)
def test_a_way_of_typing_it(typed: str) -> None:
    """Case, blanks, dashes and confused digits do not matter."""
    key = RecoveryKey.read(typed)
    assert key is not None
    assert key.private == PRIVATE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "CVR1",
        "CVR1-",
        TEXT[:-1],
        TEXT + "A",
        TEXT[5:],
        "CVR2" + TEXT[4:],
        TEXT.replace("-", "_"),
        TEXT[:-1] + "9",
        TEXT[:-1] + "=",
        TEXT[:-1] + "é",
        "CVR1-" + "Ä" * 56,
        "CVR1-" + "A" * 56,
        "correct horse battery staple",
        "CVR1-staple",
    ],
    ids=ascii,
)
def test_no_recovery_key(typed: str) -> None:
    """Anything else is none, and may be a password."""
    assert RecoveryKey.read(typed) is None


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def test_every_slip_of_one_letter_is_seen() -> None:
    """No single wrong letter, in whatever place, gives another key."""
    slips = [
        TEXT[:i] + letter + TEXT[i + 1 :]
        for i in range(5, len(TEXT))
        if TEXT[i] != "-"
        for letter in LETTERS
        if letter != TEXT[i]
    ]
    assert (56 * 31, []) == (len(slips), [slip for slip in slips if RecoveryKey.read(slip)])


def test_swapped_neighbours_are_seen() -> None:
    """The commonest slip of all gives no other key."""
    bare = TEXT.replace("-", "")
    swaps = [bare[:i] + bare[i + 1] + bare[i] + bare[i + 2 :] for i in range(4, 59) if bare[i] != bare[i + 1]]
    assert [] == [swap for swap in swaps if RecoveryKey.read(swap)]


@given(st.text(max_size=70))
def test_any_text_is_read_without_an_error(text: str) -> None:
    """Whatever a person types, there is a key or None."""
    assert RecoveryKey.read(f"CVR1{text}") is None or len(text) >= 56


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_has_32_bytes(size: int) -> None:
    """Another size is a mistake of the caller's."""
    with pytest.raises(ValueError, match="32 bytes"):
        RecoveryKey(bytes(size))


def test_it_is_not_shown() -> None:
    """Neither repr nor str has the key in any writing."""
    key = RecoveryKey(PRIVATE)
    assert {"RecoveryKey(***)"} == {repr(key), str(key), f"{key}"}


def test_a_new_one_is_random() -> None:
    """A hundred differ."""
    assert len({vault.new_recovery_key().private for _ in range(100)}) == 100


def test_its_text_is_a_secret() -> None:
    """The writing itself does not show by accident."""
    assert isinstance(RecoveryKey(PRIVATE).text(), vault.Secret)
