"""SqueezeNet 1.0, torchvision's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torchvision
from torch import nn

from mlkd.registry import MODELS

from .layered import LayeredBackbone

#: Layers of ``features``.
LAYERS = 13


@MODELS.register_module()
class SqueezeNet(LayeredBackbone):
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
        super().__init__(LAYERS, out_indices, frozen_stages, init_cfg)
        self.features: nn.Sequential = torchvision.models.squeezenet1_0(weights=None).features[: self.depth]
        self.ignored_weights = ('classifier.', *(f'features.{i}.' for i in range(self.depth, LAYERS)))
        self.freeze_first()

    @property
    def stages(self) -> list[nn.Module]:
        """``features.0``, ``features.1``, ..."""
        return list(self.features)

    def weight_layouts(self) -> list[dict[str, str]]:
        """Names in files are those here."""
        return [{name: name for name in self.state_dict()}]
