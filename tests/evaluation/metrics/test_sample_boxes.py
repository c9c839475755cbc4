"""Boxes found and boxes annotated are compared in pixels of the image as it was stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from box_samples import evaluate
from mmengine.dataset import pseudo_collate
from mmengine.structures import InstanceData

from mlkd.datasets import VOCMultiLabel
from mlkd.evaluation.metrics.sample_boxes import image_boxes
from mlkd.models.detectors.detections import DEFAULT_TEST_CFG, detect
from mlkd.registry import MODELS

FRAMES = {
    'as stored': [],
    'warped': [{'type': 'Warp', 'size': 672}],
    'mirrored': [{'type': 'MirrorFlip', 'prob': 1.0}],
    'warped and mirrored': [{'type': 'Warp', 'size': (672, 416)}, {'type': 'MirrorFlip', 'prob': 1.0}],
    'mirrored and scaled': [{'type': 'MirrorFlip', 'prob': 1.0}, {'type': 'ResizeLongSide', 'sizes': 101}],
}


@pytest.mark.parametrize('size', [None, 320, (97, 211)])
@pytest.mark.parametrize('steps', FRAMES.values(), ids=FRAMES)
def test_an_object_found_in_any_view_is_where_it_was(make_voc: Callable[..., Path], steps: list, size: object) -> None:
    """The boxes of the annotation follow the frame into the view; a detector that finds them there is always right."""
    pipeline = [{'type': 'LoadImage'}, *steps, {'type': 'PackMultiLabel'}]
    dataset = VOCMultiLabel(data_root=make_voc(), pipeline=pipeline, test_mode=True)
    view = MODELS.build({'type': 'ViewPreprocessor', 'size': size})
    found = []
    for packed in dataset:
        (sample,) = view(pseudo_collate([packed]))['data_samples']
        truth = sample.gt_instances
        scores = torch.nn.functional.one_hot(truth.labels, 20).float() * 0.9
        sample.pred_instances = detect(truth.bboxes, scores, sample, DEFAULT_TEST_CFG)
        boxes = image_boxes(sample.to_dict(), 'predicted', 0)
        there = boxes.objects[~boxes.ignored]
        assert sorted(boxes.bboxes.tolist()) == sorted(there.tolist())
        assert (there == np.round(there)).all()
        found.append(sample)
    for kind, number in (('DetectionMetric', 'det/mAP50'), ('DetectionMetric', 'det/mAP100')):
        numbers, _ = evaluate(found, classes=dataset.classes, type=kind, iou_thr=(0.5, 1.0))
        assert numbers[number] == 100
    assert evaluate(found, classes=dataset.classes, type='CorLocMetric')[0]['corloc/CorLoc'] == 100
    assert evaluate(found, classes=dataset.classes, type='CocoDetectionMetric')[0]['coco/AP'] == pytest.approx(100)


def test_boxes_of_the_frame_would_be_wrong(make_voc: Callable[..., Path]) -> None:
    """The test above can fail: without the way back nothing is found."""
    pipeline = [{'type': 'LoadImage'}, *FRAMES['warped and mirrored'], {'type': 'PackMultiLabel'}]
    found = []
    dataset = VOCMultiLabel(data_root=make_voc(), pipeline=pipeline, test_mode=True)
    for packed in dataset:
        sample = packed['data_samples']
        truth = sample.gt_instances
        sample.pred_instances = InstanceData(bboxes=truth.bboxes, labels=truth.labels, scores=torch.ones(len(truth)))
        found.append(sample)
    assert evaluate(found, classes=dataset.classes, type='DetectionMetric')[0]['det/mAP50'] == 0
