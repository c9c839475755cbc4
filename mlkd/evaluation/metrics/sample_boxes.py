"""Boxes of one sample, as metrics compare them: in pixels of the image as it was stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from mmdet.structures.bbox import get_box_tensor

from mlkd.errors import DataError, MLKDError
from mlkd.structures import boxes_in_original

#: Which boxes are measured: those that the network found, or one of two that need no learning for every class, scored
#: by the network's score of the class: the whole image, and the best proposal.
Source = Literal['predicted', 'image', 'proposal']
SOURCES = ('predicted', 'image', 'proposal')
_NEEDED = {
    'predicted': ('pred_instances',),
    'image': ('pred_score', 'ori_shape'),
    'proposal': ('pred_score', 'proposals'),
}
#: A coordinate that is less than this off a whole pixel is put on it.
_WHOLE = 1e-3


@dataclass(frozen=True)
class ImageBoxes:
    """What was found in one image, and what is there.

    Attributes:
        name: Of the image.
        bboxes: float64 (n, 4), found.
        labels: int64 (n,).
        scores: float64 (n,).
        objects: float64 (m, 4), boxes of the annotation, in its order.
        object_labels: int64 (m,).
        ignored: bool (m,), difficult or a crowd.
        crowd: bool (m,).
        areas: float64 (m,), pixels of each object; those of its box where the annotation does not say.
    """

    name: str
    bboxes: np.ndarray
    labels: np.ndarray
    scores: np.ndarray
    objects: np.ndarray
    object_labels: np.ndarray
    ignored: np.ndarray
    crowd: np.ndarray
    areas: np.ndarray


def image_boxes(sample: Mapping[str, Any], source: Source, number: int) -> ImageBoxes:
    """Read a sample that was predicted.

    Args:
        sample: As a dict. The annotation is taken from ``instances``; where a sample has none, from ``gt_instances``
            and ``ignored_instances``, which are then in pixels of the image as it was stored (as MMDetection's are in
            tests).
        source: Which boxes are measured.
        number: Of the image, in messages, where it has no name.

    Raises:
        DataError: If the annotation has no boxes.
        MLKDError: If what ``source`` needs was not predicted.
    """
    name = str(sample.get('img_path', sample.get('img_id', f'image number {number}')))
    return ImageBoxes(name, *_found(sample, source, name), *annotation(sample, name))


def annotation(sample: Mapping[str, Any], name: str) -> tuple[np.ndarray, ...]:
    """The objects of a sample: boxes, labels, ignored, crowd, areas; see :class:`ImageBoxes`.

    Args:
        sample: As of :func:`image_boxes`.
        name: Of the image, for the message.

    Raises:
        DataError: If the annotation has no boxes.
    """
    if 'instances' in sample:
        items = sample['instances']
        boxes = np.array([item['bbox'] for item in items], np.float64).reshape(-1, 4)
        labels = np.array([item['bbox_label'] for item in items], np.int64)
        ignored, crowd = (np.array([item.get(key, 0) for item in items], bool) for key in ('ignore_flag', 'crowd'))
    elif 'gt_instances' in sample:
        parts = [sample['gt_instances'], *([sample['ignored_instances']] if 'ignored_instances' in sample else [])]
        boxes, labels = (np.concatenate([_numbers(part[key]) for part in parts]) for key in ('bboxes', 'labels'))
        ignored = np.repeat([False, True], [len(labels), 0])
        ignored[len(parts[0]['labels']) :] = True
        crowd, items = np.zeros(len(labels), bool), ()
    else:
        raise DataError(
            'The data set has no boxes to compare detections with.',
            where=name,
            expected='objects in the annotation, and test_mode=True in the data set',
            fix='leave the metrics of boxes out of the evaluator; NUS-WIDE, for example, has labels alone',
        )
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    for index, item in enumerate(items):
        areas[index] = item.get('area', areas[index])
    return boxes, labels.astype(np.int64), ignored, crowd, areas


def _found(sample: Mapping[str, Any], source: Source, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes, labels, scores."""
    missing = [key for key in _NEEDED[source] if key not in sample]
    if missing:
        raise MLKDError(
            'A sample whose boxes are to be measured has none.',
            where=name,
            found=', '.join(sorted(map(str, sample))),
            expected=', '.join(missing),
            fix='boxes are found by detectors (--stage teacher); proposals need proposal_file in the data set',
        )
    if source == 'predicted':
        found = sample['pred_instances']
        return _settled(_numbers(found['bboxes'])), _numbers(found['labels']), _numbers(found['scores'])
    scores = _numbers(sample['pred_score'])
    labels = np.arange(len(scores))
    if source == 'image':
        height, width = sample['ori_shape'][:2]
        return np.tile([0.0, 0.0, width, height], (len(scores), 1)), labels, scores
    proposals = sample['proposals']
    if not len(proposals['scores']):
        return np.zeros((0, 4)), labels[:0], scores[:0]
    best = int(torch.argmax(torch.as_tensor(proposals['scores'])))
    box = boxes_in_original(get_box_tensor(proposals['bboxes'])[best : best + 1], sample)
    return np.tile(_settled(_numbers(box)), (len(scores), 1)), labels, scores


def _numbers(values: Any) -> np.ndarray:
    values = get_box_tensor(values) if not isinstance(values, (np.ndarray, torch.Tensor)) else torch.as_tensor(values)
    return values.detach().cpu().double().numpy() if values.is_floating_point() else values.cpu().numpy()


def _settled(bboxes: np.ndarray) -> np.ndarray:
    """Boxes that lay on whole pixels before they went through other frames in float32 lie on them again.

    Overlaps of exactly the threshold are then what they are.
    """
    whole = np.round(bboxes)
    return np.where(np.abs(bboxes - whole) < _WHOLE, whole, bboxes)
