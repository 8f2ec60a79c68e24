"""The public interface: complete, importable, light, and free of the command line."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PASSWORD

import vault

HOME = Path(vault.__file__).parent


def child(code: str, *words: str) -> str:
    """What a fresh interpreter says."""
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.parametrize("name", vault.__all__)
def test_a_public_name_is_there(name: str) -> None:
    """Each can be got from the package."""
    assert getattr(vault, name) is not None


def test_the_list_of_public_names_is_complete() -> None:
    """What type checkers see, what is looked up at run time, and __all__ are the same names."""
    tree = ast.parse((HOME / "__init__.py").read_text())
    typed = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level and node.module != "importlib"
        for alias in node.names
    }
    assert set(vault.__all__) == typed == {*vault._HOME, "errors"}


def test_no_public_name_is_listed_twice() -> None:
    """A list, and a set."""
    assert len(set(vault.__all__)) == len(vault.__all__)


def test_another_name_is_an_attribute_error() -> None:
    """As in any module."""
    with pytest.raises(AttributeError):
        _ = vault.nothing


def test_importing_from_the_package() -> None:
    """from vault import * gives the public names and no others."""
    code = "from vault import *; print(*sorted(n for n in globals() if not n.startswith('__')))"
    assert " ".join(sorted(vault.__all__)) == child(code)


@pytest.mark.parametrize(
    "module",
    ["click", "argon2", "cryptography", "prettytable", "json", "dataclasses", "typing", "re", "zxcvbn"],
)
def test_the_import_alone_is_light(module: str) -> None:
    """`import vault` brings none of these."""
    code = (
        "import sys; before = set(sys.modules); import vault; print(sys.argv[1] in set(sys.modules) - before)"
    )
    assert child(code, module) == "False"


def test_the_import_alone_reads_no_module_of_ours() -> None:
    """Each part is imported when it is used."""
    assert child("import sys, vault; print(*[n for n in sys.modules if n.startswith('vault.')])") == ""


WITHOUT = """
import sys
for name in ("click", "prettytable", "zxcvbn", "xkcdpass", "pyperclip"):
    sys.modules[name] = None
import vault
path, password = sys.argv[1], vault.Secret(sys.argv[2])
with vault.open(path).unlock(password) as opened:
    opened.add(vault.Credential("second", "generic", {"token": vault.Secret("x")}, created=1))
    opened.save()
print(*[credential.name for credential in vault.open(path).unlock(password).credentials])
"""


def test_the_library_works_without_the_command_line(path: Path) -> None:
    """Neither click nor what else only commands need is imported on the way."""
    assert child(WITHOUT, str(path), PASSWORD) == "okx-main second"


def test_the_types_are_published() -> None:
    """PEP 561."""
    assert (HOME / "py.typed").is_file()


def test_the_version_is_the_one_that_was_installed() -> None:
    """One number, in the package."""
    assert vault.__version__ == importlib.metadata.version("coldvault")
