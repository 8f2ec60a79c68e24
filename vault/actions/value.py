"""Show or copy one value, and note that in the journal."""

from __future__ import annotations

from ..base.rules import shortened
from ..base.secret import Secret
from ..core.vault import Vault
from ..errors import InvalidCredential
from ..system import clipboard
from . import journal


def find(opened: Vault, name: str, field: str) -> Secret:
    """Return the value of a field; raises InvalidCredential if the credential has no such field."""
    fields = opened.get(name).fields
    if field not in fields:
        hint = f"it has: {', '.join(fields)}"
        raise InvalidCredential(f"{name} has no field {shortened(field)}", hint=hint)
    return fields[field]


def reveal(opened: Vault, name: str, field: str) -> tuple[Secret, tuple[str, ...]]:
    """Return the value of a field to be shown, with warnings."""
    return find(opened, name, field), journal.note(opened, "reveal", name)


def copy(opened: Vault, name: str, value: Secret) -> tuple[str, ...]:
    """Put a value of that credential into the clipboard; return warnings. Raises NoClipboard."""
    clipboard.put(value)
    return journal.note(opened, "copy", name)
