"""Class maps as localisers: cases by hand, floors, frames, processes, messages."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from box_cases import random_case
from box_samples import evaluate, make_samples
from cam_samples import SIZE, block, cam_sample
from mmengine.structures import InstanceData

from mlkd.errors import ConfigError, DataError, MLKDError
from mlkd.structures import MultiLabelDataSample

CAM = {'type': 'CAMLocalisationMetric', 'classes': 'abc'}
NONE = np.zeros(SIZE)


def measured(*samples: MultiLabelDataSample, **config: object) -> dict[str, float]:
    return evaluate(list(samples), **{**CAM, **config})[0]  # type: ignore[arg-type]


def test_by_hand() -> None:
    right = cam_sample([(0, 0, 10, 10, 40, 40)], np.stack([block(10, 10, 40, 40), NONE, NONE]))
    # The box is a quarter of the object: too small for CorLoc, enough for nothing; its middle is on the object.
    small = cam_sample([(0, 0, 10, 10, 40, 40)], np.stack([block(10, 10, 25, 25), NONE, NONE]))
    # The other class is nowhere; its object is far from the middle of the image, where ties are settled.
    away = cam_sample([(1, 0, 0, 0, 20, 10), (0, 0, 60, 40, 80, 60)], np.stack([block(0, 0, 9, 9), NONE, NONE]))
    numbers = measured(right, small, away)
    expected = {
        'CorLoc': 100 * (1 / 3 + 0) / 2,
        'CorLoc_best': 100 * (1 / 3 + 0) / 2,
        'pointing': 100 * (2 / 3 + 0) / 2,
        'pointing_hard': 0.0,
        'empty': 100 * (0 + 1) / 2,
        'CorLoc_with_difficult': 100 * (1 / 3 + 0) / 2,
        'pointing_with_difficult': 100 * (2 / 3 + 0) / 2,
        'BoxAcc': 100 * (1 / 3 + 0) / 2,
        'share': 5.0,
    }
    assert numbers == pytest.approx({f'cam/{key}': value for key, value in expected.items()})


def test_the_best_share_is_one_for_all_classes() -> None:
    # At shares up to 0.5 the box is the whole image.
    wide = cam_sample([(0, 0, 10, 10, 40, 40)], np.stack([block(10, 10, 40, 40, around=0.5), NONE, NONE]))
    other = cam_sample([(1, 0, 0, 0, 80, 60)], np.stack([NONE, block(10, 10, 40, 40, around=0.5), NONE]))
    numbers, metric = evaluate([wide, other], **CAM)
    assert (numbers['cam/CorLoc'], numbers['cam/CorLoc_best'], numbers['cam/share']) == (50, 50, 5)
    numbers, metric = evaluate([wide], **CAM, share=0.7)
    assert (numbers['cam/CorLoc'], numbers['cam/CorLoc_best'], numbers['cam/share']) == pytest.approx((100, 100, 55))
    curve = dict(metric.last_report['swept'])
    assert [curve[share] for share in (0.05, 0.5, 0.55, 0.95)] == [0, 0, 100, 100]


def test_several_components() -> None:
    two = block(0, 0, 30, 30) + block(50, 40, 60, 50, 2.0)
    sample = cam_sample([(0, 0, 50, 40, 60, 50)], np.stack([two, NONE, NONE]))
    assert measured(sample)['cam/CorLoc'] == 0
    assert measured(sample, components='all')['cam/CorLoc'] == 100


def test_difficult_objects_do_not_count_but_in_the_numbers_that_say_so() -> None:
    maps = np.stack([block(10, 10, 40, 40), NONE, NONE])
    both = cam_sample([(0, 1, 10, 10, 40, 40), (0, 0, 60, 50, 80, 60)], maps)
    numbers = measured(both)
    assert (numbers['cam/CorLoc'], numbers['cam/CorLoc_with_difficult']) == (0, 100)
    assert (numbers['cam/pointing'], numbers['cam/pointing_with_difficult']) == (0, 100)
    only, metric = evaluate([cam_sample([(0, 1, 10, 10, 40, 40)], maps)], **CAM)
    assert np.isnan(only['cam/CorLoc'])
    assert only['cam/CorLoc_with_difficult'] == 100
    assert metric.last_report['left_out'] == ['a', 'b', 'c']


def test_hard_is_small_and_not_alone() -> None:
    hit, size = block(0, 0, 10, 10), SIZE[0] * SIZE[1]
    # Of 1,200 pixels, a quarter of the image, and of one column less.
    for x2, alone, hard in ((20, False, False), (19, False, True), (19, True, False)):
        objects = [(0, 0, 0, 0, x2, 60)] + ([] if alone else [(1, 0, 0, 0, 80, 60)])
        numbers = measured(cam_sample(objects, np.stack([hit, hit, hit])))
        assert (x2 * 60 < size / 4) or not hard
        assert np.isnan(numbers['cam/pointing_hard']) != hard


def test_maps_go_back_to_the_stored_image() -> None:
    # A view twice as wide and half as high, mirrored, on a canvas with room at the right and at the bottom.
    cells = block(10, 20, 40, 50)
    view = np.zeros((40, 200))
    view[:30, :160] = cells[::2].repeat(2, axis=1)[:, ::-1]
    meta = {'img_shape': (30, 160), 'batch_input_shape': (40, 200), 'scale_factor': (2.0, 0.5), 'flip': True}
    sample = cam_sample([(0, 0, 10, 20, 40, 50)], np.stack([view, view * 0, view * 0]), **meta)
    numbers = measured(sample, share=0.6, iou_thr=0.95, tolerance=0)
    assert (numbers['cam/CorLoc'], numbers['cam/pointing']) == (100, 100)


def test_of_a_detector_the_best_box_and_its_middle() -> None:
    sample = cam_sample([(0, 0, 10, 10, 40, 40), (1, 0, 0, 0, 10, 10)], np.stack([NONE, NONE, NONE]))
    boxes = torch.tensor([[0.0, 0, 80, 60], [10, 10, 40, 41], [60, 40, 80, 60]])
    sample.pred_instances = InstanceData(
        bboxes=boxes, scores=torch.tensor([0.3, 0.9, 0.2]), labels=torch.tensor([0, 0, 2])
    )
    numbers, metric = evaluate([sample], **CAM)
    rows = {row['name']: row for row in metric.last_report['classes']}
    assert [rows['a'][key] for key in ('CorLoc', 'CorLoc_best', 'pointing', 'empty')] == [100, 100, 100, 0]
    assert [rows['b'][key] for key in ('CorLoc', 'CorLoc_best', 'pointing', 'empty')] == [0, 0, 0, 100]
    assert numbers['cam/BoxAcc'] == 50


@pytest.mark.parametrize('source', ['predicted', 'image', 'proposal'])
def test_the_same_numbers_as_corloc_of_the_boxes_themselves(source: str) -> None:
    samples = make_samples(random_case(3, 40))
    for sample in samples:
        sample.set_gt_label([0] * 4)
    mine = evaluate(samples, type='CAMLocalisationMetric', boxes=source, prefix='x')[0]
    theirs = evaluate(samples, type='CorLocMetric', boxes=source, prefix='x')[0]
    assert {key: mine[key] for key in theirs} == pytest.approx(theirs, nan_ok=True)
    assert theirs['x/CorLoc'] > 0


def test_the_middle_of_the_image_is_a_floor() -> None:
    sample = cam_sample([(0, 0, 30, 20, 50, 40), (1, 0, 0, 0, 10, 10)], np.stack([NONE] * 3))
    sample.pred_score = torch.ones(3)
    numbers = measured(sample, boxes='image')
    assert numbers['cam_image/pointing'] == 50


def test_an_image_without_objects_and_one_without_any() -> None:
    empty = cam_sample([], np.stack([NONE] * 3))
    found = cam_sample([(0, 0, 10, 10, 40, 40)], np.stack([block(10, 10, 40, 40), NONE, NONE]))
    assert measured(empty, found)['cam/CorLoc'] == 100
    assert np.isnan(measured(empty)['cam/CorLoc'])
    with pytest.raises(MLKDError, match='nothing to measure'):
        evaluate([], **CAM)


@pytest.mark.parametrize('label', [3, -1])
def test_an_object_of_a_class_that_has_no_map(label: int) -> None:
    sample = cam_sample([(0, 0, 10, 10, 40, 40)], np.stack([NONE] * 3))
    sample.set_metainfo({'instances': [{'bbox': [1, 2, 3, 4], 'bbox_label': label, 'ignore_flag': 0}]})
    with pytest.raises(DataError, match='does not know') as caught:
        measured(sample)
    assert (caught.value.where, caught.value.found, caught.value.expected) == ('a.jpg', f'class {label}', '0 to 2')


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_maps_that_are_not_finite(value: float) -> None:
    sample = cam_sample([(0, 0, 10, 10, 40, 40)], np.stack([block(10, 10, 40, 40, value), NONE, NONE]))
    with pytest.raises(MLKDError, match='not finite') as caught:
        measured(sample)
    assert caught.value.where == 'a.jpg'


def test_fewer_names_of_classes_than_classes() -> None:
    with pytest.raises(DataError, match='an object of class 2, 2 classes'):
        measured(cam_sample([(2, 0, 10, 10, 40, 40)], np.stack([NONE] * 3)), classes='ab')


def test_without_maps_or_boxes_or_annotation() -> None:
    sample = cam_sample([(0, 0, 10, 10, 40, 40)], np.stack([NONE] * 3))
    del sample.pred_maps
    with pytest.raises(MLKDError, match='has none') as caught:
        measured(sample)
    assert caught.value.where == 'a.jpg'
    assert '--cam' in str(caught.value.fix)
    labels = MultiLabelDataSample(metainfo={'img_path': 'n.jpg', 'ori_shape': SIZE})
    labels.pred_maps = torch.zeros(3, 2, 2)
    with pytest.raises(DataError, match='no boxes'):
        measured(labels)


@pytest.mark.parametrize(
    'config', [{'share': 0}, {'iou_thr': 2}, {'tolerance': -1}, {'components': 'some'}, {'boxes': 'all'}]
)
def test_wrong_settings_are_named(config: dict) -> None:
    with pytest.raises(ConfigError, match='CAMLocalisationMetric') as caught:
        measured(**config)
    assert caught.value.where == next(iter(config))
