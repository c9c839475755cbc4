"""What frozen layers make of a view, computed once for several networks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from .feature_cache import FeatureCache, Fingerprint
from .frozen_layers import as_tuple, feature_maps, frozen_first, is_frozen


class SharedFeatures:
    """What equal frozen layers of several backbones make of one view is computed once, for all of them.

    Takes the place of a :class:`FeatureCache` in networks that are given the same view one after the other.

    Args:
        cache: Where maps are kept beyond this view; None: nowhere.
    """

    def __init__(self, cache: FeatureCache | None = None) -> None:
        self.cache = cache
        self._fingerprint = Fingerprint()
        self._key: tuple[object, ...] | None = None
        self._inputs: Tensor | None = None
        self._maps: tuple[Tensor, ...] = ()

    def __call__(self, backbone: nn.Module, inputs: Tensor) -> tuple[Tensor, ...]:
        """The backbone's feature maps.

        Args:
            backbone: Gives a tuple of maps for a batch. One of which everything trains just runs.
            inputs: A view (B, 3, h, w); told from another by its identity.

        Returns:
            Maps (B, C, h', w'), the same as those of the cache or, without one, of the backbone.
        """
        # Where nothing trains, as in teachers, what backbones have in common is what did not train when they learnt.
        frozen = frozen_first(backbone) or (backbone if is_frozen(backbone) else None)
        if frozen is None:
            return self.cache(backbone, inputs) if self.cache else backbone(inputs)
        # Maps that a network has written into are not those of the next one.
        key = (self._fingerprint(frozen), inputs._version, *(x._version for x in self._maps))
        if inputs is not self._inputs or key != self._key:
            with torch.no_grad():
                self._maps = self.cache.look_up(frozen, inputs) if self.cache else as_tuple(frozen(inputs))
            self._inputs, self._key = inputs, (*key[:2], *(x._version for x in self._maps))
        return feature_maps(backbone, frozen, self._maps)

    def clear(self) -> None:
        """Forget the view."""
        self._inputs, self._maps, self._key = None, (), None


def share_features(networks: Iterable[nn.Module], always: bool = False) -> SharedFeatures | None:
    """Have networks that are given one view share the cache of the first.

    Args:
        networks: Those without a ``feature_cache`` stay as they are.
        always: Also where the first keeps nothing.

    Returns:
        What they share now; None for nothing.
    """
    members: list[Any] = [network for network in networks if hasattr(network, 'feature_cache')]
    if not members or not (always or members[0].feature_cache is not None):
        return None
    shared = SharedFeatures(members[0].feature_cache)
    for member in members:
        member.feature_cache = shared
    return shared
