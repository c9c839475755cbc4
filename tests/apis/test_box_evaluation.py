"""Configs of tests of boxes; that a test with them measures what it should."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
import torch

from mlkd.apis import test as test_api
from mlkd.apis.box_evaluation import cam_config, corloc_config, give_class_maps, keep_best_boxes, with_floors
from mlkd.apis.setup_config import setup_config
from mlkd.datasets import Shapes
from mlkd.engine.recipe import Recipe
from mlkd.errors import ConfigError, DataError, MLKDError
from mlkd.registry import MODELS

CONFIG = Path(__file__).parents[2] / 'configs' / 'kd' / 'wsddn_shapes.py'
SMALL = {
    'train_dataloader.dataset.num_images': 7,
    'test_dataloader.dataset.num_images': 5,
    'train_dataloader.batch_size': 3,
    'test_dataloader.batch_size': 3,
}


@pytest.fixture(scope='module')
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks of the recipe as they are initialised, and its config with few images."""
    folder = tmp_path_factory.mktemp('run')
    config = setup_config(CONFIG, SMALL)
    torch.manual_seed(0)
    for name, model in Recipe(config).models.items():
        network = MODELS.build(model)
        network.init_weights()
        torch.save(network.state_dict(), folder / f'{name}.pth')
    config.dump(folder / 'small.py')
    return folder


def call(run: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> dict:
    monkeypatch.chdir(run)
    parser = argparse.ArgumentParser()
    test_api.add_arguments(parser)
    assert test_api.run(parser.parse_args(['small.py', *words, '--out', 'out.json', '--work-dir', 'test'])) == 0
    return json.loads((run / 'out.json').read_text())


def test_corloc_and_floors_of_a_teacher(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = call(run, monkeypatch, 'teacher.pth', '--stage', 'teacher')
    result = call(run, monkeypatch, 'teacher.pth', '--stage', 'teacher', '--corloc', '--floors')
    metrics = result['metrics']
    assert {key: metrics[key] for key in plain['metrics']} == plain['metrics']
    prefixes = {name.partition('/')[0] for name in metrics if '/' in name and not name.startswith('top')}
    assert prefixes == {f'{kind}{floor}' for kind in ('det', 'corloc') for floor in ('', '_image', '_proposal')}
    assert (result['counts']['images'], result['corloc']['counts']['images']) == (5, 7)
    assert result['per_class']['corloc']['images'] == 7
    assert result['per_class']['det_image']['images'] == result['per_class']['images'] == 5
    labels = [Shapes(split='train', num_images=7).get_data_info(i)['gt_label'] for i in range(7)]
    positives = {row['name']: row['positives_with_difficult'] for row in result['per_class']['corloc']['classes']}
    there = {name: int(sum(label[k] != 0 for label in labels)) for k, name in enumerate(Shapes.METAINFO['classes'])}
    assert positives == there


def test_a_classifier_has_no_boxes_but_its_scores_have_floors(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ['student.pth', '--stage', 'student']
    with pytest.raises(MLKDError, match='boxes are to be measured') as caught:
        call(run, monkeypatch, *words, '--corloc')
    assert '--stage teacher' in str(caught.value.fix)
    with pytest.raises(ConfigError, match='no metric of boxes'):
        call(run, monkeypatch, *words, '--floors')


def test_detectors_and_classifiers_are_localisers_by_the_same_numbers(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = call(run, monkeypatch, 'teacher.pth', '--stage', 'teacher')
    both = {
        'teacher': call(run, monkeypatch, 'teacher.pth', '--stage', 'teacher', '--cam', '--floors'),
        'student': call(run, monkeypatch, 'student.pth', '--stage', 'student', '--cam', '--floors'),
    }
    names = [{name for name in result['metrics'] if name.startswith('cam')} for result in both.values()]
    assert names[0] == names[1]
    assert {name.partition('/')[0] for name in names[0]} == {'cam', 'cam_image', 'cam_proposal'}
    teacher, student = both.values()
    assert {key: teacher['metrics'][key] for key in plain['metrics']} == plain['metrics']
    assert teacher['per_class']['cam']['images'] == teacher['cam']['counts']['images'] == 5
    # Floors ask nothing of a network.
    floor = {key: value for key, value in teacher['metrics'].items() if key.startswith('cam_image')}
    assert floor == {key: student['metrics'][key] for key in floor}
    assert not any(name.startswith('det') for name in student['metrics'])


def test_masks_are_measured_where_there_are_any() -> None:
    plain = Recipe(setup_config(CONFIG)).network_config('student')
    assert [metric['type'] for metric in cam_config(plain)['test_evaluator']] == [
        'CAMLocalisationMetric',
        'CAMSegmentationMetric',
    ]
    bare = {**plain, 'test_dataloader': {'dataset': {'type': 'Shapes'}}}
    assert [metric.get('boxes') for metric in cam_config(bare, floors=True)['test_evaluator']] == [None, None, 'image']


def test_networks_without_class_maps_cannot_give_them() -> None:
    models = setup_config(CONFIG).models.to_dict()
    network = MODELS.build(models['student'])
    give_class_maps(network)
    assert network.test_cfg['class_maps'] is True
    neck = {'type': 'PooledFC', 'in_channels': 64, 'hidden_channels': 64}
    with pytest.raises(ConfigError, match='has no class maps'):
        give_class_maps(MODELS.build({**models['student'], 'neck': neck}))
    with pytest.raises(ConfigError):
        give_class_maps(torch.nn.Linear(2, 2))


def test_the_training_images_go_through_the_transforms_of_the_test() -> None:
    recipe = Recipe(setup_config(CONFIG.parent / 'wsddn_mobilenetv1_voc07.py'))
    plain = recipe.network_config('teacher')
    config = corloc_config(plain, recipe.merged('teacher'))
    dataset = config['test_dataloader']['dataset']
    assert (dataset['split'], dataset['test_mode']) == ('train', True)
    assert dataset['pipeline'] == plain['test_dataloader']['dataset']['pipeline']
    assert config['test_evaluator'] == [{'type': 'CorLocMetric'}]
    assert plain['test_dataloader']['dataset']['split'] == 'test'
    assert config['test_dataloader']['sampler'] == {'type': 'DefaultSampler', 'shuffle': False}


def test_without_a_training_set_there_is_no_corloc() -> None:
    recipe = Recipe(setup_config(CONFIG))
    with pytest.raises(ConfigError, match='nothing to measure CorLoc on') as caught:
        corloc_config(recipe.network_config('teacher'), {})
    assert caught.value.where == 'train_dataloader'


def test_floors_are_added_to_metrics_of_boxes_alone() -> None:
    evaluator = [{'type': 'MultiLabelMetric'}, {'type': 'mlkd.DetectionMetric', 'iou_thr': 0.7, 'prefix': 'x'}]
    added = with_floors({'test_evaluator': evaluator})['test_evaluator'][2:]
    assert added == [{'type': 'mlkd.DetectionMetric', 'iou_thr': 0.7, 'boxes': kind} for kind in ('image', 'proposal')]
    whole = with_floors({'test_evaluator': {'type': 'Evaluator', 'metrics': evaluator}})['test_evaluator']
    assert whole == [*evaluator, *added]


def test_best_boxes_are_kept_by_detectors_of_mlkd() -> None:
    network = MODELS.build(Recipe(setup_config(CONFIG)).models['teacher'])
    assert network.test_cfg['keep_best'] is False
    keep_best_boxes(torch.nn.Sequential(network))
    assert network.test_cfg['keep_best'] is True


def test_nuswide_has_no_boxes(make_nuswide, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(run)
    config = setup_config(CONFIG, SMALL)
    pipeline = [{'type': 'LoadImage'}, {'type': 'Warp', 'size': 128}, {'type': 'PackMultiLabel'}]
    dataset = {'type': 'NUSWide', 'data_root': str(make_nuswide()), 'pipeline': pipeline, 'test_mode': True}
    config.test_dataloader.dataset = dataset
    config.models.student.head.num_classes = config.models.teacher.bbox_head.num_classes = 81
    config.teacher.test_evaluator = [{'type': 'DetectionMetric', 'boxes': 'image'}]
    config.teacher.model = 'model:student'
    torch.save(MODELS.build(config.models.student.to_dict()).state_dict(), 'nus.pth')
    with pytest.raises(DataError, match='no boxes to compare'):
        test_api.evaluate(config, 'nus.pth', run / 'nus', stage='teacher')
