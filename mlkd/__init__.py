"""mlkd: multi-label image classification by knowledge distillation."""

from mlkd._version import __version__
from mlkd.compat import keep_freed_memory, use_ops

__all__ = ['__version__']

keep_freed_memory()
use_ops()
