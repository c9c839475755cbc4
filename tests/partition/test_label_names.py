from __future__ import annotations

import pytest

from mlkd.errors import PartitionError
from mlkd.partition.label_names import canonical, checked_names, order_of, positions

CLASSES = ('airport', 'earthquake', 'sea', 'zebra')


def test_one_spelling_per_label() -> None:
    assert [canonical(name) for name in ('earthq', 'earthquake', 'Earthq')] == ['earthquake', 'earthquake', 'Earthq']


def test_names_are_kept_as_they_are_written() -> None:
    assert checked_names(['sea', 'earthq']) == ('sea', 'earthq')


@pytest.mark.parametrize('names', [[], 'sea', [''], [1], None, {'sea'}])
def test_what_is_no_list_of_names(names: object) -> None:
    with pytest.raises(PartitionError, match=r'(?s)no names.*where: here'):
        checked_names(names, 'here')  # type: ignore[arg-type]


@pytest.mark.parametrize('names', [['sea', 'sea'], ['earthq', 'earthquake']])
def test_a_label_that_is_there_twice_however_it_is_spelt(names: list[str]) -> None:
    with pytest.raises(PartitionError, match='named twice'):
        checked_names(names)


def test_positions_by_name() -> None:
    assert positions(['zebra', 'earthq'], CLASSES) == [3, 1]
    assert positions([], CLASSES) == []
    with pytest.raises(PartitionError, match=r'(?s)^1 of 2 labels are not known.*zebre.*did you mean zebra'):
        positions(['sea', 'zebre'], CLASSES)
    with pytest.raises(PartitionError, match='same data set'):
        positions(['xylophone'], CLASSES)


def test_the_index_brings_one_order_into_the_other() -> None:
    names = ('zebra', 'sea', 'earthq', 'airport')
    index = order_of(names, CLASSES)
    assert index == [3, 2, 1, 0]
    assert [canonical(names[i]) for i in index] == list(CLASSES)
    back = order_of(CLASSES, names)
    assert [back[i] for i in index] == list(range(4))


def test_labels_that_differ_are_named() -> None:
    with pytest.raises(PartitionError, match=r'(?s)1 of 4 labels are missing.*without zebra'):
        order_of(CLASSES, CLASSES[:3])
    with pytest.raises(PartitionError, match=r'(?s)1 of 4 labels are not known.*zebra'):
        order_of(CLASSES[:3], CLASSES)
