"""MobileNet v1, as TensorFlow computes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from mlkd.errors import ConfigError
from mlkd.registry import MODELS

from .freezing import hold_batch_norm
from .layered import LayeredBackbone

#: Output channels (times width) and stride of each block.
BLOCKS = (
    *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
    *((512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)),
)
STEM_CHANNELS = 32
NORM_EPS = 1e-3


class SamePadConv2d(nn.Conv2d):
    """A 3x3 convolution with TensorFlow's padding ``SAME``: what is left over goes to the right and the bottom."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(in_channels, out_channels, 3, stride, padding=0, groups=groups, bias=False)
        # At stride 1 it is the usual padding of 1 on all sides, which needs no copy of the map.
        if stride == 1:
            self.padding = (1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (B, C, h, w) to (B, C', ceil(h / stride), ceil(w / stride))."""
        if self.stride[0] > 1:
            (top, bottom), (left, right) = (self._sides(int(n)) for n in x.shape[-2:])
            x = F.pad(x, (left, right, top, bottom))
        return super().forward(x)

    def _sides(self, n: int) -> tuple[int, int]:
        stride = self.stride[0]
        total = max((-(-n // stride) - 1) * stride + 3 - n, 0)
        return total // 2, total - total // 2


class Stem(nn.Module):
    """3x3 convolution of stride 2, batch norm, ReLU6."""

    def __init__(self, out_channels: int) -> None:
        super().__init__()
        self.conv = SamePadConv2d(3, out_channels, stride=2)
        self.bn = nn.BatchNorm2d(out_channels, eps=NORM_EPS)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, h, w) to (B, C, h / 2, w / 2)."""
        return F.relu6(self.bn(self.conv(x)), inplace=True)


class SeparableBlock(nn.Module):
    """3x3 depthwise, then 1x1 convolution, each with batch norm and ReLU6."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.dw = SamePadConv2d(in_channels, in_channels, stride, groups=in_channels)
        self.dw_bn = nn.BatchNorm2d(in_channels, eps=NORM_EPS)
        self.pw = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.pw_bn = nn.BatchNorm2d(out_channels, eps=NORM_EPS)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) to (B, C', h / stride, w / stride)."""
        x = F.relu6(self.dw_bn(self.dw(x)), inplace=True)
        return F.relu6(self.pw_bn(self.pw(x)), inplace=True)


@MODELS.register_module()
class MobileNetV1(LayeredBackbone):
    """MobileNet v1 (Howard et al., arXiv 1704.04861) with TensorFlow's padding and batch-norm epsilon 1e-3.

    Taps are ``stem`` and ``blocks.0`` to ``blocks.12``; the stride is 16 at ``blocks.10`` and 32 at ``blocks.12``.
    Channels are those of :data:`BLOCKS` times ``width``.

    Args:
        width: Width multiplier.
        out_indices: Which blocks' outputs to return.
        frozen_stages: -1: all train; 0: the stem does not; n: neither do the first n blocks.
        output_stride: 32, or 16: the last block that has a stride has none, so that the map has twice the cells in each
            direction, and the same weights.
        norm_eval: Keep batch norm at its running statistics in training.
        init_cfg: MMEngine's; ``dict(type='WeightFile', checkpoint=...)`` for pretrained weights.

    Raises:
        ConfigError: If there is no such stride.
    """

    stem_layers = 1

    def __init__(
        self,
        width: float = 1.0,
        out_indices: Sequence[int] = (12,),
        frozen_stages: int = -1,
        output_stride: int = 32,
        norm_eval: bool = False,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(len(BLOCKS), out_indices, frozen_stages, init_cfg)
        self.norm_eval = norm_eval
        if output_stride not in (16, 32):
            raise ConfigError(
                'There is no such stride.', where='output_stride', found=output_stride, expected='16 or 32'
            )
        strides = [stride for _, stride in BLOCKS]
        if output_stride == 16:
            strides[max(i for i, stride in enumerate(strides) if stride > 1)] = 1
        channels = [int(c * width) for c in (STEM_CHANNELS, *(c for c, _ in BLOCKS))]
        self.stem = Stem(channels[0])
        self.blocks = nn.Sequential(
            *(SeparableBlock(channels[i], channels[i + 1], stride) for i, stride in enumerate(strides[: self.depth]))
        )
        self.ignored_weights = ('classifier.', *(f'blocks.{i}.' for i in range(self.depth, len(BLOCKS))))
        self.freeze_first()

    @property
    def stages(self) -> list[nn.Module]:
        """``stem``, ``blocks.0``, ``blocks.1``, ..."""
        return [self.stem, *self.blocks]

    def train(self, mode: bool = True) -> MobileNetV1:
        """Set training mode; what is frozen stays as it is."""
        super().train(mode)
        if self.norm_eval:
            hold_batch_norm(self)
        return self

    def weight_layouts(self) -> list[dict[str, str]]:
        """Names in files are those here; files have no batch counters."""
        return [{name: name for name in self.state_dict() if not name.endswith('num_batches_tracked')}]
