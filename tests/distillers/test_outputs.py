"""What a network makes of a batch: computed once, when it is asked for, in the precision of the run."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest
import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mlkd.distillers import FrameBatch
from mlkd.distillers.outputs import NetworkOutputs
from mlkd.distillers.views import View, make_view
from mlkd.errors import ConfigError
from mlkd.models.utils import samples_to_rois
from mlkd.registry import MODELS


@pytest.fixture
def student(student_cfg: dict) -> BaseModel:
    torch.manual_seed(0)
    return MODELS.build(student_cfg).eval()


@pytest.fixture
def detector(teacher_cfg: dict) -> BaseModel:
    torch.manual_seed(0)
    return MODELS.build(teacher_cfg).eval()


def outputs(network: nn.Module, batch: FrameBatch, *taps: str, **kwargs: Any) -> NetworkOutputs:
    return NetworkOutputs(network, lambda: make_view(network, batch), taps, **kwargs)


def test_each_network_has_its_own_view_and_the_batch_stays_as_it_was(
    student: BaseModel, detector: BaseModel, batch: FrameBatch
) -> None:
    frames, boxes = batch.inputs.clone(), batch.samples[0].proposals.bboxes.clone()
    with outputs(student, batch) as small, outputs(detector, batch) as large:
        assert small.inputs.shape == (3, 3, 32, 32)
        assert large.inputs.shape == (3, 3, 64, 64)
        # 4, 1 and 0 proposals; in the smaller view at half the size.
        assert small.roi_index.tolist() == large.roi_index.tolist() == [0, 0, 0, 0, 1]
        torch.testing.assert_close(2 * small.rois[:, 1:], large.rois[:, 1:], rtol=0, atol=1.1)
        assert torch.equal(large.rois, samples_to_rois(large.samples)[0])
    assert torch.equal(batch.inputs, frames)
    assert torch.equal(batch.samples[0].proposals.bboxes, boxes)


def test_nothing_is_computed_before_it_is_asked_for_and_nothing_twice(student: BaseModel, batch: FrameBatch) -> None:
    student.extract_feat = Mock(wraps=student.extract_feat)
    student.image_logits = Mock(wraps=student.image_logits)
    made: list[View] = []

    def view() -> View:
        made.append(make_view(student, batch))
        return made[0]

    with NetworkOutputs(student, view, ['backbone.blocks.3']) as own:
        assert not made
        _ = own.feats, own.feats, own.taps['backbone.blocks.3'], own.feats
        assert (len(made), student.extract_feat.call_count, student.image_logits.call_count) == (1, 1, 0)
        _ = own.logits, own.task_losses, own.logits
        assert (len(made), student.extract_feat.call_count, student.image_logits.call_count) == (1, 1, 1)


def test_they_are_what_the_network_gives(student: BaseModel, detector: BaseModel, batch: FrameBatch) -> None:
    with outputs(student, batch) as own, outputs(detector, batch, frozen=True) as wsd:
        torch.testing.assert_close(own.logits, student(own.inputs))
        torch.testing.assert_close(own.task_losses, student(own.inputs, own.samples, mode='loss'))
        pooled = detector.roi_pool(wsd.feats[-1], wsd.rois, wsd.roi_scores)
        torch.testing.assert_close(wsd.roi_feats, wsd.roi_embed(pooled, wsd.roi_index))
        torch.testing.assert_close(wsd.bag_logits, detector.bag_logits(wsd.roi_feats))


def test_frozen_ones_have_no_gradient_and_the_graph_goes_with_the_batch(
    student: BaseModel, detector: BaseModel, batch: FrameBatch
) -> None:
    own, wsd = outputs(student, batch), outputs(detector, batch, frozen=True)
    with own, wsd:
        assert own.logits.requires_grad
        assert not wsd.bag_logits[0].requires_grad
        with torch.no_grad():
            # The mode is that of the run, not of the place that asks first.
            assert own.task_losses['loss_cls'].requires_grad
    assert not {'feats', 'logits', 'view', 'task_losses'} & vars(own).keys()
    with torch.no_grad(), outputs(student, batch) as own:
        assert not own.logits.requires_grad


def test_autocast_of_the_run_holds_inside_a_term(student: BaseModel, batch: FrameBatch) -> None:
    with torch.autocast('cpu', dtype=torch.bfloat16), outputs(student, batch) as own:
        with torch.autocast('cpu', enabled=False):
            assert own.feats[-1].dtype == torch.bfloat16
        loss = own.task_losses['loss_cls']
        assert loss.dtype == torch.float32
        assert loss.isfinite()
    with outputs(student, batch) as own, torch.autocast('cpu', dtype=torch.bfloat16):
        assert own.feats[-1].dtype == torch.float32


def test_weights_of_rois_are_the_detectors(detector: BaseModel, batch: FrameBatch) -> None:
    batch.samples[0].proposals.scores = torch.tensor([0.1, 0.2, 0.3, 0.4])
    detector.score_scale, detector.score_bias = 10.0, 1.0
    with outputs(detector, batch) as wsd:
        torch.testing.assert_close(wsd.roi_weights, torch.tensor([2.0, 3.0, 4.0, 5.0, 11.0]))
    with outputs(nn.Identity(), batch) as plain:
        plain.view = make_view(detector, batch)
        torch.testing.assert_close(plain.roi_weights, plain.roi_scores)


def test_taps_reach_into_each_part(detector: BaseModel, student: BaseModel, batch: FrameBatch) -> None:
    with outputs(student, batch, 'head.fc') as own:
        torch.testing.assert_close(own.taps['head.fc'], own.logits)
    with outputs(detector, batch, 'backbone', 'bbox_head.fc_cls') as wsd:
        torch.testing.assert_close(wsd.taps['bbox_head.fc_cls'], wsd.bag_logits[0])
        torch.testing.assert_close(wsd.taps['backbone'], wsd.feats[-1])


def test_tap_that_no_term_announced_is_refused(student: BaseModel, batch: FrameBatch) -> None:
    with outputs(student, batch) as own, pytest.raises(ConfigError, match=r'(?s)backbone.*student_taps'):
        _ = own.taps['backbone']


class Bare(BaseModel):
    """Neither classifier nor detector of mlkd's."""

    def forward(self, inputs: Tensor, data_samples: list, mode: str = 'tensor') -> dict:
        return {'loss_own': inputs.mean()}


def test_network_without_a_method_is_named(batch: FrameBatch) -> None:
    view = View(torch.ones(3, 3, 8, 8), batch.samples)
    with NetworkOutputs(Bare(), lambda: view) as own:
        assert own.task_losses['loss_own'].item() == 1
        for part, method in (('feats', 'extract_feat'), ('logits', 'image_logits'), ('bag_logits', 'bag_logits')):
            with pytest.raises(ConfigError, match=rf'(?s)needs {method} .*found: Bare'):
                getattr(own, part)
