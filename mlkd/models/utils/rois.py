"""Proposals of a whole batch travel flat; sums and softmaxes over them are per image.

All functions are exact for images with any number of proposals, 0 and 1 included, do without a loop over images,
and give for one image the same bits whatever batch it is in (on CPU).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import get_box_tensor
from torch import Tensor

from mlkd.errors import ProposalError

from .precision import at_least_float32


def samples_to_rois(samples: Sequence[DetDataSample]) -> tuple[Tensor, Tensor]:
    """Flatten the proposals of a batch.

    Args:
        samples: B samples, whose ``proposals`` hold ``bboxes`` (R_b, 4) and, where the generator gave them,
            ``scores`` (R_b,).

    Returns:
        rois (ΣR, 5) float32: batch index, x1, y1, x2, y2; image-major, each image's in its own order.
        scores (ΣR,) float32; 1 where there are none.

    Raises:
        ProposalError: If a sample has no ``proposals``, or not as many scores as boxes.
    """
    rois, scores = [], []
    for index, sample in enumerate(samples):
        proposals = sample.get('proposals')
        if proposals is None:
            raise ProposalError(
                'An image has no proposals, which this network needs.',
                where=sample.get('img_path'),
                fix='give the data set a proposal_file, and keep the proposals in its pipeline',
            )
        bboxes = get_box_tensor(proposals.bboxes).float()
        score = proposals.scores.float() if 'scores' in proposals else bboxes.new_ones(len(bboxes))
        rois.append(torch.cat([bboxes.new_full((len(bboxes), 1), index), bboxes.reshape(-1, 4)], dim=1))
        scores.append(score)
    return torch.cat(rois), torch.cat(scores)


def segment_sum(x: Tensor, index: Tensor, num_segments: int) -> Tensor:
    """Sum of the rows of each segment.

    Args:
        x: (ΣR, ...), computed in float32 at least.
        index: (ΣR,) integer; which segment each row belongs to, in 0..num_segments-1.
        num_segments: B.

    Returns:
        (B, ...); 0 for a segment without rows.
    """
    x = at_least_float32(x)
    return x.new_zeros((num_segments, *x.shape[1:])).index_add(0, index, x)


def segment_softmax(x: Tensor, index: Tensor, num_segments: int) -> Tensor:
    """Softmax over the rows of each segment, for each column by itself.

    Args:
        x: Logits (ΣR, K), computed in float32 at least.
        index: (ΣR,) integer; which segment each row belongs to, in 0..num_segments-1.
        num_segments: B.

    Returns:
        (ΣR, K); the rows of a segment sum to 1.
    """
    x = at_least_float32(x)
    # The softmax does not depend on the shift, so no gradient is owed to it.
    peak = x.new_full((num_segments, *x.shape[1:]), -torch.inf)
    rows = index.reshape(-1, *[1] * (x.ndim - 1)).expand_as(x)
    peak = peak.scatter_reduce(0, rows, x.detach(), 'amax')
    exp = (x - peak.index_select(0, index)).exp()
    return exp / segment_sum(exp, index, num_segments).index_select(0, index)


def segment_positions(index: Tensor, num_segments: int) -> Tensor:
    """Place of each row in its own segment's list.

    Args:
        index: (ΣR,) integer, ascending (image-major).
        num_segments: B.

    Returns:
        (ΣR,) int64, counting from 0 in each segment.
    """
    counts = torch.bincount(index, minlength=num_segments)
    starts = counts.cumsum(0) - counts
    return torch.arange(len(index), device=index.device) - starts[index]
