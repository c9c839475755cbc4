from __future__ import annotations

import pytest
import torch
from mmengine.optim import OptimWrapper

from mlkd.registry import PARAM_SCHEDULERS


def test_factors_of_the_published_schedule() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    config = {'type': 'PolyToEndLR', 'power': 0.9, 'end': 15, 'by_epoch': True, 'convert_to_iter_based': True}
    scheduler = PARAM_SCHEDULERS.build(
        {**config, 'optimizer': OptimWrapper(optimizer)}, default_args={'epoch_length': 330}
    )
    factors = []
    for _ in range(4950):
        factors.append(optimizer.param_groups[0]['lr'] / 0.1)
        optimizer.step()
        scheduler.step()
    for t in (0, 1, 330, 2475, 4949):
        assert factors[t] == pytest.approx((1 - t / 4950) ** 0.9, rel=1e-6)
    assert [factors[0], factors[330], factors[2475]] == pytest.approx([1, 0.93979, 0.53589], abs=5e-6)
