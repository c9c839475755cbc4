"""Choosing among the proposals of an image."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from mlkd.arguments import check_number
from mlkd.registry import TRANSFORMS


@TRANSFORMS.register_module()
class TopProposals(BaseTransform):
    """Keep the proposals with the highest scores, in the order they are in.

    Args:
        n: How many at most.
        min_size: Boxes with a shorter width or height are left out first, in pixels of the frame at this place of the
            pipeline (WSDDN: 20, of the image as it is); of an image that has none so large, the largest box stays.
        distinct: Of boxes that are equal, keep the first alone (WSDDN's release does so, after ``min_size``).
        rank_scores: Give those kept scores by their rank, 1 for the best down to 1 / R for the last of R: for
            generators that order boxes and have no scores (all 1), so that a detector can weigh them by w_R.
    """

    def __init__(self, n: int, min_size: float = 0, distinct: bool = False, rank_scores: bool = False) -> None:
        check_number('TopProposals.n', n, 1, whole=True)
        self.n, self.min_size, self.distinct, self.rank_scores = n, min_size, distinct, rank_scores

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
        if self.rank_scores:
            results['proposal_scores'] = _by_rank(scores[kept])
        return results


def _highest(scores: np.ndarray, n: int) -> np.ndarray:
    """Positions of the n highest of more than n scores, in order; of equal ones the first."""
    lowest = np.partition(scores, -n)[-n]
    chosen = scores > lowest
    chosen[np.flatnonzero(scores == lowest)[: n - np.count_nonzero(chosen)]] = True
    return np.flatnonzero(chosen)


def _by_rank(scores: np.ndarray) -> np.ndarray:
    """1 for the highest of R scores, 1 / R for the lowest, in even steps; of equal ones the first is the higher."""
    ranked = np.empty(len(scores), np.float32)
    ranked[np.argsort(-scores, kind='stable')] = 1 - np.arange(len(scores)) / len(scores)
    return ranked
