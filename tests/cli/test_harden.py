"""Others are kept out of this process before a secret comes into it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from vault.cli import asking, opening


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happened, in order: ``closed``, ``read``."""
    happened: list[str] = []
    for module in (asking, opening):
        monkeypatch.setattr(module, "make_undumpable", lambda: happened.append("closed"))
    return happened


def test_before_a_password_is_read_from_a_stream(order: list[str]) -> None:
    """However the stream was named: file, descriptor, systemd's credentials."""

    class Stream(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            order.append("read")
            return super().read(size)

    opening._password_in(Stream(b"a password"), "a stream")
    assert ["closed", "read"] == order[:2]


@pytest.mark.parametrize(("hidden", "happened"), [(True, ["closed", "read"]), (False, ["read"])])
def test_before_a_hidden_line_is_read(
    order: list[str], monkeypatch: pytest.MonkeyPatch, hidden: bool, happened: list[str]
) -> None:
    """Behind the prompt, which does not wait for it."""

    class Terminal:
        def ask(self, prompt: str, *, hidden: bool, meanwhile: Any, sole: bool) -> str:
            meanwhile()
            order.append("read")
            return ""

        def close(self) -> None:
            pass

    monkeypatch.setattr(asking, "Terminal", Terminal)
    asking.ask("? ", hidden=hidden)
    assert happened == order
