"""Each stage of each config becomes a model, an optimiser and a schedule; no data and no weights are needed."""

from __future__ import annotations

import copy
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper, build_optim_wrapper

from mlkd.apis.setup_config import setup_config
from mlkd.distillers import Distiller, teacher_config
from mlkd.engine.config_check import check_recipe
from mlkd.engine.recipe import Recipe
from mlkd.engine.stage_output import StageOutput
from mlkd.engine.test_time_views import fuse_views
from mlkd.registry import DATASETS, MODELS, PARAM_SCHEDULERS, TRANSFORMS

CONFIGS = Path(__file__).parents[2] / 'configs'
FILES = sorted(path for path in CONFIGS.rglob('*.py') if '_base_' not in path.parts)
#: Supervised detectors of MMDetection, which have no stages.
SUPERVISED = [path for path in FILES if path.parent.name == 'det']
STAGES = [(path, stage) for path in FILES if path not in SUPERVISED for stage in Config.fromfile(path).stages]
FUSING = [path for path in FILES if 'tta_model' in Config.fromfile(path)]
LABEL_METRICS = ('MultiLabelMetric', 'MLGCNMetric')
TABLE_4 = ['baseline', 'distillation', 'class_aware', 'nms', 'student']


@lru_cache
def recipe_of(path: Path) -> Recipe:
    return Recipe(Config.fromfile(path))


@pytest.fixture(autouse=True)
def no_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Teachers are built and not loaded, as nothing was trained."""
    monkeypatch.setattr(teacher_config, 'load_strictly', lambda *args, **kwargs: None)


def stage_config(path: Path, stage: str) -> dict[str, Any]:
    recipe = recipe_of(path)
    outputs = {name: stage_output(recipe, name) for name in recipe.stages}
    return recipe.resolve(stage, outputs)


def stage_output(recipe: Recipe, stage: str) -> StageOutput:
    """As if it were done; each partition has one part, with all labels."""
    partitions = recipe.partitions_of(stage)
    if not partitions:
        return StageOutput('network.pth')
    labels = DATASETS.get(recipe.merged(stage)['train_dataloader']['dataset']['type']).METAINFO['classes']
    return StageOutput(None, parts={name: [{'labels': labels, 'checkpoint': 'network.pth'}] for name in partitions})


def built(path: Path, stage: str) -> tuple[Any, OptimWrapper, dict[str, Any]]:
    config = stage_config(path, stage)
    if 'TimmBackbone' in str(config['model']):
        pytest.importorskip('timm')
    with torch.device('meta'):
        model = MODELS.build(config['model'])
    return model, build_optim_wrapper(model, config['optim_wrapper']), config


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_keys_types_and_references(path: Path) -> None:
    check_recipe(recipe_of(path))


@pytest.mark.parametrize(('path', 'stage'), STAGES, ids=[f'{path.stem}-{stage}' for path, stage in STAGES])
def test_stage_is_built(path: Path, stage: str) -> None:
    model, optim, config = built(path, stage)
    trained = sum(len(group['params']) for group in optim.optimizer.param_groups if group['params'][0].requires_grad)
    assert trained == sum(parameter.requires_grad for parameter in model.parameters()) > 0
    epochs = config['train_cfg']['max_epochs']
    for schedule in config['param_scheduler']:
        PARAM_SCHEDULERS.build({**schedule, 'optimizer': optim.optimizer}, default_args={'epoch_length': 10})
        assert schedule.get('T_max', max(schedule.get('milestones', [0]))) <= epochs
    classes = {DATASETS.get(config['train_dataloader']['dataset']['type']).METAINFO.get('classes')} - {None}
    network = model.student if isinstance(model, Distiller) else model
    head = network.bbox_head if hasattr(network, 'bbox_head') else network.head
    assert all(len(names) == head.num_classes for names in classes)


@pytest.mark.parametrize('path', SUPERVISED, ids=lambda path: path.stem)
def test_supervised_detector_is_built(path: Path) -> None:
    config = Config.fromfile(path)
    with torch.device('meta'):
        model = MODELS.build(config.model)
    build_optim_wrapper(model, config.optim_wrapper)
    trained = {name.split('.')[0] for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert trained == {'rpn_head', 'roi_head'}
    assert model.roi_head.bbox_head.num_classes == 20


def test_every_row_of_the_tables_has_a_config_and_trains_as_long() -> None:
    for base in ('wsddn_vgg16_coco', 'wsddn_mobilenetv1_voc07'):
        whole = recipe_of(CONFIGS / 'kd' / f'{base}_ablation.py')
        epochs = {stage: whole.merged(stage)['train_cfg']['max_epochs'] for stage in whole.stages}
        first = {'student': 'feature', 'nms': 'feature_nms', 'fitnets': 'hint'}
        rows = [*TABLE_4, 'fitnets', 'attention']
        assert len({epochs[row] + epochs.get(first.get(row, ''), 0) for row in rows}) == 1
        for row in set(rows) - {'student', 'baseline'}:
            own = recipe_of(CONFIGS / 'kd' / f'{base}_{row}.py')
            assert own.student_stage == row
            assert own.merged(row) == whole.merged(row)
            assert own.table_row(row)


@pytest.mark.parametrize('base', ['wsddn_vgg16_coco', 'wsddn_mobilenetv1_voc07'])
def test_rows_can_take_over_the_teacher_of_one_run(base: str) -> None:
    paths = [*(CONFIGS / 'kd').glob(f'{base}*.py'), CONFIGS / 'wsd' / f'{base}.py']
    others = ('released', 'paper', 'fsdp', 'faster_rcnn')
    recipes = [recipe_of(path) for path in paths if not path.stem.endswith(others)]
    teachers = {json.dumps([recipe.merged('teacher'), recipe.models], sort_keys=True) for recipe in recipes}
    assert len(recipes) == 8
    assert len(teachers) == 1


@pytest.mark.parametrize(('data', 'classes'), [('coco', 80), ('voc07', 20), ('nuswide', 81)])
@pytest.mark.parametrize('preset', ['', '_released'])
def test_parameters_of_vgg16(data: str, classes: int, preset: str) -> None:
    """At K = 80: 134,588,304 of the student and 134,916,064 of the teacher; 4,097 for each class and linear layer."""
    for stage, at_80, layers in (('baseline', 134_588_304, 1), ('teacher', 134_916_064, 2)):
        model, _, _ = built(CONFIGS / 'kd' / f'wsddn_vgg16_{data}{preset}.py', stage)
        assert sum(parameter.numel() for parameter in model.parameters()) == at_80 + layers * 4097 * (classes - 80)


def test_gradients_of_small_batches_add_up() -> None:
    options = {'optim_wrapper.accumulative_counts': 8, 'train_dataloader.batch_size': 4}
    recipe = Recipe(setup_config(CONFIGS / 'kd' / 'wsddn_vgg16_coco.py', options))
    for stage in recipe.stages:
        config = recipe.merged(stage)
        assert (config['optim_wrapper']['accumulative_counts'], config['train_dataloader']['batch_size']) == (8, 4)


@pytest.mark.parametrize('path', FUSING, ids=lambda path: path.stem)
def test_views_are_built(path: Path) -> None:
    recipe = recipe_of(path)
    plain = recipe.network_config('teacher')
    with torch.device('meta'):
        alone = MODELS.build(copy.deepcopy(plain['model']))
        fuse_views(plain, recipe, 'teacher')
        fusing = MODELS.build(plain['model'])
    assert [name for name, _ in fusing.module.named_parameters()] == [name for name, _ in alone.named_parameters()]
    dataset = plain['test_dataloader']['dataset']
    *_, choose, views = [TRANSFORMS.build(step) for step in dataset['pipeline']]
    assert (type(choose).__name__, type(views).__name__) == ('TopProposals', 'TestTimeAug')
    tested = next(step for step in dataset_of(path)['pipeline'] if step['type'] == 'TopProposals')
    assert {**tested, 'type': None} == {**dataset['pipeline'][1], 'type': None}


def dataset_of(path: Path) -> dict[str, Any]:
    return recipe_of(path).network_config('teacher')['test_dataloader']['dataset']


def sizes_of(path: Path) -> list[Any]:
    resizes, mirrors, _ = recipe_of(path).whole['tta_pipeline'][2]['transforms']
    assert [step['prob'] for step in mirrors] == [0.0, 1.0]
    return [step.get('size', step.get('sizes')) for step in resizes]


def test_published_detector() -> None:
    for backbone, grid, centre, channels in (('vgg16', 7, 8.5, 512), ('vggf', 6, 18, 256)):
        path = CONFIGS / 'wsd' / f'wsddn_{backbone}_voc07.py'
        model, optim, config = built(path, 'teacher')
        groups = groups_of(model, optim)
        assert {(group['lr'], group['weight_decay']) for name, group in groups.items() if name.endswith('weight')} == {
            (1e-5, 5e-4)
        }
        assert {(group['lr'], group['weight_decay']) for name, group in groups.items() if name.endswith('bias')} == {
            (1e-5, 0)
        }
        assert (config['train_cfg']['max_epochs'], config['param_scheduler'][0]['milestones']) == (20, [10])
        loader = config['train_dataloader']
        steps = {step['type']: step for step in loader['dataset']['pipeline']}
        assert loader['batch_size'] == 1
        assert list(steps['ResizeLongSide']['sizes']) == sizes_of(path) == [480, 576, 688, 864, 1200]
        assert (steps['TopProposals']['min_size'], steps['TopProposals']['distinct']) == (20, True)
        assert (model.score_scale, model.score_bias) == (10, 1)
        assert (model.bbox_head.cls_temperature, model.bbox_head.det_temperature) == (1, 2)
        assert (model.bbox_head.spatial_weight, model.roi_head.dropout.p) == (1e-4, 0.5)
        layer = model.roi_extractor
        assert (layer.output_size, layer.rounding, layer.first_centre) == ((grid, grid), 'matconvnet', centre)
        assert model.roi_head.fc6.in_features == grid * grid * channels
        assert model.test_cfg == {
            'class_maps': False,
            'score_thr': 1e-3,
            'nms': {'type': 'nms', 'iou_threshold': 0.4},
            'max_per_img': -1,
            'keep_best': False,
        }
        assert model.data_preprocessor.size is None


def test_ported_detector() -> None:
    path = CONFIGS / 'wsd' / 'wsddn_vgg16_voc07_ported.py'
    model, _, config = built(path, 'teacher')
    view = model.data_preprocessor
    assert [int(672 * factor) for factor in view.batch_scales] == sizes_of(path) == [480, 576, 672, 736, 832]
    assert (view.size, view.box_rounding) == ((672, 672), 'floor')
    assert (model.roi_extractor.rounding, model.bbox_head.spatial_weight) == ('fast_rcnn', 0)
    assert model.bbox_head.det_temperature == 1
    assert config['train_dataloader']['batch_size'] == 32
    assert {'type': 'Warp', 'size': 672} in config['test_dataloader']['dataset']['pipeline']


def groups_of(model: Any, optim: OptimWrapper) -> dict[str, dict[str, float]]:
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return {names[id(p)]: group for group in optim.optimizer.param_groups for p in group['params']}


def test_multipliers_of_the_teacher() -> None:
    """Released files: convolutions and fc x1, biases x2 without decay, fc8 x10 with ten times the decay."""
    model, optim, _ = built(CONFIGS / 'kd' / 'wsddn_vgg16_coco.py', 'teacher')
    groups = groups_of(model, optim)
    for stream in ('fc_cls', 'fc_det'):
        weight, bias = (groups[f'bbox_head.{stream}.{kind}'] for kind in ('weight', 'bias'))
        assert (weight['lr'], weight['weight_decay']) == pytest.approx((5e-4, 5e-3))
        assert (bias['lr'], bias['weight_decay']) == pytest.approx((1e-3, 0))
    fc6 = [groups[f'roi_head.fc6.{kind}'] for kind in ('weight', 'bias')]
    assert [(g['lr'], g['weight_decay']) for g in fc6] == [pytest.approx((5e-5, 5e-4)), pytest.approx((1e-4, 0))]


def test_multipliers_of_the_student() -> None:
    model, optim, _ = built(CONFIGS / 'kd' / 'wsddn_vgg16_coco.py', 'student')
    groups = groups_of(model, optim)
    expected = {
        'student.head.fc.weight': (1e-3, 5e-3),
        'student.head.fc.bias': (2e-3, 0),
        'terms.pred.tau': (1e-3, 0),
        'student.neck.fc7.weight': (1e-4, 5e-4),
        'student.neck.fc7.bias': (2e-4, 0),
    }
    for name, (lr, decay) in expected.items():
        assert (groups[name]['lr'], groups[name]['weight_decay']) == pytest.approx((lr, decay)), name


def test_presets_follow_their_sources() -> None:
    headline, released, paper = (
        CONFIGS / 'kd' / f'wsddn_vgg16_coco{suffix}.py' for suffix in ('', '_released', '_paper')
    )
    for path in (headline, released):
        pred = stage_config(path, 'student')['model']['terms']['pred']
        assert (pred['loss'], pred['tau'], pred['class_multiplier'], pred['proposal_multiplier']) == ('ce', 0.2, 2, 2)
    assert stage_config(paper, 'student')['model']['terms']['pred']['loss'] == 'l2'
    assert stage_config(released, 'student')['train_dataloader']['batch_size'] == 28
    assert stage_config(released, 'feature')['train_dataloader']['batch_size'] == 32
    feature = stage_config(released, 'feature')['model']
    assert (feature['terms']['feature']['feat_level'], feature['terms']['feature']['roi_select']) == ('fc7', 'all')
    assert feature['train_only'] == ['backbone', 'neck']
    assert feature['teachers']['wsd']['dropout'] is True
    assert 'dropout' not in stage_config(headline, 'feature')['model']['teachers']['wsd']
    for path, pooling in ((headline, 'RoIAlign'), (paper, 'FastRCNNRoIPool'), (released, 'FastRCNNRoIPool')):
        term = stage_config(path, 'feature')['model']['terms']['feature']
        teacher = recipe_of(path).models['teacher']
        assert term['roi_layer']['type'] == teacher['roi_extractor']['type'] == pooling
        assert (teacher['score_scale'], teacher['score_bias']) == (1, 0)
    for path in (headline, paper):
        feature = stage_config(path, 'feature')['model']
        assert (feature['terms']['feature']['roi_select'], feature['train_only']) == ('nms', ['backbone'])


def test_released_boxes_are_pixels_of_the_frame() -> None:
    vgg16 = [path for path in FILES if path.stem.startswith('wsddn_vgg16')]
    paths = [path for path in vgg16 if path.stem.endswith(('_released', '_paper'))]
    assert len(paths) == 4
    for path in [*paths, CONFIGS / 'wsd' / 'wsddn_vgg16_voc07_ported.py']:
        for stage in recipe_of(path).stages:
            config = stage_config(path, stage)
            train = config['train_dataloader']['dataset']['pipeline']
            kinds = [step['type'] for step in train]
            assert kinds == ['LoadImage', 'TopProposals', 'Warp', 'PixelProposals', 'MirrorFlip', 'PackMultiLabel']
            assert (train[1]['n'], train[2]['size'], train[4]['prob'], train[4]['pixel_boxes']) == (500, 672, 0.5, True)
            for loader in (config['val_dataloader'], config['test_dataloader']):
                assert loader is None or loader['dataset']['pipeline'] == [*train[:4], train[5]]
            network = config['model']
            network = network.get('student', network)
            assert network['data_preprocessor']['box_rounding'] == 'floor'


def test_extra_scales_are_for_the_teachers_training_alone() -> None:
    """Its view draws them in training mode, and a frozen teacher is never in that."""
    recipe = recipe_of(CONFIGS / 'kd' / 'wsddn_vgg16_coco.py')
    assert len(recipe.models['teacher']['data_preprocessor']['batch_scales']) == 5
    assert 'batch_scales' not in recipe.models['student']['data_preprocessor']


def test_teachers_are_measured_by_their_boxes_where_there_are_any() -> None:
    kinds = {'coco': 'CocoDetectionMetric', 'voc07': 'DetectionMetric', 'shapes': 'DetectionMetric'}
    for path, stage in STAGES:
        recipe = recipe_of(path)
        data = next((name for name in kinds if name in path.stem), None)
        evaluators = recipe.merged(stage).get('test_evaluator') or []
        types = [metric['type'] for metric in (evaluators if isinstance(evaluators, list) else [evaluators])]
        boxes = [kind for kind in types if kind not in LABEL_METRICS and not kind.startswith('CAM')]
        detector = stage_config(path, stage)['model']['type'] == 'WSDDN'
        assert boxes == ([kinds[data]] if detector and data else [])
        validated = recipe.merged(stage).get('val_evaluator') or {'type': 'MultiLabelMetric'}
        assert validated['type'] in LABEL_METRICS


def test_first_stages_are_not_measured() -> None:
    for path, stage in STAGES:
        model = stage_config(path, stage)['model']
        if model['type'] == 'Distiller' and model.get('task_weight') == 0:
            assert stage_config(path, stage).get('val_dataloader') is None
