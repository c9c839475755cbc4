"""A backbone that is a row of layers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from mmengine.model import BaseModule
from torch import Tensor, nn

from mlkd.arguments import check_number
from mlkd.errors import ConfigError

from .freezing import freeze


class LayeredBackbone(BaseModule):
    """Layers one after the other, of which the first may not train.

    A subclass makes its :attr:`stages`, no more of them than :attr:`depth`, and then calls :meth:`freeze_first`.

    Args:
        available: How many layers the network has.
        out_indices: Which layers' outputs to return.
        frozen_stages: How many of the first layers do not train. Where a stem comes before them, 0 is the stem alone
            and -1 nothing.
        init_cfg: MMEngine's; by default Kaiming's for ReLU.

    Attributes:
        depth: Layers up to the last output; those behind it would be parameters without gradient.

    Raises:
        ConfigError: If ``out_indices`` names a layer that does not exist, or none, or ``frozen_stages`` makes no sense.
    """

    #: Layers before those that are counted.
    stem_layers = 0

    def __init__(
        self,
        available: int,
        out_indices: Sequence[int],
        frozen_stages: int = 0,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(init_cfg or {'type': 'Kaiming', 'layer': 'Conv2d'})
        self.out_indices = tuple(out_indices)
        if not self.out_indices or not all(0 <= index < available for index in self.out_indices):
            raise ConfigError(
                'The backbone does not have the layers whose outputs are asked for.',
                where=f'{type(self).__name__}.out_indices',
                found=self.out_indices,
                expected=f'numbers below {available}, the number of layers, and at least one layer',
            )
        check_number(f'{type(self).__name__}.frozen_stages', frozen_stages, -self.stem_layers, available, whole=True)
        self.frozen_stages = frozen_stages
        self.depth = max(self.out_indices) + 1

    @property
    @abstractmethod
    def stages(self) -> list[nn.Module]:
        """All layers in their order, with the stem."""

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Feature maps.

        Args:
            x: (B, 3, h, w).

        Returns:
            One map (B, C, h', w') for each of ``out_indices``.
        """
        return self._forward_from(0, x)

    def frozen_part(self) -> nn.Sequential:
        """The layers up to the first output that do not train; maybe none."""
        return nn.Sequential(*self._kept())

    def forward_rest(self, x: Tensor) -> tuple[Tensor, ...]:
        """Feature maps, as of :meth:`forward`, from what :meth:`frozen_part` makes of the view."""
        return self._forward_from(len(self._kept()), x)

    def _forward_from(self, done: int, x: Tensor) -> tuple[Tensor, ...]:
        """Feature maps from what the first ``done`` layers make of the view."""
        outputs = {}
        if done:
            outputs[done - 1] = x
        for index, layer in enumerate(self.stages):
            if index >= done:
                outputs[index] = x = layer(x)
        return tuple(outputs[self.stem_layers + index] for index in sorted(set(self.out_indices)))

    def freeze_first(self) -> None:
        """Take the first layers out of training."""
        freeze(self._frozen())

    def train(self, mode: bool = True) -> LayeredBackbone:
        """Set training mode; what is frozen stays as it is."""
        super().train(mode)
        self.freeze_first()
        return self

    def _kept(self) -> list[nn.Module]:
        return self._frozen()[: self.stem_layers + min(self.out_indices) + 1]

    def _frozen(self) -> list[nn.Module]:
        return self.stages[: self.stem_layers + self.frozen_stages]
