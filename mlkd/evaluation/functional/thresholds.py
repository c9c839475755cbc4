"""Choosing, for each label, the score above which it is said to be present."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlkd.errors import MLKDError

from .inputs import Array, as_scores_and_labels

#: Where there is nothing to choose by.
DEFAULT = 0.5
_PRECISION = re.compile(r'precision (0?\.\d+|1(\.0*)?)')


@dataclass(frozen=True)
class ThresholdRule:
    """How thresholds are chosen: for the best F1, or for a precision and the most recall with it.

    Attributes:
        precision: The precision wanted, above 0, at most 1; None: F1.
    """

    precision: float | None = None

    def __post_init__(self) -> None:
        """Check the precision.

        Raises:
            MLKDError: If it is none.
        """
        if self.precision is not None and not 0 < self.precision <= 1:
            raise MLKDError('This is no precision.', found=self.precision, expected='above 0, at most 1')

    def __str__(self) -> str:
        """``'f1'``, or ``'precision 0.9'``."""
        return 'f1' if self.precision is None else f'precision {self.precision:g}'

    @classmethod
    def parse(cls, text: str) -> ThresholdRule:
        """The rule that a text names.

        Raises:
            MLKDError: If it names none.

        >>> ThresholdRule.parse('precision 0.9').precision
        0.9
        """
        if text == 'f1':
            return cls()
        match = _PRECISION.fullmatch(text)
        if match is None:
            raise MLKDError('There is no such rule for thresholds.', found=text, expected="'f1' or 'precision 0.9'")
        return cls(float(match[1]))


@dataclass(frozen=True)
class Thresholds:
    """A threshold for each label; a label is present where its score is above it, strictly.

    Attributes:
        values: float64 (K,).
        chosen: bool (K,): whether the label has a positive image, so that there was something to choose by.
        reached: bool (K,): whether the precision wanted is reached; where nothing was chosen, False.
        rule: How they were chosen.
    """

    values: NDArray[np.float64]
    chosen: NDArray[np.bool_]
    reached: NDArray[np.bool_]
    rule: ThresholdRule


def choose_thresholds(scores: Array, labels: Array, rule: ThresholdRule | None = None) -> Thresholds:
    """The threshold of each label that the rule likes best on these images.

    A threshold lies half way between the lowest score that is above it and the next one. For F1: the highest F1, of
    equals the threshold with the highest precision. For a precision: the most recall among thresholds that reach it, of
    equals the highest precision; where none does, the highest precision that there is, and of equals the most recall.
    A label without a positive image gets the threshold that the same rule chooses on the cells of all labels together;
    where no label has one, :data:`DEFAULT`. Ignored cells do not count.

    Args:
        scores: (N, K) in [0, 1].
        labels: (N, K); 1 present, 0 absent, -1 ignore.
        rule: By default F1.

    Returns:
        The thresholds.

    Raises:
        MLKDError: If scores and labels do not fit each other.

    >>> choose_thresholds([[.9], [.8], [.4], [.1]], [[1], [0], [1], [0]]).values.tolist()
    [0.25]
    """
    rule = rule or ThresholdRule()
    score, label = as_scores_and_labels(scores, labels)
    counted = label >= 0
    pooled = _choose(score[counted], label[counted] == 1, rule)
    fallback = (DEFAULT, False) if pooled is None else pooled
    values, chosen, reached = [], [], []
    for k in range(score.shape[1]):
        inside = counted[:, k]
        found = _choose(score[inside, k], label[inside, k] == 1, rule)
        values.append((found or fallback)[0])
        reached.append(found is not None and found[1])
        chosen.append(found is not None)
    return Thresholds(np.array(values, np.float64), np.array(chosen), np.array(reached), rule)


def _choose(scores: np.ndarray, present: np.ndarray, rule: ThresholdRule) -> tuple[float, bool] | None:
    """The best threshold of one label and whether it is as wanted; None without a positive."""
    positives = np.count_nonzero(present)
    if not positives:
        return None
    order = np.argsort(-scores, kind='stable')
    ordered = scores[order].astype(np.float64)
    # Of equal scores, all are above a threshold or none.
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    true, said = np.cumsum(present[order])[last], last + 1
    precision, recall = true / said, true / positives
    if rule.precision is None:
        # Whole numbers, so that equals are equal: F1 = 2 true / (said + positives).
        ranked = np.lexsort((precision, 2 * true / (said + positives)))
        best, reached = int(ranked[-1]), True
    else:
        enough = precision >= rule.precision
        reached = bool(enough.any())
        keys = (precision, np.where(enough, recall, -1.0)) if reached else (recall, precision)
        best = int(np.lexsort(keys)[-1])
    return _between(ordered, int(last[best])), reached


def _between(ordered: np.ndarray, last: int) -> float:
    """A threshold that ``ordered[last]`` is above, and the score after it is not."""
    above = ordered[last]
    # Below all scores there is 0, unless it is a score itself.
    below = ordered[last + 1] if last + 1 < len(ordered) else (0.0 if above > 0 else above - 1)
    middle = (above + below) / 2
    return float(middle if middle < above else below)
