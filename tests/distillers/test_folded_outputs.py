"""Out-of-fold teachers: each image by the network that has not seen it."""

from __future__ import annotations

import pytest
import torch

from mlkd.distillers import FrameBatch, Teacher
from mlkd.errors import DataError
from mlkd.registry import MODELS


def test_each_image_gets_its_own_network(teacher_cfg: dict, batch: FrameBatch) -> None:
    networks = []
    for seed in range(3):
        torch.manual_seed(seed)
        networks.append(MODELS.build(teacher_cfg))
    folds = [2, 0, 2]
    for sample, fold in zip(batch.samples, folds, strict=True):
        sample.set_metainfo({'fold': fold})
    with Teacher(networks).outputs(batch, ['backbone', 'roi_head.dropout']) as folded:
        maps, (cls, det), rois = folded.feats[-1], folded.bag_logits, folded.rois
        rows = folded.taps['roi_head.dropout']
        tapped, own = folded.taps['backbone'], folded.roi_embed(torch.ones(5, 256, 2, 2), folded.roi_index)
        assert len(own) == len(rows) == len(rois) == 5
    torch.testing.assert_close(tapped, maps)
    for i, fold in enumerate(folds):
        with Teacher([networks[fold]]).outputs(batch) as plain:
            torch.testing.assert_close(maps[i], plain.feats[-1][i])
            mine = plain.roi_index == i
            torch.testing.assert_close(cls[mine], plain.bag_logits[0][mine])
            torch.testing.assert_close(det[mine], plain.bag_logits[1][mine])


@pytest.mark.parametrize('fold', [None, 2])
def test_a_fold_is_needed(teacher_cfg: dict, batch: FrameBatch, fold: int | None) -> None:
    for sample in batch.samples:
        sample.set_metainfo({'fold': fold})
    teacher = Teacher([MODELS.build(teacher_cfg) for _ in range(2)])
    with teacher.outputs(batch) as outputs, pytest.raises(DataError, match=r'(?s)4\.jpg.*0 to 1'):
        _ = outputs.feats
