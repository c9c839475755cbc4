"""Outputs of teachers that know a part of the labels each, and of those whose logits are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import torch
from torch import Tensor

from mlkd.errors import ConfigError

from .logit_cache import LogitCache
from .network_stack import NetworkStack
from .outputs import NetworkOutputs, lazy
from .views import FrameBatch, View


class PartOutputs(NetworkOutputs):
    """As :class:`~.outputs.NetworkOutputs`, of one network or several with one view; of several there are logits alone.

    Args:
        stack: The networks.
        view: Makes the view of a batch.
        batch: The frames.
        taps: Module paths; of a single network.
        cache: Keeps the logits; None: they are computed.
        device: Where the networks are.
    """

    def __init__(
        self,
        stack: NetworkStack,
        view: Callable[[FrameBatch], View],
        batch: FrameBatch,
        taps: Sequence[str] = (),
        cache: LogitCache | None = None,
        device: torch.device | str = 'cpu',
    ) -> None:
        super().__init__(stack.networks[0], lambda: view(batch), taps, frozen=True, device=device)
        self._stack, self._view_of, self._batch, self._cache = stack, view, batch, cache

    @lazy
    def logits(self) -> Tensor:
        """x (B, sum of n_k): those of the networks side by side."""
        if self._cache is not None:
            precision = str(self._dtype) if self._autocast else ''
            return self._cache(self._batch, self._alone, precision)
        if len(self._stack.networks) == 1:
            return self.ask('image_logits')(self.feats)
        return torch.cat(self._stack(self.inputs), 1)

    @cached_property
    def feats(self) -> tuple[Tensor, ...]:
        """Feature maps of a single network.

        Raises:
            ConfigError: If there are several.
        """
        if len(self._stack.networks) > 1:
            raise ConfigError(
                'A teacher that is a network for each part of the labels has logits, and nothing else in common.',
                found=f'a term that asks for more, of {len(self._stack.networks)} networks',
                fix='give such a term one network: a teacher of its own, with checkpoint instead of parts',
            )
        with self.run_mode():
            return tuple(self.ask('extract_feat')(self.inputs))

    def _alone(self, position: int) -> list[Tensor]:
        """Logits (1, n_k) of each network for one frame, which no other of the batch has a part in."""
        frame = self._batch.inputs[position][None]
        return self._stack(self._view_of(FrameBatch(frame, [self._batch.samples[position]])).inputs)
