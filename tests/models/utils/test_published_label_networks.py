"""Checkpoints as the authors of MSRN and ML-GCN wrote them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from label_toys import TOY, write_labels
from torch import Tensor, nn

from mlkd.errors import CheckpointError, ConfigError
from mlkd.models.utils.published_label_networks import load_published, published_order
from mlkd.registry import MODELS

#: How the released code names what mlkd calls otherwise.
MSRN_NAMES = {
    'neck.buffer_convs.0.': 'resnet_101.conv_buffer1.',
    'neck.buffer_convs.1.': 'resnet_101.conv_buffer2.',
    'backbone.': 'resnet_101.',
    'neck.projections.': 'ProjectM.',
    'head.encoder.fc.': 'fc_label.',
    'head.encoder.gat1.weight': 'label_embed.layers.0.W',
    'head.encoder.gat1.attention': 'label_embed.layers.0.a',
    'head.encoder.gat2.weight': 'label_embed.layers.1.W',
    'head.encoder.gat2.attention': 'label_embed.layers.1.a',
    'head.encoder.pool.embed.weight': 'group_embed.layers.0.embed.W',
    'head.encoder.pool.embed.attention': 'group_embed.layers.0.embed.a',
    'head.encoder.pool.assign.weight': 'group_embed.layers.0.assign_mat.W',
    'head.encoder.pool.assign.attention': 'group_embed.layers.0.assign_mat.a',
    'head.predictor.fc1.': 'fc1.',
    'head.predictor.fc2.': 'fc2.',
    'head.predictor.weight': 'W',
    'head.predictor.bias': 'B',
}
MLGCN_NAMES = {
    'backbone.conv1.': 'features.0.',
    'backbone.bn1.': 'features.1.',
    **{f'backbone.layer{i}.': f'features.{i + 3}.' for i in (1, 2, 3, 4)},
    'head.gc1': 'gc1.weight',
    'head.gc2': 'gc2.weight',
    'head.labels.adjacency': 'A',
}


@pytest.fixture
def network(tmp_path: Path) -> Callable[..., nn.Module]:
    """Builds a network with a small ResNet and the toy labels, in any order."""
    file = str(write_labels(tmp_path / 'toy.npz', width=4))

    def build(kind: str, classes: tuple[str, ...] = TOY.classes, **head: Any) -> nn.Module:
        torch.manual_seed(0)
        labels = {'classes': classes, 'counts': file, 'vectors': file, 'channels': 4, **head.pop('labels', {})}
        msrn = kind == 'MSRNHead'
        sizes: dict[str, Any] = {'in_channels': 512, 'hidden_channels': 5}
        if msrn:
            sizes = {'in_channels': 6, 'fc_channels': 4, 'hidden_channels': 5, 'mlp_channels': 7, 'pool_ratio': 0.4}
        neck = {'type': 'TapProjection', 'in_channels': (128, 256, 512), 'out_channels': 6}
        made = MODELS.build(
            {
                'type': 'MultiLabelClassifier',
                'backbone': {'type': 'ResNet', 'depth': 18, 'out_indices': (1, 2, 3) if msrn else (3,)},
                'neck': neck if msrn else {'type': 'GlobalMaxPool'},
                'head': {'type': kind, 'labels': labels, **sizes, **head},
            }
        )
        made.head.labels.init_weights()
        return made.eval()

    return build


def as_published(network: nn.Module, names: dict[str, str], **more: Tensor) -> dict[str, Any]:
    state = {}
    for name, value in network.state_dict().items():
        prefix = next((prefix for prefix in names if name.startswith(prefix)), None)
        if prefix is not None:
            state[names[prefix] + name.removeprefix(prefix)] = value
    return {'epoch': 3, 'arch': 'x', 'best_score': torch.tensor(0.9), 'state_dict': {**state, **more}}


UNUSED = {
    'resnet_101.conv_buffer0.weight': torch.zeros(2, 2, 1, 1),
    'resnet_101.conv_buffer0.bias': torch.zeros(2),
    'W': torch.zeros(5, 36),
    'B': torch.zeros(5),
}


@pytest.mark.parametrize('prefix', ['', 'module.'])
@pytest.mark.parametrize('kind', ['MSRNHead', 'MLGCNHead'])
def test_labels_are_brought_into_the_order_of_the_network(
    network: Callable[..., nn.Module], tmp_path: Path, kind: str, prefix: str
) -> None:
    """The authors' network and mlkd's, whose labels stand in another order, say the same of each label."""
    theirs = network(kind)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.uniform_(-0.5, 0.5)
    content = as_published(theirs, MSRN_NAMES, **UNUSED) if kind == 'MSRNHead' else as_published(theirs, MLGCN_NAMES)
    content['state_dict'] = {prefix + name: value for name, value in content['state_dict'].items()}
    torch.save(content, tmp_path / 'published.pth.tar')
    order = ('c', 'a', 'e', 'b', 'd')
    ours = network(kind, order)
    load_published(ours, tmp_path / 'published.pth.tar', TOY.classes)
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        expected = theirs(x)
        moved = expected[:, [TOY.classes.index(name) for name in order]]
        torch.testing.assert_close(ours(x), moved, rtol=1e-4, atol=1e-4)
        assert expected.std() > 1e-3


def test_the_other_predictor(network: Callable[..., nn.Module], tmp_path: Path) -> None:
    theirs = network('MSRNHead', predictor='elementwise')
    more = {'fc1.weight': torch.zeros(7, 42), 'fc1.bias': torch.zeros(7)}
    more |= {'fc2.weight': torch.zeros(5, 7), 'fc2.bias': torch.zeros(5)}
    torch.save(as_published(theirs, MSRN_NAMES, **more), tmp_path / 'published.pth.tar')
    order = ('b', 'a', 'c', 'd', 'e')
    ours = network('MSRNHead', order, predictor='elementwise')
    load_published(ours, tmp_path / 'published.pth.tar', TOY.classes)
    x = torch.randn(1, 3, 64, 64)
    torch.testing.assert_close(ours(x), theirs(x)[:, [1, 0, 2, 3, 4]])


def test_files_of_old_versions_have_no_counts_of_batches(network: Callable[..., nn.Module], tmp_path: Path) -> None:
    theirs, ours = network('MLGCNHead'), network('MLGCNHead')
    content = as_published(theirs, MLGCN_NAMES)
    state = {name: value for name, value in content['state_dict'].items() if 'num_batches' not in name}
    torch.save({'state_dict': state}, tmp_path / 'old.pth.tar', _use_new_zipfile_serialization=False)
    load_published(ours, tmp_path / 'old.pth.tar')
    x = torch.randn(1, 3, 64, 64)
    torch.testing.assert_close(ours(x), theirs(x))


def test_another_number_of_labels(network: Callable[..., nn.Module], tmp_path: Path) -> None:
    content = as_published(network('MSRNHead'), MSRN_NAMES)
    content['state_dict']['fc2.weight'] = torch.zeros(80, 7)
    torch.save(content, tmp_path / 'coco.pth.tar')
    with pytest.raises(CheckpointError, match='another number of labels') as caught:
        load_published(network('MSRNHead'), tmp_path / 'coco.pth.tar')
    assert '80 labels' in str(caught.value.found)


def test_missing_unknown_and_misshapen_tensors_are_named(network: Callable[..., nn.Module], tmp_path: Path) -> None:
    content = as_published(network('MSRNHead'), MSRN_NAMES, surprise=torch.zeros(1))
    del content['state_dict']['fc_label.bias']
    content['state_dict']['ProjectM.0.bias'] = torch.zeros(9)
    torch.save(content, tmp_path / 'odd.pth.tar')
    with pytest.raises(CheckpointError, match='does not fit') as caught:
        load_published(network('MSRNHead'), tmp_path / 'odd.pth.tar')
    for name in ('surprise', 'head.encoder.fc.bias', 'neck.projections.0.bias'):
        assert name in str(caught.value)


class Payload:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.path),)


def test_nothing_in_the_file_is_executed(network: Callable[..., nn.Module], tmp_path: Path) -> None:
    content = as_published(network('MSRNHead'), MSRN_NAMES)
    torch.save({**content, 'arch': Payload(tmp_path / 'hacked')}, tmp_path / 'evil.pth.tar')
    with pytest.raises(CheckpointError, match='would have to execute'):
        load_published(network('MSRNHead'), tmp_path / 'evil.pth.tar')
    assert not (tmp_path / 'hacked').exists()


def test_other_files_and_other_networks(network: Callable[..., nn.Module], tmp_path: Path) -> None:
    torch.save(network('MLGCNHead').state_dict(), tmp_path / 'own.pth')
    with pytest.raises(CheckpointError, match="no checkpoint of this network's authors"):
        load_published(network('MSRNHead'), tmp_path / 'own.pth')
    plain = MODELS.build(
        {
            'type': 'MultiLabelClassifier',
            'backbone': {'type': 'SmallConvNet'},
            'head': {'type': 'MultiLabelHead', 'num_classes': 2, 'in_channels': 4},
        }
    )
    with pytest.raises(ConfigError, match='MLGCNHead or MSRNHead'):
        load_published(plain, tmp_path / 'own.pth')


@pytest.mark.parametrize(
    ('kind', 'source', 'refused'),
    [
        ('MSRNHead', 'vectors', True),
        ('MSRNHead', 'counts', True),
        ('MLGCNHead', 'vectors', True),
        # Its graph is in the file.
        ('MLGCNHead', 'counts', False),
    ],
)
def test_without_a_file_of_what_the_checkpoint_lacks(
    network: Callable[..., nn.Module], tmp_path: Path, kind: str, source: str, refused: bool
) -> None:
    theirs, mine = network(kind), network(kind, labels={source: None})
    path = tmp_path / 'theirs.pth.tar'
    torch.save(as_published(theirs, MSRN_NAMES if kind == 'MSRNHead' else MLGCN_NAMES), path)
    if refused:
        with pytest.raises(ConfigError, match='lacks what is known') as caught:
            load_published(mine, path, TOY.classes)
        assert caught.value.where == f'head.labels.{source}'
    else:
        load_published(mine, path, TOY.classes)
        assert torch.equal(mine.head.labels.adjacency, theirs.head.labels.adjacency)


def test_orders_of_the_authors() -> None:
    from mlkd.datasets.class_names import COCO, NUS_WIDE, NUS_WIDE_ASL, VOC

    assert published_order(COCO) == tuple(sorted(COCO))
    assert published_order(NUS_WIDE) == NUS_WIDE_ASL
    assert published_order(VOC) == VOC
    assert published_order(['x', 'y']) == ('x', 'y')
    with pytest.raises(ConfigError, match='other labels'):
        published_order(COCO, 'voc')
