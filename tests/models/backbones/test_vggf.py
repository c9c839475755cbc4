from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mlkd.errors import CheckpointError
from mlkd.models.backbones import VGGF
from mlkd.models.necks import FC67
from mlkd.models.utils import load_weights

#: Chatfield et al. (2014), Table 1: channels out, side, channels in.
PUBLISHED = {'conv1': (64, 11, 3), 'conv2': (256, 5, 64), 'conv3': (256, 3, 256), 'conv4': (256, 3, 256)}
PUBLISHED['conv5'] = PUBLISHED['conv4']


def caffe_state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    state = {}
    for name, (out, side, channels) in PUBLISHED.items():
        state[f'{name}.weight'] = torch.randn(out, channels, side, side) * (side * side * channels / 2) ** -0.5
        state[f'{name}.bias'] = torch.randn(out) * 0.1
    return {**state, 'fc8.weight': torch.ones(2, 2)}


def lrn_by_hand(x: torch.Tensor) -> torch.Tensor:
    """x / (2 + 1e-4 * sum of the squares of five channels) ^ 0.75."""
    squares = F.pad(x.double() ** 2, (0, 0, 0, 0, 2, 2))
    total = sum(squares[:, i : i + x.shape[1]] for i in range(5))
    return x / (2 + 1e-4 * total).float() ** 0.75


def caffe_pool(x: torch.Tensor) -> torch.Tensor:
    """3 x 3, stride 2; windows that leave the map count, as in Caffe."""
    h, w = x.shape[2:]
    rows, columns = (-(-(n - 3) // 2) + 1 for n in (h, w))
    cells = [[x[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].amax((2, 3)) for j in range(columns)] for i in range(rows)]
    return torch.stack([torch.stack(row, -1) for row in cells], -2)


def test_parameters_of_the_published_network() -> None:
    """60.8 million with fc8; 2,203,392 of them in convolutions."""
    backbone, fc = VGGF(), FC67(in_channels=256, roi_size=6)
    sizes = {name: parameter.numel() for name, parameter in backbone.named_parameters()}
    for name, (out, side, channels) in PUBLISHED.items():
        assert sizes[f'{name}.conv.weight'] == out * side * side * channels
        assert sizes[f'{name}.conv.bias'] == out
    convolutions, connected = sum(sizes.values()), sum(parameter.numel() for parameter in fc.parameters())
    assert convolutions == 2_203_392
    assert (fc.fc6.in_features, fc.fc6.out_features) == (9216, 4096)
    assert convolutions + connected + 1000 * 4097 == 60_834_536


def test_sizes_of_the_published_network() -> None:
    """224 pixels: 54, 27, 13, 13, 13 cells, which pool5 would make 6."""
    backbone, seen = VGGF(), {}
    for name in PUBLISHED:
        backbone.get_submodule(name).register_forward_hook(lambda m, i, o, name=name: seen.update({name: o.shape[2]}))
    (out,) = backbone(torch.rand(1, 3, 224, 224))
    assert list(seen.values()) == [54, 27, 13, 13, 13]
    assert F.max_pool2d(out, 3, 2, ceil_mode=True).shape == (1, 256, 6, 6)


@torch.no_grad()
def test_output_is_that_of_the_layers_one_by_one(tmp_path: Path) -> None:
    state = caffe_state()
    torch.save(state, tmp_path / 'vggf.pth')
    backbone = VGGF(init_cfg={'type': 'WeightFile', 'checkpoint': str(tmp_path / 'vggf.pth')})
    backbone.init_weights()
    wanted = image = torch.rand(1, 3, 131, 99) * 200 - 100
    for index, (stride, padding) in enumerate([(4, 0), (1, 2), (1, 1), (1, 1), (1, 1)], start=1):
        weights = state[f'conv{index}.weight'], state[f'conv{index}.bias']
        wanted = F.conv2d(wanted, *weights, stride, padding).relu()
        wanted = caffe_pool(lrn_by_hand(wanted)) if index < 3 else wanted
    torch.testing.assert_close(backbone.eval()(image)[0], wanted, rtol=1e-4, atol=1e-4)
    assert wanted.std() > 0.1


def test_first_cell_looks_at_pixel_18() -> None:
    """1-based; its receptive field begins before the image, as conv2 to conv5 pad."""
    backbone = VGGF()
    for parameter in backbone.parameters():
        torch.nn.init.constant_(parameter, 1e-3)
    image = torch.rand(1, 3, 300, 300, requires_grad=True)
    rows = []
    for cell in (5, 6):
        image.grad = None
        backbone(image)[0][0, :, cell, 8].sum().backward()
        touched = image.grad.abs().sum((0, 1, 3)).nonzero().flatten() + 1
        rows.append((touched.min().item(), touched.max().item()))
    (low, high), (next_low, _) = rows
    assert next_low - low == 16
    assert high - low + 1 <= 163 + 16  # max pooling passes on the gradient of one cell of three
    assert abs((low + high) / 2 - (18 + 16 * 5)) <= 8


def test_frozen_stages_do_not_train() -> None:
    backbone = VGGF(frozen_stages=2).train()
    trains = {name.split('.')[0] for name, parameter in backbone.named_parameters() if parameter.requires_grad}
    assert trains == {'conv3', 'conv4', 'conv5'}
    backbone(torch.rand(1, 3, 64, 64))[0].sum().backward()
    assert backbone.conv2.conv.weight.grad is None


def test_tensor_of_another_shape_is_named(tmp_path: Path) -> None:
    state = {**caffe_state(), 'conv1.weight': torch.ones(96, 3, 7, 7)}  # VGG-M's
    torch.save(state, tmp_path / 'w.pth')
    with pytest.raises(CheckpointError, match=r'conv1\.weight \(96, 3, 7, 7\) instead of \(64, 3, 11, 11\)'):
        load_weights(VGGF(), tmp_path / 'w.pth')


def test_smallest_image() -> None:
    assert VGGF()(torch.from_numpy(np.zeros((1, 3, 43, 43), np.float32)))[0].shape == (1, 256, 2, 2)
