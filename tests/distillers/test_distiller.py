"""The distiller: what trains, what is saved, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mlkd.distillers import Distiller, FrameBatch
from mlkd.errors import CheckpointError, ConfigError, TrainingError
from mlkd.registry import MODELS

FEATURE = {
    'type': 'FeatureKD',
    'layers': [('backbone', 'backbone')],
    'roi_layer': {'type': 'RoIAlign', 'output_size': 2},
}
PRED = {'type': 'PredKD', 'num_classes': 3}


@pytest.fixture
def checkpoint(teacher_cfg: dict, tmp_path: Path) -> str:
    torch.manual_seed(0)
    path = tmp_path / 'network.pth'
    torch.save(MODELS.build(teacher_cfg).state_dict(), path)
    return str(path)


def distiller(student_cfg: dict, teacher_cfg: dict, checkpoint: str, terms: dict, **kwargs: object) -> Distiller:
    torch.manual_seed(1)
    wsd = {'model': teacher_cfg, 'checkpoint': checkpoint}
    return Distiller(student_cfg, {'wsd': wsd}, terms, **kwargs)


def test_all_that_trains_gets_a_gradient_and_the_teacher_none(
    student_cfg: dict, teacher_cfg: dict, checkpoint: str, batch: FrameBatch
) -> None:
    model = distiller(student_cfg, teacher_cfg, checkpoint, {'feature': FEATURE, 'pred': PRED}).train()
    losses = model(batch.inputs, batch.samples, mode='loss')
    assert set(losses) == {'task.loss_cls', 'feature.loss', 'pred.loss'}
    sum(losses.values()).backward()
    assert all(p.grad is not None for p in model.parameters())
    assert all(p.grad is None for p in model.teachers['wsd'].network.parameters())
    assert {name.split('.')[0] for name in model.state_dict()} == {'student', 'terms'}


def test_stage_one_trains_the_convolutions_alone(
    student_cfg: dict, teacher_cfg: dict, checkpoint: str, batch: FrameBatch
) -> None:
    model = distiller(
        student_cfg, teacher_cfg, checkpoint, {'feature': FEATURE}, task_weight=0, train_only=['backbone']
    ).train()
    sum(model(batch.inputs, batch.samples, mode='loss').values()).backward()
    trained = {name.split('.')[0] for name, p in model.student.named_parameters() if p.grad is not None}
    assert trained == {'backbone'}
    assert not any(p.requires_grad for p in model.student.head.parameters())


def test_prediction_is_the_students_own(
    student_cfg: dict, teacher_cfg: dict, checkpoint: str, batch: FrameBatch
) -> None:
    model = distiller(student_cfg, teacher_cfg, checkpoint, {'pred': PRED}).eval()
    plain = MODELS.build(student_cfg).eval()
    plain.load_state_dict(model.student.state_dict())
    view = plain.data_preprocessor({'inputs': batch.inputs, 'data_samples': batch.samples}, False)
    torch.testing.assert_close(model(batch.inputs, batch.samples), plain(view['inputs']))
    torch.testing.assert_close(model(batch.inputs), plain(view['inputs']))


def test_extra_scales_are_drawn_for_the_student_in_training_alone(
    make_distiller: Callable[..., Distiller], student_cfg: dict, teacher_cfg: dict, batch: FrameBatch
) -> None:
    """A teacher, for which they were drawn when it was trained, sees its one size (trap T16)."""
    for config in (student_cfg, teacher_cfg):
        config['data_preprocessor']['batch_scales'] = [2.0]
    model = make_distiller({'feature': {'type': 'FeatureKD'}})
    seen: list[int] = []
    for network in (model.student, model.teachers['wsd'].network):
        network.backbone.register_forward_pre_hook(lambda layer, args: seen.append(args[0].shape[-1]))
    model(batch.inputs, batch.samples, mode='loss')
    assert sorted(seen) == [64, 64]
    model.eval()(batch.inputs, batch.samples, mode='loss')
    assert sorted(seen[2:]) == [32, 64]
    model(batch.inputs, batch.samples, mode='predict')
    assert seen[4:] == [32]


@pytest.mark.parametrize(('part', 'moves'), [('head', False), ('backbone', True)])
def test_statistics_of_batch_norm_move_where_the_student_trains_and_never_in_the_teacher(
    make_distiller: Callable[..., Distiller], batch: FrameBatch, part: str, moves: bool
) -> None:
    model = make_distiller({'pred': PRED, 'feature': FEATURE}, train_only=[part])
    norms = [
        [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
        for network in (model.student, model.teachers['wsd'].network)
    ]
    before = [[layer.running_mean.clone() for layer in layers] for layers in norms]
    model.eval().train()
    model(batch.inputs, batch.samples, mode='loss')
    moved = [
        [not torch.equal(layer.running_mean, mean) for layer, mean in zip(layers, means, strict=True)]
        for layers, means in zip(norms, before, strict=True)
    ]
    assert (all(moved[0]), any(moved[0])) == (moves, moves)
    assert not any(moved[1])


def test_teacher_of_another_class_count_is_refused(student_cfg: dict, teacher_cfg: dict, checkpoint: str) -> None:
    teacher_cfg['bbox_head']['num_classes'] = 4
    with pytest.raises(CheckpointError, match=r'(?s)bbox_head\.fc_cls.*3 classes'):
        distiller(student_cfg, teacher_cfg, checkpoint, {'pred': PRED})


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'train_only': ['backbon.']}, 'train_only'),
        ({'train_only': 'backbone.'}, r"\['backbone\.'\]"),
        ({'task_weight': -1}, 'task_weight'),
        ({'terms': {'pred': {**PRED, 'teacher': 'wsdd'}}}, r'did you mean wsd\?'),
    ],
)
def test_misspelt_names_are_refused(
    student_cfg: dict, teacher_cfg: dict, checkpoint: str, change: dict, message: str
) -> None:
    arguments = {'terms': {'pred': PRED}, **change}
    with pytest.raises(ConfigError, match=message):
        distiller(student_cfg, teacher_cfg, checkpoint, **arguments)


def test_misspelt_tap_names_what_is_near(
    student_cfg: dict, teacher_cfg: dict, checkpoint: str, batch: FrameBatch
) -> None:
    term = {**FEATURE, 'layers': [('backbone.block', 'backbone')]}
    with pytest.raises(ConfigError, match=r'backbone\.blocks'):
        distiller(student_cfg, teacher_cfg, checkpoint, {'feature': term})(batch.inputs, batch.samples, mode='loss')


def test_nan_names_the_term_and_the_images(
    student_cfg: dict, teacher_cfg: dict, checkpoint: str, batch: FrameBatch
) -> None:
    model = distiller(student_cfg, teacher_cfg, checkpoint, {'pred': PRED})
    model.terms['pred'].tau.data.fill_(torch.nan)
    with pytest.raises(TrainingError, match=r'(?s)pred\.loss.*4\.jpg'):
        model(batch.inputs, batch.samples, mode='loss')
