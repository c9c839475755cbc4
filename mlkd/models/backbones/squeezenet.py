"""SqueezeNet 1.0, torchvision's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torchvision
from mmengine.model import BaseModule
from torch import Tensor, nn

from mlkd.registry import MODELS

from .freezing import freeze


@MODELS.register_module()
class SqueezeNet(BaseModule):
    """The ``features`` of torchvision's ``squeezenet1_0`` (Iandola et al., arXiv 1602.07360).

    Taps are ``features.0`` to ``features.12``; the last one has 512 channels at stride 16.

    Args:
        out_indices: Which layers' outputs to return.
        frozen_stages: How many of the first layers do not train.
        init_cfg: MMEngine's; ``dict(type='WeightFile', checkpoint=...)`` for pretrained weights.
    """

    def __init__(
        self,
        out_indices: Sequence[int] = (12,),
        frozen_stages: int = 0,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(init_cfg or {'type': 'Kaiming', 'layer': 'Conv2d'})
        self.out_indices = tuple(out_indices)
        self.frozen_stages = frozen_stages
        self.features: nn.Sequential = torchvision.models.squeezenet1_0(weights=None).features
        # Layers behind the last output would be parameters without gradient.
        depth, last = max(self.out_indices) + 1, len(self.features)
        del self.features[depth:]
        self.ignored_weights = ('classifier.', *(f'features.{i}.' for i in range(depth, last)))
        freeze(list(self.features.children())[:frozen_stages])

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Feature maps.

        Args:
            x: (B, 3, h, w).

        Returns:
            One map (B, C, h', w') for each of ``out_indices``.
        """
        outputs = []
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in self.out_indices:
                outputs.append(x)
        return tuple(outputs)

    def train(self, mode: bool = True) -> SqueezeNet:
        """Set training mode; frozen layers stay as they are."""
        super().train(mode)
        freeze(list(self.features.children())[: self.frozen_stages])
        return self

    def weight_layouts(self) -> list[dict[str, str]]:
        """Names in files are those here."""
        return [{name: name for name in self.state_dict()}]
