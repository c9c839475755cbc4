from __future__ import annotations

import numpy as np
import pytest
import torch

from mlkd.errors import MLKDError
from mlkd.evaluation.functional.inputs import as_scores_and_labels


def test_tensors_lists_and_arrays_give_the_same():
    scores, labels = [[0.25, 0.5], [0.75, 1.0]], [[1, 0], [-1, 1]]
    from_lists = as_scores_and_labels(scores, labels)
    from_tensors = as_scores_and_labels(torch.tensor(scores, requires_grad=True), torch.tensor(labels))
    for one, other in zip(from_lists, from_tensors, strict=True):
        np.testing.assert_array_equal(one, other)
    assert from_lists[0].dtype == np.float64
    assert from_tensors[0].dtype == np.float32
    assert from_lists[1].dtype == from_tensors[1].dtype == np.int8


def test_bfloat16_is_read():
    score, _ = as_scores_and_labels(torch.tensor([[0.5]], dtype=torch.bfloat16), [[1]])
    assert score.tolist() == [[0.5]]


@pytest.mark.parametrize('shape', [(2, 3), (3, 2), (6,), (1, 2, 3)])
def test_shapes_that_do_not_fit_say_both(shape: tuple[int, ...]):
    with pytest.raises(MLKDError, match='Scores and labels do not fit') as caught:
        as_scores_and_labels(np.zeros((2, 2)), np.zeros(shape, dtype=int))
    assert '(2, 2)' in str(caught.value)
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
def test_scores_that_are_not_finite_name_the_images(value: float):
    scores = np.zeros((3, 2), dtype=np.float32)
    scores[1, 1] = value
    labels = np.zeros((3, 2), dtype=int)
    with pytest.raises(MLKDError, match='of 1 of 3 images are not finite') as caught:
        as_scores_and_labels(scores, labels, images=['a.jpg', 'b.jpg', 'c.jpg'])
    assert caught.value.where == 'b.jpg'
    with pytest.raises(MLKDError) as caught:
        as_scores_and_labels(scores, labels)
    assert caught.value.where == '1'


def test_other_labels_are_an_error():
    with pytest.raises(MLKDError, match='other values than -1, 0 and 1') as caught:
        as_scores_and_labels(np.zeros((1, 3)), [[0, 1, 2]])
    assert caught.value.found == [0, 1, 2]
