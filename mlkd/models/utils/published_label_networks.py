"""Checkpoints of MSRN and ML-GCN as their authors wrote them, brought into the networks of mlkd."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mlkd.datasets.class_names import label_names
from mlkd.errors import CheckpointError, ConfigError, some
from mlkd.models.heads import MLGCNHead, MSRNHead
from mlkd.models.layers.label_table import LabelTable
from mlkd.models.utils.fit import check_fits
from mlkd.models.utils.weights import read_weights

#: Names of orders of labels that the authors' networks have.
ORDERS = ('voc', 'coco_alphabetical', 'nuswide_asl', 'apparel')
_MSRN = {
    r'resnet_101\.conv_buffer([12])\.': lambda m: f'neck.buffer_convs.{int(m[1]) - 1}.',
    r'resnet_101\.': 'backbone.',
    r'ProjectM\.': 'neck.projections.',
    r'fc_label\.': 'head.encoder.fc.',
    r'label_embed\.layers\.([01])\.': lambda m: f'head.encoder.gat{int(m[1]) + 1}.',
    r'group_embed\.layers\.0\.embed\.': 'head.encoder.pool.embed.',
    r'group_embed\.layers\.0\.assign_mat\.': 'head.encoder.pool.assign.',
    r'fc([12])\.': r'head.predictor.fc\1.',
    r'W$': 'head.predictor.weight',
    r'[Bb]$': 'head.predictor.bias',
}
_MLGCN = {
    r'features\.0\.': 'backbone.conv1.',
    r'features\.1\.': 'backbone.bn1.',
    r'features\.([4-7])\.': lambda m: f'backbone.layer{int(m[1]) - 3}.',
    r'gc([12])\.weight$': r'head.gc\1',
    r'A$': 'head.labels.adjacency',
}
#: Of the layers of graph attention.
_PARAMETERS = {'W': 'weight', 'a': 'attention'}
_COUNTS = '.num_batches_tracked'


def published_order(classes: Sequence[str], order: str | Sequence[str] | None = None) -> tuple[str, ...]:
    """The order of labels that the authors' networks have for a data set.

    Args:
        classes: The labels, in any order.
        order: What it is; None: that of :data:`ORDERS` which has the same labels, else the order of ``classes``.

    Raises:
        ConfigError: If the order is one of other labels.
    """
    if order is None:
        orders = (label_names(name) for name in ORDERS)
        return next((known for known in orders if set(known) == set(classes)), tuple(classes))
    names = label_names(order)
    if set(names) != set(classes):
        left = set(names) ^ set(classes)
        raise ConfigError('The order is one of other labels.', where='order', found=some(left), expected=some(classes))
    return names


def load_published(network: nn.Module, path: str | Path, order: str | Sequence[str] | None = None) -> None:
    """Load a checkpoint of the authors' into a network of the same architecture. Nothing in the file is executed.

    Labels are brought into the network's order. The files hold no word vectors, and MSRN's no graph: those are read
    from the files that the network's config names.

    Args:
        network: A classifier with the head :class:`~mlkd.models.heads.MSRNHead` or
            :class:`~mlkd.models.heads.MLGCNHead`.
        path: The checkpoint, ``.pth.tar``.
        order: As of :func:`published_order`.

    Raises:
        ConfigError: If the network has another head, or names no file of what the checkpoint lacks.
        CheckpointError: If the file cannot be read, is of another number of labels, or does not fit, tensor by tensor.
    """
    head: Any = getattr(network, 'head', None)
    if not isinstance(head, (MSRNHead, MLGCNHead)):
        raise ConfigError(
            'Published checkpoints are read for ML-GCN and MSRN.',
            where='model.head',
            found=type(head).__name__,
            expected='MLGCNHead or MSRNHead',
        )
    mine = isinstance(head, MSRNHead)
    _check_sources(head.labels, ('vectors', 'counts') if mine else ('vectors',))
    state = {name.removeprefix('module.'): value for name, value in read_weights(path).items()}
    _check_classes(state, 'fc2.weight' if mine else 'A', head.num_classes, path)
    state = _renamed(state, _MSRN if mine else _MLGCN)
    names = published_order(head.classes, order)
    state = _permuted(state, torch.tensor([names.index(name) for name in head.classes]))
    head.labels.init_weights()
    own = network.state_dict()
    # The files have a head that is not used beside the one that is, and a convolution that nothing follows.
    unused = ('backbone.conv_buffer0.', 'backbone.fc.', *(() if not mine else _other_predictor(own)))
    state = {name: value for name, value in state.items() if not name.startswith(unused)}
    # What is known of the labels; counts of batches, which files of old versions of PyTorch lack.
    for name, value in own.items():
        if name.startswith('head.labels.') or name.endswith(_COUNTS):
            state.setdefault(name, value)
    check_fits(state, own, path)
    network.load_state_dict(state)


def _check_sources(labels: LabelTable, needed: Sequence[str]) -> None:
    given = {'vectors': labels.file, 'counts': labels.counts}
    missing = [name for name in needed if given[name] is None]
    if missing:
        raise ConfigError(
            'A published checkpoint lacks what is known of the labels, and the config names no file of it.',
            where=f'head.labels.{missing[0]}',
            found='None: with vectors or a graph of chance the network would say anything',
            expected='the file of labels that it was trained with',
            fix='make it with tools/labels.py make --vectors glove.6B.300d.txt, and name it there',
        )


def _check_classes(state: Mapping[str, Tensor], key: str, num_classes: int, path: str | Path) -> None:
    if key not in state:
        raise CheckpointError(
            "The file is no checkpoint of this network's authors.",
            where=path,
            found=some(state, 4),
            expected=f'{key} among its tensors',
            fix='MSRN: https://github.com/chehao2628/MSRN, ML-GCN: https://github.com/megvii-research/ML-GCN; '
            'a network that mlkd trained needs no conversion',
        )
    if len(state[key]) != num_classes:
        raise CheckpointError(
            'The checkpoint is of another number of labels than the network.',
            where=path,
            found=f'{len(state[key])} labels',
            expected=f'{num_classes}, as head.labels.classes says',
            fix='take the config of the data set that it was trained on; to begin another training with it, convert it '
            'with that config, and name the result in warm_start of the other',
        )


def _renamed(state: Mapping[str, Tensor], rules: Mapping[str, Any]) -> dict[str, Tensor]:
    """Tensors by mlkd's names; what no rule knows keeps its own."""
    renamed = {}
    for name, value in state.items():
        for pattern, replacement in rules.items():
            new, count = re.subn(f'^{pattern}', replacement, name)
            if count:
                stem, _, last = new.rpartition('.')
                if stem.startswith(('head.encoder.gat', 'head.encoder.pool.')):
                    new = f'{stem}.{_PARAMETERS.get(last, last)}'
                renamed[new] = value
                break
        else:
            renamed[name] = value
    return renamed


def _permuted(state: Mapping[str, Tensor], index: Tensor) -> dict[str, Tensor]:
    """Tensors with their labels in the order ``index``."""
    state = dict(state)
    for name in ('predictor.fc2.weight', 'predictor.fc2.bias', 'predictor.weight', 'predictor.bias'):
        if f'head.{name}' in state and len(state[f'head.{name}']) == len(index):
            state[f'head.{name}'] = state[f'head.{name}'][index]
    if 'head.labels.adjacency' in state:
        state['head.labels.adjacency'] = state['head.labels.adjacency'][index][:, index]
    fc1, assign = state.get('head.predictor.fc1.weight'), state.get('head.encoder.pool.assign.weight')
    if fc1 is not None and assign is not None:
        rows = len(index) + assign.shape[1]
        # What each label sees lies side by side; behind the labels are the groups, whose order stays.
        if fc1.shape[1] % rows == 0:
            moved = torch.cat([index, torch.arange(len(index), rows)])
            seen = fc1.view(len(fc1), rows, -1)
            state['head.predictor.fc1.weight'] = seen[:, moved].reshape(fc1.shape)
    return state


def _other_predictor(own: Mapping[str, Tensor]) -> tuple[str, ...]:
    if 'head.predictor.fc1.weight' in own:
        return 'head.predictor.weight', 'head.predictor.bias'
    return ('head.predictor.fc',)
