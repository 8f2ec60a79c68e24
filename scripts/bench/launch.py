"""What `vault run` adds to the start of a bot, side by side with the bare interpreter.

Usage: .venv/bin/python scripts/bench/launch.py [--runs N]

Each round starts, one after another: ``python -c pass``; the key derivation alone; ``vault run -- true``
with a password file; and ``vault run -- true`` at a pseudo-terminal, where a password is typed. The
figures are medians of all rounds, in milliseconds and as multiples of ``python -c pass``.
"""

from __future__ import annotations

import argparse
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import vault

PASSWORD = "correct horse battery staple"  # noqa: S105
PYTHON = sys.executable
VAULT = str(Path(PYTHON).with_name("vault"))
# The derivation as `run` does it, in a process of its own; prints the milliseconds of that call alone.
DERIVE = """
import sys, time
import _argon2_cffi_bindings
from vault.core import crypto
memory, passes, lanes = map(int, sys.argv[1:])
begin = time.perf_counter()
crypto.argon2id(b"correct horse battery staple", bytes(32), memory, passes, lanes)
print((time.perf_counter() - begin) * 1e3)
"""


def timed(*command: str, env: dict[str, str]) -> float:
    """Milliseconds of a whole process."""
    begin = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdin=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1e3


def typed(env: dict[str, str]) -> tuple[float, float]:
    """Milliseconds to the prompt, and from Enter to the end of the program that was launched."""
    begin = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        os.execve(VAULT, [VAULT, "run", "--", "true"], env)  # noqa: S606
    seen = b""
    while b"master password: " not in seen:
        seen += os.read(terminal, 4096)
    prompt = (time.perf_counter() - begin) * 1e3
    time.sleep(0.25)  # a person types, while imports go on
    begin = time.perf_counter()
    os.write(terminal, f"{PASSWORD}\n".encode())
    _, status = os.waitpid(process, 0)
    launched = (time.perf_counter() - begin) * 1e3
    os.close(terminal)
    if status:
        raise RuntimeError(f"vault run ended with {status}: {seen!r}")
    return prompt, launched


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=21)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        kept = {"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "TERM": "dumb"}
        env = {**kept, "VAULT_FILE": f"{folder}/bench.vault", "XDG_STATE_HOME": folder}
        os.environ["XDG_STATE_HOME"] = folder
        password_file = Path(folder, "password")
        password_file.write_text(f"{PASSWORD}\n")
        with vault.create(env["VAULT_FILE"], vault.Secret(PASSWORD), now=0) as opened:
            names = ("api_key", "secret_key", "passphrase")
            fields = {name: vault.Secret(f"{name}-1234567890") for name in names}
            opened.add(vault.Credential("okx-main", "okx", fields, created=int(time.time())))
            opened.save()
        kdf = vault.DEFAULT_KDF
        cost = [str(kdf.memory), str(kdf.passes), str(kdf.lanes)]
        unattended = {**env, "VAULT_PASSWORD_FILE": str(password_file)}
        rounds: dict[str, list[float]] = {}
        for number in range(runs + 1):
            bare = timed(PYTHON, "-c", "pass", env=env)
            derive = subprocess.run([PYTHON, "-c", DERIVE, *cost], env=env, capture_output=True, check=True)
            whole = timed(VAULT, "run", "--", "true", env=unattended)
            prompt, launched = typed(env)
            if number:  # the first round writes byte code and warms the caches
                for name, figure in (
                    ("python -c pass", bare),
                    (f"key derivation alone ({kdf})", float(derive.stdout)),
                    ("vault run -- true, whole", whole),
                    ("  beyond its derivation", whole - float(derive.stdout)),
                    ("prompt shown", prompt),
                    ("Enter to the program's end", launched),
                    ("  beyond its derivation ", launched - float(derive.stdout)),
                ):
                    rounds.setdefault(name, []).append(figure)
    base = statistics.median(rounds["python -c pass"])
    print(f"{runs} rounds, medians")
    for name, figures in rounds.items():
        middle = statistics.median(figures)
        print(f"{name:58} {middle:8.1f} ms {middle / base:7.2f} x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
