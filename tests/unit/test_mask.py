"""The streaming redactor: no covered form comes through, however the stream is cut; all else does."""

from __future__ import annotations

import base64
import copy
import random
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from search import redacted, spans

from vault.base.secret import Secret
from vault.launch.mask import MAX_HELD, Mask
from vault.search.forms import forms, pieces

KEY = "37c541a1-0b1c-4d2e-9f3a-10fe7a038418"
SECRET = "22582BD0CFF14C41EDBF1AB98506286D"
LONG = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"  # as Binance's
BODY = [base64.b64encode(random.Random(line).randbytes(48)).decode() for line in range(26)]
PEM = "\n".join(["-----BEGIN PRIVATE KEY-----", *BODY, "AbC=", "-----END PRIVATE KEY-----", ""])
ODD = "P/ß 'a'+\"b\"\\<&>~é🔑"


def masked(data: bytes | str, *values: str) -> str:
    """All of *data* in one write, and the end."""
    redactor = Mask(map(Secret, values))
    data = data.encode() if isinstance(data, str) else data
    return (redactor.feed(data) + redactor.end()).decode("utf-8", "replace")


def forms_of(*values: str) -> list[bytes]:
    """All that is searched for."""
    return sorted({piece for v in values for form in forms(v) for piece in pieces(form, MAX_HELD + 1)})


# --- the model: slow, plain, and of the whole text ---------------------------------------------------


def model_so_far(data: bytes, forms: list[bytes]) -> bytes:
    """What is out when *data* has come and more may: all but the longest end that begins a form."""
    longest = max(
        (n for form in forms for n in range(1, min(len(form), len(data) + 1)) if data.endswith(form[:n])),
        default=0,
    )
    decided = len(data) - longest
    out, done = b"", 0
    for start, end in spans(data, forms):
        if start <= decided:
            out, done = out + data[done:start] + b"***", end
    return out + data[done:decided]


def cuts(data: bytes, dice: random.Random, *sizes: int) -> Iterator[bytes]:
    """*data* in writes of random sizes, of one byte and of nothing too."""
    at = 0
    size = dice.choice(sizes)
    while at < len(data):
        step = dice.randint(0, size)
        yield data[at : at + step]
        at += step


# Values that stand in each other's way: prefixes, suffixes that begin another, one in another's base64.
CROWD = [
    KEY,
    SECRET,
    SECRET[:16],
    SECRET[20:] + "overlap",
    "aaaaaaaa",
    "abababab",
    base64.b64encode(KEY.encode()).decode()[5:17],
    "Pa ss/ß",
]


def stream(dice: random.Random, forms: list[bytes]) -> bytes:
    """Forms, beginnings, ends and cuttings of them, and text, side by side."""
    parts = []
    for _ in range(dice.randint(1, 12)):
        form = dice.choice(forms)
        first, last = sorted((dice.randint(0, len(form)), dice.randint(0, len(form))))
        ways = (form, form, form[:last], form[first:], form[first:last], b"\n", b"price=1.5 ")
        parts.append(dice.choice(ways) if dice.random() < 0.9 else dice.randbytes(9))
    return b"".join(parts)


# --- values --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [KEY, SECRET, "Qw!r/y7", LONG, ODD, PEM], ids=ascii)
def test_every_form_of_a_value_is_hidden(value: str) -> None:
    """To its last character."""
    for form in forms(value):
        assert "before ***, after" == masked(b"before " + form + b", after", value)


@pytest.mark.parametrize("way", [str, lambda text: text.encode().hex()], ids=["raw", "hex"])
def test_a_huge_value_is_hidden_whole(way: Callable[[str], str]) -> None:
    """Piece by piece, and yet behind one group of stars."""
    value = base64.b64encode(random.Random(1).randbytes(12345)).decode()
    assert "a *** z" == masked(f"a {way(value)} z", value)


def test_a_value_is_found_wherever_it_lies() -> None:
    """In one write of many times what is looked at at once."""
    redactor = Mask([Secret(KEY)])
    for at in range(3000):
        assert b"." * at + b"***" + b"." * 2000 == redactor.feed(b"." * at + KEY.encode() + b"." * 2000)


# --- what is not hidden --------------------------------------------------------------------------------


def test_short_values_are_told_and_left() -> None:
    """By their positions, so that the caller can name them; blanks around do not make a value long."""
    values = ["1", KEY, "abcdef", "abcdefg", "      \t     1", ""]
    assert (0, 2, 4, 5) == Mask(map(Secret, values)).uncovered
    assert "1 abcdef ***              1" == masked("1 abcdef abcdefg              1", *values)


def test_the_end_of_a_long_value_is_ordinary_text() -> None:
    """No piece of a value is shorter than what may be hidden at all."""
    value = base64.b64encode(random.Random(3).randbytes(771)).decode()[:-1]
    assert 1027 == len(value)
    assert f"{value[-3:]} ***" == masked(f"{value[-3:]} {value}", value)


def test_without_a_value_all_goes_through() -> None:
    """At once."""
    redactor = Mask([])
    assert b"37c541a1-0b1c" == redactor.feed(b"37c541a1-0b1c")
    assert b"" == redactor.end()
    assert () == redactor.uncovered


def test_nothing_in_nothing_out() -> None:
    """Empty writes and an empty stream."""
    redactor = Mask([Secret(KEY)])
    assert b"" == redactor.feed(b"") + redactor.feed(b"") + redactor.end()


FORMS = forms_of(KEY, SECRET, "Qw!r/y7", ODD)
BEGINNINGS = st.builds(lambda form, n: form[: n % len(form)], st.sampled_from(FORMS), st.integers(0))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.binary(), st.text().map(str.encode), BEGINNINGS)))
def test_what_holds_no_value_comes_out_as_it_went_in(writes: list[bytes]) -> None:
    """Byte for byte, whatever the bytes, beginnings of values too."""
    assume(not any(form in b"".join(writes) for form in FORMS))
    redactor = Mask(map(Secret, (KEY, SECRET, "Qw!r/y7", ODD)))
    out = []
    for number, data in enumerate(writes):
        out.append(redactor.feed(data))
        if number % 3 == 0:
            out.append(redactor.release())
    assert b"".join(writes) == b"".join(out) + redactor.end()


# --- the stream ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 10))])
def test_no_cut_lets_a_form_through(seed: int) -> None:
    """A thousand splits a seed: always as the whole at once, and no form is in it."""
    dice = random.Random(seed)
    values = dice.sample(CROWD, dice.randint(2, len(CROWD)))
    forms = forms_of(*values)
    redactor = Mask(map(Secret, values))
    for _ in range(50):
        data = stream(dice, forms)
        expected = redacted(data, forms)
        assert not any(form in expected for form in forms)
        for _ in range(20):
            out = b"".join(redactor.feed(part) for part in cuts(data, dice, 1, 3, 20, 200))
            assert expected == out + redactor.end()


@pytest.mark.parametrize("seed", range(3))
def test_no_cut_lets_a_long_form_through(seed: int) -> None:
    """Of many lines, and of more than is ever held back."""
    dice = random.Random(seed)
    values = [PEM, KEY, base64.b64encode(dice.randbytes(2500)).decode()]
    hidden, whole = forms_of(*values), [form for value in values for form in forms(value)]
    redactor = Mask(map(Secret, values))
    for _ in range(30):
        data = stream(dice, whole)
        expected = redacted(data, hidden)
        for _ in range(5):
            out = b"".join(redactor.feed(part) for part in cuts(data, dice, 100, 1500))
            assert expected == out + redactor.end()


@pytest.mark.parametrize("seed", range(6))
def test_no_more_is_held_back_than_must_be(seed: int) -> None:
    """After each byte, all is out but the longest end that begins a form."""
    dice = random.Random(seed)
    values = dice.sample(CROWD, 4)
    forms = forms_of(*values)
    data = stream(dice, forms)[:400]
    redactor, out = Mask(map(Secret, values)), b""
    for at in range(len(data)):
        out += redactor.feed(data[at : at + 1])
        assert model_so_far(data[: at + 1], forms) == out
    assert redacted(data, forms) == out + redactor.end()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abcdefghijkl", "***"),  # two that overlap: no end of the second is left
        ("abcdefgh.efghijkl", "***.***"),
        ("abcdefghabcdefgh", "***"),  # two side by side: not told from one
        ("abcdefgh", "***"),
        ("abcdefgh-and-longer", "***"),  # one begins another
        ("abcdefgh-and-longe", "***-and-longe"),
        ("abcdefgabcdefgh", "abcdefg***"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_values_in_each_others_way(text: str, expected: str, size: int) -> None:
    """Hidden is every byte of every value."""
    redactor = Mask(map(Secret, ("abcdefgh", "efghijkl", "abcdefgh-and-longer")))
    out = b"".join(redactor.feed(text[at : at + size].encode()) for at in range(0, len(text), size))
    assert expected.encode() == out + redactor.end()


def test_a_value_within_anothers_base64() -> None:
    """Both of them, together and alone."""
    text = base64.b64encode(SECRET.encode()).decode()
    inner = text[7:20]
    assert "***\n*** x" == masked(f"{text}\n{inner} x", inner, SECRET)


def test_stars_show_before_it_is_clear_how_long_the_value_is() -> None:
    """A value is complete, and may be the beginning of a longer one: nothing of it waits."""
    redactor = Mask(map(Secret, (SECRET[:16], SECRET)))
    assert b"key ***" == redactor.feed(f"key {SECRET[:16]}".encode())
    assert b"" == redactor.feed(SECRET[16:20].encode())
    assert (SECRET[16:20] + "!").encode() == redactor.feed(b"!")


def test_a_prompt_is_not_delayed() -> None:
    """Nor is ordinary text that ends a write anywhere."""
    redactor = Mask(map(Secret, (KEY, SECRET)))
    for text in (b"Password: ", b"Continue? [y/N] ", b">>> ", b"50%|#####     |\r", b"\x1b[1mOK\x1b[0m"):
        assert text == redactor.feed(text)


def test_a_typed_letter_is_shown_after_a_moment() -> None:
    """Alone, once; and if a value goes on from it, the rest is hidden."""
    redactor = Mask([Secret(KEY)])
    assert b"" == redactor.release()
    assert b"$ " == redactor.feed(b"$ 3")
    assert b"3" == redactor.release()
    assert b"" == redactor.release()
    assert b"***" == redactor.feed(KEY[1:].encode())
    assert b"\n" == redactor.feed(b"\n3")
    assert b"3" == redactor.release()
    assert b".14" == redactor.feed(b".14")
    assert b"" == redactor.end()


def test_a_typed_letter_parts_the_stars() -> None:
    """So that what follows does not read as if it were the rest of the value."""
    redactor = Mask([Secret(KEY)])
    assert b"***" == redactor.feed(KEY.encode() + b"3")
    assert b"3" == redactor.release()
    assert b"***." == redactor.feed(KEY[1:].encode() + b".")


def test_two_letters_of_a_value_wait() -> None:
    """A program that pauses in the middle of a value gives one byte away at most."""
    redactor = Mask([Secret(KEY)])
    assert b"" == redactor.feed(KEY[:2].encode())
    assert b"" == redactor.release()
    assert b"" == redactor.feed(KEY[2:30].encode()) + redactor.release()
    assert b"***" == redactor.feed(KEY[30:].encode())


def test_stars_are_not_released_again() -> None:
    """A byte that stars stand for is not held back."""
    redactor = Mask(map(Secret, ("abcdefgh", "hijklmno")))
    assert b"***" == redactor.feed(b"abcdefgh")
    assert b"" == redactor.release()
    assert b"" == redactor.feed(b"ijklmno")
    assert b"." == redactor.feed(b".")


def test_the_end_gives_what_was_held_back() -> None:
    """And a new stream begins: what was before it does not matter."""
    redactor = Mask([Secret(KEY)])
    assert b"" == redactor.feed(KEY[:-1].encode())
    assert KEY[:-1].encode() == redactor.end()
    assert KEY[-1:].encode() == redactor.feed(KEY[-1:].encode())
    assert b"***" == redactor.feed(KEY.encode())
    redactor.end()
    assert b"***" == redactor.feed(KEY.encode())  # stars of its own, though the other stream ended in some


def test_a_copy_is_for_another_stream() -> None:
    """Neither knows what the other was fed."""
    one = Mask([Secret(KEY)])
    two = copy.copy(one)
    assert b"" == one.feed(KEY[:20].encode())
    assert KEY[20:].encode() == two.feed(KEY[20:].encode())
    assert b"***" == one.feed(KEY[20:].encode())


def test_what_is_held_back_has_a_bound() -> None:
    """However long the value."""
    value = base64.b64encode(random.Random(2).randbytes(4096)).decode()
    redactor = Mask([Secret(value)])
    for at in range(0, len(value), 61):
        redactor.feed(value[at : at + 61].encode())
        assert len(copy.copy(redactor).end()) <= MAX_HELD
    assert MAX_HELD < len(value)


def test_it_does_not_show_what_it_hides() -> None:
    """Not in its repr."""
    assert KEY not in repr(Mask([Secret(KEY)]))


GIGABYTE = """
import resource, sys
from vault.launch.mask import Mask
from vault.base.secret import Secret
value = sys.argv[1]
mask = Mask([Secret(value)])
data = (("x" * 70 + value[:40]) * 800 + value + value[:50]).encode()
peaks = []
for total in (20_000_000, 1_000_000_000):
    while total > 0:
        total -= len(data)
        mask.feed(data)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
unit = 1 if sys.platform == "darwin" else 1024
print((peaks[1] - peaks[0]) * unit)
"""


@pytest.mark.slow
def test_memory_stays_as_it_is() -> None:
    """Less than 1 MB more after a gigabyte than after its beginning."""
    pytest.importorskip("resource")
    command = [sys.executable, "-c", GIGABYTE, LONG]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1_000_000
