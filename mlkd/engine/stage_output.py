"""What a stage leaves for later ones, and the folds that it may be trained in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlkd.errors import ConfigError


@dataclass(frozen=True)
class StageOutput:
    """What a stage left.

    Attributes:
        checkpoint: Path of the network that was trained on all images; None where folds alone were trained.
        fold_checkpoints: One path per fold, empty without folds.
        metrics: What was measured on the test set.
        parts: By partition, for each of its parts ``dict(labels=..., checkpoint=...)``.
    """

    checkpoint: str | None
    fold_checkpoints: tuple[str, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Folds:
    """Out-of-fold training of a stage: ``n`` networks, each trained without one n-th of the images.

    Attributes:
        n: Number of folds.
        full: Whether one more network is trained on all images; its metrics are then the stage's.
    """

    n: int
    full: bool = False

    @classmethod
    def of(cls, value: Any, where: str) -> Folds:
        """Folds as a config has them, a number or ``dict(n=5, full=True)``, at key path ``where``.

        Raises:
            ConfigError: If they are something else, or fewer than 2.
        """
        arguments = dict(value) if isinstance(value, Mapping) else {'n': value}
        n, full = arguments.pop('n', None), arguments.pop('full', False)
        if arguments or not isinstance(n, int) or isinstance(n, bool) or n < 2:
            expected = '5 or dict(n=5, full=True)'
            raise ConfigError('folds is not understood.', where=where, found=value, expected=expected)
        return cls(n, bool(full))

    def parts(self) -> dict[str, dict]:
        """Folder of each training and the ``folds`` argument of its training set."""
        parts: dict[str, dict] = {f'fold{i}': {'n': self.n, 'held_out': i} for i in range(self.n)}
        return {**parts, 'full': {'n': self.n}} if self.full else parts
