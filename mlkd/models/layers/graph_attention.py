"""Attention between the nodes of a graph, and pooling a graph's nodes into groups."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GraphAttention(nn.Module):
    r"""One graph attention layer with one head and a residual inside the activation (MSRN, ``LabelEmbedding.py``).

    .. math::
        H = XW, \quad e_{ij} = \text{LeakyReLU}_{0.2}(a_1 \cdot H_i + a_2 \cdot H_j), \quad
        \alpha_i = \text{softmax}_{j \in N(i)}(e_{ij}), \quad \text{out} = \text{ELU}(\alpha H + H)

    Args:
        in_channels: Width of X.
        out_channels: Width of H.
    """

    #: Gain of the Xavier-uniform initialisation of both parameters.
    GAIN = 1.414
    SLOPE = 0.2

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_channels, out_channels))
        self.attention = nn.Parameter(torch.empty(2 * out_channels, 1))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw both parameters anew."""
        for parameter in (self.weight, self.attention):
            nn.init.xavier_uniform_(parameter, gain=self.GAIN)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Let nodes attend to their neighbours.

        Args:
            x: (K, in_channels).
            mask: bool (K, K); whether node i, the row, may attend to node j. Each node must have one at least.

        Returns:
            (K, out_channels).
        """
        h = x @ self.weight
        query, neighbour = self.attention.view(2, -1)
        # The two halves of a . [H_i ; H_j] apart: no (K, K, 2 C) tensor.
        score = F.leaky_relu((h @ query)[:, None] + (h @ neighbour)[None], self.SLOPE)
        alpha = score.masked_fill(~mask, -math.inf).softmax(dim=1)
        return F.elu(alpha @ h + h)


class DiffPool(nn.Module):
    """Pools the nodes of a graph into groups that are learnt (Ying et al., NeurIPS 2018), with graph attention inside.

    Neither its link prediction nor its entropy term is used, and the pooled adjacency, which nothing follows, is not
    computed.

    Args:
        channels: Width of the nodes and of the groups.
        num_groups: m.
    """

    def __init__(self, channels: int, num_groups: int) -> None:
        super().__init__()
        self.embed = GraphAttention(channels, channels)
        self.assign = GraphAttention(channels, num_groups)

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Pool nodes (K, C).

        Args:
            x: (K, C).
            mask: As of :class:`GraphAttention`.

        Returns:
            Groups (m, C); the assignment S (K, m), whose rows sum to 1.
        """
        assignment = self.assign(x, mask).softmax(dim=1)
        return assignment.T @ self.embed(x, mask), assignment
