"""Class maps as localisers, where the annotation has boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from mlkd.errors import DataError, MLKDError
from mlkd.evaluation.functional import Components, cam_boxes, highest_pixel, points_at_boxes
from mlkd.evaluation.functional.cam_pointing import TOLERANCE
from mlkd.registry import METRICS
from mlkd.structures import maps_in_original

from .box_metric import BoxMetric
from .maps_of_sample import checked_maps
from .reporting_metric import percent_mean
from .sample_boxes import Source, annotation, image_boxes

#: Shares of a map's maximum that are tried.
SHARES = tuple(i / 100 for i in range(5, 100, 5))
#: Overlaps that the accuracy of boxes is the mean over (Choe et al., CVPR 2020).
OVERLAPS = (0.3, 0.5, 0.7)
#: A class is hard to point at whose objects take up less than this share of an image in which there are others too.
_SMALL = 0.25
#: Rows of what is counted: of objects that are not difficult, and of all.
PLAIN, WHOLE = 0, 1


@dataclass(frozen=True)
class Localised:
    """The n classes that an image has objects of, and how well each was found.

    Attributes:
        name: Of the image.
        labels: int64 (n,), the classes.
        counts: bool (2, n), whether there is an object that counts: one that is not difficult, any.
        overlaps: float64 (2, n, T): the largest overlap of a box at each share of the maximum with such an object.
        hits: bool (2, n): whether the highest pixel is on such an object.
        hard: bool (n,).
        empty: bool (n,): the map is nowhere positive, or there is no box.
    """

    name: str
    labels: np.ndarray
    counts: np.ndarray
    overlaps: np.ndarray
    hits: np.ndarray
    hard: np.ndarray
    empty: np.ndarray


@METRICS.register_module()
class CAMLocalisationMetric(BoxMetric):
    """How well class maps find objects, in percent; where a network finds boxes, how well its best box does.

    For each image and each class that it has objects of: is the box around the part of the map that reaches a share of
    its maximum right (``cam/CorLoc``; ``cam/CorLoc_best`` at the best share for all, ``cam/share``), at overlaps of
    0.3, 0.5 and 0.7 (``cam/BoxAcc``, each at its best share); is the map's highest pixel on an object
    (``cam/pointing``); is the map positive anywhere (``cam/empty``). Means over classes. The rules are in
    ``docs/metrics.md``.

    Of a detector the box that scores the class highest counts, and its centre.

    Args:
        share: Of the maximum, for ``cam/CorLoc``.
        components: Which parts of a map have boxes, see :func:`~mlkd.evaluation.functional.cam_boxes`; with ``'all'``
            one of them has to be right.
        tolerance: Of the pointing game, in pixels of the image as it was stored.
        iou_thr: Least overlap of ``cam/CorLoc``.
        boxes: ``'predicted'``, or a floor, as of :class:`~.box_metric.BoxMetric`.
        collect_device: ``'cpu'`` or ``'gpu'``, as in MMEngine.
        prefix: Put before each name, with a slash; ``'cam'`` by default.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    default_prefix = 'cam'

    def __init__(
        self,
        share: float = 0.2,
        components: Components = 'largest',
        tolerance: float = TOLERANCE,
        iou_thr: float = 0.5,
        boxes: Source = 'predicted',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(boxes, collect_device, prefix)
        for key, value in (('share', share), ('iou_thr', iou_thr)):
            if not isinstance(value, (int, float)) or not 0 < value <= 1:
                raise self.wrong(key, value, 'a number above 0, at most 1')
        if not isinstance(tolerance, (int, float)) or not 0 <= tolerance < np.inf:
            raise self.wrong('tolerance', tolerance, 'pixels, at least 0')
        if components not in get_args(Components):
            raise self.wrong('components', components, f'one of {list(get_args(Components))}')
        self.share, self.components, self.tolerance, self.iou_thr = share, components, tolerance, iou_thr

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Measure the images of a batch.

        Args:
            data_batch: Not used.
            data_samples: Samples as dicts, with ``instances``, and ``pred_maps`` or ``pred_instances``.

        Raises:
            DataError: If the annotation has no boxes, or one of a class that does not exist; names the image.
            MLKDError: If the network gave neither maps nor boxes.
        """
        for sample in data_samples:
            self.results.append(self._localised(sample, len(self.results)))

    def compute_metrics(self, results: list[Localised]) -> dict[str, float]:
        """All numbers in percent from what :meth:`process` kept, of all processes."""
        if not results:
            raise MLKDError('There is nothing to measure: the test set is empty.')
        flat = {
            key: np.concatenate([getattr(each, key) for each in results], axis=-2 if key == 'overlaps' else -1)
            for key in ('labels', 'counts', 'overlaps', 'hits', 'hard', 'empty')
        }
        most = int(flat['labels'].max(initial=-1)) + 1
        names = list((self.dataset_meta or {}).get('classes') or map(str, range(most)))
        size = len(names)
        if size < most:
            raise DataError(
                'There are objects of more classes than the data set has.',
                found=f'an object of class {most - 1}, {size} classes',
                fix='give the data set the names of all classes (metainfo=dict(classes=[...]))',
            )

        def means(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
            """Means over the images that count, by class (..., K); NaN without any."""
            members = np.eye(size)[flat['labels'][counts]]
            sums, total = values[..., counts].astype(np.float64) @ members, members.sum(0)
            return np.divide(sums, total, out=np.full(sums.shape, np.nan), where=total > 0)

        plain, whole = flat['counts']
        right = {iou: np.moveaxis(flat['overlaps'][PLAIN] >= iou, 1, 0) for iou in {*OVERLAPS, self.iou_thr}}
        swept = {iou: means(each, plain) for iou, each in right.items()}
        curves = {iou: [percent_mean(by_class) for by_class in each[:-1]] for iou, each in swept.items()}
        corloc = swept[self.iou_thr]
        best = int(np.argmax(np.nan_to_num(curves[self.iou_thr], nan=-1)))
        columns = {
            'positives': np.bincount(flat['labels'][plain], minlength=size),
            'CorLoc': corloc[-1],
            'CorLoc_best': corloc[best],
            'pointing': means(flat['hits'][PLAIN], plain),
            'pointing_hard': means(flat['hits'][PLAIN], plain & flat['hard']),
            'empty': means(flat['empty'], plain),
            'CorLoc_with_difficult': means(flat['overlaps'][WHOLE, :, -1] >= self.iou_thr, whole),
            'pointing_with_difficult': means(flat['hits'][WHOLE], whole),
        }
        left_out = np.flatnonzero(columns['positives'] == 0).tolist()
        curve = [[share, value] for share, value in zip(SHARES, curves[self.iou_thr], strict=True)]
        facts = {'share': self.share, 'components': self.components, 'tolerance': self.tolerance}
        self.report(len(results), names, left_out, columns, **facts, iou_thr=self.iou_thr, swept=curve)
        return {
            **{key: percent_mean(values) for key, values in columns.items() if key != 'positives'},
            'BoxAcc': float(np.mean([max(curves[iou]) for iou in OVERLAPS])),
            'share': 100 * SHARES[best],
        }

    def _localised(self, sample: Mapping[str, Any], number: int) -> Localised:
        name = str(sample.get('img_path', sample.get('img_id', f'image number {number}')))
        objects, kinds, ignored, _, _ = annotation(sample, name)
        labels = np.unique(kinds)
        found, points, empty = self._found(sample, labels, name, number)
        counts = np.zeros((2, len(labels)), bool)
        overlaps = np.zeros((2, len(labels), len(SHARES) + 1))
        hits = np.zeros((2, len(labels)), bool)
        height, width = sample.get('ori_shape', (0, 0))[:2]
        hard = np.zeros(len(labels), bool)
        for i, label in enumerate(labels):
            mine = objects[kinds == label]
            sides = mine[:, 2:] - mine[:, :2]
            hard[i] = len(labels) > 1 and sides.prod(1).sum() < _SMALL * height * width
            for row, which in ((PLAIN, ~ignored[kinds == label]), (WHOLE, np.ones(len(mine), bool))):
                counts[row, i] = which.any()
                hits[row, i] = points_at_boxes(points[i], mine[which], self.tolerance).any()
                overlaps[row, i] = [_overlap(boxes, mine[which]) for boxes in found[i]]
        return Localised(name, labels, counts, overlaps, hits, hard, empty)

    def _found(
        self, sample: Mapping[str, Any], labels: np.ndarray, name: str, number: int
    ) -> tuple[list[list[np.ndarray]], list[tuple[float, float]], np.ndarray]:
        """For each label its boxes at each share of the maximum, its highest pixel, and whether there is nothing."""
        if self.boxes == 'predicted' and 'pred_instances' not in sample:
            if 'pred_maps' not in sample:
                raise MLKDError(
                    'A sample whose class maps are to be measured has none.',
                    where=name,
                    found=', '.join(sorted(map(str, sample))),
                    expected='pred_maps of a classifier, or pred_instances of a detector',
                    fix='set test_cfg=dict(class_maps=True) in the model, or run tools/test.py with --cam',
                )
            raw = checked_maps(sample['pred_maps'], labels, name)
            cams = maps_in_original(raw[labels], sample).cpu().numpy()
            boxes = [cam_boxes(cam, (*SHARES, self.share), self.components) for cam in cams]
            # Where no pixel is positive one is highest all the same.
            return boxes, [highest_pixel(cam) for cam in cams], np.array([not (cam > 0).any() for cam in cams], bool)
        found = image_boxes(sample, self.boxes, number)
        best, points = [], []
        for label in labels:
            rows = np.flatnonzero(found.labels == label)
            box = found.bboxes[rows[np.argmax(found.scores[rows])]][None] if len(rows) else np.zeros((0, 4))
            best.append([box] * (len(SHARES) + 1))
            # No box, no point.
            points.append(((box[0, 0] + box[0, 2]) / 2, (box[0, 1] + box[0, 3]) / 2) if len(box) else (np.inf, np.inf))
        return best, points, np.array([not len(boxes[0]) for boxes in best], bool)


def _overlap(boxes: np.ndarray, objects: np.ndarray) -> float:
    """The largest overlap of a box with an object; 0 where there are none."""
    if not len(boxes) or not len(objects):
        return 0.0
    corners = np.minimum(boxes[:, None, 2:], objects[None, :, 2:]) - np.maximum(
        boxes[:, None, :2], objects[None, :, :2]
    )
    shared = np.clip(corners, 0, None).prod(2)
    areas = [(each[:, 2:] - each[:, :2]).prod(1) for each in (boxes, objects)]
    return float((shared / (areas[0][:, None] + areas[1] - shared)).max())
