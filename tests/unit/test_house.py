"""The rules of the house can fail: each is broken once in a copy of the package, and seen."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
LATE = "\n\ndef late() -> None:\n    from {} import {} as _\n"
# What is added to which files, and the test that has to fail for it, at one of them or as a whole.
BROKEN = {
    "a circle": (
        {"base/digest.py": LATE.format(".", "canonical"), "base/canonical.py": LATE.format(".", "digest")},
        "test_no_circle",
    ),
    "a file imports upwards in its folder": (
        {"core/format.py": LATE.format(".", "vault")},
        "test_imports_point_down[core/format]",
    ),
    "a room imports a higher one": (
        {"store/notes.py": LATE.format("..core", "format")},
        "test_imports_point_down[store/notes]",
    ),
    "a file grows too long": (
        {"core/crypto.py": "#\n" * 350},
        "test_a_file_fits_on_a_few_screens[core/crypto]",
    ),
    "a face reaches past the actions": (
        {"cli/edit.py": LATE.format("..store", "file")},
        "test_imports_point_down[cli/edit]",
    ),
    "a face holds a rule": (
        {"cli/edit.py": "\n\ndef rule(opened: Any) -> None:\n    opened.save()\n"},
        "test_a_face_changes_nothing_itself[cli/edit]",
    ),
}


def architecture(copy: Path) -> ModuleType:
    """Return the tests of the architecture, about a copy of the package."""
    spec = importlib.util.spec_from_file_location(
        "of_a_copy", copy / "tests" / "unit" / "test_architecture.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("added", "test"), BROKEN.values(), ids=[*BROKEN])
def test_what_is_broken_is_seen(added: dict[str, str], test: str, tmp_path: Path) -> None:
    """The same test holds for the package as it is, and fails for the broken copy."""
    name, _, about = test.partition("[")
    given = [about.removesuffix("]")] if about else []
    shutil.copytree(ROOT / "vault", tmp_path / "vault", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "unit" / "test_architecture.py", tmp_path / "tests" / "unit")
    getattr(architecture(tmp_path), name)(*given)
    for file, text in added.items():
        with (tmp_path / "vault" / file).open("a") as out:
            out.write(text)
    with pytest.raises(AssertionError):
        getattr(architecture(tmp_path), name)(*given)
