"""Coldvault: an encrypted offline vault for credentials that an exchange shows only once.

>>> import time, vault
>>> password = vault.Secret("six words that nobody would ever guess")
>>> fields = {"api_key": vault.Secret("37c541a1"), "secret_key": vault.Secret("22582BD0")}
>>> now = int(time.time())
>>> with vault.create(path, password, now=now) as opened:
...     opened.add(vault.Credential("okx-main", exchange="okx", fields=fields, created=now))
...     opened.save()
>>> opened = vault.open(path).unlock(password)
>>> opened.get("okx-main").fields["api_key"]
Secret(***)

The names below are the public interface; docs/library.md shows each at work. They are looked up
when they are used, so that a program that needs one does not pay for all.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import errors as errors
    from .base.secret import Secret as Secret
    from .core.format import Header as Header
    from .core.model import Payload as Payload
    from .core.vault import LockedVault as LockedVault
    from .core.vault import Vault as Vault
    from .core.vault import create as create
    from .core.vault import open as open
    from .credential.credential import Credential as Credential
    from .errors import VaultError as VaultError
    from .launch.reader import Handed as Handed
    from .launch.reader import from_fd as from_fd
    from .unlock.cost import DEFAULT_KDF as DEFAULT_KDF
    from .unlock.cost import Kdf as Kdf
    from .unlock.recovery import RecoveryKey as RecoveryKey
    from .unlock.recovery import new_recovery_key as new_recovery_key

__version__ = "0.1.0"

_HOME = {
    "Credential": "credential.credential",
    "DEFAULT_KDF": "unlock.cost",
    "Handed": "launch.reader",
    "Header": "core.format",
    "Kdf": "unlock.cost",
    "LockedVault": "core.vault",
    "Payload": "core.model",
    "RecoveryKey": "unlock.recovery",
    "Secret": "base.secret",
    "Vault": "core.vault",
    "VaultError": "errors",
    "create": "core.vault",
    "from_fd": "launch.reader",
    "new_recovery_key": "unlock.recovery",
    "open": "core.vault",
}

__all__ = [
    "DEFAULT_KDF",
    "Credential",
    "Handed",
    "Header",
    "Kdf",
    "LockedVault",
    "Payload",
    "RecoveryKey",
    "Secret",
    "Vault",
    "VaultError",
    "create",
    "errors",
    "from_fd",
    "new_recovery_key",
    "open",
]


def __getattr__(name: str) -> object:
    # First, since `from .. import module` asks here before it looks for a file.
    if name not in _HOME and name != "errors":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name == "errors":
        return import_module(".errors", __name__)
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
