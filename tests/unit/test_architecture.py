"""The rooms of the package: what each may import, and what is allowed nowhere or in one place only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2] / "vault"
MODULES = sorted(str(path.relative_to(HOME).with_suffix("")) for path in HOME.rglob("*.py"))

PLAIN = {"errors", "record", "secret", "rules"}  # what everything may stand on
DATA = PLAIN | {"digest", "cost", "credential", "recovery", "passwords", "canonical"}

# Room: what of ours it may import. A folder's name stands for all of its modules; imports only for type
# checkers do not count. The longest name that fits a module is its room.
ROOMS: dict[str, set[str]] = {
    "__init__": set(),
    "errors": set(),
    "record": set(),
    "secret": set(),
    "rules": {"errors"},
    "canonical": {"errors"},
    "digest": set(),
    "recovery": {"digest", "secret"},
    "cost": {"errors", "record"},
    "passwords": PLAIN,
    "credential": PLAIN,
    "seen": {"errors", "system"},
    "profiles": PLAIN | {"exchanges/table", "keys", "system"},
    "keys": PLAIN,
    "keypair": PLAIN | {"credential", "keys", "profiles"},
    "capture": PLAIN | {"capture", "keys", "profiles"},
    "journal": PLAIN | {"canonical", "credential", "digest", "journal", "system", "core/crypto"},
    "copies": PLAIN | {"core/format", "core/vault", "seen", "system"},
    "backup": PLAIN | {"copies", "core", "journal", "seen", "system"},
    "restore": PLAIN | {"copies", "core", "journal", "seen", "system"},
    "clipboard": {"errors", "secret"},
    "care": PLAIN | {"care", "cost", "credential", "digest", "keys", "profiles"},
    "exchanges": set(),
    "exchanges/signing": PLAIN | {"keys"},
    "exchanges/answers": PLAIN,
    "exchanges/refusals": PLAIN | {"profiles"},
    "exchanges/check": PLAIN | {"credential", "exchanges", "keys", "profiles"},
    "core/__init__": set(),
    "core/crypto": {"digest", "system/memory"},
    "core/format": {"errors", "record", "cost", "digest"},
    "core/model": DATA,
    "core/store": {"errors", "system", "core/format"},
    "core/vault": DATA | {"seen", "system", "core"},
    "launch": PLAIN | {"credential", "launch", "profiles"},
    "launch/binding": PLAIN | {"credential", "system"},
    "launch/handover": PLAIN | {"launch", "system"},
    "system": {"errors", "system"},
    "cli": DATA
    | {"cli", "profiles", "launch", "system", "core/vault", "__init__"}
    | {"backup", "capture", "care", "clipboard", "copies", "journal", "keypair", "restore"},
    "cli/check": PLAIN | {"cli", "core/vault", "credential", "profiles", "exchanges/check"},  # the network's
    "cli/__init__": {"errors", "cli", "system"},
    "cli/options": {"record", "system"},
    "cli/run": {
        "errors",
        "record",
        "secret",
        "cli",
        "system",
        "launch",
        *("care/deadlines", "core/crypto", "exchanges/table", "journal"),  # loaded while somebody types
    },
}

# Foreign modules, or their beginnings: where alone they may be imported.
FOREIGN: list[tuple[str, str]] = [
    ("argon2 _argon2_cffi_bindings", "core/crypto"),
    ("cryptography", "core/crypto keys"),
    ("Crypto", "keys"),
    ("pyperclip", "clipboard"),
    (
        "click",
        "cli/group cli/vaults cli/credentials cli/capture cli/check cli/review cli/metadata cli/completion "
        "cli/backup cli/care",
    ),
    ("prettytable", "cli/terminal"),
    ("zxcvbn xkcdpass", "passwords"),
    ("mmap", "system/memory"),
    ("_cffi_backend", "system/posix"),
    ("ctypes", "system/posix system/windows system/memory"),
    ("msvcrt winreg _winapi", "system/windows system/machine/windows"),
    ("subprocess", "system/windows system/supervisor system/session"),
    (
        "fcntl termios tty pty resource pwd",
        "system/posix system/supervisor system/session system/machine/posix",
    ),
    ("dotenv", "launch/envfile"),
    ("socket ssl http", "exchanges/check"),
    ("_socket urllib.request ftplib smtplib asyncio", ""),
    ("pickle marshal shelve logging tempfile random getpass dataclasses", ""),
]


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((HOME / f"{module}.py").read_text())


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that is there at run time: not what stands under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            for other in child.orelse:
                yield other
                yield from running(other)
            continue
        yield child
        yield from running(child)


def imports(module: str) -> Iterator[str]:
    """Full names of what a module imports, ours as paths below the package."""
    folder = module.split("/")[:-1]
    for node in running(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] + (node.module or "").split(".")
            where = "/".join(part for part in base if part)
            for alias in node.names:
                path = f"{where}/{alias.name}".lstrip("/")
                found = path in MODULES or f"{path}/__init__" in MODULES
                yield f"ours:{path if found else where or '__init__'}"


def room(module: str) -> str:
    """The longest entry of ROOMS that the module is, or is below of."""
    return max((name for name in ROOMS if f"{module}/".startswith(f"{name}/")), key=len)


def allowed(target: str, rooms: set[str]) -> bool:
    return any(f"{target}/".startswith(f"{name}/") for name in rooms)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down_the_table(module: str) -> None:
    """A module imports of ours what its room may, and nothing else."""
    ours = {name.removeprefix("ours:") for name in imports(module) if name.startswith("ours:")}
    assert [] == sorted(name for name in ours if not allowed(name, ROOMS[room(module)]))


@pytest.mark.parametrize("module", MODULES)
def test_foreign_modules_have_one_room(module: str) -> None:
    """A library is imported by the module that owns it; some by none at all."""
    found = {name for name in imports(module) if not name.startswith("ours:")}
    banned = [name for names, places in FOREIGN if module not in places.split() for name in names.split()]
    assert [] == [ban for ban in banned for name in found if f"{name}.".startswith(f"{ban}.")]


# Names, and the beginning of the modules that alone may use them: system asks which system this is, writes
# files and starts programs; the command's own beginning ends the process.
NAMES: list[tuple[str, str]] = [
    ("sys.platform os.name platform.system os.execve", "system/"),
    ("os.open os.write os.rename os.replace os.unlink os.mkdir os.makedirs", "system/"),
    ("sys.exit SystemExit", "cli/__main__"),
    ("os._exit os.fork", "system/s"),  # supervisor and session
    ("os.system os.popen eval exec", "nowhere"),
]
EXCEPTIONS = {
    ("system/windows", "SystemExit"),  # no exec there: this process ends as the program did
}


@pytest.mark.parametrize("module", MODULES)
def test_some_names_have_one_place(module: str) -> None:
    """Which system this is, ending the process and writing files: each in one room."""
    used = {ast.unparse(node) for node in running(tree(module)) if isinstance(node, ast.Attribute | ast.Name)}
    banned = [name for names, place in NAMES if not module.startswith(place) for name in names.split()]
    assert [] == [name for name in banned if name in used and (module, name) not in EXCEPTIONS]


@pytest.mark.parametrize("module", [module for module in MODULES if not module.startswith("system/")])
def test_nothing_is_opened_for_writing(module: str) -> None:
    """Outside of system every open() reads; pathlib and its writing methods are not used at all."""
    for node in running(tree(module)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("open", "os.fdopen", "io.open"):
            mode = ast.unparse(node.args[1]) if len(node.args) > 1 else "'r'"
            assert mode in ("'r'", "'rb'"), f"line {node.lineno}"
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("write_text", "write_bytes"), f"line {node.lineno}"


@pytest.mark.parametrize("module", MODULES)
def test_no_assertion_is_a_check(module: str) -> None:
    """python -O takes assertions away."""
    assert [] == [node.lineno for node in ast.walk(tree(module)) if isinstance(node, ast.Assert)]


@pytest.mark.parametrize("module", MODULES)
def test_no_star_is_imported(module: str) -> None:
    """Every name says where it is from."""
    stars = [
        n.lineno for n in ast.walk(tree(module)) if isinstance(n, ast.ImportFrom) and n.names[0].name == "*"
    ]
    assert stars == []


def test_the_core_can_be_read_in_an_hour() -> None:
    """Fewer than 1,000 lines, comments and blank ones included."""
    lines = {path.name: len(path.read_text().splitlines()) for path in (HOME / "core").glob("*.py")}
    assert sum(lines.values()) < 1000, lines


COMMANDS = [
    pytest.param(node, id=f"{module}:{node.name}")
    for module in MODULES
    if module.startswith("cli/")
    for node in tree(module).body
    if isinstance(node, ast.FunctionDef)
    and any("click.command" in ast.unparse(d) for d in node.decorator_list)
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_short(command: ast.FunctionDef) -> None:
    """Collect, call, say: 25 lines, signature and docstring aside."""
    body = command.body[1:] if ast.get_docstring(command) else command.body
    assert (body[-1].end_lineno or 0) - body[0].lineno + 1 <= 25


def test_every_command_is_seen() -> None:
    """The group's own list has as many."""
    from vault.cli.group import _COMMANDS

    assert len(_COMMANDS) == len(COMMANDS)


@pytest.mark.parametrize("name", [name for name in ROOMS if name != "cli/__main__"])
def test_a_room_of_the_table_exists(name: str) -> None:
    """A module that went away leaves the table."""
    assert (HOME / name).is_dir() or name in MODULES
