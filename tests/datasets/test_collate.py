"""Batches that come from other processes in shared memory that is used again."""

from __future__ import annotations

import copy
import gc
import os
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from mlkd.datasets.collate import frame_collate
from mlkd.structures import MultiLabelDataSample


class Frames(Dataset):
    """Frame i is full of the number i."""

    def __init__(self, sizes: list[tuple[int, int]]) -> None:
        self.sizes = sizes

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, index: int) -> dict[str, Any]:
        sample = MultiLabelDataSample(metainfo={'img_key': str(index)}).set_gt_label([index % 2, 1])
        return {'inputs': torch.full((3, *self.sizes[index]), index, dtype=torch.uint8), 'data_samples': sample}


def loader(sizes: list[tuple[int, int]], workers: int, **kwargs: Any) -> DataLoader:
    return DataLoader(Frames(sizes), batch_size=4, num_workers=workers, collate_fn=frame_collate, **kwargs)


@pytest.mark.parametrize('workers', [0, 1, 2])
@pytest.mark.parametrize('same', [True, False])
def test_every_frame_arrives_as_it_was(workers: int, same: bool) -> None:
    sizes = [(8, 8) if same else (4 + i % 3, 5) for i in range(10)]
    seen = 0
    for batch in loader(sizes, workers):
        for frame, sample in zip(batch['inputs'], batch['data_samples'], strict=True):
            assert frame.dtype == torch.uint8
            assert tuple(frame.shape) == (3, *sizes[seen])
            assert (frame == seen).all()
            assert (sample.img_key, sample.gt_label.tolist()) == (str(seen), [seen % 2, 1])
            seen += 1
    assert seen == len(sizes)


def test_frames_that_somebody_holds_are_not_written_over() -> None:
    """More batches than there are buffers, all held to the end, over two epochs of workers that stay."""
    source = loader([(8, 8)] * 80, 2, persistent_workers=True)
    held = [frame for _ in range(2) for batch in source for frame in batch['inputs']]
    assert [int(frame.unique()) for frame in held] == [*range(80), *range(80)]


def test_a_view_or_an_array_of_a_frame_holds_it_too() -> None:
    source = iter(loader([(8, 8)] * 200, 1))
    first = next(source)
    view, array = first['inputs'][1][0, :2], first['inputs'][2].numpy()
    copied = copy.deepcopy(first['inputs'][3])
    del first
    for batch in source:
        del batch
    assert (view == 1).all()
    assert (array == 2).all()
    assert (copied == 3).all()


def test_a_process_forked_meanwhile_does_not_free_what_the_first_holds() -> None:
    """As workers of a validation loader are, while a batch of training is in use."""
    source = iter(loader([(8, 8)] * 200, 1))
    first = next(source)
    child = os.fork()
    if child == 0:
        first.clear()
        gc.collect()
        os._exit(0)
    os.waitpid(child, 0)
    for batch in source:
        del batch
    assert [int(frame.unique()) for frame in first['inputs']] == [0, 1, 2, 3]


def test_epochs_that_are_left_early() -> None:
    """What was on its way then is not mixed up with what is sent for the next epoch."""
    source = loader([(8, 8)] * 60, 2, persistent_workers=True)
    for _ in range(6):
        batches = iter(source)
        held = [next(batches) for _ in range(4)]
        assert [int(frame.unique()) for batch in held for frame in batch['inputs']] == list(range(16))


def test_buffers_are_used_again() -> None:
    """Or there would be no use in them: no more than eight for fifty batches that are let go at once."""
    places = {batch['inputs'].untyped_storage().data_ptr() for batch in loader([(8, 8)] * 200, 1)}
    assert len(places) <= 8


def test_pinned_memory() -> None:
    if not torch.cuda.is_available():
        pytest.skip('memory is pinned where there is a GPU')
    source = loader([(8, 8)] * 80, 2, pin_memory=True)
    held = [frame for batch in source for frame in batch['inputs']]
    assert all(frame.is_pinned() for frame in held)
    assert [int(frame.unique()) for frame in held] == list(range(80))


class Views(Frames):
    """Each sample in two views."""

    def __getitem__(self, index: int) -> dict[str, Any]:
        packed = super().__getitem__(index)
        frame = packed['inputs']
        return {'inputs': [frame, 255 - frame[:, :3]], 'data_samples': [packed['data_samples']] * 2}


@pytest.mark.parametrize('workers', [0, 1])
def test_views_arrive_view_by_view(workers: int) -> None:
    source = DataLoader(Views([(8, 5)] * 3), batch_size=2, num_workers=workers, collate_fn=frame_collate)
    seen = []
    for batch in source:
        plain, other = batch['inputs']
        assert [tuple(frame.shape) for frame in other] == [(3, 3, 5)] * len(plain)
        assert [int(frame.unique()) for frame in other] == [255 - int(frame.unique()) for frame in plain]
        seen += [int(frame.unique()) for frame in plain]
        assert [sample.img_key for sample in batch['data_samples'][1]] == [str(int(f.unique())) for f in plain]
    assert seen == [0, 1, 2]
