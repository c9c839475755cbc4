"""ML-GCN and MSRN as students and as teachers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from mlkd.distillers import Distiller, FrameBatch
from mlkd.registry import MODELS
from tests.distillers.part_toy import CGP, CLASSES, DGP, model, toy_batch, write_parts

HEADS = {
    'mlgcn': {'type': 'MLGCNHead', 'in_channels': 256, 'hidden_channels': 6},
    'mlp': {'type': 'MSRNHead', 'predictor': 'mlp'},
    'elementwise': {'type': 'MSRNHead', 'predictor': 'elementwise'},
}


def network(student_cfg: dict, kind: str) -> dict:
    """Config of the student with another head, vectors of its three labels learnt."""
    head = {**HEADS[kind], 'labels': {'classes': ['a', 'b', 'c'], 'channels': 4}}
    if kind == 'mlgcn':
        return {**student_cfg, 'neck': {'type': 'GlobalMaxPool'}, 'head': head}
    head |= {'in_channels': 6, 'fc_channels': 4, 'hidden_channels': 5, 'mlp_channels': 7, 'pool_ratio': 0.7}
    neck = {'type': 'TapProjection', 'in_channels': (32, 64, 256), 'out_channels': 6, 'pool_size': 1}
    backbone = {**student_cfg['backbone'], 'out_indices': (1, 4, 12)}
    return {**student_cfg, 'backbone': backbone, 'neck': neck, 'head': head}


@pytest.fixture
def teachers(teacher_cfg: dict, tmp_path: Path) -> dict:
    """A WSDDN whose weights come from a file."""
    torch.manual_seed(0)
    torch.save(MODELS.build(teacher_cfg).state_dict(), tmp_path / 'wsd.pth')
    return {'wsd': {'model': teacher_cfg, 'checkpoint': str(tmp_path / 'wsd.pth')}}


@pytest.mark.parametrize('kind', HEADS)
def test_taught_by_a_detector(teachers: dict, student_cfg: dict, batch: FrameBatch, kind: str) -> None:
    """Predictions and features: each parameter gets a gradient, and what is left is the plain network."""
    cfg = network(student_cfg, kind)
    terms = {
        'pred': {'type': 'PredKD', 'teacher': 'wsd'},
        'feature': {'type': 'FeatureKD', 'teacher': 'wsd', 'student_channels': 256, 'teacher_channels': 256},
    }
    distiller = Distiller(cfg, teachers, terms).train()
    losses = distiller.loss(batch.inputs, batch.samples)
    sum(value for name, value in losses.items() if 'loss' in name).backward()  # type: ignore[union-attr]
    assert all(x.grad is not None for x in distiller.student.parameters())
    assert ('task.loss_group' in losses) == (kind != 'mlgcn')
    plain = MODELS.build(cfg)
    plain.load_state_dict(distiller.student.state_dict())
    frames = batch.inputs
    assert isinstance(frames, torch.Tensor)
    view = plain.data_preprocessor({'inputs': frames, 'data_samples': None})['inputs']
    scores = torch.stack([sample.pred_score for sample in plain.eval()(view, mode='predict')])
    taught = distiller.eval()(frames, list(batch.samples), mode='predict')
    torch.testing.assert_close(torch.stack([sample.pred_score for sample in taught]), scores)


@pytest.mark.parametrize('kind', HEADS)
def test_first_stage_trains_the_backbone_alone(teachers: dict, student_cfg: dict, batch: FrameBatch, kind: str) -> None:
    feature = {'type': 'FeatureKD', 'teacher': 'wsd', 'student_channels': 256, 'teacher_channels': 256}
    distiller = Distiller(
        network(student_cfg, kind), teachers, {'feature': feature}, task_weight=0.0, train_only=['backbone']
    ).train()
    losses = distiller.loss(batch.inputs, batch.samples)
    sum(losses.values()).backward()  # type: ignore[union-attr]
    reached = {name.split('.')[0] for name, x in distiller.student.named_parameters() if x.grad is not None}
    assert reached == {'backbone'}


@pytest.mark.parametrize('kind', HEADS)
def test_as_a_teacher(student_cfg: dict, batch: FrameBatch, tmp_path: Path, kind: str) -> None:
    teacher = network(student_cfg, kind)
    made: nn.Module = MODELS.build(teacher)
    torch.save(made.state_dict(), tmp_path / 'teacher.pth')
    distiller = Distiller(
        student=student_cfg,
        teachers={'msrn': {'model': teacher, 'checkpoint': str(tmp_path / 'teacher.pth')}},
        terms={'pred': {'type': 'PredKD', 'teacher': 'msrn'}},
    )
    losses = distiller.loss(batch.inputs, batch.samples)
    assert all(value.isfinite() for value in losses.values())
    assert any(name.startswith('pred.') for name in losses)


@pytest.mark.parametrize('kind', ['mlgcn', 'mlp'])
def test_taught_by_teachers_of_parts(tmp_path: Path, kind: str) -> None:
    """PSD: plain teachers that know a part of the labels each."""
    labels = {'classes': CLASSES, 'channels': 4}
    student = model()
    del student['head'], student['data_preprocessor']['size']
    if kind == 'mlgcn':
        student['neck'] = {'type': 'GlobalMaxPool'}
        student['head'] = {'type': 'MLGCNHead', 'labels': labels, 'in_channels': 8, 'hidden_channels': 6}
    else:
        student['neck'] = {'type': 'TapProjection', 'in_channels': (8,), 'out_channels': 6}
        sizes = {'in_channels': 6, 'fc_channels': 4, 'hidden_channels': 5, 'mlp_channels': 7, 'num_taps': 1}
        student['head'] = {'type': 'MSRNHead', 'labels': labels, 'pool_ratio': 0.4, **sizes}
    teachers = {
        name: {'model': model(), 'parts': write_parts(tmp_path, parts, seed)}
        for seed, (name, parts) in enumerate((('cgp', CGP), ('dgp', DGP)))
    }
    psd = {'type': 'PartitionKD', 'families': {'cgp': 0.5, 'dgp': 0.5}, 'classes': CLASSES}
    distiller = Distiller(student, teachers, {'psd': psd}, task_weight=0.5).train()
    batch = toy_batch()
    losses = distiller.loss(batch.inputs, batch.samples)
    assert {'psd.loss_cgp', 'psd.loss_dgp', 'task.loss_cls'} <= set(losses)
    sum(losses.values()).backward()  # type: ignore[union-attr]
    assert all(x.grad is not None for x in distiller.student.parameters())
