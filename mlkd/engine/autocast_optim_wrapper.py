"""Mixed precision in bfloat16, on any device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from torch import nn

from mlkd.errors import ConfigError
from mlkd.registry import OPTIM_WRAPPERS

DTYPES = ('bfloat16', 'float16')


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """Runs the forward pass in bfloat16 autocast.

    Bfloat16 has the exponent of float32, so that no loss scaling is needed; MMEngine's ``AmpOptimWrapper`` scales, and
    works on GPUs only.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast, beside MMEngine's context for gradient accumulation."""
        with super().optim_context(model), torch.autocast(get_device(), dtype=torch.bfloat16):
            yield


def use_amp(config: dict[str, Any], dtype: str) -> None:
    """Set mixed precision in the config of a training, in place.

    Args:
        config: A training's config with ``optim_wrapper``.
        dtype: ``'bfloat16'`` or ``'float16'`` (GPU only), or ``'auto'``: on a GPU bfloat16 where it has that, else
            float16; without a GPU none, as most CPUs are slower with it.

    Raises:
        ConfigError: If the device cannot compute in ``dtype`` or the optimiser wrapper is a special one.
    """
    gpu = torch.cuda.is_available()
    if dtype == 'auto':
        if not gpu:
            return
        dtype = 'bfloat16' if torch.cuda.is_bf16_supported() else 'float16'
    if dtype not in DTYPES:
        raise ConfigError('The precision is unknown.', where='amp', found=dtype, expected=f'one of {DTYPES}')
    if dtype == 'float16' and not gpu:
        fix = 'use bfloat16'
        raise ConfigError('float16 needs a GPU.', where='amp', found='no GPU', fix=fix)
    wrapper = config['optim_wrapper']
    plain = ('OptimWrapper', 'AmpOptimWrapper', AutocastOptimWrapper.__name__)
    if wrapper.get('type', 'OptimWrapper') not in plain:
        raise ConfigError('--amp cannot be combined with this optim_wrapper.', found=wrapper['type'], expected=plain)
    if dtype == 'float16':
        wrapper.update(type='AmpOptimWrapper', dtype=dtype)
    else:
        wrapper['type'] = AutocastOptimWrapper.__name__
        wrapper.pop('dtype', None), wrapper.pop('loss_scale', None)
