"""A recipe of a tiny teacher and student on Shapes that trains in seconds, and its config."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mlkd.engine.recipe_runner import RecipeRunner

LABELS = 24
_PIPELINE = [{'type': 'LoadImage'}, {'type': 'TopProposals', 'n': 8}, {'type': 'PackMultiLabel'}]
_STUDENT = {
    'type': 'MultiLabelClassifier',
    'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 32, 'std': [255.0] * 3},
    'backbone': {'type': 'SmallConvNet', 'layers': ((8, 2), (8, 2))},
    'head': {'type': 'MultiLabelHead', 'num_classes': LABELS, 'in_channels': 8},
}
_TEACHER = {
    'type': 'WSDDN',
    'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 64, 'std': [255.0] * 3},
    'backbone': {'type': 'SmallConvNet', 'layers': ((8, 2), (8, 2))},
    'roi_extractor': {'type': 'RoIMean', 'spatial_scale': 0.25},
    'roi_head': {'type': 'PooledFC', 'in_channels': 8, 'dropout': 0.0},
    'bbox_head': {'type': 'WSDDNHead', 'num_classes': LABELS, 'in_channels': 8},
}


def _loader(split: str, images: int, **more: Any) -> dict[str, Any]:
    dataset = {'type': 'Shapes', 'split': split, 'num_images': images, 'pipeline': _PIPELINE, **more}
    return {
        'batch_size': 8,
        'num_workers': 0,
        'sampler': {'type': 'DefaultSampler', 'shuffle': split == 'train'},
        'dataset': {'proposal_file': 'auto', **dataset},
    }


def run_config(work_dir: Path, **changes: Any) -> Config:
    """The config of a recipe, whose validation set is not its test set."""
    config: dict[str, Any] = {
        'default_scope': 'mlkd',
        'work_dir': str(work_dir),
        'stages': ['teacher', 'student'],
        'models': {'teacher': _TEACHER, 'student': _STUDENT},
        'teacher': {'model': 'model:teacher'},
        'student': {'model': 'model:student'},
        'proposals': {'generator': {'type': 'SlidingWindows', 'stride': 0.5, 'ratios': (1,)}},
        'train_dataloader': _loader('train', 16),
        'val_dataloader': _loader('val', 12, test_mode=True),
        'test_dataloader': _loader('test', 10, test_mode=True),
        'val_evaluator': {'type': 'MultiLabelMetric'},
        'test_evaluator': {'type': 'MultiLabelMetric'},
        'optim_wrapper': {'optimizer': {'type': 'SGD', 'lr': 0.01}},
        'train_cfg': {'by_epoch': True, 'max_epochs': 1, 'val_interval': 1},
        'val_cfg': {},
        'test_cfg': {},
        'randomness': {'seed': 0},
        'log_level': 'WARNING',
        **copy.deepcopy(changes),
    }
    return Config(config)


def train(work_dir: Path, **changes: Any) -> Path:
    """Run the recipe."""
    RecipeRunner(run_config(work_dir, **changes)).train()
    return work_dir
