from __future__ import annotations

import numpy as np
import pytest

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import multi_label_metrics

LABELS = [[1, 0, 1, 0], [0, 1, 0, 0], [1, 1, 1, 1], [0, 0, 1, 0]]
SCORES = [[0.9, 0.2, 0.6, 0.55], [0.4, 0.8, 0.3, 0.1], [0.7, 0.6, 0.95, 0.52], [0.65, 0.1, 0.45, 0.2]]


def test_conformance_vector_of_the_method():
    """Worked case, with the definitions of the SRN scripts and thresholded and forced top 3."""
    measured = multi_label_metrics(SCORES, LABELS)
    assert measured.average_precision.tolist() == [1, 1, 1, 0.5]
    expected = {
        'mAP': 0.875,
        'CP': 0.791667,
        'CR': 0.916667,
        'F1-C': 0.816667,
        'CF1': 0.849594,
        'OP': 0.777778,
        'OR': 0.875,
        'OF1': 0.823529,
        'top3/CP': 0.666667,
        'top3/CR': 0.666667,
        'top3/F1-C': 0.65,
        'top3/OP': 0.75,
        'top3/OR': 0.75,
        'top3/OF1': 0.75,
        'top3_forced/CP': 0.5625,
        'top3_forced/CR': 0.75,
        'top3_forced/F1-C': 0.630952,
        'top3_forced/OP': 0.583333,
        'top3_forced/OR': 0.875,
        'top3_forced/OF1': 0.70,
    }
    assert {name: measured.summary[name] for name in expected} == pytest.approx(expected, abs=6e-7)
    assert set(measured.summary) - set(expected) == {'top3/CF1', 'top3_forced/CF1'}


def test_threshold_and_topk_are_used():
    measured = multi_label_metrics(SCORES, LABELS, threshold=0.99, topk=(1, 2))
    assert measured.summary['OR'] == pytest.approx(0, abs=1e-12)
    assert measured.summary['top1/OR'] == pytest.approx(0, abs=1e-12)
    assert measured.summary['top1_forced/OP'] == pytest.approx(3 / 4)
    assert measured.summary['top2_forced/OP'] == pytest.approx(6 / 8)
    assert not any(name.startswith('top3') for name in measured.summary)


def test_thresholded_top_k_of_all_classes_is_the_plain_one():
    measured = multi_label_metrics(SCORES, LABELS, topk=(4,))
    for name in ('CP', 'CR', 'CF1', 'F1-C', 'OP', 'OR', 'OF1'):
        assert measured.summary[f'top4/{name}'] == measured.summary[name]
    assert measured.summary['top4_forced/OR'] == 1


def test_which_average_precision_is_chosen():
    scores, labels = [[0.9], [0.8], [0.7], [0.6]], [[0], [1], [0], [1]]
    assert multi_label_metrics(scores, labels, topk=()).summary['mAP'] == pytest.approx(0.5)
    assert multi_label_metrics([[0.9], [0.8], [0.7]], [[0], [1], [1]], topk=()).summary['mAP'] == pytest.approx(2 / 3)
    plain = multi_label_metrics([[0.9], [0.8], [0.7]], [[0], [1], [1]], topk=(), interpolated=False)
    assert plain.summary['mAP'] == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_classes_without_a_positive_are_left_out_and_named():
    labels = np.array(LABELS)
    labels[:, 3], labels[0, 1] = 0, -1
    measured = multi_label_metrics(SCORES, labels)
    assert measured.left_out == [3]
    assert measured.summary['mAP'] == 1
    assert measured.positives.tolist() == [2, 2, 3, 0]
    assert measured.counted.tolist() == [4, 3, 4, 4]


def test_no_positive_anywhere_has_no_map():
    measured = multi_label_metrics([[0.2, 0.7]], [[0, 0]], topk=())
    assert np.isnan(measured.summary['mAP'])
    assert measured.left_out == [0, 1]


@pytest.mark.parametrize('labels', [np.full((2, 3), -1), np.zeros((0, 3))])
def test_nothing_to_measure_is_an_error(labels: np.ndarray):
    with pytest.raises(MLKDError, match='nothing to measure') as caught:
        multi_label_metrics(np.zeros(labels.shape), labels)
    assert caught.value.found == f'{len(labels)} images, 3 classes'


def test_images_are_named_where_scores_are_not_finite():
    with pytest.raises(MLKDError, match='not finite') as caught:
        multi_label_metrics([[0.1], [float('nan')]], [[0], [1]], topk=(), images=['x.jpg', 'y.jpg'])
    assert caught.value.where == 'y.jpg'


def test_order_of_classes_does_not_matter():
    rng = np.random.default_rng(0)
    scores, labels = rng.random((80, 6)), rng.integers(-1, 2, (80, 6))
    order = rng.permutation(6)
    one, other = multi_label_metrics(scores, labels), multi_label_metrics(scores[:, order], labels[:, order])
    assert one.summary == pytest.approx(other.summary)
    np.testing.assert_array_equal(one.average_precision[order], other.average_precision)
