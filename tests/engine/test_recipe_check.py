from __future__ import annotations

import pytest
from recipe_dicts import parts_recipe, recipe

from mlkd.engine.recipe import Recipe
from mlkd.engine.recipe_check import taken_over
from mlkd.errors import ConfigError


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'stages': ['teacher', 'feture', 'student']}, r"'feture' is not defined(.|\n)*did you mean feature"),
        ({'stages': ['teacher', 'teacher']}, 'named twice'),
        ({'stages': 'teacher'}, 'no list of names'),
        ({'teacher': 3}, "'teacher' is no dict"),
        ({'student_stage': 'studnt'}, r"no stage 'studnt'(.|\n)*student_stage(.|\n)*did you mean student"),
        ({'stages': ['feature', 'teacher', 'student']}, r"'feature' refers to a later stage(.|\n)*checkpoint"),
        ({'student': {'load_from': 'stage:student'}}, 'refers to itself'),
        ({'student': {'load_from': 'stage:featur'}}, r'no stage(.|\n)*student\.load_from(.|\n)*did you mean feature'),
        ({'student': {'model': 'model:studnt'}}, r'no model(.|\n)*student\.model(.|\n)*did you mean student'),
        ({'teacher': {'optim_wrapper': {'optimizer': {'lr': {'x': 1}}}}}, r'cannot be merged(.|\n)*_delete_'),
        ({'teacher': {'table_row': ['a', 'b']}}, r'no text(.|\n)*teacher\.table_row(.|\n)*commas'),
        ({'table_row': 5}, r'no text(.|\n)*where: table_row'),
        ({'teacher': {'folds': 1}}, 'folds is not understood'),
        ({'teacher': {'folds': {'n': 3, 'ful': True}}}, 'folds is not understood'),
    ],
)
def test_mistakes_are_named(changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Recipe(recipe(**changes))


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


def test_what_is_taken_over_needs_what_it_was_made_from() -> None:
    needs = {'teacher': [], 'student': ['teacher']}
    with pytest.raises(ConfigError, match=r"'student' is to be taken over(.|\n)*name teacher too"):
        taken_over({'student': '/run'}, needs, needs.__getitem__)
    with pytest.raises(ConfigError, match='did you mean teacher'):
        taken_over({'teachr': '/run'}, needs, needs.__getitem__)
    with pytest.raises(ConfigError, match='reuse is no dict'):
        taken_over('/run', needs, needs.__getitem__)
    assert list(taken_over({'student': '/run', 'teacher': '/run'}, needs, needs.__getitem__)) == ['student', 'teacher']
