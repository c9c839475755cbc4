"""What the heads of ML-GCN and MSRN have in common: a branch that begins with what is known of the labels."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from mlkd.models.layers.label_table import LabelTable
from mlkd.models.utils.build import build_model
from mlkd.models.utils.constant_branch import ConstantBranch

from .label_head import Config, LabelHead

T = TypeVar('T')


class LabelGraphHead(LabelHead, Generic[T]):
    """A head with a label branch, which is computed once where no gradient is asked for.

    Args:
        labels: Arguments of :class:`~mlkd.models.layers.label_table.LabelTable`.
        loss_cls: Config of the loss; None: that of :class:`~mlkd.models.losses.SoftMargin`.
        init_cfg: MMEngine's.
    """

    training_arguments = (
        *LabelHead.training_arguments,
        *(f'labels.{name}' for name in LabelTable.training_arguments),
    )

    def __init__(
        self,
        labels: Mapping[str, Any],
        loss_cls: Config | None = None,
        init_cfg: Config | list[Config] | None = None,
    ) -> None:
        table: LabelTable = build_model({'type': 'LabelTable', **labels})
        super().__init__(len(table.classes), loss_cls or {'type': 'SoftMargin'}, init_cfg)
        self.labels = table
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
