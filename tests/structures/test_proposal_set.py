from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mlkd.structures import ProposalSet


def test_the_whole_image_is_width_by_height() -> None:
    proposals = ProposalSet.whole_image((375, 500))
    assert proposals.bboxes.tolist() == [[0, 0, 500, 375]]
    assert (proposals.scores.tolist(), proposals.size, len(proposals)) == ([1], (375, 500), 1)
    assert (proposals.bboxes.dtype, proposals.scores.dtype) == (np.float32, np.float32)


def test_its_length_is_the_number_of_boxes() -> None:
    empty = ProposalSet(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), (2, 3))
    assert (len(empty), bool(empty)) == (0, False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        empty.size = (1, 1)  # type: ignore[misc]
