"""How well a network does on the test set of a config, whatever runs it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

from mlkd.datasets.transforms import LoadImage
from mlkd.engine.config_check import check_recipe
from mlkd.engine.config_errors import translated
from mlkd.engine.config_tree import dataset_configs
from mlkd.engine.publishing import test_dataset
from mlkd.engine.recipe import Recipe
from mlkd.errors import ConfigError
from mlkd.evaluation import MultiLabelMetric
from mlkd.export.agreement import NamedImage
from mlkd.registry import DATASETS, METRICS


def training_photos(config: Config, limit: int) -> Iterator[NamedImage]:
    """Photos that a recipe's student is trained on, evenly chosen.

    Args:
        config: The whole config.
        limit: At most how many.

    Raises:
        ConfigError: If the config is wrong or names no training set.
        DataError: If files are missing or wrong.
    """
    recipe = Recipe(config)
    check_recipe(recipe)
    merged = recipe.merged(recipe.student_stage)
    found = next(dataset_configs(merged.get('train_dataloader')), None)
    if found is None:
        raise ConfigError(
            'The config names no training set.', where='train_dataloader', fix='name photos: --calibrate DIR'
        )
    dataset = _without_transforms(found)
    load = LoadImage()
    for index in np.unique(np.linspace(0, len(dataset) - 1, min(limit, len(dataset))).round().astype(int)):
        entry = dataset.get_data_info(int(index))
        yield entry['img_path'], load(dict(entry))['img']


def _without_transforms(config: Mapping[str, Any]) -> Any:
    """The data set of a config, whose images are read elsewhere."""
    kept = {**copy.deepcopy(dict(config)), 'pipeline': []}
    for key in ('proposal_file', 'folds'):
        kept.pop(key, None)
    with translated({'dataset': kept}, 'dataset'):
        return DATASETS.build(kept)


@dataclass(frozen=True)
class LabelledSet:
    """Photos with labels, and the metric they are measured with.

    Attributes:
        dataset: The data set, without transforms.
        metric: Config of the metric of labels.
        config: Name of the config file.
    """

    dataset: Any
    metric: dict[str, Any]
    config: str

    @classmethod
    def of_config(cls, config: Config, classes: tuple[str, ...]) -> LabelledSet:
        """The test set of a recipe's student.

        Args:
            config: The whole config.
            classes: Labels of the network that is to be measured.

        Raises:
            ConfigError: If there is none, or its labels are others.
            DataError: If its files are missing or wrong.
        """
        recipe = Recipe(config)
        check_recipe(recipe)
        plain = recipe.network_config(recipe.student_stage)
        dataset = _without_transforms(test_dataset(plain, recipe.student_stage))
        found = tuple(dataset.metainfo['classes'])
        if found != classes:
            raise ConfigError(
                'The test set of the config has other labels than the student.',
                where=recipe.filename,
                found=', '.join(found)[:200],
                expected=', '.join(classes)[:200],
                fix='name the config that the student was trained with',
            )
        given = plain.get('test_evaluator') or []
        metrics = [given] if isinstance(given, dict) else list(given)
        own = [dict(cfg) for cfg in metrics if METRICS.get(cfg['type']) is MultiLabelMetric]
        metric = own[0] if own else {'type': MultiLabelMetric.__name__}
        return cls(dataset, metric, Path(str(recipe.filename)).name)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.dataset)

    def photos(self) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
        """Entries and images uint8 (H, W, 3), BGR, as the data set reads them.

        Raises:
            DataError: If one cannot be read.
        """
        load = LoadImage()
        for index in range(len(self)):
            entry = self.dataset.get_data_info(index)
            yield entry, load(dict(entry))['img']

    def measure(
        self, predict: Callable[[list[np.ndarray]], np.ndarray], batch_size: int = 16, seen: Callable[[int], Any] = int
    ) -> dict[str, float]:
        """The metric's numbers, in percent.

        Args:
            predict: Photos to scores (B, K).
            batch_size: Photos at a time.
            seen: Told how many were seen, batch by batch.
        """
        metric = METRICS.build(dict(self.metric))
        metric.dataset_meta = {'classes': self.dataset.metainfo['classes']}
        entries: list[dict[str, Any]] = []
        photos: list[np.ndarray] = []

        def flush() -> None:
            for entry, score in zip(entries, predict(photos) if photos else (), strict=True):
                sample = {'pred_score': score, 'gt_label': entry['gt_label'], 'img_path': entry['img_path']}
                metric.process(None, [sample])
            seen(len(photos))
            entries.clear()
            photos.clear()

        for entry, photo in self.photos():
            entries.append(entry)
            photos.append(photo)
            if len(photos) == batch_size:
                flush()
        flush()
        return metric.evaluate(len(self))
