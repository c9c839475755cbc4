"""Edges from the gradient: strength, direction, thinning."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mlkd.proposals.generators.image_edges import gradient_edges, thin_edges


def _step(degrees: float, low: tuple = (40, 40, 40), high: tuple = (220, 220, 220)) -> np.ndarray:
    """A straight edge through the middle of 61 x 61 pixels whose normal has this angle from the x axis, y down."""
    y, x = np.mgrid[-30:31, -30:31]
    side = x * np.cos(np.deg2rad(degrees)) + y * np.sin(np.deg2rad(degrees)) > 1e-6
    return np.where(side[..., None], np.array(high), np.array(low)).astype(np.uint8)


@pytest.mark.parametrize('degrees', [0, 30, 45, 90, 120, 150])
def test_angle_is_that_of_the_normal(degrees: float) -> None:
    strength, normal = gradient_edges(_step(degrees))
    middle = normal[25:36, 25:36][strength[25:36, 25:36] > 0.5]
    off = (np.rad2deg(middle) - degrees + 90) % 180 - 90
    assert abs(off).max() < 3
    assert normal.min() >= 0
    assert normal.max() <= np.pi
    assert strength.dtype == normal.dtype == np.float32


def test_same_angle_as_that_of_opencv_for_thin_lines() -> None:
    """As ``StructuredEdgeDetection.computeOrientation``: of a line x = y (y down) the normal is at 3/4 pi."""
    image = np.zeros((61, 61, 3), np.uint8)
    cv2.line(image, (0, 0), (60, 60), (255, 255, 255), 3)
    strength, normal = gradient_edges(image)
    assert np.median(normal[strength > 0.5]) == pytest.approx(3 * np.pi / 4, abs=0.05)


def test_strength_grows_with_contrast_up_to_one_and_a_plain_image_has_none() -> None:
    peaks = [gradient_edges(_step(0, high=(value,) * 3))[0].max() for value in (40, 60, 80, 255)]
    assert peaks[0] == pytest.approx(0, abs=1e-3)
    assert peaks == sorted(peaks)
    assert 0.05 < peaks[1] < peaks[2] < 1
    assert 0.75 < peaks[3] <= 1


def test_colours_of_the_same_lightness_have_an_edge() -> None:
    grey = cv2.cvtColor(np.float32([[[60, 0, 0]]]), cv2.COLOR_Lab2BGR)[0, 0] * 255
    red = cv2.cvtColor(np.float32([[[60, 40, 20]]]), cv2.COLOR_Lab2BGR)[0, 0] * 255
    assert gradient_edges(_step(0, tuple(grey), tuple(red)))[0].max() > 0.3


def test_thin_edges_are_a_pixel_wide_where_the_step_is() -> None:
    strength, normal = gradient_edges(_step(0, (100, 100, 100), (120, 120, 120)))
    thin = thin_edges(strength, normal)
    rows = thin[10:50] > 0.2 * thin.max()
    assert (rows.sum(1) <= 2).all()
    assert set(np.nonzero(rows)[1].tolist()) <= {30, 31}
    assert (strength > 0.2 * strength.max()).sum(1)[30] > 4
    assert thin.dtype == np.float32
