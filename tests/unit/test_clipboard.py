"""The clipboard: what goes there, and what is taken away again. pyperclip's own helpers are played."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyperclip
import pytest

from vault.base.secret import Secret
from vault.errors import NoClipboard
from vault.system import clipboard

ONE = Secret("22582BD0CFF14C41EDBF1AB98506286D")


@pytest.fixture
def text(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The clipboard's text, as the only entry."""
    held = [""]

    def copy(value: str) -> None:
        held[0] = value

    monkeypatch.setattr(pyperclip, "determine_clipboard", lambda: (copy, lambda: held[0]))
    return held


def test_a_value_is_put_there_whole(text: list[str]) -> None:
    """Byte for byte."""
    clipboard.put(ONE)
    assert ["22582BD0CFF14C41EDBF1AB98506286D"] == text


def test_what_is_ours_is_taken_away(text: list[str]) -> None:
    """Even in the midst of a whole page."""
    text[0] = "Secret key\n22582BD0CFF14C41EDBF1AB98506286D\n"
    assert clipboard.clear([Secret("other"), ONE])
    assert [""] == text


def test_what_is_not_ours_stays(text: list[str]) -> None:
    """The person may have copied something else meanwhile."""
    text[0] = "a recipe"
    assert not clipboard.clear([ONE])
    assert ["a recipe"] == text


def copy_klipper(value: str) -> None:
    raise AssertionError("nothing is handed to it")


def failing(*_: Any) -> Any:
    raise pyperclip.PyperclipException(ONE.reveal())


@pytest.mark.promise(4)
@pytest.mark.parametrize(
    "way",
    [lambda: (copy_klipper, copy_klipper), lambda: (failing, failing), failing],
    ids=["klipper", "call", "none"],
)
def test_no_clipboard_is_said(way: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """As is a helper that would show the value to other users; the reason repeats no value."""
    monkeypatch.setattr(pyperclip, "determine_clipboard", way)
    for call in (lambda: clipboard.put(ONE), lambda: clipboard.clear([ONE])):
        with pytest.raises(NoClipboard) as caught:
            call()
        assert ONE.reveal() not in str(caught.value)


@pytest.mark.promise(4)
def test_klipper_is_told_by_its_name() -> None:
    """The name that the module looks for is pyperclip's own."""
    copy, _ = pyperclip.init_klipper_clipboard()
    assert "copy_klipper" == copy.__name__
