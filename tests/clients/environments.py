"""Where the real clients are: heavy ones in environments that scripts/setup-clients makes."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
HEAVY = ("freqtrade", "nautilus", "coinbase", "krakenex")

# Read here, before conftest takes this project's variables out of the environment. In CI nothing is left out:
# a client that is not there fails its tests.
PYTHON = {
    name: os.environ.get(f"VAULT_TEST_{name.upper()}", str(ROOT / ".clients" / name / "bin" / "python"))
    for name in HEAVY
}
_CI = os.environ.get("CI") == "true"


def needs(client: str) -> pytest.MarkDecorator:
    """Skips unless there is a python with that client, in its own environment or in this one."""
    if client in PYTHON:
        there, hint = Path(PYTHON[client]).exists(), "scripts/setup-clients makes it"
    else:
        there, hint = importlib.util.find_spec(client) is not None, "scripts/setup test brings it"
    return pytest.mark.skipif(not there and not _CI, reason=f"no {client} here: {hint}")


def readme(*wanted: str) -> list[str]:
    """The words after ``vault`` of the one line of examples/README.md that has these."""
    lines = (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines()
    [line] = [line for line in lines if line.startswith("$ vault run ") and all(w in line for w in wanted)]
    return line.removeprefix("$ vault ").split()


def first_on_path(python: str, env: dict[str, str]) -> dict[str, str]:
    """The environment in which ``python`` is that one, as in its virtual environment once activated."""
    return {**env, "PATH": f"{Path(python).parent}{os.pathsep}{env['PATH']}"}
