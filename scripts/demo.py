"""Play the main job from end to end, against a stand-in of OKX on this machine; leaves nothing behind.

The stand-in plays the exchange: it makes an API key, shows it once, and checks the signature, the
passphrase and the clock of each request on its own.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def main() -> int:
    """Play it and return the bot's exit status."""
    standin = subprocess.Popen(
        [sys.executable, str(ROOT / "examples" / "okx_standin.py"), "--create-key"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if standin.stdout is None:
            raise RuntimeError("the stand-in has no output")
        url = json.loads(standin.stdout.readline())["url"]
        shown_once = standin.stdout.readline()
        with tempfile.TemporaryDirectory(prefix="coldvault-") as folder:
            return _play(folder, url, shown_once)
    finally:
        standin.terminate()
        standin.wait()


def _play(folder: str, url: str, shown_once: str) -> int:
    from vault.unlock import passwords

    password = passwords.generate()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TERM") if name in os.environ}
    env = {
        **kept,
        "PATH": f"{BIN}{os.pathsep}{kept.get('PATH', os.defpath)}",
        "VAULT_FILE": str(Path(folder) / "demo.vault"),
        "XDG_STATE_HOME": folder,
    }

    def vault(*words: str, stdin: str = "") -> int:
        """Run one command; the master password goes through a pipe, never through a file."""
        _say(f"$ vault {shlex.join(words)}" + (" < what the exchange showed" if stdin else ""))
        reader, writer = os.pipe()
        os.write(writer, password.reveal().encode())
        os.close(writer)
        try:
            command = [str(BIN / "vault"), "--password-fd", str(reader), *words]
            return subprocess.run(command, input=stdin, text=True, env=env, pass_fds=(reader,)).returncode
        finally:
            os.close(reader)

    _say(f"a stand-in of OKX listens on {url}; it made an API key and shows it once")
    status = vault("init")
    status = status or vault(
        "add", "okx-main", "--exchange", "okx", "--permission", "read", "--stdin", stdin=shown_once
    )
    status = status or vault("list")
    bot = str(ROOT / "examples" / "bot.py")
    status = status or vault("run", "--", "python", os.path.relpath(bot), url)
    if status == 0:
        _say("\nthat bot read its credentials from its environment; they were never in a file in plain text")
        _say(f"yours: {os.path.relpath(BIN / 'vault')} init, then add; README.md takes it from there")
    return status


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
