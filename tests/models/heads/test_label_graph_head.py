"""What heads with a label branch share: when the branch is computed, and in which precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from label_toys import TOY, write_labels
from torch import Tensor, nn

from mlkd.errors import ConfigError
from mlkd.models.heads.label_graph_head import LabelGraphHead
from mlkd.models.losses import SoftMargin


class Sums(LabelGraphHead[Tensor]):
    """Classifiers that are sums of word vectors, times a weight."""

    def __init__(self, labels: Any, **kwargs: Any) -> None:
        super().__init__(labels, **kwargs)
        self.scale = nn.Parameter(torch.full((1,), 2.0))
        self.computed = 0

    def encode_labels(self) -> Tensor:
        self.computed += 1
        return self.scale * (self.labels.vectors @ self.labels.vectors.T).sum(1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.label_branch()


@pytest.fixture
def head() -> Sums:
    torch.manual_seed(0)
    return Sums({'classes': ['a', 'b', 'c'], 'channels': 4}).eval()


def test_labels_give_number_and_names_of_the_logits(head: Sums) -> None:
    assert (head.num_classes, head.classes) == (3, ('a', 'b', 'c'))
    assert isinstance(head.loss_cls, SoftMargin)
    other = Sums({'classes': ['a', 'b']}, loss_cls={'type': 'SigmoidBCE'})
    assert type(other.loss_cls).__name__ == 'SigmoidBCE'


def test_what_a_trained_head_does_not_need() -> None:
    assert {'loss_cls', 'labels.counts', 'labels.vectors', 'labels.tau'} <= set(Sums.training_arguments)
    assert not {'labels.classes', 'labels.channels', 'labels'} & set(Sums.training_arguments)


def test_the_branch_is_computed_once_without_gradients(head: Sums) -> None:
    x = torch.ones(2, 3)
    with torch.no_grad():
        first = head(x)
        assert head(x).equal(first)
        assert head.computed == 1
        # A buffer of the labels is part of what it is made of.
        head.labels.adjacency.mul_(1)
        head(x)
        assert head.computed == 2


def test_gradients_reach_the_branch_each_time(head: Sums) -> None:
    for number in (1, 2):
        head.zero_grad()
        head(torch.ones(1, 3)).sum().backward()
        assert head.computed == number
        expected = (head.labels.vectors @ head.labels.vectors.T).sum()
        torch.testing.assert_close(head.scale.grad, expected[None])


@pytest.mark.parametrize('change', ['train', 'to'])
def test_where_tensors_may_be_exchanged_it_is_forgotten(head: Sums, change: str) -> None:
    with torch.no_grad():
        head(torch.ones(1, 3))
        assert (head.train() if change == 'train' else head.to(torch.float64)) is head
        head(torch.ones(1, 3))
    assert head.computed == 2


def test_the_branch_is_in_float32_inside_of_autocast(head: Sums) -> None:
    with torch.no_grad():
        expected = head.label_branch()
        head.train()
        with torch.autocast('cpu', torch.bfloat16):
            assert (head.scale[None] @ head.scale[:, None]).dtype == torch.bfloat16
            found = head.label_branch()
    assert found.dtype == torch.float32
    assert found.equal(expected)


def test_labels_that_were_not_read(tmp_path: Path) -> None:
    file = str(write_labels(tmp_path / 'toy.npz', width=4))
    made = Sums({'classes': TOY.classes, 'counts': file, 'vectors': file, 'channels': 4})
    with pytest.raises(ConfigError, match='have not been read'):
        made.label_branch()
    assert made.computed == 0
    made.init_weights()
    assert made.label_branch().shape == (len(TOY.classes),)


def test_a_head_needs_a_branch() -> None:
    with pytest.raises(TypeError, match='encode_labels'):
        LabelGraphHead({'classes': ['a', 'b']})  # type: ignore[abstract]
