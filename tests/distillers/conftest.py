"""A tiny student and teacher, and a batch for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.structures import InstanceData

from mlkd.distillers import Distiller, FrameBatch
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

K = 3


def settle(network: Any) -> None:
    """Give batch norm running statistics; else maps fade to 1e-10 in eval mode, and all images look the same."""
    norms = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    for layer in norms:
        layer.momentum = 1.0
    with torch.no_grad():
        network.train().extract_feat(torch.randn(8, 3, 64, 64))
    for layer in norms:
        layer.momentum = 0.1


@pytest.fixture
def student_cfg() -> dict:
    return {
        'type': 'MultiLabelClassifier',
        'backbone': {'type': 'MobileNetV1', 'width': 0.25},
        'head': {'type': 'MultiLabelHead', 'num_classes': K, 'in_channels': 256},
        'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 32, 'mean': [127.5] * 3, 'std': [127.5] * 3},
    }


@pytest.fixture
def teacher_cfg() -> dict:
    return {
        'type': 'WSDDN',
        'backbone': {'type': 'MobileNetV1', 'width': 0.25},
        'roi_extractor': {'type': 'RoIAlign', 'output_size': 2, 'spatial_scale': 1 / 32},
        'roi_head': {'type': 'PooledFC', 'in_channels': 256},
        'bbox_head': {'type': 'WSDDNHead', 'num_classes': K, 'in_channels': 256},
        'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 64, 'mean': [127.5] * 3, 'std': [127.5] * 3},
    }


@pytest.fixture
def batch() -> FrameBatch:
    generator = torch.Generator().manual_seed(0)
    samples = []
    for count in (4, 1, 0):
        sample = MultiLabelDataSample(
            metainfo={'img_path': f'{count}.jpg', 'img_shape': (64, 64), 'ori_shape': (64, 64)}
        )
        corner = torch.rand(count, 2, generator=generator) * 30
        boxes = torch.cat([corner, corner + 10 + torch.rand(count, 2, generator=generator) * 20], 1)
        sample.proposals = InstanceData(bboxes=boxes, scores=torch.ones(count))
        samples.append(sample.set_gt_label([1, 0, 1]))
    return FrameBatch(torch.randint(0, 256, (3, 3, 64, 64), dtype=torch.uint8, generator=generator), samples)


@pytest.fixture
def make_distiller(student_cfg: dict, teacher_cfg: dict, tmp_path: Path) -> Callable[..., Distiller]:
    """A distiller with the given terms, whose teacher's weights come from a file."""
    path = tmp_path / 'teacher.pth'
    torch.manual_seed(0)
    teacher = MODELS.build(teacher_cfg)
    settle(teacher)
    torch.save(teacher.state_dict(), path)

    def make(terms: dict, **kwargs: Any) -> Distiller:
        torch.manual_seed(1)
        distiller = Distiller(student_cfg, {'wsd': {'model': teacher_cfg, 'checkpoint': str(path)}}, terms, **kwargs)
        settle(distiller.student)
        return distiller.train()

    return make
