"""mlkd: multi-label image classification by knowledge distillation."""

from mlkd._version import __version__
from mlkd.compat import use_huge_pages, use_ops

__all__ = ['__version__']

# Before anything makes a tensor.
use_huge_pages()
use_ops()
