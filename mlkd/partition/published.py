"""The partitions that Xu et al. (IJCAI 2022) published with their code, in ``published.json``."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from mlkd.errors import PartitionError, did_you_mean


class Published(NamedTuple):
    """A published partition.

    Attributes:
        parts: Names of the labels of each part.
        rho: The exponent that fits it best.
        counts: Checksum of the counts that it was made from.
    """

    parts: list[list[str]]
    rho: float
    counts: str


def published_order(dataset: str) -> tuple[str, ...]:
    """The labels of a data set in the order of the published files, which is alphabetical.

    Raises:
        PartitionError: If nothing was published for the data set.
    """
    return tuple(_entry('data set', dataset, _content())['classes'])


def published_parts(dataset: str, graph: str, num_parts: int) -> Published:
    """A published partition (run 0).

    Args:
        dataset: ``'coco'`` or ``'nuswide'``.
        graph: ``'cgp'`` or ``'dgp'``.
        num_parts: 2, 3, 5, 8 or 13.

    Raises:
        PartitionError: If there is none.
    """
    of_dataset = _entry('data set', dataset, _content())
    found = _entry('parts', str(num_parts), _entry('graph', graph, of_dataset['graphs']))
    return Published(found['parts'], found['rho'], of_dataset['counts'])


@cache
def _content() -> dict[str, Any]:
    return json.loads(resources.files('mlkd.partition').joinpath('published.json').read_text(encoding='utf-8'))


def _entry(where: str, key: str, content: dict[str, Any]) -> Any:
    if key not in content:
        raise PartitionError(
            'No such partition was published.',
            where=where,
            found=key,
            expected=' or '.join(content),
            fix=did_you_mean(key, content) or 'make one: mlkd partition make',
        )
    return content[key]
