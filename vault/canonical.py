"""Canonical JSON: one text for one value, so that one payload has one encoding.

Keys sorted, no blanks, integers only, raw UTF-8, no key twice (docs/format.md, "Canonical JSON").
"""

from __future__ import annotations

from .errors import Malformed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def dumps(value: Any) -> bytes:
    """The one encoding of *value*: dict with str keys, list, str, int, bool, None."""
    return "".join(_encoder()(value, 0)).encode()


def loads(data: bytes) -> Any:
    """The value of a text without blanks around it, floats or NaN.

    Whether the text is the one encoding of its value shows when the value is encoded again: the
    caller does that, once, when it has understood the value.

    Raises:
        Malformed: If it is not such JSON.
    """
    try:
        text = data.decode()
        value, end = _scan(text)
        if end == len(text):
            return value
    except (ValueError, StopIteration, RecursionError):
        pass
    raise Malformed("the payload is not JSON")


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


# The json module imports re, 7 ms at every start of a bot (scripts/bench/launch.py). Below it lies
# a C scanner and a C encoder, which are used here as json itself uses them; where they are missing,
# json serves. tests/unit/test_canonical.py holds both to the same bytes.
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

    def _scan(text: str) -> tuple[Any, int]:
        context: Any = _Context  # the stub wants a JSONDecoder; the scanner reads these attributes
        value: tuple[Any, int] = make_scanner(context)(text, 0)
        return value

    def _encoder() -> Any:
        return make_encoder({}, _refuse, encode_basestring, None, ":", ",", True, False, False)

except ImportError:

    def _scan(text: str) -> tuple[Any, int]:
        import json

        decoder = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
        return decoder.raw_decode(text)

    def _encoder() -> Any:
        import json

        encoder = json.JSONEncoder(
            ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_refuse
        )
        return lambda value, _level: (encoder.encode(value),)
