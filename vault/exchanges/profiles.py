"""Profiles by name: the built-in ones, and a person's own.

The built-in ones are the TOML files in this folder. ``scripts/compile-profiles`` checks them and writes
``compiled/NAME.json``, since reading TOML would double the time in which a bot starts; a test fails when one
is stale.

A person's own files, ``profiles/NAME.toml`` in the user's data folder, add an exchange or override one:
their tables are laid over the built-in ones, and any other value takes the place of the built-in one.
"""

from __future__ import annotations

import os

from ..base import canonical
from ..base.rules import check_exchange
from ..errors import InvalidCredential, ProfileNotFound, VaultError
from ..system import Folder, Missing, NotAFile, data_home
from .profile import Profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_COMPILED = os.path.join(os.path.dirname(__file__), "compiled")
_MAX_PROFILE = 256 << 10  # bytes of a person's own file

_MADE: dict[str, Profile] = {}  # of the built-in ones, which do not change; a bot's start asks three times


def names() -> list[str]:
    """Return the name of every profile."""
    return sorted({*_names(_COMPILED, ".json"), *_names(_own_folder(), ".toml")})


def load(name: str) -> Profile:
    """Return the profile of that name; raises ProfileNotFound, naming those there are."""
    if name in _names(_own_folder(), ".toml"):
        from .parse import parse

        (path, text), base = _own_text(name), _compiled(name)
        own = parse(name, text, base)
        made = make(name, {**own, "file": path})
        return made.changed(moved=_moved(made, make(name, base))) if base else made
    if name not in _MADE:
        plain = _compiled(name)
        if not plain:
            check_exchange(name)
            raise ProfileNotFound(f"no profile is named {name}", hint=f"there are: {', '.join(names())}")
        _MADE[name] = make(name, plain)
    return _MADE[name]


def known(name: str) -> Profile:
    """Return the profile of that name; one without contents if it is missing or cannot be read."""
    try:
        return load(name)
    except VaultError:
        return Profile(name, name)


def clients() -> list[str]:
    """Return every client that some profile has a preset for."""
    return sorted({client for name in names() for client in known(name).presets})


def make(name: str, plain: Mapping[str, Any]) -> Profile:
    """Return the profile of a checked plain form."""
    return Profile.decode({**plain, "name": name})


def _moved(own: Profile, base: Profile) -> tuple[str, ...]:
    """Return the hosts of a person's own profile that are not the built-in one's."""
    usual, hosts = ({host for r in profile.regions.values() for host in (r.host, r.demo, r.testnet)}
                    for profile in (base, own))  # fmt: skip
    return tuple(sorted(hosts - usual - {""}))


def _compiled(name: str) -> dict[str, Any]:
    """Return the plain form of a built-in profile; empty if there is none of that name."""
    if name not in _names(_COMPILED, ".json"):
        return {}
    with open(os.path.join(_COMPILED, f"{name}.json"), "rb") as file:
        plain: dict[str, Any] = canonical.loads(file.read())
    return plain


def _names(folder: str, ending: str) -> list[str]:
    """Return the names of a folder's profiles."""
    try:
        files = os.listdir(folder)
    except OSError:  # as a rule nobody has a folder of their own
        return []
    return [file.removesuffix(ending) for file in files if file.endswith(ending)]


def _own_folder() -> str:
    return os.path.join(data_home(), "profiles")


def _own_text(name: str) -> tuple[str, str]:
    """Return path and contents of a person's own file, which nobody else could have written.

    It says where signed requests go, and what a program is given.
    """
    try:
        with Folder(_own_folder()) as folder:
            data = folder.read(f"{name}.toml", _MAX_PROFILE)
        if len(data) > _MAX_PROFILE:
            raise InvalidCredential(f"the profile {name} is larger than {_MAX_PROFILE >> 10} KiB")
        return folder.full(f"{name}.toml"), data.decode()
    except (Missing, NotAFile) as error:
        raise InvalidCredential(f"the profile {name} cannot be read: {error}") from None
    except UnicodeDecodeError:
        raise InvalidCredential(f"the profile {name} is not UTF-8") from None
