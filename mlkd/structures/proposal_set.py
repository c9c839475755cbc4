"""The proposals of one image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ProposalSet:
    """Class-agnostic candidate boxes of one image.

    Attributes:
        bboxes: float32 (R, 4), xyxy in pixels of the image they were made for, best first.
        scores: float32 (R,); all 1 where the generator gives no score.
        size: (height, width) in pixels of that image.
    """

    bboxes: np.ndarray
    scores: np.ndarray
    size: tuple[int, int]

    @classmethod
    def whole_image(cls, size: tuple[int, int]) -> ProposalSet:
        """One box, the image of ``size`` (height, width), with score 1."""
        height, width = size
        return cls(np.array([[0, 0, width, height]], np.float32), np.ones(1, np.float32), size)

    def __len__(self) -> int:
        return len(self.bboxes)
