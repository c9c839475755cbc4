from __future__ import annotations

import numpy as np
import pytest
from box_samples import evaluate, make_samples

from mlkd.errors import ConfigError
from mlkd.registry import METRICS


def samples() -> list:
    """Two images with an object each of class 0; found first, missed second, with a false one in between."""
    square = [np.array([[0.0, 0, 10, 10]])] * 2
    found = [np.array([[0.0, 0, 10, 10]]), np.array([[12.0, 12, 20, 20], [0, 0, 10, 8]])]
    labels = [np.zeros(1, int), np.zeros(2, int)]
    scores = [np.array([0.9]), np.array([0.8, 0.7])]
    return make_samples((found, labels, scores, square, [np.zeros(1, int)] * 2, [np.zeros(1, bool)] * 2))


def test_by_hand() -> None:
    numbers, metric = evaluate(samples(), type='DetectionMetric', iou_thr=(0.5, 0.9))
    # Hits at ranks 1 and 3 of 3: precision 1 up to recall 1/2, then 2/3. Of 11 recalls 0 to 0.5 have 1, the others 2/3.
    assert numbers['det/mAP50'] == pytest.approx(100 * (1 + 2 / 3) / 2)
    assert numbers['det/mAP50_11point'] == pytest.approx(100 * (6 + 5 * 2 / 3) / 11)
    # An overlap of 0.8 is none at 0.9.
    assert numbers['det/mAP90'] == pytest.approx(50)
    assert numbers['det/mAP90_11point'] == pytest.approx(100 * 6 / 11)
    row = metric.last_report['classes'][0]
    assert (row['positives'], row['detections'], row['difficult']) == (2, 3, 0)
    assert (row['recall50'], row['recall90']) == (100, 50)
    assert metric.last_report['left_out'] == ['b', 'c', 'd']


@pytest.mark.parametrize('value', [None, '0.5', (), 0, 1.5, [0.5, 'x'], -0.1])
def test_overlaps_that_make_no_sense(value: object) -> None:
    with pytest.raises(ConfigError, match=r'(?s)DetectionMetric.*iou_thr'):
        METRICS.build({'type': 'DetectionMetric', 'iou_thr': value})
