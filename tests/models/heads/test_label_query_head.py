"""Query2Label against its formula, written out with plain matrix products and loops over positions."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mlkd.errors import ConfigError
from mlkd.models.heads import LabelQueryHead
from mlkd.registry import MODELS

SMALL = {'in_channels': 5, 'dims': 8, 'num_heads': 2, 'ffn_dims': 11}


def sine_code(rows: int, columns: int, dims: int) -> Tensor:
    """(rows x columns, dims): first half the row, second half the column; sine and cosine in turns."""
    code = torch.zeros(rows, columns, dims, dtype=torch.float64)
    for i in range(rows):
        for j in range(columns):
            for axis, (place, size) in enumerate(((i, rows), (j, columns))):
                angle = (place + 1) / (size + 1e-6) * 2 * math.pi
                for k in range(dims // 2):
                    x = angle / 10000 ** (2 * (k // 2) / (dims // 2))
                    code[i, j, axis * dims // 2 + k] = math.sin(x) if k % 2 == 0 else math.cos(x)
    return code.flatten(0, 1)


def reference(head: LabelQueryHead, x: Tensor) -> Tensor:
    state = head.state_dict()

    def linear(v: Tensor, name: str) -> Tensor:
        return v @ state[f'{name}.weight'].T + state[f'{name}.bias']

    def norm(v: Tensor, name: str) -> Tensor:
        centred = v - v.mean(1, keepdim=True)
        scaled = centred / (centred.square().mean(1, keepdim=True) + 1e-5).sqrt()
        return scaled * state[f'{name}.weight'] + state[f'{name}.bias']

    def layer(name: str, added: Tensor, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        matrices = state[f'{name}.attention.in_proj_weight'].chunk(3)
        biases = state[f'{name}.attention.in_proj_bias'].chunk(3)
        q, k, v = (one @ m.T + b for one, m, b in zip((query, key, value), matrices, biases, strict=True))
        heads = [(q[:, s] @ k[:, s].T / 2).softmax(1) @ v[:, s] for s in (slice(0, 4), slice(4, 8))]
        added = norm(added + linear(torch.cat(heads, 1), f'{name}.attention.out_proj'), f'{name}.attention_norm')
        hidden = linear(linear(added, f'{name}.ffn.0').clamp(min=0), f'{name}.ffn.3')
        return norm(added + hidden, f'{name}.ffn_norm')

    position = sine_code(x.shape[1], x.shape[2], 8)
    memory = x.flatten(1).T @ state['project.weight'][:, :, 0, 0].T + state['project.bias']
    memory = layer('encoder.0', memory, memory + position, memory + position, memory)
    answer = torch.zeros_like(state['queries.weight'])
    for i in range(2):
        answer = layer(f'decoder.{i}', answer, answer + state['queries.weight'], memory + position, memory)
    answer = norm(answer, 'norm')
    return (answer * state['fc.W'][0]).sum(1) + state['fc.b'][0]


def test_the_formula() -> None:
    head = LabelQueryHead(3, **SMALL).double().eval()
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.6)
    maps = torch.randn(2, 5, 3, 4, dtype=torch.float64)
    wanted = torch.stack([reference(head, image) for image in maps])
    torch.testing.assert_close(head(maps), wanted, rtol=1e-5, atol=1e-5)


def test_positions_are_detrs() -> None:
    """As the head asks for them: of one image, in the order of its places."""
    head = LabelQueryHead(3, **SMALL)
    code = head.positions(None, torch.empty(1, 5, 3, 4)).flatten(2).transpose(1, 2)[0]
    torch.testing.assert_close(code.double(), sine_code(3, 4, 8), rtol=0, atol=1e-5)


def test_parameters_of_the_published_head() -> None:
    """Counted by hand for 80 labels, d = 2048, FFN 8192, one encoder and two decoder layers."""
    d, ffn, labels = 2048, 8192, 80
    attention, norms = 4 * d * d + 4 * d, 2 * 2 * d
    one = attention + norms + 2 * d * ffn + ffn + d
    wanted = (2048 * d + d) + labels * d + 3 * one + 2 * d + labels * d + labels
    with torch.device('meta'):
        head = LabelQueryHead(labels, 2048)
    assert sum(parameter.numel() for parameter in head.parameters()) == wanted


def test_how_it_starts() -> None:
    head = LabelQueryHead(7, 16, dims=64, num_heads=4, ffn_dims=256)
    for name, parameter in (*head.encoder.named_parameters(), *head.decoder.named_parameters()):
        if parameter.ndim == 2:
            bound = math.sqrt(6 / sum(parameter.shape))
            assert 0.95 * bound < parameter.abs().max() <= bound, name
    assert 0.9 / 8 < head.fc.W.abs().max() <= 1 / 8
    assert head.fc.b.abs().max() <= 1 / 8
    assert head.queries.weight.std().item() == pytest.approx(1, abs=0.15)


def test_maps_of_any_size_and_one_label() -> None:
    head = LabelQueryHead(1, **SMALL).eval()
    for size in ((7, 7), (3, 9), (1, 1)):
        assert head(torch.randn(2, 5, *size)).shape == (2, 1)


def test_widths_that_do_not_fit() -> None:
    with pytest.raises(ConfigError, match='multiple of 4'):
        LabelQueryHead(3, 5, dims=10, num_heads=2)
    with pytest.raises(ConfigError, match='num_heads=3'):
        LabelQueryHead(3, 5, dims=16, num_heads=3)


def test_every_parameter_gets_a_gradient() -> None:
    head = LabelQueryHead(3, **SMALL)
    head(torch.randn(2, 5, 3, 3)).square().sum().backward()
    assert all(parameter.grad is not None for parameter in head.parameters())


def test_in_a_classifier_with_a_frozen_backbone() -> None:
    """The published trunk: all batch norm frozen, stem and first stage too."""
    backbone = {
        'type': 'ResNet',
        'depth': 18,
        'out_indices': (3,),
        'frozen_stages': 1,
        'norm_cfg': {'type': 'BN', 'requires_grad': False},
        'norm_eval': True,
    }
    model = MODELS.build(
        {
            'type': 'MultiLabelClassifier',
            'backbone': backbone,
            'neck': {'type': 'LastMap'},
            'head': {'type': 'LabelQueryHead', 'num_classes': 3, **SMALL, 'in_channels': 512},
        }
    ).train()
    trained = {name for name, parameter in model.backbone.named_parameters() if parameter.requires_grad}
    assert trained
    assert not any(name.startswith(('conv1', 'layer1')) or 'bn' in name for name in trained)
    before = {name: x.clone() for name, x in model.backbone.named_buffers()}
    model(torch.rand(2, 3, 64, 64))
    assert all(torch.equal(x, before[name]) for name, x in model.backbone.named_buffers())
