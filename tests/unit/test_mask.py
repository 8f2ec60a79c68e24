"""The streaming redactor: no covered form comes through, however the stream is cut; all else does."""

from __future__ import annotations

import base64
import copy
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vault.base.secret import Secret
from vault.launch import mask
from vault.launch.mask import MAX_HELD, Mask

KEY = "37c541a1-0b1c-4d2e-9f3a-10fe7a038418"
SECRET = "22582BD0CFF14C41EDBF1AB98506286D"
LONG = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"  # as Binance's
BODY = [base64.b64encode(random.Random(line).randbytes(48)).decode() for line in range(26)]
PEM = "\n".join(["-----BEGIN PRIVATE KEY-----", *BODY, "AbC=", "-----END PRIVATE KEY-----", ""])
ODD = "P/ß 'a'+\"b\"\\<&>~é🔑"
VALUES = {
    "key": KEY,
    "secret": SECRET,
    "shortest": "Qw!r/y7",
    "long": LONG,
    "odd": ODD,
    "quote": "it's a\tpaß",
    "separator": "öne<\u2028line",
    "lines": "first part\r\nsecond part\r\n",
    "controls": "tab\there\x01\x7fend",
    "pem": PEM,
}


def masked(data: bytes | str, *values: str) -> str:
    """All of *data* in one write, and the end."""
    redactor = Mask(map(Secret, values))
    data = data.encode() if isinstance(data, str) else data
    return (redactor.feed(data) + redactor.end()).decode("utf-8", "replace")


def forms_of(*values: str) -> list[bytes]:
    """All that is searched for."""
    return sorted({piece for v in values for form in mask._forms(v) for piece in mask._pieces(form)})


# --- the model: slow, plain, and of the whole text ---------------------------------------------------


def spans(data: bytes, forms: list[bytes]) -> list[tuple[int, int]]:
    """Where forms are, those that touch taken together."""
    hit = bytearray(len(data) + 1)
    joined: list[tuple[int, int]] = []
    for form in forms:
        at = data.find(form)
        while at >= 0:
            hit[at : at + len(form)] = b"\1" * len(form)
            at = data.find(form, at + 1)
    at = hit.find(1)
    while at >= 0:
        end = hit.index(0, at)
        joined.append((at, end))
        at = hit.find(1, end)
    return joined


def model(data: bytes, forms: list[bytes]) -> bytes:
    """*data* redacted at once."""
    out, done = b"", 0
    for start, end in spans(data, forms):
        out, done = out + data[done:start] + b"***", end
    return out + data[done:]


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


# --- forms ---------------------------------------------------------------------------------------------


def numbered(text: str, which: str) -> str:
    return "".join(f"\\u{ord(c):04X}" if c in which else c for c in text)


ENCODERS: dict[str, Callable[[str], str | bytes]] = {
    "raw": str.encode,
    "UTF-16": lambda v: v.encode("utf-16-le"),
    "base64": lambda v: base64.b64encode(v.encode()),
    "base64 for URLs": lambda v: base64.urlsafe_b64encode(v.encode()),
    "base64 without padding": lambda v: base64.b64encode(v.encode()).rstrip(b"="),
    "base64 for URLs without padding": lambda v: base64.urlsafe_b64encode(v.encode()).rstrip(b"="),
    "hex": lambda v: v.encode().hex(),
    "HEX": lambda v: v.encode().hex().upper(),
    "quote": quote,
    "quote, nothing safe": lambda v: quote(v, safe=""),
    "quote_plus": quote_plus,
    "encodeURIComponent": lambda v: quote(v, safe="!'()*"),
    "form of WHATWG": lambda v: quote_plus(v, safe="*").replace("~", "%7E"),
    "percent, lower case": lambda v: "".join(
        c if c.isascii() and c.isalnum() else "".join(f"%{b:02x}" for b in c.encode()) for c in v
    ),
    "JSON": lambda v: json.dumps(v)[1:-1],
    "JSON beyond ASCII": lambda v: json.dumps(v, ensure_ascii=False)[1:-1],
    "JSON of PHP": lambda v: json.dumps(v)[1:-1].replace("/", "\\/"),
    "JSON of Go": lambda v: (
        json.dumps(v, ensure_ascii=False)[1:-1]
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
    ),
    "repr": lambda v: repr(v)[1:-1],
    "repr among both quotes": lambda v: repr(f"\"'{v}")[4:-1],
    "ascii": lambda v: ascii(v)[1:-1],
    "repr of bytes": lambda v: repr(v.encode())[2:-1],
    "at a terminal": lambda v: v.replace("\n", "\r\n"),
    "stripped, in hex": lambda v: v.strip().encode().hex(),
    "read as text, in hex": lambda v: v.replace("\r\n", "\n").encode().hex(),
    "read as text and stripped, in hex": lambda v: v.replace("\r\n", "\n").strip().encode().hex(),
}
LOWER = "percent, lower case"  # leaves other marks than ours does: only where there are none of -._~


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("name", VALUES)
def test_a_form_is_hidden_whole(name: str, encoder: str) -> None:
    """What real encoders make of a value, to its last character, whatever stands around it."""
    value = VALUES[name]
    if encoder == LOWER:
        value = value.translate(dict.fromkeys(map(ord, "-._~"), "x"))
    form = ENCODERS[encoder](value)
    form = form.encode() if isinstance(form, str) else form
    assert "before ***, after" == masked(b"before " + form + b", after", value)


@pytest.mark.parametrize("value", [ODD, KEY + "/<+>'\"&`"])
def test_json_of_dotnet_is_hidden(value: str) -> None:
    """It numbers more characters than JSON asks for, in upper case."""
    body = json.dumps(value)[1:-1].replace('\\"', '"')
    units = iter(body.split("\\u"))
    body = next(units) + "".join(f"\\u{unit[:4].upper()}{unit[4:]}" for unit in units)
    assert '"***"' == masked(f'"{numbered(body, chr(34) + "&+<>`" + chr(39))}"', value)


@pytest.mark.parametrize("before", ["", "z", "zz", "zzz"])
@pytest.mark.parametrize("after", ["", "\n", "\n\n", "z", "zz", "zzz"])
@pytest.mark.parametrize("name", ["key", "secret", "shortest", "long", "odd"])
def test_base64_of_more_than_the_value(name: str, before: str, after: str) -> None:
    """At every alignment; a character that is shared may stay, but not at the text's or the line's end."""
    raw = VALUES[name].encode()
    text = base64.b64encode(before.encode() + raw + after.encode()).decode()
    end = (len(before) + len(raw)) * 8
    left, right = text[: -(-len(before) * 8 // 6)], text[(end if "z" in after else end + 5) // 6 :]
    assert left + "***" + (right if after else "") == masked(text, VALUES[name])


def test_a_basic_authorization_hides_both() -> None:
    """base64 of key:secret, as a header has it."""
    token = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    assert "Basic ***" == masked(f"Basic {token}", KEY, SECRET)[:9]
    assert 4 >= len(masked(token, KEY, SECRET).replace("***", ""))


@pytest.mark.parametrize("width", [64, 76])
@pytest.mark.parametrize("name", ["long", "pem"])
def test_wrapped_base64_is_hidden(name: str, width: int) -> None:
    """As base64(1) and openssl write it: all but a short last line."""
    text = base64.b64encode(VALUES[name].encode()).decode()
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    *shown, last = masked("\n".join(lines), VALUES[name]).split("\n")
    assert ["***"] * len(shown) == shown
    assert last.startswith("***") or len(last) < mask.MIN_LINE


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_the_lines_of_a_key_are_hidden_one_by_one(ending: str) -> None:
    """Joined, or printed in part; not the lines that any key has."""
    assert (ending.join(["***"] * 6) if ending else "***") == masked(ending.join(BODY[3:9]), PEM)
    assert "expected -----BEGIN PRIVATE KEY-----" == masked("expected -----BEGIN PRIVATE KEY-----", PEM)


def test_line_breaks_that_are_written_out() -> None:
    """A PEM in one line of an .env file is printed by its program in many."""
    assert "x ***\n***\n" == masked(f"x {BODY[0]}\n{BODY[1]}\n", PEM.replace("\n", "\\n"))


def test_short_lines_of_a_value_are_ordinary_text() -> None:
    """The braces of a key file in JSON are in every JSON."""
    value = json.dumps({"name": "a", "privateKey": SECRET}, indent=2)
    assert '{\n  "name": "a",\n' == masked('{\n  "name": "a",\n', value)
    assert "{\n  ***\n" == masked(f'{{\n  "privateKey": "{SECRET}"\n', value)


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
        expected = model(data, forms)
        assert not any(form in expected for form in forms)
        for _ in range(20):
            out = b"".join(redactor.feed(part) for part in cuts(data, dice, 1, 3, 20, 200))
            assert expected == out + redactor.end()


@pytest.mark.parametrize("seed", range(3))
def test_no_cut_lets_a_long_form_through(seed: int) -> None:
    """Of many lines, and of more than is ever held back."""
    dice = random.Random(seed)
    values = [PEM, KEY, base64.b64encode(dice.randbytes(2500)).decode()]
    forms = forms_of(*values)
    whole = [form for value in values for form in mask._forms(value)]
    redactor = Mask(map(Secret, values))
    for _ in range(30):
        data = stream(dice, whole)
        expected = model(data, forms)
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
    assert model(data, forms) == out + redactor.end()


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
@pytest.mark.slow
def test_memory_stays_as_it_is() -> None:
    """Less than 1 MB more after a gigabyte than after its beginning."""
    pytest.importorskip("resource")
    command = [sys.executable, "-c", GIGABYTE, LONG]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1_000_000
