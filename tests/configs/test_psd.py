"""The configs of CPSD hold the published settings (spec of the release, section "Teachers and student")."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from mlkd.engine.recipe import Recipe
from mlkd.registry import METRICS, MODELS, TRANSFORMS

FOLDER = Path(__file__).parents[2] / 'configs' / 'psd'
NETWORKS = ('r101', 'r101tf', 'q2l', 'tresl', 'resnext50')
#: Parameters at 80 labels: of the trunks of torchvision and timm without their classifiers, and of the heads.
TRUNKS = {'r101': 42_500_160, 'r101tf': 42_500_160, 'q2l': 42_500_160, 'tresl': 53_556_256, 'resnext50': 22_979_904}
HEADS = {'r101': 2049 * 80, 'r101tf': 59_052_033, 'q2l': 155_603_024, 'tresl': 2433 * 80, 'resnext50': 2049 * 80}


def recipe(network: str, data: str) -> Recipe:
    return Recipe(Config.fromfile(FOLDER / f'{network}_{data}.py'))


def model_of(network: str, data: str = 'coco') -> Any:
    if network == 'tresl':
        pytest.importorskip('timm')
    with torch.device('meta'):
        return MODELS.build(recipe(network, data).described('baseline')['model'])


@pytest.mark.parametrize('data', ['coco', 'nuswide'])
@pytest.mark.parametrize('network', NETWORKS)
def test_published_settings(network: str, data: str) -> None:
    whole = recipe(network, data)
    config = whole.merged('baseline')
    train = config['train_dataloader']
    assert (train['batch_size'], train['num_workers'], train.get('drop_last', False)) == (24, 8, False)
    assert config['train_cfg'] == {'by_epoch': True, 'max_epochs': 80, 'val_interval': 1}
    steps = [(step['type'], step.get('size'), step.get('antialias')) for step in train['dataset']['pipeline']]
    assert steps == [
        ('LoadImage', None, None), ('Warp', 448, True), ('Cutout', None, None), ('RandAugment', None, None),
        ('PackMultiLabel', None, None),
    ]  # fmt: skip
    plain = config['test_dataloader']['dataset']['pipeline']
    assert [step['type'] for step in plain] == ['LoadImage', 'Warp', 'PackMultiLabel']
    assert TRANSFORMS.build(train['dataset']['pipeline'][2]).factor == 0.5
    augment = TRANSFORMS.build(train['dataset']['pipeline'][3])
    assert (augment.num_ops, augment.prob, len(augment.ops)) == (2, 0.5, 15)
    (average,) = config['custom_hooks']
    assert (average['type'], average['momentum'], average['leave']) == ('WeightAverageHook', 0.0003, 'ema')
    view = whole.models['student']['data_preprocessor']
    assert (view['std'], view.get('mean', [0, 0, 0]), view['bgr_to_rgb']) == ([255.0] * 3, [0, 0, 0], True)
    loss = MODELS.build(whole.models['student']['head']['loss_cls'])
    assert (loss.gamma_neg, loss.gamma_pos, loss.clip, loss.eps, loss.reduction) == (4, 0, 0.05, 1e-8, 'sum')
    assert loss.detach_focus
    threshold = METRICS.build(config['test_evaluator']).threshold
    assert 1 / (1 + math.exp(-threshold)) == pytest.approx(0.8, abs=1e-12)


@pytest.mark.parametrize(('stage', 'rate'), [('baseline', 1e-4), ('teachers', 1e-4), ('student', 1e-5)])
def test_rates_of_teachers_and_of_the_student(stage: str, rate: float) -> None:
    merged = recipe('r101', 'coco').merged(stage)
    cycle, momentum = merged['param_scheduler']
    assert (cycle['type'], cycle['eta_max'], cycle['pct_start']) == ('OneCycleLR', rate, 0.1)
    assert (momentum['type'], momentum['pct_start']) == ('OneCycleMomentum', 0.1)
    assert all(one['convert_to_iter_based'] for one in (cycle, momentum))
    optimizer = merged['optim_wrapper']['optimizer']
    assert (optimizer['type'], optimizer['lr'], optimizer['weight_decay']) == ('Adam', rate, 1e-4)
    assert 'clip_grad' not in merged['optim_wrapper']


@pytest.mark.parametrize('network', NETWORKS)
def test_parameters(network: str) -> None:
    model = model_of(network)
    assert sum(x.numel() for x in model.backbone.parameters()) == TRUNKS[network]
    assert sum(x.numel() for x in model.head.parameters()) == HEADS[network]
    assert model(torch.empty(1, 3, 448, 448, device='meta')).shape == (1, 80)


@pytest.mark.parametrize('network', NETWORKS)
def test_weight_decay_on_matrices_alone(network: str) -> None:
    """1e-4 on what has more than one dimension and a name that does not end in ``.bias``; 0 on the others."""
    model = model_of(network)
    wrapper = build_optim_wrapper(model, recipe(network, 'coco').merged('baseline')['optim_wrapper'])
    decay = {id(x): group['weight_decay'] for group in wrapper.optimizer.param_groups for x in group['params']}
    trained = {name: x for name, x in model.named_parameters() if x.requires_grad}
    assert len(decay) == len(trained)
    wanted = {name: 1e-4 * (x.ndim > 1 and not name.endswith('.bias')) for name, x in trained.items()}
    assert {name: decay[id(x)] for name, x in trained.items()} == wanted
    assert set(wanted.values()) == {0, 1e-4}


@pytest.mark.parametrize('data', ['coco', 'nuswide'])
@pytest.mark.parametrize('network', NETWORKS)
def test_teachers_and_student(network: str, data: str) -> None:
    """Published partitions with K = 5; 0.5 of the own loss, 0.25 of each family's, all summed."""
    whole = recipe(network, data)
    assert whole.stages == ('teachers', 'student', 'baseline')
    assert whole.partitions_of('teachers') == ('cgp', 'dgp')
    for name in ('cgp', 'dgp'):
        assert whole.partitions[name] == {'published': data, 'graph': name, 'parts': 5}
    model = whole.described('student')['model']
    term = MODELS.build(model['terms']['psd'])
    assert (model['task_weight'], term.loss_weight, term.metric, term.reduction) == (0.5, 0.5, 'mse', 'sum')
    assert {family.name: family.alpha for family in term.families} == {'cgp': 0.5, 'dgp': 0.5}
    for name in ('cgp', 'dgp'):
        assert model['teachers'][name] == {'model': model['student'], 'parts': f'parts:{name}', 'cache': None}
    assert model['student'] == whole.models['student']


@pytest.mark.parametrize('base', ['mobilenetv1_voc07', 'smallconvnet_shapes'])
def test_rows_of_the_ablation_differ_in_nothing_else(base: str) -> None:
    rows = Recipe(Config.fromfile(FOLDER / f'{base}_ablation.py'))
    budgets = {stage: rows.merged(stage)['train_cfg']['max_epochs'] for stage in rows.stages}
    epochs = budgets.pop('long_baseline')
    assert len(set(budgets.values())) == 1
    assert epochs == round(budgets['student'] * (8 * 5 + 3) / 3)
    for parts in (2, 3):
        other = Recipe(Config.fromfile(FOLDER / f'{base}_k{parts}.py'))
        assert {one['parts'] for one in other.partitions.values()} == {parts}
        assert set(rows.stages) - set(other.stages) == {'baseline', 'long_baseline'}
        assert all(other.merged(stage) == rows.merged(stage) for stage in other.stages)
    assert set(rows.partitions_of('teachers') + rows.partitions_of('random_teachers')) == set(rows.partitions)
