from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from engine_toy import toy_config, toy_recipe
from mmengine.config import Config

from mlkd.apis import train
from mlkd.engine import RecipeRunner
from mlkd.errors import CheckpointError, ConfigError

TOOLS = Path(__file__).parents[2] / 'tools'


def arguments(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def write(folder: Path, config: dict) -> Path:
    del config['work_dir']
    path = folder / 'toy.py'
    Config(config).dump(path)
    return path


def test_a_recipe_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path, toy_recipe('unused'))
    words = (path, '--seed', 5, '--amp', '--cfg-options', 'teacher.train_cfg.max_epochs=1')
    assert train.run(arguments(*words, '--stage', 'teacher')) == 0
    summary = json.loads((tmp_path / 'work_dirs' / 'toy' / 'summary.json').read_text())
    assert list(summary['stages']) == ['teacher']
    assert (summary['seed'], summary['stages']['teacher']['epochs']) == (5, 1)
    assert train.run(arguments(*words, '--resume')) == 0
    summary = json.loads((tmp_path / 'work_dirs' / 'toy' / 'summary.json').read_text())
    assert [stage['epochs'] for stage in summary['stages'].values()] == [1, 2, 2]
    assert (tmp_path / 'work_dirs' / 'toy' / 'student.pth').exists()
    assert (tmp_path / 'work_dirs' / 'toy' / 'toy.py').exists()


def test_a_config_without_stages(tmp_path: Path) -> None:
    path = write(tmp_path, toy_config('unused'))
    assert train.run(arguments(path, '--work-dir', tmp_path / 'run')) == 0
    names = {item.name for item in (tmp_path / 'run').iterdir()}
    assert {'summary.json', 'result.json', 'student.pth', 'network.pth', 'epoch_2.pth'} <= names


def test_dry_run(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = write(tmp_path, toy_config('unused'))
    assert train.run(arguments(path, '--work-dir', tmp_path / 'run', '--dry-run', 1)) == 0
    assert 'Dry run' in capsys.readouterr().out
    assert [item.name for item in (tmp_path / 'run').iterdir()] == ['dry_run']
    with pytest.raises(ConfigError, match='--dry-run'):
        train.run(arguments(path, '--dry-run', -1))


def test_wrong_load_from_is_named(tmp_path: Path) -> None:
    wide = toy_config(tmp_path / 'wide', model={'type': 'ToyNet', 'width': 9})
    RecipeRunner(Config(wide)).train()
    path = write(tmp_path, toy_config('unused', load_from=str(tmp_path / 'wide' / 'student.pth')))
    with pytest.raises(CheckpointError, match=r'another shape: conv\.bias \(9,\) instead of \(8,\)'):
        train.run(arguments(path, '--work-dir', tmp_path / 'a'))
    (tmp_path / 'wide' / 'student.pth').write_bytes(b'PK\x03\x04 nothing')
    with pytest.raises(CheckpointError, match='damaged'):
        train.run(arguments(path, '--work-dir', tmp_path / 'b'))


def test_ctrl_c_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def interrupted(self: RecipeRunner) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(RecipeRunner, 'train', interrupted)
    monkeypatch.setattr('sys.argv', ['tools/train.py', 'my toy.py', '--overwrite'])
    path = write(tmp_path, toy_config('unused'))
    assert train.run(arguments(path, '--work-dir', tmp_path)) == 130
    assert "python tools/train.py 'my toy.py' --resume" in capsys.readouterr().err


def test_launcher_without_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('RANK', raising=False)
    path = write(tmp_path, toy_config('unused'))
    with pytest.raises(ConfigError, match='not started by pytorch'):
        train.run(arguments(path, '--work-dir', tmp_path, '--launcher', 'pytorch'))


def test_other_runners_get_the_config(tmp_path: Path) -> None:
    path = write(tmp_path, toy_config('unused', runner_type='Runner'))
    assert train.run(arguments(path, '--work-dir', tmp_path / 'run')) == 0
    assert (tmp_path / 'run' / 'epoch_2.pth').exists()
    with pytest.raises(ConfigError, match='--stage works with RecipeRunner only'):
        train.run(arguments(path, '--stage', 'x'))


@pytest.mark.parametrize(
    ('script', 'words', 'expected'),
    [
        (
            'dist_train.sh',
            ['c.py', '2', '--seed', '1'],
            '-m torch.distributed.run --nnodes=3 --node_rank=1 --nproc_per_node=2 --master_addr=10.0.0.1 '
            '--master_port=4711 {tools}/train.py c.py --launcher pytorch --seed 1',
        ),
        (
            'dist_test.sh',
            ['c.py', 'n.pth', '2', '--out', 'm.json'],
            '-m torch.distributed.run --nnodes=3 --node_rank=1 --nproc_per_node=2 --master_addr=10.0.0.1 '
            '--master_port=4711 {tools}/test.py c.py n.pth --launcher pytorch --out m.json',
        ),
        (
            'slurm_train.sh',
            ['gpu', 'job', 'c.py', '--amp'],
            '-p gpu --job-name=job --gres=gpu:4 --ntasks=4 --ntasks-per-node=4 --cpus-per-task=5 --kill-on-bad-exit=1 '
            'python3 -u {tools}/train.py c.py --launcher slurm --amp',
        ),
    ],
)
def test_launch_scripts(tmp_path: Path, script: str, words: list[str], expected: str) -> None:
    echo = tmp_path / 'srun'
    echo.write_text('#!/bin/sh\necho "$@"\n')
    echo.chmod(0o755)
    variables = {'NNODES': '3', 'NODE_RANK': '1', 'MASTER_ADDR': '10.0.0.1', 'PORT': '4711', 'GPUS': '4'}
    python = 'python3' if script.startswith('slurm') else str(echo)
    environment = {**os.environ, **variables, 'PYTHON': python, 'PATH': f'{tmp_path}:{os.environ["PATH"]}'}
    done = subprocess.run([TOOLS / script, *words], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == expected.format(tools=TOOLS).split()
    usage = subprocess.run([TOOLS / script], env=environment, capture_output=True, text=True)
    assert usage.returncode == 2
    assert 'CONFIG' in usage.stderr


def test_launch_scripts_find_a_python(tmp_path: Path) -> None:
    """That of the environment that is active, or else of .venv."""
    (tmp_path / 'tools').mkdir()
    for name in ('dist_train.sh', 'choose_python.sh'):
        shutil.copy(TOOLS / name, tmp_path / 'tools')
    for folder, code, name in (('.venv/bin', 0, 'own'), ('with', 0, 'active'), ('without', 1, 'bare')):
        path = tmp_path / folder / 'python'
        path.parent.mkdir(parents=True)
        path.write_text(f'#!/bin/sh\n[ "$1" = -c ] && exit {code}\necho {name}\n')
        path.chmod(0o755)
    for folder, name in (('with', 'active'), ('without', 'own'), ('nowhere', 'own')):
        environment = {'PATH': f'{tmp_path / folder}:/usr/bin:/bin'}
        command = ['bash', tmp_path / 'tools' / 'dist_train.sh', 'c.py', '2']
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.split() == [name]


def test_report_is_written_at_the_end_and_not_of_a_dry_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[list[Path]] = []
    monkeypatch.setattr(train, 'write_report', reported.append)
    path = write(tmp_path, toy_config('unused'))
    train.run(arguments(path, '--work-dir', tmp_path / 'run', '--dry-run', 1))
    assert not reported
    train.run(arguments(path, '--work-dir', tmp_path / 'run'))
    assert reported == [[tmp_path / 'run']]


def test_report_that_fails_does_not_fail_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def fail(work_dirs: list[Path]) -> None:
        raise OSError('disk full')

    monkeypatch.setattr(train, 'write_report', fail)
    assert train.run(arguments(write(tmp_path, toy_config('unused')), '--work-dir', tmp_path / 'run')) == 0
    told = capsys.readouterr().out
    assert 'disk full' in told
    assert f'tools/report.py {tmp_path / "run"}' in told
    assert (tmp_path / 'run' / 'student.pth').exists()
