"""Images and a generator that the processes of a test can import."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

from mlkd.errors import ConfigError, DataError
from mlkd.proposals import ProposalGenerator
from mlkd.registry import GENERATORS

KEYS = [f'{index % 3}/{index}.jpg' for index in range(24)]


@GENERATORS.register_module()
class PixelBoxes(ProposalGenerator):
    """Boxes drawn from the pixels; logs each call.

    Args:
        count: Boxes per image.
        log: File that gets a line for each call: position of the image, process.
        fault: What happens with the image of value 5: ``'none'``, ``'raise'``, ``'outside'`` or ``'exit'``;
            ``'prepare'``: it cannot be prepared.
        seconds: How long an image takes, times 0, 1 or 2.
    """

    def __init__(
        self,
        count: int = 3,
        log: str = '',
        fault: str = 'none',
        seconds: float = 0.002,
    ) -> None:
        self.count, self.log, self.fault, self.seconds = count, log, fault, seconds

    def prepare(self) -> None:
        if self.fault == 'prepare':
            raise ConfigError('There is no model.')

    @property
    def settings(self) -> dict:
        """Without what only says how the test goes."""
        return {'count': self.count}

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value = int(image[0, 0, 0])
        if self.log:
            with Path(self.log).open('a') as file:
                file.write(f'{value} {os.getpid()}\n')
        if value == 5 and self.fault == 'raise':
            raise RuntimeError('no edges')
        if value == 5 and self.fault == 'exit':
            os._exit(3)
        time.sleep(self.seconds * (value % 3))
        side = 200 if value == 5 and self.fault == 'outside' else 1
        boxes = np.array([[value, row, value + side, row + 0.3] for row in range(self.count)], np.float32)
        return boxes, np.full(len(boxes), 0.1 * value, np.float32)


class Gray:
    """Images 40 x 60 whose pixels are their position.

    Args:
        broken: Positions that cannot be read.
    """

    def __init__(self, broken: tuple[int, ...] = ()) -> None:
        self.broken = broken

    def __call__(self, index: int) -> np.ndarray:
        if index in self.broken:
            raise DataError('The image cannot be decoded.', where=KEYS[index], found='a truncated JPEG')
        return np.full((40, 60, 3), index, np.uint8)
