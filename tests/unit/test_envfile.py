"""Files of variables, with references in place of secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from vault.errors import HostError, InvalidCredential, VariableRefused
from vault.launch import envfile
from vault.launch.variables import Mapped


def written(folder: Path, text: str | bytes) -> str:
    file = folder / "bot.env"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(file)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A=1", {"A": "1"}),
        ("\ufeffA=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("# a comment\n\nexport A=1  # and one behind\n", {"A": "1"}),
        ("A='x y'\nB=\"x\\ny\"\n", {"A": "x y", "B": "x\ny"}),
        ("A=$HOME\nB=${A}\nC=`id`\n", {"A": "$HOME", "B": "${A}", "C": "`id`"}),
        ("A=\n", {"A": ""}),
        ("A='two\nlines'\n", {"A": "two\nlines"}),
        ("A=b=c", {"A": "b=c"}),
    ],
    ids=str,
)
def test_plain_values(tmp_path: Path, text: str, wanted: dict[str, str]) -> None:
    """As dotenv writes them; nothing is expanded, and none is a secret."""
    mapped, plain = envfile.read(written(tmp_path, text))
    assert [] == mapped
    assert wanted == {assignment.variable: assignment.value for assignment in plain}
    assert not any(assignment.secret for assignment in plain)


def test_references(tmp_path: Path) -> None:
    """Name and field; quotes make no difference, and a name may have dots."""
    text = "K=vault://okx-main/api_key\nS='vault://desk.2/secret_key'  # its secret\nT=vault\n"
    path = written(tmp_path, text)
    mapped, plain = envfile.read(path)
    assert [Mapped("K", "okx-main", "api_key", path), Mapped("S", "desk.2", "secret_key", path)] == mapped
    assert ["T"] == [assignment.variable for assignment in plain]


@pytest.mark.parametrize(
    ("text", "line"),
    [("A=1\nB\n", 2), ("=1", 1), ("A=1\n\n'B=2\n", 3), ("A=vault://", 1), ("A=vault://okx-main", 1),
     ("A=1\nB=vault:///api_key", 2), ("A=vault://okx-main/", 1)],
    ids=ascii,
)  # fmt: skip
def test_a_line_that_is_none(tmp_path: Path, text: str, line: int) -> None:
    """Is named by its number; nothing of the file is taken."""
    with pytest.raises(InvalidCredential, match=f"line {line} of"):
        envfile.read(written(tmp_path, text))


@pytest.mark.promise(9)
@pytest.mark.parametrize("name", ["LD_PRELOAD", "HTTPS_PROXY", "PYTHONPATH", "VAULT_FILE"])
def test_a_name_that_steers(tmp_path: Path, name: str) -> None:
    """Whoever can change a committed file is not to redirect a bot that holds keys."""
    with pytest.raises(VariableRefused):
        envfile.read(written(tmp_path, f"{name}=x"))


@pytest.mark.parametrize(
    ("data", "words"), [(b"A=\xff", "UTF-8"), (b"A=\0", "NUL"), (b"#" * (envfile.MAX_FILE + 1), "MiB")],
    ids=["not UTF-8", "a NUL", "too large"],
)  # fmt: skip
def test_a_file_that_is_none(tmp_path: Path, data: bytes, words: str) -> None:
    """Is refused in a sentence."""
    with pytest.raises((HostError, InvalidCredential), match=words):
        envfile.read(written(tmp_path, data))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Is said with its path."""
    with pytest.raises(HostError, match=r"cannot read .*nosuch\.env: no such file"):
        envfile.read(str(tmp_path / "nosuch.env"))
