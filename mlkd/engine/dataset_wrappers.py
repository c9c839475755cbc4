"""Data sets of MMEngine that wrap others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def innermost_datasets(dataset: Any) -> Iterator[Any]:
    """The data sets that read samples, below wrappers like ``ConcatDataset`` and ``RepeatDataset``."""
    inner = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    if inner[0] is None:
        yield dataset
    else:
        for one in inner:
            yield from innermost_datasets(one)
