"""From what labels and groups see in an image to logits: the two ways of MSRN."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mlkd.models.layers.label_encoder import LabelSemantics


class MLPPredictor(nn.Module):
    """Everything that all labels and groups see, through two fully connected layers: the way of the released code.

    Args:
        num_classes: K.
        num_groups: m.
        channels: Width of what one label sees, over all maps.
        hidden_channels: Width between the layers ``fc1`` and ``fc2``.
    """

    def __init__(self, num_classes: int, num_groups: int, channels: int, hidden_channels: int = 2048) -> None:
        super().__init__()
        self.fc1 = nn.Linear((num_classes + num_groups) * channels, hidden_channels)
        self.fc2 = nn.Linear(hidden_channels, num_classes)

    def forward(self, seen: Tensor, semantics: LabelSemantics) -> Tensor:
        """Logits (B, K) from (B, K + m, channels), labels first."""
        return self.fc2(F.leaky_relu(self.fc1(seen.tanh().flatten(1))))


class ElementwisePredictor(nn.Module):
    r"""Each label by what it sees itself, and what its groups see.

    .. math:: x_i = b_i + \sum_c W_{ic} \tanh([O_i ; \sum_g S_{ig} Q_g])_c

    Commented out in the released code, with its parameters declared; a light choice, as it has no ``fc1``.

    Args:
        num_classes: K.
        num_groups: m.
        channels: Width of what one label sees, over all maps.
    """

    def __init__(self, num_classes: int, num_groups: int, channels: int) -> None:
        super().__init__()
        width = channels * (2 if num_groups else 1)
        self.weight = nn.Parameter(torch.empty(num_classes, width))
        self.bias = nn.Parameter(torch.empty(num_classes))
        for parameter in (self.weight, self.bias):
            nn.init.uniform_(parameter, -(width**-0.5), width**-0.5)

    def forward(self, seen: Tensor, semantics: LabelSemantics) -> Tensor:
        """Logits (B, K) from (B, K + m, channels), labels first."""
        labels = seen[:, : len(self.bias)]
        if semantics.assignment is not None:
            groups = semantics.assignment @ seen[:, len(self.bias) :]
            labels = torch.cat([labels, groups], dim=2)
        return (labels.tanh() * self.weight).sum(dim=2) + self.bias
