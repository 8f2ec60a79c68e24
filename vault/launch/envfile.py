"""Files of variables, as ``docker --env-file`` and dotenv take them, with references in place of secrets.

Such a file holds no secret, so it can be committed: ``OKX_API_KEY=vault://okx-main/api_key``.
"""

from __future__ import annotations

from io import StringIO

from dotenv.parser import parse_stream

from ..base.rules import shortened
from ..errors import HostError, InvalidCredential
from .variables import Assignment, Mapped, check_target

MAX_FILE = 1 << 20  # bytes; a program's variables have room for less
_REFERENCE = "vault://"


def read(path: str) -> tuple[list[Mapped], list[Assignment]]:
    """Return the references in the file and its plain values. Nothing is expanded: a ``$`` is a ``$``.

    Raises:
        HostError: If the file cannot be read.
        InvalidCredential, VariableRefused: If a line is wrong; the message says which.
    """
    mapped, plain = [], []
    for line in parse_stream(StringIO(_text(path))):
        blank = line.original.string[: -len(line.original.string.lstrip()) or None]
        where = f"line {line.original.line + blank.count(chr(10))} of {path}"
        if line.error or (line.key is not None and line.value is None):
            raise InvalidCredential(f"{where} is not of the form VARIABLE=VALUE")
        if line.key is None or line.value is None:
            continue  # blank, or a comment
        check_target(line.key)
        if not line.value.startswith(_REFERENCE):
            plain.append(Assignment(line.key, line.value, path, secret=False))
            continue
        name, slash, field = line.value.removeprefix(_REFERENCE).partition("/")
        if not (name and slash and field):
            raise InvalidCredential(
                f"{where} is not a reference of the form vault://NAME/FIELD: {shortened(line.value)}"
            )
        mapped.append(Mapped(line.key, name, field, path))
    return mapped, plain


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise HostError(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from None
    if len(data) > MAX_FILE:
        raise HostError(f"{path} is not a file of variables: it has more than {MAX_FILE >> 20} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HostError(f"{path} is not UTF-8") from None
    if "\0" in text:
        raise InvalidCredential(f"{path} holds a NUL, which no program can be given")
    return text
