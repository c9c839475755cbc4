"""What all metrics of boxes share: processes, floors, frames, messages."""

from __future__ import annotations

import json
import logging
import socket
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp
from box_cases import random_case, tables
from box_samples import evaluate, evaluate_rank, make_samples
from mmengine.logging import MMLogger

from mlkd.errors import ConfigError, DataError, MLKDError
from mlkd.evaluation.functional import Detections, corloc, detection_metrics
from mlkd.registry import METRICS

TYPES = ('DetectionMetric', 'CocoDetectionMetric', 'CorLocMetric')


def test_two_processes_with_an_odd_number_of_images_give_what_one_gives(tmp_path: Path) -> None:
    configs = [{'type': kind, 'boxes': boxes} for kind in TYPES for boxes in ('predicted', 'image')]
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    mp.start_processes(evaluate_rank, (port, str(tmp_path), 11, configs), nprocs=2, start_method='fork')
    ranks = [json.loads((tmp_path / f'{rank}.json').read_text()) for rank in (0, 1)]
    for config, (first, report), (second, nothing) in zip(configs, *ranks, strict=True):
        expected, metric = evaluate(make_samples(random_case(2, 11)), **config)
        np.testing.assert_equal(first, expected)
        np.testing.assert_equal(second, expected)
        assert (report, nothing) == (metric.last_report, {})


@pytest.mark.parametrize('kind', TYPES)
def test_floors_measure_one_box_for_every_class(kind: str) -> None:
    case = random_case(4)
    for image, box in enumerate(([0, 0, 25, 25], [5, 5, 25, 30], [5, 0, 25, 30])):
        case[3][image], case[4][image], case[5][image] = np.array([box]), np.array([image % 2]), np.array([False])
    samples = make_samples(case)
    scores = [sample.pred_score.double().numpy() for sample in samples]
    for source, box in (('image', [0, 0, 25, 30]), ('proposal', [5, 5, 30, 30])):
        numbers, _ = evaluate(samples, type=kind, boxes=source)
        replaced = ([np.tile(np.array(box, float), (4, 1))] * len(scores), [np.arange(4)] * len(scores), scores)
        expected, _ = evaluate(make_samples((*replaced, *case[3:])), type=kind, prefix='expected')
        assert [value for _, value in sorted(numbers.items())] == pytest.approx(
            [value for _, value in sorted(expected.items())], nan_ok=True
        )
        assert all(name.startswith(f'{METRICS.get(kind).default_prefix}_{source}/') for name in numbers)
        assert max(value for value in numbers.values() if value == value) > 0


def test_the_best_proposal_goes_back_to_the_stored_image() -> None:
    case = random_case(4)
    moved = make_samples(case)
    for sample in moved:
        boxes = sample.proposals.bboxes * torch.tensor([3.0, 2, 3, 2])
        boxes[:, [0, 2]] = 75 - boxes[:, [2, 0]]
        sample.proposals.bboxes = boxes
        sample.set_metainfo({'img_shape': (60, 75), 'scale_factor': (3.0, 2.0), 'flip': True})
    config = {'type': 'DetectionMetric', 'boxes': 'proposal'}
    assert evaluate(moved, **config)[0] == evaluate(make_samples(case), **config)[0]


def test_images_without_proposals_or_detections_count() -> None:
    case = random_case(4, 4)
    samples = make_samples(case)
    for sample in samples:
        sample.pred_instances, sample.proposals = sample.pred_instances[:0], sample.proposals[:0]
    for kind in TYPES:
        for boxes in ('predicted', 'proposal'):
            numbers, metric = evaluate(samples, type=kind, boxes=boxes)
            assert {value for value in numbers.values() if value == value} == {0}
            assert metric.last_report['images'] == 4


@pytest.mark.parametrize('kind', TYPES)
def test_the_report_is_json_and_classes_without_objects_are_named(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO):
        _, metric = evaluate(make_samples(random_case(0)), type=kind)
    logger.removeHandler(caplog.handler)
    assert any(text.startswith('1 of 4 classes') and text.endswith(': d') for text in caplog.messages)
    report = json.loads(json.dumps(metric.last_report, allow_nan=False))
    assert report['left_out'] == ['d']
    assert report['boxes'] == 'predicted'
    assert report['images'] == 30
    assert [row['name'] for row in report['classes']] == list('abcd')
    assert all(isinstance(row['positives'], int) for row in report['classes'])


def test_without_any_object_nothing_is_a_number() -> None:
    case = random_case(0, 3)
    empty = [[np.zeros((0, 4))] * 3, [np.zeros(0, int)] * 3, [np.zeros(0, bool)] * 3]
    for kind in TYPES:
        numbers, _ = evaluate(make_samples((*case[:3], *empty)), type=kind)
        assert np.isnan(list(numbers.values())).all()


def test_mmdetections_samples_are_taken() -> None:
    """``gt_instances`` and ``ignored_instances``, no ``instances``."""
    case = random_case(6)
    samples = make_samples(case)
    for sample, boxes, labels, difficult in zip(samples, *case[3:], strict=True):
        del sample.instances
        sample.gt_instances = type(sample.pred_instances)(bboxes=torch.tensor(boxes[~difficult]).float())
        sample.gt_instances.labels = torch.tensor(labels[~difficult])
        sample.ignored_instances = type(sample.pred_instances)(bboxes=torch.tensor(boxes[difficult]).float())
        sample.ignored_instances.labels = torch.tensor(labels[difficult])
    numbers, _ = evaluate(samples, type='DetectionMetric')
    ordered = [np.concatenate([x[~d], x[d]]) for x, d in zip(case[3], case[5], strict=True)]
    kinds = [np.concatenate([x[~d], x[d]]) for x, d in zip(case[4], case[5], strict=True)]
    expected, _ = evaluate(
        make_samples((*case[:3], ordered, kinds, [np.sort(d) for d in case[5]])), type='DetectionMetric'
    )
    assert numbers == expected


def test_whole_pixels_that_went_through_other_frames_are_whole_again() -> None:
    sample = make_samples(random_case(0, 1))[0]
    sample.set_metainfo({'instances': [{'bbox': [0, 0, 100, 80], 'bbox_label': 0, 'ignore_flag': 0}]})
    sample.pred_instances = sample.pred_instances[:0]
    boxes = torch.tensor([[0.0, 0, 100, 40]]) * (672 / 80) / (672 / 80) + torch.tensor([0, 1e-5, 0, -1e-5])
    sample.pred_instances = type(sample.pred_instances)(
        bboxes=boxes, scores=torch.tensor([0.5]), labels=torch.tensor([0])
    )
    assert evaluate([sample], type='DetectionMetric')[0]['det/mAP50'] == 100


@pytest.mark.parametrize('kind', TYPES)
def test_a_data_set_without_boxes_is_an_error(kind: str) -> None:
    sample = make_samples(random_case(0, 1))[0]
    del sample.instances
    with pytest.raises(DataError, match='no boxes to compare') as caught:
        evaluate([sample], type=kind)
    assert caught.value.where == '0.jpg'


@pytest.mark.parametrize(
    ('source', 'missing'), [('predicted', 'pred_instances'), ('image', 'pred_score'), ('proposal', 'proposals')]
)
def test_what_was_not_predicted_is_an_error(source: str, missing: str) -> None:
    sample = make_samples(random_case(0, 1))[0]
    delattr(sample, missing)
    with pytest.raises(MLKDError, match='has none') as caught:
        evaluate([sample], type='DetectionMetric', boxes=source)
    assert (caught.value.where, caught.value.expected) == ('0.jpg', missing)


def test_numbers_that_are_not_finite_and_unknown_classes_name_the_image() -> None:
    samples = make_samples(random_case(0))
    samples[7].pred_instances.scores[0] = float('nan')
    with pytest.raises(MLKDError, match='not finite') as caught:
        evaluate(samples, type='DetectionMetric')
    assert caught.value.where == '7.jpg'
    with pytest.raises(MLKDError, match='class that does not exist') as caught:
        evaluate(make_samples(random_case(0)), classes='ab', type='CorLocMetric')
    assert caught.value.where.endswith('.jpg')


def test_an_empty_test_set_is_an_error() -> None:
    with pytest.raises(MLKDError, match='test set is empty'):
        METRICS.build({'type': 'DetectionMetric'}).compute_metrics([])


@pytest.mark.parametrize('kind', TYPES)
def test_an_unknown_source_is_an_error(kind: str) -> None:
    with pytest.raises(ConfigError) as caught:
        METRICS.build({'type': kind, 'boxes': 'teacher'})
    assert caught.value.where == 'boxes'


def test_numbers_are_those_of_the_functions_in_percent() -> None:
    case = random_case(9)
    measured = detection_metrics(*tables(case), 4)
    numbers, metric = evaluate(make_samples(case), type='DetectionMetric', iou_thr=(0.5, 0.7))
    assert list(numbers) == ['det/mAP50', 'det/mAP50_11point', 'det/mAP70', 'det/mAP70_11point']
    assert numbers['det/mAP50'] == pytest.approx(100 * np.nanmean(measured.average_precision))
    assert numbers['det/mAP50_11point'] == pytest.approx(100 * np.nanmean(measured.eleven_point))
    assert 1 < numbers['det/mAP70'] < numbers['det/mAP50']
    row = metric.last_report['classes'][1]
    assert (row['positives'], row['difficult']) == (measured.positives[1], measured.difficult[1])
    assert row['AP50'] == pytest.approx(100 * measured.average_precision[1])
    assert metric.last_report['classes'][3]['AP50'] is None
    plain, whole = (corloc(*tables(case), 4, with_difficult=each).share for each in (False, True))
    numbers, metric = evaluate(make_samples(case), type='CorLocMetric')
    assert numbers['corloc/CorLoc'] == pytest.approx(100 * np.nanmean(plain))
    assert numbers['corloc/CorLoc_with_difficult'] == pytest.approx(100 * np.nanmean(whole))
    assert metric.last_report['classes'][0]['CorLoc'] == pytest.approx(100 * plain[0])


def test_scores_are_compared_in_the_networks_precision() -> None:
    """Float32 scores stay as they are in float64: what was equal stays equal."""
    detections = Detections.of([[[0, 0, 4, 4]] * 2], [[0, 0]], [np.float32([0.1, 0.1])])
    assert detections.scores[0] == detections.scores[1]


@pytest.mark.parametrize(('kind', 'value'), [('DetectionMetric', ()), ('DetectionMetric', 1.5), ('CorLocMetric', 0)])
def test_thresholds_that_make_no_sense_are_errors(kind: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        METRICS.build({'type': kind, 'iou_thr': value})
    assert caught.value.where == 'iou_thr'
