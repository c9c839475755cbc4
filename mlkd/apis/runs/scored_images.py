"""Images with the scores that networks of a run gave them: what photos and mistakes of a page are chosen from."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlkd.apis.runs.networks import RunNetwork, photo_dataset_config
from mlkd.console import progress_bar
from mlkd.datasets.transforms import LoadImage
from mlkd.engine.config_errors import translated
from mlkd.engine.recipe import Recipe
from mlkd.engine.validation_scores import ValidationScores
from mlkd.errors import ConfigError, DataError
from mlkd.evaluation.functional import choose_thresholds
from mlkd.published import THRESHOLD
from mlkd.registry import DATASETS

#: So many images are scored where a run kept no scores, in batches of so many.
_SAMPLE, _BATCH = 500, 16


@dataclass(frozen=True)
class Photos:
    """The images that scores are of.

    Attributes:
        dataset: A built data set.
        indices: Positions in it.
    """

    dataset: Any
    indices: np.ndarray

    def entry(self, row: int) -> Mapping[str, Any]:
        """What the data set says about an image."""
        return self.dataset.get_data_info(int(self.indices[row]))

    def image(self, row: int) -> np.ndarray:
        """Its pixels, uint8 (H, W, 3) BGR.

        Raises:
            DataError: If the file is missing or damaged.
        """
        return LoadImage()(dict(self.entry(row)))['img']


@dataclass(frozen=True)
class ScoredImages:
    """Scores of the networks of a run.

    Attributes:
        classes: Names of the K labels.
        labels: (N, K); 1 present, 0 absent, -1 ignored.
        scores: (N, K) by the row of the table, that of the student first; may be empty.
        thresholds: (K,) of the student.
        source: Which images they are, in words.
        photos: The images; None where they are not at hand.
    """

    classes: tuple[str, ...]
    labels: np.ndarray
    scores: Mapping[str, np.ndarray]
    thresholds: np.ndarray
    source: str
    photos: Photos | None


def photo_dataset(recipe: Recipe, stage: str) -> Any:
    """The data set that scores of a stage are of.

    Raises:
        ConfigError: If the config names none, or it cannot be built.
        DataError: If its files are missing or wrong.
    """
    config = photo_dataset_config(recipe, stage)
    if config is None:
        raise ConfigError('The config has neither a validation set nor a test set.', where=recipe.filename)
    with translated({'dataset': config}, stage):
        return DATASETS.build(copy.deepcopy(config))


def labels_of(dataset: Any, indices: Sequence[int] | np.ndarray) -> np.ndarray:
    """Labels of some images, int8 (n, K)."""
    return np.stack([np.asarray(dataset.get_data_info(int(index))['gt_label'], np.int8) for index in indices])


def of_kept(kept: Mapping[str, ValidationScores], dataset: Any | None) -> ScoredImages:
    """The images that a run kept scores of.

    Args:
        kept: By row of the table, that of the student first.
        dataset: What the images are looked up in; None: they are not at hand.

    Raises:
        DataError: If its labels are not those that were scored.
    """
    first = next(iter(kept.values()))
    photos = None
    if dataset is not None:
        indices = np.arange(len(dataset))
        if len(indices) != len(first.labels) or not np.array_equal(labels_of(dataset, indices), first.labels):
            raise DataError(
                'The images at hand are not those that the run kept scores of: their labels differ.',
                where=getattr(dataset, 'data_root', None),
                found=f'{len(indices)} images',
                expected=f'{len(first.labels)} images with the labels of the run',
                fix='name the folder of the data with --data-root',
            )
        photos = Photos(dataset, indices)
    scores = {row: one.scores for row, one in kept.items() if np.array_equal(one.labels, first.labels)}
    thresholds = choose_thresholds(first.scores, first.labels).values
    which = f'all {len(first.labels)} images of the {"test" if first.tested else "validation"} set'
    return ScoredImages(first.classes, first.labels, scores, np.asarray(thresholds), which, photos)


def of_sample(networks: Sequence[RunNetwork], dataset: Any, seed: int) -> ScoredImages:
    """Some images of a data set, scored here and now by the networks that need no proposals.

    Args:
        networks: Of the run.
        dataset: The images.
        seed: Chooses them.

    Raises:
        DataError: If there are none, or one cannot be read.
    """
    count = len(dataset)
    if not count:
        raise DataError('There is no image to show.', where=getattr(dataset, 'data_root', None), found='an empty set')
    indices = np.sort(np.random.default_rng(seed).permutation(count)[:_SAMPLE])
    photos, classes = Photos(dataset, indices), tuple(dataset.metainfo['classes'])
    scores = {}
    # The student first.
    for one in sorted(networks, key=lambda one: one.role):
        if not one.network.needs_proposals:
            scores[one.row] = _scores(one, photos)
    which = f'{len(indices)} of {count} images that are tested on, drawn with seed {seed}'
    return ScoredImages(classes, labels_of(dataset, indices), scores, np.full(len(classes), THRESHOLD), which, photos)


def _scores(one: RunNetwork, photos: Photos) -> np.ndarray:
    count = len(photos.indices)
    network, found = one.network.photo_network(), []
    with progress_bar(count > _BATCH, transient=True) as bar:
        task = bar.add_task(f'scoring images: {one.row}', total=count)
        for start in range(0, count, _BATCH):
            rows = range(start, min(start + _BATCH, count))
            packed = [one.pipeline(photos.image(row), str(photos.entry(row)['img_key'])) for row in rows]
            found += [sample.pred_score.numpy() for sample in network.predict_packed(packed)]
            bar.update(task, advance=len(rows))
    return np.stack(found)
