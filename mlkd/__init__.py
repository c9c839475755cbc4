"""mlkd: multi-label image classification by knowledge distillation."""

from mlkd.compat import use_ops

__version__ = '0.1.0'

use_ops()
