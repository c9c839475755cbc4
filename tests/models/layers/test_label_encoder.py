"""The label branch: numbers of the specification are in tests/models/heads/test_msrn_head.py."""

from __future__ import annotations

import torch

from mlkd.models.layers import LabelEncoder

MASK = torch.eye(4, dtype=torch.bool)


def test_pooling_sees_rectified_labels_and_the_image_does_not() -> None:
    torch.manual_seed(0)
    encoder, vectors = LabelEncoder(6, 5, 6, 7, num_groups=2), torch.randn(4, 6)
    labels, groups, assignment = encoder(vectors, MASK)
    assert encoder.pool is not None
    assert (labels < 0).any()
    torch.testing.assert_close(groups, encoder.pool(labels.relu(), MASK)[0])
    assert (groups - encoder.pool(labels, MASK)[0]).abs().max() > 1e-3
    assert labels.shape == (4, 7)
    assert groups.shape == (2, 7)
    assert assignment.shape == (4, 2)


def test_without_groups() -> None:
    encoder = LabelEncoder(6, 5, 6, 7, num_groups=0)
    labels, groups, assignment = encoder(torch.randn(4, 6), MASK)
    assert labels.shape == (4, 7)
    assert groups is assignment is None
    assert not any('pool' in name for name, _ in encoder.named_parameters())
