"""The door to the operating systems: the same names and signatures behind it."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module

import pytest

from vault import system
from vault.system.windows import machine as windows_machine

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux")


FILES = {name: file for file, names in system._FILES.items() for name in names}
PAIRS = [(file, name) for name, file in FILES.items() if file not in ("disk", "machine")]
PAIRS += [
    ("machine", name)
    for name, value in vars(windows_machine).items()
    if inspect.isfunction(value) and name[0] != "_"
]


def test_every_name_has_a_file() -> None:
    """The comparison below would pass over a name that it does not see."""
    assert sorted(FILES) == system.__all__


@pytest.mark.parametrize("name", system.__all__)
def test_what_is_given_out_is_there(name: str) -> None:
    """Every name of the package is there, those included that are imported when they are asked for."""
    assert getattr(system, name)


def test_what_is_not_there_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="no attribute 'none'"):
        system.__getattr__("none")


@posix_only
@pytest.mark.parametrize(("file", "name"), PAIRS)
def test_both_systems_have_the_same_signatures(file: str, name: str) -> None:
    """Names and parameters are equal, so that no caller asks which system this is."""
    theirs, ours = (
        getattr(import_module(f"vault.system.{kind}.{file}"), name) for kind in ("posix", "windows")
    )
    if not inspect.isclass(theirs):
        assert inspect.signature(theirs) == inspect.signature(ours)
        return
    methods = {method for method in dir(theirs) if not method.startswith("_") or method == "__init__"}
    assert methods == {method for method in dir(ours) if not method.startswith("_") or method == "__init__"}
    for method in methods:
        assert inspect.signature(getattr(theirs, method)) == inspect.signature(getattr(ours, method)), method
        kinds = [type(inspect.getattr_static(kind, method)) for kind in (theirs, ours)]
        assert kinds[0] is kinds[1]
