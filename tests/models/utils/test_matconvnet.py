"""Weights of MatConvNet: order of axes, both generations of files, damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.io
import torch

from mlkd.errors import CheckpointError
from mlkd.models.backbones import VGGF
from mlkd.models.necks import FC67
from mlkd.models.utils import load_weights
from mlkd.models.utils.matconvnet import read_matconvnet

RNG = np.random.default_rng(0)


def filters(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


def layer(name: str, kernel: np.ndarray, old: bool = False) -> dict:
    biases = filters(kernel.shape[3])
    weights = np.empty(2, object)
    weights[:] = [kernel, biases.reshape(1, -1)]
    kept = {'filters': kernel, 'biases': biases.reshape(1, -1)} if old else {'weights': weights}
    return {'name': name, 'type': 'conv', 'stride': 1, **kept}


def write(path: Path, layers: list[dict]) -> Path:
    cells = np.empty(len(layers), object)
    cells[:] = layers
    scipy.io.savemat(path, {'layers': cells, 'normalization': {'imageSize': [224, 224, 3]}})
    return path


def vggf_layers(hidden: int) -> list[dict]:
    shapes = [(11, 11, 3, 64), (5, 5, 64, 256), (3, 3, 256, 256), (3, 3, 256, 256), (3, 3, 256, 256)]
    layers = [layer(f'conv{i}', filters(*shape)) for i, shape in enumerate(shapes, start=1)]
    relu = {'name': 'relu1', 'type': 'relu'}
    fc = [layer('fc6', filters(6, 6, 256, hidden)), layer('fc7', filters(1, 1, hidden, hidden))]
    return [layers[0], relu, *layers[1:], *fc, layer('fc8', filters(1, 1, hidden, 10))]


def test_a_published_file_fills_backbone_and_head(tmp_path: Path) -> None:
    layers = vggf_layers(hidden=8)
    path = write(tmp_path / 'imagenet-vgg-f.mat', layers)
    backbone, head = VGGF(), FC67(in_channels=256, roi_size=6, hidden_channels=8, dropout=0.0)
    load_weights(backbone, path)
    load_weights(head, path)
    kernel = layers[0]['weights'][0]
    # MatConvNet correlates as PyTorch does; (row, column, in, out) there is (out, in, row, column) here.
    assert backbone.conv1.conv.weight[5, 2, 10, 3].item() == kernel[10, 3, 2, 5]
    assert torch.equal(backbone.conv5.conv.bias.data, torch.from_numpy(layers[5]['weights'][1].reshape(-1)))
    # fc6 of a grid of 6 x 6, as the convolution that it is stored as.
    grid = torch.randn(3, 256, 6, 6)
    fc6 = next(one for one in layers if one['name'] == 'fc6')['weights']
    wanted = np.einsum('nchw,hwco->no', grid.numpy(), fc6[0]) + fc6[1]
    torch.testing.assert_close(head.fc6(grid.flatten(1)), torch.from_numpy(wanted), rtol=1e-4, atol=1e-3)


def test_files_of_the_first_releases(tmp_path: Path) -> None:
    layers = [layer('conv1', filters(3, 3, 2, 4), old=True), layer('fc8', filters(1, 1, 4, 1), old=True)]
    state = read_matconvnet(write(tmp_path / 'old.mat', layers))
    shapes = {name: tuple(value.shape) for name, value in state.items()}
    assert shapes == {'conv1.weight': (4, 2, 3, 3), 'conv1.bias': (4,), 'fc8.weight': (1, 4), 'fc8.bias': (1,)}
    np.testing.assert_array_equal(state['conv1.weight'], layers[0]['filters'].transpose(3, 2, 0, 1))


@pytest.mark.parametrize('kind', ['cut', 'text', 'other', 'no weights', 'empty'])
def test_files_that_hold_no_network(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / 'w.mat', [{'name': 'relu1', 'type': 'relu'}] if kind == 'no weights' else vggf_layers(2))
    if kind in ('cut', 'empty'):
        path.write_bytes(path.read_bytes()[: 5000 if kind == 'cut' else 0])
    if kind == 'text':
        path.write_text('not a MATLAB file ' * 50)
    if kind == 'other':
        scipy.io.savemat(path, {'boxes': np.ones(3)})
    with pytest.raises(CheckpointError, match='no network of MatConvNet') as caught:
        load_weights(VGGF(), path)
    assert caught.value.where == path
    assert 'vlfeat' in caught.value.fix
