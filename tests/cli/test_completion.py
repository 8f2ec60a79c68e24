"""Completion, in the shells that ask for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import Cli

BASH = """
eval "$(vault completion bash)"
COMP_WORDS=({words}) COMP_CWORD={index}
_vault_completion vault
echo "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "completed"),
    [("vault ru", "run"), ("vault run --dr", "--dry-run"), ("vault completion z", "zsh")],
)
def test_bash_completes(cli: Cli, words: str, completed: str) -> None:
    """Commands, options and choices, without a vault being opened."""
    script = BASH.format(words=words, index=len(words.split()) - 1)
    env = {**cli.env, "PATH": f"{Path(cli.exe).parent}:{cli.env['PATH']}", "VAULT_FILE": "/nowhere"}
    done = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, timeout=60)
    assert [completed] == done.stdout.split()


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_accept_the_script(cli: Cli, shell: str, tmp_path: Path) -> None:
    """What is printed is a script of that shell."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here; CI installs it")
    script = tmp_path / "script"
    script.write_bytes(cli("completion", shell).stdout)
    assert 0 == subprocess.run([shell, "-n", str(script)], capture_output=True, timeout=60).returncode
