"""What the heads of ML-GCN and MSRN have in common: a branch that begins with what is known of the labels."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mlkd.models.layers.label_table import LabelTable
from mlkd.models.losses.soft_margin import soft_margin
from mlkd.models.utils.build import build_model
from mlkd.models.utils.constant_branch import ConstantBranch
from mlkd.models.utils.precision import at_least_float32

T = TypeVar('T')


class LabelGraphHead(BaseModule, Generic[T], metaclass=ABCMeta):
    """A head with a label branch, which is computed once where no gradient is asked for.

    Args:
        labels: Arguments of :class:`~mlkd.models.layers.label_table.LabelTable`.
        init_cfg: MMEngine's.
    """

    def __init__(
        self, labels: Mapping[str, Any], init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None
    ) -> None:
        super().__init__(init_cfg)
        self.labels: LabelTable = build_model({'type': 'LabelTable', **labels})
        self.num_classes = len(self.labels.classes)
        self._branch: ConstantBranch[T] = ConstantBranch()

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the labels, in the order of the logits."""
        return self.labels.classes

    @abstractmethod
    def encode_labels(self) -> T:
        """The label branch, from word vectors and graph; differentiable."""

    def label_branch(self) -> T:
        """What :meth:`encode_labels` gives, in float32 whatever autocast says.

        Raises:
            ConfigError: If neither label files nor a checkpoint have been read.
        """
        self.labels.check_known()
        return self._branch(self._encode, (*self.parameters(), *self.buffers()))

    def loss(self, logits: Tensor, label: Tensor) -> dict[str, Tensor]:
        """L_p.

        Args:
            logits: (B, K).
            label: (B, K); 1 present, 0 absent, -1 ignored.

        Returns:
            ``loss_cls``, see :func:`~mlkd.models.losses.soft_margin`.
        """
        return {'loss_cls': soft_margin(logits, label)}

    def predict(self, logits: Tensor) -> Tensor:
        """Logits (B, K) to probabilities, in float32 at least."""
        return at_least_float32(logits).sigmoid()

    def train(self, mode: bool = True) -> LabelGraphHead[T]:
        """Set training mode."""
        self._branch.forget()
        return super().train(mode)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> LabelGraphHead[T]:
        self._branch.forget()
        return super()._apply(fn, recurse)

    def _encode(self) -> T:
        with torch.autocast(self.labels.adjacency.device.type, enabled=False):
            return self.encode_labels()
