"""Feature maps of two networks made comparable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from mlkd.distillers.outputs import NetworkOutputs
from mlkd.errors import ConfigError
from mlkd.models.utils import at_least_float32

#: A pair of layers, or one name for both.
Layer = str | Sequence[str]


def layer_pairs(layers: Sequence[Layer] | None) -> list[tuple[str, str] | None]:
    """Pairs (student's tap, teacher's tap) of the config key ``layers``.

    Args:
        layers: Module paths: pairs, or one where it is the same in both; None: the last feature map of both, which
            comes out as one None.

    Raises:
        ConfigError: If there is no entry, or one is neither a name nor a pair.
    """
    if layers is None:
        return [None]
    if isinstance(layers, str) or not layers:
        expected = 'a list of names or pairs, or None for the last feature map'
        raise ConfigError('There is no layer to compare.', where='layers', found=repr(layers), expected=expected)
    pairs: list[tuple[str, str] | None] = []
    for i, layer in enumerate(layers):
        pair = (layer, layer) if isinstance(layer, str) else tuple(layer)
        if len(pair) != 2 or not all(isinstance(name, str) for name in pair):
            raise ConfigError(
                'A layer is neither a name nor a pair of names.',
                where=f'layers.{i}',
                found=repr(layer),
                expected="'backbone.conv5' or ('backbone.blocks.12', 'backbone.conv5')",
            )
        pairs.append((pair[0], pair[1]))
    return pairs


def tap_names(pairs: Sequence[tuple[str, str] | None], side: int) -> tuple[str, ...]:
    """Taps of the student (``side`` 0) or of the teacher (1)."""
    return tuple(pair[side] for pair in pairs if pair is not None)


def read_map(outputs: NetworkOutputs, tap: str | None) -> Tensor:
    """A tapped map (B, C, h, w), or the last feature map; float32.

    Raises:
        ConfigError: If the tap is no map.
    """
    feat = outputs.feats[-1] if tap is None else outputs.taps[tap]
    if feat.ndim != 4:
        raise ConfigError(
            'A layer that is to be compared as a map gives none.',
            where=tap,
            found=f'shape {tuple(feat.shape)}',
            expected='shape (images, channels, height, width)',
            fix='tap a convolution',
        )
    return at_least_float32(feat)


def resample(feat: Tensor, size: Sequence[int]) -> Tensor:
    """A map on another grid: averaged where it is finer, bilinear where it is coarser.

    Args:
        feat: (B, C, h, w).
        size: (height, width) of the grid, in cells.

    Returns:
        (B, C, height, width).
    """
    height, width = size
    if (height, width) == tuple(feat.shape[-2:]):
        return feat
    if height <= feat.shape[-2] and width <= feat.shape[-1]:
        return F.adaptive_avg_pool2d(feat, (height, width))
    return F.interpolate(feat, size=(height, width), mode='bilinear', align_corners=False)


def per_layer(value: int | Sequence[int] | None, n: int, key: str) -> list[int | None]:
    """A config value given once for all layers or once for each.

    Raises:
        ConfigError: If there are not as many as layers.
    """
    values: list[Any] = [value] * n if value is None or isinstance(value, int) else list(value)
    if len(values) != n:
        raise ConfigError('Not one number per layer.', where=key, found=repr(value), expected=f'{n} numbers')
    return values


class ChannelAdapter(nn.Module):
    """Ψ: brings the student's channels to the teacher's by a 1x1 convolution without ReLU; identity where they agree.

    Args:
        student_channels: C of the student's map; None: the same as the teacher's.
        teacher_channels: C of the teacher's map; None: the same as the student's.
        vectors: Whether it is given vectors (n, C) instead of maps (B, C, h, w).
    """

    def __init__(self, student_channels: int | None, teacher_channels: int | None, vectors: bool = False) -> None:
        super().__init__()
        self.student_channels = student_channels
        self.teacher_channels = teacher_channels
        self.layer: nn.Module = nn.Identity()
        if student_channels is not None and teacher_channels is not None and student_channels != teacher_channels:
            self.layer = (
                nn.Linear(student_channels, teacher_channels)
                if vectors
                else nn.Conv2d(student_channels, teacher_channels, 1)
            )

    def forward(self, student: Tensor, teacher_channels: int) -> Tensor:
        """Adapt.

        Args:
            student: (B, C, h, w), or (n, C).
            teacher_channels: C of the teacher's.

        Raises:
            ConfigError: If the channels are not those of the config; says what to write.
        """
        found = (student.shape[1], teacher_channels)
        student_expected = self.student_channels or self.teacher_channels or teacher_channels
        teacher_expected = self.teacher_channels or self.student_channels or student.shape[1]
        if found != (student_expected, teacher_expected):
            raise ConfigError(
                'The channels of student and teacher are not those that the term is configured for.',
                where='student_channels, teacher_channels',
                found=f'{found[0]} in the student, {found[1]} in the teacher',
                expected=f'{student_expected} in the student, {teacher_expected} in the teacher',
                fix=f'set student_channels={found[0]}, teacher_channels={found[1]}: a 1x1 convolution then leads from '
                'one to the other',
            )
        return self.layer(student)
