"""What student and teacher see in one photo, as the page takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate

from mlkd.apis.photos.results import PhotoResult
from mlkd.errors import ConfigError
from mlkd.models.layers import normalised_maps
from mlkd.models.utils import class_maps_of
from mlkd.published import PublishedStudent
from mlkd.structures import maps_in_original
from mlkd.visualization import small_size

from .web_pictures import HEAT_SIDE, heat_url, photo_url

#: Boxes of a label that score this share of its best one, and how many of them at most.
_BOX_SHARE, _BOXES = 0.5, 5


@dataclass(frozen=True)
class PhotoViewer:
    """Labels photos, and says where the labels are.

    Attributes:
        student: Whose labels and heat maps are shown.
        teacher: A detector, whose boxes are shown beside; None: the student's, if it is one.
    """

    student: PublishedStudent
    teacher: PublishedStudent | None = None

    def __post_init__(self) -> None:
        """Check that the teacher can show something.

        Raises:
            ConfigError: If it finds no boxes, or none of the student's labels.
        """
        if self.teacher is None:
            return
        if not _is_detector(self.teacher):
            found, expected = type(self.teacher.network).__name__, 'a detector, such as the teacher of a run'
            fix = 'publish the teacher: mlkd publish WORK_DIR --stage teacher'
            raise ConfigError('The teacher finds no boxes.', where='--teacher', found=found, expected=expected, fix=fix)
        if not set(self.teacher.classes) & set(self.student.classes):
            found, expected = ', '.join(self.teacher.classes[:5]), ', '.join(self.student.classes[:5])
            raise ConfigError(
                'The teacher knows none of the labels.', where='--teacher', found=found, expected=expected
            )

    def look(self, image: np.ndarray) -> dict[str, Any]:
        """All that the page shows of a photo.

        Args:
            image: uint8 (H, W, 3), BGR.

        Returns:
            Plain values. ``photo``: ``width``, ``height`` in pixels and ``url``. ``labels``, the best first: ``name``,
            ``score``, ``threshold``, ``passed``, ``heat`` (an address; None where the network sees the label nowhere).
            ``no_heat``: why there is no heat map of any label, or None. ``detector``: None, or ``who`` (``'teacher'``,
            ``'student'``), ``passed`` (names), and by name of the label ``scores`` and ``boxes``; a box has ``score``
            and ``box``: x1, y1, x2, y2 as shares of width and height.

        Raises:
            DataError: If it is no image.
            ProposalError: If a detector gets no proposals of it.
        """
        packed = self.student.pipeline(image)
        result = self._result(self.student, packed)
        heat, missing = class_heat(self.student, packed, image.shape)
        labels = [
            {
                'name': self.student.classes[k],
                'score': float(result.scores[k]),
                'threshold': float(result.thresholds[k]),
                'passed': k in result.passed,
                'heat': heat_url(heat[k]) if heat is not None and heat[k].any() else None,
            }
            for k in np.argsort(-result.scores, kind='stable')
        ]
        height, width = image.shape[:2]
        return {
            'photo': {'width': width, 'height': height, 'url': photo_url(image)},
            'labels': labels,
            'no_heat': missing,
            'detector': self._detector(result, image),
        }

    def _detector(self, result: PhotoResult, image: np.ndarray) -> dict[str, Any] | None:
        if self.teacher is not None:
            result = self._result(self.teacher, self.teacher.pipeline(image))
        elif result.boxes is None:
            return None
        return {
            'who': 'student' if self.teacher is None else 'teacher',
            'scores': dict(zip(result.classes, result.scores.tolist(), strict=True)),
            'passed': list(result.labels),
            'boxes': best_boxes(result, image.shape),
        }

    @staticmethod
    def _result(network: PublishedStudent, packed: Mapping[str, Any]) -> PhotoResult:
        sample = network.predict_packed([packed])[0]
        return PhotoResult.of(Path('photo'), sample, network.classes, network.thresholds)


def best_boxes(result: PhotoResult, shape: tuple[int, ...]) -> dict[str, list[dict[str, Any]]]:
    """Of each label that has boxes the best, and those that come near it.

    Args:
        result: Of a detector.
        shape: Height and width of the photo.

    Returns:
        By name of the label: ``score`` and ``box`` (x1, y1, x2, y2 in 0..1), the best first.
    """
    size = np.array([shape[1], shape[0]] * 2, np.float64)
    found: dict[str, list[dict[str, Any]]] = {}
    for label, score, *box in result.box_rows():
        boxes = found.setdefault(label, [])
        if len(boxes) < _BOXES and (not boxes or score >= _BOX_SHARE * boxes[0]['score']):
            boxes.append({'score': score, 'box': np.clip(np.asarray(box) / size, 0, 1).tolist()})
    return found


@torch.no_grad()
def class_heat(
    network: PublishedStudent, packed: Mapping[str, Any], shape: tuple[int, ...]
) -> tuple[np.ndarray | None, str | None]:
    """Where a network sees each label.

    Args:
        network: Any.
        packed: A packed sample.
        shape: Height and width of the photo.

    Returns:
        float (K, h, w) in 0..1, spread over the photo, all zero for a label that is seen nowhere; or None, and why
        the network has no class maps.
    """
    data = network.network.data_preprocessor(pseudo_collate([packed]), False)
    try:
        raw = class_maps_of(network.network, data['inputs'], data['data_samples'])[0]
    except ConfigError as error:
        return None, error.what
    small = small_size(shape, HEAT_SIDE)
    seen = data['data_samples'][0]
    wide, high = seen.get('scale_factor') or (1.0, 1.0)
    # The maps are wanted at few places of the photo: as if it were small.
    frame = {
        'img_shape': seen.img_shape,
        'batch_input_shape': seen.get('batch_input_shape'),
        'ori_shape': small,
        'scale_factor': (wide * shape[1] / small[1], high * shape[0] / small[0]),
    }
    return maps_in_original(normalised_maps(raw).cpu(), frame).clamp(0, 1).numpy(), None


def _is_detector(network: PublishedStudent) -> bool:
    return hasattr(network.network, 'bbox_head')
