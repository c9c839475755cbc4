from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
import torch
from engine_toy import toy_recipe, train
from mmengine.config import Config

from mlkd.apis import test as test_api
from mlkd.errors import CheckpointError, ConfigError


@pytest.fixture(scope='module')
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained recipe whose teacher is wider than its student."""
    folder = tmp_path_factory.mktemp('run')
    train(toy_recipe(folder / 'work'))
    config = toy_recipe(folder / 'work')
    del config['work_dir']
    Config(config).dump(folder / 'toy.py')
    return folder


def call(run: Path, *words: object) -> dict:
    parser = argparse.ArgumentParser()
    test_api.add_arguments(parser)
    out = run / 'metrics.json'
    arguments = [run / 'toy.py', *words, '--out', out, '--work-dir', run / 'test']
    assert test_api.run(parser.parse_args([str(word) for word in arguments])) == 0
    return json.loads(out.read_text())


@pytest.mark.parametrize(
    ('words', 'stage'),
    [
        (['work/student.pth'], 'student'),
        (['work/student/epoch_2.pth'], 'student'),
        (['work/teacher/network.pth', '--stage', 'teacher'], 'teacher'),
        (['work/feature/epoch_2.pth', '--stage', 'feature'], 'feature'),  # A distiller's: the student in it.
    ],
)
def test_the_network_alone_measures_what_the_run_measured(run: Path, words: list[str], stage: str) -> None:
    result = call(run, run / words[0], *words[1:])
    summary = json.loads((run / 'work' / 'summary.json').read_text())
    assert result['metrics'] == summary['stages'][stage]['metrics']
    assert result['stage'] == stage
    assert result['counts'] == {'images': 10, 'classes': 3}
    assert result['data'] == summary['stages'][stage]['data']['test']
    assert result['config_hash'] == summary['config_hash']


def test_checkpoint_of_another_network_names_tensors(run: Path) -> None:
    with pytest.raises(CheckpointError, match=r'another shape: conv\.bias \(12,\) instead of \(8,\)'):
        call(run, run / 'work' / 'teacher' / 'network.pth')
    state = torch.load(run / 'work' / 'student.pth', weights_only=True)
    state['fc.bias'] = state.pop('head.bias')
    torch.save(state, run / 'renamed.pth')
    with pytest.raises(CheckpointError, match=r'missing: head\.bias; not in the network: fc\.bias'):
        call(run, run / 'renamed.pth')


def test_damaged_and_missing_checkpoints(run: Path) -> None:
    (run / 'half.pth').write_bytes((run / 'work' / 'student.pth').read_bytes()[:900])
    with pytest.raises(CheckpointError, match='damaged'):
        call(run, run / 'half.pth')
    with pytest.raises(CheckpointError, match='no such checkpoint'):
        call(run, run / 'none.pth')


def test_code_in_a_checkpoint_is_not_executed(run: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple:
            return (Path.touch, (run / 'executed',))

    torch.save({'state_dict': Evil()}, run / 'evil.pth')
    with pytest.raises(CheckpointError, match='would have to execute'):
        call(run, run / 'evil.pth')
    assert not (run / 'executed').exists()


def test_unknown_stage(run: Path) -> None:
    with pytest.raises(ConfigError, match='did you mean feature'):
        call(run, run / 'work' / 'student.pth', '--stage', 'featur')
