"""FeatureKD: the loss, the scale of maps, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch

from mlkd.distillers import Distiller, FeatureKD, FrameBatch
from mlkd.distillers.terms.feature_kd import roi_feature_loss, spatial_scale
from mlkd.distillers.terms.maps import ChannelAdapter
from mlkd.errors import ConfigError

ADAPTED = {
    'type': 'FeatureKD',
    'student_channels': 4,
    'teacher_channels': 256,
    'roi_layer': {'type': 'RoIAlign', 'output_size': 2},
}
T = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]])
S = torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 1.0]])


def test_loss_vector() -> None:
    assert roi_feature_loss(T, S, torch.tensor([0, 0]), 1).item() == pytest.approx(2.25)


def test_each_image_weighs_the_same_and_an_empty_one_adds_nothing() -> None:
    # Image 0 has squares 4, image 2 has 5, image 1 has no RoI: (4 + 0 + 5) / (2 * 3).
    assert roi_feature_loss(T, S, torch.tensor([0, 2]), 3).item() == pytest.approx(1.5)


def test_gradient_by_finite_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    teacher, student = (torch.randn(5, 2, 3, dtype=torch.float64, generator=generator) for _ in range(2))
    index = torch.tensor([0, 0, 0, 2, 2])
    assert torch.autograd.gradcheck(lambda x: roi_feature_loss(teacher, x, index, 3), student.requires_grad_())


def test_gradient_of_the_whole_term_by_finite_differences(
    make_distiller: Callable[..., Distiller], batch: FrameBatch
) -> None:
    """Through RoI layer, weights and adapter: quadratic in the map, so that a central difference is exact."""
    model = make_distiller({'feature': {**ADAPTED, 'roi_weight': 'teacher'}})
    term = model.terms['feature']
    with model.teachers['wsd'].outputs(batch, term.teacher_taps) as teacher:
        student = SimpleNamespace(inputs=teacher.inputs, rois=teacher.rois)

        def loss(feat: torch.Tensor) -> torch.Tensor:
            student.feats = (feat,)
            return term(student, {'wsd': teacher}, batch)['loss']

        feat, step = torch.randn(3, 4, 2, 2, requires_grad=True), torch.randn(3, 4, 2, 2)
        slope = torch.autograd.grad(loss(feat), feat)[0].mul(step).sum()
        difference = (loss(feat + step) - loss(feat - step)) / 2
    torch.testing.assert_close(slope, difference, rtol=1e-3, atol=1e-4)
    assert slope.abs() > 1e-2


@pytest.mark.parametrize(
    ('cells', 'pixels', 'stride'), [(42, 672, 16), (14, 224, 16), (13, 224, 16), (11, 336, 32), (16, 224, 14)]
)
def test_scale_of_a_map(cells: int, pixels: int, stride: int) -> None:
    assert spatial_scale((cells, cells), (pixels, pixels)) == pytest.approx(1 / stride)


def test_channels_that_differ_need_an_adapter() -> None:
    with pytest.raises(ConfigError, match='student_channels=4, teacher_channels=6'):
        ChannelAdapter(None, None)(torch.zeros(1, 4, 2, 2), 6)
    assert ChannelAdapter(4, 6)(torch.zeros(1, 4, 2, 2), 6).shape == (1, 6, 2, 2)
    assert not list(ChannelAdapter(4, 4).parameters())


def test_words_are_checked() -> None:
    with pytest.raises(ConfigError, match='did you mean topk'):
        FeatureKD(roi_select='topkk')  # type: ignore[arg-type]


def test_a_roi_layer_that_cannot_be_built_is_told_at_once() -> None:
    with pytest.raises(KeyError, match='RoIMeen'):
        FeatureKD(roi_layer={'type': 'RoIMeen'})


@pytest.mark.parametrize('wrong', [{'nms_iou': 1.5}, {'max_rois': 0}, {'max_rois': 2.5}, {'loss_weight': -1}])
def test_numbers_are_checked(wrong: dict) -> None:
    with pytest.raises(ConfigError, match='makes no sense') as caught:
        FeatureKD(**wrong)
    assert caught.value.where == next(iter(wrong))


@pytest.mark.parametrize('level', ['conv_roi', 'fc7'])
@pytest.mark.parametrize('select', ['all', 'nms', 'topk'])
@pytest.mark.parametrize('weight', ['none', 'list', 'teacher'])
def test_every_choice_trains(
    make_distiller: Callable[..., Distiller], batch: FrameBatch, level: str, select: str, weight: str
) -> None:
    term = {'type': 'FeatureKD', 'feat_level': level, 'roi_select': select, 'roi_weight': weight, 'max_rois': 2}
    model = make_distiller({'feature': term}, task_weight=0, train_only=['backbone'])
    loss = model(batch.inputs, batch.samples, mode='loss')['feature.loss']
    loss.backward()
    assert loss > 0
    assert all(p.grad is not None for p in model.student.backbone.parameters())
