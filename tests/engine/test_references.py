from __future__ import annotations

import pytest
from recipe_dicts import MODELS, parts_recipe, recipe

from mlkd.engine.recipe import Recipe
from mlkd.engine.references import Reference, folds_used, references_in
from mlkd.engine.stage_output import StageOutput
from mlkd.errors import ConfigError


def test_only_three_kinds_of_strings_are_references() -> None:
    assert Reference.read('stage:teacher:toy/mAP', 'a.b') == Reference('a.b', 'stage', 'teacher:toy/mAP')
    assert Reference.read('parts:cgp', 'a').text == 'parts:cgp'
    for text in ('stage', 'stage:', 'a stage:teacher', 'Stage:teacher', 'model :student', '/data/model:x/y'):
        assert Reference.read(text, 'a') is None
    assert Reference.read('stage:teacher:toy/mAP', 'a').metric == 'toy/mAP'
    assert Reference.read('stage:teacher', 'a').metric == Reference.read('model:a:b', 'a').metric == ''


def test_references_carry_their_key_path() -> None:
    found = references_in({'a': ['stage:x', {'b': 'parts:y'}], 'c': 'plain', 'd': 3}, 'student')
    assert [(r.where, r.kind, r.rest) for r in found] == [
        ('student.a.0', 'stage', 'x'),
        ('student.a.1.b', 'parts', 'y'),
    ]


def test_folds_that_count() -> None:
    outputs = {'a': StageOutput('/a', ('/0', '/1')), 'b': StageOutput('/b'), 'c': StageOutput(None, ('/0', '/1', '/2'))}
    used = [Reference('s.model.teacher', 'stage', name) for name in ('a', 'b', 'c')]
    assert folds_used(used, outputs) == {2, 3}
    assert folds_used([Reference('s.load_from', 'stage', 'a'), Reference('s.w', 'stage', 'a:mAP')], outputs) == set()
    # What is not done yet has no folds that are known.
    assert folds_used(used, {}) == set()


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


def test_one_network_of_folds_needs_the_full_one() -> None:
    config = recipe(
        teacher={'model': 'model:teacher', 'folds': 2}, student={'model': 'model:student', 'load_from': 'stage:teacher'}
    )
    outputs = {'teacher': StageOutput('/full', ('/0', '/1')), 'feature': StageOutput('/f')}
    assert Recipe(config).resolve('student', outputs)['load_from'] == '/full'
    with pytest.raises(ConfigError, match='full=True'):
        Recipe(config).resolve('student', {'teacher': StageOutput(None, ('/0', '/1'))})


def test_no_network_of_parts_knows_all_labels() -> None:
    config = parts_recipe(feature={'model': {'teacher': 'stage:teacher'}})
    output = StageOutput(None, parts={'cgp': [{'labels': ['cat'], 'checkpoint': '/a.pth'}]})
    with pytest.raises(ConfigError, match=r"none that knows all labels(.|\n)*'parts:cgp'"):
        Recipe(config).resolve('feature', {'teacher': output})
    with pytest.raises(ConfigError, match='run --stage teacher first'):
        Recipe(parts_recipe()).resolve('feature', {})
