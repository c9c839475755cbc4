"""From word vectors of labels to their semantics, and to those of groups of labels."""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from .graph_attention import DiffPool, GraphAttention


class LabelSemantics(NamedTuple):
    """What an image is asked about.

    Attributes:
        labels: e_l (K, C), one query per label; not rectified.
        groups: e_g (m, C), one per group; None without groups.
        assignment: S (K, m), rows sum to 1; None without groups.
    """

    labels: Tensor
    groups: Tensor | None
    assignment: Tensor | None


class LabelEncoder(nn.Module):
    """Label branch of MSRN: a linear layer, two graph attention layers, one DiffPool layer.

    Args:
        word_channels: Width of the word vectors.
        fc_channels: Width behind the linear layer ``fc``.
        hidden_channels: Width between the two graph attention layers.
        out_channels: Width of the semantics.
        num_groups: m; 0 leaves the groups out.
    """

    def __init__(
        self,
        word_channels: int = 300,
        fc_channels: int = 256,
        hidden_channels: int = 300,
        out_channels: int = 512,
        num_groups: int = 0,
    ) -> None:
        super().__init__()
        self.fc = nn.Linear(word_channels, fc_channels)
        self.gat1 = GraphAttention(fc_channels, hidden_channels)
        self.gat2 = GraphAttention(hidden_channels, out_channels)
        self.pool = DiffPool(out_channels, num_groups) if num_groups else None

    def forward(self, vectors: Tensor, mask: Tensor) -> LabelSemantics:
        """Encode the labels.

        Args:
            vectors: (K, word_channels).
            mask: bool (K, K); which label may attend to which.
        """
        labels = self.gat2(self.gat1(self.fc(vectors), mask), mask)
        if self.pool is None:
            return LabelSemantics(labels, None, None)
        # What is pooled is rectified, what the image is asked with is not.
        return LabelSemantics(labels, *self.pool(F.relu(labels), mask))
