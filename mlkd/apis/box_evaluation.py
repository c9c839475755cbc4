"""Configs of tests that measure boxes and class maps in other ways than the config of a training says."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from mlkd.engine.config_tree import dataset_configs, set_dataset_argument
from mlkd.errors import ConfigError
from mlkd.evaluation import BoxMetric
from mlkd.evaluation.metrics.sample_boxes import SOURCES
from mlkd.models.utils.class_maps_of import no_class_maps
from mlkd.registry import METRICS


def corloc_config(plain: Mapping[str, Any], merged: Mapping[str, Any], floors: bool = False) -> dict[str, Any]:
    """The config of a test that measures CorLoc on the images of training.

    They go through the transforms of the test set, in test mode, in which their boxes are there.

    Args:
        plain: Config of the network's test.
        merged: Config of its training.
        floors: Whether to measure :func:`with_floors`.

    Raises:
        ConfigError: If there is no training set, or the test set has no pipeline to take over.
    """
    train = merged.get('train_dataloader')
    tested = next(dataset_configs(plain['test_dataloader']), {})
    if not train or 'pipeline' not in tested:
        where, expected = 'train_dataloader' if not train else 'test_dataloader.dataset.pipeline', 'CorLoc needs it'
        raise ConfigError('There is nothing to measure CorLoc on.', where=where, found=None, expected=expected)
    config = copy.deepcopy({key: value for key, value in plain.items() if key != 'test_evaluator'})
    config['test_dataloader']['dataset'] = copy.deepcopy(train['dataset'])
    for key, value in (('pipeline', tested['pipeline']), ('test_mode', True)):
        set_dataset_argument(config['test_dataloader'], key, value)
    config['test_evaluator'] = [{'type': 'CorLocMetric'}]
    return with_floors(config) if floors else config


def cam_config(plain: Mapping[str, Any], floors: bool = False) -> dict[str, Any]:
    """The config of a test that measures where a network sees the classes; of masks, where there are any.

    Args:
        plain: Config of the network's test.
        floors: Whether to measure a floor, too: the whole image and its middle, and where the data set has proposals
            the best of these.
    """
    config = copy.deepcopy({key: value for key, value in plain.items() if key != 'test_evaluator'})
    config['test_evaluator'] = [
        {'type': 'CAMLocalisationMetric'},
        {'type': 'CAMSegmentationMetric', 'required': False},
    ]
    if not floors:
        return config
    proposals = any(dataset.get('proposal_file') for dataset in dataset_configs(config['test_dataloader']))
    return with_floors(config, SOURCES[1:] if proposals else ('image',))


def with_floors(plain: Mapping[str, Any], sources: Sequence[str] = SOURCES[1:]) -> dict[str, Any]:
    """The config of a test in which each metric of boxes measures floors beside, which need no learning.

    Args:
        plain: Config of the network's test.
        sources: Which floors.

    Raises:
        ConfigError: If there is no metric of boxes.
    """
    config = copy.deepcopy(dict(plain))
    measured = _box_metrics(config)
    if not measured:
        raise ConfigError(
            'There is no metric of boxes that could measure the floors.',
            where='test_evaluator',
            found=[metric.get('type') for metric in _metrics(config.get('test_evaluator'))],
            expected='DetectionMetric, CocoDetectionMetric or CorLocMetric among them',
            fix="set test_evaluator=[dict(type='MultiLabelMetric'), dict(type='DetectionMetric')] in the stage",
        )
    floors = [
        {**{key: value for key, value in metric.items() if key != 'prefix'}, 'boxes': source}
        for metric in measured
        for source in sources
    ]
    config['test_evaluator'] = [*_metrics(config['test_evaluator']), *floors]
    return config


def keep_best_boxes(network: nn.Module) -> None:
    """Let detectors of mlkd keep the best box of each class, whatever it scores."""
    for module in network.modules():
        settings = getattr(module, 'test_cfg', None)
        if isinstance(settings, dict) and 'keep_best' in settings:
            settings['keep_best'] = True


def has_box_metric(plain: Mapping[str, Any]) -> bool:
    """Whether the config of a test measures boxes."""
    return bool(_box_metrics(plain))


def give_class_maps(network: nn.Module) -> None:
    """Let a network of mlkd give class maps with what it predicts.

    Raises:
        ConfigError: If it has none.
    """
    asked = [module for module in network.modules() if 'class_maps' in (getattr(module, 'test_cfg', None) or {})]
    if not asked:
        raise no_class_maps(network) or ConfigError('The network cannot be asked for class maps.', where='model')
    for module in asked:
        if not hasattr(module, 'bag_logits') and (missing := no_class_maps(module)) is not None:
            raise missing
        module.test_cfg['class_maps'] = True  # type: ignore[index, operator]


def _box_metrics(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [metric for metric in _metrics(config.get('test_evaluator')) if _of_boxes(metric)]


def _metrics(evaluator: Any) -> Iterator[Mapping[str, Any]]:
    """Configs of the metrics of an evaluator's config."""
    if isinstance(evaluator, Mapping):
        evaluator = evaluator.get('metrics', [evaluator])
    yield from ([evaluator] if isinstance(evaluator, Mapping) else evaluator or ())


def _of_boxes(metric: Mapping[str, Any]) -> bool:
    kind = metric.get('type')
    kind = METRICS.get(kind) if isinstance(kind, str) else kind
    return isinstance(kind, type) and issubclass(kind, BoxMetric) and metric.get('boxes', SOURCES[0]) == SOURCES[0]
