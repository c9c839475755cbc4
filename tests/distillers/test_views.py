"""The view that each network has of a batch."""

from __future__ import annotations

import pytest
import torch
from mmengine.model import BaseModel
from torch import nn

from mlkd.distillers import FrameBatch
from mlkd.distillers.views import make_view
from mlkd.errors import ConfigError
from mlkd.registry import MODELS


@pytest.fixture
def student(student_cfg: dict) -> BaseModel:
    torch.manual_seed(0)
    return MODELS.build(student_cfg).eval()


def test_view_of_some_images(student: BaseModel, batch: FrameBatch) -> None:
    view = make_view(student, batch)
    part = view.of(torch.tensor([2, 0]))
    assert torch.equal(part.inputs, view.inputs[[2, 0]])
    assert [sample.img_path for sample in part.samples] == ['0.jpg', '4.jpg']


def test_network_without_a_preprocessor_is_named(batch: FrameBatch) -> None:
    with pytest.raises(ConfigError, match=r'Identity cannot be given a view'):
        make_view(nn.Identity(), batch)


def test_a_preprocessor_of_others_writes_into_copies(batch: FrameBatch) -> None:
    class Writes(nn.Module):
        def forward(self, data: dict, training: bool = False) -> dict:
            for sample in data['data_samples']:
                sample.set_metainfo({'pad_shape': (1, 1)})
            return {'inputs': torch.stack(list(data['inputs'])).float(), 'data_samples': data['data_samples']}

    network = nn.Module()
    network.data_preprocessor = Writes()
    view = make_view(network, batch)
    assert all(sample.pad_shape == (1, 1) for sample in view.samples)
    assert not any('pad_shape' in sample for sample in batch.samples)


def test_keys_are_those_of_pixels_and_size() -> None:
    frames = [torch.zeros(3, 2, 6, dtype=torch.uint8), torch.zeros(3, 6, 2, dtype=torch.uint8)]
    same = [frames[0].clone(memory_format=torch.contiguous_format), frames[1].permute(0, 2, 1)]
    first, second = FrameBatch(frames, []).keys
    assert first != second
    assert {len(first), len(second)} == {16}
    assert FrameBatch(same, []).keys == [first, first]
    changed = frames[0].clone()
    changed[2, 1, 5] = 1
    assert FrameBatch([changed], []).keys != [first]
