from __future__ import annotations

import numpy as np
import pytest
from box_samples import evaluate, make_samples

from mlkd.errors import ConfigError
from mlkd.registry import METRICS


def samples() -> list:
    """Three images with class 0; the best box is right, wrong, and right of a difficult object alone."""
    objects = [np.array([[0.0, 0, 10, 10]])] * 3
    found = [np.array([[0.0, 0, 10, 9]]), np.array([[0.0, 0, 10, 10], [12, 12, 20, 20]]), np.array([[0.0, 0, 10, 10]])]
    scores = [np.array([0.1]), np.array([0.3, 0.9]), np.array([0.5])]
    difficult = [np.array([False]), np.array([False]), np.array([True])]
    labels = [np.zeros(len(boxes), int) for boxes in found]
    return make_samples((found, labels, scores, objects, [np.zeros(1, int)] * 3, difficult))


def test_by_hand() -> None:
    numbers, metric = evaluate(samples(), type='CorLocMetric')
    # Only the best box counts, though the second of image 1 is right.
    assert numbers == {'corloc/CorLoc': 50, 'corloc/CorLoc_with_difficult': pytest.approx(200 / 3)}
    row = metric.last_report['classes'][0]
    assert (row['positives'], row['localised'], row['positives_with_difficult']) == (2, 1, 3)
    assert (metric.last_report['images'], metric.last_report['left_out']) == (3, ['b', 'c', 'd'])


def test_a_stricter_overlap() -> None:
    # Of the first box nine tenths overlap.
    assert evaluate(samples(), type='CorLocMetric', iou_thr=0.9)[0]['corloc/CorLoc'] == 50
    assert evaluate(samples(), type='CorLocMetric', iou_thr=0.95)[0]['corloc/CorLoc'] == 0


@pytest.mark.parametrize('value', [None, '0.5', 0, 1.01, (0.5,)])
def test_overlaps_that_make_no_sense(value: object) -> None:
    with pytest.raises(ConfigError, match=r'(?s)CorLocMetric.*iou_thr'):
        METRICS.build({'type': 'CorLocMetric', 'iou_thr': value})
