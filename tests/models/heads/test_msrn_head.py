"""MSRN's head against the numbers that the official code gives (acceptance checks of the specification)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from label_toys import TOY, write_labels
from torch import Tensor

from mlkd.errors import ConfigError
from mlkd.models.heads import MSRNHead
from mlkd.models.necks import TapProjection

LABEL = torch.tensor([[1, 0, 1, 0, 0], [0, 0, 0, 1, 1]])


def fill(parameter: Tensor, number: int) -> None:
    values = np.random.RandomState(number).uniform(-0.08, 0.08, size=parameter.numel())
    parameter.data = torch.from_numpy(values).view(parameter.shape)


def filled(file: Path, **kwargs: Any) -> tuple[MSRNHead, list[Tensor]]:
    """Head and projected maps of the specification, in float64."""
    labels = {'classes': TOY.classes, 'counts': str(file), 'vectors': str(file)}
    head, neck = MSRNHead(labels, pool_ratio=0.4, **kwargs).double(), TapProjection().double()
    head.init_weights()
    encoder = head.encoder
    assert encoder.pool is not None
    assert isinstance(head.labels.vectors, Tensor)
    head.labels.vectors.copy_(torch.from_numpy(np.random.RandomState(200).uniform(-1, 1, (1, 5, 300))[0]))
    gats = (encoder.gat1, encoder.gat2, encoder.pool.embed, encoder.pool.assign)
    tensors = [encoder.fc.weight, encoder.fc.bias]
    tensors += [parameter for gat in gats for parameter in (gat.weight, gat.attention)]
    tensors += [parameter for conv in neck.projections for parameter in conv.parameters()]
    for number, parameter in enumerate(tensors):
        fill(parameter, number)
    first = 16 if kwargs.get('predictor', 'mlp') == 'mlp' else 20
    for number, parameter in enumerate(head.predictor.parameters(), first):
        fill(parameter, number)
    shapes = ((2, 512, 4, 4), (2, 1024, 2, 2), (2, 2048, 2, 1))
    maps = [torch.from_numpy(np.random.RandomState(100 + s).uniform(-1, 1, shape)) for s, shape in enumerate(shapes)]
    return head, [conv(level) for conv, level in zip(neck.projections, maps, strict=True)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_labels(tmp_path / 'toy.npz')


def close(found: Tensor | float, expected: object) -> None:
    torch.testing.assert_close(
        torch.as_tensor(found), torch.tensor(expected, dtype=torch.float64), atol=6e-9, rtol=6e-10
    )


def test_label_branch(file: Path) -> None:
    head, _ = filled(file)
    first = head.encoder.fc(head.labels.vectors)
    close(first[0, :3], [-0.01795469, -0.29157723, 0.41890041])
    close(first.norm(), 16.90279106)
    labels, groups, assignment = head.label_branch()
    assert groups is not None
    assert assignment is not None
    close(labels[0, :3], [-0.11047289, -0.35794712, 0.15804827])
    close(labels.sum(), 211.50066692)
    close(labels.norm(), 29.57134645)
    expected = [
        [0.26094008, 0.73905992],
        [0.44183504, 0.55816496],
        [0.61097230, 0.38902770],
        [0.56081222, 0.43918778],
        [0.51689329, 0.48310671],
    ]
    close(assignment, expected)
    close(groups[0, :3], [-2.02532024, 3.92789158, -1.00616652])
    close(groups.sum(), 422.43847506)
    close(groups.norm(), 56.10379985)


@pytest.mark.parametrize('label_chunk', [None, 1, 4, 8])
def test_logits_and_losses(file: Path, label_chunk: int | None) -> None:
    head, maps = filled(file, label_chunk=label_chunk)
    seen: list[Tensor] = []
    head.predictor.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    logits = head(maps)
    close(seen[0][0, 0, :3], [-0.16543517, -0.12024500, 0.44791385])
    close(seen[0][1, 6, -3:], [0.26237018, 0.51350773, -0.34045714])
    close(seen[0].sum(), 1064.83305683)
    close(seen[0].norm(), 104.42684454)
    close(logits[0], [-3.37593567, -5.71487191, -3.09891747, -2.99258317, -0.02820870])
    close(logits[1], [-1.03390933, -0.71478790, -7.79186396, -1.19363968, -3.85022559])
    losses = head.loss(logits, LABEL)
    close(losses['loss_group'], 0.0205652097)
    close(losses['loss_cls'], 1.3316598670)


def test_elementwise_predictor(file: Path) -> None:
    head, maps = filled(file, predictor='elementwise')
    logits = head(maps)
    close(logits[0], [-1.46865933, -1.24757012, -3.78380982, -0.66126820, -1.11941521])
    close(logits[1], [0.43979761, -1.65041877, 0.55341627, -0.49794393, 0.12538108])


def small(**kwargs: Any) -> MSRNHead:
    torch.manual_seed(0)
    settings = {'in_channels': 6, 'fc_channels': 4, 'hidden_channels': 5, 'mlp_channels': 7, 'num_taps': 2, **kwargs}
    head = MSRNHead({'classes': list('abcdefghij'), 'channels': 3}, **settings)  # type: ignore[arg-type]
    head.init_weights()
    return head


def test_chunks_change_neither_logits_nor_gradients() -> None:
    found = []
    for chunk in (None, 1, 5):
        head = small(label_chunk=chunk).double()
        torch.manual_seed(1)
        maps = [torch.randn(2, 6, n, n, dtype=torch.float64, requires_grad=True) for n in (4, 2)]
        logits = head(maps)
        sum(head.loss(logits, torch.ones(2, 10, dtype=torch.long)).values()).backward()  # type: ignore[union-attr]
        found.append([logits, *(x.grad for x in (*maps, *head.parameters()))])
    for other in found[1:]:
        torch.testing.assert_close(other, found[0])


@pytest.mark.parametrize('predictor', ['mlp', 'elementwise'])
def test_without_groups(predictor: Any) -> None:
    head = small(pool_ratio=None, predictor=predictor)
    logits = head([torch.randn(2, 6, 4, 4), torch.randn(2, 6, 2, 2)])
    assert logits.shape == (2, 10)
    assert set(head.loss(logits, torch.zeros(2, 10, dtype=torch.long))) == {'loss_cls'}


def test_every_parameter_gets_a_gradient() -> None:
    for predictor in ('mlp', 'elementwise'):
        head = small(predictor=predictor)
        logits = head([torch.randn(2, 6, 4, 4), torch.randn(2, 6, 2, 2)])
        sum(head.loss(logits, torch.ones(2, 10, dtype=torch.long)).values()).backward()  # type: ignore[union-attr]
        assert all(x.grad is not None for x in head.parameters())


def test_label_branch_is_float32_under_autocast() -> None:
    head = small()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        labels, groups, _ = head.label_branch()
    assert groups is not None
    assert {labels.dtype, groups.dtype} == {torch.float32}
    torch.testing.assert_close(labels, head.label_branch().labels, rtol=0, atol=0)


@pytest.mark.parametrize(
    'wrong',
    [
        {'pool_ratio': 0.05},
        {'pool_ratio': 2.0},
        {'pool_ratio': 'all'},
        {'predictor': 'linear'},
        {'label_chunk': 0},
        {'label_chunk': 1.5},
        {'group_weight': -1e-4},
    ],
)
def test_arguments_that_make_no_sense(wrong: dict) -> None:
    with pytest.raises(ConfigError, match=r'makes no sense|does not exist') as caught:
        small(**wrong)
    assert next(iter(wrong)) in str(caught.value)
