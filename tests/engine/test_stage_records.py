from __future__ import annotations

from pathlib import Path

import pytest
from recipe_dicts import recipe

from mlkd.engine.parts.recipe_partitions import RecipePartitions
from mlkd.engine.recipe import Recipe
from mlkd.engine.records import NETWORK, RESULT
from mlkd.engine.stage_output import StageOutput
from mlkd.engine.stage_records import StageRecords
from mlkd.errors import ConfigError
from mlkd.fileio import checksum, write_json


def records(work_dir: Path, seed: int = 0, **changes: object) -> StageRecords:
    whole = Recipe(recipe(**changes))
    return StageRecords(whole, work_dir, RecipePartitions(whole, (), work_dir, seed), seed, None, 0)


def folded(work_dir: Path) -> StageRecords:
    return records(work_dir, teacher={'model': 'model:teacher', 'folds': {'n': 2, 'full': True}})


def test_folders_of_trainings(tmp_path: Path) -> None:
    of_folds = folded(tmp_path)
    assert of_folds.trainings('teacher') == ['fold0', 'fold1', 'full']
    assert of_folds.trainings('student') == ['']
    assert of_folds.folder('teacher', 'fold0') == tmp_path / 'teacher' / 'fold0'
    elsewhere = records(tmp_path, reuse={'teacher': '/another'})
    assert elsewhere.folder('teacher') == Path('/another/teacher')
    assert elsewhere.folder('student') == tmp_path / 'student'


def test_what_later_stages_can_refer_to(tmp_path: Path) -> None:
    network = str(tmp_path / 'student' / 'network.pth')
    assert records(tmp_path).output('student', {'metrics': {'mAP': 1}}) == StageOutput(network, (), {'mAP': 1})
    output = folded(tmp_path).output('teacher', {'metrics': {}})
    assert output.checkpoint == str(tmp_path / 'teacher' / 'full' / 'network.pth')
    assert output.fold_checkpoints == tuple(
        str(tmp_path / 'teacher' / name / 'network.pth') for name in ('fold0', 'fold1')
    )


def test_checksums_of_what_a_stage_is_made_from(tmp_path: Path) -> None:
    one, folds = {'network_sha256': 'a'}, {'parts': {'fold0': {'network_sha256': 'b'}, 'full': {'network_sha256': 'c'}}}
    assert records(tmp_path).needed('feature', {'teacher': one, 'student': one}) == {'teacher': {'': 'a'}}
    assert folded(tmp_path).needed('feature', {'teacher': folds}) == {'teacher': {'fold0': 'b', 'full': 'c'}}


def test_what_was_begun_is_what_would_be_begun(tmp_path: Path) -> None:
    begun = records(tmp_path)
    begun.begin('feature', '', {'teacher': {'': 'a'}})
    assert begun.finished('feature', '', {'teacher': {'': 'a'}}) is None
    network = tmp_path / 'feature' / NETWORK
    network.write_bytes(b'weights')
    of_network = {'network_sha256': checksum(network), 'made_from': {'teacher': {'': 'a'}}}
    write_json(network.with_name(RESULT), {'metrics': {'mAP': 5}, **of_network})
    assert begun.finished('feature', '', {'teacher': {'': 'a'}})['metrics'] == {'mAP': 5}
    with pytest.raises(ConfigError, match=r'trained again(.|\n)*teacher'):
        begun.finished('feature', '', {'teacher': {'': 'b'}})
    with pytest.raises(ConfigError, match=r'another seed(.|\n)*then 0, now 1(.|\n)*--seed 0 as then'):
        records(tmp_path, seed=1).check_begun(['feature'])
    changed = records(tmp_path, optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 0.5}})
    with pytest.raises(ConfigError, match=r'momentum: then -, now 0\.5'):
        changed.check_begun(['teacher', 'feature'])
    # Of stages that are not to be run, only those that are needed have to be what they would be.
    assert changed.done('feature', None)['metrics'] == changed.done('feature', 'teacher')['metrics'] == {'mAP': 5}
    with pytest.raises(ConfigError, match='another config'):
        changed.done('feature', 'student')
    # A network that is not the one that was measured is made again.
    network.write_bytes(b'other')
    assert begun.finished('feature', '', {'teacher': {'': 'a'}}) is None


def test_facts_beside_what_is_measured(tmp_path: Path) -> None:
    of_folds = folded(tmp_path)
    fold, full = (of_folds.facts('teacher', part, {}, 2) for part in ('fold0', 'full'))
    assert (fold['stage'], fold['part'], fold['processes'], fold['dry_run']) == ('teacher', 'fold0', 2, 0)
    assert fold['config_hash'] != full['config_hash']
    assert fold['config_hash'] != records(tmp_path).facts('teacher', '', {}, 2)['config_hash']
