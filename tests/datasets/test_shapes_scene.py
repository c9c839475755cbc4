from __future__ import annotations

import math

import numpy as np
import pytest

from mlkd.datasets import shapes_scene
from mlkd.datasets.shapes_forms import Form
from mlkd.datasets.shapes_labels import draw_labels
from mlkd.datasets.shapes_scene import RADII, Thing, compose

RIGHT = Form((np.array([[1.0, 0.0], [0.0, 0.5], [-1.0, 0.0]]),))


def thing(**changes: object) -> Thing:
    facts = {'label': 0, 'form': RIGHT, 'centre': (0.5, 0.25), 'radius': 0.1, 'angle': 0.0, 'mirrored': False}
    return Thing(**{**facts, 'colours': ((0, 0, 0), (9, 9, 9)), **changes})  # type: ignore[arg-type]


def test_contours_are_scaled_turned_clockwise_and_mirrored() -> None:
    np.testing.assert_allclose(thing().contours(100)[0], [[60, 25], [50, 30], [40, 25]])
    # y points down: from right to down is clockwise.
    np.testing.assert_allclose(thing(angle=math.pi / 2).contours(100)[0], [[50, 35], [45, 25], [50, 15]])
    np.testing.assert_allclose(thing(mirrored=True).contours(100)[0], [[40, 25], [50, 30], [60, 25]])


@pytest.mark.parametrize('seed', range(5))
def test_a_scene_is_its_seed_and_has_its_labels(seed: int) -> None:
    scene = compose(np.random.default_rng(seed))
    again = compose(np.random.default_rng(seed))
    assert [each.centre for each in scene.things] == [each.centre for each in again.things]
    assert (scene.ground, scene.noise_seed) == (again.ground, again.noise_seed)
    expected = draw_labels(np.random.default_rng(seed))
    assert np.flatnonzero(scene.labels()).tolist() == expected
    assert scene.labels().dtype == np.int8
    for each in scene.things:
        assert RADII[0] <= each.radius <= RADII[1]
        assert all(each.radius <= c <= 1 - each.radius for c in each.centre)
        assert each.form.texture == 'plain' or each.radius >= shapes_scene.TEXTURED_RADIUS
        assert abs(math.degrees(each.angle)) <= shapes_scene.TILT


def test_what_is_taken_out_is_no_label_any_more() -> None:
    scene = compose(np.random.default_rng(0))
    label = scene.things[0].label if scene.things[0].label >= 0 else scene.things[1].label
    positions = [i for i, each in enumerate(scene.things) if each.label == label]
    less = scene.without(positions)
    assert len(less.things) == len(scene.things) - len(positions)
    assert (scene.labels()[label], less.labels()[label]) == (1, 0)


def test_the_first_colour_that_is_far_from_all_others_or_the_farthest() -> None:
    pick = shapes_scene._contrasting
    assert pick([(0, 0, 0), (50, 50, 51), (255, 255, 255)], [(0, 0, 0)]) == (50, 50, 51)
    assert pick([(0, 0, 0), (9, 0, 0), (5, 0, 0)], [(0, 0, 0)]) == (9, 0, 0)
    assert pick([(200, 0, 0), (0, 200, 0)], [(200, 0, 0), (90, 90, 0)]) == (0, 200, 0)
