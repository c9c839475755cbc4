from __future__ import annotations

import pytest

from mlkd.engine.config_tree import dataset_configs, walk
from mlkd.engine.recipe import Recipe, StageOutput
from mlkd.errors import ConfigError

MODELS = {'teacher': {'type': 'WSDDN'}, 'student': {'type': 'Net', 'width': 8}}


def recipe(**changes: object) -> dict:
    distiller = {
        'type': 'Distiller',
        'student': 'model:student',
        'teachers': {'wsd': {'model': 'model:teacher', 'checkpoint': 'stage:teacher'}},
    }
    config = {
        'models': MODELS,
        'stages': ['teacher', 'feature', 'student'],
        'train_dataloader': {'batch_size': 4, 'dataset': {'type': 'Data', 'n': 3}},
        'optim_wrapper': {'optimizer': {'type': 'SGD', 'lr': 0.1}},
        'teacher': {'model': 'model:teacher'},
        'feature': {'model': distiller, 'optim_wrapper': {'optimizer': {'lr': 0.2}}},
        'student': {'model': 'model:student', 'load_from': 'stage:feature'},
    }
    return {**config, **changes}


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


def test_metric_of_a_stage() -> None:
    config = recipe()
    config['feature']['model']['weight'] = 'stage:teacher:multi_label/mAP'
    outputs = {'teacher': StageOutput('/t.pth', metrics={'multi_label/mAP': 61.5})}
    assert Recipe(config).resolve('feature', outputs)['model']['weight'] == 61.5
    config['feature']['model']['weight'] = 'stage:teacher:multi_label/map'
    with pytest.raises(ConfigError, match=r'did not measure(.|\n)*feature\.model\.weight(.|\n)*multi_label/mAP'):
        Recipe(config).resolve('feature', outputs)


def test_models_may_refer_to_models_but_not_in_a_circle() -> None:
    chained = Recipe(recipe(models={**MODELS, 'teacher': {'type': 'T', 'part': 'model:student'}}))
    assert chained.resolve('teacher', {})['model']['part'] == MODELS['student']
    with pytest.raises(ConfigError, match='circle'):
        Recipe(recipe(models={**MODELS, 'teacher': {'part': 'model:teacher'}}))


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'stages': ['teacher', 'feture', 'student']}, r"'feture' is not defined(.|\n)*did you mean feature"),
        ({'stages': ['teacher', 'teacher']}, 'named twice'),
        ({'stages': 'teacher'}, 'no list of names'),
        ({'teacher': 3}, "'teacher' is no dict"),
        ({'student_stage': 'studnt'}, r'student_stage names no stage(.|\n)*did you mean student'),
        ({'stages': ['feature', 'teacher', 'student']}, r"'feature' refers to a later stage(.|\n)*checkpoint"),
        ({'student': {'load_from': 'stage:student'}}, 'refers to itself'),
        ({'student': {'load_from': 'stage:featur'}}, r'no stage(.|\n)*student\.load_from(.|\n)*did you mean feature'),
        ({'student': {'model': 'model:studnt'}}, r'no model(.|\n)*student\.model(.|\n)*did you mean student'),
        ({'teacher': {'optim_wrapper': {'optimizer': {'lr': {'x': 1}}}}}, r'cannot be merged(.|\n)*_delete_'),
        ({'teacher': {'folds': 1}}, 'folds is not understood'),
        ({'teacher': {'folds': {'n': 3, 'ful': True}}}, 'folds is not understood'),
    ],
)
def test_mistakes_are_named(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Recipe(recipe(**changes))


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


def test_one_network_of_folds_needs_the_full_one() -> None:
    config = recipe(
        teacher={'model': 'model:teacher', 'folds': 2}, student={'model': 'model:student', 'load_from': 'stage:teacher'}
    )
    outputs = {'teacher': StageOutput('/full', ('/0', '/1')), 'feature': StageOutput('/f')}
    assert Recipe(config).resolve('student', outputs)['load_from'] == '/full'
    with pytest.raises(ConfigError, match='full=True'):
        Recipe(config).resolve('student', {'teacher': StageOutput(None, ('/0', '/1'))})


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


def test_dataset_configs_looks_below_wrappers() -> None:
    inner = [{'type': 'A'}, {'type': 'B'}]
    wrapped = {'type': 'RepeatDataset', 'dataset': {'type': 'ConcatDataset', 'datasets': inner}}
    assert list(dataset_configs({'dataset': wrapped})) == inner


def parts_recipe(**changes: object) -> dict:
    teacher = {'teachers': {'cgp': {'model': 'model:teacher', 'parts': 'parts:cgp'}}, 'student': 'model:student'}
    config = {
        'partitions': {'cgp': {'graph': 'cgp', 'parts': 2}, 'dgp': {'graph': 'dgp', 'parts': 2}},
        'teacher': {'model': 'model:teacher', 'parts': ['cgp', 'dgp'], 'together': 3},
        'feature': {'model': {'type': 'Distiller', **teacher}},
    }
    return recipe(**{**config, **changes})


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


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'teacher': {'parts': 'cpg'}}, 'no such partition(.|\n)*did you mean cgp'),
        ({'teacher': {'parts': []}}, r"parts names no partition(.|\n)*\['cgp', 'dgp'\]"),
        ({'teacher': {'parts': 'cgp', 'together': 0}}, r'where: teacher\.together(.|\n)*1 or more'),
        ({'teacher': {'parts': 'cgp', 'folds': 3}}, 'cannot have folds'),
        ({'teacher': {'parts': 'cgp', 'load_from': 'a.pth'}}, 'cannot have load_from'),
        ({'teacher': {'parts': 'cgp', 'strategy': {'type': 'FSDPStrategy'}}}, 'cannot have strategy'),
        ({'teacher': {'parts': 'cgp', 'model': {'student': 1, 'teachers': {}}}}, 'cannot have a distiller'),
        (
            {'teacher': {'model': 'model:teacher'}},
            "No stage trains networks for its parts(.|\n)*give a stage parts='cgp'",
        ),
        ({'teacher': {'parts': 'cgp'}, 'student': {'parts': 'cgp'}}, 'More than one stage(.|\n)*teacher, student'),
        ({'stages': ['feature', 'teacher']}, 'later stage(.|\n)*parts:cgp'),
        ({'feature': {'model': {'teachers': {'a': 'parts:gcp'}}}}, 'no such partition(.|\n)*did you mean .*cgp'),
    ],
)
def test_mistakes_about_parts_are_named(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Recipe(parts_recipe(**changes))


def test_no_network_of_parts_knows_all_labels() -> None:
    config = parts_recipe(feature={'model': {'teacher': 'stage:teacher'}})
    output = StageOutput(None, parts={'cgp': [{'labels': ['cat'], 'checkpoint': '/a.pth'}]})
    with pytest.raises(ConfigError, match=r"none that knows all labels(.|\n)*'parts:cgp'"):
        Recipe(config).resolve('feature', {'teacher': output})
    with pytest.raises(ConfigError, match='run --stage teacher first'):
        Recipe(parts_recipe()).resolve('feature', {})
