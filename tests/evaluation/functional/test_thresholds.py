from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_recall_curve, precision_score, recall_score

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import ThresholdRule, above_threshold, choose_thresholds, precision_recall

F1, NINE = ThresholdRule(), ThresholdRule(0.9)


def drawn(seed: int, n: int = 60, levels: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n,) that know something of the labels (n,); of few values where ``levels`` are given."""
    rng = np.random.default_rng(seed)
    label = rng.random(n) < rng.uniform(0.05, 0.6)
    label[rng.integers(n)] = True
    score = np.clip(0.5 * label + rng.random(n) * rng.uniform(0.3, 1), 0, 1).astype(np.float32)
    return (np.round(score * levels) / levels if levels else score), label.astype(np.int8)


def column(score: np.ndarray, label: np.ndarray, rule: ThresholdRule) -> float:
    return float(choose_thresholds(score[:, None], label[:, None], rule).values[0])


def brute_force(score: np.ndarray, label: np.ndarray) -> list[tuple[float, float, float]]:
    """Precision, recall and F1 of every set of images that a threshold can be below."""
    found = []
    for low in np.unique(score):
        said = score >= low
        found.append(tuple(f(label, said) for f in (precision_score, recall_score, f1_score)))
    return found


@pytest.mark.parametrize('levels', [0, 5])
@pytest.mark.parametrize('seed', range(12))
def test_f1_against_brute_force_and_scikit_learn(seed: int, levels: int) -> None:
    score, label = drawn(seed, levels=levels)
    said = score > column(score, label, F1)
    best = max(f1 for _, _, f1 in brute_force(score, label))
    assert f1_score(label, said) == pytest.approx(best, abs=1e-12)
    precision, recall, _ = precision_recall_curve(label, score)
    with np.errstate(invalid='ignore'):
        assert f1_score(label, said) == pytest.approx(np.nanmax(2 * precision * recall / (precision + recall)))
    most = max(p for p, _, f1 in brute_force(score, label) if f1 == pytest.approx(best, abs=1e-12))
    assert precision_score(label, said) == pytest.approx(most)


@pytest.mark.parametrize('wanted', [0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize('seed', range(12))
def test_precision_against_brute_force_and_scikit_learn(seed: int, wanted: float) -> None:
    score, label = drawn(seed, levels=seed % 3 and 7)
    chosen = choose_thresholds(score[:, None], label[:, None], ThresholdRule(wanted))
    said = score > chosen.values[0]
    reaching = [(r, p) for p, r, _ in brute_force(score, label) if p >= wanted]
    assert chosen.reached[0] == bool(reaching)
    if reaching:
        assert (recall_score(label, said), precision_score(label, said)) == pytest.approx(max(reaching))
        precision, recall, _ = precision_recall_curve(label, score)
        # The last point of scikit-learn's curve is no threshold.
        assert recall_score(label, said) == pytest.approx(recall[:-1][precision[:-1] >= wanted].max())
    else:
        best = max((p, r) for p, r, _ in brute_force(score, label))
        assert (precision_score(label, said), recall_score(label, said)) == pytest.approx(best)


def test_by_hand() -> None:
    scores = [[0.9, 0.2], [0.8, 0.6], [0.4, 0.4], [0.1, 0.0]]
    labels = [[1, 1], [0, 0], [1, 1], [0, 0]]
    assert choose_thresholds(scores, labels, F1).values.tolist() == [0.25, 0.1]
    strict = choose_thresholds(scores, labels, ThresholdRule(1.0))
    assert strict.values.tolist() == pytest.approx([0.85, 0.1])
    assert strict.reached.tolist() == [True, False]


def test_ties_are_not_parted() -> None:
    score, label = np.array([0.5, 0.5, 0.5, 0.2]), np.array([1, 1, 0, 0])
    assert column(score, label, F1) == pytest.approx(0.35)
    assert column(score, label, ThresholdRule(1.0)) == pytest.approx(0.35)


@pytest.mark.parametrize('values', [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1e-45, 0.0], [1.0, np.nextafter(1.0, 0)]])
def test_a_positive_at_the_end_of_the_scale_is_found(values: list[float]) -> None:
    for position in (0, 1):
        label = np.zeros(2, np.int8)
        label[position] = 1
        score = np.array(values)
        said = score > column(score, label, F1)
        assert said[position]
        assert said.sum() == (1 if score[position] == score.max() > score.min() else 2)


def test_a_label_without_positives_gets_that_of_all_cells() -> None:
    score, label = drawn(1)
    scores, labels = np.stack([score, score * 0.5], 1), np.stack([label, np.zeros_like(label)], 1)
    chosen = choose_thresholds(scores, labels, NINE)
    assert chosen.chosen.tolist() == [True, False]
    assert not chosen.reached[1]
    assert chosen.values[1] == column(scores.ravel(), labels.ravel(), NINE)
    nothing = choose_thresholds(scores, np.zeros_like(labels))
    assert nothing.values.tolist() == [0.5, 0.5]
    assert not nothing.chosen.any()
    empty = choose_thresholds(np.zeros((0, 2)), np.zeros((0, 2)))
    assert empty.values.tolist() == [0.5, 0.5]


def test_ignored_cells_do_not_count() -> None:
    score, label = drawn(2)
    more = np.append(score, [0.99, 0.98, 0.01]).astype(np.float32)
    ignored = np.append(label, [-1, -1, -1]).astype(np.int8)
    for rule in (F1, NINE):
        assert column(more, ignored, rule) == column(score, label, rule)


def test_thresholds_are_what_the_metrics_take() -> None:
    pairs = [drawn(seed) for seed in range(4)]
    scores, labels = (np.stack(arrays, 1) for arrays in zip(*pairs, strict=True))
    values = choose_thresholds(scores, labels).values
    measured = precision_recall(above_threshold(scores, labels, values), labels)
    half = precision_recall(above_threshold(scores, labels, 0.5), labels)
    assert (measured.f1 >= half.f1 - 1e-12).all()
    assert (measured.f1 > half.f1).any()


def test_rules() -> None:
    for rule in (F1, NINE, ThresholdRule(1.0), ThresholdRule(0.125)):
        assert ThresholdRule.parse(str(rule)) == rule
    assert (str(F1), str(NINE)) == ('f1', 'precision 0.9')
    for text in ('', 'F1', 'precision', 'precision 2', 'precision -1', 'recall 0.5', 'precision 0.9; x'):
        with pytest.raises(MLKDError, match='no such rule'):
            ThresholdRule.parse(text)
    for wrong in (0, 1.5, -1, float('nan')):
        with pytest.raises(MLKDError, match='no precision'):
            ThresholdRule(wrong)
