"""The metric of localisation on the training set."""

from __future__ import annotations

from mlkd.evaluation.functional import corloc
from mlkd.registry import METRICS

from .box_metric import BoxMetric
from .reporting_metric import percent_mean
from .sample_boxes import ImageBoxes, Source


@METRICS.register_module()
class CorLocMetric(BoxMetric):
    """CorLoc in percent: how often the best box of a class is right, in images that contain the class.

    ``corloc/CorLoc`` goes without difficult objects; ``corloc/CorLoc_with_difficult`` takes them for objects like
    others, as the scripts do that most published numbers come from. The rules are in ``docs/metrics.md``. After an
    evaluation, :attr:`last_report` holds the numbers per class (on the main process).

    It is meant for the images of training, whose boxes are there in test mode only: ``tools/test.py --corloc`` builds
    that data set. The best box of a class may be below the detector's threshold of the score: ``keep_best`` in the
    ``test_cfg`` of :class:`~mlkd.models.detectors.WSDDN`, which ``--corloc`` sets, keeps it.

    Args:
        iou_thr: Least overlap.
        boxes: Which boxes are measured, see :class:`~.box_metric.BoxMetric`.
        collect_device: ``'cpu'`` or ``'gpu'``, as in MMEngine.
        prefix: Put before each name, with a slash; ``'corloc'`` by default.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    default_prefix = 'corloc'

    def __init__(
        self,
        iou_thr: float = 0.5,
        boxes: Source = 'predicted',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(boxes, collect_device, prefix)
        if not isinstance(iou_thr, (int, float)) or not 0 < iou_thr <= 1:
            raise self.wrong('iou_thr', iou_thr, 'a number above 0, at most 1')
        self.iou_thr = iou_thr

    def compute_metrics(self, results: list[ImageBoxes]) -> dict[str, float]:
        """All numbers in percent from what :meth:`process` kept, of all processes."""
        names, detections, objects = self.gather(results)
        plain, whole = (corloc(detections, objects, len(names), self.iou_thr, each) for each in (False, True))
        columns = {
            'positives': plain.positives,
            'localised': plain.localised,
            'CorLoc': plain.share,
            'positives_with_difficult': whole.positives,
            'CorLoc_with_difficult': whole.share,
        }
        self.report(len(results), names, plain.left_out, columns, iou_thr=self.iou_thr)
        return {'CorLoc': percent_mean(plain.share), 'CorLoc_with_difficult': percent_mean(whole.share)}
