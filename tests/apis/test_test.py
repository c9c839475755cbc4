from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
import torch
from detector_toy import CONFIG, FEW, write_detector
from engine_toy import toy_recipe, train
from mmengine.config import Config

from mlkd.apis import test as test_api
from mlkd.apis.setup_config import setup_config
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
    arguments = [run / 'toy.py', '--out', out, '--work-dir', run / 'test', *words]
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
    with pytest.raises(CheckpointError, match=r'another shape: conv\.bias \(12,\) instead of \(8,\)') as caught:
        call(run, run / 'work' / 'teacher' / 'network.pth')
    assert caught.value.where == f'--stage student: {run / "work" / "teacher" / "network.pth"}'
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


def test_a_place_for_numbers_that_cannot_be_written_is_known_before_the_test(run: Path) -> None:
    with pytest.raises(ConfigError, match='Nothing can be written there') as caught:
        call(run, run / 'work' / 'none.pth', '--out', run)
    assert caught.value.where == f'--out {run}'
    assert 'metrics.json' in caught.value.fix


def test_numbers_are_written_before_they_are_printed(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*words: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr('builtins.print', gone)
    with pytest.raises(BrokenPipeError):
        call(run, run / 'work' / 'student.pth', '--out', run / 'head.json')
    assert json.loads((run / 'head.json').read_text())['metrics']


def test_unknown_stage(run: Path) -> None:
    with pytest.raises(ConfigError, match='did you mean feature'):
        call(run, run / 'work' / 'student.pth', '--stage', 'featur')


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp('detector')


@pytest.fixture
def detector(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its checkpoint, in a folder that keeps the proposals for all tests."""
    monkeypatch.chdir(folder)
    return write_detector(folder)


def measured(checkpoint: Path, tta: bool, **options: object) -> dict:
    config = setup_config(CONFIG, {**FEW, **options})
    return test_api.evaluate(config, checkpoint, Path('work'), tta=tta)


def test_fused_views_from_the_command_line_on(detector: Path) -> None:
    parser = argparse.ArgumentParser()
    test_api.add_arguments(parser)
    words = [CONFIG, detector, '--tta', '--out', 'out.json', '--cfg-options', *(f'{k}={v}' for k, v in FEW.items())]
    assert test_api.run(parser.parse_args([str(word) for word in words])) == 0
    result = json.loads(Path('out.json').read_text())
    assert result['tta'] is True
    assert result['counts']['images'] == 6
    assert result['metrics']['mAP'] != measured(detector, tta=False)['metrics']['mAP']


def test_one_view_measures_what_a_plain_test_measures(detector: Path) -> None:
    view = [[{'type': 'Warp', 'size': 128}], [{'type': 'PackMultiLabel'}]]
    one = measured(detector, tta=True, **{'tta_pipeline.2.transforms': view})
    plain = measured(detector, tta=False)
    assert one['metrics'] == plain['metrics']
    assert (one['tta'], plain['tta']) == (True, False)


def test_data_loading_processes_may_make_the_views(detector: Path) -> None:
    assert (
        measured(detector, tta=True)['metrics']
        == measured(detector, tta=True, **{'test_dataloader.num_workers': 2})['metrics']
    )


def test_student_has_no_views_to_fuse(detector: Path) -> None:
    config = setup_config(CONFIG.parents[1] / 'kd' / 'wsddn_shapes.py', FEW)
    with pytest.raises(ConfigError, match='which views'):
        test_api.evaluate(config, detector, Path('work'), tta=True)
    config.merge_from_dict({key: setup_config(CONFIG)[key] for key in ('tta_model', 'tta_pipeline')})
    with pytest.raises(ConfigError, match='cannot be fused') as caught:
        test_api.evaluate(config, detector, Path('work'), tta=True)
    assert '--stage teacher' in caught.value.fix
