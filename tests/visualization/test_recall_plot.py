from __future__ import annotations

import pytest

from mlkd.errors import MLKDError
from mlkd.visualization import png, recall_plot


def test_a_panel_for_each_view_and_a_line_for_each_store():
    lines = {'one': ([1, 10, 100], [10, 40, 70]), 'two': ([1, 10, 100], [20, 30, 40])}
    figure = recall_plot({'IoU 0.5': ('boxes', lines), '500 boxes': ('IoU', {'one': ([0.5, 0.9], [80, 20])})})
    first, second = figure.axes
    assert [line.get_label() for line in first.lines] == ['one', 'two']
    assert first.lines[1].get_ydata().tolist() == [20, 30, 40]
    assert len({line.get_color() for line in first.lines}) == 2
    assert (first.get_xscale(), second.get_xscale()) == ('log', 'linear')
    assert [text.get_text() for text in first.get_xticklabels()] == ['1', '3', '10', '30', '100']
    assert first.get_ylim() == (0, 100)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ['one', 'two']
    assert png(figure, dpi=40).startswith(b'\x89PNG')


def test_many_stores_can_be_told_apart():
    # Their names may look like formulas.
    lines = {f'a$b{{${index}': ([1, 2], [index, index]) for index in range(9)}
    figure = recall_plot({'a': ('boxes', lines)})
    assert png(figure, dpi=30).startswith(b'\x89PNG')
    axes = figure.axes[0]
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == 9


@pytest.mark.parametrize('panels', [{}, {'a': ('boxes', {})}])
def test_nothing_to_draw(panels: dict):
    with pytest.raises(MLKDError, match='no recall'):
        recall_plot(panels)
