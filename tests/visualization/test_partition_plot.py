"""The picture of a partition."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mlkd.errors import MLKDError
from mlkd.visualization import partition_plot, png

NAMES = ['dog', 'cat', 'the $sea$']


def test_names_and_frames() -> None:
    figure = partition_plot(np.eye(3), NAMES, (2, 1), 'Toy: 50% kept')
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == NAMES
    assert [label.get_text() for label in axes.get_xticklabels()] == NAMES
    frames = [(line.get_xdata()[0], line.get_xdata()[1]) for line in axes.get_lines()]
    assert frames == [(-0.5, 1.5), (1.5, 2.5)]
    assert len({label.get_color() for label in axes.get_yticklabels()}) == 2
    np.testing.assert_array_equal(axes.get_images()[0].get_array(), np.eye(3))
    assert png(figure).startswith(b'\x89PNG')


def test_names_of_many_labels_do_not_overlap() -> None:
    figure = partition_plot(np.zeros((80, 80)), [f'label {i}' for i in range(80)], (80,))
    figure.canvas.draw()
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert all(above.y0 > below.y0 + 0.8 * below.height for above, below in itertools.pairwise(boxes))


@pytest.mark.parametrize(('names', 'sizes'), [(NAMES[:2], (2,)), (NAMES, (2, 2)), ([], ())])
def test_what_cannot_be_drawn(names: list[str], sizes: tuple[int, ...]) -> None:
    with pytest.raises(MLKDError, match='as many of each'):
        partition_plot(np.zeros((len(sizes) and 3, 3)), names, sizes)
