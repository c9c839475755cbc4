from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from mmengine.config import Config

from mlkd.apis.init.config_text import config_text
from mlkd.apis.init.photo_check import CheckedPhotos
from mlkd.apis.init.split_proposal import Division
from mlkd.apis.init.training_plan import TrainingPlan
from mlkd.apis.setup_config import setup_config

CLASSES = ["cat's", 'a "b"', 'ü {x}', *(f'label {i}' for i in range(60))]


def written(root: Path, plan: TrainingPlan, **options: object) -> Config:
    args = argparse.Namespace(**{'unlabelled': 'error', 'label_separator': None, **options})
    photos = CheckedPhotos(['a', 'b'], CLASSES, np.zeros((2, 63), np.int8), np.arange(2), {})
    division = Division({'a': 'train', 'b': 'val'}, [], True)
    folder = root / "it's" / 'photos'
    path = root / "it's" / 'out' / 'c.py'
    path.parent.mkdir(parents=True)
    path.write_text(config_text(args, root / "it's" / 'labels.csv', folder, photos, division, plan), encoding='utf-8')
    return setup_config(path)


def test_any_names_survive_and_labels_lie_beside_the_photos(tmp_path: Path) -> None:
    plan = TrainingPlan(16, 2, 30, 6, 3, {'teacher': Path("/w/it's/t.pt"), 'student': Path('/w/s.pt')}, False, [])
    config = written(tmp_path, plan, label_separator="'")
    data = config.train_dataloader.dataset
    assert data.metainfo.classes == CLASSES
    assert data.data_root == str(tmp_path / "it's" / 'photos')
    assert (data.ann_file, data.label_separator) == ('../labels.csv', "'")
    assert data.split_file == str(tmp_path / "it's" / 'out' / 'splits.json')
    assert config.models.teacher.backbone.init_cfg.checkpoint == "/w/it's/t.pt"
    assert config.models.student.head.num_classes == 63
    assert (config.teacher.folds.n, config.teacher.train_cfg.max_epochs) == (3, 6)
    assert config.feature.train_cfg.max_epochs + config.student.train_cfg.max_epochs == 30
    assert config.baseline.optim_wrapper.optimizer.lr == 5e-4
    assert 'amp' not in config


def test_without_weights_everything_trains(tmp_path: Path) -> None:
    config = written(tmp_path, TrainingPlan(32, 2, 60, 12, 0, {}, True, []), unlabelled='drop')
    for network in config.models.values():
        assert network.backbone.frozen_stages == -1
        assert network.backbone.init_cfg is network.feature_cache is None
    assert config.teacher.folds is None
    assert config.amp == 'auto'
    assert config.val_dataloader.dataset.unlabelled == 'drop'
