"""How a change of one credential is reported: shared by every command that makes one."""

from __future__ import annotations

import time
from collections.abc import Iterable

from ..actions.survey import survey
from ..core.vault import Vault
from ..credential.credential import Credential
from .options import Settings
from .output import emit, say, warn


def say_saved(
    settings: Settings, opened: Vault, credential: Credential, said: str, warnings: Iterable[str] = ()
) -> None:
    """Print the new state of a credential as JSON, or *said* for a person."""
    warn(warnings)
    if settings.json:
        emit(survey(opened, [credential], int(time.time()))[0].plain())
    else:
        say(f"{credential.name}: {said}")
