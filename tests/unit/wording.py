"""How this project speaks: what each refusal of a module must be like, whatever it says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from vault import errors

# One sentence: it begins small (but for a name of a variable or a unit), does not end in a full stop, is of
# one line, and neither is it a bare word nor does it hold what only a program says.
_SENTENCE = re.compile(r"(?!none$)(?!xx)[^A-Z\n](?:[^\n]*[^\n.])?")


@pytest.fixture
def worded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every refusal in the test, and its hint, is one clear sentence."""
    odd: list[str] = []
    made = errors.VaultError.__init__

    def noted(self: errors.VaultError, *given: object, **named: object) -> None:
        made(self, *given, **named)  # type: ignore[arg-type]
        odd.extend(
            text for text in (str(self), self.hint) if text is not None and not _SENTENCE.fullmatch(text)
        )

    monkeypatch.setattr(errors.VaultError, "__init__", noted)
    yield
    assert odd == []
