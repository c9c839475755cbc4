"""The network that looks at the pieces of cut views."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mlkd.distillers.outputs import NetworkOutputs
from mlkd.errors import ConfigError
from mlkd.models.utils.precision import at_least_float32

PatchNorm = Literal['joint', 'per_keypoint']
PatchStatistics = Literal['update', 'hold']


def piece_maps(
    network: NetworkOutputs, pieces: Tensor, norm: PatchNorm = 'joint', statistics: PatchStatistics = 'update'
) -> Tensor:
    """Raw class maps of pieces, in the precision and gradient mode of the network.

    Args:
        network: Outputs of a network with a :class:`~mlkd.models.heads.CAMHead`.
        pieces: (4 n, 3, h, w), key point by key point.
        norm: What batch norm in training mode takes its statistics from: all pieces (``'joint'``, one pass) or the four
            of each key point (``'per_keypoint'``, n passes).
        statistics: Whether the passes change running statistics, those of class-specific instances among them.

    Returns:
        float32 (4 n, K, h', w').

    Raises:
        ConfigError: If the network has no class maps.
    """
    net = network.network
    if not hasattr(getattr(net, 'head', None), 'class_maps'):
        raise ConfigError(
            'A network without class maps cannot look at pieces of a view.',
            found=f'{type(net).__name__} with the head {type(getattr(net, "head", None)).__name__}',
            expected='a MultiLabelClassifier with a CAMHead',
        )
    groups = [pieces] if norm == 'joint' or len(pieces) <= 4 else pieces.split(4)
    with network.run_mode(), _statistics(net, statistics):
        return torch.cat([_maps(net, group, statistics) for group in groups])


def _maps(net: Any, pieces: Tensor, statistics: PatchStatistics) -> Tensor:
    # Not through extract_feat, which may keep what it computes for whole images.
    x = net.neck(net.backbone(pieces))
    maps = net.head.class_maps(x)
    if statistics == 'update' and net.head.training and torch.is_grad_enabled():
        with torch.no_grad():
            # The published student computes its logits of the pieces too, and discards them.
            net.head.map_logits(x, maps)
    return at_least_float32(maps)


@contextmanager
def _statistics(net: nn.Module, statistics: PatchStatistics) -> Iterator[None]:
    layers = [layer for layer in net.modules() if isinstance(layer, _BatchNorm) and layer.track_running_stats]
    held = layers if statistics == 'hold' else []
    try:
        for layer in held:
            # In training mode: statistics of the batch, and none are kept. In test mode it changes nothing.
            layer.track_running_stats = False
        yield
    finally:
        for layer in held:
            layer.track_running_stats = True
