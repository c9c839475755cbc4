from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from engine_toy import toy_recipe, train

from mlkd.engine.checkpoints import load_file
from mlkd.engine.recipe import Recipe
from mlkd.errors import CheckpointError, ConfigError
from mlkd.fileio import checksum

STAGES = ('teacher', 'feature', 'student')


@pytest.fixture(scope='module')
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has finished."""
    folder = tmp_path_factory.mktemp('other')
    train(toy_recipe(folder))
    return folder


@pytest.fixture
def copied(other: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(other, tmp_path / 'copied'))


def states(folder: Path) -> list[dict]:
    return [load_file(folder / stage / 'network.pth') for stage in STAGES if (folder / stage).exists()]


def test_what_follows_is_as_if_it_had_been_trained_here(other: Path, tmp_path: Path) -> None:
    summary = train(toy_recipe(tmp_path / 'run', reuse={'teacher': str(other)}))
    assert sorted(path.parent.name for path in (tmp_path / 'run').glob('*/network.pth')) == ['feature', 'student']
    for there, here in zip(states(other)[1:], states(tmp_path / 'run'), strict=True):
        assert all(torch.equal(there[name], here[name]) for name in there)
    assert summary['reused'] == {'teacher': str(other)}
    whole = json.loads((other / 'summary.json').read_text())
    assert whole['reused'] == {}
    assert summary['config_hash'] == whole['config_hash']
    assert summary['stages']['teacher'] == whole['stages']['teacher']


def test_several_stages_folds_and_single_stages(tmp_path: Path) -> None:
    folds = {'n': 2, 'full': True}
    train(toy_recipe(tmp_path / 'other', folds=folds))
    reuse = {stage: str(tmp_path / 'other') for stage in ('teacher', 'feature')}
    train(toy_recipe(tmp_path / 'run', folds=folds, reuse=reuse), stage='student')
    there, here = (load_file(tmp_path / run / 'student.pth') for run in ('other', 'run'))
    assert all(torch.equal(there[name], here[name]) for name in there)
    with pytest.raises(ConfigError, match=r'other folds(.|\n)*fold0, fold1, full(.|\n)*fold2'):
        train(toy_recipe(tmp_path / 'three', folds=3, reuse={'teacher': reuse['teacher']}))
    with pytest.raises(ConfigError, match=r'taken over from another run(.|\n)*leave it out'):
        train(toy_recipe(tmp_path / 'run', folds=folds, reuse=reuse), stage='teacher')


def test_goes_on_and_runs_dry(other: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config = toy_recipe(tmp_path, reuse={'teacher': str(other)})
    assert list(train(config, dry_run=1)['stages']) == list(STAGES)
    table = capsys.readouterr().out
    assert 'feature' in table
    assert 'teacher' not in table
    train(config, stage='feature')
    before = (tmp_path / 'feature' / 'network.pth').stat().st_mtime_ns
    train(dict(config, resume=True))
    assert (tmp_path / 'feature' / 'network.pth').stat().st_mtime_ns == before
    assert (tmp_path / 'student.pth').is_file()


def test_what_a_dry_run_left_serves_dry_runs_alone(tmp_path: Path) -> None:
    train(toy_recipe(tmp_path / 'other'), stage='teacher', dry_run=1)
    config = toy_recipe(tmp_path / 'run', reuse={'teacher': str(tmp_path / 'other' / 'dry_run')})
    train(config, stage='feature', dry_run=1)
    with pytest.raises(ConfigError, match='left by a dry run'):
        train(config)


@pytest.mark.parametrize(
    ('key', 'value', 'message'),
    [
        ('randomness', {'seed': 4}, r'taken over was begun with another seed(.|\n)*then 3, now 4'),
        ('train_cfg', {'by_epoch': True, 'max_epochs': 3}, r'another config(.|\n)*max_epochs: then 2, now 3'),
    ],
)
def test_another_config_or_seed(other: Path, tmp_path: Path, key: str, value: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        train(toy_recipe(tmp_path, reuse={'teacher': str(other)}, **{key: value}))
    assert not (tmp_path / 'feature').exists()


def test_models_that_the_stage_does_not_use_may_differ(other: Path, tmp_path: Path) -> None:
    config = toy_recipe(tmp_path / 'run', reuse={'teacher': str(other)})
    config['models']['student']['width'] = 5
    summary = train(config)
    assert summary['reused'] == {'teacher': str(other)}
    config = toy_recipe(tmp_path / 'refused', reuse={'teacher': str(other)})
    config['models']['teacher']['width'] = 5
    with pytest.raises(ConfigError, match=r'another config(.|\n)*model.width: then 12, now 5'):
        train(config)


def test_an_earlier_stage_of_another_run(copied: Path, tmp_path: Path) -> None:
    """Its own teacher is of this config and seed too, and still not what the stage was made from."""
    state = torch.load(copied / 'teacher' / 'network.pth', weights_only=True)
    torch.save({name: value + 1 for name, value in state.items()}, copied / 'teacher' / 'network.pth')
    reuse = {'teacher': str(copied), 'feature': str(copied)}
    with pytest.raises(CheckpointError, match=r'not the one that was measured(.|\n)*teacher/network.pth'):
        train(toy_recipe(tmp_path, reuse=reuse))
    path = copied / 'teacher' / 'result.json'
    result = json.loads(path.read_text())
    path.write_text(json.dumps({**result, 'network_sha256': checksum(copied / 'teacher' / 'network.pth')}))
    with pytest.raises(ConfigError, match=r'earlier stage was trained again(.|\n)*found: teacher'):
        train(toy_recipe(tmp_path, reuse=reuse))


def test_what_is_missing_is_named(copied: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'not done there(.|\n)*no stage that is done'):
        train(toy_recipe(tmp_path, reuse={'teacher': str(tmp_path / 'nowhere')}))
    (copied / 'feature' / 'started.json').unlink()
    with pytest.raises(ConfigError, match=r'made from is not known(.|\n)*feature(.|\n)*started.json'):
        train(toy_recipe(tmp_path, reuse={'teacher': str(copied), 'feature': str(copied)}))
    (copied / 'teacher' / 'network.pth').unlink()
    with pytest.raises(CheckpointError, match='no such file'):
        train(toy_recipe(tmp_path, reuse={'teacher': str(copied)}))
    (copied / 'teacher' / 'result.json').unlink()
    with pytest.raises(ConfigError, match=r'not done there(.|\n)*stages that are done: feature, student'):
        train(toy_recipe(tmp_path, reuse={'teacher': str(copied)}))


@pytest.mark.parametrize(
    ('reuse', 'message'),
    [
        ('work_dirs/other', 'reuse is no dict'),
        ({'teachr': 'x'}, 'did you mean teacher'),
        ({'feature': 'x'}, r"'feature' is to be taken over, but not what it was made from(.|\n)*name teacher too"),
    ],
)
def test_a_wrong_key(tmp_path: Path, reuse: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Recipe(toy_recipe(tmp_path, reuse=reuse))
