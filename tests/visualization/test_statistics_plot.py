from __future__ import annotations

import pytest

from mlkd.errors import MLKDError
from mlkd.visualization import png, statistics_plot

FINE = {'edges': [0.0, 1.0, 2.0], 'shares': [0.25, 0.75]}
STORE = {key: {'fine': FINE} for key in ('boxes_per_image', 'area', 'aspect', 'score')}


def test_a_histogram_of_each_kind_for_each_store():
    figure = statistics_plot({'one': STORE, 'two': {**STORE, 'score': None}})
    assert [len(axes.patches) for axes in figure.axes] == [2, 2, 2, 1]
    values, edges, _ = figure.axes[1].patches[0].get_data()
    assert (values.tolist(), edges.tolist()) == ([25, 75], [0, 1, 2])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ['one', 'two']
    assert [axes.get_ylabel() for axes in figure.axes] == ['images (%)', 'boxes (%)', 'boxes (%)', 'boxes (%)']
    assert png(figure, dpi=40).startswith(b'\x89PNG')


def test_nothing_to_draw():
    with pytest.raises(MLKDError, match='no statistics'):
        statistics_plot({})
