"""The configs of OASS and Puzzle-CAM hold the published settings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from mlkd.distillers import SelfTeacher
from mlkd.engine.recipe import Recipe
from mlkd.registry import MODELS

FOLDER = Path(__file__).parents[2] / 'configs' / 'oass'
STRATEGIES = ['max', 'cmax', 'ctopk', 'ctopkw']


def built(name: str, stage: str = 'student') -> tuple[Any, Any, dict[str, Any]]:
    config = Recipe(Config.fromfile(FOLDER / f'{name}.py')).resolve(stage, {})
    with torch.device('meta'):
        model = MODELS.build(config['model'])
    return model, build_optim_wrapper(model, config['optim_wrapper']), config


@pytest.mark.parametrize('strategy', STRATEGIES)
def test_network_groups_and_weights(strategy: str) -> None:
    model, optim, config = built(f'oass_{strategy}_r50_voc12')
    assert sum(p.numel() for p in model.parameters()) == 23_671_872
    groups = Counter(
        (round(group['lr'], 6), group['weight_decay'])
        for group in optim.optimizer.param_groups
        for _ in group['params']
    )
    assert groups == {(0.1, 1e-4): 106, (0.2, 0): 53, (1.0, 1e-4): 41, (2.0, 0): 20}
    defaults = optim.optimizer.defaults
    assert (defaults['momentum'], defaults['nesterov']) == (1e-4, True)
    (term,) = model.terms.values()
    assert (term.consistency_weight, term.ramp, term.patch_weight) == (3.0, 0.05, 0.5)
    assert (term.finder.strategy, term.finder.num_maxima, term.finder.ctopk_filter) == (strategy, 5, 'none')
    assert term.patch_norm == 'per_keypoint'
    averages = [isinstance(teacher, SelfTeacher) for teacher in model.teachers.values()]
    assert averages == ([] if strategy == 'max' else [True])
    loader = config['train_dataloader']
    assert (config['train_cfg']['max_epochs'], loader['batch_size'], loader['drop_last']) == (15, 32, True)
    assert loader['dataset']['ann_file'] == 'train_aug.txt'
    assert not config['val_dataloader'].get('drop_last')
    assert model.student.backbone.layer4[0].conv2.stride == (1, 1)


def test_puzzle_cam() -> None:
    model, _, _ = built('puzzlecam_r50_voc12')
    (term,) = model.terms.values()
    assert (term.consistency_weight, term.ramp, term.patch_weight, term.patch_norm) == (4.0, 0.5, 1.0, 'joint')
    assert term.finder.strategy == 'centre'
    assert (model.student.head.csi, len(model.teachers)) == (None, 0)


@pytest.mark.parametrize('config', ['oass_mobilenetv1_voc07', 'oass_mobilenetv1_voc07_ablation'])
def test_ten_rows_with_equal_budgets(config: str) -> None:
    recipe = Recipe(Config.fromfile(FOLDER / f'{config}.py'))
    assert len(recipe.stages) == len({recipe.table_row(stage) for stage in recipe.stages}) == 10
    rows = {stage: built(config, stage)[0] for stage in recipe.stages}
    found = {}
    for name, model in rows.items():
        term = next(iter(getattr(model, 'terms', {}).values()), None)
        csi = getattr(model, 'student', model).head.csi is not None
        found[name] = (term and term.finder.strategy, bool(term and term.teacher), csi)
    assert found == {
        'baseline': (None, False, False),
        'puzzle': ('centre', False, False),
        'csi': (None, False, True),
        'puzzle_csi': ('centre', False, True),
        'max': ('max', False, True),
        'cmax': ('cmax', True, True),
        'ctopk': ('ctopk', True, True),
        'ctopkw': ('ctopkw', True, True),
        'ctopkw_student': ('ctopkw', False, True),
        'ctopkw_gap': ('ctopkw', True, False),
    }
    for key in ('train_cfg', 'optim_wrapper', 'param_scheduler', 'train_dataloader'):
        assert len({str(recipe.merged(stage)[key]) for stage in recipe.stages}) == 1


def test_the_small_ablation_measures_where_each_row_sees_the_classes_and_keeps_its_epochs() -> None:
    recipe = Recipe(Config.fromfile(FOLDER / 'oass_mobilenetv1_voc07_ablation.py'))
    for stage in recipe.stages:
        config = recipe.merged(stage)
        assert [metric['type'] for metric in config['test_evaluator']] == ['MultiLabelMetric', 'CAMLocalisationMetric']
        assert config['default_hooks']['epoch_record'] == {'type': 'EpochRecordHook', 'select_by': 'mAP'}
        model, _, _ = built('oass_mobilenetv1_voc07_ablation', stage)
        assert getattr(model, 'student', model).test_cfg == {'class_maps': True}
    network = built('oass_mobilenetv1_voc07_ablation', 'baseline')[0]
    with torch.device('meta'):
        assert network.backbone(torch.zeros(1, 3, 160, 160))[-1].shape[-2:] == (10, 10)


def test_a_teacher_that_oass_trained_teaches_predictions_and_features() -> None:
    recipes = {
        kind: Recipe(Config.fromfile(FOLDER / f'oass_{kind}_mobilenetv1_voc07.py')) for kind in ('predkd', 'peakkd')
    }
    assert list(recipes['predkd'].stages) == ['teacher', 'distillation', 'baseline']
    assert list(recipes['peakkd'].stages) == ['teacher', 'feature', 'student', 'baseline']
    terms = {
        stage: [term['type'] for term in recipes[kind].merged(stage)['model']['terms'].values()]
        for kind, stage in (
            ('predkd', 'teacher'),
            ('predkd', 'distillation'),
            ('peakkd', 'feature'),
            ('peakkd', 'student'),
        )
    }
    assert terms == {
        'teacher': ['OASS'],
        'distillation': ['PredKD'],
        'feature': ['PeakFeatureKD'],
        'student': ['PredKD'],
    }
    for recipe in recipes.values():
        for stage in recipe.stages:
            assert recipe.merged(stage)['train_dataloader']['dataset']['proposal_file'] is None
