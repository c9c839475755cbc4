from __future__ import annotations

import pytest
import torch
from torch.autograd import gradcheck

from mlkd.errors import ProposalError
from mlkd.models.utils import samples_to_rois, segment_positions, segment_softmax, segment_sum

COUNTS = (3, 0, 1, 2000, 0)
INDEX = torch.arange(len(COUNTS)).repeat_interleave(torch.tensor(COUNTS))


def test_softmax_is_that_of_each_image_alone() -> None:
    x = torch.randn(len(INDEX), 7) * 20
    mine = segment_softmax(x, INDEX, len(COUNTS))
    start = 0
    for count in COUNTS:
        torch.testing.assert_close(mine[start : start + count], x[start : start + count].softmax(0))
        start += count


def test_sum_is_that_of_each_image_alone() -> None:
    x = torch.randn(len(INDEX), 2, 3, dtype=torch.float64)
    mine = segment_sum(x, INDEX, len(COUNTS))
    for segment in range(len(COUNTS)):
        torch.testing.assert_close(mine[segment], x[segment == INDEX].sum(0))


def test_single_proposal_has_all_the_weight() -> None:
    assert segment_softmax(torch.tensor([[-1e30, 1e30]]), torch.tensor([0]), 1).tolist() == [[1, 1]]


def test_no_proposal_at_all() -> None:
    none = torch.zeros(0, 4)
    assert segment_softmax(none, torch.zeros(0, dtype=torch.long), 2).shape == (0, 4)
    assert torch.equal(segment_sum(none, torch.zeros(0, dtype=torch.long), 2), torch.zeros(2, 4))


@pytest.mark.parametrize('segment', [0, 2, 3])
def test_bits_do_not_depend_on_the_rest_of_the_batch(segment: int) -> None:
    x = torch.randn(len(INDEX), 5)
    alone, zeros = x[segment == INDEX], torch.zeros(COUNTS[segment], dtype=torch.long)
    assert torch.equal(segment_softmax(x, INDEX, len(COUNTS))[segment == INDEX], segment_softmax(alone, zeros, 1))
    assert torch.equal(segment_sum(x, INDEX, len(COUNTS))[segment], segment_sum(alone, zeros, 1)[0])


def test_half_precision_is_computed_in_float32() -> None:
    x = torch.randn(len(INDEX), 5).bfloat16()
    mine = segment_softmax(x, INDEX, len(COUNTS))
    assert mine.dtype == torch.float32
    assert torch.equal(mine, segment_softmax(x.float(), INDEX, len(COUNTS)))


def test_gradients() -> None:
    index = torch.tensor([0, 0, 0, 2])
    x = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda v: segment_softmax(v, index, 3), x)
    assert gradcheck(lambda v: segment_sum(v, index, 3), x)


def test_positions_count_from_zero_in_each_image() -> None:
    assert segment_positions(torch.tensor([0, 0, 2, 2, 2]), 4).tolist() == [0, 1, 0, 1, 2]


def test_samples_to_rois(make_sample) -> None:
    samples = [
        make_sample(bboxes=[[1, 2, 3, 4], [5, 6, 7, 8]], scores=[0.5, 0.25]),
        make_sample(bboxes=[], scores=[]),
        make_sample(bboxes=[[9, 9, 10, 10]]),
    ]
    rois, scores = samples_to_rois(samples)
    assert rois.tolist() == [[0, 1, 2, 3, 4], [0, 5, 6, 7, 8], [2, 9, 9, 10, 10]]
    assert scores.tolist() == [0.5, 0.25, 1]
    assert rois.dtype == scores.dtype == torch.float32


def test_sample_without_proposals_is_named(make_sample) -> None:
    with pytest.raises(ProposalError, match=r'cat\.jpg') as caught:
        samples_to_rois([make_sample(img_path='cat.jpg')])
    assert 'proposal_file' in str(caught.value)
