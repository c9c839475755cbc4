"""The asymmetric loss: easy negatives count less than hard ones, and those below a margin nothing."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from mlkd.arguments import check_choice, check_number
from mlkd.models.utils.precision import at_least_float32
from mlkd.registry import MODELS

Reduction = Literal['sum', 'images', 'cells']


def asymmetric_loss(
    logits: Tensor,
    label: Tensor,
    gamma_neg: float = 4.0,
    gamma_pos: float = 0.0,
    clip: float = 0.05,
    eps: float = 1e-8,
    detach_focus: bool = True,
) -> Tensor:
    r"""ASL of each cell (Ben-Baruch et al., ICCV 2021; as Xu et al., IJCAI 2022, train with it).

    .. math::
        L = -[y (1 - p)^{\gamma_+} \log\max(p, \epsilon) + (1 - y) p_m^{\gamma_-} \log\max(1 - p_m, \epsilon)],
        \quad p = \sigma(x), \quad p_m = \max(p - m, 0)

    Where the clamp at eps is active the gradient is 0, as in the released code.

    Args:
        logits: x (N, K); computed in float32 at least.
        label: y (N, K); 1 present, 0 absent, -1 ignored.
        gamma_neg: Exponent of the focus on negatives.
        gamma_pos: Exponent of the focus on positives.
        clip: The margin m: a negative with a probability below it costs nothing and has no gradient.
        eps: The smallest number whose logarithm is taken.
        detach_focus: Whether the factors with the exponents are constants in the gradient.

    Returns:
        (N, K); 0 where the label is ignored.
    """
    logits = at_least_float32(logits)
    positive = label == 1
    # 1 - p as the sigmoid of -x: next to p = 1 the difference would keep no digits.
    present, absent = logits.sigmoid(), (-logits).sigmoid()
    shifted = (present - clip).clamp(min=0)
    log = torch.where(positive, present, (absent + clip).clamp(max=1)).clamp(min=eps).log()
    loss = -log
    if gamma_neg or gamma_pos:
        base = torch.where(positive, absent, shifted)
        exponent = torch.where(positive, gamma_pos, gamma_neg).to(base.dtype)
        # Where the base is 0 so is the logarithm, and the slope of a root there would be infinite.
        base = torch.where(base > 0, base, 1.0)
        loss = loss * (base.detach() if detach_focus else base) ** exponent
    return loss.masked_fill(label < 0, 0)


@MODELS.register_module()
class AsymmetricLoss(nn.Module):
    """:func:`asymmetric_loss` of a batch, a head's ``loss_cls``.

    Args:
        gamma_neg: Exponent of the focus on negatives.
        gamma_pos: Exponent of the focus on positives.
        clip: Margin below which negatives cost nothing.
        eps: The smallest number whose logarithm is taken.
        detach_focus: Whether the factors with the exponents are constants in the gradient.
        reduction: ``'sum'`` over images and labels, as released; ``'images'`` divides it by the number of images, as
            the other losses here; ``'cells'`` by that of images and labels, as the official Q2L does.
        loss_weight: Factor; 1000 in the official Q2L.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    def __init__(
        self,
        gamma_neg: float = 4.0,
        gamma_pos: float = 0.0,
        clip: float = 0.05,
        eps: float = 1e-8,
        detach_focus: bool = True,
        reduction: Reduction = 'sum',
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        check_number('gamma_neg', gamma_neg, 0)
        check_number('gamma_pos', gamma_pos, 0)
        check_number('clip', clip, 0, 1, below=True)
        check_number('eps', eps, 0, 1, above=True, below=True)
        check_number('loss_weight', loss_weight, 0)
        check_choice('reduction', reduction, get_args(Reduction))
        self.gamma_neg, self.gamma_pos, self.clip, self.eps = gamma_neg, gamma_pos, clip, eps
        self.detach_focus, self.reduction, self.loss_weight = detach_focus, reduction, loss_weight

    def forward(self, logits: Tensor, label: Tensor) -> Tensor:
        """The loss of a batch.

        Args:
            logits: (N, K).
            label: (N, K); 1 present, 0 absent, -1 ignored.

        Returns:
            Scalar, float32 or float64.
        """
        cells = asymmetric_loss(logits, label, self.gamma_neg, self.gamma_pos, self.clip, self.eps, self.detach_focus)
        count = {'sum': 1, 'images': len(cells), 'cells': cells.numel()}[self.reduction]
        return self.loss_weight * cells.sum() / count
