"""The rooms of the package: what each may import, and what is allowed nowhere or in one place only."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from house import HOUSE

HOME = Path(__file__).parents[2] / "vault"
MODULES = sorted(str(path.relative_to(HOME).with_suffix("")) for path in HOME.rglob("*.py"))

LONGEST = 350  # lines of a written file
# Files that may be longer, and why. The list only ever gets shorter.
LONGER = {
    "errors": "one table: a class per cause, with its code, exit status and hint",
}
# What a face imports past the actions. The list only ever gets shorter, but for its first line.
PAST_ACTIONS = {
    ("cli/opening", "core/vault"): "a vault is opened before there is anything to act on",
}
CORE = 930  # lines of core/, comments and blank ones included


# Foreign modules, or their beginnings: where alone they may be imported; a place that ends in / is a room.
FOREIGN: list[tuple[str, str]] = [
    ("argon2 _argon2_cffi_bindings", "core/crypto"),
    ("cryptography", "core/crypto credential/private_keys"),
    ("Crypto", "credential/private_keys"),
    ("pyperclip", "system/clipboard"),
    ("click", "cli/"),
    ("prettytable", "cli/output"),
    ("zxcvbn xkcdpass", "unlock/passwords"),
    ("mmap", "system/memory"),
    ("_cffi_backend", "system/posix/process"),
    ("ctypes", "system/posix/process system/windows/api system/windows/process system/memory"),
    ("msvcrt winreg _winapi", "system/windows/api system/windows/machine"),
    ("subprocess", "system/windows/process system/posix/supervisor system/posix/session"),
    (
        "fcntl termios tty pty resource pwd",
        "system/posix/folder system/posix/memory_file system/posix/terminal system/posix/channel "
        "system/posix/screen system/posix/signals system/posix/session system/posix/machine",
    ),
    ("dotenv", "launch/envfile"),
    ("socket ssl http", "verify/wire"),
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


def ours(module: str) -> set[str]:
    """The modules of the package that *module* imports at run time, within functions too."""
    return {name.removeprefix("ours:") for name in imports(module) if name.startswith("ours:")}


def place(module: str) -> tuple[str, str]:
    """The innermost room of a module, and its place inside; a module at the top is a room by itself."""
    room = max((room for room in HOUSE if module.startswith(f"{room}/")), key=len, default=module)
    inside = module.removeprefix(room).strip("/")
    return room, "/" if inside == "__init__" else inside.partition("/")[0]


@pytest.mark.promise(11)
@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    """A module imports the rooms below its own, and in its own the files that come before it."""
    room, inside = place(module)
    order = HOUSE[room].files.split() if room in HOUSE else []
    below = ["errors", "base", *HOUSE[room].below.split()] if room in HOUSE else []
    below += ["cli"] if module == "__main__" else []  # the way in from ``python -m vault``
    wrong = []
    for target in ours(module):
        if target.startswith(f"{room}/"):
            there = target.removeprefix(f"{room}/").partition("/")[0].replace("__init__", "/")
            fine = there in order and order.index(there) < order.index(inside)
        else:
            fine = any(f"{target}/".startswith(f"{name}/") for name in below)
        if not fine and target != "__init__" and (module, target) not in PAST_ACTIONS:
            wrong.append(target)
    assert [] == wrong


FACES = [module for module in MODULES if module.startswith(("cli/", "screen/"))]
# Methods that change a vault or a credential, and what those two are called everywhere.
CHANGES = {"save", "replace", "add", "remove", "changed", "stage", "commit", "abort", "forget"}
HELD = {"opened", "credential", "vault"}


def held(node: ast.expr) -> bool:
    """Return True if an expression is a vault or a credential, as in ``opened.get(name)``."""
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Attribute) and node.attr in HELD:
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id in HELD


def changes(code: ast.AST) -> list[str]:
    """What changes a vault or a credential by its methods, or takes a vault's lock."""
    found = [item.context_expr for n in ast.walk(code) if isinstance(n, ast.With) for item in n.items]
    for node in ast.walk(code):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
            found.append(node.func.value)
    return [ast.unparse(expression) for expression in found if held(expression)]


@pytest.mark.parametrize("module", FACES)
def test_a_face_changes_nothing_itself(module: str) -> None:
    """Rules stand below: a face calls an action, which takes the vault's lock and changes a credential."""
    assert [] == changes(tree(module))


@pytest.mark.parametrize(
    "line",
    [
        "with opened: pass",
        "opened.save()",
        "opened.get(name).changed(note=note)",
        "saved.credential.abort(1)",
    ],
)
def test_a_change_by_a_face_is_seen(line: str) -> None:
    """Whatever the way to the vault."""
    assert changes(ast.parse(line))


def test_an_action_may_be_saved_by_a_face() -> None:
    """It is the action's change."""
    assert [] == changes(ast.parse("change.edit(name).changed(did='').save(saved.opened)"))


def test_each_import_past_the_actions_is_there() -> None:
    """The list has nothing that is done."""
    assert [] == [pair for pair in PAST_ACTIONS if pair[1] not in ours(pair[0])]


def circles(graph: Mapping[str, Collection[str]]) -> list[list[str]]:
    """The circles of a graph: each is a list of nodes that reach one another."""
    reach = {node: set(targets) for node, targets in graph.items()}
    for middle in graph:
        for targets in reach.values():
            if middle in targets:
                targets |= reach[middle]
    found = {frozenset({a, *(b for b in reach[a] if a in reach[b])}) for a in graph if a in reach[a]}
    return sorted(sorted(circle) for circle in found)


def test_no_circle() -> None:
    """No file imports itself by way of others, within functions and inside a folder neither."""
    assert [] == circles({module: ours(module) & {*MODULES} for module in MODULES})


def test_every_module_has_its_place() -> None:
    """The plan names each file of each room, and no other; at the top there is the public interface alone."""
    there: dict[str, set[str]] = {}
    for module in MODULES:
        room, inside = place(module)
        if "/" in module and (inside != "/" or len(tree(module).body) > 1):
            there.setdefault(room, set()).add(inside)
            outer, _, folder = room.rpartition("/")
            there.setdefault(outer or room, set()).update([folder] if outer else [])
    assert {room: {*HOUSE[room].files.split()} for room in HOUSE} == there
    assert {"__init__", "__main__", "errors"} == {module for module in MODULES if "/" not in module}


def test_the_rooms_are_in_order() -> None:
    """A room stands on rooms that the plan names before it."""
    rooms = [*HOUSE]
    for number, room in enumerate(rooms):
        assert {name.partition("/")[0] for name in HOUSE[room].below.split()} <= {*rooms[:number]}, room


@pytest.mark.parametrize("module", MODULES)
def test_a_file_fits_on_a_few_screens(module: str) -> None:
    """At most 350 lines, but for the exceptions, each with its reason."""
    lines = len((HOME / f"{module}.py").read_text(encoding="utf-8").splitlines())
    assert (lines > LONGEST) == (module in LONGER), lines


@pytest.mark.promise(11)
@pytest.mark.parametrize("module", MODULES)
def test_foreign_modules_have_one_room(module: str) -> None:
    """A library is imported by the module that owns it; some by none at all."""
    found = {name for name in imports(module) if not name.startswith("ours:")}
    here = {module, f"{module.partition('/')[0]}/"}
    banned = [name for names, places in FOREIGN if not here & {*places.split()} for name in names.split()]
    assert [] == [ban for ban in banned for name in found if f"{name}.".startswith(f"{ban}.")]


@pytest.mark.parametrize("module", ["__init__", "options", "output", "asking", "opening", "run"])
def test_a_bot_starts_without_click(module: str) -> None:
    """What `vault run` needs of the command line is free of it."""
    assert "click" not in imports(f"cli/{module}")


# Names, and the beginning of the modules that alone may use them: system asks which system this is, writes
# files and starts programs; the command's own beginning ends the process.
NAMES: list[tuple[str, str]] = [
    ("sys.platform os.name platform.system os.execve", "system/"),
    ("os.open os.write os.rename os.replace os.unlink os.mkdir os.makedirs", "system/"),
    ("sys.exit SystemExit", "__main__"),
    ("os._exit os.fork", "system/posix/guard system/posix/supervisor system/posix/session"),
    ("os.system os.popen eval exec", "nowhere"),
]
EXCEPTIONS = {
    ("system/windows/process", "SystemExit"),  # no exec there: this process ends as the program did
}


@pytest.mark.parametrize("module", MODULES)
def test_some_names_have_one_place(module: str) -> None:
    """Which system this is, ending the process and writing files: each in one room."""
    used = {ast.unparse(node) for node in running(tree(module)) if isinstance(node, ast.Attribute | ast.Name)}
    banned = [
        name for names, place in NAMES if not module.startswith((*place.split(),)) for name in names.split()
    ]
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
    """Comments and blank lines included."""
    lines = {path.name: len(path.read_text().splitlines()) for path in (HOME / "core").glob("*.py")}
    assert sum(lines.values()) <= CORE, lines


COMMANDS = [
    pytest.param(node, id=f"{module}:{node.name}")
    for module in MODULES
    if module.startswith("cli/")
    for node in tree(module).body
    if isinstance(node, ast.FunctionDef)
    and any(ast.unparse(d) == "command" or "click.command" in ast.unparse(d) for d in node.decorator_list)
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_short(command: ast.FunctionDef) -> None:
    """Collect, call, say: 25 lines, signature and docstring aside."""
    body = command.body[1:] if ast.get_docstring(command) else command.body
    assert (body[-1].end_lineno or 0) - body[0].lineno + 1 <= 25


def test_one_file_is_one_command() -> None:
    """It has the command's name; run's own file is free of click, so its command stands in the group."""
    found = {str(command.id) for command in COMMANDS}
    assert [] == [name for name in found if name != "cli/group:run" and len({*name[4:].split(":")}) != 1]


def test_every_command_is_seen() -> None:
    """The group's own list has as many."""
    from vault.cli.group import _COMMANDS

    assert len(_COMMANDS) == len(COMMANDS)
