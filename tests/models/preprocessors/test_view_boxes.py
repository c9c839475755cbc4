from __future__ import annotations

import pytest
import torch
from mmengine.structures import InstanceData

from mlkd.models.preprocessors.view_boxes import move_sample, rescale_boxes


def test_spec_vector() -> None:
    boxes = torch.tensor([[100.0, 50, 671, 333]])
    assert rescale_boxes(boxes, (672, 672), (224, 224), 'floor').tolist() == [[33, 16, 223, 111]]


@pytest.mark.parametrize('factor', [0.714286, 0.857143, 1.095239, 1.238096])
def test_floor_is_the_released_rule_at_every_coordinate(factor: float) -> None:
    side = int(672 * factor)
    coordinates = torch.arange(672.0)
    boxes = (coordinates + 0.7)[:, None].repeat(1, 4)
    wanted = [int(factor * int(c)) for c in coordinates.tolist()]
    assert rescale_boxes(boxes, (672, 672), (side, side), 'floor')[:, 0].tolist() == wanted


@pytest.mark.parametrize('factor', [0.714286, 0.857143, 1.095239, 1.238096])
def test_mirrored_boxes_are_floored_before_they_are_mirrored(factor: float, make_sample) -> None:
    """The loader's order at an extra scale: int(f x), then W - 1 - x. At the frame's own size, 671 - x is all."""
    side, corners = int(672 * factor), torch.arange(672.0)
    boxes = torch.stack([corners, corners, corners.flip(0), corners], dim=1)
    x1, y1, x2, y2 = (torch.tensor([int(factor * int(c)) for c in column]) for column in boxes.T.tolist())
    wanted = torch.stack([side - 1 - x2, y1, side - 1 - x1, y2], dim=1).float()
    frame = torch.stack([671 - boxes[:, 2], boxes[:, 1], 671 - boxes[:, 0], boxes[:, 3]], dim=1)
    assert torch.equal(rescale_boxes(frame, (672, 672), (side, side), 'floor', mirrored=True), wanted)
    for extra_scale, expected in ((True, wanted), (False, rescale_boxes(frame, (672, 672), (side, side), 'floor'))):
        sample = make_sample([1], frame.tolist(), [1.0] * 672, size=(672, 672), flip=True)
        move_sample(sample, (side, side), (side, side), 'floor', extra_scale)
        assert torch.equal(sample.proposals.bboxes, expected)
    assert not torch.equal(wanted, expected)


def test_without_rounding_boxes_scale_by_axis() -> None:
    boxes = torch.tensor([[1.0, 1, 3, 3]])
    assert rescale_boxes(boxes, (10, 20), (5, 40)).tolist() == [[2, 0.5, 6, 1.5]]
    assert rescale_boxes(boxes + 0.3, (10, 20), (10, 20)).tolist() == (boxes + 0.3).tolist()


def test_sample_moves_with_its_boxes(make_sample) -> None:
    sample = make_sample([1], [[3, 3, 5, 5]], [1.0], size=(12, 12), scale_factor=(0.5, 2.0))
    sample.gt_instances = InstanceData(bboxes=torch.tensor([[3.0, 3, 5, 5]]))
    move_sample(sample, (6, 4), (8, 8), 'floor')
    assert sample.proposals.bboxes.tolist() == [[1, 1, 1, 2]]
    torch.testing.assert_close(sample.gt_instances.bboxes, torch.tensor([[1, 1.5, 5 / 3, 2.5]]))
    assert sample.img_shape == (6, 4)
    assert sample.batch_input_shape == sample.pad_shape == (8, 8)
    assert sample.scale_factor == pytest.approx((0.5 * 4 / 12, 2.0 * 6 / 12))
