from __future__ import annotations

import torch

from mlkd.models.utils.constant_branch import ConstantBranch


class Counted:
    """Doubles its tensor, and counts how often."""

    def __init__(self) -> None:
        self.source, self.calls, self.kept = torch.nn.Parameter(torch.ones(2)), 0, ConstantBranch[torch.Tensor]()

    def double(self) -> torch.Tensor:
        self.calls += 1
        return 2 * self.source

    def __call__(self) -> torch.Tensor:
        return self.kept(self.double, [self.source])


def test_computed_once_without_gradients() -> None:
    branch = Counted()
    with torch.no_grad():
        assert branch() is branch()
    with torch.inference_mode():
        branch()
    assert branch.calls == 1


def test_computed_each_time_with_gradients() -> None:
    branch = Counted()
    branch().sum().backward()
    assert branch.source.grad is not None
    assert branch.source.grad.tolist() == [2, 2]
    assert branch() is not branch()
    with torch.no_grad():
        assert not branch().requires_grad


def test_whatever_its_tensors_become_is_seen() -> None:
    branch = Counted()
    with torch.no_grad():
        branch()
        branch.source.add_(1)
        assert branch().tolist() == [4, 4]
        branch.source.data = torch.full((2,), 5.0)
        assert branch().tolist() == [10, 10]
        branch.source = torch.nn.Parameter(branch.source.double())
        assert branch().dtype == torch.float64
    assert branch.calls == 4


def test_forgotten_on_request() -> None:
    branch = Counted()
    with torch.no_grad():
        branch()
        branch.kept.forget()
        branch()
    assert branch.calls == 2


def test_tensors_that_do_not_count_their_changes_are_never_trusted() -> None:
    branch = Counted()
    with torch.inference_mode():
        branch.source = torch.ones(2)  # type: ignore[assignment]
        branch()
        branch.source.add_(1)
        assert branch().tolist() == [4, 4]
