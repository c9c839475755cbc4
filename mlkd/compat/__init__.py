"""Everything that depends on which build of a dependency is installed."""

from __future__ import annotations

import importlib
import sys

from .freed_memory import give_back_freed_memory, keep_freed_memory
from .stand_in import SERVED, OpNotCompiledError, make_module

__all__ = ['OpNotCompiledError', 'give_back_freed_memory', 'keep_freed_memory', 'ops_in_use', 'use_ops']

_EXTENSION = 'mmcv._ext'


def use_ops() -> None:
    """Make ``mmcv.ops`` importable: with its compiled ops where they load, else with the stand-in."""
    if _EXTENSION in sys.modules:
        return
    try:
        importlib.import_module(_EXTENSION)
    except ImportError:
        sys.modules[_EXTENSION] = make_module()


def ops_in_use() -> dict[str, str]:
    """For each served operator, ``'compiled'`` or ``'stand-in'``."""
    use_ops()
    kind = 'compiled' if getattr(sys.modules[_EXTENSION], '__file__', None) else 'stand-in'
    return {op.__name__: kind for op in SERVED}
