"""Secret: a text that does not show itself by accident."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable

import pytest

import vault

TEXT = "22582BD0-hunter2"
SECRET = vault.Secret(TEXT)

SHOWN: dict[str, Callable[[], str]] = {
    "repr": lambda: repr(SECRET),
    "str": lambda: str(SECRET),
    "f-string": lambda: f"{SECRET}",
    "f-string with !r": lambda: f"{SECRET!r}",
    "format with a width": lambda: format(SECRET, ">40"),
    "percent": lambda: "%s %r" % (SECRET, SECRET),  # noqa: UP031
    "in a list": lambda: str([SECRET]),
    "in a dict": lambda: pprint.pformat({"key": SECRET}),
    "in an exception": lambda: str(ValueError(SECRET)),
    "in a log record": lambda: logging.LogRecord("n", 10, "p", 1, "%s", (SECRET,), None).getMessage(),
    "its attributes": lambda: str(dir(SECRET)),
}


@pytest.mark.promise(4)
@pytest.mark.parametrize("way", SHOWN)
def test_showing_it_does_not_show_the_text(way: str) -> None:
    """No way of printing gives the text away."""
    assert TEXT not in SHOWN[way]()


@pytest.mark.promise(4)
def test_a_traceback_with_locals_does_not_show_the_text() -> None:
    """Even the locals of a crash report are silent."""
    try:
        local = vault.Secret(TEXT)
        raise ValueError(local)
    except ValueError as error:
        lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    assert TEXT not in "".join(lines)


def test_reveal_gives_the_text() -> None:
    """The one way out."""
    assert TEXT == SECRET.reveal()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(protocol: int) -> None:
    """No protocol writes it."""
    with pytest.raises(TypeError):
        pickle.dumps(SECRET, protocol)


def test_json_refuses_it() -> None:
    """It does not slip into a JSON text."""
    with pytest.raises(TypeError):
        json.dumps({"key": SECRET})


def test_it_is_no_text() -> None:
    """Joining, which would use it in passing, fails."""
    with pytest.raises(TypeError):
        "".join([SECRET])  # type: ignore[list-item]


def test_it_has_no_dict_of_attributes() -> None:
    """vars() has nothing to show."""
    with pytest.raises(TypeError):
        vars(SECRET)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_itself(copied: Callable[[vault.Secret], vault.Secret]) -> None:
    """Copying makes no second text in memory."""
    assert SECRET is copied(SECRET)


@pytest.mark.parametrize("text", [b"bytes", None, 5, SECRET])
def test_it_is_made_of_text_only(text: object) -> None:
    """Anything else is a TypeError."""
    with pytest.raises(TypeError):
        vault.Secret(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "a", TEXT, "Zürich", "\ud800"])
def test_equal_texts_make_equal_secrets(text: str) -> None:
    """Two secrets of one text are equal."""
    assert vault.Secret(text) == vault.Secret(text)


@pytest.mark.parametrize("other", [vault.Secret(TEXT + "x"), vault.Secret(""), TEXT, None])
def test_it_differs_from_everything_else(other: object) -> None:
    """Another text, and the plain text itself, differ."""
    assert SECRET != other


def test_it_has_no_hash() -> None:
    """A set would compare secrets in a time that tells where they differ."""
    with pytest.raises(TypeError):
        hash(SECRET)


def test_its_length_is_known() -> None:
    """The length can be asked without revealing."""
    assert len(TEXT) == len(SECRET)
