from __future__ import annotations

import pytest

from mlkd.errors import DataError
from mlkd.models.utils import stack_labels


def test_labels_are_stacked(make_sample) -> None:
    assert stack_labels([make_sample([1, 0]), make_sample([-1, 1])], 2).tolist() == [[1, 0], [-1, 1]]


def test_wrong_number_of_labels(make_sample) -> None:
    with pytest.raises(DataError) as caught:
        stack_labels([make_sample([1, 0]), make_sample([1, 0, 1], img_path='b.jpg')], 2)
    assert all(part in str(caught.value) for part in ('b.jpg', '3 labels', '2 labels', 'num_classes'))


def test_no_labels(make_sample) -> None:
    with pytest.raises(DataError, match='no labels'):
        stack_labels([make_sample()], 2)
