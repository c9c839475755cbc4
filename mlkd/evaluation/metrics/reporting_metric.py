"""What metrics that report on single classes share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mlkd.errors import ConfigError


class ReportingMetric(BaseMetric):
    """Tells the numbers of single classes in :attr:`last_report`, on the main process.

    Args:
        collect_device: ``'cpu'`` or ``'gpu'``, as in MMEngine.
        prefix: Put before each name, with a slash.
    """

    def __init__(self, collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.last_report: dict[str, Any] = {}

    def report(self, images: int, names: Sequence[str], left_out: Sequence[int], columns: dict, **facts: Any) -> None:
        """Put the numbers per class into :attr:`last_report`, as plain Python, and say which classes are left out.

        Args:
            images: How many.
            names: Of the classes.
            left_out: Classes that the means are taken without.
            columns: By name, an array (K,): of whole numbers, or of shares, which become percent.
            facts: What else the report tells.
        """
        self.last_report = {
            'images': images,
            **facts,
            'left_out': [names[index] for index in left_out],
            'classes': [
                {'name': name, **{key: _plain(values[index]) for key, values in columns.items()}}
                for index, name in enumerate(names)
            ],
        }
        if left_out:
            what = f'{len(left_out)} of {len(names)} classes have no object that counts'
            which = ', '.join(self.last_report['left_out'])
            print_log(f'{what} and are left out of the means of {self.prefix}: {which}', logger='current')

    @classmethod
    def wrong(cls, key: str, found: object, expected: str) -> ConfigError:
        """The error of an argument that makes no sense."""
        return ConfigError(f'An argument of {cls.__name__} makes no sense.', where=key, found=found, expected=expected)


def percent_mean(values: np.ndarray) -> float:
    """Mean of shares in percent, over those that are numbers; NaN where none is."""
    known = values[~np.isnan(values)]
    return 100 * float(known.mean()) if len(known) else float('nan')


def _plain(value: Any) -> float | int | None:
    if np.issubdtype(np.asarray(value).dtype, np.integer):
        return int(value)
    return None if np.isnan(value) else 100 * float(value)
