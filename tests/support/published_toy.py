"""A small network of three labels and its description."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch

from mlkd.published import StudentDescription
from mlkd.registry import MODELS

CLASSES = ('red', 'green', 'blue')
MODEL: dict[str, Any] = {
    'type': 'MultiLabelClassifier',
    'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 32, 'std': [255.0, 255.0, 255.0], 'bgr_to_rgb': True},
    'backbone': {'type': 'SmallConvNet', 'layers': [[8, 2], [8, 2]]},
    'neck': {'type': 'GlobalPool'},
    'head': {'type': 'MultiLabelHead', 'num_classes': 3, 'in_channels': 8},
}
DETECTOR: dict[str, Any] = {
    'type': 'WSDDN',
    'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 32},
    'backbone': {'type': 'SmallConvNet', 'layers': [[8, 2], [8, 2]]},
    'roi_extractor': {'type': 'RoIMean', 'spatial_scale': 0.25},
    'roi_head': {'type': 'PooledFC', 'in_channels': 8, 'dropout': 0.0},
    'bbox_head': {'type': 'WSDDNHead', 'num_classes': 3, 'in_channels': 8},
    'test_cfg': {'score_thr': 1e-3, 'nms': {'type': 'nms', 'iou_threshold': 0.4}, 'max_per_img': 10},
}
PIPELINE: list[dict[str, Any]] = [
    {'type': 'LoadImage'},
    {'type': 'Warp', 'size': 48},
    {'type': 'PackMultiLabel'},
]


def description(model: dict[str, Any] = MODEL, **changes: Any) -> StudentDescription:
    return StudentDescription(**{'classes': CLASSES, 'model': model, 'pipeline': PIPELINE, **changes})


def network(config: dict[str, Any] = MODEL) -> torch.nn.Module:
    """Built and initialised as training would, with labels that score differently."""
    torch.manual_seed(0)
    model = MODELS.build(copy.deepcopy(config))
    model.init_weights()
    head = getattr(model, 'head', None)
    if head is not None:
        # Untrained, it would hardly tell images apart.
        head.fc.weight.data.mul_(200)
    return model.eval()


def images(*sizes: tuple[int, int]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]
