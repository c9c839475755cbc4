"""The picture of a label graph."""

from __future__ import annotations

import numpy as np
from matplotlib.patches import FancyArrowPatch

from mlkd.visualization import label_graph_plot, png


def test_a_dot_and_an_arrow_for_each_edge() -> None:
    given = np.array([[0, 0.5, 0.1], [0, 0, 0], [0.9, 0, 0]])
    figure = label_graph_plot(['cat', 'dog', 'a_$b'], given, [(0, 1), (2, 0)], 'toy')
    left, right, _ = figure.axes
    (dots,) = left.lines
    assert list(zip(dots.get_xdata(), dots.get_ydata(), strict=True)) == [(1, 0), (0, 2)]  # type: ignore[arg-type]
    assert sum(isinstance(patch, FancyArrowPatch) for patch in right.patches) == 2
    assert {text.get_text() for text in right.texts} == {'cat', 'dog', 'a_$b'}
    assert png(figure)[:4] == b'\x89PNG'


def test_without_edges() -> None:
    assert png(label_graph_plot(['cat', 'dog'], np.zeros((2, 2)), []))
