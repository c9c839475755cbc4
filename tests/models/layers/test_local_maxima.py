from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from mlkd.models.layers import local_maxima


def random_maps(count: int, size: tuple[int, int], sigma: float, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(count, *size))
    return np.stack([ndimage.gaussian_filter(one, sigma) for one in noise]).astype(np.float32)


@pytest.mark.parametrize(('size', 'distance', 'sigma'), [((64, 80), 5, 1.5), ((96, 64), 3, 3.0), ((40, 40), 8, 0.0)])
def test_equal_to_scikit_image(size: tuple[int, int], distance: int, sigma: float) -> None:
    feature = pytest.importorskip('skimage.feature')
    maps = random_maps(20, size, sigma)
    for count in (4, 60):
        points, there = local_maxima(torch.from_numpy(maps), distance, count)
        for one, found, valid in zip(maps, points, there, strict=True):
            expected = feature.peak_local_max(one, min_distance=distance, num_peaks=count)
            assert found[valid].tolist() == expected.tolist()
            assert not found[~valid].any()


def test_equal_to_scikit_image_with_plateaus_and_ties() -> None:
    feature = pytest.importorskip('skimage.feature')
    maps = np.random.default_rng(1).integers(0, 4, (30, 30, 34)).astype(np.float32)
    points, there = local_maxima(torch.from_numpy(maps), 3, 80)
    for one, found, valid in zip(maps, points, there, strict=True):
        assert found[valid].tolist() == feature.peak_local_max(one, min_distance=3).tolist()


def test_flat_maps_and_maps_smaller_than_the_border_have_none() -> None:
    for maps in (torch.zeros(2, 32, 32), torch.ones(2, 32, 32), torch.rand(2, 8, 9)):
        assert not local_maxima(maps, 5, 3)[1].any()


def test_no_maps() -> None:
    points, there = local_maxima(torch.zeros(0, 32, 32), 5, 3)
    assert (points.shape, there.shape) == ((0, 3, 2), (0, 3))
