"""Canonical JSON: one text for one value, whichever encoder is at hand."""

from __future__ import annotations

import importlib.util
import json
import sys
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vault.base import canonical
from vault.core.model import Payload
from vault.errors import Malformed


def _without_c() -> ModuleType:
    """The module as it is where the C scanner and encoder are missing."""
    spec = importlib.util.spec_from_file_location("vault.base.canonical_without_c", canonical.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get("_json")
    sys.modules["_json"] = None  # type: ignore[assignment]  # an import of it fails
    try:
        spec.loader.exec_module(module)
    finally:
        if before is None:
            del sys.modules["_json"]
        else:
            sys.modules["_json"] = before
    return module


PLAIN = _without_c()
BOTH = pytest.mark.parametrize("module", [canonical, PLAIN], ids=["C", "json"])

TEXT = st.text(st.characters(codec="utf-8"))
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def test_the_fallback_is_another_implementation() -> None:
    """The second import did not find the C encoder, or the comparisons below would say nothing."""
    assert hasattr(canonical, "make_encoder")
    assert not hasattr(PLAIN, "make_encoder")


@given(VALUES)
def test_both_write_the_same_bytes(value: Any) -> None:
    """The C encoder and the json module agree on every value."""
    assert PLAIN.dumps(value) == canonical.dumps(value)


@given(VALUES)
def test_the_text_is_that_of_json(value: Any) -> None:
    """The one encoding is what anybody's json module writes with sorted keys and without blanks."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert text.encode() == canonical.dumps(value)


@BOTH
@given(value=VALUES)
def test_a_value_is_read_back(module: ModuleType, value: Any) -> None:
    """loads undoes dumps, control characters and all."""
    assert value == module.loads(module.dumps(value))


@BOTH
@pytest.mark.parametrize("code", [*range(0x20), 0x7F, 0x80, 0x85, 0xA0, 0x2028, 0xFEFF, 0xFFFF, 0x10FFFF])
def test_every_odd_character_survives(module: ModuleType, code: int) -> None:
    """Control characters, separators and the last ones come back as they were."""
    assert chr(code) == module.loads(module.dumps(chr(code)))


REFUSED = {
    "nothing": b"",
    "blank before": b" {}",
    "blank behind": b"{} ",
    "newline behind": b"{}\n",
    "byte order mark": b"\xef\xbb\xbf{}",
    "two values": b"{}{}",
    "float": b"1.5",
    "float within": b'{"a":[1.0]}',
    "exponent": b"1e5",
    "minus zero with point": b"-0.0",
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "-Infinity": b"-Infinity",
    "NaN within": b'{"a":NaN}',
    "raw control character": b'"a\nb"',
    "raw NUL": b'"\0"',
    "single quotes": b"{'a':1}",
    "trailing comma": b"[1,]",
    "comment": b"[1]//",
    "cut text": b'"abc',
    "cut object": b'{"a":1',
    "no key": b"{1:2}",
    "no UTF-8": b'"\xff"',
    "overlong UTF-8": b'"\xc0\x80"',
    "raw surrogate": b'"\xed\xa0\x80"',
    "UTF-16": '"a"'.encode("utf-16"),
    "too deep": b"[" * 100_000,
    "too many digits": b"1" * 5_000,
    "leading zero": b"01",
    "plus": b"+1",
    "undefined": b"undefined",
    "bad escape": rb'"\x41"',
    "cut escape": rb'"\u12"',
}


@BOTH
@pytest.mark.parametrize("case", REFUSED)
def test_other_texts_are_refused(module: ModuleType, case: str) -> None:
    """What is not such JSON is Malformed, and nothing else is ever raised."""
    with pytest.raises(Malformed):
        module.loads(REFUSED[case])


@BOTH
@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "\ud800", {"\ud800": 1}, object(), b"bytes", {1}]
)
def test_other_values_are_not_written(module: ModuleType, value: object) -> None:
    """What has no encoding is a ValueError."""
    with pytest.raises(ValueError):
        module.dumps(value)


@settings(max_examples=300)
@given(st.text(st.sampled_from('{}[]":,\\ \n\t01e.-+aNntrue/ud8\u00e9\ud800'), max_size=12))
def test_both_refuse_the_same(text: str) -> None:
    """Whatever the text, the two read the same value or refuse it."""
    data = text.encode("utf-8", "surrogatepass")
    assert _outcome(PLAIN, data) == _outcome(canonical, data)


def _outcome(module: ModuleType, data: bytes) -> str:
    try:
        return repr(module.loads(data))
    except Malformed:
        return "refused"


EMPTY = b'{"created":1,"credentials":[],"slots":{}}'

SECOND_ENCODINGS = {
    "key twice": b'{"created":1,"created":1,"credentials":[],"slots":{}}',
    "key twice, other values": b'{"created":2,"created":1,"credentials":[],"slots":{}}',
    "unsorted": b'{"credentials":[],"created":1,"slots":{}}',
    "blank after a colon": b'{"created": 1,"credentials":[],"slots":{}}',
    "blank after a comma": b'{"created":1, "credentials":[],"slots":{}}',
    "newline inside": b'{"created":1,\n"credentials":[],"slots":{}}',
    "escaped letter": rb'{"\u0063reated":1,"credentials":[],"slots":{}}',
    "float": b'{"created":1.0,"credentials":[],"slots":{}}',
    "exponent": b'{"created":1e0,"credentials":[],"slots":{}}',
    "minus zero": b'{"created":-0,"credentials":[],"slots":{}}',
    "NaN": b'{"created":NaN,"credentials":[],"slots":{}}',
    "a surrogate, escaped": rb'{"created":"\ud800","credentials":[],"slots":{}}',
    "a surrogate pair, escaped": rb'{"created":"\ud83d\udd11","credentials":[],"slots":{}}',
    "blank before": b" " + EMPTY,
    "newline behind": EMPTY + b"\n",
}


def test_the_one_encoding_is_taken() -> None:
    """The text that the others below are varied from is accepted."""
    assert EMPTY == Payload.from_json(EMPTY).to_json()


@pytest.mark.parametrize("case", SECOND_ENCODINGS)
def test_a_payload_has_no_second_encoding(case: str) -> None:
    """Another text of the same value, or a value that has no text, is Malformed."""
    with pytest.raises(Malformed):
        Payload.from_json(SECOND_ENCODINGS[case])
