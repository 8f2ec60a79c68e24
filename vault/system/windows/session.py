"""A program as a child, with its output passed through a filter."""

from __future__ import annotations

from .process import launch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..posix.channel import Filter


def supervise(
    path: str, arguments: Sequence[str], environment: Mapping[str, str], fresh: Callable[[], Filter]
) -> int:
    """Launch the program; it has a console as it is, and the output shown there is not filtered."""
    return launch(path, arguments, environment, fresh)
