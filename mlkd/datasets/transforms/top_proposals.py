"""Choosing among the proposals of an image."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mlkd.errors import ConfigError
from mlkd.registry import TRANSFORMS


@TRANSFORMS.register_module()
class TopProposals(BaseTransform):
    """Keep the proposals with the highest scores, in the order they are in.

    Args:
        n: How many at most.
        min_size: Boxes with a shorter width or height are left out first, in pixels of the frame at this place of the
            pipeline (WSDDN: 20, of the image as it is); of an image that has none so large, the largest box stays.
        distinct: Of boxes that are equal, keep the first alone (WSDDN's release does so, after ``min_size``).
    """

    def __init__(self, n: int, min_size: float = 0, distinct: bool = False) -> None:
        if n < 1:
            raise ConfigError('No proposal would be left.', where='TopProposals.n', found=n, expected='at least 1')
        self.n, self.min_size, self.distinct = n, min_size, distinct

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Choose; a sample without proposals stays as it is."""
        bboxes, scores = results.get('proposals'), results.get('proposal_scores')
        if bboxes is None or scores is None or not len(bboxes):
            return results
        kept: np.ndarray = np.arange(len(bboxes))
        if self.min_size > 0:
            sides = bboxes[:, 2:] - bboxes[:, :2]
            kept = np.flatnonzero(sides.min(1) >= self.min_size)
            if not len(kept):
                kept = np.array([sides.prod(1).argmax()])
        if self.distinct:
            kept = kept[np.sort(np.unique(bboxes[kept], axis=0, return_index=True)[1])]
        if len(kept) > self.n:
            kept = kept[_highest(scores[kept], self.n)]
        results['proposals'], results['proposal_scores'] = bboxes[kept], scores[kept]
        return results


def _highest(scores: np.ndarray, n: int) -> np.ndarray:
    """Positions of the n highest of more than n scores, in order; of equal ones the first."""
    lowest = np.partition(scores, -n)[-n]
    chosen = scores > lowest
    chosen[np.flatnonzero(scores == lowest)[: n - np.count_nonzero(chosen)]] = True
    return np.flatnonzero(chosen)
