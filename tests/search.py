"""Looks for secrets, in whatever form, in the bytes of a disk, of a trace, of a process's memory."""

from __future__ import annotations

import base64
import errno
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# What can put bytes into a file, a pipe or a socket, or on a command line.
CALLS = (
    "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,vmsplice,execve,execveat,setxattr,"
    "fsetxattr,symlink,symlinkat,mkdir,mkdirat,rename,renameat,renameat2"
)
_HEX = re.compile(r"(?:\\x[0-9a-f]{2})+")
_FIRST = re.compile(r"\d+<((?:\\x[0-9a-f]{2})+)>")


def forms(secret: str | bytes) -> dict[str, bytes]:
    """As it may be written, by the name of the form; a name has a number where there are several."""
    text = secret if isinstance(secret, str) else secret.decode("latin-1")
    raw = secret.encode() if isinstance(secret, str) else secret
    found = {
        "plain": raw,
        "reversed": raw[::-1],
        "UTF-16LE": text.encode("utf-16-le"),
        "UTF-16BE": text.encode("utf-16-be"),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
    }
    for before in range(3):  # bytes before it in a group of three; a character has six bits
        own = slice((before * 8 + 5) // 6, (before + len(raw)) * 8 // 6)  # what depends on it alone
        found[f"base64 {before}"] = base64.b64encode(bytes(before) + raw)[own]
        found[f"base64url {before}"] = base64.urlsafe_b64encode(bytes(before) + raw)[own]
    return found


def found(data: bytes, secrets: Mapping[str, str | bytes]) -> list[str]:
    """Which secrets are in *data*, each with its form."""
    return [
        f"{name} ({form})"
        for name, secret in secrets.items()
        for form, text in forms(secret).items()
        if text in data
    ]


def spans(data: bytes, forms: list[bytes]) -> list[tuple[int, int]]:
    """Where forms are, those that touch taken together."""
    hit = bytearray(len(data) + 1)
    joined: list[tuple[int, int]] = []
    for form in forms:
        at = data.find(form)
        while at >= 0:
            hit[at : at + len(form)] = b"\1" * len(form)
            at = data.find(form, at + 1)
    at = hit.find(1)
    while at >= 0:
        end = hit.index(0, at)
        joined.append((at, end))
        at = hit.find(1, end)
    return joined


def redacted(data: bytes, forms: list[bytes]) -> bytes:
    """*data* with every one of *forms* hidden: slow, plain, and all at once."""
    out, done = b"", 0
    for start, end in spans(data, forms):
        out, done = out + data[done:start] + b"***", end
    return out + data[done:]


def traced(command: Sequence[str], trace: Path, inject: str = "") -> list[str]:
    """The command, and all that it starts, so that :func:`written` can read of it.

    Args:
        inject: a fault for strace to make, as in strace(1).
    """
    more = ["-e", f"inject={inject}"] if inject else ["--seccomp-bpf"]  # which is faster, and makes no faults
    calls = f"trace={CALLS},{inject.partition(':')[0]}".rstrip(",")
    return ["strace", "-f", "-y", "-xx", "-s", "10000000", "-e", calls, *more, "-o", str(trace), *command]


def written(trace: Path) -> dict[str, bytes]:
    """All bytes that were written, by where to: a path as the kernel names it, or ``argv``."""
    parts: dict[str, list[bytes]] = {}
    for line in trace.read_text().splitlines():
        call, bracket, arguments = line.partition(" ")[2].lstrip().partition("(")
        if not bracket:
            continue
        target = _FIRST.match(arguments)
        where = "argv" if call.startswith("exec") else _bytes(target[1]).decode() if target else "names"
        parts.setdefault(where, []).extend(
            map(_bytes, _HEX.findall(arguments, target.end() if target else 0))
        )
    return {where: b"".join(texts) for where, texts in parts.items()}


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def memory(pid: int) -> bytes:
    """All that can be read of a process, in a moment in which it gives none of it back."""
    last = time.monotonic() + 10
    while True:
        try:
            return _memory(pid)
        except OSError as error:  # EIO: a part was given back since it was listed
            if error.errno != errno.EIO or time.monotonic() > last:
                raise


def _memory(pid: int) -> bytes:
    parts = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in maps:
            span, rights = line.split()[:2]
            if "r" not in rights or line.rstrip().endswith(("[vvar]", "[vvar_vclock]", "[vsyscall]")):
                continue
            begin, end = (int(word, 16) for word in span.split("-"))
            mem.seek(begin)
            parts.append(mem.read(end - begin) or b"")
    return b"".join(parts)
