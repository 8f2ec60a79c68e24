"""The documents say what is true: generated pages, links, test ids, and examples that run."""

from __future__ import annotations

import ast
import doctest
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import vault

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "examples/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(<?([^()\s>]+)>?\)")


def test_generated_pages_are_not_stale() -> None:
    """scripts/make-docs would write docs/cli.md, and the rooms of docs/design.md, as they stand."""
    done = subprocess.run([sys.executable, ROOT / "scripts" / "make-docs", "--check"], capture_output=True)
    assert (0, b"") == (done.returncode, done.stderr)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    """Every link to a file of this project leads to one, and in a document to a title."""
    targets = _LINK.findall(_FENCE.sub("", document.read_text(encoding="utf-8")))
    dead = []
    for target in (target for target in targets if not re.match(r"[a-z]+:", target)):
        file, _, title = target.partition("#")
        place = document.parent / file if file else document
        if not place.exists() or (title and title not in _anchors(place)):
            dead.append(target)
    assert [] == dead


def _anchors(document: Path) -> set[str]:
    """The titles of a document, as a link names them: without marks, and - for a blank."""
    text = _FENCE.sub("", document.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_assurance_md_is_of_these_experiments() -> None:
    """Each experiment, and each variant that has to be caught, has its line there, and nothing failed."""
    page = (ROOT / "docs" / "assurance.md").read_text(encoding="utf-8")
    tests = set()
    for file in (ROOT / "tests" / "assurance").glob("test_*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            decorators = " ".join(map(ast.unparse, getattr(node, "decorator_list", [])))
            if isinstance(node, ast.FunctionDef) and re.search(r"mark\.(assurance|broken)", decorators):
                tests.add(f"{file.name}::{node.name}")
    assert tests == set(re.findall(r"`(test_\w+\.py::\w+)", page))
    figures = re.findall(r"^\| .* \| ([\d,]+) \| ([\d,]+) \|", page, re.MULTILINE)
    assert all(int(cases.replace(",", "")) > 0 == int(failures) for cases, failures in figures)
    assert "**no**" not in page


def test_every_promise_is_tested() -> None:
    """Each promise of SECURITY.md has tests in docs/promises.md, which is generated from their marks."""
    titles = re.findall(r"^### (\d+\. .*)$", (ROOT / "SECURITY.md").read_text(encoding="utf-8"), re.MULTILINE)
    sections = re.split(r"^## ", (ROOT / "docs" / "promises.md").read_text(encoding="utf-8"), flags=re.M)[1:]
    assert [str(number) for number in range(1, 17)] == [title.partition(".")[0] for title in titles]
    assert titles == [section.partition("\n")[0] for section in sections]
    assert [] == [section.partition("\n")[0] for section in sections if "- `tests/" not in section]


def test_the_promises_are_read_in_ten_minutes() -> None:
    """SECURITY.md has two pages of 700 words."""
    assert len((ROOT / "SECURITY.md").read_text(encoding="utf-8").split()) <= 1400


# --- examples ---------------------------------------------------------------------------------------


def _run(text: str, name: str, path: Path) -> None:
    examples = doctest.DocTestParser().get_doctest(text, {"path": path}, name, None, 0)
    complaints: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(examples, out=complaints.append)
    assert result.attempted
    assert not result.failed, "".join(complaints)


@pytest.mark.usefixtures("remembered_kdf")
def test_the_examples_of_library_md_run(folder: Path) -> None:
    """What docs/library.md shows is what the library does."""
    text = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    blocks = [block.split("\n", 1)[1].removesuffix("```") for block in _FENCE.findall(text)]
    _run("\n".join(blocks), "library.md", folder / "bots.vault")


@pytest.mark.usefixtures("remembered_kdf")
def test_the_example_of_the_package_runs(folder: Path) -> None:
    """What ``help(vault)`` shows is what the library does."""
    assert vault.__doc__
    _run(vault.__doc__, "vault", folder / "bots.vault")


# --- JSON -------------------------------------------------------------------------------------------


def _documented_keys(title: str) -> set[str]:
    """The keys that docs/cli.md lists below that title."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    table = text.partition(f"**{title}**\n\n")[2].partition("\n\n")[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_the_json_keys_are_documented(cli: Any) -> None:
    """docs/cli.md names the keys of a credential, a status and an error, and no others."""
    credential = json.loads(cli("--json", "list").stdout)["credentials"][0]
    status = json.loads(cli("--json", "status").stdout)
    error = json.loads(cli("--json", "add", "OKX", check=53).stderr)
    found = {"A credential": credential, "A status": status, "An error": error}
    assert {title: _documented_keys(title) for title in found} == {k: set(v) for k, v in found.items()}
