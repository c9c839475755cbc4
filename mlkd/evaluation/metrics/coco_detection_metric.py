"""The metric of detection on COCO."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence

import numpy as np
from mmengine.logging import print_log
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mlkd.registry import METRICS

from .box_metric import BoxMetric
from .sample_boxes import ImageBoxes

#: Names of pycocotools' twelve numbers, in its order.
NUMBERS = ('AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl')


@METRICS.register_module()
class CocoDetectionMetric(BoxMetric):
    """COCO's twelve numbers of boxes, computed by pycocotools, in percent: ``coco/AP``, ``coco/AP50``, ...

    Sizes (``APs`` below 32 x 32 pixels, ``APm`` below 96 x 96, ``APl``) go by the area of the object itself where the
    annotation has it. A crowd takes any number of detections that lie in it, and they count neither way. Objects that
    are difficult and no crowd (VOC) count neither way, and take one detection each. A number that no object counts for
    is NaN.

    MMDetection's ``CocoMetric`` computes the same from an annotation file, of which it always takes all images; this
    one takes the images and objects that were tested, of any data set, gives classes without an object a name, and
    answers when nothing is detected. After an evaluation, :attr:`last_report` holds AP per class (on the main process).

    Args:
        boxes: Which boxes are measured, see :class:`~.box_metric.BoxMetric`.
        collect_device: ``'cpu'`` or ``'gpu'``, as in MMEngine.
        prefix: Put before each name, with a slash; ``'coco'`` by default.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    default_prefix = 'coco'

    def compute_metrics(self, results: list[ImageBoxes]) -> dict[str, float]:
        """All numbers in percent from what :meth:`process` kept, of all processes."""
        names, detections, objects = self.gather(results)
        print_log(f'pycocotools compares {len(detections)} detections with {len(objects)} objects', logger='current')
        # It prints what it does.
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation = _Evaluation(
                _coco(len(results), names, _truth(results)), _coco(len(results), names, _found(results)), 'bbox'
            )
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        # (thresholds, recalls, classes, sizes, numbers of detections); -1 where there is no object.
        precision = evaluation.eval['precision'][:, :, :, 0, -1]
        ap, ap50 = (_mean_of_known(part) for part in (precision, precision[:1]))
        counted = ~objects.difficult
        positives = np.bincount(objects.labels[counted], minlength=len(names))
        left_out = np.flatnonzero(positives == 0).tolist()
        self.report(len(results), names, left_out, {'positives': positives, 'AP': ap, 'AP50': ap50})
        return {
            name: float('nan') if value < 0 else 100 * float(value)
            for name, value in zip(NUMBERS, evaluation.stats, strict=True)
        }


class _Evaluation(COCOeval):
    """COCO's, where ``ignored`` objects need not be crowds."""

    def _prepare(self) -> None:
        super()._prepare()
        for objects in self._gts.values():
            for item in objects:
                item['ignore'] = item['ignored']


def _coco(images: int, names: Sequence[str], annotations: list[dict]) -> COCO:
    coco = COCO()
    coco.dataset = {
        'images': [{'id': number} for number in range(images)],
        'categories': [{'id': index, 'name': name} for index, name in enumerate(names)],
        # Numbers from 1: pycocotools takes a match with number 0 for none.
        'annotations': [{**item, 'id': number} for number, item in enumerate(annotations, 1)],
    }
    coco.createIndex()
    return coco


def _truth(results: Sequence[ImageBoxes]) -> list[dict]:
    return [
        {
            'image_id': number,
            'category_id': label,
            'bbox': [x1, y1, x2 - x1, y2 - y1],
            'area': area,
            'iscrowd': int(crowd),
            'ignored': int(ignored),
        }
        for number, each in enumerate(results)
        for (x1, y1, x2, y2), label, area, crowd, ignored in zip(
            *(x.tolist() for x in (each.objects, each.object_labels, each.areas, each.crowd, each.ignored)), strict=True
        )
    ]


def _found(results: Sequence[ImageBoxes]) -> list[dict]:
    return [
        {
            'image_id': number,
            'category_id': label,
            'bbox': [x1, y1, x2 - x1, y2 - y1],
            'area': (x2 - x1) * (y2 - y1),
            'iscrowd': 0,
            'score': score,
        }
        for number, each in enumerate(results)
        for (x1, y1, x2, y2), label, score in zip(
            *(x.tolist() for x in (each.bboxes, each.labels, each.scores)), strict=True
        )
    ]


def _mean_of_known(precision: np.ndarray) -> np.ndarray:
    """Mean precision per class (K,) of (T, R, K); NaN where there is no object."""
    known = precision > -1
    total = np.where(known, precision, 0).sum(axis=(0, 1))
    count = known.sum(axis=(0, 1))
    return np.divide(total, count, out=np.full(precision.shape[2], np.nan), where=count > 0)
