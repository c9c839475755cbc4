"""Heat, key points and cuts at the pixels of the image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mlkd.apis.cam_pictures import SeenClasses, strategy_of
from mlkd.apis.setup_config import setup_config
from mlkd.engine.recipe import Recipe
from mlkd.models.layers import KeyPointFinder
from mlkd.structures import MultiLabelDataSample

FOLDER = Path(__file__).parents[2] / 'configs' / 'oass'


def seen(raw: torch.Tensor, scores: tuple[float, ...] = (0.2, 0.7, 0.6)) -> SeenClasses:
    """A view of 64 x 64 of an image of 128 x 32 pixels (width, height)."""
    meta = {'img_shape': (64, 64), 'ori_shape': (32, 128), 'batch_input_shape': (64, 64), 'scale_factor': (0.5, 2.0)}
    return SeenClasses(raw, MultiLabelDataSample(metainfo=meta), (64, 64), np.array(scores))


def test_key_points_lie_at_the_pixels_of_the_image() -> None:
    raw = torch.full((3, 8, 8), -1.0)
    raw[1, 5, 2] = 3.0
    first, second = seen(raw).class_maps([1, 2], KeyPointFinder('cmax'))
    assert first.heat.shape == (32, 128)
    # Cell 5, 2 of 8 pixels has its middle at row 44, column 20 of the view, and the first of the four pixels around it.
    assert first.key_point == (2 * 19.0, 43 / 2)
    assert np.unravel_index(first.heat.argmax(), (32, 128)) == pytest.approx((21, 39), abs=1)
    assert (first.highest, second.highest) == (3, -1)
    assert (first.fell_back, second.fell_back) == (False, True)
    assert second.key_point == (64, 16)
    assert second.heat.max() == 0


def test_one_key_point_for_all_classes_or_none() -> None:
    raw = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(0))
    points = {one.key_point for one in seen(raw).class_maps([0, 2], KeyPointFinder('max'))}
    assert len(points) == 1
    assert points != {None}
    assert [one.key_point for one in seen(raw).class_maps([0], None)] == [None]


def test_likely_classes() -> None:
    raw = torch.zeros(3, 2, 2)
    assert seen(raw).likely(3) == [1, 2]
    assert seen(raw).likely(1) == [1]
    assert seen(raw, (0.1, 0.2, 0.3)).likely(3) == [2]


def test_the_strategy_is_that_of_the_stage() -> None:
    recipe = Recipe(setup_config(FOLDER / 'oass_mobilenetv1_voc07.py'))
    found = {stage: strategy_of(recipe, stage) for stage in ('baseline', 'puzzle', 'max', 'ctopk')}
    assert found == {'baseline': 'ctopkw', 'puzzle': 'centre', 'max': 'max', 'ctopk': 'ctopk'}
