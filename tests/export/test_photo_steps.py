"""Transforms of a test as operations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from mlkd.errors import ConfigError
from mlkd.export.photo_steps import photo_steps
from mlkd.published import PhotoPipeline

ENDS = ({'type': 'LoadImage'}, {'type': 'PackMultiLabel'})
RNG = np.random.default_rng(0)


def pipeline(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    return [ENDS[0], *steps, ENDS[1]]


@pytest.mark.parametrize(
    'steps',
    [
        (),
        ({'type': 'Warp', 'size': (24, 40)},),
        ({'type': 'Canvas', 'size': 50, 'fill': (1, 2, 3)},),
        ({'type': 'ResizeLongSide', 'sizes': 37}, {'type': 'Canvas', 'size': 40}),
        ({'type': 'ResizeShortSide', 'sizes': 30, 'max_long': 45},),
    ],
    ids=str,
)
@pytest.mark.parametrize('size', [(33, 61), (80, 20), (50, 50), (3, 200)])
def test_frames_are_those_of_the_pipeline(steps: tuple[dict[str, Any], ...], size: tuple[int, int]) -> None:
    photo = RNG.integers(0, 256, (*size, 3), dtype=np.uint8)
    expected = PhotoPipeline(pipeline(*steps))(photo)['inputs'].permute(1, 2, 0)
    found = photo_steps(pipeline(*steps))(torch.from_numpy(photo)[None])[0]
    assert torch.equal(found, expected)


@pytest.mark.parametrize(
    'step',
    [
        {'type': 'Warp', 'size': 24, 'antialias': True},
        {'type': 'ResizeLongSide', 'sizes': 24, 'bicubic': True},
        {'type': 'MirrorFlip', 'prob': 1.0},
    ],
    ids=str,
)
def test_what_cannot_be_part_of_a_graph_is_named(step: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r'pipeline\.1[\s\S]*--preprocessing view'):
        photo_steps(pipeline(step))
