from __future__ import annotations

import pytest
from recipe_dicts import MODELS, parts_recipe, recipe

from mlkd.engine.config_tree import walk
from mlkd.engine.recipe import Recipe
from mlkd.engine.stage_output import StageOutput
from mlkd.errors import ConfigError


def test_stage_is_merged_over_the_rest_and_models_are_copies() -> None:
    feature = Recipe(recipe()).resolve('feature', {'teacher': StageOutput('/t.pth')})
    assert feature['optim_wrapper'] == {'optimizer': {'type': 'SGD', 'lr': 0.2}}
    assert feature['model']['teachers']['wsd'] == {'model': {'type': 'WSDDN'}, 'checkpoint': '/t.pth'}
    assert feature['model']['student'] == MODELS['student']
    feature['model']['student']['width'] = 99
    assert MODELS['student']['width'] == 8
    assert not {'stages', 'models', 'teacher', 'student'} & feature.keys()


def test_nothing_but_references_is_replaced() -> None:
    whole = recipe(
        log_level='stage is a word, model: too',
        unused='stage:x',
        teacher={'model': 'model:teacher', 'compile': 'model'},
    )
    resolved = Recipe(whole).resolve('teacher', {})
    assert (resolved['log_level'], resolved['compile']) == ('stage is a word, model: too', 'model')
    assert [v for _, v in walk(resolved) if isinstance(v, str) and v.startswith(('model:', 'stage:'))] == []


def test_delete_replaces_instead_of_merging() -> None:
    stage = {'model': 'model:teacher', 'optim_wrapper': {'_delete_': True, 'optimizer': {'type': 'Adam'}}}
    assert Recipe(recipe(teacher=stage)).merged('teacher')['optim_wrapper'] == {'optimizer': {'type': 'Adam'}}


def test_student_stage() -> None:
    assert Recipe(recipe()).student_stage == 'student'
    assert Recipe(recipe(stages=['teacher', 'feature'])).student_stage == 'feature'
    assert Recipe(recipe(student_stage='feature')).student_stage == 'feature'


def test_without_stages_it_is_one_training() -> None:
    plain = Recipe({'model': {'type': 'Net'}, 'train_cfg': {'max_epochs': 2}})
    assert (plain.single, plain.stages, plain.student_stage) == (True, ('train',), 'train')
    assert plain.resolve('train', {}) == {'model': {'type': 'Net'}, 'train_cfg': {'max_epochs': 2}}


def test_folds_reach_the_stages_that_use_them() -> None:
    teacher = {'model': 'model:teacher', 'folds': {'n': 3, 'full': True}}
    folded = Recipe(recipe(teacher=teacher))
    parts = folded.folds('teacher').parts()
    assert list(parts) == ['fold0', 'fold1', 'fold2', 'full']
    assert (parts['fold1'], parts['full']) == ({'n': 3, 'held_out': 1}, {'n': 3})
    outputs = {'teacher': StageOutput('/full', ('/0', '/1', '/2')), 'feature': StageOutput('/f')}
    feature = folded.resolve('feature', outputs)
    assert feature['model']['teachers']['wsd']['checkpoint'] == ['/0', '/1', '/2']
    assert feature['train_dataloader']['dataset'] == {'type': 'Data', 'n': 3, 'folds': {'n': 3}}
    assert 'folds' not in folded.resolve('student', outputs)['train_dataloader']['dataset']


def test_network_config_is_the_student_alone() -> None:
    config = recipe(
        data_preprocessor={'type': 'Frames'},
        val_dataloader={'dataset': {'type': 'Val'}},
        val_cfg={},
        val_evaluator={'type': 'M'},
    )
    feature = Recipe(config).network_config('feature')
    assert feature['model'] == MODELS['student']
    assert feature['test_dataloader'] == {'dataset': {'type': 'Val'}}
    assert not {'train_dataloader', 'optim_wrapper', 'data_preprocessor', 'val_dataloader'} & feature.keys()
    assert Recipe(config).network_config('teacher')['model'] == MODELS['teacher']


def test_networks_for_parts_are_found_by_their_partition() -> None:
    whole = Recipe(parts_recipe())
    assert whole.partitions_of('teacher') == ('cgp', 'dgp')
    assert (whole.together('teacher'), whole.together('student')) == (3, None)
    assert whole.needs('feature') == ['teacher']
    assert whole.identifying('feature') == {'cgp': {'graph': 'cgp', 'parts': 2}}
    assert whole.identifying('teacher') == {}
    assert not {'parts', 'together'} & whole.merged('teacher').keys()
    networks = [{'labels': ['cat'], 'checkpoint': '/a.pth'}, {'labels': ['dog', 'cow'], 'checkpoint': '/b.pth'}]
    output = StageOutput(None, parts={'cgp': networks, 'dgp': []})
    teacher = whole.resolve('feature', {'teacher': output})['model']['teachers']['cgp']
    assert teacher == {'model': MODELS['teacher'], 'parts': networks}
    assert Recipe(parts_recipe(teacher={'parts': 'cgp'}, together=2)).together('teacher') == 2


@pytest.mark.parametrize('where', ['--stage', 'student_stage'])
def test_a_stage_that_a_person_names(where: str) -> None:
    whole = Recipe(recipe())
    assert (whole.checked_stage(None, where), whole.checked_stage('feature', where)) == ('student', 'feature')
    with pytest.raises(ConfigError, match=rf"no stage 'teachr'(.|\n)*where: {where}(.|\n)*did you mean teacher"):
        whole.checked_stage('teachr', where)
