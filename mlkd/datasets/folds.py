"""Dividing a data set into folds, so that each image can be taught by a network that has not seen it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlkd.errors import ConfigError


@dataclass(frozen=True)
class Folds:
    """A division into folds.

    Attributes:
        n: Number of folds, at least 2.
        held_out: The fold that is left out; None leaves all in.
    """

    n: int
    held_out: int | None = None

    @classmethod
    def of(cls, value: Mapping[str, Any] | None) -> Folds | None:
        """From the argument of a data set, ``dict(n=5, held_out=0)`` or None.

        Raises:
            ConfigError: If it is anything else.
        """
        if value is None:
            return None
        arguments = dict(value) if isinstance(value, Mapping) else {}
        n, held_out = arguments.pop('n', 0), arguments.pop('held_out', None)
        if arguments or not _whole(n) or n < 2 or not (held_out is None or (_whole(held_out) and 0 <= held_out < n)):
            raise ConfigError(
                'folds is not understood.',
                where='folds of a data set',
                found=value,
                expected='dict(n=5, held_out=0), held_out from 0 to n - 1, or dict(n=5)',
            )
        return cls(n, held_out)

    def of_keys(self, keys: Sequence[str]) -> list[int]:
        """The fold of each image.

        It depends on the set of keys alone, not on their order or on any seed: the stage that trains the networks
        of the folds and the one that asks them agree. The sizes of the folds differ by one at most.
        """
        ranked = sorted(range(len(keys)), key=lambda i: hashlib.sha256(keys[i].encode()).digest())
        folds = [0] * len(keys)
        for rank, position in enumerate(ranked):
            folds[position] = rank % self.n
        return folds


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
