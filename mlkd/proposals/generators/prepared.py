"""A generator at work, the same way for the images of a data set and for a single photo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import torch

from mlkd.proposals.generators.base import ProposalGenerator


class PreparedGenerator:
    """Prepares a generator once, and gives what it makes of an image: the same boxes wherever that is.

    Args:
        generator: Makes the boxes.
    """

    def __init__(self, generator: ProposalGenerator) -> None:
        self.generator = generator
        self._prepared = False

    def prepare(self) -> None:
        """Prepare the generator, if that has not been done; raises what it raises."""
        if not self._prepared:
            self.generator.prepare()
            self._prepared = True

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Boxes of an image uint8 (H, W, 3) BGR, each once: float32 (R, 4), and their scores float32 (R,).

        What is no such arrays is left to who checks it.
        """
        self.prepare()
        with _one_thread():
            bboxes, scores = self.generator(image)
        return _each_once(np.asarray(bboxes, np.float32), np.asarray(scores, np.float32))


def _each_once(bboxes: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of boxes that are equal, the first."""
    if bboxes.ndim != 2 or len(bboxes) != len(scores):
        return bboxes, scores
    first = np.sort(np.unique(bboxes, axis=0, return_index=True)[1])
    return (bboxes, scores) if len(first) == len(bboxes) else (bboxes[first], scores[first])


@contextmanager
def _one_thread() -> Iterator[None]:
    """What a generator computes must not depend on the number of threads: sums in another order round otherwise."""
    before = cv2.getNumThreads(), torch.get_num_threads()
    try:
        cv2.setNumThreads(1)
        torch.set_num_threads(1)
        yield
    finally:
        cv2.setNumThreads(before[0])
        torch.set_num_threads(before[1])
