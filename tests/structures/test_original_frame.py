from __future__ import annotations

import torch

from mlkd.structures import MultiLabelDataSample, boxes_in_original


def test_boxes_go_back_to_the_stored_image() -> None:
    """Resized from 100 x 50 (width, height) to 200 x 200, then mirrored; a sample, or the dict of one."""
    sample = MultiLabelDataSample(metainfo={'img_shape': (200, 200), 'scale_factor': (2.0, 4.0), 'flip': True})
    original = torch.tensor([[10.0, 5, 30, 25]])
    resized = original * torch.tensor([2.0, 4, 2, 4])
    mirrored = torch.stack([200 - resized[:, 2], resized[:, 1], 200 - resized[:, 0], resized[:, 3]], 1)
    for what in (sample, sample.to_dict()):
        assert torch.equal(boxes_in_original(mirrored, what), original)
    assert torch.equal(boxes_in_original(original, MultiLabelDataSample()), original)
