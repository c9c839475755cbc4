"""The numbers of ML-GCN and MSRN: acceptance checks, and the meter of the released code written down again."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import mlgcn_metrics, ranking_metrics, swept_metrics

LOGITS = np.array(
    [
        [2, -1, 0.5, -0.3],
        [0.3, 0.4, -2, 1.5],
        [-0.2, 1.2, 0.1, -1],
        [1.1, -0.6, 0.9, 0.6],
        [-1.5, 0.2, -0.4, -0.7],
        [0.7, 0.8, 1.3, -0.1],
    ]
)
#: As the files have it: 1 present, 0 difficult, -1 absent.
CODED = np.array([[1, -1, 0, -1], [-1, 1, -1, 1], [1, 1, -1, -1], [1, -1, 1, 1], [-1, 0, -1, 1], [0, -1, 1, -1]])
LABELS = np.select([CODED == 1, CODED == 0], [1, -1], 0)
NAMES = ('OP', 'OR', 'OF1', 'CP', 'CR', 'CF1')


def test_average_precision_of_the_specification() -> None:
    measured = mlgcn_metrics(LOGITS, LABELS)
    np.testing.assert_allclose(measured.average_precision, [0.916667, 0.833333, 1.0, 0.866667], atol=5e-7)
    assert measured.summary['mAP'] == pytest.approx(0.904167, abs=5e-7)
    as_negative = mlgcn_metrics(LOGITS, np.maximum(LABELS, 0)).average_precision
    assert as_negative[0] == pytest.approx(0.866667, abs=5e-7)


def test_decisions_of_the_specification() -> None:
    expected = [0.571429, 0.8, 0.666667, 0.625, 0.833333, 0.714286]
    summary = mlgcn_metrics(LOGITS, LABELS).summary
    assert [summary[name] for name in NAMES] == pytest.approx(expected, abs=5e-7)
    assert [summary[f'top3/{name}'] for name in NAMES] == pytest.approx(expected, abs=5e-7)
    swept = swept_metrics(LOGITS, LABELS)
    assert [swept[name] for name in NAMES] == pytest.approx(
        [0.727273, 0.8, 0.761905, 0.75, 0.833333, 0.789474], abs=5e-7
    )
    assert 0 < swept['threshold'] < 0.5


def meter(logits: np.ndarray, coded: np.ndarray, threshold: float) -> dict[str, float]:
    """The meter of the released code, loop by loop, on copies."""
    n, k = logits.shape
    ap, nc, np_, ng = [], np.zeros(k), np.zeros(k), np.zeros(k)
    for c in range(k):
        positive = total = summed = 0.0
        for i in sorted(range(n), key=lambda i: -logits[i, c]):
            if coded[i, c] == 0:
                continue
            positive += coded[i, c] == 1
            total += 1
            summed += positive / total if coded[i, c] == 1 else 0
        ap.append(summed / positive)
        ng[c], np_[c] = (coded[:, c] == 1).sum(), (logits[:, c] >= threshold).sum()
        nc[c] = ((coded[:, c] == 1) & (logits[:, c] >= threshold)).sum()
    np_[np_ == 0] = 1
    op, over, cp, cr = nc.sum() / np_.sum(), nc.sum() / ng.sum(), (nc / np_).mean(), (nc / ng).mean()
    f1 = {'OF1': 2 * op * over / (op + over), 'CF1': 2 * cp * cr / (cp + cr)}
    return {'mAP': float(np.mean(ap)), 'OP': op, 'OR': over, 'CP': cp, 'CR': cr, **f1}


@pytest.mark.parametrize('seed', range(4))
@pytest.mark.parametrize('threshold', [0.0, 1.386])
def test_meter_of_the_released_code(seed: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(40, 7)).round(1)  # With many that are equal.
    coded = rng.choice([-1, 0, 1], size=(40, 7), p=[0.6, 0.1, 0.3])
    logits[:, 3] -= 9  # Nothing is said of this class.
    expected = meter(logits, coded, threshold)
    before = logits.copy(), coded.copy()
    found = mlgcn_metrics(logits, np.select([coded == 1, coded == 0], [1, -1], 0), threshold).summary
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    np.testing.assert_array_equal(logits, before[0])
    np.testing.assert_array_equal(coded, before[1])


def test_scikit_learn_where_nothing_is_tied_or_difficult() -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(50, 5)), (rng.random((50, 5)) < 0.4).astype(int)
    measured = mlgcn_metrics(logits, labels)
    assert measured.summary['mAP'] == pytest.approx(average_precision_score(labels, logits, average='macro'))
    for prefix, average in (('O', 'micro'), ('C', 'macro')):
        precision, recall, _, _ = precision_recall_fscore_support(labels, logits >= 0, average=average)
        assert measured.summary[f'{prefix}P'] == pytest.approx(precision)
        assert measured.summary[f'{prefix}R'] == pytest.approx(recall)


def test_top_k_takes_the_best_of_those_at_the_threshold() -> None:
    logits = [[3, 2, 1, 0.5, -1], [-1, -2, 0, -4, -5]]
    labels = [[0, 0, 0, 1, 0], [1, 0, 1, 0, 0]]
    summary = mlgcn_metrics(logits, labels).summary
    # Of the first image 0, 1, 2; of the second class 2 alone, at the threshold itself.
    assert summary['top3/OR'] == pytest.approx(1 / 3)
    assert summary['OR'] == pytest.approx(2 / 3)
    assert 'top3/OR' not in mlgcn_metrics([[1.0, 2.0]], [[1, 0]]).summary


def test_equal_logits_keep_the_order_of_the_images() -> None:
    labels = [[1], [0], [0], [1]]
    assert mlgcn_metrics([[0.0]] * 4, labels).summary['mAP'] == pytest.approx((1 + 2 / 4) / 2)
    assert mlgcn_metrics([[0.0]] * 4, labels[::-1]).summary['mAP'] == pytest.approx((1 + 2 / 4) / 2)
    assert mlgcn_metrics([[0.0]] * 4, [[0], [0], [1], [1]]).summary['mAP'] == pytest.approx((1 / 3 + 2 / 4) / 2)


def test_classes_without_a_positive_are_left_out() -> None:
    measured = mlgcn_metrics([[1, 1], [-1, 1]], [[1, 0], [0, -1]], topk=None)
    assert measured.left_out == [1]
    assert measured.summary == pytest.approx(dict.fromkeys(('mAP', *NAMES), 1.0))
    with pytest.raises(MLKDError, match='nothing to measure'):
        mlgcn_metrics([[1, 1]], [[0, -1]])


def test_nothing_right_gives_zero() -> None:
    summary = mlgcn_metrics([[-1.0], [1.0]], [[1], [0]], topk=None).summary
    assert (summary['CF1'], summary['OF1']) == (0, 0)


def test_ranking() -> None:
    ranked = ranking_metrics([[3, 2, 1]], [[0, 1, -1]])
    assert ranked == pytest.approx({'coverage_error': 2, 'LRAP': 0.5, 'ranking_loss': 0.5})
