"""The command line: the entry point, and the one place where errors become lines and statuses."""

from __future__ import annotations

import os
import sys

from ..errors import VaultError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_BUG = 70  # EX_SOFTWARE, sysexits.h
_INTERRUPTED = 130  # 128 + SIGINT


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _dispatch(given)
    except VaultError as error:
        return _fail(given, error.code, str(error), error.hint, error.exit_code)
    except KeyboardInterrupt:
        return _fail(given, "interrupted", "interrupted", "", _INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has left; the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("VAULT_DEBUG") == "1":
            import traceback

            traceback.print_exc()
        message = f"this is a bug in coldvault: {type(error).__name__}"
        return _fail(given, "bug", message, "please report it; VAULT_DEBUG=1 shows where", _BUG)


def _dispatch(arguments: list[str]) -> int:
    from .options import direct

    if (plain := direct(arguments)) is not None:
        from .run import launch

        return launch(*plain)
    from .group import main as framework

    return framework(arguments)


def _fail(arguments: Sequence[str], code: str, message: str, hint: str, status: int) -> int:
    from .terminal import complain

    as_json = "--json" in (arguments[: arguments.index("--")] if "--" in arguments else arguments)
    complain(code, message, hint, status, as_json=as_json)
    return status
