"""Graph attention and DiffPool against the formulas, node by node."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mlkd.models.layers import DiffPool, GraphAttention

MASK = torch.tensor([[1, 1, 0], [0, 1, 0], [1, 1, 1]], dtype=torch.bool)


def by_hand(layer: GraphAttention, x: Tensor, mask: Tensor) -> Tensor:
    h = x @ layer.weight
    rows = []
    for i in range(len(x)):
        near = [j for j in range(len(x)) if mask[i, j]]
        score = torch.stack([F.leaky_relu(torch.cat([h[i], h[j]]) @ layer.attention[:, 0], 0.2) for j in near])
        alpha = score.exp() / score.exp().sum()
        rows.append(F.elu(sum(a * h[j] for a, j in zip(alpha, near, strict=True)) + h[i]))
    return torch.stack(rows)


def test_formula() -> None:
    torch.manual_seed(0)
    layer, x = GraphAttention(4, 5).double(), torch.randn(3, 4, dtype=torch.float64)
    torch.testing.assert_close(layer(x, MASK), by_hand(layer, x, MASK))


def test_a_node_without_neighbours_is_doubled() -> None:
    torch.manual_seed(0)
    layer, x = GraphAttention(4, 5), torch.randn(3, 4)
    torch.testing.assert_close(layer(x, torch.eye(3, dtype=torch.bool)), F.elu(2 * x @ layer.weight))


def test_initialisation_is_xavier_with_gain_1_414() -> None:
    torch.manual_seed(0)
    layer = GraphAttention(300, 500)
    bound = 1.414 * (6 / 800) ** 0.5
    assert 0.98 * bound < layer.weight.abs().max() <= bound
    bound = 1.414 * (6 / 1001) ** 0.5
    assert 0.98 * bound < layer.attention.abs().max() <= bound


def test_groups_are_sums_of_nodes() -> None:
    torch.manual_seed(0)
    pool, x = DiffPool(4, 2).double(), torch.randn(3, 4, dtype=torch.float64)
    groups, assignment = pool(x, MASK)
    torch.testing.assert_close(assignment.sum(1), torch.ones(3, dtype=torch.float64))
    torch.testing.assert_close(assignment, by_hand(pool.assign, x, MASK).softmax(1))
    nodes = by_hand(pool.embed, x, MASK)
    expected = [sum(assignment[i, g] * nodes[i] for i in range(3)) for g in range(2)]
    torch.testing.assert_close(groups, torch.stack(expected))  # type: ignore[arg-type]
