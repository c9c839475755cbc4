from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
import pytest

from mlkd.datasets.shapes_forms import DECOYS, FORMS, Form

ALL = {**FORMS, **DECOYS}


def filled(form: Form, mirrored: bool = False) -> np.ndarray:
    """A form of radius 60 in an image of 128 pixels; 0 or 1."""
    image = np.zeros((128, 128), np.uint8)
    sign = np.array([-1 if mirrored else 1, 1])
    cv2.fillPoly(image, [np.round(64 + 60 * sign * contour).astype(np.int32) for contour in form.outline], 1)
    return image


@pytest.mark.parametrize('name', ALL)
def test_contours_fill_the_unit_circle_and_stay_in_it(name: str) -> None:
    for contour in ALL[name].outline:
        assert contour.dtype == np.float64
        assert contour.shape[1:] == (2,)
    reach = np.hypot(*np.concatenate(ALL[name].outline).T).max()
    assert reach == pytest.approx(1)
    assert ALL[name].texture in ('plain', 'stripes', 'dots', 'checks')


@pytest.mark.parametrize('name', ['ring', 'frame'])
def test_a_second_contour_is_a_hole(name: str) -> None:
    assert filled(FORMS[name])[64, 64] == 0
    assert filled(Form(FORMS[name].outline[:1]))[64, 64] == 1


def test_areas_by_hand() -> None:
    area = {name: filled(form).sum() / 60**2 for name, form in ALL.items()}
    assert area['square'] == pytest.approx(2, rel=0.03)
    assert area['disc'] == pytest.approx(np.pi, rel=0.03)
    assert area['hexagon'] == pytest.approx(1.5 * 3**0.5, rel=0.03)
    assert area['ring'] == pytest.approx(np.pi * (1 - 0.58**2), rel=0.05)
    assert area['frame'] == pytest.approx(2 * (1 - 0.6**2), rel=0.05)


def test_no_two_look_alike_mirrored_or_not() -> None:
    drawn = {name: (form.texture, filled(form), filled(form, mirrored=True)) for name, form in ALL.items()}
    for (one, (texture, first, _)), (other, (another, *both)) in combinations(drawn.items(), 2):
        if texture == another:
            overlaps = [(first & second).sum() / (first | second).sum() for second in both]
            assert max(overlaps) < 0.95, (one, other)
