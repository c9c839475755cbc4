"""The linear classifier of the student."""

from __future__ import annotations

from torch import Tensor, nn

from mlkd.registry import MODELS

from .label_head import Config, LabelHead


@MODELS.register_module()
class MultiLabelHead(LabelHead):
    """One linear layer ``fc``.

    Args:
        num_classes: K.
        in_channels: D.
        loss_cls: Config of the loss, by default that of :class:`~mlkd.models.losses.SigmoidBCE`.
        init_cfg: MMEngine's; by default Caffe's Xavier, uniform in +-sqrt(3 / D), and zero bias.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss_cls: Config | None = None,
        init_cfg: Config | list[Config] | None = None,
    ) -> None:
        super().__init__(num_classes, loss_cls, init_cfg or {'type': 'Caffe2Xavier', 'layer': 'Linear'})
        self.fc = nn.Linear(in_channels, num_classes)

    def class_weights(self) -> Tensor:
        """Weights (K, D) of the classes, without the bias."""
        return self.fc.weight

    def forward(self, x: Tensor) -> Tensor:
        """Vectors (B, D) to logits (B, K)."""
        return self.fc(x)
