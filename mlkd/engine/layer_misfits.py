"""Layers that get another number of channels than their config says."""

from __future__ import annotations

import re
from traceback import walk_tb

from torch import nn

from mlkd.errors import ConfigError

#: What PyTorch's linear layers, convolutions and batch norms say.
_WIDTHS = re.compile(
    r'mat1 and mat2 shapes cannot be multiplied|to have \d+ channels, but got \d+ channels|'
    r'running_mean should contain \d+ elements'
)


def misfit(error: Exception, where: str) -> ConfigError | None:
    """The error to raise where a layer of PyTorch was given another number of channels than it was made for.

    Args:
        error: What was raised.
        where: Name of the config, the start of the key path.

    Returns:
        None where the error is of another kind.
    """
    if not isinstance(error, RuntimeError) or not _WIDTHS.search(str(error)):
        return None
    entered = [frame.f_locals.get('self') for frame, _ in walk_tb(error.__traceback__)]
    modules = [module for module in entered if isinstance(module, nn.Module)]
    if not modules or not type(modules[-1]).__module__.startswith('torch.nn.'):
        return None
    layer = modules[-1]
    # A teacher is no part of the network that is trained: the outermost module that has the layer knows its name.
    names = (name for module in modules for name, part in module.named_modules() if part is layer)
    return ConfigError(
        'A layer gets another number of channels than it was made for.',
        where=f'{where}.model.{next(names)}',
        found=f'{layer}: {" ".join(str(error).split())}',
        fix='set in_channels of this part to the number of channels that the part before it (backbone, neck) gives',
    )
