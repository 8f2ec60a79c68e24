"""What the package is made of: locks, advisories, the list of parts, the wheel, and the rules of its code."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Tally

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "unit"))
import test_architecture as architecture  # noqa: E402  (the rules of the code are there)

pytestmark = pytest.mark.slow

LOCKS = sorted((ROOT / "locks").rglob("*.txt"))
TOOLS = Path(os.environ.get("VAULT_TEST_ASSURANCE", ROOT / ".clients/assurance/bin/python"))
needs_tools = pytest.mark.skipif(
    not TOOLS.exists() and os.environ.get("CI") != "true",
    reason="no auditing tools here: scripts/setup-clients assurance makes them",
)
NOW, LATER = "1790000000", "1790000002"  # a zip keeps every second second
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


# --- locks -----------------------------------------------------------------------------------------------


def requirements(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Name, version and hashes of each entry of a lock file; the version is empty if it is open."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words:
            name, _, version = words[0].partition("==")
            yield (
                name,
                version,
                [word.removeprefix("--hash=") for word in words if word.startswith("--hash=")],
            )


def is_locked(version: str, hashes: list[str]) -> bool:
    """Whether pip can install one version only, and only files that were seen when it was locked."""
    return bool(re.fullmatch(r"[\w.+!]+", version) and hashes) and all(
        re.fullmatch("sha256:[0-9a-f]{64}", known) for known in hashes
    )


@pytest.mark.promise(16)
@pytest.mark.assurance("16", "entries of all lock files: one version, each file by its SHA-256")
def test_everything_is_locked(tally: Tally) -> None:
    """What runs, what tests, what builds, and what the tests launch."""
    for lock in LOCKS:
        for name, version, hashes in requirements(lock.read_text()):
            tally.case(is_locked(version, hashes), f"{lock.name}: {name}")


@pytest.mark.broken("a lock entry that is open")
@pytest.mark.parametrize(
    "entry",
    ["click==8.5.1", "click>=8 --hash=sha256:" + "0" * 64, "click==8.5.1 --hash=md5:" + "0" * 32],
    ids=["no hash", "no version", "MD5"],
)
def test_an_open_entry_is_caught(entry: str) -> None:
    """Without a hash, without a version, or with a hash that can be forged."""
    [(_name, version, hashes)] = requirements(entry)
    assert not is_locked(version, hashes)


@pytest.mark.parametrize("extra", ["run", "test", "build"])
def test_a_lock_has_what_the_project_asks_for(extra: str) -> None:
    """Each direct dependency is an entry."""
    groups = PROJECT["dependency-groups"]
    asked = PROJECT["project"]["dependencies"] if extra == "run" else groups[extra]
    wanted = {re.split(r"[ <>=;\[]", line)[0].replace("_", "-") for line in asked}
    assert wanted <= {name for name, _, _ in requirements((ROOT / "locks" / f"{extra}.txt").read_text())}


def test_what_is_used_is_what_is_tested() -> None:
    """The same versions: both lock files can be installed into one environment, in either order."""
    run, test = (
        {(name, version) for name, version, _ in requirements((ROOT / "locks" / f"{which}.txt").read_text())}
        for which in ("run", "test")
    )
    assert not run - test


@pytest.fixture
def advisories(tmp_path: Path) -> list[dict[str, Any]]:
    """What is known of each dependency, if that can be had from here."""
    report = tmp_path / "audit.json"
    done = subprocess.run(
        [TOOLS, "-m", "pip_audit", "-r", ROOT / "locks/run.txt", "--require-hashes", "--disable-pip",
         "--progress-spinner", "off", "--timeout", "20", "--format", "json", "--output", report],
        capture_output=True, text=True,
    )  # fmt: skip
    known = json.loads(report.read_text())["dependencies"] if report.exists() else []
    if all("skip_reason" in part for part in known):
        why = re.findall(r"\w+Error\b", done.stderr) or ["the index that is asked has none"]
        pytest.skip(f"the advisories cannot be had from here: {why[-1]}")
    return known


@needs_tools
@pytest.mark.assurance("16", "dependencies without a known vulnerability, by pip-audit")
def test_no_dependency_has_a_known_flaw(advisories: list[dict[str, Any]], tally: Tally) -> None:
    """Each of locks/run.txt."""
    for part in advisories:
        tally.case(part.get("vulns") == [], f"{part['name']}: {part.get('skip_reason') or part['vulns']}")


# --- the list of parts -----------------------------------------------------------------------------------


@pytest.mark.promise(16)
@needs_tools
@pytest.mark.assurance("16", "parts of the SBOM (CycloneDX): those of the lock file, with their hashes")
def test_the_list_of_parts_is_the_lock(tally: Tally, tmp_path: Path) -> None:
    """Written twice, at other times and places: the same bytes."""
    written = []
    for number, zone in enumerate(("UTC", "Asia/Tokyo")):
        file = tmp_path / f"{number}.json"
        env = {**os.environ, "TZ": zone, "VAULT_TEST_ASSURANCE": str(TOOLS), "TMPDIR": str(tmp_path)}
        subprocess.run([ROOT / "scripts/sbom", file], check=True, env=env, capture_output=True)
        written.append(file.read_text())
    tally.case(written[0] == written[1], "it differs from one time to the next")
    tally.case(str(tmp_path) not in written[0] and str(ROOT) not in written[0], "it names a folder")
    sbom = json.loads(written[0])
    tally.case(
        "timestamp" not in sbom["metadata"] and "serialNumber" not in sbom, "it has a time or a number"
    )
    parts = {
        (part["name"], part["version"]): {
            f"sha256:{known['content']}" for place in part["externalReferences"] for known in place["hashes"]
        }
        for part in sbom["components"]
    }
    locked = {(n, v): set(hashes) for n, v, hashes in requirements((ROOT / "locks/run.txt").read_text())}
    for part in parts.keys() | locked.keys():
        tally.case(parts.get(part) == locked.get(part), f"{part}")


# --- the wheel -------------------------------------------------------------------------------------------


def built(folder: Path, *, mask: int, moment: int, **env: str) -> dict[str, bytes]:
    """The files of dist/, of the sources in another folder, with other modes and times."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():  # and not just deleted
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
            target.chmod((0o777 if os.access(target, os.X_OK) else 0o666) & ~mask)
            os.utime(target, (moment, moment))
    subprocess.run(
        [sys.executable, folder / "scripts/build"],
        check=True,
        umask=mask,
        env={**os.environ, **env},
        capture_output=True,
    )
    return {path.name: path.read_bytes() for path in (folder / "dist").iterdir()}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """Built twice, in circumstances that are not alike."""
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("somewhere-else")
    here = {"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"}
    there = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "2", "LC_ALL": "C"}
    return [
        built(one, mask=0o022, moment=1_700_000_000, SOURCE_DATE_EPOCH=NOW, **here),
        built(two, mask=0o077, moment=1_760_000_000, SOURCE_DATE_EPOCH=NOW, **there),
    ]


@pytest.mark.promise(16)
@pytest.mark.assurance(
    "16", "wheel and sdist built twice, in other folders, modes, times and zones: the same bytes"
)
def test_the_wheel_is_reproducible(wheels: list[dict[str, bytes]], tally: Tally) -> None:
    """So that anyone can check that what is published is what stands here."""
    one, two = wheels
    for name in one.keys() | two.keys():
        tally.case(one.get(name) == two.get(name), name)
    assert {".whl", ".gz"} == {Path(name).suffix for name in one}


@pytest.mark.assurance("16", "files of the wheel: those of the package, and no others")
def test_the_wheel_holds_the_package(wheels: list[dict[str, bytes]], tally: Tally, tmp_path: Path) -> None:
    """Nothing of the tests, nothing left behind by an editor, and nothing changed."""
    [wheel] = (data for name, data in wheels[0].items() if name.endswith(".whl"))
    (tmp_path / "a.whl").write_bytes(wheel)
    with zipfile.ZipFile(tmp_path / "a.whl") as inside:
        held = {name: inside.read(name) for name in inside.namelist()}
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "vault"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    ours = {name: (ROOT / name).read_bytes() for name in names if name and (ROOT / name).is_file()}
    for name in ours.keys() | {name for name in held if ".dist-info/" not in name}:
        tally.case(ours.get(name) == held.get(name), name)


@pytest.mark.broken("a build with the times of its day")
def test_other_times_show(tmp_path: Path) -> None:
    """The comparison sees a build whose times are those of the day."""
    one, two = (
        built(tmp_path / moment, mask=0o022, moment=1_700_000_000, SOURCE_DATE_EPOCH=moment)
        for moment in (NOW, LATER)
    )
    assert one != two


# --- rules of the code -----------------------------------------------------------------------------------

RULES: list[Callable[[str], None]] = [
    architecture.test_imports_point_down,
    architecture.test_foreign_modules_have_one_room,
    architecture.test_some_names_have_one_place,
    architecture.test_nothing_is_opened_for_writing,
    architecture.test_no_assertion_is_a_check,
    architecture.test_no_star_is_imported,
]


@pytest.mark.assurance("16", "modules, by rules: what each may import, write, start; no assert as a check")
def test_the_rules_of_the_code(tally: Tally) -> None:
    """Those of tests/unit/test_architecture.py: files are written, and programs started, in one place."""
    for module in architecture.MODULES:
        for holds in RULES:
            try:
                holds(module)
                good = True
            except AssertionError:
                good = False
            tally.case(good, f"{module}: {holds.__name__}")


def ruff(*paths: Path, options: tuple[str, ...] = ()) -> list[dict[str, str]]:
    """What ruff's security rules find."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--select", "S", "--no-cache", "--output-format", "json",
         *options, *paths],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    return list(json.loads(done.stdout))


@pytest.mark.assurance(
    "16", "modules of the package and its scripts without a finding of ruff's security rules"
)
def test_the_security_rules_find_nothing(tally: Tally) -> None:
    """But for what is excused at its line, which is in the package to start a program, and nothing else."""
    found = {Path(finding["filename"]) for finding in ruff(ROOT / "vault", ROOT / "scripts")}
    for path in [*(ROOT / "vault").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")]:
        tally.case(path not in found, path.name)
    excused = {finding["code"] for finding in ruff(ROOT / "vault", options=("--ignore-noqa",))}
    tally.case(excused <= {"S603", "S606"}, f"excused: {excused}")


@pytest.mark.broken("a module with a shell, a temporary file by name and a check by assert")
def test_the_security_rules_see(tmp_path: Path) -> None:
    """A shell, a temporary file by name and a check by assert are found."""
    bad = tmp_path / "bad.py"
    bad.write_text('import os\nos.system(input())\nopen("/tmp/x", "w")\nassert input()\n')
    assert {"S605", "S108", "S101"} == {finding["code"] for finding in ruff(bad)}
