"""Boxes around peaks: by hand, and against a walk from each peak."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from mlkd.models.layers import local_maxima, peak_boxes


def bump(row: float, column: float, width: float, value: float = 1.0, side: int = 8) -> torch.Tensor:
    grid = torch.arange(side).float()
    return value * torch.exp(-((grid[:, None] - row) ** 2 + (grid - column) ** 2) / (2 * width**2))


def test_a_box_reaches_as_far_as_the_share() -> None:
    flat = torch.zeros(1, 8, 8)
    flat[0, 2:5, 3:7] = 0.9
    boxes, index, values = peak_boxes(flat, 1, 0.5)
    # Half the height is reached half-way between cells.
    assert (boxes - torch.tensor([[3.0, 2, 7, 5]])).abs().max() <= 0.25
    assert index.tolist() == [0]
    torch.testing.assert_close(values, torch.tensor([0.9]))


def test_as_walking_from_each_peak() -> None:
    generator = torch.Generator().manual_seed(0)
    maps = F.avg_pool2d(torch.rand(6, 14, 16, generator=generator), 5, 1)
    share = 0.9
    boxes, index, values = peak_boxes(maps, 3, share)
    fine = F.interpolate(maps[:, None], scale_factor=4, mode='bilinear', align_corners=False)[:, 0]
    peaks, there = local_maxima(fine, 4, 3)
    expected = []
    for n in range(len(maps)):
        points = peaks[n][there[n]].tolist() or [list(divmod(int(fine[n].argmax()), fine.shape[2]))]
        for row, column in points:
            line, post = fine[n, row].numpy(), fine[n, :, column].numpy()
            least = np.float32(share) * line[column]
            ends = []
            for profile, place in ((line, column), (post, row)):
                first = last = place
                while first > 0 and profile[first - 1] >= least:
                    first -= 1
                while last + 1 < len(profile) and profile[last + 1] >= least:
                    last += 1
                ends.append((first, last + 1))
            expected.append([ends[0][0], ends[1][0], ends[0][1], ends[1][1]])
    assert (boxes * 4).int().tolist() == expected
    assert index.tolist() == sorted(index.tolist())
    assert len(values) == len(boxes) > 6


def test_two_peaks_and_one_on_the_border() -> None:
    two = bump(2, 2, 0.8) + bump(5, 6, 0.8, 0.6)
    corner = bump(0, 0, 1.0)
    boxes, index, values = peak_boxes(torch.stack([two, corner, torch.zeros(8, 8)]), 3, 0.5)
    assert index.tolist() == [0, 0, 1]
    assert values[0] > values[1]
    centres = (boxes[:2, :2] + boxes[:2, 2:]) / 2
    torch.testing.assert_close(centres, torch.tensor([[2.5, 2.5], [6.5, 5.5]]), atol=0.26, rtol=0)
    assert boxes[2, :2].tolist() == [0, 0]


def test_no_maps() -> None:
    boxes, index, values = peak_boxes(torch.zeros(0, 4, 4), 3, 0.5)
    assert (boxes.shape, index.shape, values.shape) == ((0, 4), (0,), (0,))
