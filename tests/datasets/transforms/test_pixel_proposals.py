"""PixelProposals: the pixels of the text lists, and nothing else moves."""

from __future__ import annotations

import numpy as np
import pytest

from mlkd.datasets.transforms import LoadImage, PixelProposals, Warp
from mlkd.proposals.formats.datalist import to_frame


def frame(size: tuple[int, int], boxes: list[list[float]]) -> dict:
    image, array = np.zeros((*size, 3), np.uint8), np.array(boxes, np.float32).reshape(-1, 4)
    return Warp(672)(LoadImage()({'render': image.copy, 'proposals': array, 'gt_bboxes': array.copy()}))


@pytest.mark.parametrize('size', [(375, 500), (60, 120), (333, 499), (672, 672), (1023, 767)])
def test_they_are_those_of_a_text_list(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    corners = np.sort(rng.integers(0, np.array(size[::-1]) + 1, (500, 2, 2)), axis=1).reshape(-1, 4).tolist()
    found = PixelProposals()(frame(size, [[0, 0, size[1], size[0]], *corners]))
    np.testing.assert_array_equal(found['proposals'], to_frame(np.array([[0, 0, *size[::-1]], *corners]), size))
    assert found['proposals'][0].tolist() == [0, 0, 671, 671]


def test_boxes_of_the_annotation_and_samples_without_proposals_stay() -> None:
    before = frame((10, 20), [[1.3, 1, 15, 9.9]])
    found = PixelProposals()(dict(before))
    np.testing.assert_array_equal(found['gt_bboxes'], before['gt_bboxes'])
    assert found['proposals'].tolist() == [[43, 67, 504, 665]]
    assert PixelProposals()(frame((10, 20), []))['proposals'].shape == (0, 4)
    assert 'proposals' not in PixelProposals()({'img_shape': (10, 20)})
