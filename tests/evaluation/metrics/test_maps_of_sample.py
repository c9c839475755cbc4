from __future__ import annotations

import numpy as np
import pytest
import torch

from mlkd.errors import DataError, MLKDError
from mlkd.evaluation.metrics.maps_of_sample import checked_maps


def test_maps_come_back_as_a_tensor() -> None:
    maps = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    assert torch.equal(checked_maps(maps, [0, 2], 'a.jpg'), torch.from_numpy(maps))
    assert checked_maps(maps, [], 'a.jpg').shape == (3, 2, 2)


@pytest.mark.parametrize('label', [-1, 3])
def test_a_label_without_a_map_is_an_error_that_names_the_image(label: int) -> None:
    with pytest.raises(DataError, match='does not know') as caught:
        checked_maps(torch.zeros(3, 2, 2), [1, label], 'a.jpg')
    assert (caught.value.where, caught.value.found, caught.value.expected) == ('a.jpg', f'class {label}', '0 to 2')


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_maps_that_are_not_finite_are_an_error(value: float) -> None:
    maps = torch.zeros(2, 2, 2)
    maps[0, 1, 1] = value
    with pytest.raises(MLKDError, match='not finite') as caught:
        checked_maps(maps, [1], 'a.jpg')
    assert caught.value.found == '1 of 8 values'
