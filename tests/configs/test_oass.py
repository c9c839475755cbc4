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


def test_ten_rows_with_equal_budgets() -> None:
    recipe = Recipe(Config.fromfile(FOLDER / 'oass_mobilenetv1_voc07.py'))
    assert len(recipe.stages) == len({recipe.table_row(stage) for stage in recipe.stages}) == 10
    rows = {stage: built('oass_mobilenetv1_voc07', stage)[0] for stage in recipe.stages}
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
