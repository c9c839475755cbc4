"""The linear classifier of the student."""

from __future__ import annotations

from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from mlkd.models.losses import sigmoid_bce
from mlkd.models.utils.precision import at_least_float32
from mlkd.registry import MODELS


@MODELS.register_module()
class MultiLabelHead(BaseModule):
    """One linear layer ``fc`` with a sigmoid per class.

    Args:
        num_classes: K.
        in_channels: D.
        init_cfg: MMEngine's; by default Caffe's Xavier, uniform in +-sqrt(3 / D), and zero bias.
    """

    def __init__(
        self, num_classes: int, in_channels: int, init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None
    ) -> None:
        super().__init__(init_cfg or {'type': 'Caffe2Xavier', 'layer': 'Linear'})
        self.num_classes = num_classes
        self.fc = nn.Linear(in_channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Vectors (B, D) to logits (B, K)."""
        return self.fc(x)

    def loss(self, logits: Tensor, label: Tensor) -> dict[str, Tensor]:
        """L_p.

        Args:
            logits: (B, K).
            label: (B, K); 1 present, 0 absent, -1 ignored.

        Returns:
            ``loss_cls``, see :func:`~mlkd.models.losses.sigmoid_bce`.
        """
        return {'loss_cls': sigmoid_bce(logits, label)}

    def predict(self, logits: Tensor) -> Tensor:
        """Logits (B, K) to probabilities, in float32 at least."""
        return at_least_float32(logits).sigmoid()
