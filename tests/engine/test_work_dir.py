from __future__ import annotations

import json
from pathlib import Path

import pytest
from engine_toy import toy_config, toy_recipe, train

from mlkd.engine.work_dir import check_run, claim
from mlkd.errors import ConfigError


def test_claim(tmp_path: Path) -> None:
    work = tmp_path / 'work'
    claim(work, ['teacher'], resume=False, overwrite=False)
    (work / 'teacher').mkdir(parents=True)
    (work / 'teacher' / 'log.txt').touch()
    claim(work, ['teacher'], resume=False, overwrite=False)  # Nothing was computed yet.
    (work / 'teacher' / 'epoch_1.pth').touch()
    (work / 'student').mkdir()
    claim(work, ['student'], resume=False, overwrite=False)
    claim(work, ['teacher'], resume=True, overwrite=False)
    with pytest.raises(ConfigError, match=r'epoch_1\.pth(.|\n)*--overwrite'):
        claim(work, ['teacher', 'student'], resume=False, overwrite=False)
    claim(work, ['teacher', 'student'], resume=False, overwrite=True)
    assert not work.exists()
    assert (tmp_path / 'work.old1' / 'teacher' / 'log.txt').exists()
    (work / 'teacher' / 'fold0').mkdir(parents=True)
    (work / 'teacher' / 'fold0' / 'epoch_1.pth').touch()
    with pytest.raises(ConfigError, match='fold0'):
        claim(work, ['teacher'], resume=False, overwrite=False)


def test_one_stage_is_moved_aside_and_with_the_last_one_everything(tmp_path: Path) -> None:
    work = tmp_path / 'work'
    for name in ('teacher', 'student'):
        (work / name).mkdir(parents=True)
        (work / name / 'epoch_1.pth').touch()
    for name in ('run.json', 'summary.json'):
        (work / name).touch()
    claim(work, ['student'], resume=False, overwrite=True)
    assert sorted(path.name for path in work.iterdir()) == ['run.json', 'teacher']
    assert sorted(path.name for path in (tmp_path / 'work.old1').iterdir()) == ['student', 'summary.json']
    claim(work, ['teacher'], resume=False, overwrite=True)
    assert sorted(path.name for path in (tmp_path / 'work.old2').iterdir()) == ['run.json', 'teacher']


def facts(*stages: str, student: str = 'student') -> dict:
    return {'config': 'b.py', 'stages': list(stages), 'student_stage': student}


def test_check_run(tmp_path: Path) -> None:
    check_run(tmp_path, facts('teacher', 'student'))
    (tmp_path / 'run.json').write_text(json.dumps({**facts('teacher', 'student'), 'config': 'a.py'}))
    check_run(tmp_path, facts('other'))  # Nothing was computed yet.
    (tmp_path / 'student').mkdir()
    (tmp_path / 'student' / 'epoch_1.pth').touch()
    check_run(tmp_path, facts('teacher', 'student'))
    check_run(tmp_path, facts('teacher', 'student', 'baseline'))
    with pytest.raises(ConfigError, match=r'another config(.|\n)*a\.py \(stages teacher, student; ') as caught:
        check_run(tmp_path, facts('teacher', 'nms', student='nms'))
    assert f'reuse.teacher={tmp_path} takes over' in caught.value.fix
    for now in (facts('student'), facts('teacher', 'student', student='teacher'), facts(student='train')):
        with pytest.raises(ConfigError, match='--work-dir'):
            check_run(tmp_path, now)


def left(folder: Path) -> dict[str, bytes]:
    """Every file that a run left, but for logs."""
    return {str(path): path.read_bytes() for path in folder.rglob('*.*') if path.suffix in ('.pth', '.json', '.py')}


def test_another_row_in_the_same_folder_writes_over_nothing(tmp_path: Path) -> None:
    """As the configs of a table's rows are: one teacher, other stages after it."""
    first, row = toy_recipe(tmp_path / 'run'), toy_recipe(tmp_path / 'run')
    row.update(stages=['teacher', 'row'], row=row.pop('feature'), student_stage='row')
    train(first)
    before = left(tmp_path / 'run')
    for options in ({'resume': True}, {}):
        with pytest.raises(ConfigError, match=r'another config(.|\n)*--work-dir; --cfg-options reuse\.teacher='):
            train({**row, **options}, stage=None if options else 'row')
    assert left(tmp_path / 'run') == before
    reuse = {'teacher': str(tmp_path / 'run')}
    assert list(train({**row, 'work_dir': str(tmp_path / 'row'), 'reuse': reuse})['stages']) == ['teacher', 'row']
    train(row, overwrite=True)
    moved = tmp_path / 'run.old1'
    assert left(moved) == {path.replace('/run/', '/run.old1/'): content for path, content in before.items()}
    assert sorted(path.name for path in (tmp_path / 'run').iterdir() if path.is_dir()) == ['row', 'teacher']


def test_a_recipe_with_more_stages_goes_on(tmp_path: Path) -> None:
    train(toy_recipe(tmp_path))
    before = (tmp_path / 'student.pth').read_bytes()
    more = toy_recipe(tmp_path, resume=True, stages=['teacher', 'feature', 'student', 'baseline'])
    summary = train({**more, 'baseline': {'model': 'model:student'}})
    assert list(summary['stages']) == ['teacher', 'feature', 'student', 'baseline']
    assert (tmp_path / 'student.pth').read_bytes() == before


@pytest.mark.parametrize('swapped', [False, True])
def test_one_training_and_a_recipe_do_not_share_a_folder(tmp_path: Path, swapped: bool) -> None:
    one, recipe = toy_config(tmp_path), toy_recipe(tmp_path, stages=['teacher'], student_stage='teacher')
    first, second = (recipe, one) if swapped else (one, recipe)
    train(first)
    before = left(tmp_path)
    with pytest.raises(ConfigError, match='another config'):
        train({**second, 'resume': True})
    assert left(tmp_path) == before
