from __future__ import annotations

import pytest
import torch
from torch import nn

from mlkd.distillers import Distiller, FrameBatch
from mlkd.distillers.self_teacher import SelfTeacher, load_self_teachers
from mlkd.errors import CheckpointError, ConfigError


def test_weights_of_the_published_average() -> None:
    """a_0 = 0, a_1 = 0.5, a_98 = 0.98990, a_99 = 0.99, and that ever after."""
    student = nn.Linear(1, 1, bias=False)
    teacher = SelfTeacher(student)
    expected = None
    for step in range(130):
        before = teacher.network.weight.item()
        student.weight.data.fill_(float(step % 7) + 1)
        teacher.update(student)
        keep = min(1 - 1 / (step + 1), 0.99)
        expected = keep * before + (1 - keep) * student.weight.item()
        assert teacher.network.weight.item() == pytest.approx(expected, rel=1e-5)
        if step in (0, 1, 98, 99):
            found = (teacher.network.weight.item() - student.weight.item()) / ((before - student.weight.item()) or 1)
            assert found == pytest.approx({0: 0, 1: 0.5, 98: 0.98990, 99: 0.99}[step], abs=2e-5)


def test_it_is_frozen_trains_its_batch_norm_on_what_it_sees_and_shares_nothing() -> None:
    student = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout(0.5)).eval()
    teacher = SelfTeacher(student)
    assert all(layer.training for layer in teacher.network)
    assert not any(p.requires_grad for p in teacher.network.parameters())
    assert all(p.requires_grad for p in student.parameters())
    assert not any(layer.training for layer in SelfTeacher(student, train_mode=False).network)
    own = {p.data_ptr() for p in student.parameters()}
    assert own.isdisjoint(p.data_ptr() for p in teacher.network.parameters())


def test_buffers_are_those_of_the_student() -> None:
    student = nn.BatchNorm1d(2)
    teacher = SelfTeacher(student)
    for _ in range(3):
        student(torch.randn(8, 2) + 3)
        teacher.update(student)
        assert torch.equal(teacher.network.running_mean, student.running_mean)


def test_state_goes_on_with_the_same_bits() -> None:
    torch.manual_seed(0)
    student = nn.Linear(3, 3)
    teacher = SelfTeacher(student)
    for _ in range(3):
        student.weight.data.normal_()
        teacher.update(student)
    other = SelfTeacher(nn.Linear(3, 3))
    load_self_teachers({'ema': other}, {'ema': {k: v.clone() for k, v in teacher.state_dict().items()}}, 'here')
    student.weight.data.normal_()
    for one in (teacher, other):
        one.update(student)
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in teacher.state_dict().items())
    with pytest.raises(CheckpointError, match='ema'):
        load_self_teachers({'ema': other}, {}, 'here')
    with pytest.raises(CheckpointError):
        load_self_teachers({'ema': other}, {'ema': SelfTeacher(nn.Linear(2, 3)).state_dict()}, 'here')


def test_in_a_distiller_it_is_in_no_state_dict_and_is_asked_only_when_started(
    student_cfg: dict, batch: FrameBatch
) -> None:
    student_cfg['neck'] = {'type': 'LastMap'}
    student_cfg['head'] = {'type': 'CAMHead', 'num_classes': 3, 'in_channels': 256, 'csi': 'moments'}
    student_cfg['data_preprocessor']['size'] = 64
    terms = {'oass': {'type': 'OASS', 'teacher': 'ema'}}
    distiller = Distiller(student_cfg, {'ema': {'average': {}}}, terms).train()
    assert {name.split('.')[0] for name in distiller.state_dict()} == {'student'}
    with pytest.raises(ConfigError, match='SelfTeacherHook'):
        distiller.loss(batch.inputs, batch.samples)
    teacher = distiller.teachers['ema']
    assert isinstance(teacher, SelfTeacher)
    teacher.start(distiller.student)
    assert distiller.loss(batch.inputs, batch.samples)['oass.loss_consistency'] > 0


def test_wrong_keys_are_named(student_cfg: dict) -> None:
    for config in ({'average': {'decai': 0.9}}, {'average': {}, 'checkpoint': 'x.pth'}, {'average': 5}):
        with pytest.raises(ConfigError, match=r'teachers\.ema') as caught:
            Distiller(student_cfg, {'ema': config}, {})
        assert 'decay' in str(caught.value)


@pytest.mark.parametrize('wrong', [{'decay': 1.5}, {'decay': 1}, {'decay': 'x'}, {'train_mode': 'yes'}])
def test_wrong_values_are_named(student_cfg: dict, wrong: dict) -> None:
    with pytest.raises(ConfigError) as caught:
        Distiller(student_cfg, {'ema': {'average': wrong}}, {})
    assert caught.value.where == f'teachers.ema.average.{next(iter(wrong))}'
    assert str(next(iter(wrong.values()))) in str(caught.value.found)
