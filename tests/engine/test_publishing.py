"""What runs leave of their networks, on a recipe that trains in seconds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from published_run import LABELS, run_config, train
from sklearn.metrics import f1_score

from mlkd.apis.publish import publish
from mlkd.checkpoint_file import load_file
from mlkd.datasets.shapes import Shapes
from mlkd.engine.validation_scores import VAL_SCORES, ValidationScores
from mlkd.errors import ConfigError, DataError
from mlkd.evaluation.functional import ThresholdRule, choose_thresholds, reliability
from mlkd.published import STUDENT_FILE, load_student, read_student


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp('published') / 'run')


@pytest.fixture
def in_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Where the stores of proposals of the run are looked for.
    monkeypatch.chdir(folder.parent)
    return folder


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_run_leaves_a_student_that_describes_itself(in_run: Path) -> None:
    tensors, description = read_student(in_run / STUDENT_FILE)
    state = load_file(in_run / 'student.pth')
    assert tensors.keys() == state.keys()
    assert all(torch.equal(tensors[name], state[name]) for name in state)
    assert description.classes == Shapes.METAINFO['classes']
    assert [step['type'] for step in description.pipeline] == ['LoadImage', 'PackMultiLabel']
    assert description.proposals is None
    assert description.threshold_rule == 'f1'
    summary = json.loads((in_run / 'summary.json').read_text())
    told, result = description.provenance, summary['stages']['student']
    for key in ('config_hash', 'seed', 'versions', 'git_commit', 'data_checksum'):
        assert told[key] == summary[key]
    assert told['metrics'] == result['metrics']
    assert told['network_sha256'] == result['network_sha256']
    assert told['average_precision'] == {row['name']: row['AP'] for row in result['per_class']['classes']}
    assert told['thresholds_chosen_on'] == {'images': 12, 'tested_on': False}


def test_the_scores_of_the_validation_set_are_those_of_the_network_that_was_left(in_run: Path) -> None:
    kept = ValidationScores.read(in_run / 'student')
    assert kept is not None
    assert kept.scores.shape == kept.labels.shape == (12, LABELS)
    assert not kept.tested
    dataset = Shapes(split='val', num_images=12)
    entries = [dataset.get_data_info(index) for index in range(12)]
    np.testing.assert_array_equal(kept.labels, [entry['gt_label'] for entry in entries])
    samples = load_student(in_run / STUDENT_FILE, 'cpu').predict([entry['render']() for entry in entries])
    np.testing.assert_allclose(kept.scores, np.stack([s.pred_score.numpy() for s in samples]), atol=1e-5)


def test_thresholds_and_calibration_are_those_of_the_scores(in_run: Path) -> None:
    kept, (_, description) = ValidationScores.read(in_run / 'student'), read_student(in_run / STUDENT_FILE)
    assert kept is not None
    assert description.thresholds == tuple(choose_thresholds(kept.scores, kept.labels).values.tolist())
    assert description.calibration == reliability(kept.scores, kept.labels).to_dict()
    said = kept.scores > np.array(description.thresholds)
    half = kept.scores > 0.5
    for k in np.flatnonzero((kept.labels == 1).any(0)):
        assert f1_score(kept.labels[:, k], said[:, k]) >= f1_score(kept.labels[:, k], half[:, k])


def test_another_rule_without_training(in_run: Path, tmp_path: Path) -> None:
    before = (in_run / STUDENT_FILE).read_bytes()
    path, description = publish(in_run, None, ThresholdRule(0.9), tmp_path / 'strict.safetensors')
    assert path == tmp_path / 'strict.safetensors'
    kept = ValidationScores.read(in_run / 'student')
    assert kept is not None
    assert description.threshold_rule == 'precision 0.9'
    chosen = choose_thresholds(kept.scores, kept.labels, ThresholdRule(0.9))
    assert load_student(path, 'cpu').thresholds == tuple(chosen.values.tolist())
    assert (in_run / STUDENT_FILE).read_bytes() == before


def test_the_teacher_makes_its_proposals_itself(in_run: Path) -> None:
    path, description = publish(in_run, 'teacher')
    assert path == in_run / 'teacher.safetensors'
    assert description.proposals == {'type': 'SlidingWindows', 'stride': 0.5, 'ratios': [1]}
    assert [step['type'] for step in description.pipeline] == ['LoadImage', 'TopProposals', 'PackMultiLabel']
    dataset = Shapes(split='test', num_images=2)
    samples = load_student(path, 'cpu').predict([dataset.get_data_info(index)['render']() for index in range(2)])
    assert all(sample.pred_score.shape == (LABELS,) and 'pred_instances' in sample for sample in samples)


def test_a_run_that_kept_no_scores_has_no_thresholds(in_run: Path, tmp_path: Path) -> None:
    kept = in_run / 'student' / VAL_SCORES
    kept.rename(tmp_path / 'aside.npz')
    try:
        _, description = publish(in_run, out=tmp_path / 's.safetensors')
    finally:
        (tmp_path / 'aside.npz').rename(kept)
    assert description.thresholds is description.threshold_rule is description.calibration is None
    assert description.classes == Shapes.METAINFO['classes']
    assert load_student(tmp_path / 's.safetensors', 'cpu').thresholds == (0.5,) * LABELS


def test_wrong_stage_and_folder(in_run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no stage 'teachr'") as caught:
        publish(in_run, 'teachr')
    assert 'teacher' in caught.value.fix
    with pytest.raises(DataError, match='no summary'):
        publish(tmp_path)
    (in_run / 'teacher' / 'network.pth').rename(tmp_path / 'network.pth')
    try:
        with pytest.raises(DataError, match='left no network'):
            publish(in_run, 'teacher', out=tmp_path / 't')
    finally:
        (tmp_path / 'network.pth').rename(in_run / 'teacher' / 'network.pth')


def test_of_folds_the_network_that_has_seen_all_images(tmp_path: Path) -> None:
    folds = {'model': 'model:teacher', 'folds': {'n': 2, 'full': True}}
    folder = train(tmp_path / 'run', stages=['teacher'], teacher=folds)
    state = load_file(folder / 'teacher' / 'full' / 'network.pth')
    for path in (folder / STUDENT_FILE, publish(folder, 'teacher', out=tmp_path / 't')[0]):
        tensors, description = read_student(path)
        assert all(torch.equal(tensors[name], state[name]) for name in state)
        assert description.thresholds is not None
    assert all((folder / 'teacher' / part / VAL_SCORES).is_file() for part in ('fold0', 'fold1', 'full'))


@pytest.mark.parametrize('changes', [{'val_dataloader': 'test'}, {'test': None}])
def test_where_the_validation_set_is_the_test_set(tmp_path: Path, changes: dict[str, Any]) -> None:
    config = run_config(tmp_path)
    if 'test' in changes:
        more = {f'test_{part}': None for part in ('dataloader', 'cfg', 'evaluator')}
        config.val_dataloader = config.test_dataloader
    else:
        more = {'val_dataloader': config.test_dataloader.to_dict()}
    folder = train(tmp_path / 'run', stages=['student'], **more)
    kept = ValidationScores.read(folder / 'student')
    assert kept is not None
    assert kept.tested == ('test' not in changes)
    assert len(kept.scores) == (10 if kept.tested else 12)


def test_what_cannot_be_published_does_not_stop_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = run_config(tmp_path).models.student.to_dict()
    model['backbone']['init_cfg'] = None
    dataset = run_config(tmp_path).test_dataloader.to_dict()
    dataset['dataset']['pipeline'] = [
        {'type': 'LoadImage'},
        {'type': 'ResizeLongSide', 'sizes': (32, 48)},
        {'type': 'PackMultiLabel'},
    ]
    folder = train(tmp_path / 'run', stages=['student'], test_dataloader=dataset, val_dataloader=dataset)
    assert (folder / 'summary.json').is_file()
    assert (folder / 'student.pth').is_file()
    assert not (folder / STUDENT_FILE).exists()


def test_one_training_without_stages(tmp_path: Path) -> None:
    config = run_config(tmp_path)
    folder = train(tmp_path / 'run', stages=None, model=config.models.student.to_dict(), models={})
    assert (folder / VAL_SCORES).is_file()
    assert load_student(folder / STUDENT_FILE, 'cpu').thresholds != (0.5,) * LABELS


def test_fine_tuning_begins_with_the_file(in_run: Path, tmp_path: Path) -> None:
    """As ``load_from``, as a warm start, and as the weights of a part."""
    state = load_file(in_run / 'student.pth')
    frozen = {'optimizer': {'type': 'SGD', 'lr': 0.0}}
    model = run_config(tmp_path).models.student.to_dict()
    file = str(in_run / STUDENT_FILE)
    part = {'type': 'WeightFile', 'checkpoint': file, 'prefix': 'backbone.'}
    ways = {
        'loaded': {'model': model, 'load_from': file},
        'warm': {'model': {**model, 'warm_start': file}},
        'part': {'model': {**model, 'backbone': {**model['backbone'], 'init_cfg': part}}},
    }
    stages = {name: {**own, 'optim_wrapper': frozen} for name, own in ways.items()}
    folder = train(tmp_path / 'run', stages=list(stages), **stages)
    for name in ways:
        left = load_file(folder / name / 'network.pth')
        trained = [key for key in state if key.endswith(('weight', 'bias'))]
        same = [key for key in trained if torch.equal(left[key], state[key])]
        assert same == [key for key in trained if name != 'part' or key.startswith('backbone.')], name
