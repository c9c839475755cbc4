"""FeatureKD: the loss, the scale of maps, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from mmengine.structures import InstanceData
from torch import Tensor
from torchvision.ops import box_iou, roi_pool

from mlkd.distillers import Distiller, FeatureKD, FrameBatch
from mlkd.distillers.terms.feature_kd import roi_feature_loss, spatial_scale
from mlkd.distillers.terms.maps import ChannelAdapter
from mlkd.distillers.views import make_view
from mlkd.errors import ConfigError
from mlkd.structures import MultiLabelDataSample

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


def chosen(boxes: Tensor, scores: Tensor, how: str) -> list[int]:
    """R' of one image: greedy suppression above an overlap of 0.4, at most 3; or the 3 best; or all."""
    if how == 'all':
        return list(range(len(boxes)))
    kept: list[int] = []
    for i in scores.argsort(descending=True).tolist():
        if how == 'topk' or all(box_iou(boxes[i : i + 1], boxes[j : j + 1]) <= 0.4 for j in kept):
            kept.append(i)
    return kept[:3]


def loss_by_hand(model: Distiller, batch: FrameBatch, level: str, how: str, weight: str, objectness: str) -> Tensor:
    """Eqs. (3) and (4), image by image and RoI by RoI."""
    student, teacher = model.student, model.teachers['wsd'].network
    total = torch.zeros(())
    for frame, sample in zip(batch.inputs, batch.samples, strict=True):
        if not len(sample.proposals):
            continue
        views = [make_view(network, FrameBatch(frame[None], [sample])) for network in (teacher, student)]
        boxes = [view.samples[0].proposals.bboxes for view in views]
        own = teacher(views[0].inputs, views[0].samples, mode='tensor')[1]
        s = own.max(1).values if objectness == 'max' else own.sum(1)
        rois = chosen(boxes[0], s, how)
        listed = 10 * sample.proposals.scores + 1
        weights = {'none': torch.ones(len(s)), 'list': listed, 'teacher': s / s[rois].max()}[weight]
        for r in rois:
            maps = []
            for network, view, bboxes in zip((teacher, student), views, boxes, strict=True):
                pooled = roi_pool(network.extract_feat(view.inputs)[-1], [bboxes[r : r + 1]], 7, 1 / 32) * weights[r]
                maps.append(pooled if level == 'conv_roi' else network.roi_embed(pooled))
            total = total + (maps[0] - maps[1]).square().sum() / len(rois)
    return total / (2 * len(batch))


@pytest.mark.parametrize('level', ['conv_roi', 'fc7'])
@pytest.mark.parametrize('select', ['all', 'nms', 'topk'])
@pytest.mark.parametrize(
    ('weight', 'objectness'), [('none', 'sum'), ('list', 'max'), ('teacher', 'max'), ('teacher', 'sum')]
)
def test_every_choice_by_hand(
    make_distiller: Callable[..., Distiller],
    student_cfg: dict,
    teacher_cfg: dict,
    crowded_batch: FrameBatch,
    level: str,
    select: str,
    weight: str,
    objectness: str,
) -> None:
    """On maps of 5 x 5 cells in the student, 8 x 8 in the teacher."""
    student_cfg['data_preprocessor']['size'], teacher_cfg['data_preprocessor']['size'] = 160, 256
    term = {'feat_level': level, 'roi_select': select, 'roi_weight': weight, 'objectness': objectness, 'max_rois': 3}
    model = make_distiller({'feature': {'type': 'FeatureKD', **term}}, task_weight=0, train_only=['backbone']).eval()
    with torch.no_grad():
        # Neither one class alone nor all alike: the best score and the sum of scores differ.
        for layer in (model.teachers['wsd'].network.bbox_head.fc_cls, model.teachers['wsd'].network.bbox_head.fc_det):
            layer.weight *= 0.2
    loss = model(crowded_batch.inputs, crowded_batch.samples, mode='loss')['feature.loss']
    torch.testing.assert_close(
        loss, loss_by_hand(model, crowded_batch, level, select, weight, objectness), rtol=1e-4, atol=1e-6
    )
    loss.backward()
    assert loss > 0
    assert all(p.grad is not None for p in model.student.backbone.parameters())


@pytest.fixture
def crowded_batch() -> FrameBatch:
    """Three images of 64 pixels with 8, no and 5 boxes, many of which overlap, with scores from 0.1 to 0.9."""
    generator = torch.Generator().manual_seed(3)
    samples = []
    for count in (8, 0, 5):
        corner = torch.rand(count, 2, generator=generator) * 20
        boxes = torch.cat([corner, corner + 12 + torch.rand(count, 2, generator=generator) * 30], 1)
        sample = MultiLabelDataSample(metainfo={'img_shape': (64, 64)})
        sample.proposals = InstanceData(bboxes=boxes, scores=torch.rand(count, generator=generator) * 0.8 + 0.1)
        samples.append(sample.set_gt_label([1, 0, 1]))
    return FrameBatch(torch.randint(0, 256, (3, 3, 64, 64), dtype=torch.uint8, generator=generator), samples)
