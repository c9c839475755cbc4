"""Scores of a validation set for a network that kept none."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.evaluator import BaseMetric
from network_toy import CLASSES, ColouredPatches, write_toy_run

from mlkd.apis.setup_config import setup_config
from mlkd.apis.validation_measure import measure_validation
from mlkd.checkpoint_file import load_file
from mlkd.engine.recipe import Recipe
from mlkd.engine.validation_scores import VAL_SCORES, ValidationScores
from mlkd.errors import CheckpointError, ConfigError, MLKDError
from mlkd.registry import METRICS, MODELS

VALIDATION = """
val_dataloader = dict(batch_size=2, dataset={dataset}, sampler=dict(type='DefaultSampler', shuffle=False))
val_evaluator = {evaluator}
val_cfg = dict()
"""
SIX = "dict(type='ColouredPatches', n=6)"
NINE = "dict(type='ColouredPatches')"
LABELS = "dict(type='MultiLabelMetric')"


@METRICS.register_module()
class Count(BaseMetric):
    """Measures how many images there are."""

    def process(self, data_batch: Any, data_samples: Any) -> None:
        self.results += data_samples

    def compute_metrics(self, results: list) -> dict[str, float]:
        return {'images': len(results)}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = write_toy_run(tmp_path / 'run')
    (folder / 'student').mkdir()
    shutil.move(folder / 'student.pth', folder / 'student' / 'network.pth')
    return folder


def recipe(run: Path, dataset: str | None = SIX, evaluator: str = LABELS, **changes: Any) -> Recipe:
    path = run / 'toy.py'
    if dataset is not None:
        path.write_text(path.read_text() + VALIDATION.format(dataset=dataset, evaluator=evaluator))
    return Recipe(setup_config(path, changes))


def measure(run: Path, made: Recipe, stage: str = 'student') -> ValidationScores:
    return measure_validation(made, stage, run / stage, run / 'log')


def by_hand(made: Recipe, stage: str, run: Path, n: int) -> tuple[np.ndarray, np.ndarray]:
    network = MODELS.build(made.models[stage]).eval()
    network.load_state_dict(load_file(run / stage / 'network.pth'))
    samples = [ColouredPatches(n)[index] for index in range(n)]
    with torch.no_grad():
        done = [network.test_step({'inputs': [s['inputs']], 'data_samples': [s['data_samples']]})[0] for s in samples]
    labels = [ColouredPatches(n).get_data_info(index)['gt_label'] for index in range(n)]
    return np.stack([sample.pred_score.numpy() for sample in done]), np.stack(labels)


@pytest.mark.parametrize('stage', ['student', 'teacher'])
def test_scores_are_those_of_the_network_on_the_validation_set(run: Path, stage: str) -> None:
    made = recipe(run)
    found = measure(run, made, stage)
    scores, labels = by_hand(made, stage, run, 6)
    np.testing.assert_allclose(found.scores, scores, atol=1e-5)
    np.testing.assert_array_equal(found.labels, labels)
    assert (found.classes, found.tested) == (CLASSES, False)
    kept = ValidationScores.read(run / stage)
    assert kept is not None
    np.testing.assert_array_equal(kept.scores, found.scores)
    assert (run / stage / VAL_SCORES).is_file()
    assert not (run / 'student.safetensors').exists()


@pytest.mark.parametrize('dataset', [None, NINE])
def test_where_it_is_the_test_set_that_is_noted(run: Path, dataset: str | None) -> None:
    found = measure(run, recipe(run, dataset))
    assert (len(found.scores), found.tested) == (9, True)


def test_the_log_is_elsewhere(run: Path) -> None:
    before = set(run.rglob('*'))
    measure(run, recipe(run))
    new = {path.relative_to(run).parts[0] for path in set(run.rglob('*')) - before}
    assert new == {'log', 'student'}
    assert sorted(path.name for path in (run / 'student').iterdir()) == ['network.pth', VAL_SCORES]


def test_no_metric_of_labels(run: Path) -> None:
    with pytest.raises(ConfigError, match='No metric of labels') as caught:
        measure(run, recipe(run, evaluator="dict(type='Count')"), 'teacher')
    assert caught.value.where == 'teacher.val_evaluator'
    assert not (run / 'teacher' / VAL_SCORES).exists()


def test_nothing_to_measure_on(run: Path) -> None:
    without = {f'test_{part}': None for part in ('dataloader', 'cfg', 'evaluator')}
    with pytest.raises(ConfigError):
        measure(run, recipe(run, None, **without))


def test_a_network_that_is_missing_or_does_not_fit(run: Path) -> None:
    made = recipe(run)
    shutil.copy(run / 'teacher' / 'network.pth', run / 'student' / 'network.pth')
    with pytest.raises(CheckpointError):
        measure(run, made)
    (run / 'student' / 'network.pth').unlink()
    with pytest.raises(MLKDError):
        measure(run, made)


def test_a_config_with_a_misspelt_word(run: Path) -> None:
    with pytest.raises(ConfigError, match='ColouredPatchs'):
        measure(run, recipe(run, "dict(type='ColouredPatchs')"))
