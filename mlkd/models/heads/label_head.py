"""What all heads that score an image's labels have in common."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor

from mlkd.models.utils.build import build_model
from mlkd.models.utils.precision import at_least_float32

Config = dict[str, Any]


class LabelHead(BaseModule, metaclass=ABCMeta):
    """A logit per label, a sigmoid on each, and a loss.

    Args:
        num_classes: K.
        loss_cls: Config of the loss, called with logits and labels (B, K); None: that of
            :class:`~mlkd.models.losses.SigmoidBCE`.
        init_cfg: MMEngine's.
    """

    #: Arguments of the constructor that a trained head does not need.
    training_arguments: tuple[str, ...] = ('loss_cls',)

    def __init__(
        self, num_classes: int, loss_cls: Config | None = None, init_cfg: Config | list[Config] | None = None
    ) -> None:
        super().__init__(init_cfg)
        self.num_classes = num_classes
        self.loss_cls = build_model(loss_cls or {'type': 'SigmoidBCE'})

    @abstractmethod
    def forward(self, x: Any) -> Tensor:
        """What the neck gives, to logits (B, K)."""

    def loss(self, logits: Tensor, label: Tensor) -> dict[str, Tensor]:
        """L_p.

        Args:
            logits: (B, K).
            label: (B, K); 1 present, 0 absent, -1 ignored.

        Returns:
            ``loss_cls``.
        """
        return {'loss_cls': self.loss_cls(logits, label)}

    def predict(self, logits: Tensor) -> Tensor:
        """Logits (B, K) to probabilities, in float32 at least."""
        return at_least_float32(logits).sigmoid()
