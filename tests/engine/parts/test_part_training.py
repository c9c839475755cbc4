"""Networks for parts of the labels: together as alone, stopped as not stopped, on several processes as on one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from engine_toy import run, run_ranks, train
from part_toy import PARTS, assert_equal, networks, part_recipe

from mlkd.checkpoint_file import load_file
from mlkd.console import console
from mlkd.datasets.shapes_labels import CLASSES
from mlkd.engine.parts.grouping import Group
from mlkd.engine.parts.label_part import label_parts
from mlkd.errors import ConfigError, TrainingError
from mlkd.registry import MODELS

NAMES = [part.name for part in label_parts(PARTS, CLASSES)]


def read(path: Path) -> dict:
    return json.loads(path.read_text())


def group_folder(parts: Any = PARTS) -> str:
    return Group(label_parts(parts, CLASSES)).folder


@pytest.fixture(scope='module')
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which all four networks were trained together."""
    folder = tmp_path_factory.mktemp('run') / 'whole'
    train(part_recipe(folder))
    return folder


@pytest.mark.parametrize('together', [1, 3])
def test_together_as_alone(whole: Path, tmp_path: Path, together: int) -> None:
    """Batch norm, dropout, random views, momentum, weight decay, clipped gradients: each network's own."""
    train(part_recipe(tmp_path / 'run', together=together))
    ours, alone = networks(whole / 'teachers'), networks(tmp_path / 'run' / 'teachers')
    assert set(ours) == set(NAMES)
    assert_equal(ours, alone)
    sizes = {len(read(path)['networks']) for path in (tmp_path / 'run' / 'teachers').glob('*/group.json')}
    assert sizes == ({1} if together == 1 else {2})
    for name in NAMES:
        a, b = (read(folder / 'teachers' / name / 'result.json') for folder in (whole, tmp_path / 'run'))
        assert (a['metrics'], a['labels']) == (b['metrics'], b['labels'])


def test_one_part_is_the_plain_training(tmp_path: Path) -> None:
    """The reference is MMEngine's own step on the plain network: same images, weights that start alike, no dropout."""
    config = part_recipe(tmp_path / 'run', [CLASSES], stages=('teachers', 'student'))
    network = config['models']['network']
    network['data_preprocessor'].pop('batch_scales')
    start = {'type': 'Uniform', 'a': 0.02, 'b': 0.02, 'layer': ['Conv2d', 'Linear']}
    network['backbone']['init_cfg'] = network['head']['init_cfg'] = start
    network['head']['dropout'] = 0.0
    train(config)
    (teacher,) = networks(tmp_path / 'run' / 'teachers').values()
    student = load_file(tmp_path / 'run' / 'student.pth')
    assert teacher.keys() == student.keys()
    for name, value in student.items():
        assert torch.equal(teacher[name], value), name
    result = read(tmp_path / 'run' / 'summary.json')['stages']
    (part,) = result['teachers']['parts'].values()
    assert part['metrics'] == result['student']['metrics']
    for key in ('mAP', 'CP', 'CR', 'F1-C'):
        assert result['teachers']['metrics'][key] == pytest.approx(result['student']['metrics'][key], nan_ok=True)
    assert result['teachers']['per_class'] == result['student']['per_class']


def test_what_is_left(whole: Path) -> None:
    summary = read(whole / 'summary.json')
    stage = summary['stages']['teachers']
    assert stage['partitions'] == {'own': NAMES}
    assert list(stage['parts']) == NAMES
    assert summary['partitions']['own']['sizes'] == [len(part) for part in PARTS]
    assert read(whole / summary['partitions']['own']['file'])['parts'] == [list(part) for part in PARTS]
    for name, labels in zip(NAMES, PARTS, strict=True):
        result = stage['parts'][name]
        assert result['labels'] == list(labels) == [row['name'] for row in result['per_class']['classes']]
        assert result['together'] == 4
        # The plain network with as many outputs loads it.
        config = part_recipe(whole)['models']['network']
        config['head']['num_classes'] = len(labels)
        plain = MODELS.build(config)
        plain.load_state_dict(torch.load(whole / 'teachers' / name / 'network.pth', weights_only=True), strict=True)
    seconds = [stage['parts'][name]['train_seconds'] for name in NAMES]
    assert stage['train_seconds'] == pytest.approx(sum(seconds))
    known = {row['name']: row['AP'] for row in stage['per_class']['classes'] if row['AP'] is not None}
    assert stage['metrics']['mAP'] == pytest.approx(sum(known.values()) / len(known))
    assert stage['metrics']['own/mAP'] == stage['metrics']['mAP']
    log = next((whole / 'teachers' / group_folder()).glob('*/vis_data/scalars.json')).read_text()
    assert all(f'{name}.loss_cls' in log for name in NAMES)


def test_killed_anywhere_and_resumed(whole: Path, tmp_path: Path) -> None:
    kills = [{'iteration': 5}, {'save': 1}, {'test': True}]
    hooks = [
        {'type': 'KillHook', 'marker': str(tmp_path / f'{index}'), 'stage': group_folder(), **where}
        for index, where in enumerate(kills)
    ]
    config = part_recipe(tmp_path / 'run', custom_hooks=hooks)
    codes = [run(train, config)]
    while codes[-1] != 0 and len(codes) < 8:
        codes.append(run(train, dict(config, resume=True)))
    assert codes == [-9] * len(kills) + [0]
    assert_equal(networks(tmp_path / 'run' / 'teachers'), networks(whole / 'teachers'))


def test_killed_and_resumed_in_smaller_groups(whole: Path, tmp_path: Path) -> None:
    """Memory did not suffice, say; the checkpoint of four is divided."""
    kill = {'type': 'KillHook', 'marker': str(tmp_path / 'killed'), 'stage': group_folder(), 'iteration': 5}
    config = part_recipe(tmp_path / 'run', custom_hooks=[kill])
    assert run(train, config) == -9
    train(dict(config, resume=True, together=2))
    assert_equal(networks(tmp_path / 'run' / 'teachers'), networks(whole / 'teachers'))
    for parts in (PARTS[:2], PARTS[2:]):
        folder = tmp_path / 'run' / 'teachers' / group_folder(parts)
        assert sorted(path.name for path in folder.glob('iter_*')) == ['iter_6.pth', 'iter_8.pth']


def test_networks_that_are_there_are_kept_when_the_others_got_lost(whole: Path, tmp_path: Path) -> None:
    """Stopped while networks were written: what has its result is done, the others go on from the last checkpoint."""
    config = part_recipe(tmp_path / 'run')
    train(config)
    stage = tmp_path / 'run' / 'teachers'
    (stage / 'result.json').unlink()
    for name in NAMES[2:]:
        (stage / name / 'result.json').unlink()
    (stage / NAMES[3] / 'network.pth').unlink()
    before = (stage / NAMES[0] / 'network.pth').stat().st_mtime_ns
    train(dict(config, resume=True))
    assert (stage / NAMES[0] / 'network.pth').stat().st_mtime_ns == before
    assert_equal(networks(stage), networks(whole / 'teachers'))
    assert read(stage / NAMES[3] / 'result.json')['iterations'] == 8


def test_other_parts_train_only_what_is_new(tmp_path: Path) -> None:
    def config(parts: Any, **changes: Any) -> dict:
        recipe = part_recipe(tmp_path / 'run', parts, stages=('teachers', 'student'), **changes)
        recipe['student'] = {'model': {**recipe['models']['network'], 'feature_cache': 'parts:own'}}
        return recipe

    train(config(PARTS), stage='teachers')
    stage = tmp_path / 'run' / 'teachers'
    before = {name: (stage / name / 'network.pth').stat().st_mtime_ns for name in NAMES}
    joined = (PARTS[1], PARTS[0], PARTS[2] + PARTS[3])
    with pytest.raises(ConfigError, match=r'other partitions(.|\n)*--stage teachers --resume'):
        train(config(joined), stage='student')
    result = train(config(joined, resume=True), stage='teachers')['stages']['teachers']
    names = [part.name for part in label_parts(joined, CLASSES)]
    assert names[:2] == [NAMES[1], NAMES[0]]
    assert result['partitions'] == {'own': names}
    assert {name: (stage / name / 'network.pth').stat().st_mtime_ns for name in NAMES} == before
    assert [read(path)['networks'] for path in stage.glob('*/group.json')].count([names[2]]) == 1
    train(part_recipe(tmp_path / 'fresh', joined))
    fresh = networks(tmp_path / 'fresh' / 'teachers')
    assert_equal({name: networks(stage)[name] for name in names}, fresh)


def test_a_student_of_other_parts_is_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known before a teacher is trained."""

    def config(parts: Any) -> dict:
        recipe = part_recipe(tmp_path / 'run', parts, stages=('teachers', 'student'))
        recipe['student'] = {'model': {**recipe['models']['network'], 'feature_cache': 'parts:own'}}
        return recipe

    class Stop(Exception):
        pass

    def stop(*args: object) -> None:
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr('mlkd.engine.recipe_runner.run_stage', stop)
        with pytest.raises(Stop):
            train(config(PARTS))
    before = sorted((tmp_path / 'run').rglob('*'))
    with pytest.raises(ConfigError, match=r'another config(.|\n)*partitions\.own\.file: then .*, now '):
        train({**config((PARTS[0], sum(PARTS[1:], ()))), 'resume': True})
    assert sorted((tmp_path / 'run').rglob('*')) == before


def test_spread_over_two_processes(whole: Path, tmp_path: Path) -> None:
    """Gloo; each sees the whole stream, and no gradient passes between them."""
    config = part_recipe(tmp_path / 'run')
    assert run_ranks(config, 2) == [0, 0]
    stage = tmp_path / 'run' / 'teachers'
    assert_equal(networks(stage), networks(whole / 'teachers'))
    assert sorted(len(read(path)['networks']) for path in stage.glob('*/group.json')) == [2, 2]
    summary = read(tmp_path / 'run' / 'summary.json')
    expected = read(whole / 'summary.json')
    assert summary['stages']['teachers']['metrics'] == expected['stages']['teachers']['metrics']
    # One process goes on with what two began.
    for name in NAMES[1:]:
        (stage / name / 'result.json').unlink()
    (stage / 'result.json').unlink()
    train(dict(config, resume=True))
    assert_equal(networks(stage), networks(whole / 'teachers'))


def test_a_loss_that_is_nan_names_the_part(tmp_path: Path) -> None:
    config = part_recipe(tmp_path / 'run')
    config['models']['network']['head']['nan_of'] = len(PARTS[2])
    with pytest.raises(TrainingError, match=f'{NAMES[2]}(.|\n)*not finite: loss_cls'):
        train(config)
    checkpoint = load_file(tmp_path / 'run' / 'teachers' / group_folder() / 'iter_6.pth')
    assert all(value.isfinite().all() for value in checkpoint['state_dict'].values())


def test_dry_run_and_reuse(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, 'width', 200)
    stages = ('teachers', 'student')
    summary = train(part_recipe(tmp_path / 'run', stages=stages), dry_run=1)
    assert summary['stages']['teachers']['iterations'] == 4
    assert f'teachers/{NAMES[0]}' in capsys.readouterr().out
    assert not (tmp_path / 'run' / 'teachers').exists()
    summary = train(part_recipe(tmp_path / 'run', stages=stages, reuse={'teachers': str(whole / 'teachers' / '..')}))
    assert summary['stages']['teachers'] == read(whole / 'teachers' / 'result.json')
    assert not (tmp_path / 'run' / 'teachers').exists()
    other = part_recipe(tmp_path / 'other', (PARTS[0], PARTS[1] + PARTS[2] + PARTS[3]), reuse={'teachers': str(whole)})
    with pytest.raises(ConfigError, match='to be taken over has other parts'):
        train(other)


def test_networks_of_two_partitions_in_one_stage(whole: Path, tmp_path: Path) -> None:
    """What is a part of both is trained once."""
    config = part_recipe(tmp_path / 'run')
    halves = (PARTS[0], PARTS[1] + PARTS[2] + PARTS[3])
    config['partitions']['halves'] = part_recipe(tmp_path / 'run', halves)['partitions']['own']
    config['teachers']['parts'] = ['own', 'halves']
    result = train(config)['stages']['teachers']
    assert len(result['parts']) == 5
    assert result['partitions']['own'] == NAMES
    assert result['partitions']['halves'][0] == NAMES[0]
    ours = networks(tmp_path / 'run' / 'teachers')
    assert_equal({name: ours[name] for name in NAMES}, networks(whole / 'teachers'))
    # Another recipe takes over those of one partition.
    some = part_recipe(tmp_path / 'some', stages=('teachers', 'student'), reuse={'teachers': str(tmp_path / 'run')})
    taken = train(some)['stages']['teachers']
    assert (taken['partitions'], list(taken['parts'])) == ({'own': NAMES}, NAMES)
    assert taken['metrics']['mAP'] == result['metrics']['own/mAP']
    means = [result['metrics'][f'{name}/mAP'] for name in ('own', 'halves')]
    assert result['metrics']['mAP'] == pytest.approx(sum(means) / 2)


@pytest.mark.parametrize('leave', ['ema', 'best'])
def test_averaged_weights_are_each_networks_own(tmp_path: Path, leave: str) -> None:
    """Alone as together, in a run that was divided on the way too."""

    def config(name: str, **changes: Any) -> dict:
        recipe = part_recipe(tmp_path / name, **changes)
        for part in ('dataloader', 'cfg', 'evaluator'):
            recipe[f'val_{part}'] = recipe[f'test_{part}']
        recipe['train_cfg'] = {'by_epoch': True, 'max_epochs': 3, 'val_interval': 1}
        average = {'type': 'WeightAverageHook', 'momentum': 0.3, 'leave': leave}
        recipe['custom_hooks'] = [*recipe.get('custom_hooks', []), average]
        return recipe

    train(config('alone', together=1))
    kill = {'type': 'KillHook', 'marker': str(tmp_path / 'killed'), 'stage': group_folder(), 'iteration': 9}
    stopped = config('together', custom_hooks=[kill])
    assert run(train, stopped) == -9
    result = train({**stopped, 'together': 2, 'resume': True})['stages']['teachers']
    ours, alone = networks(tmp_path / 'together' / 'teachers'), networks(tmp_path / 'alone' / 'teachers')
    assert_equal(ours, alone)
    for name in NAMES:
        weights = result['parts'][name]['weights']
        assert weights == read(tmp_path / 'alone' / 'teachers' / name / 'result.json')['weights']
        best = max(weights['last'][kind]['mAP'] for kind in ('ema', 'live'))
        assert weights['best']['metrics']['mAP'] >= best
        if leave == 'best':
            assert result['parts'][name]['metrics']['mAP'] == pytest.approx(weights['best']['metrics']['mAP'])
        else:
            assert result['parts'][name]['metrics'] == weights['last']['ema']
