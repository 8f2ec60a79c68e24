"""The command line: its entry point, and the one place where errors become messages and exit statuses."""

from __future__ import annotations

import gc
import os
import sys

from ..errors import Bug, Cancelled, OutputFailed, VaultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, and return the exit status."""
    # Not list(): that name is a module of this package, once the command is called.
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    try:
        status = _dispatch(given)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except VaultError as error:
        return _fail(given, error)
    except KeyboardInterrupt:
        return _fail(given, Cancelled("interrupted"))
    except OSError as error:
        # Every module turns its own OSErrors into ours; the others come from writing the output.
        if sys.stdout is not None:
            from ..system import redirect_to_devnull

            redirect_to_devnull(sys.stdout.fileno())  # or the interpreter's last flush would complain
        if isinstance(error, BrokenPipeError):
            return 1
        reason = (error.strerror or str(error)).lower()
        return _fail(given, OutputFailed(f"cannot write the output: {reason}"))
    except Exception as error:
        if os.environ.get("VAULT_DEBUG") == "1":
            import traceback

            traceback.print_exc()
        return _fail(given, Bug(f"this is a bug in coldvault: {type(error).__name__}"))


def _dispatch(arguments: list[str]) -> int:
    from .options import direct

    if (plain := direct(arguments)) is not None:
        # Nothing is garbage before the program takes this process over, and a start's collections take
        # longer than any module of ours (scripts/bench/shortcuts.py).
        gc.disable()
        from .run import launch

        return launch(*plain)
    from .group import main as framework

    return framework(arguments)


def _fail(arguments: Sequence[str], error: VaultError) -> int:
    from .options import direct
    from .output import complain

    plain = direct(arguments)
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    complain(error, error.exit_code, as_json=plain[0].json if plain else "--json" in ours)
    return error.exit_code
