"""A pasted dialog, as an exchange shows it once, read into the fields of a credential.

Pure: a text and a profile in, values and what is doubtful about them out. A value is recognised by its
shape and by its label, in whatever order and language they stand around it:

* a label and a shape that agree, or a shape that only one field has and only one value fits, is taken;
* everything else, like a value that its label and its shape put in two places, two values for one
  place, or a value that is masked, cut off or mistyped, is a question (:class:`Unsure`) or a remark.

One field's shape proves nothing by itself: KuCoin's secret looks like OKX's key. So the whole set
decides, and a set that is another exchange's is pointed out. Scans are linear in the text, whose length
is bounded; no message holds any part of a value.
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
