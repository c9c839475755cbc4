"""Frames that are written where they are sent from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from mlkd.datasets import frame_buffers
from mlkd.datasets.collate import frame_collate
from mlkd.datasets.frame_buffers import new_frame
from mlkd.datasets.transforms import Warp
from mlkd.datasets.transforms.pack import as_frame
from mlkd.structures import MultiLabelDataSample


class Warped(Dataset):
    """Image i is full of the number i, and warped; the label says whether its pixels were asked for with success."""

    def __init__(self, length: int, sizes: tuple[int, ...] = (6,)) -> None:
        self.length, self.sizes = length, sizes

    def __len__(self) -> int:
        return self.length

    def image(self, index: int) -> np.ndarray:
        img = np.full((5, 4, 3), index, np.uint8)
        results = {'img': img, 'img_shape': (5, 4), 'ori_shape': (5, 4)}
        return Warp(self.sizes[index % len(self.sizes)]).transform(results)['img']

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.packed(self.image(index))

    def packed(self, img: np.ndarray) -> dict[str, Any]:
        filling = frame_buffers._filling
        place = torch.from_numpy(img).data_ptr() - (filling.memory.data_ptr() if filling else 0)
        there = filling is not None and 0 <= place < filling.size
        return {'inputs': as_frame(img), 'data_samples': MultiLabelDataSample().set_gt_label([int(there)])}


class Keeper(Warped):
    """Keeps a part of every third image, as a transform that mixes images does, and shows the parts at the end."""

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.kept: list[np.ndarray] = []

    def __getitem__(self, index: int) -> dict[str, Any]:
        img = self.image(index)
        if index % 3 == 0:
            self.kept.append(img[1:4])
        if index == self.length - 1:
            assert [np.unique(part).tolist() for part in self.kept] == [[i] for i in range(0, self.length, 3)]
        return self.packed(img)


class Mirrored(Warped):
    """Does something to the image after it was warped, but for the first of a batch."""

    def __getitem__(self, index: int) -> dict[str, Any]:
        img = self.image(index)
        return self.packed(np.ascontiguousarray(img[:, ::-1]) if index % 4 else img)


def values(source: DataLoader) -> list[int]:
    return [int(frame.unique()) for batch in source for frame in batch['inputs']]


def test_outside_of_data_loading_there_is_no_such_memory() -> None:
    assert new_frame(4, 4, 3) is None


def test_frames_are_written_where_they_are_sent_from() -> None:
    """From the second batch on, when it is known how large a batch is."""
    source = DataLoader(Warped(40), batch_size=4, num_workers=1, collate_fn=frame_collate)
    there = [int(sample.gt_label) for batch in source for sample in batch['data_samples']]
    assert there == [0] * 4 + [1] * 36


@pytest.mark.parametrize('workers', [1, 2])
@pytest.mark.parametrize('sizes', [(6,), (6, 3), (3, 9, 4)])
@pytest.mark.parametrize('kind', [Warped, Mirrored])
def test_they_hold_what_was_written(kind: type[Warped], sizes: tuple[int, ...], workers: int) -> None:
    """Of one size and of several, all sent from there or some copied."""
    source = DataLoader(kind(90, sizes), 4, num_workers=workers, collate_fn=frame_collate, persistent_workers=True)
    for _ in range(2):
        assert values(source) == list(range(90))


def test_held_batches_are_not_written_over() -> None:
    source = DataLoader(Warped(120), batch_size=4, num_workers=1, collate_fn=frame_collate)
    held = [frame for batch in source for frame in batch['inputs']]
    assert [int(frame.unique()) for frame in held] == list(range(120))


def test_what_a_transform_keeps_is_not_written_over() -> None:
    assert values(DataLoader(Keeper(91), batch_size=4, num_workers=1, collate_fn=frame_collate)) == list(range(91))


def test_an_image_of_other_numbers_takes_its_own_memory() -> None:
    results = {'img': np.ones((4, 4, 3), np.float32), 'img_shape': (4, 4), 'ori_shape': (4, 4)}
    assert Warp(2).transform(results)['img'].dtype == np.float32
