from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger

from mlkd.errors import ConfigError, MLKDError
from mlkd.evaluation import MultiLabelMetric
from mlkd.evaluation.functional import multi_label_metrics
from mlkd.registry import METRICS
from mlkd.structures import MultiLabelDataSample


def make_samples(scores: np.ndarray, labels: np.ndarray) -> list[MultiLabelDataSample]:
    samples = []
    for index, (score, label) in enumerate(zip(scores, labels, strict=True)):
        sample = MultiLabelDataSample(metainfo={'img_path': f'{index}.jpg'}).set_gt_label(label)
        sample.pred_score = torch.as_tensor(score)
        samples.append(sample)
    return samples


def case(images: int = 11, classes: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    # Few distinct scores: the order of the images then matters, and mixing it up is seen.
    scores = (rng.integers(0, 5, (images, classes)) / 4).astype(np.float32)
    return scores, rng.integers(-1, 2, (images, classes))


def evaluate(samples: list[MultiLabelDataSample], size: int, **kwargs) -> tuple[dict, MultiLabelMetric]:
    evaluator = Evaluator(METRICS.build(dict(type='MultiLabelMetric', **kwargs)))
    evaluator.dataset_meta = {'classes': tuple('abcde')}
    for start in range(0, len(samples), 2):
        evaluator.process(samples[start : start + 2])
    return evaluator.evaluate(size), evaluator.metrics[0]


def test_it_is_found_by_name_and_gives_the_functions_numbers_in_percent():
    scores, labels = case()
    metrics, metric = evaluate(make_samples(scores, labels), 11)
    expected = multi_label_metrics(scores, labels).summary
    assert metrics == pytest.approx({name: 100 * value for name, value in expected.items()})
    assert metrics['mAP'] > 1
    assert METRICS.get('MultiLabelMetric') is type(metric) is MultiLabelMetric


def test_arguments_reach_the_functions():
    scores, labels = case()
    metrics, _ = evaluate(make_samples(scores, labels), 11, threshold=0.3, topk=2, interpolated=False, prefix='x')
    expected = multi_label_metrics(scores, labels, threshold=0.3, topk=(2,), interpolated=False).summary
    assert metrics == pytest.approx({f'x/{name}': 100 * value for name, value in expected.items()})


@pytest.mark.parametrize(('ignored_as', 'value'), [('ignored', -1), ('absent', 0), ('present', 1)])
def test_what_ignored_labels_count_as(ignored_as: str, value: int):
    scores, labels = case()
    metrics, _ = evaluate(make_samples(scores, labels), 11, ignored_as=ignored_as)
    expected = multi_label_metrics(scores, np.where(labels == -1, value, labels)).summary
    assert metrics['mAP'] == pytest.approx(100 * expected['mAP'])


def test_the_report_per_class_is_json_and_names_classes_that_are_left_out(caplog: pytest.LogCaptureFixture):
    scores, labels = case()
    labels[:, 2] = 0
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO):
        _, metric = evaluate(make_samples(scores, labels), 11)
    logger.removeHandler(caplog.handler)
    assert any('1 of 5 classes have no positive image' in text and text.endswith(': c') for text in caplog.messages)
    report = json.loads(json.dumps(metric.last_report, allow_nan=False))
    expected = multi_label_metrics(scores, labels)
    assert report['left_out'] == ['c']
    assert report['images'] == 11
    assert [row['name'] for row in report['classes']] == list('abcde')
    assert [row['positives'] for row in report['classes']] == (labels == 1).sum(axis=0).tolist()
    assert report['classes'][2]['AP'] is None
    assert report['classes'][0]['AP'] == pytest.approx(100 * expected.average_precision[0])
    assert report['classes'][0]['F1'] == pytest.approx(100 * expected.by_class.f1[0])


def test_a_score_that_is_not_finite_names_the_image():
    scores, labels = case()
    scores[3, 1] = np.nan
    with pytest.raises(MLKDError, match='not finite') as caught:
        evaluate(make_samples(scores, labels), 11)
    assert caught.value.where == '3.jpg'


def test_another_number_of_scores_than_labels_names_the_image():
    sample = make_samples(*case())[0]
    sample.pred_score = torch.zeros(4)
    with pytest.raises(MLKDError, match='another number of classes') as caught:
        evaluate([sample], 1)
    assert caught.value.where == '0.jpg'
    assert caught.value.found == '(4,) scores, (5,) labels'


def test_a_sample_without_scores_is_an_error():
    sample = make_samples(*case())[0]
    del sample.pred_score
    with pytest.raises(MLKDError, match='has no pred_score'):
        evaluate([sample], 1)


def test_names_of_another_number_of_classes_are_an_error():
    metric = MultiLabelMetric()
    metric.dataset_meta = {'classes': ('a', 'b')}
    scores, labels = case()
    metric.process(None, [sample.to_dict() for sample in make_samples(scores, labels)])
    with pytest.raises(MLKDError, match='names another number of classes'):
        metric.evaluate(11)


def test_a_top_k_of_more_classes_than_there_are_is_left_out_and_the_log_says_so(caplog: pytest.LogCaptureFixture):
    scores, labels = case(classes=5)
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO):
        metrics, _ = evaluate(make_samples(scores, labels), 11, topk=(3, 9))
    logger.removeHandler(caplog.handler)
    assert 'top3/OF1' in metrics
    assert not any(name.startswith('top9') for name in metrics)
    assert 'top9 left out: there are 5 classes.' in caplog.messages


@pytest.mark.parametrize(
    'label',
    [
        torch.tensor([0.5, 0, 1, 0, 1]),  # A share, as mixed images have it.
        torch.tensor([0, 256, 1, 0, 1]),  # In 8 bits, 0.
        torch.tensor([0, 0, 1, float('nan'), 1]),
        torch.tensor([0, 255, 1, 0, 1], dtype=torch.uint8),  # A -1 that lost its sign.
    ],
)
def test_a_label_that_is_none_names_the_image(label: torch.Tensor):
    sample = make_samples(*case())[0].to_dict()
    with pytest.raises(MLKDError, match='something else than -1, 0 and 1') as caught:
        MultiLabelMetric().process(None, [{**sample, 'gt_label': label}])
    assert caught.value.where == '0.jpg'


def test_images_with_another_number_of_classes_are_named():
    five, four = make_samples(*case())[0], make_samples(*case(classes=4))[1]
    with pytest.raises(MLKDError, match='measured together have another number of classes') as caught:
        evaluate([five, four], 2)
    assert (caught.value.where, caught.value.found) == ('1.jpg', '4, after 5 of 0.jpg')


def test_numbers_of_numpy_are_numbers():
    metric = MultiLabelMetric(threshold=np.float32(0.25), topk=[np.int64(2)])
    assert (metric.threshold, metric.topk) == (0.25, (2,))


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('topk', (0,)),
        ('topk', 'all'),
        ('topk', 2.5),
        ('topk', True),
        ('topk', None),
        ('threshold', float('nan')),
        ('threshold', True),
        ('threshold', [0.5, 0.5]),
        ('interpolated', 'no'),
        ('ignored_as', 'difficult'),
        ('ignored_as', ['absent']),
    ],
)
def test_arguments_that_make_no_sense_are_errors(key: str, value: object):
    with pytest.raises(ConfigError) as caught:
        MultiLabelMetric(**{key: value})
    assert caught.value.where == f'MultiLabelMetric.{key}'


def _evaluate_in_process(rank: int, port: int, folder: str) -> None:
    import os

    os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE='2', MASTER_ADDR='127.0.0.1')
    os.environ['MASTER_PORT'] = str(port)
    torch.set_num_threads(1)
    torch.distributed.init_process_group('gloo')
    samples = make_samples(*case())
    # As MMEngine's sampler: 11 images are padded to 12 with the first, then dealt out in turn.
    metrics, metric = evaluate([*samples, samples[0]][rank::2], 11, collect_device='cpu')
    Path(folder, f'{rank}.json').write_text(json.dumps([metrics, metric.last_report]))
    torch.distributed.destroy_process_group()


def test_two_processes_with_an_odd_number_of_images_give_what_one_gives(tmp_path: Path):
    import socket

    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    mp.spawn(_evaluate_in_process, (port, str(tmp_path)), nprocs=2)
    expected, metric = evaluate(make_samples(*case()), 11)
    (first, report), (second, nothing) = (json.loads((tmp_path / f'{rank}.json').read_text()) for rank in (0, 1))
    assert first == second == expected
    assert report == metric.last_report
    assert nothing == {}
