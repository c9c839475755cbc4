"""A teacher: frozen networks, and what they make of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from mlkd.arguments import check_choice
from mlkd.models.utils import share_features

from .folded_outputs import FoldedOutputs
from .logit_cache import LogitCache
from .network_stack import Batched, NetworkStack
from .outputs import NetworkOutputs
from .part_outputs import PartOutputs
from .views import FrameBatch, make_view


class Teacher:
    """One frozen network, or one for each fold of the training set, or one for each part of the labels.

    Args:
        networks: One network; or n of one architecture, of which the i-th has not seen fold i: each image is then
            taught by the one for its sample's ``fold``.
        dropout: Leave dropout on, as the released files of Liu et al. do (trap T7).
        mode: ``'eval'``; or ``'train'``, as the released code of CPSD: batch norm goes by the statistics of the batch
            and dropout is on. The running statistics, which are not used then, stay as they are.
        labels: Names of the labels of the outputs, in their order; those of the parts one after the other.
        divided: Whether the networks are those of parts of the labels, and not of folds.
        batched: How networks of parts are run, see :class:`.network_stack.NetworkStack`.
        cache: Keeps their logits.

    Raises:
        ConfigError: If the mode is none of the two, or networks cannot be batched that are to be.
    """

    def __init__(
        self,
        networks: Sequence[nn.Module],
        dropout: bool = False,
        mode: Literal['eval', 'train'] = 'eval',
        labels: Sequence[str] | None = None,
        divided: bool = False,
        batched: Batched = 'auto',
        cache: LogitCache | None = None,
    ) -> None:
        check_choice('mode', mode, ('eval', 'train'))
        check_choice('batched', batched, ('auto', True, False))
        self.networks = list(networks)
        self.labels = None if labels is None else tuple(labels)
        self.divided = divided
        self.cache = cache
        for network in self.networks:
            network.train(mode == 'train').requires_grad_(False)
            for layer in network.modules():
                if dropout and isinstance(layer, _DropoutNd):
                    layer.train()
                if isinstance(layer, _BatchNorm) and layer.training:
                    layer.track_running_stats = False
        if divided:
            share_features(self.networks)
        self._stack = NetworkStack(self.networks, batched) if divided else None
        if self._stack is None and cache is not None:
            self._stack = NetworkStack(self.networks, False)

    @property
    def network(self) -> nn.Module:
        """The first network."""
        return self.networks[0]

    def outputs(self, batch: FrameBatch, taps: Sequence[str] = ()) -> NetworkOutputs:
        """What the teacher makes of a batch, without gradients.

        Args:
            batch: The frames.
            taps: Module paths of the layers that terms ask for.
        """
        for network in self.networks:
            # Wrappers such as FSDP move what is in the module tree, and a teacher is not.
            first = next(network.parameters(), None)
            if first is not None and first.device != batch.device:
                network.to(batch.device)

        view_of = partial(make_view, self.network)
        if self._stack is not None:
            return PartOutputs(self._stack, view_of, batch, taps, self.cache, device=batch.device)
        view = partial(view_of, batch)
        if len(self.networks) == 1:
            return NetworkOutputs(self.network, view, taps, frozen=True, device=batch.device)
        return FoldedOutputs(self.networks, view, taps, device=batch.device)
