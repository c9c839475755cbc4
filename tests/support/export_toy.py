"""Published students of every kind of network, small and with random weights that make labels differ."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from mlkd.published import PublishedStudent, StudentDescription, load_student, write_student
from mlkd.registry import MODELS

CLASSES = ('red', 'green', 'blue', 'a "quoted" name', 'ätherisch')
THRESHOLDS = (0.5, 0.4, 0.6, 0.5, 0.25)
PIPELINE = [{'type': 'LoadImage'}, {'type': 'Warp', 'size': (72, 80)}, {'type': 'PackMultiLabel'}]
_LABELS = {'type': 'LabelTable', 'classes': list(CLASSES)}
_MOBILENET = {'type': 'MobileNetV1', 'width': 0.25}
_TAPS = {'type': 'TapProjection', 'in_channels': [64, 128, 256], 'out_channels': 32}


def _model(
    backbone: dict[str, Any], head: dict[str, Any], neck: str | dict[str, Any] | None = None, **view: Any
) -> dict:
    """A classifier; its head has five classes, or what it needs of its own."""
    preprocessor = {'type': 'ViewPreprocessor', 'size': 64, 'mean': [120.0] * 3, 'std': [60.0] * 3, **view}
    neck = {'type': neck} if isinstance(neck, str) else neck
    known = {} if 'labels' in head else {'num_classes': len(CLASSES)}
    model = {'type': 'MultiLabelClassifier', 'backbone': backbone, 'data_preprocessor': preprocessor}
    return {**model, **({'neck': neck} if neck else {}), 'head': {**known, **head}}


def _linear(width: int) -> dict[str, Any]:
    return {'type': 'MultiLabelHead', 'in_channels': width}


def _msrn(**options: Any) -> dict[str, Any]:
    widths = {'in_channels': 32, 'fc_channels': 16, 'hidden_channels': 16, 'mlp_channels': 24}
    return {'type': 'MSRNHead', 'labels': _LABELS, **widths, **options}


def _cam(csi: str | None) -> dict[str, Any]:
    return {'type': 'CAMHead', 'in_channels': 256, 'csi': csi}


NETWORKS: dict[str, dict[str, Any]] = {
    'vgg16': _model(
        {'type': 'VGG16', 'out_indices': [1]},
        _linear(16),
        {'type': 'VGGNeck', 'in_channels': 128, 'roi_size': 8, 'hidden_channels': 16},
        size=32,
        resample='corner_aligned',
    ),
    'vggf': _model({'type': 'VGGF'}, _linear(256), size=96),
    'mobilenet': _model(_MOBILENET, _linear(256), resample='half_pixel_antialias', bgr_to_rgb=True, channels_last=True),
    'odd mobilenet': _model(_MOBILENET, _linear(256), size=[61, 75], pad_size_divisor=16),
    'squeezenet': _model({'type': 'SqueezeNet'}, _linear(512), size=70),
    'small convnet': _model(
        {'type': 'SmallConvNet'}, _linear(8), {'type': 'PooledFC', 'in_channels': 96, 'hidden_channels': 8}
    ),
    'resnet': _model({'type': 'ResNet', 'depth': 18}, _linear(512)),
    'mlgcn': _model(
        _MOBILENET,
        {'type': 'MLGCNHead', 'labels': _LABELS, 'in_channels': 256, 'hidden_channels': 16},
        'GlobalMaxPool',
    ),
    'msrn': _model({**_MOBILENET, 'out_indices': [4, 10, 12]}, _msrn(label_chunk=2), _TAPS, size=96),
    'msrn elementwise': _model(
        {**_MOBILENET, 'out_indices': [4, 10, 12]}, _msrn(predictor='elementwise', label_chunk=None), _TAPS, size=96
    ),
    'q2l': _model(_MOBILENET, {'type': 'LabelQueryHead', 'in_channels': 256, 'dims': 32, 'ffn_dims': 48}, 'LastMap'),
    'tokens': _model(
        _MOBILENET,
        {'type': 'LabelTokenHead', 'in_channels': 256, 'dims': 32, 'depth': 2, 'head_dims': 16, 'mlp_dims': 32},
        'LastMap',
    ),
    'cam': _model(_MOBILENET, _cam(None), 'LastMap'),
    'cam moments': _model(_MOBILENET, _cam('moments'), 'LastMap'),
    'cam direct': _model(_MOBILENET, _cam('direct'), 'LastMap'),
}


def photos(count: int = 3) -> list[np.ndarray]:
    """Photos of different sizes that have structure at all scales."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(count):
        coarse = rng.integers(0, 256, (3, 4, 3), dtype=np.uint8).repeat(30, 0).repeat(25, 1)
        fine = rng.integers(-40, 40, coarse.shape)
        height, width = rng.integers(50, 90, 2)
        made.append((coarse + fine).clip(0, 255).astype(np.uint8)[:height, :width])
    return made


def spread(network: Any, frames: torch.Tensor) -> None:
    """Statistics of the backbone's batch norm as training would leave them, so that images matter to its maps."""
    norms = [module for module in network.backbone.modules() if isinstance(module, nn.BatchNorm2d)]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    with torch.no_grad():
        network.extract_feat(network.data_preprocessor({'inputs': frames})['inputs'])
    network.eval()


def write_toy(path: Path, model: dict[str, Any] = NETWORKS['mobilenet'], **changes: Any) -> Path:
    """A published student of that network."""
    torch.manual_seed(0)
    network = MODELS.build(copy.deepcopy(model))
    network.init_weights()
    frames = torch.from_numpy(np.stack([photo[:50, :50] for photo in photos(6)]).transpose(0, 3, 1, 2).copy())
    if hasattr(network, 'head'):
        spread(network, frames)
    known = {'classes': CLASSES, 'pipeline': PIPELINE, 'thresholds': THRESHOLDS, 'threshold_rule': 'f1'}
    provenance = {'config': 'toy.py', 'network_sha256': 'abc'}
    description = StudentDescription(**{**known, 'model': model, 'provenance': provenance, **changes})
    return write_student(path, network.state_dict(), description)


def toy(path: Path, model: dict[str, Any] = NETWORKS['mobilenet'], **changes: Any) -> PublishedStudent:
    """The same, loaded."""
    return load_student(write_toy(path, model, **changes), 'cpu')
