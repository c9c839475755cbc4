"""Ends training before a loss that is not finite reaches a checkpoint."""

from __future__ import annotations

import math

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mlkd.errors import TrainingError
from mlkd.registry import HOOKS


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Raises a :class:`~mlkd.errors.TrainingError` at the first loss that is NaN or infinite.

    The networks of mlkd look themselves, before the optimiser steps, and name the images; this hook does the same for
    any other. It runs before a checkpoint is written, so that the last one holds sound weights.
    """

    priority = 'ABOVE_NORMAL'

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: object = None, outputs: dict | None = None
    ) -> None:
        """Look at what the iteration returned."""
        for name, value in (outputs or {}).items():
            number = value.item() if isinstance(value, torch.Tensor) else value
            if 'loss' in name and not math.isfinite(number):
                raise TrainingError(
                    f'{name} is not finite.',
                    where=f'iteration {runner.iter + 1} in {runner.work_dir}',
                    found=number,
                    expected='a finite number',
                    fix='lower the learning rate, clip gradients (optim_wrapper.clip_grad) or look at the data; '
                    'the last checkpoint is from before',
                )
