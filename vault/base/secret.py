"""`Secret`: a text that is not shown by accident."""

from __future__ import annotations

from _operator import _compare_digest  # hmac.compare_digest, without hmac's own imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, Self


class Secret:
    """A text that only :meth:`reveal` returns.

    ``repr``, ``str`` and formatting show ``Secret(***)``; pickling is refused. The text may outlive the
    object in memory: Python cannot erase it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError("a Secret is made of str")
        self._text = text

    def reveal(self) -> str:
        """Return the text; to be called at the last line that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __len__(self) -> int:
        return len(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        ours, theirs = (s.encode("utf-8", "surrogatepass") for s in (self._text, other._text))
        return _compare_digest(ours, theirs)

    __hash__ = None  # type: ignore[assignment]  # a set of secrets would compare them in variable time

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")
