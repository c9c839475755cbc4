"""ResNet101+TF against its formula, written out with plain matrix products."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from mlkd.datasets.class_names import COCO
from mlkd.errors import ConfigError, DataError
from mlkd.models.heads import LabelTokenHead
from mlkd.models.necks import LastMap
from mlkd.registry import MODELS

SMALL = {'in_channels': 6, 'dims': 8, 'depth': 2, 'num_heads': 2, 'head_dims': 5, 'mlp_dims': 7, 'vector_dims': 4}
NAMES = ('cat', 'dog', 'traffic light')


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """Rows of seven labels, ours among them in another order."""
    path = tmp_path / 'vectors.npz'
    classes = ['zebra', 'traffic light', 'apple', 'dog', 'bear', 'cat', 'bus']
    np.savez(path, classes=classes, glove=np.arange(28, dtype=np.float32).reshape(7, 4))
    return path


def reference(head: LabelTokenHead, x: Tensor) -> Tensor:
    """Logits of one image (C, h, w), with matrices alone."""
    state = head.state_dict()

    def linear(v: Tensor, name: str, bias: bool = True) -> Tensor:
        return v @ state[f'{name}.weight'].T + (state[f'{name}.bias'] if bias else 0)

    def norm(v: Tensor, name: str) -> Tensor:
        centred = v - v.mean(1, keepdim=True)
        scaled = centred / (centred.square().mean(1, keepdim=True) + 1e-5).sqrt()
        return scaled * state[f'{name}.weight'] + state[f'{name}.bias']

    places = linear(x.flatten(1).T, 'project')
    tokens = torch.cat([places, linear(state['label_vectors'], 'embed').clamp(min=0)])
    for i in range(2):
        normed = norm(tokens, f'layers.{i}.attention_norm')
        qkv = linear(normed, f'layers.{i}.attention.qkv', bias=False)
        query, key, value = qkv.chunk(3, dim=1)
        mixed = []
        for h in range(2):
            own = slice(5 * h, 5 * h + 5)
            weights = (query[:, own] @ key[:, own].T / math.sqrt(5)).softmax(1)
            mixed.append(weights @ value[:, own])
        tokens = tokens + linear(torch.cat(mixed, 1), f'layers.{i}.attention.out')
        hidden = linear(norm(tokens, f'layers.{i}.mlp_norm'), f'layers.{i}.mlp.0')
        hidden = hidden * 0.5 * (1 + torch.erf(hidden / math.sqrt(2)))
        tokens = tokens + linear(hidden, f'layers.{i}.mlp.3')
    return linear(tokens[-len(state['label_vectors']) :], 'fc')[:, 0]


def test_the_formula() -> None:
    head = LabelTokenHead(3, **SMALL).double().eval()
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    maps = torch.randn(2, 6, 3, 4, dtype=torch.float64)
    logits = head(maps)
    assert logits.shape == (2, 3)
    torch.testing.assert_close(logits, torch.stack([reference(head, image) for image in maps]))


@pytest.mark.parametrize('num_classes', [1, 21, 80])
def test_parameters_of_the_published_head(num_classes: int) -> None:
    """59,052,033 whatever the number of labels; their vectors are given."""
    with torch.device('meta'):
        head = LabelTokenHead(num_classes, 2048, label_vectors='v.npz', label_names=COCO[:num_classes])
        assert head(torch.empty(2, 2048, 14, 14)).shape == (2, num_classes)
    assert sum(parameter.numel() for parameter in head.parameters()) == 59_052_033
    assert head.label_vectors.shape == (num_classes, 300)
    with torch.device('meta'):
        learnt = LabelTokenHead(num_classes, 2048)
    assert sum(parameter.numel() for parameter in learnt.parameters()) == 59_052_033 + 300 * num_classes


def test_places_have_no_order() -> None:
    """No positions are added."""
    head, maps = LabelTokenHead(3, **SMALL).eval(), torch.randn(1, 6, 2, 3)
    torch.testing.assert_close(head(maps), head(maps.flip(3)))


def test_vectors_are_found_by_name_and_travel_with_the_network(vectors: Path) -> None:
    head = LabelTokenHead(3, label_vectors=str(vectors), label_names=NAMES, **SMALL)
    head.init_weights()
    assert head.label_vectors.tolist() == [[20, 21, 22, 23], [12, 13, 14, 15], [4, 5, 6, 7]]
    assert 'label_vectors' not in dict(head.named_parameters())
    other = LabelTokenHead(3, label_vectors='is not needed any more', label_names=NAMES, **SMALL)
    other.load_state_dict(head.state_dict())
    assert torch.equal(other.label_vectors, head.label_vectors)


def test_vectors_of_a_part_in_its_own_order(vectors: Path) -> None:
    whole, part = (
        LabelTokenHead(len(names), label_vectors=str(vectors), label_names=names, **SMALL)
        for names in (NAMES, ('traffic light', 'cat'))
    )
    whole.init_weights(), part.init_weights()
    assert torch.equal(part.label_vectors, whole.label_vectors[[2, 0]])


def test_without_a_file_they_are_learnt() -> None:
    head = LabelTokenHead(3, **SMALL)
    head(torch.randn(2, 6, 2, 2)).sum().backward()
    assert head.label_vectors.grad.abs().sum() > 0


def test_what_a_person_can_get_wrong(vectors: Path) -> None:
    with pytest.raises(ConfigError, match='no names are given'):
        LabelTokenHead(3, label_vectors=str(vectors), **SMALL)
    with pytest.raises(ConfigError, match=r'80 names(.|\n)*num_classes=3'):
        LabelTokenHead(3, label_vectors=str(vectors), label_names='coco', **SMALL)
    unknown = LabelTokenHead(3, label_vectors=str(vectors), label_names=('cat', 'dog', 'tree'), **SMALL)
    with pytest.raises(DataError, match='tree'):
        unknown.init_weights()
    wide = LabelTokenHead(3, label_vectors=str(vectors), label_names=NAMES, **{**SMALL, 'vector_dims': 9})
    with pytest.raises(ConfigError, match='vector_dims=4'):
        wide.init_weights()


def test_in_half_precision(vectors: Path) -> None:
    head = LabelTokenHead(3, label_vectors=str(vectors), label_names=NAMES, **SMALL).eval()
    maps = torch.randn(2, 6, 3, 3)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        mixed = head(maps)
    torch.testing.assert_close(mixed.float(), head(maps), rtol=0.1, atol=0.1)


def test_in_a_classifier_with_a_backbone_of_mmdetection() -> None:
    model = MODELS.build(
        {
            'type': 'MultiLabelClassifier',
            'backbone': {'type': 'ResNet', 'depth': 18, 'out_indices': (2, 3)},
            'neck': {'type': 'LastMap'},
            'head': {'type': 'LabelTokenHead', 'num_classes': 3, **SMALL, 'in_channels': 512},
        }
    ).eval()
    assert isinstance(model.neck, LastMap)
    assert model(torch.rand(2, 3, 64, 96)).shape == (2, 3)
    assert model.roi_embed(torch.rand(4, 512, 3, 3)).shape == (4, 512)
