from __future__ import annotations

import torch

from mlkd.models.necks import LastMap
from mlkd.registry import MODELS


def test_the_last_map_as_it_is() -> None:
    maps = torch.randn(2, 3, 8, 8), torch.randn(2, 5, 4, 2)
    neck = MODELS.build({'type': 'LastMap'})
    assert neck(maps) is maps[1]
    assert neck(list(maps)) is maps[1]
    assert neck(maps[0]) is maps[0]


def test_grids_of_rois_are_averaged() -> None:
    grid = torch.arange(24.0).reshape(2, 3, 2, 2)
    # 0, 1, 2, 3 have the mean 1.5, and so on.
    assert LastMap().roi_embed(grid).tolist() == [[1.5, 5.5, 9.5], [13.5, 17.5, 21.5]]
