from __future__ import annotations

import pytest

from mlkd.engine.parts.label_part import label_parts
from mlkd.errors import PartitionError

CLASSES = ('person', 'potted plant', 'sofa', 'TV')


def test_the_order_is_that_of_the_data_set() -> None:
    first, second = label_parts([('TV', 'potted plant'), ('sofa', 'person')], CLASSES)
    assert (first.labels, first.index) == (('potted plant', 'TV'), (1, 3))
    assert (second.labels, second.index) == (('person', 'sofa'), (0, 2))


def test_the_name_depends_on_the_labels_alone() -> None:
    (one,), (other,) = (label_parts([part], CLASSES) for part in (('TV', 'potted plant'), ('potted plant', 'TV')))
    (reordered,) = label_parts([('potted plant', 'TV')], CLASSES[::-1])
    assert one.name == other.name
    assert one.name.startswith('potted_plant-2-')
    assert reordered.name.rpartition('-')[2] == one.name.rpartition('-')[2]
    assert '.' not in one.name
    assert label_parts([('TV',)], CLASSES)[0].name != one.name


def test_an_unknown_label_is_named() -> None:
    with pytest.raises(PartitionError, match='did you mean sofa'):
        label_parts([('soffa',)], CLASSES)
