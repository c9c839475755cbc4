"""A small stack of convolutions, to be trained from scratch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from mlkd.errors import ConfigError
from mlkd.registry import MODELS


@MODELS.register_module()
class SmallConvNet(BaseModule):
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
        super().__init__(init_cfg or {'type': 'Kaiming', 'layer': 'Conv2d'})
        self.out_indices = (len(layers) - 1,) if out_indices is None else tuple(out_indices)
        if not layers or not all(0 <= index < len(layers) for index in self.out_indices):
            raise ConfigError(
                'The backbone does not have the layers whose outputs are asked for.',
                where='SmallConvNet.out_indices',
                found=self.out_indices,
                expected=f'numbers below {len(layers)}, the number of layers, and at least one layer',
            )
        channels = [3, *(channels for channels, _ in layers)]
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(channels[index], channels[index + 1], 3, stride, 1, bias=False),
                nn.BatchNorm2d(channels[index + 1]),
                nn.ReLU(inplace=True),
            )
            for index, (_, stride) in enumerate(layers)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Feature maps.

        Args:
            x: (B, 3, h, w).

        Returns:
            One map (B, C, h', w') for each of ``out_indices``.
        """
        outputs = []
        for index, layer in enumerate(self.layers):
            x = layer(x)
            if index in self.out_indices:
                outputs.append(x)
        return tuple(outputs)
