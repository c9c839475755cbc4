"""How long the proposals of many images took."""

from __future__ import annotations

from dataclasses import dataclass


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
