from __future__ import annotations

import math

import pytest

from mlkd.errors import MLKDError
from mlkd.visualization import class_precision_plot, png


def test_bars_by_class_the_best_of_the_last_network_first() -> None:
    networks = {'before': [10.0, 20.0, 30.0], 'after': [50.0, 70.0, math.nan]}
    figure = class_precision_plot(['cat', 'dog', 'emu'], networks, [7, 1200, 0])
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ['dog  1.2k', 'cat  7', 'emu  0']
    heights = [[bar.get_height() for bar in bars] for bars in axes.containers]
    assert heights[0] == [20.0, 10.0, 30.0]
    assert heights[1][:2] == [70.0, 50.0]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ['before', 'after']
    assert png(figure, dpi=30).startswith(b'\x89PNG')


def test_many_classes_go_on_below() -> None:
    names = [f'label {k}' for k in range(81)]
    figure = class_precision_plot(names, {'a': [float(k) for k in range(81)]}, [1] * 81)
    shown = [[label.get_text() for label in axes.get_xticklabels()] for axes in figure.axes]
    assert list(map(len, shown)) == [27, 27, 27]
    assert shown[0][0] == 'label 80  1'
    assert len({axes.get_xlim() for axes in figure.axes}) == 1


@pytest.mark.parametrize(('names', 'networks'), [([], {'a': []}), (['x'], {}), (['x'], {'a': [1.0, 2.0]})])
def test_what_does_not_fit_is_an_error(names: list[str], networks: dict) -> None:
    with pytest.raises(MLKDError, match='do not fit'):
        class_precision_plot(names, networks, [1] * len(names))
