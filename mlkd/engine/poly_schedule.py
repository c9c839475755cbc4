"""The polynomial schedule that ends at zero."""

from __future__ import annotations

from typing import Any

from mmengine.optim import PolyLR

from mlkd.registry import PARAM_SCHEDULERS


@PARAM_SCHEDULERS.register_module()
class PolyToEndLR(PolyLR):
    r"""The rate at step t of T is :math:`\eta_0 (1 - t / T)^p`.

    MMEngine's ``PolyLR`` comes to its end a step earlier: it divides by T - 1.

    Args:
        args: Those of ``PolyLR``.
        kwargs: The same.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.total_iters += 1
