"""What a report says of thresholds and calibration, from the scores that a run kept of its validation set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from mlkd.apis.runs.summaries import StageResult
from mlkd.engine.validation_scores import ValidationScores
from mlkd.evaluation.functional import (
    PrecisionRecall,
    Reliability,
    above_threshold,
    choose_thresholds,
    precision_recall,
    reliability,
)
from mlkd.published import THRESHOLD
from mlkd.visualization import TextTable, calibration_plot


def kept_scores(results: Sequence[StageResult]) -> dict[str, ValidationScores]:
    """Scores of the validation set by row of the table, of the first run: that of its student first.

    Raises:
        DataError: If a file of scores is damaged.
    """
    run = results[0].run
    own = [result for result in results if result.run == run and not result.fused]
    student = results[0].summary.get('student_stage')
    found: dict[str, ValidationScores] = {}
    for result in sorted(own, key=lambda result: result.stage != student):
        folder = Path((result.summary.get('reused') or {}).get(result.stage, run))
        for place in (folder / result.stage, folder / result.stage / 'full', folder):
            scores = ValidationScores.read(place)
            if scores is not None:
                found.setdefault(result.row, scores)
                break
    names = next(iter(found.values())).classes if found else ()
    return {row: scores for row, scores in found.items() if scores.classes == names}


def threshold_table(row: str, scores: ValidationScores) -> TextTable:
    """Precision, recall and F1 of each label above one half, and above the threshold with the best F1, in percent."""
    chosen = choose_thresholds(scores.scores, scores.labels)
    half, best = (
        precision_recall(above_threshold(scores.scores, scores.labels, at), scores.labels)
        for at in (THRESHOLD, chosen.values)
    )
    error = reliability(scores.scores, scores.labels).error
    positives = (scores.labels == 1).sum(axis=0)
    rows: list[tuple[str, ...]] = [
        (
            name + ('' if chosen.chosen[k] else ' *'),
            str(positives[k]),
            *_of_label(half, k),
            f'{chosen.values[k]:.3f}',
            *_of_label(best, k),
            _percent(error[k]),
        )
        for k, name in enumerate(scores.classes)
    ]
    means = [_percent(value) for at in (half, best) for value in _means(at)]
    rows.append(('mean', '', *means[:3], '', *means[3:], _percent(float(np.nanmean(error)))))
    columns = ('label', 'images', 'P at 0.5', 'R', 'F1', 'threshold', 'P', 'R', 'F1', 'error')
    return TextTable(f'Thresholds of {row}, percent', columns, tuple(rows), best=len(rows) - 1)


def calibration_figure(kept: dict[str, ValidationScores]) -> Figure:
    """Reliability curves of all rows, and of each label of the first."""
    counts: dict[str, Reliability] = {row: reliability(one.scores, one.labels) for row, one in kept.items()}
    return calibration_plot(counts, next(iter(kept.values())).classes)


def threshold_note(scores: ValidationScores) -> str:
    """What the table's numbers are of."""
    tested = ', which is the test set, too: numbers at these thresholds look better than they are'
    return (
        f'Thresholds and curves are those of the {len(scores.scores)} images of the validation set'
        f'{tested if scores.tested else ""}. A threshold is the one with the best F1 on them; mlkd publish chooses '
        'them for a precision, too. With *: no positive image, the threshold is that of all labels together. Error: '
        'the expected calibration error, the mean distance of a score from the share of images that have the label, '
        'over ten bins; beside the names in the figure, too.'
    )


def _of_label(measured: PrecisionRecall, k: int) -> tuple[str, str, str]:
    return _percent(measured.precision[k]), _percent(measured.recall[k]), _percent(measured.f1[k])


def _means(measured: PrecisionRecall) -> tuple[float, float, float]:
    summary = measured.summary
    return summary['CP'], summary['CR'], summary['F1-C']


def _percent(value: float) -> str:
    return '-' if np.isnan(value) else f'{100 * value:.1f}'
