"""Canonical JSON: one text for one value, so that one payload has one encoding.

Keys sorted, no blanks, integers only, raw UTF-8, no key twice (docs/format.md, "Canonical JSON").
"""

from __future__ import annotations

from ..errors import Malformed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


def dumps(value: Any) -> bytes:
    """Return the one encoding of *value*: dict with str keys, list, str, int, bool, None."""
    return "".join(_encode(value, 0)).encode()


def loads(data: bytes) -> Any:
    """Return the value of a JSON text; the caller encodes it again to refuse a second encoding.

    Raises:
        Malformed: If it is not JSON, or has blanks around it, a fraction or NaN.
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


# The json module imports re, 7 ms at every start of a bot (scripts/bench/shortcuts.py). So its C scanner and
# C encoder are called here as json calls them; json serves where they are missing or take other arguments.
# tests/unit/test_canonical.py holds both to the same bytes.
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

    # json's stubs want a JSONDecoder; the scanner reads these attributes, and clears its memo each time.
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
