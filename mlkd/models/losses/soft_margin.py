"""The losses of ML-GCN and MSRN."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mlkd.models.utils.precision import at_least_float32
from mlkd.registry import MODELS


def soft_margin(logits: Tensor, label: Tensor) -> Tensor:
    """Binary cross-entropy of logits, averaged over the classes, then over the images (``MultiLabelSoftMarginLoss``).

    Args:
        logits: (N, K); computed in float32 at least.
        label: (N, K); 1 present, 0 absent, -1 ignored, which adds 0 to the sum over the K classes.

    Returns:
        Scalar.
    """
    logits = at_least_float32(logits)
    weight = (label >= 0).to(logits.dtype)
    target = label.clamp(min=0).to(logits.dtype)
    return F.binary_cross_entropy_with_logits(logits, target, weight)


@MODELS.register_module()
class SoftMargin(nn.Module):
    """:func:`soft_margin` as a head's ``loss_cls``."""

    def forward(self, logits: Tensor, label: Tensor) -> Tensor:
        """The loss of a batch: logits and labels (N, K) to a scalar."""
        return soft_margin(logits, label)


def group_distance(labels: Tensor, groups: Tensor, assignment: Tensor) -> Tensor:
    """Sum over the labels of the distance to the group that each belongs to most (MSRN, ``models.py``).

    The distance is Euclidean, and not squared. No gradient goes through the choice of the group.

    Args:
        labels: e_l (K, C).
        groups: e_g (m, C).
        assignment: S (K, m).

    Returns:
        Scalar.
    """
    return (labels - groups[assignment.argmax(dim=1)]).norm(dim=1).sum()
