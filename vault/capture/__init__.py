"""A pasted dialog, as an exchange shows it once, read into the fields of a credential.

Pure: a text and a profile in, values and what is doubtful about them out. A value is recognised by its
shape and by its label, in whatever order and language they stand around it:

* a label and a shape that agree, or a shape that only one field has and only one value fits, is taken;
* everything else, like a value that its label and its shape put in two places, two values for one
  place, or a value that is masked, cut off or mistyped, is a question (:class:`Unsure`) or a remark.

One field's shape proves nothing by itself: KuCoin's secret looks like OKX's key. So the whole set
decides, and a set that is another exchange's is said to be. Scans are linear in the text, which is
bounded; no sentence holds any part of a value.
"""

from __future__ import annotations

from ..base.secret import Secret
from .decision import Captured, Decision, Unsure, candidates, whole_sets
from .labels import Vocabulary
from .layout import read
from .proof import prove, verdict
from .text import MAX_PASTE, without_keys
from .words import BEGIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..exchanges.profile import Profile

__all__ = [
    "MAX_PASTE", "Captured", "Unsure", "looks_like", "normalised", "prove", "read_dialog", "verdict",
]  # fmt: skip


def read_dialog(text: str, profile: Profile) -> Captured:
    """What the dialog *text* holds for a credential of *profile*.

    Raises:
        InvalidCredential: If *text* is longer than :data:`MAX_PASTE`.
    """
    return Decision(profile, Vocabulary(profile), read(text, profile)).captured()


def looks_like(text: str, but: str = "") -> list[str]:
    """Names of the exchanges, but for one, whose whole set of shapes is in *text*.

    Raises:
        InvalidCredential: If *text* is longer than :data:`MAX_PASTE`.
    """
    return [profile.name for profile in whole_sets(candidates(read(text, None).values), but)]


def normalised(value: Secret) -> Secret:
    """*value* as clients read it, if it is a private key in PEM; any other value as it is.

    Blanks around its lines, CRLF, and line breaks written as ``\\n`` are no part of a key, and clients
    fail at each.
    """
    text = value.reveal()
    if not text.strip().startswith(BEGIN):
        return value
    rest, blocks = without_keys(text)
    return Secret(blocks[0].text) if len(blocks) == 1 == len(rest.strip()) else value
