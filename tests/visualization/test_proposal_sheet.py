from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from mlkd.errors import MLKDError
from mlkd.visualization import ProposedImage, png, proposal_sheet


def item(count: int, caption: str = 'a.jpg') -> ProposedImage:
    boxes = np.array([[2 + i, 3, 12 + i, 9] for i in range(count)], float).reshape(-1, 4)
    return ProposedImage(np.zeros((20, 30, 3), np.uint8), boxes, np.linspace(1, 0, count), caption)


def test_boxes_lie_around_their_pixels_and_the_best_is_drawn_last():
    axes = proposal_sheet([item(5)], title='boxes').axes[0]
    boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    # Pixel 2 reaches from 1.5 to 2.5 in the coordinates of the axes.
    assert [patch.get_xy() for patch in boxes] == [(5.5, 2.5), (4.5, 2.5), (3.5, 2.5), (2.5, 2.5), (1.5, 2.5)]
    assert {(patch.get_width(), patch.get_height()) for patch in boxes} == {(10, 6)}
    assert len({patch.get_edgecolor() for patch in boxes}) == 5
    assert axes.get_title(loc='left') == 'a.jpg'


def test_a_place_has_one_colour_on_all_images():
    first, second = proposal_sheet([item(5), item(2)]).axes[:2]
    assert first.patches[-1].get_edgecolor() == second.patches[-1].get_edgecolor()


def test_images_without_boxes_and_odd_numbers_of_images():
    figure = proposal_sheet([item(0, f'{index}') for index in range(5)], columns=4)
    assert [axes.get_title(loc='left') for axes in figure.axes[:5]] == ['0', '1', '2', '3', '4']
    assert png(figure, dpi=30).startswith(b'\x89PNG')


def test_names_are_no_formulas():
    assert png(proposal_sheet([item(1, 'a$b{$.jpg')], title='c$d}$'), dpi=30).startswith(b'\x89PNG')


def test_no_image():
    with pytest.raises(MLKDError, match='no image'):
        proposal_sheet([])
