"""An optimiser for each network of a group."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import Any

from mmengine.logging import MMLogger
from mmengine.optim import OptimWrapper, OptimWrapperDict, build_optim_wrapper
from torch import nn

from mlkd.log_level import log_level
from mlkd.registry import OPTIM_WRAPPER_CONSTRUCTORS


class GroupOptimWrapper(OptimWrapperDict):
    """Optimisers that all follow one schedule."""

    def initialize_count_status(self, model: nn.Module, cur_iter: int, max_iters: int) -> None:
        """Tell each how long training is, for the accumulation of gradients."""
        for wrapper in self.values():
            wrapper.initialize_count_status(model, cur_iter, max_iters)

    def get_lr(self) -> dict[str, list[float]]:
        """The rate that all share, once for the log."""
        return next(iter(self.values())).get_lr()

    def get_momentum(self) -> dict[str, list[float]]:
        """The momentum that all share."""
        return next(iter(self.values())).get_momentum()


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class GroupOptimWrapperConstructor:
    """Builds for each network of a :class:`.NetworkGroup` the optimiser that it would have alone.

    Args:
        optim_wrapper_cfg: ``dict(each=...)``: the config of an ``optim_wrapper``.
        paramwise_cfg: Stands in ``each``.
    """

    def __init__(self, optim_wrapper_cfg: dict[str, Any], paramwise_cfg: None = None) -> None:
        self.each = optim_wrapper_cfg['each']

    def __call__(self, model: nn.Module) -> GroupOptimWrapper:
        """Build them."""
        networks: Any = getattr(model, 'networks')  # noqa: B009 (mypy takes it for a parameter)
        wrappers: dict[str, OptimWrapper] = {}
        for name, network in networks.items():
            # What MMEngine logs of the first holds for all.
            with log_level(MMLogger.get_current_instance(), logging.CRITICAL + 1) if wrappers else nullcontext():
                wrappers[name] = build_optim_wrapper(network, self.each)
        return GroupOptimWrapper(**wrappers)
