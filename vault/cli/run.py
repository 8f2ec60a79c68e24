"""``vault run``: start a program with credentials. Free of click; see options.py."""

from __future__ import annotations

from ..actions import launch as action
from ..errors import NoTerminal, VaultError
from .opening import check_there, locked, unlocked
from .output import complain, emit, print_table, remark, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..actions.launch import LaunchPlan, Request
    from ..core.vault import Vault
    from .options import Settings

_FAILED = 125  # as for env(1) and nohup(1): the launcher failed, not the program
_OWN_STATUS = (126, 127, 130)  # cannot be executed, not found, interrupted


def launch(settings: Settings, request: Request) -> int:
    """Become the program, or print what it would be given; return the exit status if neither can be."""
    try:
        return _launch(settings, request)
    except VaultError as error:
        status = error.exit_code if error.exit_code in _OWN_STATUS else _FAILED
        complain(error, status, as_json=settings.json)
        return status


def _launch(settings: Settings, request: Request) -> int:
    prepared = action.prepare(request)
    check_there(settings)  # before the prompt, unlike rarer faults
    opened = unlocked(settings, lambda: locked(settings), meanwhile=action.preload)
    plan = action.plan(opened, prepared)
    warn(plan.warnings)
    _accept_changes(opened, plan)
    if request.dry_run:
        if settings.json:
            emit({"variables": [{"variable": name, "source": source} for name, source in plan.sources]})
        else:
            print_table(("VARIABLE", "FROM"), plan.sources)
        return 0
    warn(action.note(opened, plan))
    try:
        return action.start(plan)
    except VaultError as error:
        warn(action.note_failure(opened, plan, error))
        raise


def _accept_changes(opened: Vault, plan: LaunchPlan) -> None:
    """Ask about each program that changed since a credential was bound to it; raise its refusal for a no."""
    if not plan.changes:
        return
    from .asking import confirmed

    for name, change in plan.changes.items():
        refusal = change.refusal(name)
        remark(str(refusal))
        try:
            question = f"hand {name} to it as it is now, from now on?"
            if plan.request.dry_run or not confirmed(question, default=False):
                raise refusal
        except NoTerminal:
            raise refusal from None
        action.accept(opened, name, change)
