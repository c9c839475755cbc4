"""How far a long work on many images is."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@dataclass
class Timing:
    """How long a generator took.

    Attributes:
        images: Of how many images it made proposals.
        seconds: Sum over them, without reading them, whatever the number of processes.
        processes: How many worked at it.
    """

    images: int = 0
    seconds: float = 0.0
    processes: int = 1

    def __str__(self) -> str:
        each = self.seconds / max(self.images, 1)
        return f'{each:.3g} s per image and process ({self.images} images, {self.processes} processes)'


def progress_bar(wanted: bool = True, transient: bool = False) -> Progress:
    """A bar with a count and the time left, on the terminal's error stream; nothing where that is no terminal.

    Args:
        wanted: Whether there is one at all.
        transient: Whether it goes away when all is done.
    """
    console = Console(stderr=True)
    return Progress(
        TextColumn('{task.description}'),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn('left'),
        TimeRemainingColumn(),
        console=console,
        transient=transient,
        disable=not (wanted and console.is_terminal),
    )
