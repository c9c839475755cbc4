"""PeakFeatureKD: whose RoIs, in which views, with which weights; what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from mlkd.distillers import Distiller, FrameBatch
from mlkd.errors import ConfigError
from mlkd.models.layers import normalised_maps, peak_boxes
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

K = 3
VIEW = {'type': 'ViewPreprocessor', 'mean': [127.5] * 3, 'std': [64.0] * 3}
TEACHER: dict[str, Any] = {
    'type': 'MultiLabelClassifier',
    'data_preprocessor': {**VIEW, 'size': (32, 48)},
    'backbone': {'type': 'SmallConvNet', 'layers': ((8, 2), (16, 2))},
    'neck': {'type': 'LastMap'},
    'head': {'type': 'CAMHead', 'num_classes': K, 'in_channels': 16, 'csi': 'moments'},
}
STUDENT: dict[str, Any] = {
    'type': 'MultiLabelClassifier',
    'data_preprocessor': {**VIEW, 'size': 16},
    'backbone': {'type': 'SmallConvNet', 'layers': ((8, 2), (8, 1))},
    'head': {'type': 'MultiLabelHead', 'num_classes': K, 'in_channels': 8},
}
TERM = {'type': 'PeakFeatureKD', 'student_channels': 8, 'teacher_channels': 16, 'roi_layer': {'type': 'RoIMean'}}


def batch_of(labels: list[list[int]]) -> FrameBatch:
    generator = torch.Generator().manual_seed(1)
    frames = torch.randint(0, 256, (len(labels), 3, 64, 64), dtype=torch.uint8, generator=generator)
    metainfo = {'img_shape': (64, 64), 'ori_shape': (64, 64)}
    return FrameBatch(frames, [MultiLabelDataSample(metainfo=metainfo).set_gt_label(label) for label in labels])


LABELS = [[1, 0, 1], [0, 0, 0], [0, 1, -1]]
BATCH = batch_of(LABELS)


def write(folder: Path, seed: int = 0, teacher: dict[str, Any] = TEACHER) -> str:
    torch.manual_seed(seed)
    network = MODELS.build(teacher)
    network.init_weights()
    torch.save(network.state_dict(), folder / f'{seed}.pth')
    return str(folder / f'{seed}.pth')


def make(
    checkpoint: str | list[str], term: dict[str, Any] | None = None, teacher: dict[str, Any] = TEACHER, **kwargs: Any
) -> Distiller:
    torch.manual_seed(5)
    teachers = {'cam': {'model': teacher, 'checkpoint': checkpoint}}
    distiller = Distiller(STUDENT, teachers, {'feature': {**TERM, **(term or {})}}, **kwargs).train()
    distiller.init_weights()
    return distiller


def regions_of(distiller: Distiller, batch: FrameBatch = BATCH) -> Any:
    term: Any = distiller.terms['feature']
    with distiller.teachers['cam'].outputs(batch) as teacher, distiller._student_outputs(batch) as student:
        return term.regions(student, teacher, len(batch)), teacher, teacher.class_maps, teacher.logits


def test_the_boxes_around_the_peaks_of_present_classes_in_both_views(tmp_path: Path) -> None:
    distiller = make(write(tmp_path), {'roi_weight': 'teacher', 'peaks': 2, 'share': 0.4})
    regions, _, maps, logits = regions_of(distiller)
    images, classes = [0, 0, 2], [0, 2, 1]
    boxes, which, values = peak_boxes(normalised_maps(maps)[images, classes], 2, 0.4)
    assert regions.teacher[:, 0].tolist() == [images[i] for i in which]
    # Cells of 4 pixels; the student's view is half as high and a third as wide.
    torch.testing.assert_close(regions.teacher[:, 1:], boxes * 4)
    torch.testing.assert_close(regions.student[:, 1:], boxes * 4 / torch.tensor([3.0, 2, 3, 2]))
    assert torch.equal(regions.student[:, 0], regions.teacher[:, 0])
    scores = values * logits.sigmoid()[[images[i] for i in which], [classes[i] for i in which]]
    index = regions.teacher[:, 0].long()
    best = torch.stack([scores[index == i].max() if (index == i).any() else scores.new_ones(()) for i in range(3)])
    torch.testing.assert_close(regions.weights, scores / best[index])


def test_the_student_learns_and_the_teacher_does_not(tmp_path: Path) -> None:
    distiller = make(write(tmp_path), task_weight=0.0, train_only=['backbone'])
    losses = distiller.loss(BATCH.inputs, BATCH.samples)
    assert list(losses) == ['feature.loss']
    losses['feature.loss'].backward()
    assert losses['feature.loss'] > 0
    assert all(p.grad is not None for p in distiller.student.backbone.parameters())
    assert all(p.grad is None for p in distiller.teachers['cam'].network.parameters())


def test_each_image_has_its_own_fold(tmp_path: Path) -> None:
    files = [write(tmp_path, seed) for seed in (0, 1)]
    batch = batch_of(LABELS)
    for fold, sample in zip((1, 0, 1), batch.samples, strict=True):
        sample.set_metainfo({'fold': fold})
    found = regions_of(make(files), batch)[0]
    alone = [regions_of(make(file), batch)[0] for file in files]
    expected = torch.cat([alone[1].teacher[alone[1].teacher[:, 0] == i] for i in (0, 2)])
    torch.testing.assert_close(found.teacher, expected)
    assert not torch.equal(expected, alone[0].teacher)


@pytest.mark.parametrize('select', ['all', 'nms', 'topk'])
def test_a_batch_without_labels_costs_nothing(tmp_path: Path, select: str) -> None:
    distiller = make(write(tmp_path), {'roi_select': select}, task_weight=0.0, train_only=['backbone'])
    batch = batch_of([[0, 0, 0], [0, -1, 0]])
    loss = distiller.loss(batch.inputs, batch.samples)['feature.loss']
    loss.backward()
    assert loss.item() == 0
    assert len(regions_of(distiller, batch)[0].weights) == 0


def test_maps_that_are_nowhere_positive_have_no_peaks(tmp_path: Path) -> None:
    distiller = make(write(tmp_path))
    distiller.teachers['cam'].network.head.cam.weight.fill_(-1.0)
    assert len(regions_of(distiller)[0].weights) == 0


def test_fewer_are_chosen(tmp_path: Path) -> None:
    file = write(tmp_path)
    every = regions_of(make(file))[0].teacher
    best = regions_of(make(file, {'roi_select': 'topk', 'max_rois': 1}))[0].teacher
    assert best[:, 0].tolist() == [0, 2]
    assert len(every) > 2


def test_a_plain_classifier_is_a_teacher_too(tmp_path: Path) -> None:
    plain = {**TEACHER, 'neck': {'type': 'GlobalPool'}, 'head': {**STUDENT['head'], 'in_channels': 16}}
    regions = regions_of(make(write(tmp_path, teacher=plain), teacher=plain))[0]
    assert set(regions.teacher[:, 0].tolist()) <= {0, 2}


def test_a_teacher_without_maps_is_named(tmp_path: Path) -> None:
    hidden = {
        **TEACHER,
        'neck': {'type': 'PooledFC', 'in_channels': 16, 'hidden_channels': 16},
        'head': {**STUDENT['head'], 'in_channels': 16},
    }
    with pytest.raises(ConfigError, match='has no class maps'):
        regions_of(make(write(tmp_path, teacher=hidden), teacher=hidden))


@pytest.mark.parametrize(
    'term', [{'peaks': 0}, {'share': 0.0}, {'share': 1.5}, {'roi_weight': 'list'}, {'objectness': 'sum'}]
)
def test_wrong_settings_are_named(term: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        MODELS.build({**TERM, **term})
    assert caught.value.where == next(iter(term))
