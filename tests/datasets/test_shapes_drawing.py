from __future__ import annotations

import numpy as np
import pytest

from mlkd.datasets.shapes_drawing import draw, visible_parts
from mlkd.datasets.shapes_forms import FORMS
from mlkd.datasets.shapes_scene import Scene, Stroke, Thing


def square(centre: tuple[float, float], radius: float = 0.25 * 2**0.5, label: int = 0, name: str = 'square') -> Thing:
    """Of side 0.5 unless said otherwise."""
    return Thing(label, FORMS[name], centre, radius, 0.0, False, ((10, 200, 30), (240, 20, 250)))


def scene(*things: Thing, above: tuple[Stroke, ...] = (), noise: float = 0.0) -> Scene:
    waves = np.zeros((3, 3), np.float32)
    return Scene(((100, 100, 100), (100, 100, 100)), waves, (), things, above, noise, 7)


def test_a_square_on_plain_ground() -> None:
    image = draw(scene(square((0.5, 0.5))), 64)
    assert (image.shape, image.dtype) == ((64, 64, 3), np.uint8)
    inside = (image == (10, 200, 30)).all(2)
    outside = (image == 100).all(2)
    assert inside[18:46, 18:46].all()
    assert outside[:14].all()
    assert outside[:, 50:].all()


def test_boxes_and_shares_by_hand() -> None:
    boxes, shares = visible_parts(scene(square((0.25, 0.5)), square((0.75, 0.5)), square((0.5, 0.5))), 64)
    # The last covers the right half of the first and the left half of the second.
    np.testing.assert_allclose(boxes, [[0, 16, 16, 48], [48, 16, 64, 48], [16, 16, 48, 48]], atol=1)
    np.testing.assert_allclose(shares, [0.5, 0.5, 1], atol=0.05)
    assert (boxes.dtype, shares.dtype) == (np.float32, np.float64)


def test_what_is_covered_has_no_box() -> None:
    boxes, shares = visible_parts(scene(square((0.5, 0.5), 0.2), square((0.5, 0.5))), 64)
    assert boxes[0].tolist() == [0, 0, 0, 0]
    assert shares.tolist() == [0, 1]


def test_strokes_above_hide_and_holes_do_not() -> None:
    line = Stroke(np.array([[0.0, 0.5], [1.0, 0.5]]), 0.125, (0, 0, 0))
    _, shares = visible_parts(scene(square((0.5, 0.5)), above=(line,)), 64)
    assert shares[0] == pytest.approx(1 - 8 / 32, abs=0.05)
    # Through a ring the thing below is seen.
    _, shares = visible_parts(scene(square((0.5, 0.5), 0.1), square((0.5, 0.5), 0.4, name='ring')), 64)
    assert shares.tolist() == [1, 1]


@pytest.mark.parametrize('name', ['striped disc', 'checkered square', 'dotted triangle'])
def test_textures_have_both_colours_and_stay_inside(name: str) -> None:
    image = draw(scene(square((0.5, 0.5), 0.4, name=name)), 128)
    for colour in ((10, 200, 30), (240, 20, 250)):
        assert (np.abs(image.astype(int) - colour).max(2) <= 2).sum() > 100
    assert (image[:, :10] == 100).all()
    assert (image[-10:] == 100).all()


def test_noise_is_bounded_and_its_seed_is_the_scenes() -> None:
    plain, noisy = draw(scene(), 64), draw(scene(noise=20.0), 64)
    difference = noisy.astype(int) - plain
    assert 15 < np.abs(difference).max() <= 20
    assert abs(difference.mean()) < 1
    np.testing.assert_array_equal(noisy, draw(scene(noise=20.0), 64))
