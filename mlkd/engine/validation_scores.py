"""What the network that a training left scored on the validation set: thresholds are chosen by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.evaluator import Evaluator
from mmengine.runner import FlexibleRunner, Runner

from mlkd.errors import DataError
from mlkd.evaluation import MultiLabelMetric
from mlkd.fileio import atomic_write

#: In the folder of a training.
VAL_SCORES = 'val_scores.npz'


@dataclass(frozen=True)
class ValidationScores:
    """Scores and labels of the images of a validation set.

    Attributes:
        classes: Names of the K labels.
        scores: float32 (N, K), probabilities.
        labels: int8 (N, K); 1 present, 0 absent, -1 ignored.
        tested: Whether the images are those that the network is tested on, too: what is chosen by them then looks
            better in the test than it is.
    """

    classes: tuple[str, ...]
    scores: np.ndarray
    labels: np.ndarray
    tested: bool

    @classmethod
    def of(cls, evaluator: Evaluator | None, tested: bool) -> ValidationScores | None:
        """What the first metric of labels saw in the last evaluation; None where there is no such metric."""
        for metric in evaluator.metrics if evaluator is not None else ():
            if isinstance(metric, MultiLabelMetric) and metric.last_scores is not None:
                classes = tuple(row['name'] for row in metric.last_report['classes'])
                return cls(classes, *metric.last_scores, tested)
        return None

    def write(self, folder: Path) -> Path:
        """Leave :data:`VAL_SCORES` in a folder."""
        arrays: dict[str, Any] = {**vars(self), 'classes': np.array(self.classes)}
        with atomic_write(folder / VAL_SCORES, 'wb') as file:
            np.savez_compressed(file, **arrays)
        return folder / VAL_SCORES

    @classmethod
    def read(cls, folder: Path) -> ValidationScores | None:
        """What a training left in its folder; None where there is none.

        Raises:
            DataError: If the file is damaged.
        """
        path = folder / VAL_SCORES
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as arrays:
                classes = tuple(str(name) for name in arrays['classes'])
                found = cls(classes, arrays['scores'], arrays['labels'], bool(arrays['tested']))
            if not (found.scores.shape == found.labels.shape and found.scores.shape[1:] == (len(classes),)):
                raise ValueError(f'scores {found.scores.shape}, labels {found.labels.shape}, {len(classes)} names')
        except Exception as error:
            # What a damaged file raises depends on where it is damaged: zip, zlib and I/O errors, ValueError, KeyError.
            raise DataError(
                'The scores of a validation set cannot be read.',
                where=path,
                found=f'{type(error).__name__}: {str(error)[:200]}',
                fix='remove the file: the network is then published without thresholds; or train the stage again',
            ) from error
        return found


def validation_scores(
    runner: Runner | FlexibleRunner, config: Mapping[str, Any], evaluator: Evaluator | None
) -> ValidationScores | None:
    """Scores of the network that a runner holds; to be called by all processes, after its test.

    Args:
        runner: Of a training that is done.
        config: Its config.
        evaluator: What measured the test.

    Returns:
        None where no metric of labels measures the validation set.
    """
    val, test = (_dataset(config, name) for name in ('val', 'test'))
    if runner._val_loop is None or val is None or test is None or val == test:
        return ValidationScores.of(evaluator, tested=test is not None)
    # The last validation of the training need not have been of these weights.
    runner.val()
    return ValidationScores.of(runner.val_evaluator, tested=False)


def _dataset(config: Mapping[str, Any], name: str) -> Any:
    return (config.get(f'{name}_dataloader') or {}).get('dataset')
