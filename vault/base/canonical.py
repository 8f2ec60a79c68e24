"""Canonical JSON: one text for one value, so that one payload has one encoding.

Keys sorted, no blanks, integers only, raw UTF-8, no key twice (docs/format.md, "Canonical JSON").
"""

from __future__ import annotations

from ..errors import Malformed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def dumps(value: Any) -> bytes:
    """The one encoding of *value*: dict with str keys, list, str, int, bool, None."""
    return "".join(_encode(value, 0)).encode()


def loads(data: bytes) -> Any:
    """The value of a text without blanks around it, floats or NaN.

    Whether the text is the one encoding of its value shows when the value is encoded again: the
    caller does that, once, when it has understood the value.

    Raises:
        Malformed: If it is not such JSON.
    """
    try:
        text = data.decode()
        value, end = _scan(text, 0)
        if end == len(text):
            return value
    except (ValueError, StopIteration, RecursionError):
        pass
    raise Malformed("the payload is not JSON")


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


# The json module imports re, 7 ms at every start of a bot (scripts/bench/shortcuts.py). Below it lies
# a C scanner and a C encoder, which are used here as json itself uses them; where they are missing, or
# take other arguments, json serves. tests/unit/test_canonical.py holds both to the same bytes.
try:
    from _json import encode_basestring, make_encoder, make_scanner

    class _Context:
        strict = True
        object_hook = None
        object_pairs_hook = None
        parse_float = staticmethod(_refuse)
        parse_int = int
        parse_constant = staticmethod(_refuse)
        memo: dict[str, str] = {}

    # json's stubs want a JSONDecoder; the scanner reads these attributes. It forgets its memo after
    # each text.
    _context: Any = _Context
    _scan: Any = make_scanner(_context)
    _encode: Any = make_encoder(None, _refuse, encode_basestring, None, ":", ",", True, False, False)
except (ImportError, TypeError):

    def _scan(text: str, start: int) -> tuple[Any, int]:
        import json

        return json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse).raw_decode(text, start)

    def _encode(value: Any, level: int) -> tuple[str]:
        import json

        encoder = json.JSONEncoder(
            ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_refuse
        )
        return (encoder.encode(value),)
