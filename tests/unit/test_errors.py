"""The tree of errors: one root, stable codes, exit statuses by family."""

from __future__ import annotations

from typing import Any

import pytest

from vault import errors

CLASSES: list[Any] = [
    entry
    for entry in vars(errors).values()
    if isinstance(entry, type) and entry.__module__ == errors.__name__
]

# Family: its exit statuses. A launcher's and a shell's own statuses are shared with env(1) and sh(1).
FAMILIES = {
    errors.StoreError: range(20, 30),
    errors.FormatError: range(30, 40),
    errors.UnlockError: range(40, 50),
    errors.CredentialError: range(50, 60),
    errors.HostError: [*range(60, 70), 126, 127],
    errors.ExchangeError: range(71, 80),  # 70 is a bug of ours
}


def test_there_is_one_root() -> None:
    """Every class of the module descends from VaultError."""
    assert [] == [entry for entry in CLASSES if not issubclass(entry, errors.VaultError)]


def test_codes_are_unique() -> None:
    """No two classes share a code, and none inherits its parent's."""
    codes = [entry.code for entry in CLASSES]
    assert sorted(set(codes)) == sorted(codes)


def test_exit_statuses_are_unique() -> None:
    """A caller can tell the causes apart by status alone; no class inherits its parent's."""
    statuses = [entry.exit_code for entry in CLASSES]
    assert sorted(set(statuses)) == sorted(statuses)


@pytest.mark.parametrize("entry", CLASSES, ids=lambda entry: entry.__name__)
def test_a_class_has_a_docstring_of_its_own(entry: type) -> None:
    """The table in the documentation is made of them."""
    assert entry.__doc__
    assert "\n" not in entry.__doc__ or entry is errors.VaultError


@pytest.mark.parametrize("family", FAMILIES, ids=lambda entry: entry.__name__)
def test_the_statuses_of_a_family_are_in_its_ten(family: type[errors.VaultError]) -> None:
    """20 to 29 store, 30 to 39 format, and so on; 126 and 127 as env has them."""
    strays = [e for e in CLASSES if issubclass(e, family) and e.exit_code not in FAMILIES[family]]
    assert strays == []


def test_every_class_has_a_family() -> None:
    """Beside the families there are the root, a cancelled question, a bug and a misunderstanding only."""
    rest = [entry for entry in CLASSES if not issubclass(entry, tuple(FAMILIES))]
    assert {errors.VaultError, errors.Cancelled, errors.Bug, errors.Usage} == set(rest)


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        (errors.Cancelled, 130),
        (errors.ProgramNotExecutable, 126),
        (errors.ProgramNotFound, 127),
        (errors.VaultError, 1),
    ],
)
def test_the_statuses_of_shells_are_kept(entry: type[errors.VaultError], status: int) -> None:
    """130 is 128 + SIGINT; 126 and 127 are POSIX's for a command."""
    assert status == entry.exit_code


@pytest.mark.parametrize("entry", CLASSES, ids=lambda entry: entry.__name__)
def test_a_code_is_lower_case_words(entry: type[errors.VaultError]) -> None:
    """Codes are for programs: letters and dashes."""
    assert entry.code.replace("-", "a").isalpha()
    assert entry.code == entry.code.lower()


def test_a_hint_can_be_given() -> None:
    """A hint of one's own takes the place of the class's."""
    assert errors.VaultBusy("in use", hint="wait").hint == "wait"


def test_a_hint_can_be_taken_away() -> None:
    """An empty hint is a hint given."""
    assert errors.VaultBusy("in use", hint="").hint == ""
