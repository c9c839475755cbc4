from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlkd.apis.init.photo_check import CheckedPhotos
from mlkd.apis.init.split_proposal import Division
from mlkd.apis.init.training_plan import TrainingPlan, epochs_for, plan_training


def plan_for(count: int, share: float = 0.3) -> TrainingPlan:
    labels = (np.random.default_rng(0).random((count, 5)) < share).astype(np.int8)
    keys = [f'{index}.jpg' for index in range(count)]
    photos = CheckedPhotos(keys, list('abcde'), labels, np.arange(count), {})
    return plan_training(photos, Division(dict.fromkeys(keys, 'train'), [], True))


@pytest.fixture
def _weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in ('0.25', '0.75'):
        (tmp_path / f'mobilenet_v1_{width}_224.pt').touch()
    monkeypatch.setenv('MLKD_WEIGHTS', str(tmp_path))


@pytest.mark.usefixtures('_weights')
def test_few_photos_are_seen_often_and_many_seldom() -> None:
    few, usual, many = plan_for(50), plan_for(2500), plan_for(100_000)
    assert [plan.batch_size for plan in (few, usual, many)] == [8, 32, 32]
    # As the config of VOC 2007, which has so many.
    assert (usual.student_epochs, usual.teacher_epochs, usual.folds) == (30, 6, 3)
    assert few.student_epochs > 30 > many.student_epochs >= 1
    assert few.teacher_epochs > 6 > many.teacher_epochs >= 1
    assert (few.folds, plan_for(300, share=0.01).folds) == (0, 0)
    assert 'one teacher' in few.notes[0]


def test_from_scratch_where_a_weight_file_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('MLKD_WEIGHTS', str(tmp_path))
    (tmp_path / 'mobilenet_v1_0.25_224.pt').touch()
    plan = plan_for(2500)
    assert plan.weights == {}
    assert plan.student_epochs == 60
    assert 'FROM SCRATCH' in plan.notes[1]
    (tmp_path / 'mobilenet_v1_0.75_224.pt').touch()
    assert all(path.is_absolute() for path in plan_for(50).weights.values())


@pytest.mark.parametrize(('photos', 'epochs'), [(10, 100), (100, 10), (1000, 5), (40_000, 2), (10_000_000, 1)])
def test_epochs(photos: int, epochs: int) -> None:
    assert epochs_for(photos, 5, (1_000, 80_000)) == epochs
