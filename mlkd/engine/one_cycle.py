"""The one-cycle policy: rate and momentum."""

from __future__ import annotations

import math
from typing import Any

from mmengine.optim import OneCycleLR as MMEngineOneCycleLR
from mmengine.optim.scheduler.momentum_scheduler import MomentumSchedulerMixin
from mmengine.optim.scheduler.param_scheduler import INF, OptimizerType, _ParamScheduler

from mlkd.arguments import check_number
from mlkd.registry import PARAM_SCHEDULERS


# Under MMEngine's name: in the scope of mlkd it is this one.
@PARAM_SCHEDULERS.register_module()
class OneCycleLR(MMEngineOneCycleLR):
    """MMEngine's, and so PyTorch's, also where the rate is highest at the first step.

    There, after ``pct_start * total = 1`` steps (a dry run of ten iterations, say), both divide by zero.
    """

    def _get_value(self) -> list[float]:
        rise = self._schedule_phases[0]
        if rise['end_step'] == 0:
            # A turn just before the first step, which then begins the fall.
            rise['end_step'] = -1e-9
        return super()._get_value()


class _OneCycleUpsideDown(_ParamScheduler):
    """From the highest to the lowest value and back, both along a cosine."""

    def __init__(
        self,
        optimizer: OptimizerType,
        param_name: str,
        momentum_max: float = 0.95,
        momentum_min: float = 0.85,
        pct_start: float = 0.3,
        begin: int = 0,
        end: int = INF,
        last_step: int = -1,
        by_epoch: bool = True,
        verbose: bool = False,
    ) -> None:
        check_number('OneCycleMomentum.pct_start', pct_start, 0, 1, above=True, below=True)
        check_number('OneCycleMomentum.momentum_max', momentum_max, 0, 1)
        check_number('OneCycleMomentum.momentum_min', momentum_min, 0, momentum_max)
        self.momentum_max, self.momentum_min, self.pct_start = momentum_max, momentum_min, pct_start
        self.total_steps = end - begin
        super().__init__(
            optimizer, param_name, begin=begin, end=end, last_step=last_step, by_epoch=by_epoch, verbose=verbose
        )

    def _get_value(self) -> list[float]:
        turn, last = self.pct_start * self.total_steps - 1, self.total_steps - 1
        if self.last_step <= turn and turn > 0:
            start, end, part = self.momentum_max, self.momentum_min, self.last_step / turn
        else:
            start, end = self.momentum_min, self.momentum_max
            part = (self.last_step - turn) / (last - turn) if last > turn else 1.0
        value = end + (start - end) / 2 * (math.cos(math.pi * part) + 1)
        return [value] * len(self.optimizer.param_groups)


@PARAM_SCHEDULERS.register_module()
class OneCycleMomentum(MomentumSchedulerMixin, _OneCycleUpsideDown):
    """Momentum, or Adam's beta1, over one cycle: what PyTorch's ``OneCycleLR`` does beside the rate.

    MMEngine's ``OneCycleLR`` changes the rate alone; the two together, with the same ``pct_start``, are PyTorch's. Each
    cosine ends where PyTorch's does, at step ``pct_start * total - 1`` and at the last.

    Args:
        optimizer: Optimiser or wrapper.
        momentum_max: At the start and at the end.
        momentum_min: At the turn, where the rate is highest.
        pct_start: Share of the steps before the turn.
        begin: First step.
        end: Step after the last; by default that of the training.
        last_step: MMEngine's.
        by_epoch: Whether steps are epochs; with ``convert_to_iter_based=True`` in the config they are iterations all
            the same, as PyTorch's.
        verbose: Whether to log each value.

    Raises:
        ConfigError: If a number makes no sense.
    """

    @classmethod
    def build_iter_from_epoch(
        cls, *, epoch_length: int, begin: int = 0, end: int = INF, by_epoch: bool = True, **kwargs: Any
    ) -> OneCycleMomentum:
        """The same by iteration, of numbers that count epochs (MMEngine's ``convert_to_iter_based``)."""
        last = end if end == INF else int(end * epoch_length)
        return cls(begin=int(begin * epoch_length), end=last, by_epoch=False, **kwargs)
