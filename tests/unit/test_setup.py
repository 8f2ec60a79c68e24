"""``scripts/setup``: wheels that a lock names by their hash, and nothing else, whatever an index offers."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="a script of the shell"),
    pytest.mark.skipif(not (ROOT / "scripts" / "setup").exists(), reason="not a checkout"),
]

META = "Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n"
WHEEL, SDIST = "tool-1.0-py3-none-any.whl", "tool-1.0.tar.gz"


def wheel(text: str) -> bytes:
    """A wheel with one module."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("tool.py", text)
        archive.writestr("tool-1.0.dist-info/METADATA", META)
        archive.writestr(
            "tool-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tool-1.0.dist-info/RECORD", "")
    return data.getvalue()


def sdist(marker: Path) -> bytes:
    """Sources that leave *marker* behind if anything of theirs runs."""
    data = io.BytesIO()
    files = {
        "PKG-INFO": META,
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": f"open({str(marker)!r}, 'w').close()\n",
    }
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"tool-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return data.getvalue()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A package index on this machine: the folder of the files of ``tool``, and its address."""
    files = tmp_path / "index" / "simple" / "tool"
    files.mkdir(parents=True)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "index"))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield files, f"http://127.0.0.1:{server.server_address[1]}/simple"
    server.shutdown()
    server.server_close()


def set_up(tmp_path: Path, address: str, *hashes: bytes, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a folder where the lock names ``tool`` with these files."""
    place = tmp_path / "checkout"
    (place / "scripts").mkdir(parents=True)
    (place / "locks").mkdir()
    shutil.copy(ROOT / "scripts" / "setup", place / "scripts")
    named = " ".join(f"--hash=sha256:{hashlib.sha256(data).hexdigest()}" for data in hashes)
    for lock in ("build", "run"):
        (place / "locks" / f"{lock}.txt").write_text(f"tool==1.0 {named}\n")
    (place / "pyproject.toml").write_text("")
    kept = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(
        ["sh", "scripts/setup", "run"],
        cwd=place,
        env={**kept, "PIP_INDEX_URL": address, "PIP_RETRIES": "0", **env},
        capture_output=True,
        text=True,
    )


def offered(files: Path, **contents: bytes) -> None:
    """Let the index offer these files."""
    names = {"wheel": WHEEL, "sdist": SDIST}
    for kind, data in contents.items():
        (files / names[kind]).write_bytes(data)
    links = "".join(f'<a href="{names[kind]}">{names[kind]}</a>' for kind in contents)
    (files / "index.html").write_text(links)


@pytest.mark.parametrize("env", [{}, {"PIP_NO_BINARY": ":all:"}, {"PIP_PREFER_BINARY": "0"}], ids=str)
def test_an_index_without_a_wheel_builds_nothing(
    tmp_path: Path, index: tuple[Path, str], env: dict[str, str]
) -> None:
    """Though the lock names the sources, too, as locks for several systems do: no code of theirs runs."""
    marker = tmp_path / "ran"
    sources = sdist(marker)
    offered(index[0], sdist=sources)
    done = set_up(tmp_path, index[1], wheel("good = 1"), sources, **env)
    assert (1, False) == (done.returncode, marker.exists()), done.stderr
    assert "nothing was built from source" in done.stderr


def test_an_index_with_another_wheel_installs_nothing(tmp_path: Path, index: tuple[Path, str]) -> None:
    """It has the name, and not the hash."""
    offered(index[0], wheel=wheel("evil = 1"))
    done = set_up(tmp_path, index[1], wheel("good = 1"))
    assert 1 == done.returncode, done.stderr
    assert "another file in its place" in done.stderr
    assert [] == [*(tmp_path / "checkout" / ".venv").rglob("tool.py")]


def test_the_wheel_of_the_lock_is_installed(tmp_path: Path, index: tuple[Path, str]) -> None:
    """With what is said of each step; so the two tests above refuse what would have been installed."""
    offered(index[0], wheel=wheel("good = 1"))
    done = set_up(tmp_path, index[1], wheel("good = 1"))
    assert 1 == len([*(tmp_path / "checkout" / ".venv").rglob("tool.py")]), done.stderr
    assert "setup: installing 1 packages of locks/run.txt, each by its hash" in done.stderr


def test_a_lock_that_there_is_not(tmp_path: Path) -> None:
    """Its name is asked for."""
    done = subprocess.run(["sh", str(ROOT / "scripts" / "setup")], capture_output=True, text=True)
    assert (2, "usage: scripts/setup run|test\n") == (done.returncode, done.stderr)
