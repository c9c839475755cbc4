"""The metric of multi-label classification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mlkd.arguments import check_choice, check_number
from mlkd.errors import MLKDError
from mlkd.evaluation.functional import MultiLabelMetrics, multi_label_metrics
from mlkd.registry import METRICS

_IGNORED_AS = {'ignored': -1, 'absent': 0, 'present': 1}


@METRICS.register_module()
class MultiLabelMetric(BaseMetric):
    """mAP, and precision, recall and F1 at a threshold and among the top k, in percent.

    The names are explained in ``docs/metrics.md``. After an evaluation, :attr:`last_report` holds the numbers per
    class, and :attr:`last_scores` the scores as probabilities (N, K) float32 and the labels (N, K) int8 that they were
    computed from (on the main process).

    Args:
        threshold: A class is said to be present where its score is above it, strictly.
        topk: The k of the top-k numbers; one of more classes than there are is left out, and the log says so.
        interpolated: AP as in the VOC 2010 development kit; False: scikit-learn's.
        ignored_as: What a label of -1 (in VOC, a class with difficult objects alone) counts as: ``'ignored'``,
            ``'absent'`` or ``'present'``.
        collect_device: ``'cpu'`` or ``'gpu'``, as in MMEngine.
        prefix: Put before each name, with a slash; none by default.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    default_prefix = ''

    def __init__(
        self,
        threshold: float = 0.5,
        topk: Sequence[int] | int = (3,),
        interpolated: bool = True,
        ignored_as: str = 'ignored',
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.threshold, self.interpolated = threshold, interpolated
        self.topk = tuple(topk) if isinstance(topk, (list, tuple)) else (topk,)
        self.last_report: dict[str, Any] = {}
        self.last_scores: tuple[np.ndarray, np.ndarray] | None = None
        kind = type(self).__name__
        for k in self.topk:
            check_number(f'{kind}.topk', k, 1, whole=True)
        check_number(f'{kind}.threshold', threshold)
        check_choice(f'{kind}.interpolated', interpolated, (True, False))
        check_choice(f'{kind}.ignored_as', ignored_as, _IGNORED_AS)
        self._ignored_as = _IGNORED_AS[ignored_as]

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep scores and labels of a batch.

        Args:
            data_batch: Not used.
            data_samples: Samples as dicts, with ``pred_score`` (K,) and ``gt_label`` (K,).

        Raises:
            MLKDError: If a score is missing, there are not as many as labels or not as many as of the images before, or
                a label is something else than -1, 0 and 1; names the image.
        """
        for sample in data_samples:
            image = sample.get('img_path', sample.get('img_id', len(self.results)))
            for key in ('pred_score', 'gt_label'):
                if key not in sample:
                    raise MLKDError(f'A sample that is to be measured has no {key}.', where=image, found=sorted(sample))
            score, label = (torch.as_tensor(sample[key]).detach() for key in ('pred_score', 'gt_label'))
            if score.shape != label.shape or score.ndim != 1:
                raise MLKDError(
                    'The network scores another number of classes than the image has labels for.',
                    where=image,
                    found=f'{tuple(score.shape)} scores, {tuple(label.shape)} labels',
                    fix='set num_classes of the head to the number of classes of the data set',
                )
            if self.results and len(score) != len(self.results[0][0]):
                raise MLKDError(
                    'Images that are measured together have another number of classes.',
                    where=image,
                    found=f'{len(score)}, after {len(self.results[0][0])} of {self.results[0][2]}',
                    fix='test on one data set at a time',
                )
            # Before they become 8-bit numbers, in which a share of a label is 0; of unsigned ones, 255 equals -1.
            if not ((label == 1) | (label == 0) | (label.double() == -1)).all():
                raise MLKDError(
                    'A label is something else than -1, 0 and 1.',
                    where=image,
                    found=label.unique()[:8].tolist(),
                    expected='1 present, 0 absent, -1 ignore',
                )
            label = torch.where(label == -1, self._ignored_as, label)
            self.results.append((score.float().cpu().numpy(), label.to('cpu', torch.int8).numpy(), image))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """All numbers in percent from what :meth:`process` kept, of all processes."""
        if not results:
            raise MLKDError('There is nothing to measure: the test set is empty.')
        scores, labels, images = zip(*results, strict=True)
        self.last_scores = self.probabilities(np.stack(scores)), np.stack(labels)
        measured = self.measure(np.stack(scores), self.last_scores[1], images)
        self.last_report = self._report(measured, len(results))
        left_out = self.last_report['left_out']
        if left_out:
            print_log(
                f'{len(left_out)} of {len(measured.positives)} classes have no positive image and are left out of '
                f'all means over classes: {", ".join(left_out)}',
                logger='current',
            )
        if above := [f'top{k}' for k in self.topk if k > len(measured.positives)]:
            print_log(f'{", ".join(above)} left out: there are {len(measured.positives)} classes.', logger='current')
        return {name: 100 * value for name, value in measured.summary.items()}

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """Scores as this metric keeps them, as probabilities."""
        return scores

    def measure(self, scores: np.ndarray, labels: np.ndarray, images: Sequence[object]) -> MultiLabelMetrics:
        """All numbers, in [0, 1].

        Args:
            scores: (N, K).
            labels: (N, K).
            images: (N,) names for the error messages.
        """
        topk = [k for k in self.topk if k <= scores.shape[1]]
        return multi_label_metrics(
            scores, labels, threshold=self.threshold, topk=topk, interpolated=self.interpolated, images=images
        )

    def _report(self, measured: MultiLabelMetrics, images: int) -> dict[str, Any]:
        """The numbers per class, in percent, None where there is none; plain Python, fit for JSON."""
        k = len(measured.positives)
        names = list((self.dataset_meta or {}).get('classes') or [str(index) for index in range(k)])
        if len(names) != k:
            raise MLKDError('The data set names another number of classes.', found=len(names), expected=k)
        columns = {
            'AP': measured.average_precision,
            'P': measured.by_class.precision,
            'R': measured.by_class.recall,
            'F1': measured.by_class.f1,
        }
        return {
            'images': images,
            'threshold': self.threshold,
            'interpolated': self.interpolated,
            'left_out': [names[index] for index in measured.left_out],
            'classes': [
                {
                    'name': names[index],
                    'positives': int(measured.positives[index]),
                    'counted': int(measured.counted[index]),
                    **{key: _percent(values[index]) for key, values in columns.items()},
                }
                for index in range(k)
            ],
        }


def _percent(value: float) -> float | None:
    return None if np.isnan(value) else 100 * float(value)
