"""The output of a branch of a network that no image reaches, kept while nothing it is made of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import torch
from torch import Tensor

T = TypeVar('T')


class ConstantBranch(Generic[T]):
    """Computes a branch once, as long as its tensors are the same and no gradient is asked for.

    Whoever holds it calls :meth:`forget` where training may begin or tensors may be exchanged.
    """

    def __init__(self) -> None:
        self._known: tuple[tuple, T] | None = None

    def __call__(self, branch: Callable[[], T], tensors: Iterable[Tensor]) -> T:
        """What the branch gives.

        Args:
            branch: Computes it.
            tensors: All that it is made of.
        """
        sources = list(tensors)
        # Tensors made in inference mode do not count how often they were written to.
        if torch.is_grad_enabled() or any(x.is_inference() for x in sources):
            return branch()
        state = tuple((x.data_ptr(), x._version, x.dtype, x.device) for x in sources)
        if self._known is None or self._known[0] != state:
            self._known = state, branch()
        return self._known[1]

    def forget(self) -> None:
        """Compute anew the next time."""
        self._known = None
