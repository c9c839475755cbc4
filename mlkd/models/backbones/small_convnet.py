"""A small stack of convolutions, to be trained from scratch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from mlkd.registry import MODELS

from .layered import LayeredBackbone


@MODELS.register_module()
class SmallConvNet(LayeredBackbone):
    """3x3 convolutions, each with batch norm and ReLU.

    Taps are ``layers.0``, ``layers.1``, ...

    Args:
        layers: (channels, stride) of each layer.
        out_indices: Which layers' outputs to return; None: the last one's.
        init_cfg: MMEngine's; by default Kaiming's for ReLU.

    Raises:
        ConfigError: If there is no layer, or ``out_indices`` names one that does not exist.
    """

    def __init__(
        self,
        layers: Sequence[tuple[int, int]] = ((16, 2), (32, 2), (64, 1), (96, 2)),
        out_indices: Sequence[int] | None = None,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(len(layers), (len(layers) - 1,) if out_indices is None else out_indices, init_cfg=init_cfg)
        channels = [3, *(channels for channels, _ in layers)]
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(channels[index], channels[index + 1], 3, stride, 1, bias=False),
                nn.BatchNorm2d(channels[index + 1]),
                nn.ReLU(inplace=True),
            )
            for index, (_, stride) in enumerate(layers)
        )

    @property
    def stages(self) -> list[nn.Module]:
        """``layers.0``, ``layers.1``, ..."""
        return list(self.layers)
