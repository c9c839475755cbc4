"""The metric of detection on PASCAL VOC."""

from __future__ import annotations

from collections.abc import Sequence

from mlkd.evaluation.functional import detection_metrics
from mlkd.registry import METRICS

from .box_metric import BoxMetric
from .reporting_metric import percent_mean
from .sample_boxes import ImageBoxes, Source


@METRICS.register_module()
class DetectionMetric(BoxMetric):
    """Mean average precision of detections by the arithmetic of the PASCAL VOC development kits, in percent.

    ``det/mAP50`` is the mean over classes of the area below the curve (VOC 2010 and later, and WSDDN's numbers on VOC
    2007), ``det/mAP50_11point`` that of the mean over eleven recalls (VOC 2007); difficult objects count neither way.
    The rules are in ``docs/metrics.md``. After an evaluation, :attr:`last_report` holds the numbers per class (on the
    main process).

    MMDetection's ``VOCMetric`` is not wrapped: it adds a pixel to the width of boxes that end at x2, and its
    arithmetic is not the kit's in four places, which :func:`~mlkd.evaluation.functional.detection_metrics` names.

    Args:
        iou_thr: Least overlap of a hit, or several; ``det/mAP70`` belongs to 0.7.
        boxes: Which boxes are measured, see :class:`~.box_metric.BoxMetric`.
        collect_device: ``'cpu'`` or ``'gpu'``, as in MMEngine.
        prefix: Put before each name, with a slash; ``'det'`` by default.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    default_prefix = 'det'

    def __init__(
        self,
        iou_thr: float | Sequence[float] = 0.5,
        boxes: Source = 'predicted',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(boxes, collect_device, prefix)
        self.iou_thr = tuple(iou_thr) if isinstance(iou_thr, Sequence) else (iou_thr,)
        if not self.iou_thr or not all(isinstance(value, (int, float)) and 0 < value <= 1 for value in self.iou_thr):
            raise self.wrong('iou_thr', iou_thr, 'numbers above 0, at most 1')

    def compute_metrics(self, results: list[ImageBoxes]) -> dict[str, float]:
        """All numbers in percent from what :meth:`process` kept, of all processes."""
        names, detections, objects = self.gather(results)
        numbers, columns = {}, {}
        for iou_thr in self.iou_thr:
            measured = detection_metrics(detections, objects, len(names), iou_thr)
            level = f'{100 * iou_thr:g}'
            numbers[f'mAP{level}'] = percent_mean(measured.average_precision)
            numbers[f'mAP{level}_11point'] = percent_mean(measured.eleven_point)
            columns[f'AP{level}'] = measured.average_precision
            columns[f'AP{level}_11point'] = measured.eleven_point
            columns[f'recall{level}'] = measured.recall
        counts = {key: getattr(measured, key) for key in ('positives', 'difficult', 'detections')}
        self.report(len(results), names, measured.left_out, {**counts, **columns}, iou_thr=list(self.iou_thr))
        return numbers
