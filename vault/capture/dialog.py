"""A pasted dialog, as an exchange shows it once, read into the fields of a credential.

A value is taken if its label and its shape agree, or if it alone has a shape that only one field has. Every
other value, like one whose label and shape disagree, or that is masked, cut off or mistyped, is a question
(:class:`Unsure`) or a remark. KuCoin's secret looks like OKX's key: so the whole set decides. Scans are
linear in the text, whose length is bounded; no message holds any part of a value.
"""

from __future__ import annotations

from ..exchanges.profile import Profile
from .candidates import candidates, whole_sets
from .decision import Captured, Decision, Unsure
from .labels import Vocabulary
from .layout import Layout
from .proof import prove, verdict
from .text import MAX_PASTE, normalised

__all__ = [
    "MAX_PASTE", "Captured", "Unsure", "looks_like", "normalised", "prove", "read_dialog", "verdict",
]  # fmt: skip


def read_dialog(text: str, profile: Profile) -> Captured:
    """Read the dialog *text* for a credential of *profile*.

    Raises:
        InvalidCredential: If *text* is longer than :data:`MAX_PASTE`.
    """
    return Decision(profile, Layout(text, Vocabulary(profile))).captured()


def looks_like(text: str, but: str = "") -> list[str]:
    """Return the exchanges, but for one, whose whole set of shapes is in *text*.

    Raises:
        InvalidCredential: If *text* is longer than :data:`MAX_PASTE`.
    """
    values = candidates(Layout(text, Vocabulary(None)).values)
    return [profile.name for profile in whole_sets(values, but)]
