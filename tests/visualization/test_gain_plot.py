from __future__ import annotations

import pytest

from mlkd.errors import MLKDError
from mlkd.visualization import gain_plot, png
from mlkd.visualization.gain_plot import short_count


def test_bars_are_sorted_by_gain_and_labels_carry_counts():
    axes = gain_plot(['cat', 'dog', 'fork'], [1.0, -2.0, 10.1], [1500, 20, 45174], 'with against without').axes[0]
    assert [bar.get_height() for bar in axes.patches] == [10.1, 1.0, -2.0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ['fork  45k', 'cat  1.5k', 'dog  20']
    assert axes.get_title(loc='left') == 'with against without: +3.0 points on average, 2 of 3 classes gain'


def test_equal_gains_are_in_order_of_names():
    axes = gain_plot(['b', 'a'], [1.0, 1.0], [1, 2], '').axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ['a  2', 'b  1']


def test_many_classes_can_be_drawn():
    figure = gain_plot([f'class {k}' for k in range(81)], list(range(81)), [10] * 81, '')
    assert figure.get_figwidth() > 15
    assert png(figure, dpi=40).startswith(b'\x89PNG')


@pytest.mark.parametrize(('count', 'text'), [(0, '0'), (999, '999'), (1000, '1.0k'), (9949, '9.9k'), (9950, '10k')])
def test_counts_are_short(count: int, text: str):
    assert short_count(count) == text


@pytest.mark.parametrize(('names', 'gains'), [([], []), (['a', 'b'], [1.0])])
def test_lengths_that_do_not_fit_are_an_error(names: list[str], gains: list[float]):
    with pytest.raises(MLKDError, match='do not fit'):
        gain_plot(names, gains, [1] * len(names), '')
