"""How this project speaks: what each refusal must be like, whatever it says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from vault import errors

# One line that begins small, or with the name of a variable, and does not end in a full stop.
_SENTENCE = re.compile(r"(?:[^A-Z\s]|[A-Z_][A-Z0-9_]*(?= [a-z]))(?:.*[^.\s])?")


@pytest.fixture
def worded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every refusal that is raised in the test, and its hint, is one clear sentence."""
    odd: list[str] = []
    make = errors.VaultError.__init__

    def noted(self: errors.VaultError, message: str, *, hint: str | None = None) -> None:
        make(self, message, hint=hint)
        odd.extend(text for text in (str(self), self.hint) if text and not _SENTENCE.fullmatch(text))

    monkeypatch.setattr(errors.VaultError, "__init__", noted)
    yield
    assert odd == []
