"""From a score per proposal and class to detections in the image as it was stored."""

from __future__ import annotations

from typing import Any

import torch
from mmdet.models.layers import multiclass_nms
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData
from torch import Tensor

from mlkd.structures import boxes_in_original

DEFAULT_TEST_CFG = {
    'score_thr': 1e-3,
    'nms': {'type': 'nms', 'iou_threshold': 0.4},
    'max_per_img': 100,
    'keep_best': False,
    'class_maps': False,
}


def detect(bboxes: Tensor, scores: Tensor, sample: DetDataSample, test_cfg: dict[str, Any]) -> InstanceData:
    """Detections of one image, by non-maximum suppression for each class.

    Args:
        bboxes: Proposals (R, 4), xyxy pixels of the view.
        scores: S (R, K).
        sample: Says how to get back to the original image, see :func:`~mlkd.structures.boxes_in_original`.
        test_cfg: ``score_thr``, below which a box does not count; ``nms``, MMCV's config; ``max_per_img``;
            ``keep_best``, whether the best box of each class is there in any case (CorLoc asks for it).

    Returns:
        ``bboxes`` (n, 4) in pixels of the original image, ``scores`` (n,), ``labels`` (n,); best first.
    """
    # MMDetection's function leaves out a last column for the background, which WSDDN does not have.
    with_background = torch.cat([scores, scores.new_zeros(len(scores), 1)], dim=1)
    boxes = boxes_in_original(bboxes, sample)
    dets, labels = multiclass_nms(
        boxes, with_background, test_cfg['score_thr'], dict(test_cfg['nms']), test_cfg['max_per_img']
    )
    found = InstanceData(bboxes=dets[:, :4], scores=dets[:, 4], labels=labels)
    return _with_best(found, boxes, scores) if test_cfg.get('keep_best') and len(boxes) else found


def _with_best(found: InstanceData, bboxes: Tensor, scores: Tensor) -> InstanceData:
    """Detections and the best box of each class that has none among them; best first."""
    missing = torch.ones(scores.shape[1], dtype=torch.bool, device=scores.device)
    missing[found.labels] = False
    best, rows = scores.max(dim=0)
    labels = missing.nonzero()[:, 0]
    labels = labels[best[labels].argsort(descending=True, stable=True)]
    more = InstanceData(bboxes=bboxes[rows[labels]], scores=best[labels], labels=labels)
    # What is missing scored below the threshold, or below all that are there.
    return InstanceData.cat([found, more])
