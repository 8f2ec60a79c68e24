"""How a saved change is reported: shared by every command that changes a credential."""

from __future__ import annotations

import time

from ..actions.saving import Saved
from ..actions.survey import survey
from .options import Settings
from .output import emit, remark, say, warn


def say_saved(settings: Settings, saved: Saved, said: str) -> None:
    """Print the credential as JSON, or *said* for a person; then what is left to do."""
    warn(saved.warnings)
    if settings.json:
        emit(survey(saved.opened, [saved.credential], int(time.time()))[0].plain())
    else:
        say(f"{saved.credential.name}: {said}")
    for step in saved.steps:
        remark(step)
