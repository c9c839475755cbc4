from __future__ import annotations

import torch

from mlkd.structures import MultiLabelDataSample


def test_a_sample_with_some_of_the_labels_shares_the_rest() -> None:
    sample = MultiLabelDataSample(metainfo={'img_path': 'a.png'}).set_gt_label([1, 0, -1, 1])
    part = sample.with_labels(torch.tensor([1, 0]))
    part.pred_score = torch.ones(2)
    part.set_metainfo({'seen': True})
    assert (part.img_path, part.gt_label.tolist()) == ('a.png', [1, 0])
    assert sample.gt_label.tolist() == [1, 0, -1, 1]
    assert 'pred_score' not in sample
    assert sample.to_dict().keys() == {'img_path', 'gt_label'}
    assert part.to_dict().keys() == {'img_path', 'seen', 'gt_label', 'pred_score'}
