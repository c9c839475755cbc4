"""The multi-label classification loss L_p."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mlkd.models.utils.precision import at_least_float32
from mlkd.registry import MODELS


def sigmoid_bce(logits: Tensor, label: Tensor) -> Tensor:
    r"""Binary cross-entropy of logits, summed over classes, averaged over images (Eq. 5 of the paper).

    .. math:: L_p = -\frac1N \sum_n \sum_k [y \log\sigma(x) + (1 - y) \log(1 - \sigma(x))]

    Args:
        logits: (N, K); computed in float32 at least.
        label: (N, K); 1 present, 0 absent, -1 ignored.

    Returns:
        Scalar.
    """
    logits = at_least_float32(logits)
    weight = (label >= 0).to(logits.dtype)
    target = label.clamp(min=0).to(logits.dtype)
    return F.binary_cross_entropy_with_logits(logits, target, weight, reduction='sum') / len(logits)


@MODELS.register_module()
class SigmoidBCE(nn.Module):
    """:func:`sigmoid_bce` as a head's ``loss_cls``."""

    def forward(self, logits: Tensor, label: Tensor) -> Tensor:
        """The loss of a batch: logits and labels (N, K) to a scalar."""
        return sigmoid_bce(logits, label)
