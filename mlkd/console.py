"""Where commands write: text as it is, in lines as long as they are.

Names of files and labels may hold square brackets and colons, which are neither markup nor emoji here. A path can be
copied: it is not broken where the window ends.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


def plain_console(**options: Any) -> Console:
    """A console that prints text as it is, in lines as long as they are.

    Args:
        options: Of rich's ``Console``.
    """
    return Console(**{'soft_wrap': True, 'highlight': False, 'markup': False, 'emoji': False, **options})


#: Results, on standard output.
console = plain_console()
#: What is said beside them, on standard error.
error_console = plain_console(stderr=True)


def progress_bar(wanted: bool = True, transient: bool = False) -> Progress:
    """A bar with a count and the time left, on the terminal's error stream; nothing where that is no terminal.

    Args:
        wanted: Whether there is one at all.
        transient: Whether it goes away when all is done.
    """
    # One of its own: a console shows one bar at a time.
    terminal = plain_console(stderr=True)
    return Progress(
        TextColumn('{task.description}', markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn('left'),
        TimeRemainingColumn(),
        console=terminal,
        transient=transient,
        disable=not (wanted and terminal.is_terminal),
    )
