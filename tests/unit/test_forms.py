"""The forms of a value: what real encoders write is among them, and ordinary text is not."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from search import redacted

from vault.search.forms import MIN_LINE, forms, pieces

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
    """*data*, with every form of the values hidden."""
    data = data.encode() if isinstance(data, str) else data
    return redacted(data, [form for value in values for form in forms(value)]).decode("utf-8", "replace")


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
    assert last.startswith("***") or len(last) < MIN_LINE


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


@pytest.mark.parametrize(
    ("value", "count"), [("1", 0), ("abcdef", 0), ("      \t     1", 0), ("", 0), ("abcdefg", 1)]
)
def test_a_short_value_has_no_forms(value: str, count: int) -> None:
    """Blanks around it do not make it long."""
    assert count == sum(form == value.encode() for form in forms(value))


@pytest.mark.parametrize("size", [8, 9, 13, 100])
def test_pieces_cover_a_form(size: int) -> None:
    """From its first byte to its last, each of that size, unless the form is shorter."""
    form = bytes(range(50))
    first, *_, last = [*pieces(form, size)] * 2
    assert (form[:size], form[-size:]) == (first, last)
    assert {*form} == {byte for piece in pieces(form, size) for byte in piece}
    assert {min(size, 50)} == {*map(len, pieces(form, size))}
