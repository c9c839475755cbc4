"""Ends training before a loss that is not finite reaches a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mlkd.models.utils import check_finite
from mlkd.registry import HOOKS


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Raises a :class:`~mlkd.errors.TrainingError` at the first loss that is NaN or infinite.

    The networks of mlkd look themselves, before the optimiser steps; this hook does the same for any other. It runs
    before a checkpoint is written, so that the last one holds sound weights.
    """

    priority = 'ABOVE_NORMAL'

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Mapping[str, Any] | None = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Look at what the iteration returned."""
        losses = {name: torch.as_tensor(value).cpu() for name, value in (outputs or {}).items() if 'loss' in name}
        check_finite(losses, data_batch.get('data_samples') if isinstance(data_batch, Mapping) else None)
