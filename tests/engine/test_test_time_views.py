"""The config of a test becomes one that fuses views."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from mmengine.config import Config

from mlkd.engine.config_check import check_recipe
from mlkd.engine.hashing import config_hash
from mlkd.engine.recipe import Recipe
from mlkd.engine.test_time_views import fuse_views
from mlkd.errors import ConfigError

SHAPES = Path(__file__).parents[2] / 'configs' / 'wsd' / 'wsddn_shapes.py'


def config(**changes: object) -> Config:
    whole = Config.fromfile(SHAPES)
    whole.merge_from_dict(changes)
    return whole


def fused(whole: Config) -> dict:
    recipe = Recipe(whole)
    plain = recipe.network_config('teacher')
    fuse_views(plain, recipe, 'teacher')
    return plain


def test_network_and_pipeline_are_put_in_their_places() -> None:
    whole = config()
    before = copy.deepcopy(whole.to_dict())
    plain = fused(whole)
    assert plain['model']['type'] == 'WSDDNTTAModel'
    assert plain['model']['module'] == before['models']['teacher']
    loader = plain['test_dataloader']
    assert loader['dataset']['pipeline'] == before['tta_pipeline']
    assert loader['batch_size'] == 1
    assert whole.to_dict() == before


def test_what_a_stage_says_goes_before_what_stands_at_the_top() -> None:
    own = {'type': 'WSDDNTTAModel', 'tta_cfg': {'score_thr': 0.5}}
    whole = config(**{'teacher.tta_model': own})
    check_recipe(Recipe(whole))
    assert fused(whole)['model']['tta_cfg'] == {'score_thr': 0.5}


def test_a_preprocessor_at_the_top_stays_the_networks() -> None:
    recipe = Recipe(config())
    plain = recipe.network_config('teacher')
    view = plain['model'].pop('data_preprocessor')
    plain['data_preprocessor'] = view
    fuse_views(plain, recipe, 'teacher')
    assert plain['model']['module']['data_preprocessor'] == view
    assert 'data_preprocessor' not in plain


def test_views_are_no_part_of_what_a_training_computes() -> None:
    whole, other = config(), config()
    del other._cfg_dict['tta_pipeline'], other._cfg_dict['tta_model']
    assert Recipe(whole).merged('teacher') == Recipe(other).merged('teacher')
    assert config_hash(Recipe(whole).whole) == config_hash(Recipe(other).whole)


@pytest.mark.parametrize('missing', [('tta_model',), ('tta_model', 'tta_pipeline')])
def test_config_without_views(missing: tuple[str, ...]) -> None:
    whole = config()
    for key in missing:
        del whole._cfg_dict[key]
    with pytest.raises(ConfigError, match='which views') as caught:
        fused(whole)
    assert all(key in caught.value.found for key in missing)
    assert caught.value.where == str(SHAPES)


@pytest.mark.parametrize(
    ('step', 'where', 'fix'),
    [
        ({'type': 'ResizeLongSide', 'size': 480}, '.size', 'sizes'),
        ({'type': 'ResizeLongSid', 'sizes': 480}, '.type', 'ResizeLongSide'),
        ({'type': 'MirrorFlip', 'probability': 1.0}, '.probability', 'prob'),
    ],
)
def test_misspelt_views(step: dict, where: str, fix: str) -> None:
    whole = config()
    whole.tta_pipeline[2]['transforms'][0] = [step]
    with pytest.raises(ConfigError) as caught:
        check_recipe(Recipe(whole))
    assert caught.value.where == f'teacher.tta_pipeline.2.transforms.0.0{where}'
    assert fix in f'{caught.value.fix} {caught.value.expected}'


def test_misspelt_keys() -> None:
    whole = config(tta_pipline=[])
    with pytest.raises(ConfigError, match='did you mean tta_pipeline'):
        check_recipe(Recipe(whole))
    with pytest.raises(ConfigError, match='takes no argument'):
        check_recipe(Recipe(config(**{'tta_model.tta_confg': {}})))
