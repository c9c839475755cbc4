"""Class-specific instances: the shared feature map, masked by the map of each class (OASS, ICIP 2022)."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from mlkd.errors import ConfigError
from mlkd.models.utils.precision import at_least_float32

Form = Literal['moments', 'direct']


class ClassInstances(nn.Module):
    r"""A logit per class, of the feature map as its own map M_c lets it through.

    .. math:: z_c = \mathrm{GAP}(u_c^\top \mathrm{BN}_c(f \odot M_c))

    Each class has a batch norm and a linear classifier of its own, initialised as PyTorch does. All that follows the
    mask is linear once the statistics are known, so that the mean and the mean square of f M_c are enough:

    .. math:: p_{bck} = \frac1N \sum_{hw} f M, \quad q_{bck} = \frac1N \sum_{hw} f^2 M^2, \quad
        \mu = \frac1B \sum_b p, \quad \sigma^2 = \frac1B \sum_b q - \mu^2

    Args:
        num_classes: K.
        in_channels: C of the feature map.
        form: ``'moments'``, which never makes the K tensors f M_c; or ``'direct'``, which follows the definition. Both
            give the same logits, gradients and running statistics, up to rounding.

    Raises:
        ConfigError: If the form is neither.
    """

    def __init__(self, num_classes: int, in_channels: int, form: Form = 'moments') -> None:
        super().__init__()
        if form not in get_args(Form):
            expected = ' or '.join(map(repr, get_args(Form)))
            raise ConfigError('There is no such form of CSI.', where='head.csi', found=repr(form), expected=expected)
        self.form = form
        self.norms = nn.ModuleList([nn.BatchNorm2d(in_channels) for _ in range(num_classes)])
        self.classifiers = nn.ModuleList([nn.Conv2d(in_channels, 1, 1, bias=False) for _ in range(num_classes)])

    def forward(self, x: Tensor, masks: Tensor) -> Tensor:
        """Logits (B, K).

        Args:
            x: Feature map f (B, C, h, w).
            masks: Normalised class maps M (B, K, h, w), not detached: the loss trains them too.
        """
        with torch.autocast(x.device.type, enabled=False):
            # The difference of squares cancels in half precision.
            x, masks = at_least_float32(x), at_least_float32(masks)
            return self._direct(x, masks) if self.form == 'direct' else self._from_moments(x, masks)

    def _direct(self, x: Tensor, masks: Tensor) -> Tensor:
        rows = []
        for c, (norm, linear) in enumerate(zip(self.norms, self.classifiers, strict=True)):
            rows.append(linear(norm(x * masks[:, c, None])).mean((2, 3)))
        return torch.cat(rows, dim=1)

    def _from_moments(self, x: Tensor, masks: Tensor) -> Tensor:
        norms = [norm for norm in self.norms if isinstance(norm, nn.BatchNorm2d)]
        cells = x.shape[-2] * x.shape[-1]
        features, weights = x.flatten(2).transpose(1, 2), masks.flatten(2)
        first = torch.bmm(weights, features) / cells
        if norms[0].training:
            mean = first.mean(0)
            second = torch.bmm(weights.square(), features.square()) / cells
            variance = (second.mean(0) - mean.square()).clamp(min=0)
            _follow(norms, mean.detach(), variance.detach(), len(x) * cells)
        else:
            mean = _stacked(norm.running_mean for norm in norms)
            variance = _stacked(norm.running_var for norm in norms)
        scale = _stacked(norm.weight for norm in norms) / (variance + norms[0].eps).sqrt()
        linear = torch.cat([layer.weight.flatten(1) for layer in self.classifiers if isinstance(layer, nn.Conv2d)])
        shift = _stacked(norm.bias for norm in norms)
        return (((first - mean) * scale + shift) * linear).sum(2)


def _stacked(rows: object) -> Tensor:
    return torch.stack(list(rows))  # type: ignore[call-overload]


@torch.no_grad()
def _follow(norms: list[nn.BatchNorm2d], mean: Tensor, variance: Tensor, count: int) -> None:
    """Update running statistics as batch norm does: with the unbiased variance."""
    unbiased = variance * (count / max(count - 1, 1))
    for c, norm in enumerate(norms):
        norm.running_mean.lerp_(mean[c].to(norm.running_mean), norm.momentum)  # type: ignore[union-attr, arg-type]
        norm.running_var.lerp_(unbiased[c].to(norm.running_var), norm.momentum)  # type: ignore[union-attr, arg-type]
        norm.num_batches_tracked.add_(1)  # type: ignore[union-attr]
