from __future__ import annotations

import numpy as np
import pytest

from mlkd.errors import MLKDError
from mlkd.evaluation.functional import Reliability, reliability
from mlkd.visualization import calibration_plot, png


def counts(labels: int, seed: int = 0) -> Reliability:
    rng = np.random.default_rng(seed)
    scores = rng.random((300, labels))
    return reliability(scores, rng.random((300, labels)) < scores)


def test_curves_are_the_counts() -> None:
    own, other = counts(3), counts(3, 1)
    figure = calibration_plot({'student': own, 'teacher': other}, ['cat', 'a$b_c', 'emu'])
    curves, bars, *labels = figure.axes
    lines = [line for line in curves.lines if line.get_label()[0] != '_']
    for line, one in zip(lines, (own, other), strict=True):
        np.testing.assert_allclose(
            line.get_xydata(), np.stack([one.pooled().predicted[0], one.pooled().observed[0]], 1)
        )
        assert f'{100 * one.pooled().error[0]:.1f}' in line.get_label()
    heights = [bar.get_height() for bar in bars.patches]
    assert heights == [*own.pooled().counts[0], *other.pooled().counts[0]]
    # Of single labels, the first network's, the most frequent first.
    order = np.argsort(-own.positives.sum(1), kind='stable')
    assert [axes.get_title(loc='left').split()[0] for axes in labels[:3]] == [['cat', 'a$b_c', 'emu'][k] for k in order]
    np.testing.assert_allclose(labels[0].lines[1].get_ydata(), own.observed[order[0]])
    assert png(figure)[:4] == b'\x89PNG'


@pytest.mark.parametrize('labels', [1, 9, 80])
def test_few_and_many_labels(labels: int) -> None:
    figure = calibration_plot({'student': counts(labels)}, [str(k) for k in range(labels)])
    drawn = [axes for axes in figure.axes[2:] if axes.lines]
    assert len(drawn) == min(labels, 24)
    assert len(png(figure)) > 1000


def test_labels_without_images() -> None:
    empty = reliability(np.zeros((0, 2)), np.zeros((0, 2)))
    assert len(png(calibration_plot({'student': empty}, ['a', 'b']))) > 1000


def test_what_does_not_fit() -> None:
    for networks, names in (({}, ['a']), ({'x': counts(2)}, ['a'])):
        with pytest.raises(MLKDError, match='do not fit'):
            calibration_plot(networks, names)
