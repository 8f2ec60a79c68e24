"""The streaming redactor of ``vault run --mask``: hides a program's credentials in what it prints.

Pure: bytes in, bytes out. Best effort against accidents, such as a traceback or a debug log with a key in
it. It is no wall: a program that wants its values out has endless ways to write them.

Every byte of a form of a value is hidden (``search/forms.py`` lists them). Hidden bytes that touch show as
one ``***``, which does not reveal a length. That is stricter than replacing the leftmost, longest match:
where two forms overlap, no end of the second is left. And it depends on the bytes alone, not on the reads
that they came in.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..base.secret import Secret
from ..search.forms import MIN_VALUE as MIN_VALUE
from ..search.forms import forms, pieces
from ..search.patterns import Patterns

MAX_HELD = 1023  # bytes of the stream that wait for what follows, at most

_STARS = b"***"
_PIECE = MAX_HELD + 1  # bytes; a longer form is hidden in pieces, each of them a form


class Mask:
    """A filter that hides values in one stream; ``copy.copy`` of a fresh one makes another.

    :meth:`feed` holds back the longest end of the stream that may be the beginning of a form: nothing or one
    byte of ordinary text, MAX_HELD at most. It is never lost and never overtaken.

    On a timer, call :meth:`release`, not :meth:`end`: a program that fills a buffer before it writes may
    pause for minutes in the middle of a value, and a value in two halves is a leak, while a prompt in two
    halves is a delay. Prompts end in a blank, which hardly any value begins with.

    Attributes:
        uncovered: positions of the *secrets* that are too short to be hidden (MIN_VALUE).
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        found = [forms(secret.reveal()) for secret in secrets]
        self.uncovered = tuple(i for i, those in enumerate(found) if not those)
        self._patterns = Patterns(
            {piece for those in found for form in those for piece in pieces(form, _PIECE)}
        )
        self._tail = b""  # the end of the stream that is not decided
        self._passed = 0  # bytes of the tail that were passed on, or that stars stand for
        self._hidden = -1  # where in the tail the bytes end that the last stars stand for; -1: before it

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the stream, and return those that may be passed on now."""
        data = self._tail + data
        return self._pass_on(data, *self._patterns.search(data))

    def release(self) -> bytes:
        """Return the byte that is held back, if it is a single one: for when nothing came for some 20 ms.

        So a letter that a person types is seen at once, and no more than the first byte of a value is ever
        given away: if a value does go on from there, the rest of it is hidden.
        """
        if len(self._tail) != 1 or self._passed:
            return b""
        self._passed, self._hidden = 1, -1  # it separates the stars before it from those to come
        return self._tail

    def end(self) -> bytes:
        """Return the rest when the stream has ended; another may begin."""
        found, _ = self._patterns.search(self._tail)
        rest = self._pass_on(self._tail, found, len(self._tail))
        self._hidden = -1
        return rest

    def _pass_on(self, data: bytes, found: list[tuple[int, int]], decided: int) -> bytes:
        """Return *data* up to *decided*, with stars, and keep the rest as the new tail."""
        passed, hidden = self._passed, self._hidden
        out = []
        for start, end in sorted(found):
            if start > decided:
                break
            if start > hidden:
                out += [data[passed:start], _STARS]
            hidden = max(hidden, end)
            passed = max(passed, end)
        out.append(data[passed:decided])
        self._tail = data[decided:]
        self._passed = max(passed - decided, 0)
        self._hidden = max(hidden - decided, -1)
        return b"".join(out)
