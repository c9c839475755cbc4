"""Photos of a config: those that a student is trained on, those that it is measured with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.config import Config

from mlkd.apis.export.labelled_set import LabelledSet, training_photos
from mlkd.datasets.shapes import Shapes
from mlkd.datasets.shapes_labels import CLASSES
from mlkd.errors import ConfigError, DataError
from mlkd.evaluation import MultiLabelMetric

SAMPLER = {'type': 'DefaultSampler', 'shuffle': False}
MODEL: dict[str, Any] = {
    'type': 'MultiLabelClassifier',
    'backbone': {'type': 'SmallConvNet'},
    'head': {'type': 'MultiLabelHead', 'num_classes': len(CLASSES), 'in_channels': 96},
}


def shapes(**options: Any) -> dict[str, Any]:
    """A set of Shapes whose proposals are not there yet, and need not be."""
    pipeline = [{'type': 'LoadImage'}, {'type': 'Warp', 'size': 16}, {'type': 'PackMultiLabel'}]
    known = {'type': 'Shapes', 'size': 32, 'pipeline': pipeline, 'proposal_file': 'auto', 'serialize_data': False}
    return {**known, **options}


def config(**changes: Any) -> Config:
    loader = {'batch_size': 2, 'sampler': SAMPLER}
    whole = {
        'model': MODEL,
        'train_dataloader': {**loader, 'dataset': shapes(split='train', num_images=7)},
        'test_dataloader': {**loader, 'dataset': shapes(split='test', num_images=5, test_mode=True)},
        'test_evaluator': {'type': 'MultiLabelMetric'},
        'test_cfg': {},
        **changes,
    }
    return Config({key: value for key, value in whole.items() if value is not None}, filename=__file__)


def drawn_set(split: str, count: int) -> Any:
    return Shapes(split=split, num_images=count, size=32, serialize_data=False)


@pytest.mark.parametrize(('limit', 'indices'), [(1, [0]), (3, [0, 3, 6]), (7, list(range(7))), (99, list(range(7)))])
def test_training_photos_are_chosen_evenly(limit: int, indices: list[int]) -> None:
    found = list(training_photos(config(), limit))
    drawn = drawn_set('train', 7)
    assert len(found) == len(indices)
    for index, (name, photo) in zip(indices, found, strict=True):
        entry = drawn.get_data_info(index)
        assert name == entry['img_path']
        np.testing.assert_array_equal(photo, entry['render']())


def test_of_wrappers_the_first_set_counts() -> None:
    inner = [shapes(split='train', num_images=2), shapes(split='val', num_images=3)]
    wrapped = {'type': 'RepeatDataset', 'times': 3, 'dataset': {'type': 'ConcatDataset', 'datasets': inner}}
    loader = {'batch_size': 2, 'sampler': SAMPLER, 'dataset': wrapped}
    assert len(list(training_photos(config(train_dataloader=loader), 99))) == 2


def test_photos_of_the_stage_that_makes_the_student() -> None:
    own = {'dataset': shapes(split='val', num_images=3, _delete_=True)}
    stages = {
        'stages': ['teacher', 'student'],
        'teacher': {'model': MODEL},
        'student': {'model': MODEL, 'train_dataloader': own},
    }
    assert len(list(training_photos(config(model=None, **stages), 99))) == 3


def test_no_training_set() -> None:
    with pytest.raises(ConfigError, match='names no training set') as caught:
        next(training_photos(config(train_dataloader=None), 3))
    assert '--calibrate' in caught.value.fix


def test_a_training_set_that_is_misspelt() -> None:
    loader = {'batch_size': 2, 'sampler': SAMPLER, 'dataset': shapes(num_imags=3)}
    with pytest.raises(ConfigError, match='num_imags'):
        next(training_photos(config(train_dataloader=loader), 3))


def test_a_photo_that_is_gone(make_voc: Callable[..., Path]) -> None:
    root = make_voc()
    (root / 'VOCdevkit/VOC2007/JPEGImages/000001.jpg').unlink()
    dataset = {'type': 'VOCMultiLabel', 'data_root': str(root), 'split': 'trainval', 'pipeline': []}
    loader = {'batch_size': 2, 'sampler': SAMPLER, 'dataset': dataset}
    with pytest.raises(DataError, match='image'):
        list(training_photos(config(train_dataloader=loader), 9))


def labelled(**changes: Any) -> LabelledSet:
    return LabelledSet.of_config(config(**changes), tuple(CLASSES))


def test_the_test_set_of_the_config() -> None:
    found = labelled()
    assert (len(found), found.config, found.metric) == (5, 'test_labelled_set.py', {'type': 'MultiLabelMetric'})
    drawn = drawn_set('test', 5)
    for index, (entry, photo) in enumerate(found.photos()):
        np.testing.assert_array_equal(photo, drawn.get_data_info(index)['render']())
        np.testing.assert_array_equal(entry['gt_label'], drawn.get_data_info(index)['gt_label'])


@pytest.mark.parametrize(
    ('given', 'metric'),
    [
        ({'type': 'MultiLabelMetric', 'threshold': 0.3}, {'type': 'MultiLabelMetric', 'threshold': 0.3}),
        ([{'type': 'DetectionMetric'}, {'type': 'MultiLabelMetric', 'threshold': 0.2}], {'threshold': 0.2}),
        ([{'type': 'DetectionMetric'}], {}),
    ],
)
def test_the_metric_of_labels_of_the_config(given: Any, metric: dict[str, Any]) -> None:
    assert labelled(test_evaluator=given).metric == {'type': 'MultiLabelMetric', **metric}


def test_numbers_are_those_of_the_metric() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((5, len(CLASSES)), dtype=np.float32)
    given = iter(scores)
    found = labelled().measure(lambda photos: np.stack([next(given) for _ in photos]), batch_size=2)
    metric = MultiLabelMetric()
    metric.dataset_meta = {'classes': tuple(CLASSES)}
    drawn = drawn_set('test', 5)
    for index, score in enumerate(scores):
        metric.process(None, [{'pred_score': score, 'gt_label': drawn.get_data_info(index)['gt_label']}])
    assert found == pytest.approx(metric.evaluate(5), nan_ok=True)


def test_who_knows_the_labels_has_them_all_right() -> None:
    data = labelled()
    labels = iter([entry['gt_label'] for entry, _ in data.photos()])
    found = data.measure(lambda photos: np.stack([next(labels) for _ in photos]).astype(np.float32))
    assert found['mAP'] == pytest.approx(100)


@pytest.mark.parametrize(('batch_size', 'batches'), [(2, [2, 2, 1]), (5, [5]), (16, [5]), (1, [1] * 5)])
def test_photos_come_in_batches(batch_size: int, batches: list[int]) -> None:
    sizes: list[int] = []
    told: list[int] = []

    def predict(photos: list[np.ndarray]) -> np.ndarray:
        sizes.append(len(photos))
        return np.full((len(photos), len(CLASSES)), 0.5, np.float32)

    labelled().measure(predict, batch_size, told.append)
    assert sizes == batches
    assert [count for count in told if count] == batches


def test_a_network_that_forgets_a_photo() -> None:
    with pytest.raises(ValueError, match='shorter'):
        labelled().measure(lambda photos: np.zeros((len(photos) - 1, len(CLASSES)), np.float32))


def test_other_labels() -> None:
    with pytest.raises(ConfigError, match='other labels') as caught:
        LabelledSet.of_config(config(), ('cat', 'dog'))
    assert (caught.value.where, caught.value.expected) == (__file__, 'cat, dog')
    assert str(caught.value.found).startswith(CLASSES[0])
    with pytest.raises(ConfigError, match='other labels'):
        LabelledSet.of_config(config(), tuple(CLASSES[::-1]))


def test_no_test_set() -> None:
    without = {f'test_{part}': None for part in ('dataloader', 'cfg', 'evaluator')}
    with pytest.raises(ConfigError, match='no test set'):
        labelled(**without)
