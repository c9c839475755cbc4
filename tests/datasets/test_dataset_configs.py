"""The data set configs: each builds on data of its layout and gives samples."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
from mmengine.config import Config

from mlkd.datasets.roots import point_to
from mlkd.engine.config_classes import accepted_arguments
from mlkd.registry import DATASETS, METRICS

FOLDER = Path(__file__).parents[2] / 'configs' / '_base_' / 'datasets'
# Shapes has tests of its own; the other two are what data sets have in common, and name none.
NAMES = sorted({path.stem for path in FOLDER.glob('*.py')} - {'shapes', 'frames_672', 'crops_448'})


@pytest.mark.parametrize('name', NAMES)
def test_types_and_arguments_exist(name: str) -> None:
    config = Config.fromfile(FOLDER / f'{name}.py')
    for split in ('train', 'val', 'test'):
        dataset = config[f'{split}_dataloader'].dataset
        known = accepted_arguments(DATASETS.get(dataset.type))
        assert known is None or set(dataset) - {'type'} <= known
        assert dataset.get('test_mode', False) == (split != 'train')
    assert config.val_evaluator.type in METRICS
    assert config.test_dataloader == config.val_dataloader


@pytest.mark.parametrize('name', ['voc07', 'coco14', 'coco17', 'nuswide'])
def test_samples(name: str, request: pytest.FixtureRequest) -> None:
    make: Callable[..., Path] = request.getfixturevalue(f'make_{name.rstrip("0123456789")}')
    config = point_to(Config.fromfile(FOLDER / f'{name}.py'), make())
    for split in ('train', 'val'):
        dataset = DATASETS.build(copy.deepcopy(config[f'{split}_dataloader'].dataset.to_dict()))
        packed = dataset[0]
        assert packed['inputs'].shape == (3, 672, 672)
        assert packed['data_samples'].gt_label.any()
        assert ('gt_instances' in packed['data_samples']) == (
            split == 'val' and 'instances' in dataset.get_data_info(0)
        )


def test_text_lists_stand_beside_their_images(make_coco: Callable[..., Path]) -> None:
    root, row = make_coco(), ' '.join(['1', *['0'] * 79, *['0 0 671 671 1'] * 500])
    for split, image in (('train', 9), ('val', 42)):
        (root / f'coco_{split}.txt').write_text(f'{split}2014/COCO_{split}2014_{image:012d}.jpg {row}\n')
    config = point_to(Config.fromfile(FOLDER / 'coco14_datalist.py'), root)
    for split in ('train', 'val'):
        packed = DATASETS.build(config[f'{split}_dataloader'].dataset.to_dict())[0]
        assert packed['inputs'].shape == (3, 672, 672)
        assert packed['data_samples'].img_path.startswith(f'{root}/{split}2014/')


def test_coco_2014_runs_unchanged_on_files_of_2017(make_coco: Callable[..., Path]) -> None:
    config = point_to(Config.fromfile(FOLDER / 'coco14.py'), make_coco(year=2017))
    dataset = DATASETS.build(config.val_dataloader.dataset.to_dict())
    assert dataset[0]['data_samples'].img_key == 'val2017/000000000042.jpg'
