"""ML-GCN's head: formula, and the branch that is computed once."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from label_toys import TOY, write_labels
from torch import Tensor

from mlkd.errors import ConfigError
from mlkd.models.heads import MLGCNHead


@pytest.fixture
def head(tmp_path: Path) -> MLGCNHead:
    torch.manual_seed(0)
    file = str(write_labels(tmp_path / 'toy.npz', width=4))
    made = MLGCNHead({'classes': TOY.classes, 'counts': file, 'vectors': file, 'channels': 4}, 6, 5)
    made.init_weights()
    return made


@pytest.fixture
def calls(head: MLGCNHead, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that the label branch is computed."""
    made: list[int] = []
    inner = head.encode_labels

    def counted() -> Tensor:
        made.append(1)
        return inner()

    monkeypatch.setattr(head, 'encode_labels', counted)
    return made


def test_formula(head: MLGCNHead) -> None:
    """With A by hand: p / (1 - p) of the column-normalised links and the identity; transposed when it is normalised."""
    links = torch.zeros(5, 5)
    for i, j in ((0, 1), (1, 0), (3, 2), (2, 3), (1, 4), (3, 4), (4, 3)):
        links[i, j] = 1
    matrix = 0.25 * links / (links.sum(0) + 1e-6) + torch.eye(5)
    scale = torch.diag(matrix.sum(1) ** -0.5)
    normalised = (matrix @ scale).T @ scale
    hidden = F.leaky_relu(normalised @ (head.labels.vectors @ head.gc1), 0.2)  # type: ignore[operator]
    x = torch.randn(3, 6)
    torch.testing.assert_close(head(x), x @ (normalised @ (hidden @ head.gc2)).T)


def test_initialisation() -> None:
    torch.manual_seed(0)
    made = MLGCNHead({'classes': ['a'], 'channels': 30}, 400, 100)
    assert 0.095 < made.gc1.abs().max() <= 0.1
    assert 0.0495 < made.gc2.abs().max() <= 0.05
    assert sorted(name for name, _ in made.named_parameters()) == ['gc1', 'gc2', 'labels.vectors']


def test_graph_and_vectors_are_constant(head: MLGCNHead) -> None:
    head(torch.randn(2, 6)).sum().backward()
    assert {name for name, x in head.named_parameters() if x.grad is not None} == {'gc1', 'gc2'}


def test_without_gradients_the_branch_is_computed_once(head: MLGCNHead, calls: list[int]) -> None:
    head.eval()
    x = torch.randn(2, 6)
    with torch.no_grad():
        assert head(x).equal(head(x))
    assert len(calls) == 1
    head(x)
    assert len(calls) == 2


@pytest.mark.parametrize('change', ['step', 'load', 'cast', 'train', 'vectors'])
def test_what_changes_it_has_it_computed_anew(head: MLGCNHead, change: str) -> None:
    head.eval()
    x = torch.randn(2, 6)
    with torch.no_grad():
        before = head(x)
        if change == 'step':
            optimiser = torch.optim.SGD(head.parameters(), lr=0.1)
            head.gc1.grad = torch.ones_like(head.gc1)
            optimiser.step()
        elif change == 'load':
            head.load_state_dict({name: 2 * value for name, value in head.state_dict().items()})
        elif change == 'cast':
            head.double().float()
            head.gc2.data = head.gc2.data * 3
        elif change == 'train':
            head.train()
            head.gc1 += 1
            head.eval()
        else:
            head.labels.vectors.mul_(2)  # type: ignore[operator]
        after = head(x)
        twin = copy.deepcopy(head)
    assert not after.allclose(before)
    torch.testing.assert_close(after, twin(x).detach())


def test_in_inference_mode(head: MLGCNHead) -> None:
    head.eval()
    x = torch.randn(2, 6)
    with torch.inference_mode():
        inside = head(x).clone()
    torch.testing.assert_close(head(x).detach(), inside)


def test_a_head_without_files_or_checkpoint_refuses() -> None:
    made = MLGCNHead({'classes': ['a', 'b'], 'counts': 'x.npz', 'vectors': 'x.npz'}, 6, 5)
    with pytest.raises(ConfigError, match='have not been read'):
        made(torch.randn(1, 6))
