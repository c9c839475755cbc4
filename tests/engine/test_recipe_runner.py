from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch
from engine_toy import ToyNet, run, run_ranks, toy_config, toy_recipe, train
from mmengine.config import Config
from mmengine.registry import DefaultScope

from mlkd.engine.checkpoints import load_file
from mlkd.errors import ConfigError, TrainingError
from mlkd.registry import RUNNERS


def read(path: Path) -> dict:
    return json.loads(path.read_text())


@pytest.mark.parametrize('seed', [-1, 2**32, 'abc', 1.5])
def test_a_seed_that_is_none(seed: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='makes no sense') as caught:
        train({**toy_recipe(tmp_path), 'randomness': {'seed': seed}})
    assert caught.value.where == 'randomness.seed'


def test_what_a_recipe_leaves(tmp_path: Path) -> None:
    with DefaultScope.overwrite_default_scope('mlkd'):
        summary = RUNNERS.build(Config(dict(toy_recipe(tmp_path), runner_type='RecipeRunner'))).train()
    assert read(tmp_path / 'summary.json') == summary
    assert list(summary['stages']) == ['teacher', 'feature', 'student']
    assert summary['seed'] == 3
    assert {'torch', 'mmengine', 'mmdet', 'mlkd', 'python'} <= summary['versions'].keys()
    for stage, result in summary['stages'].items():
        assert read(tmp_path / stage / 'result.json') == result
        assert result['metrics']['toy/images'] == 10
        assert result['iterations'] == 10
        assert result['images_per_second'] > 0
        assert result['peak_memory_mib']['rss'] > 10
        assert result['data']['train']['images'] == 20
    # The student alone: no connector of the distiller, nothing but tensors, and the plain network loads it.
    state = torch.load(tmp_path / 'student.pth', weights_only=True)
    ToyNet().load_state_dict(state, strict=True)
    assert (tmp_path / 'student.pth').read_bytes() == (tmp_path / 'student' / 'network.pth').read_bytes()
    assert load_file(tmp_path / 'feature' / 'network.pth').keys() == state.keys()


def test_rows_of_what_is_done_are_named_as_the_config_says_now(tmp_path: Path) -> None:
    train(toy_recipe(tmp_path))
    config = toy_recipe(tmp_path, resume=True)
    config['teacher']['table_row'] = 'T'
    before = (tmp_path / 'teacher' / 'network.pth').stat().st_mtime_ns
    assert train(config)['stages']['teacher']['table_row'] == 'T'
    assert (tmp_path / 'teacher' / 'network.pth').stat().st_mtime_ns == before


def test_next_stage_starts_from_what_the_last_one_left(tmp_path: Path) -> None:
    config = toy_recipe(tmp_path)
    config['student']['optim_wrapper'] = {'optimizer': {'lr': 0.0, 'momentum': 0.0}}
    train(config)
    before, after = (load_file(tmp_path / stage / 'network.pth') for stage in ('feature', 'student'))
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_distiller_starts_from_a_bare_student(tmp_path: Path) -> None:
    config = toy_recipe(tmp_path)
    frozen = {'optim_wrapper': {'optimizer': {'lr': 0.0, 'momentum': 0.0}}}
    config['student'] = dict(config['feature'], load_from='stage:feature', **frozen)
    train(config)
    before, after = (load_file(tmp_path / stage / 'network.pth') for stage in ('feature', 'student'))
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_one_stage_at_a_time(tmp_path: Path) -> None:
    config = toy_recipe(tmp_path / 'parts')
    with pytest.raises(ConfigError, match="'teacher' is not done yet"):
        train(config, stage='feature')
    for stage in ('teacher', 'feature', 'student'):
        train(config, stage=stage)
    train(dict(config, work_dir=str(tmp_path / 'whole')))
    parts, whole = (load_file(tmp_path / name / 'student.pth') for name in ('parts', 'whole'))
    assert all(torch.equal(parts[name], whole[name]) for name in whole)
    with pytest.raises(ConfigError, match='did you mean teacher'):
        train(config, stage='teachr')
    changed = toy_recipe(tmp_path / 'parts')
    changed['teacher']['train_cfg'] = {'max_epochs': 3}
    with pytest.raises(ConfigError, match=r'another config(.|\n)*max_epochs: then 2, now 3'):
        train(changed, stage='feature', overwrite=True)


def test_folds(tmp_path: Path) -> None:
    train(toy_recipe(tmp_path, folds={'n': 2, 'full': True}))
    result = read(tmp_path / 'teacher' / 'result.json')
    parts = {name: read(tmp_path / 'teacher' / name / 'result.json') for name in ('fold0', 'fold1', 'full')}
    assert result['metrics'] == parts['full']['metrics']
    assert result['fold_metrics'] == [parts['fold0']['metrics'], parts['fold1']['metrics']]
    assert [parts[name]['data']['train']['images'] for name in parts] == [10, 10, 20]
    networks = [load_file(tmp_path / 'teacher' / name / 'network.pth')['head.bias'] for name in parts]
    assert not torch.equal(networks[0], networks[1])
    train(toy_recipe(tmp_path, folds={'n': 2, 'full': True}, resume=True))


def test_metrics_of_folds_are_means(tmp_path: Path) -> None:
    train(toy_recipe(tmp_path, folds=2), stage='teacher')
    result = read(tmp_path / 'teacher' / 'result.json')
    scores = [metrics['toy/score'] for metrics in result['fold_metrics']]
    assert result['metrics']['toy/score'] == pytest.approx(fmean(scores))
    assert len(set(scores)) == 2


def test_nan_in_the_loss_ends_training_and_the_last_checkpoint_stays(tmp_path: Path) -> None:
    config = toy_config(tmp_path, model={'type': 'ToyNet', 'nan_at': 8})
    with pytest.raises(TrainingError, match=r'loss is not finite: loss(.|\n)*checkpoint is from before'):
        train(config)
    assert [path.name for path in tmp_path.glob('*.pth')] == ['epoch_1.pth']
    assert all(value.isfinite().all() for value in load_file(tmp_path / 'epoch_1.pth')['state_dict'].values())


def test_stage_without_an_evaluator_is_trained_and_not_measured(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """Its head is not trained yet, say."""
    config = toy_recipe(tmp_path)
    config['feature'].update({f'test_{part}': None for part in ('dataloader', 'cfg', 'evaluator')})
    assert train(config, dry_run=1)['stages']['feature']['batches'].keys() == {'train'}
    assert 'feature' in capsys.readouterr().out
    stages = train(config)['stages']
    assert (stages['feature']['metrics'], stages['feature']['per_class']) == ({}, None)
    assert stages['feature']['iterations'] == 10
    assert all(stages[name]['metrics']['toy/images'] == 10 for name in ('teacher', 'student'))


def test_dry_run(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config = toy_recipe(tmp_path, folds=2)
    train(config, stage='teacher')
    real = (tmp_path / 'teacher' / 'result.json').read_bytes()
    summary = train(config, dry_run=2)
    assert (tmp_path / 'teacher' / 'result.json').read_bytes() == real
    assert not (tmp_path / 'feature').exists()
    assert summary['stages']['feature']['batches'] == {'train': [2, 5], 'test': [2, 3]}
    assert summary['stages']['feature']['iterations'] == 2
    assert summary['stages']['feature']['metrics']['toy/images'] == 8
    printed = capsys.readouterr().out
    assert 'teacher/fold1' in printed
    assert 'whole run' in printed
    # Again: a dry run keeps nothing that could stand in the way. One stage needs those before it.
    assert list(train(config, dry_run=1, stage='feature')['stages']) == ['teacher', 'feature']


def test_mixed_precision(tmp_path: Path) -> None:
    train(toy_config(tmp_path / 'half', amp='bfloat16'))
    train(toy_config(tmp_path / 'full'))
    half, full = (load_file(tmp_path / name / 'network.pth')['conv.weight'] for name in ('half', 'full'))
    assert half.dtype == torch.float32
    assert not torch.equal(half, full)
    assert torch.allclose(half, full, atol=0.02)
    with pytest.raises(ConfigError, match='float16 needs a GPU'):
        train(toy_config(tmp_path / 'none', amp='float16'))


def test_two_processes_measure_the_same_as_one(tmp_path: Path) -> None:
    """Gloo, a network whose result does not depend on how a batch is shared out, the same global batch."""

    def config(name: str, batch: int) -> dict:
        config = toy_recipe(tmp_path / name)
        config['models'] = {key: {'type': 'ToyPlainNet'} for key in ('teacher', 'student')}
        config['stages'] = ['teacher', 'student']
        config['student'] = {'model': 'model:student', 'load_from': 'stage:teacher'}
        config['train_dataloader']['batch_size'] = batch
        return config

    assert run(train, config('one', 4)) == 0
    assert run_ranks(config('two', 2), 2) == [0, 0]
    one, two = (read(tmp_path / name / 'summary.json')['stages'] for name in ('one', 'two'))
    for stage in ('teacher', 'student'):
        assert two[stage]['processes'] == 2
        assert two[stage]['iterations'] == one[stage]['iterations']
        assert two[stage]['metrics']['toy/images'] == 10
        for name in ('toy/accuracy', 'toy/score'):
            assert two[stage]['metrics'][name] == pytest.approx(one[stage]['metrics'][name], abs=1e-6)
    a, b = (load_file(tmp_path / name / 'student.pth') for name in ('one', 'two'))
    for name in a:
        assert torch.allclose(a[name], b[name], atol=1e-5), name


def test_sharded_training_leaves_whole_networks_and_resumes(tmp_path: Path) -> None:
    """MMEngine's flexible runner, over two processes: a distiller whose student goes on to the next stage."""
    config = toy_recipe(tmp_path / 'two', strategy={'type': 'FSDPStrategy'})
    config['train_dataloader']['batch_size'] = 2
    assert run_ranks(config, 2) == [0, 0]
    state = load_file(tmp_path / 'two' / 'student.pth')
    ToyNet().load_state_dict(state, strict=True)
    (tmp_path / 'two' / 'student' / 'epoch_2.pth').unlink()
    (tmp_path / 'two' / 'student' / 'result.json').unlink()
    assert run_ranks(dict(config, resume=True), 2) == [0, 0]
    again = load_file(tmp_path / 'two' / 'student.pth')
    assert all(torch.allclose(again[name], state[name], atol=1e-6) for name in state)
