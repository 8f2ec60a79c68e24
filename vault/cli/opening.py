"""Where the master password comes from, and the vault that it opens."""

from __future__ import annotations

import os

from ..base.rules import shortened
from ..base.secret import Secret
from ..errors import NoPassword, PasswordRefused
from ..system import make_undumpable, redirect_to_devnull
from ..unlock.passwords import MAX_PASSWORD
from .output import working

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from ..core.vault import LockedVault, Vault
    from .options import Settings

    T = TypeVar("T")


def given_password(settings: Settings) -> Secret | None:
    """Return the password from the first source of docs/cli.md; None if that is the terminal."""
    if settings.password_fd:
        return password_from_descriptor(settings.password_fd)
    path = password_file(settings)
    return password_from_file(path) if path else None


def password_file(settings: Settings) -> str:
    """Return the path of the file with the password; empty if it comes from elsewhere."""
    if settings.password_fd:
        return ""
    if path := settings.password_file or os.environ.get("VAULT_PASSWORD_FILE", ""):
        return path
    if folder := os.environ.get("CREDENTIALS_DIRECTORY"):  # systemd.exec(5)
        for name in ("vault-password", "vault-machine-key"):
            if os.path.exists(path := os.path.join(folder, name)):
                return path
    return ""


def password_from_descriptor(number: str) -> Secret:
    """Read the password from an open descriptor, and close it; a standard stream is pointed at /dev/null."""
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NoPassword(f"not a descriptor's number: {shortened(number)}")
    descriptor = int(number)
    try:
        with open(descriptor, "rb", buffering=0, closefd=descriptor > 2) as stream:
            password = _password_in(stream, f"descriptor {number}")
        if descriptor <= 2:  # or the next file that is opened would become a standard stream
            redirect_to_devnull(descriptor)
    except OSError:
        raise NoPassword(f"cannot read the password from descriptor {number}") from None
    return password


def password_from_file(path: str) -> Secret:
    """Read the password from a file, without its final line break."""
    try:
        with open(path, "rb", buffering=0) as stream:
            return _password_in(stream, path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = (getattr(error, "strerror", "") or str(error)).lower()
        raise NoPassword(f"cannot read the password from {path}: {reason}") from None


def _password_in(stream: Any, name: str) -> Secret:
    make_undumpable()
    data = b""
    # One byte more than any password and a line break: enough to see that it is too long.
    while len(data) <= MAX_PASSWORD + 2 and (part := stream.read(MAX_PASSWORD + 3 - len(data))):
        data += part
    if data.endswith(b"\n"):
        data = data[:-2] if data.endswith(b"\r\n") else data[:-1]
    if len(data) > MAX_PASSWORD:
        raise PasswordRefused(f"the password in {name} has more than {MAX_PASSWORD} bytes")
    if not data:
        raise PasswordRefused(f"the password in {name} is empty")
    try:
        return Secret(data.decode())
    except UnicodeDecodeError:
        raise PasswordRefused(f"the password in {name} is not UTF-8") from None


def check_there(settings: Settings) -> None:
    """Raise VaultNotFound, with the way back, if there is nothing at the vault's path."""
    if not os.path.lexists(settings.path):
        from ..actions.vaults import missing  # heavy, and seldom needed

        raise missing(settings.path)


def locked(settings: Settings) -> LockedVault:
    """Return the vault, still locked."""
    check_there(settings)
    from ..core import vault  # behind the prompt, where `run` calls this while a person types

    return vault.open(
        settings.path, allow_expensive=settings.allow_expensive_kdf, accept_older=settings.accept_older
    )


def unlocked(
    settings: Settings, opening: Callable[[], LockedVault], *, meanwhile: Callable[[], None] | None = None
) -> Vault:
    """Unlock the vault with the password from the first source; raises NoPassword if there is none.

    Args:
        opening: returns the locked vault; called behind the prompt, if there is one.
        meanwhile: imports for later, done while the person types or the key is derived. Whoever passes
            it launches a program next, which gets what is typed after the password.
    """
    if (secret := given_password(settings)) is not None:
        closed = opening()
        return working("deriving the key", lambda: closed.unlock(secret), meanwhile)
    from .asking import ask_again, typed_password

    def attempt() -> Vault:
        prepared: list[LockedVault] = []

        def prepare() -> None:
            prepared.append(opening())
            if meanwhile is not None:
                meanwhile()
            prepared[0].prepare()

        typed = typed_password(meanwhile=prepare, sole=meanwhile is None)
        return working("deriving the key", lambda: prepared[0].unlock(typed))

    return ask_again(attempt)


def open_vault(settings: Settings, *, writing: bool = False) -> Vault:
    """Unlock the vault; before asking, raise what is wrong with its file, or, if *writing*, with saving."""
    closed = locked(settings)
    if writing:
        closed.probe()
    return unlocked(settings, lambda: closed)


def with_password(settings: Settings, doing: str, work: Callable[[Secret], T]) -> T:
    """Return the result of *work* on the master password; a person has three tries."""
    if (given := given_password(settings)) is not None:
        return working(doing, lambda: work(given))
    from .asking import ask_again, typed_password

    def attempt() -> T:
        typed = typed_password()
        return working(doing, lambda: work(typed))

    return ask_again(attempt)
