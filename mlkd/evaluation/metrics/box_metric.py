"""What the metrics of boxes share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import Detections, Objects
from mlkd.evaluation.functional.box_inputs import check_labels

from .reporting_metric import ReportingMetric
from .sample_boxes import SOURCES, ImageBoxes, Source, image_boxes


class BoxMetric(ReportingMetric):
    """Collects the boxes found and annotated of each image; a subclass computes numbers from all of them.

    Args:
        boxes: Which boxes are measured: ``'predicted'``, or one of two floors that need no learning: for every class
            the ``'image'`` or the best ``'proposal'``, scored by the network's score of the class. The names of a
            floor's numbers begin with ``PREFIX_image/`` or ``PREFIX_proposal/``.
        collect_device: ``'cpu'`` or ``'gpu'``, as in MMEngine.
        prefix: Put before each name, with a slash.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    def __init__(self, boxes: Source = 'predicted', collect_device: str = 'cpu', prefix: str | None = None) -> None:
        if boxes not in SOURCES:
            raise self.wrong('boxes', boxes, f'one of {list(SOURCES)}')
        if prefix is None and boxes != 'predicted':
            prefix = f'{self.default_prefix}_{boxes}'
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.boxes = boxes

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the boxes of a batch.

        Args:
            data_batch: Not used.
            data_samples: Samples as dicts, with ``pred_instances`` and ``instances``.

        Raises:
            DataError: If the annotation has no boxes; names the image.
            MLKDError: If the network has found none.
        """
        for sample in data_samples:
            self.results.append(image_boxes(sample, self.boxes, len(self.results)))

    def gather(self, results: Sequence[ImageBoxes]) -> tuple[list[str], Detections, Objects]:
        """Names of the classes, and the boxes of all images, checked.

        Raises:
            MLKDError: If there is no image, a box is of no class, or a number is not finite; names the image.
        """
        if not results:
            raise MLKDError('There is nothing to measure: the test set is empty.')

        def column(key: str) -> list:
            return [getattr(each, key) for each in results]

        images = column('name')
        detections = Detections.of(column('bboxes'), column('labels'), column('scores'), images)
        objects = Objects.of(column('objects'), column('object_labels'), column('ignored'), images)
        most = 1 + max([*detections.labels.tolist(), *objects.labels.tolist()], default=-1)
        names = list((self.dataset_meta or {}).get('classes') or [str(index) for index in range(most)])
        for boxes in (detections, objects):
            check_labels(boxes, len(names), images)
        return names, detections, objects

    def report(self, images: int, names: Sequence[str], left_out: Sequence[int], columns: dict, **facts: Any) -> None:
        """As of :class:`~.reporting_metric.ReportingMetric`, with which boxes were measured."""
        super().report(images, names, left_out, columns, boxes=self.boxes, **facts)
