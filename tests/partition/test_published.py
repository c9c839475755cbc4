from __future__ import annotations

from itertools import product

import pytest

from mlkd.errors import PartitionError
from mlkd.partition.published import published_order, published_parts


@pytest.mark.parametrize(('dataset', 'labels'), [('coco', 80), ('nuswide', 81)])
def test_each_is_a_division_of_all_labels(dataset: str, labels: int) -> None:
    order = published_order(dataset)
    assert (len(order), list(order)) == (labels, sorted(order))
    for graph, parts in product(('cgp', 'dgp'), (2, 3, 5, 8, 13)):
        found = published_parts(dataset, graph, parts)
        assert len(found.parts) == parts
        assert sorted(name for part in found.parts for name in part) == sorted(order)
        assert found.rho > 0
        assert found.counts == published_parts(dataset, 'cgp', 2).counts


def test_families_and_data_sets_differ() -> None:
    assert published_parts('coco', 'cgp', 5).parts != published_parts('coco', 'dgp', 5).parts
    assert published_parts('coco', 'cgp', 2).counts != published_parts('nuswide', 'cgp', 2).counts


@pytest.mark.parametrize(
    ('arguments', 'where', 'expected'),
    [
        (('voc', 'cgp', 5), 'data set', 'coco or nuswide'),
        (('coco', 'abc', 5), 'graph', 'cgp or dgp'),
        (('coco', 'cgp', 4), 'parts', '2 or 3 or 5 or 8 or 13'),
    ],
)
def test_what_was_not_published(arguments: tuple, where: str, expected: str) -> None:
    with pytest.raises(PartitionError) as error:
        published_parts(*arguments)
    assert (error.value.where, error.value.expected) == (where, expected)
    assert error.value.fix
