"""Comparing partitions, by hand."""

from __future__ import annotations

import pytest
from sklearn.metrics import adjusted_rand_score

from mlkd.errors import PartitionError
from mlkd.partition import Partition, compare

CLASSES = tuple('abcdefg')
ONE = Partition((tuple('abc'), tuple('de'), tuple('fg')), CLASSES)


def test_the_order_of_parts_and_labels_does_not_matter() -> None:
    found = compare(ONE, Partition((tuple('gf'), tuple('cba'), tuple('ed')), tuple('gfedcba')))
    assert found.equal
    assert found.adjusted_rand == 1
    assert found.matches == ((0, 1, 3), (1, 2, 2), (2, 0, 2))


def test_a_label_that_moved() -> None:
    other = Partition((tuple('fgc'), tuple('ab'), tuple('de')), CLASSES)
    found = compare(ONE, other)
    assert not found.equal
    assert found.moved == {'c': (0, 0)}
    assert found.matches == ((0, 1, 2), (1, 2, 2), (2, 0, 2))
    assert found.adjusted_rand == pytest.approx(adjusted_rand_score([0, 0, 0, 1, 1, 2, 2], [1, 1, 0, 2, 2, 0, 0]))


def test_other_numbers_of_parts() -> None:
    found = compare(ONE, Partition((tuple('abc'), tuple('defg')), CLASSES))
    assert found.matches == ((0, 0, 3), (1, 1, 2))
    assert found.moved == {'f': (2, 1), 'g': (2, 1)}
    whole = compare(ONE, Partition.whole(CLASSES))
    assert whole.adjusted_rand == 0
    assert whole.matches == ((0, 0, 3),)
    assert set(whole.moved) == set('defg')


def test_of_other_labels() -> None:
    with pytest.raises(PartitionError, match='labels'):
        compare(ONE, Partition.whole(tuple('abcdefh')))


def test_published_families_are_unrelated() -> None:
    """Spec 1.8: about 0, 0.037 for COCO and 0.012 for NUS-WIDE at K = 5."""
    for dataset, index in (('coco', 0.037), ('nuswide', 0.012)):
        pair = [Partition.published(dataset, graph, 5) for graph in ('cgp', 'dgp')]
        assert compare(*pair).adjusted_rand == pytest.approx(index, abs=5.1e-4)
