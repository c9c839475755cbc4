from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mlkd.distillers import Distiller, FrameBatch
from mlkd.distillers.teachers import TeacherBank
from mlkd.errors import CheckpointError, ConfigError
from mlkd.registry import MODELS

MakeDistiller = Callable[..., Distiller]
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU')
PRED = {'pred': {'type': 'PredKD'}}


@pytest.fixture
def checkpoint(teacher_cfg: dict, tmp_path: Path) -> Path:
    path = tmp_path / 'network.pth'
    torch.save(MODELS.build(teacher_cfg).state_dict(), path)
    return path


def bank(teacher_cfg: dict, checkpoint: Path, **kwargs: object) -> TeacherBank:
    return TeacherBank.from_config({'wsd': {'model': teacher_cfg, 'checkpoint': str(checkpoint), **kwargs}})


def logits(teachers: TeacherBank, batch: FrameBatch) -> torch.Tensor:
    with teachers['wsd'].outputs(batch) as outputs:
        return outputs.bag_logits[0]


def test_teacher_is_frozen_and_in_eval_mode(teacher_cfg: dict, checkpoint: Path, batch: FrameBatch) -> None:
    teachers = bank(teacher_cfg, checkpoint)
    network = teachers['wsd'].network
    assert not network.training
    assert not any(x.requires_grad for x in network.parameters())
    assert not logits(teachers, batch).requires_grad


def test_dropout_is_off_unless_asked_for(teacher_cfg: dict, checkpoint: Path) -> None:
    pooled = torch.ones(2, 256, 2, 2)
    still, noisy = (bank(teacher_cfg, checkpoint, dropout=on)['wsd'].network for on in (False, True))
    assert torch.equal(still.roi_embed(pooled), still.roi_embed(pooled))
    assert not torch.equal(noisy.roi_embed(pooled), noisy.roi_embed(pooled))
    # Batch norm stays at its running statistics all the same.
    assert not any(x.training for x in noisy.modules() if isinstance(x, torch.nn.BatchNorm2d))


def test_renamed_layers_are_refused(teacher_cfg: dict, checkpoint: Path, tmp_path: Path) -> None:
    state = torch.load(checkpoint, weights_only=True)
    torch.save({k.replace('fc_cls', 'fc8c'): v for k, v in state.items()}, tmp_path / 'renamed.pth')
    with pytest.raises(CheckpointError, match=r'(?s)teachers\.wsd.*missing: bbox_head\.fc_cls.*renamed'):
        bank(teacher_cfg, tmp_path / 'renamed.pth')


@pytest.mark.parametrize('missing', [None, [], ''])
def test_teacher_without_a_checkpoint_is_refused(teacher_cfg: dict, missing: object) -> None:
    with pytest.raises((ConfigError, CheckpointError)):
        TeacherBank.from_config({'wsd': {'model': teacher_cfg, 'checkpoint': missing}})


def test_misspelt_key_is_refused(teacher_cfg: dict, checkpoint: Path) -> None:
    with pytest.raises(ConfigError, match='dropout'):
        bank(teacher_cfg, checkpoint, dropuot=True)


def test_teachers_stay_out_of_what_is_saved_and_copied(make_distiller: MakeDistiller) -> None:
    distiller = make_distiller(PRED)
    assert all(name.startswith(('student.', 'terms.')) for name in distiller.state_dict())
    assert all(name.startswith(('student.', 'terms.')) for name, _ in distiller.named_parameters())
    copied = copy.deepcopy(distiller)
    assert copied.teachers is distiller.teachers
    assert copied.student is not distiller.student


def test_another_number_of_classes_is_told(teacher_cfg: dict, checkpoint: Path) -> None:
    teacher_cfg['bbox_head']['num_classes'] = 20
    with pytest.raises(CheckpointError, match=r'(?s)fc_cls\.bias \(3,\) instead of \(20,\).*of 3 classes .* of 20'):
        bank(teacher_cfg, checkpoint)


@pytest.mark.parametrize('device', ['meta', pytest.param('cuda', marks=needs_gpu)])
def test_teachers_move_along(make_distiller: MakeDistiller, device: str) -> None:
    distiller = make_distiller(PRED)
    network = distiller.teachers['wsd'].network
    assert distiller.to(device).teachers['wsd'].network is network
    assert {x.device.type for x in (*network.parameters(), *network.buffers())} == {device}
    # Where the input goes, which is no tensor.
    assert network.data_preprocessor.device.type == device


@needs_gpu
def test_teachers_follow_the_batch_to_a_gpu(make_distiller: MakeDistiller, batch: FrameBatch) -> None:
    """FSDP moves the student without the distiller's knowing."""
    distiller = make_distiller(PRED)
    moved = FrameBatch(batch.inputs.cuda(), [sample.cuda() for sample in batch.samples])
    with distiller.teachers['wsd'].outputs(moved) as outputs:
        assert outputs.bag_logits[0].is_cuda


@needs_gpu
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_a_step_on_a_gpu_in_mixed_precision(
    make_distiller: MakeDistiller, batch: FrameBatch, dtype: torch.dtype
) -> None:
    distiller = make_distiller({**PRED, 'feature': {'type': 'FeatureKD'}}).cuda()
    data = distiller.data_preprocessor({'inputs': list(batch.inputs), 'data_samples': batch.samples}, True)
    with torch.autocast('cuda', dtype=dtype):
        losses = distiller(**data, mode='loss')
    assert all(loss.dtype == torch.float32 and loss.isfinite() for loss in losses.values())
    sum(losses.values()).backward()
    assert all(x.grad.isfinite().all() for x in distiller.parameters())


def test_teachers_are_cast_along(make_distiller: MakeDistiller) -> None:
    distiller = make_distiller(PRED).double()
    assert next(distiller.teachers['wsd'].network.parameters()).dtype == torch.float64


def test_losses_are_float32_under_bfloat16(make_distiller: MakeDistiller, batch: FrameBatch) -> None:
    distiller = make_distiller(PRED)
    plain = distiller.loss(batch.inputs, batch.samples)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        mixed = distiller.loss(batch.inputs, batch.samples)
    assert mixed.keys() == plain.keys()
    for name, value in mixed.items():
        assert value.dtype == torch.float32, name
        torch.testing.assert_close(value, plain[name], rtol=0.1, atol=0.1)


def test_classes_of_a_term_are_those_of_the_student(make_distiller: MakeDistiller) -> None:
    assert make_distiller(PRED).terms['pred'].tau.shape == (3,)
    assert make_distiller({'pred': {'type': 'PredKD', 'num_classes': 5}}).terms['pred'].num_classes == 5
