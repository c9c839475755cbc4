from __future__ import annotations

import pytest
from mmengine.dataset import DefaultSampler
from torch.utils.data import DataLoader

from mlkd.engine.samplers import ResumableBatchSampler, resumable


@pytest.mark.parametrize('workers', [0, 2])
@pytest.mark.parametrize('skipped', [0, 1, 3, 4])
def test_skips_without_loading(workers: int, skipped: int) -> None:
    sampler = ResumableBatchSampler(DefaultSampler(range(10), shuffle=False), 3)
    loader = DataLoader(range(10), batch_sampler=sampler, num_workers=workers, collate_fn=list)
    batches = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]
    sampler.skip(skipped)
    assert list(loader) == batches[skipped:]
    assert list(loader) == batches
    assert len(loader) == 4


def test_shuffles_by_epoch() -> None:
    sampler = ResumableBatchSampler(DefaultSampler(range(10), seed=0), 10)
    first = list(sampler)
    assert list(sampler) == first
    sampler.sampler.set_epoch(1)
    assert list(sampler) != first


def test_limit() -> None:
    sampler = ResumableBatchSampler(range(10), 3, limit=2)
    assert (len(sampler), sampler.full_length, list(sampler)) == (2, 4, [[0, 1, 2], [3, 4, 5]])
    assert len(ResumableBatchSampler(range(10), 3, drop_last=True)) == 3
    assert len(ResumableBatchSampler(range(3), 3, limit=2)) == 1
    assert ResumableBatchSampler(range(6), 3, limit=2, full_length=9).full_length == 9


def test_config() -> None:
    plain = {'batch_size': 4, 'drop_last': True}
    once = resumable(plain)
    assert once == {'batch_size': 4, 'batch_sampler': {'type': 'ResumableBatchSampler', 'drop_last': True}}
    assert plain == {'batch_size': 4, 'drop_last': True}
    assert resumable(once, limit=3)['batch_sampler'] == {**once['batch_sampler'], 'limit': 3}
    other = resumable({'batch_size': 4, 'batch_sampler': {'type': 'AspectRatioBatchSampler'}})
    assert other['batch_sampler'] == {'type': 'ResumableBatchSampler', 'inner': {'type': 'AspectRatioBatchSampler'}}
