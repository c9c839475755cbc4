from __future__ import annotations

import torch
import torch.nn.functional as F

from mlkd.structures import MultiLabelDataSample, boxes_in_original, maps_in_original


def test_boxes_go_back_to_the_stored_image() -> None:
    """Resized from 100 x 50 (width, height) to 200 x 200, then mirrored; a sample, or the dict of one."""
    sample = MultiLabelDataSample(metainfo={'img_shape': (200, 200), 'scale_factor': (2.0, 4.0), 'flip': True})
    original = torch.tensor([[10.0, 5, 30, 25]])
    resized = original * torch.tensor([2.0, 4, 2, 4])
    mirrored = torch.stack([200 - resized[:, 2], resized[:, 1], 200 - resized[:, 0], resized[:, 3]], 1)
    for what in (sample, sample.to_dict()):
        assert torch.equal(boxes_in_original(mirrored, what), original)
    assert torch.equal(boxes_in_original(original, MultiLabelDataSample()), original)


def test_maps_as_torch_makes_them_larger() -> None:
    maps = torch.randn(2, 5, 7, generator=torch.Generator().manual_seed(0))
    sample = {'ori_shape': (40, 63), 'img_shape': (20, 28), 'scale_factor': (28 / 63, 0.5)}
    expected = F.interpolate(maps[None].double(), size=(40, 63), mode='bilinear', align_corners=False)[0]
    torch.testing.assert_close(maps_in_original(maps, sample), expected)


def test_maps_leave_padding_behind_and_are_mirrored_back() -> None:
    maps = torch.randn(1, 4, 6, generator=torch.Generator().manual_seed(0))
    padded = F.pad(maps, (0, 2, 0, 1), value=9.0)
    whole = {'ori_shape': (32, 48), 'img_shape': (16, 24), 'scale_factor': (0.5, 0.5)}
    inside = maps_in_original(maps, whole)
    found = maps_in_original(padded, {**whole, 'batch_input_shape': (20, 32)})
    # Cells of 4 pixels, 8 in the image as it was stored; half a cell before the padding it is mixed in.
    torch.testing.assert_close(found[:, :28, :44], inside[:, :28, :44])
    mirrored = maps_in_original(maps.flip(2), {**whole, 'flip': True})
    torch.testing.assert_close(mirrored, inside)


def test_maps_of_one_cell() -> None:
    assert maps_in_original(torch.full((1, 1, 1), 3.0), {'ori_shape': (2, 3)}).tolist() == [[[3] * 3] * 2]
