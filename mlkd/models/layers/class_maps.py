"""Class activation maps brought to one range."""

from __future__ import annotations

from torch import Tensor

from mlkd.models.utils.precision import at_least_float32

EPSILON = 1e-5


def normalised_maps(raw: Tensor) -> Tensor:
    r"""ReLU(ReLU(A) - \epsilon) / (max ReLU(A) + \epsilon), the maximum over space, per image and class.

    A class whose raw map is nowhere positive gives zeros; each other one peaks just below 1, whether it is present or
    not. Gradients flow through the maximum too.

    Args:
        raw: Class maps A (..., h, w), of any sign; computed in float32 at least.

    Returns:
        (..., h, w), in [0, 1).
    """
    positive = at_least_float32(raw).relu()
    return (positive - EPSILON).relu() / (positive.amax((-2, -1), keepdim=True) + EPSILON)
